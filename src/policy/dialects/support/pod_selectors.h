#pragma once

#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/cluster/label_selector.h"
#include "policy/rule.h"

/// Selectors of pods that have alternatives, for dialects that ask for more than one selector of
/// labels can say.
namespace podreach::policy {

/// The key that asks for a pod's namespace, by its name. No pod can wear it.
inline constexpr std::string_view kPodNamespaceKey = ":namespace";
/// What keys begin with that ask for the labels of a pod's service account. They aren't known.
inline constexpr std::string_view kAccountLabels = "pcsa.";

/// Any of the selectors matches; none: nothing matches.
using AnySelector = std::vector<LabelSelector>;

/// Matches where both do. An Error where that has too many alternatives: more than 256, or one of
/// more than 256 conditions.
[[nodiscard]] Result<AnySelector> BothOf(const AnySelector& one, const AnySelector& other);

/// The pods of all namespaces that the selector matches. Its keys are those of labels, those of
/// rule.h that begin with ':', and kPodNamespaceKey.
[[nodiscard]] std::vector<PodPeer> PodsAnywhere(const AnySelector& selector);

}  // namespace podreach::policy
