#pragma once

#include <span>
#include <string>
#include <string_view>

#include "podreach/cluster/object_ref.h"
#include "podreach/cluster/packed_json.h"

namespace podreach {

/// A kind of objects that bear on reachability: policies, and what they refer to. Which kinds there
/// are is up to the policy dialects; what collects objects is told of them.
struct PolicyKind {
  std::string_view group;
  std::string_view kind;
  std::string_view plural;
  bool namespaced = true;
  /// Where this group is served too, it holds the same objects, and is asked instead. May be empty.
  std::string_view stored_in = {};
  /// The only version that is read; empty where every version is.
  std::string_view version = {};
  /// A group that the kind was of once, and is still written with by mistake, as is the core's
  /// group. May be empty.
  std::string_view former_group = {};
  /// Policies say themselves that an object of this kind is missing, so that one that can't be read
  /// needs nothing to stand for it.
  bool is_missed = false;
};
using PolicyKindList = std::span<const PolicyKind>;

/// Null where there is no such kind.
[[nodiscard]] const PolicyKind* FindPolicyKind(PolicyKindList kinds, std::string_view group,
                                               std::string_view kind);

/// One object of such a kind, as it was written. Policy dialects read it.
struct PolicyDocument {
  std::string group;
  std::string version;  ///< "v2"
  std::string kind;
  std::string ns;  ///< empty where it is in none
  std::string name;
  /// The object without what the server manages.
  PackedJson object = {};
  std::string place = {};  ///< "shop.yaml:12"; empty from a server

  [[nodiscard]] ObjectRef Ref() const { return {group, version, kind, ns, name}; }
  /// "shop/CiliumNetworkPolicy/web", or "AdminNetworkPolicy/web".
  [[nodiscard]] std::string Label() const {
    return (ns.empty() ? "" : ns + "/") + kind + "/" + name;
  }
};

}  // namespace podreach
