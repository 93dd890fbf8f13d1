#pragma once

#include "podreach/cluster/policy_document.h"

namespace podreach {

/// The kinds of objects that some policy dialect reads, or that are known to hold policies which
/// none can evaluate. What collects objects takes this list.
[[nodiscard]] PolicyKindList PolicyKinds();

}  // namespace podreach
