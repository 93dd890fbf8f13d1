#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/cluster/field.h"
#include "podreach/cluster/snapshot.h"
#include "podreach/net/ip_block.h"
#include "podreach/net/port_set.h"

namespace podreach {

/// Places that people name without knowing their addresses.
enum class IntentPlace : std::uint8_t {
  kNodes,
  kControlPlane,  ///< nodes labelled node-role.kubernetes.io/control-plane (or master)
  kMetadata,      ///< 169.254.169.254, fd00:ec2::254
  kDns,           ///< the pods behind the Service kube-system/kube-dns
  kInternet,      ///< every address that the IANA registries call global
};

/// One alternative of a side: pods by selectors or workload, addresses, or a named place.
struct IntentEnd {
  std::optional<std::string> ns;
  std::optional<LabelSelector> namespaces;
  std::optional<LabelSelector> pods;
  std::optional<std::string> workload;  ///< "shop/web"
  std::optional<IpBlock> block;         ///< pods by their address, too
  std::optional<IntentPlace> place;
  bool own_network = false;  ///< pods that aren't hostNetwork alone
};

/// Any of them; none: anyone.
using IntentSide = std::vector<IntentEnd>;

enum class IntentAction : std::uint8_t {
  kDeny,       ///< nothing of `from` reaches `to`
  kAllow,      ///< all of `from` reaches all of `to`
  kAllowOnly,  ///< whoever isn't `from` doesn't reach `to`; nodes aside, as the kubelet must probe
};

/// "deny", "allow", "allow-only".
[[nodiscard]] std::string_view ToString(IntentAction action);

/// What somebody wants of a cluster, whatever its policies say.
struct Intent {
  std::string name;
  IntentAction action = IntentAction::kDeny;
  IntentSide from;
  IntentSide to;
  std::array<PortSet, 3> ports;  ///< by Protocol
  std::string reason;
  std::string owner;
  std::string severity;  ///< "info" to "critical"
  bool built_in = false;
};

/// A file of them, podreach.io/intent/v1.
struct IntentFile {
  std::vector<Intent> intents;
  std::set<std::string, std::less<>> switched_off;  ///< names of built-in ones
};

/// Reads a file's document. What is malformed is added to `problems`, with the path of its field;
/// what is read then is not to be used.
[[nodiscard]] IntentFile ReadIntents(const nlohmann::json& document, Problems& problems);

/// A lint of the policies themselves, beside the intents about connections.
struct PolicyLint {
  enum class Asks : std::uint8_t { kDefaultDenyIngress, kDefaultDenyEgress, kSelects, kMatters };
  Asks asks = Asks::kSelects;
  std::string_view name;
  std::string_view severity;
  std::string_view about;
};
[[nodiscard]] std::vector<PolicyLint> PolicyLints();

/// The intents that hold in any cluster: that workloads reach neither metadata, etcd, the kubelet,
/// other ports of the control plane nor the container runtime. A workload is a pod of its own
/// network outside kube-system.
[[nodiscard]] std::vector<Intent> BuiltInIntents();

/// Says who is on a side, in one snapshot, which must outlive it.
class IntentMatcher {
 public:
  explicit IntentMatcher(const Snapshot& snapshot);

  [[nodiscard]] bool HasPod(const IntentSide& side, const Pod& pod) const;
  [[nodiscard]] bool HasNode(const IntentSide& side, const Node& node) const;
  /// Of an address that is neither a pod's nor a node's.
  [[nodiscard]] bool HasOutside(const IntentSide& side, const IpAddress& address) const;
  /// The addresses outside that are on the side.
  [[nodiscard]] std::vector<IpBlock> BlocksOf(const IntentSide& side) const;

 private:
  [[nodiscard]] bool HasPod(const IntentEnd& end, const Pod& pod) const;
  const Snapshot& snapshot_;
  std::map<std::string_view, const Namespace*> namespaces_;
  LabelSelector dns_;
};

}  // namespace podreach
