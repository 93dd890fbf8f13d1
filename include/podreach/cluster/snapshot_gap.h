#pragma once

#include <cstdint>
#include <string>

#include "podreach/cluster/object_ref.h"

namespace podreach {

/// What sort of thing is missing from a snapshot, or from what was made of it.
enum class GapKind : std::uint8_t {
  /// The server didn't give the objects of `object.kind`. Without a kind: of any kind of
  /// `object.group`. Without a group either, where `plural` is empty: of any group.
  kUnlistedKind,
  /// Something in one object is malformed. What is malformed was left out, or the whole object.
  kUnreadableObject,
  /// An object doesn't say of what kind it is: it may be a policy of whatever pods.
  kUnknownKind,
  /// A part of a file can't be read at all: it may hold a policy of whatever pods, too.
  kBrokenDocument,
  /// The object belongs to another scan, as far as its marks say, and was left out.
  kLeftOut,
  /// The manifests hold the object more than once. The last one counts.
  kGivenTwice,
  /// No manifest has the namespace, so its labels aren't known.
  kNamespaceNotGiven,
  /// A policy was read, and something in it can't be evaluated.
  kNotEvaluated,
};

/// Something that a source could not read or that can't be evaluated. It is kept so that nobody
/// takes its absence for emptiness.
struct SnapshotGap {
  GapKind kind = GapKind::kUnreadableObject;
  ObjectRef object;
  std::string reason;  ///< the API server's own words, or what is malformed
  std::string place;   ///< "shop.yaml:12"; empty from a server
  std::string plural;  ///< kUnlistedKind: what the server calls the kind, "networkpolicies"
  std::string field;   ///< kNotEvaluated: the path of the field that it is about, where it is one

  /// Whether policies may be missing of which nothing is known at all.
  [[nodiscard]] bool MayHidePolicies() const {
    return kind == GapKind::kUnknownKind || kind == GapKind::kBrokenDocument;
  }
  /// What is missing, for people: "networkpolicies.networking.k8s.io", "shop/Pod/web-1",
  /// "shop.yaml:12".
  [[nodiscard]] std::string What() const;
  /// Why, for people: the place and the reason.
  [[nodiscard]] std::string Why() const;
};

}  // namespace podreach
