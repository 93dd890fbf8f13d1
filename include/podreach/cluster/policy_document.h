#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace podreach {

/// A kind of objects that bear on reachability beside NetworkPolicies: policies, and what they
/// refer to.
struct PolicyKind {
  std::string_view group;
  std::string_view kind;
  std::string_view plural;
  bool namespaced = true;
  /// Where this group is served too, it holds the same objects, and is asked instead. May be empty.
  std::string_view stored_in = {};
};
[[nodiscard]] std::span<const PolicyKind> PolicyKinds();
/// Null where there is no such kind.
[[nodiscard]] const PolicyKind* FindPolicyKind(std::string_view group, std::string_view kind);

/// One object of such a kind, as it was written; policy dialects read it.
struct PolicyDocument {
  std::string group;
  std::string version;  ///< "v2"
  std::string kind;
  std::string ns;  ///< empty where it is in none
  std::string name;
  /// apiVersion, kind, metadata and spec (specs), without what the server manages.
  std::shared_ptr<const nlohmann::json> object;
  std::string place;  ///< "shop.yaml:12"; empty from a server

  /// "shop/CiliumNetworkPolicy/web", or "AdminNetworkPolicy/web".
  [[nodiscard]] std::string Label() const {
    return (ns.empty() ? "" : ns + "/") + kind + "/" + name;
  }
};

}  // namespace podreach
