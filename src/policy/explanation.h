#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/policy_class.h"
#include "policy/rule.h"

namespace podreach::policy {

/// Says in words what decided. Names a pod by its workload where address or class tell which it is.
class Explanation {
 public:
  /// Both must outlive the explanation.
  Explanation(const Snapshot& snapshot, const ClassTable& classes);

  /// "bank/db", "node n1", "203.0.113.7".
  [[nodiscard]] std::string NameOf(const PolicyPeer& peer) const;

 private:
  [[nodiscard]] const Pod* PodOf(const PolicyPeer& peer) const;

  void IndexAddresses() const;

  const Snapshot& snapshot_;
  const ClassTable& classes_;
  mutable std::once_flag indexed_;
  // Live pods with their own address; where one is asked for.
  mutable std::unordered_map<std::string, std::size_t> pod_by_address_;
};

/// "ingress" or "egress".
[[nodiscard]] std::string_view Word(Direction direction);
/// "allowed", "denied" or "passed on".
[[nodiscard]] std::string_view Done(Action action);
/// "shop/default-deny"; of a kind beside NetworkPolicy with the kind before it.
[[nodiscard]] std::string NameOf(const PolicyRules& policy);

}  // namespace podreach::policy
