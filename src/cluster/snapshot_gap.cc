#include "podreach/cluster/snapshot_gap.h"

#include "podreach/base/text.h"

namespace podreach {
namespace {

constexpr std::size_t kLongestName = 400;

/// "pods", "networkpolicies.networking.k8s.io", "cilium.io" for all of a group, "apis" for all.
std::string UnlistedText(const SnapshotGap& gap) {
  if (gap.object.group.empty()) return gap.plural.empty() ? "apis" : gap.plural;
  return gap.plural.empty() ? gap.object.group : gap.plural + "." + gap.object.group;
}

/// "NetworkPolicy shop/web", or "CiliumNetworkPolicy of cilium.io shop/web".
std::string KindFirst(const ObjectRef& object) {
  std::string text = object.kind;
  const bool well_known = object.group.empty() || object.group == "networking.k8s.io";
  if (!well_known) text += " of " + object.group;
  text += " " + (object.ns.empty() ? "" : object.ns + "/") + object.name;
  return CleanText(text, kLongestName);
}

}  // namespace

std::string ObjectRef::ToString() const {
  return CleanText((ns.empty() ? "" : ns + "/") + kind + "/" + (name.empty() ? "(no name)" : name),
                   kLongestName);
}

std::string SnapshotGap::What() const {
  switch (kind) {
    case GapKind::kUnlistedKind:
      return UnlistedText(*this);
    case GapKind::kUnknownKind:
      return "(no kind)";
    case GapKind::kBrokenDocument:
      return place;
    case GapKind::kGivenTwice:
      return KindFirst(object);
    case GapKind::kUnreadableObject:
    case GapKind::kLeftOut:
    case GapKind::kNamespaceNotGiven:
    case GapKind::kNotEvaluated:
      return object.ToString();
  }
  return {};
}

std::string SnapshotGap::Why() const {
  if (place.empty() || kind == GapKind::kBrokenDocument) return reason;
  return place + ": " + reason;
}

}  // namespace podreach
