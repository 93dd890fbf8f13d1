#include <algorithm>
#include <numeric>
#include <set>

#include "findings/finding_list.h"
#include "podreach/policy/intent_check.h"

namespace podreach {
namespace {

const std::vector<std::string> kSegmentation = {"OWASP Kubernetes Top Ten 2022 K07",
                                                "OWASP Kubernetes Top Ten 2025 K05"};

/// Levenshtein's distance, for the hint at a mistyped label value.
std::size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

/// The nearest value that a pod there has; nothing where more than a third would have to change.
std::string DidYouMean(const Snapshot& snapshot, const NetworkPolicy& policy) {
  std::string hint;
  std::size_t nearest = std::string::npos;
  for (const LabelRequirement& requirement : policy.pod_selector.requirements) {
    for (const Pod& pod : snapshot.pods) {
      const auto label = pod.labels.find(requirement.key);
      if (pod.ns != policy.ns || label == pod.labels.end()) continue;
      for (const std::string& value : requirement.values) {
        const std::size_t distance = EditDistance(value, label->second);
        if (distance == 0 || distance >= nearest || 3 * distance > value.size()) continue;
        nearest = distance;
        hint = "did you mean " + requirement.key + "=" + label->second + "?";
      }
    }
  }
  return hint;
}

void FindPoliciesThatSelectNothing(FindingContext& context) {
  const Snapshot& snapshot = context.evaluator.snapshot();
  for (const NetworkPolicy& policy : snapshot.network_policies) {
    const bool any_pod = std::any_of(snapshot.pods.begin(), snapshot.pods.end(),
                                     [&](const Pod& p) { return p.ns == policy.ns && p.IsLive(); });
    const bool selects =
        std::any_of(snapshot.pods.begin(), snapshot.pods.end(), [&](const Pod& pod) {
          return pod.ns == policy.ns && pod.IsLive() && !pod.host_network &&
                 policy.pod_selector.Matches(pod.labels);
        });
    if (selects || !any_pod) continue;
    const std::string name = policy.ns + "/" + policy.name;
    Finding finding;
    finding.id = "PR-SELECTS-NOTHING " + name;
    finding.severity = Severity::kHigh;
    finding.title = "the policy " + name + " protects nothing: no pod matches " +
                    policy.pod_selector.ToString();
    if (std::string hint = DidYouMean(snapshot, policy); !hint.empty())
      finding.evidence.push_back(std::move(hint));
    finding.policies = {name};
    finding.remedy = "correct its podSelector, or delete the policy";
    finding.references = kSegmentation;
    context.findings.push_back(std::move(finding));
  }
}

void FindNamespacesWithoutDefaultDeny(FindingContext& context) {
  std::vector<std::string> ingress;
  std::vector<std::string> egress;
  for (const Vantage& vantage : context.report.plan.vantages) {
    if (vantage.kind != VantageKind::kBare || !vantage.pod_class) continue;
    using Direction = DecidingRule::Direction;
    const auto open = [&](Direction direction) {
      return DeniesByDefault(context.evaluator, *vantage.pod_class, direction) == false;
    };
    if (open(Direction::kIngress)) ingress.push_back(vantage.ns);
    if (open(Direction::kEgress)) egress.push_back(vantage.ns);
  }
  const auto add = [&](const std::vector<std::string>& namespaces, const std::string& direction,
                       Severity severity) {
    if (namespaces.empty()) return;
    Finding finding;
    finding.id = "PR-NO-DEFAULT-DENY " + direction;
    finding.severity = severity;
    finding.title = std::to_string(namespaces.size()) +
                    (namespaces.size() == 1 ? " namespace has" : " namespaces have") +
                    " no default deny for " + direction;
    finding.evidence = namespaces;
    finding.remedy = "add a NetworkPolicy with an empty podSelector and policyTypes [" +
                     std::string(direction == "ingress" ? "Ingress" : "Egress") + "] to each";
    finding.references = kSegmentation;
    context.findings.push_back(std::move(finding));
  };
  add(ingress, "ingress", Severity::kMedium);
  add(egress, "egress", Severity::kLow);
}

void FindHostNetworkPods(FindingContext& context) {
  const Snapshot& snapshot = context.evaluator.snapshot();
  std::set<std::string> uncovered;
  std::set<std::string> policies;
  for (const Pod& pod : snapshot.pods) {
    if (!pod.host_network || !pod.IsLive()) continue;
    uncovered.insert(pod.workload.ToString());
    for (const NetworkPolicy& policy : snapshot.network_policies) {
      if (policy.ns == pod.ns && policy.pod_selector.Matches(pod.labels))
        policies.insert(policy.ns + "/" + policy.name);
    }
  }
  if (uncovered.empty()) return;
  Finding finding;
  finding.id = "PR-HOST-NETWORK";
  finding.severity = Severity::kMedium;
  finding.title = std::to_string(uncovered.size()) +
                  (uncovered.size() == 1 ? " workload uses" : " workloads use") +
                  " the host's network: no NetworkPolicy covers " +
                  (uncovered.size() == 1 ? "it" : "them");
  finding.evidence = Some({uncovered.begin(), uncovered.end()});
  if (!policies.empty())
    finding.evidence.emplace_back("their labels match policies that have no effect on them");
  finding.policies.assign(policies.begin(), policies.end());
  finding.remedy = "take them off the host's network, or guard the nodes by a firewall";
  finding.references = kSegmentation;
  context.findings.push_back(std::move(finding));
}

/// How many live pods the ipBlocks of some rules hold.
std::size_t PodsInBlocks(const Snapshot& snapshot, const std::vector<NetworkPolicyRule>& rules) {
  return static_cast<std::size_t>(
      std::count_if(snapshot.pods.begin(), snapshot.pods.end(), [&](const Pod& pod) {
        if (!pod.IsLive() || pod.host_network) return false;
        return std::any_of(rules.begin(), rules.end(), [&](const NetworkPolicyRule& rule) {
          return std::any_of(
              rule.peers.begin(), rule.peers.end(), [&](const NetworkPolicyPeer& peer) {
                return peer.ip_block &&
                       std::any_of(pod.ips.begin(), pod.ips.end(), [&](const IpAddress& address) {
                         return peer.ip_block->Contains(address);
                       });
              });
        });
      }));
}

/// Where the enforcer is known to read ipBlocks in another way than the standard's words: expected
/// is what it does, and this says so.
void FindDeviations(FindingContext& context) {
  const EnforcerProfile& profile = context.evaluator.profile();
  if (profile.ip_blocks_match_pods) return;
  Finding finding;
  const Snapshot& snapshot = context.evaluator.snapshot();
  for (const NetworkPolicy& policy : snapshot.network_policies) {
    const auto add = [&](const std::string& direction,
                         const std::vector<NetworkPolicyRule>& rules) {
      const std::size_t pods = PodsInBlocks(snapshot, rules);
      if (pods == 0) return;
      const std::string name = policy.ns + "/" + policy.name;
      finding.evidence.push_back(name + ": the ipBlocks of its " + direction + " hold " +
                                 std::to_string(pods) + " pods");
      if (finding.policies.empty() || finding.policies.back() != name)
        finding.policies.push_back(name);
    };
    add("ingress", policy.ingress);
    add("egress", policy.egress);
  }
  if (finding.policies.empty()) return;
  finding.id = "PR-DEVIATION " + profile.name;
  finding.severity = Severity::kLow;
  finding.title = profile.name + " never matches pods by ipBlock, as the standard would: " +
                  std::to_string(finding.policies.size()) +
                  (finding.policies.size() == 1 ? " policy allows" : " policies allow") +
                  " less than written";
  finding.evidence = Some(finding.evidence);
  finding.remedy =
      "name pods by podSelector and namespaceSelector; ipBlocks are for what is outside";
  finding.references = {"Cilium documentation, Network Policy, Layer 3, IP/CIDR based"};
  context.findings.push_back(std::move(finding));
}

void FindGaps(FindingContext& context) {
  for (const SnapshotGap& gap : context.evaluator.snapshot().gaps) {
    Finding finding;
    finding.id = "PR-GAP " + gap.What();
    finding.severity = Severity::kInfo;
    finding.title = "not read: " + gap.What();
    finding.evidence = {gap.Why()};
    finding.remedy = "what depends on it is unknown; grant the right or correct the object";
    context.findings.push_back(std::move(finding));
  }
}

}  // namespace

void FindPolicyFlaws(FindingContext& context) {
  FindPoliciesThatSelectNothing(context);
  FindNamespacesWithoutDefaultDeny(context);
  FindHostNetworkPods(context);
  FindDeviations(context);
  FindGaps(context);
}

}  // namespace podreach
