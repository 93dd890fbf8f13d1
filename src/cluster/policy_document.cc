#include "podreach/cluster/policy_document.h"

#include <algorithm>

namespace podreach {

const PolicyKind* FindPolicyKind(PolicyKindList kinds, std::string_view group,
                                 std::string_view kind) {
  const auto found = std::ranges::find_if(kinds, [&](const PolicyKind& candidate) {
    return candidate.group == group && candidate.kind == kind;
  });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace podreach
