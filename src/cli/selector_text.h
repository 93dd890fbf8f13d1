#pragma once

#include <string_view>

#include "podreach/base/result.h"
#include "podreach/cluster/label_selector.h"

namespace podreach::cli {

/// Reads a label selector as kubectl's -l takes it (Kubernetes' "Labels and Selectors"):
/// "app=web,tier!=db,env in (prod,dev),zone notin (a),canary,!legacy".
[[nodiscard]] Result<LabelSelector> ParseSelector(std::string_view text);

}  // namespace podreach::cli
