#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "tests/sim/store.h"

namespace podreach::sim {

/// The kinds that every simulated cluster serves, whether it has objects of them or not.
[[nodiscard]] std::span<const Resource> BuiltInResources();
/// Which of them an object is of, by its apiVersion and kind. Of another kind, as of a
/// CustomResourceDefinition, the plural is made as Kubernetes' own kinds make it, and whether it is
/// in a namespace is seen from the object.
[[nodiscard]] Resource ResourceOf(const nlohmann::json& object);
/// The built-in kind of that name.
[[nodiscard]] const Resource& BuiltIn(std::string_view kind);

}  // namespace podreach::sim
