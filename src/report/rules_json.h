#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "podreach/policy/evaluator.h"

namespace podreach {

/// [{"direction", "text", "policy", "field", "place"}], the last three where they are known.
[[nodiscard]] nlohmann::ordered_json RulesJson(const std::vector<DecidingRule>& rules);

}  // namespace podreach
