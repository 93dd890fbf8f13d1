#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "findings/finding_context.h"
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

/// Whether a pod is where a subject's pods may be.
bool IsInScope(const Snapshot& snapshot, const PolicySubject& subject, const Pod& pod) {
  if (!subject.namespaces) return pod.ns == subject.ns;
  if (subject.namespaces->empty()) return true;
  const Namespace* const ns = snapshot.FindNamespace(pod.ns);
  return ns != nullptr && subject.namespaces->Matches(ns->labels);
}

/// The nearest value that a pod there has; nothing where more than a third would have to change.
std::string DidYouMean(const Snapshot& snapshot, const std::vector<PolicySubject>& subjects) {
  std::string hint;
  std::size_t nearest = std::string::npos;
  for (const PolicySubject& subject : subjects) {
    for (const LabelRequirement& requirement : subject.pods.requirements) {
      for (const Pod& pod : snapshot.pods) {
        const auto label = pod.labels.find(requirement.key);
        if (label == pod.labels.end() || !IsInScope(snapshot, subject, pod)) continue;
        for (const std::string& value : requirement.values) {
          const std::size_t distance = EditDistance(value, label->second);
          if (distance == 0 || distance >= nearest || 3 * distance > value.size()) continue;
          nearest = distance;
          hint = "did you mean " + requirement.key + "=" + label->second + "?";
        }
      }
    }
  }
  return hint;
}

/// "app=web", or "app=web or app=api".
std::string Text(const std::vector<PolicySubject>& subjects) {
  std::string text;
  for (const PolicySubject& subject : subjects)
    text += (text.empty() ? "" : " or ") + subject.ToString();
  return text;
}

void FindPoliciesThatSelectNothing(FindingContext& context) {
  const Snapshot& snapshot = context.evaluator.snapshot();
  const auto policies = context.evaluator.Policies();
  const std::vector<bool> selecting = context.evaluator.SelectingPolicies();
  std::set<std::string_view> inhabited;
  for (const Pod& pod : snapshot.pods)
    if (pod.IsLive()) inhabited.insert(pod.ns);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const PolicyInfo& policy = policies[i];
    const bool any_pod = policy.ns.empty() ? !inhabited.empty() : inhabited.contains(policy.ns);
    if (selecting[i] || !any_pod) continue;
    const auto subjects = context.evaluator.SubjectsOf(i);
    if (subjects.empty()) continue;  // a policy of nodes
    Finding finding;
    finding.kind = FindingKind::kSelectsNothing;
    finding.id = "PR-SELECTS-NOTHING " + policy.Text();
    finding.severity = Severity::kHigh;
    finding.title =
        "the policy " + policy.Text() + " protects nothing: no pod matches " + Text(subjects);
    if (std::string hint = DidYouMean(snapshot, subjects); !hint.empty())
      finding.evidence.push_back(std::move(hint));
    finding.policies = {std::string(policy.name)};
    finding.remedy = "correct its selector of pods, or delete the policy";
    finding.references = kSegmentation;
    context.findings.push_back(std::move(finding));
  }
}

void FindNamespacesWithoutDefaultDeny(FindingContext& context) {
  std::vector<std::string> ingress;
  std::vector<std::string> egress;
  for (const Vantage& vantage : context.plan.vantages) {
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
    finding.kind = FindingKind::kNoDefaultDeny;
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
    for (const std::size_t policy : context.evaluator.PoliciesMatching(pod))
      policies.insert(std::string(context.evaluator.Policies()[policy].name));
  }
  if (uncovered.empty()) return;
  Finding finding;
  finding.kind = FindingKind::kHostNetwork;
  finding.id = "PR-HOST-NETWORK";
  finding.severity = Severity::kMedium;
  finding.title = std::to_string(uncovered.size()) +
                  (uncovered.size() == 1 ? " workload uses" : " workloads use") +
                  " the host's network: no policy of pods covers " +
                  (uncovered.size() == 1 ? "it" : "them");
  finding.evidence = Some({uncovered.begin(), uncovered.end()});
  if (!policies.empty())
    finding.evidence.emplace_back("their labels match policies that have no effect on them");
  finding.policies.assign(policies.begin(), policies.end());
  finding.remedy = "take them off the host's network, or guard the nodes by a firewall";
  finding.references = kSegmentation;
  context.findings.push_back(std::move(finding));
}

/// Where the enforcer is known to read ipBlocks in another way than the standard's words: expected
/// is what it does, and this says so.
void FindDeviations(FindingContext& context) {
  const EnforcerProfile& profile = context.evaluator.profile();
  if (profile.ip_blocks_match_pods) return;
  Finding finding;
  for (const PodsInBlocks& rules : context.evaluator.RulesByAddressOfPods()) {
    const PolicyInfo& policy = context.evaluator.Policies()[rules.policy];
    finding.evidence.push_back(policy.Text() + ": the ipBlocks of its " +
                               (rules.ingress ? "ingress" : "egress") + " hold " +
                               std::to_string(rules.pods) + " pods");
    const std::string name(policy.name);
    if (finding.policies.empty() || finding.policies.back() != name)
      finding.policies.push_back(name);
  }
  if (finding.policies.empty()) return;
  finding.kind = FindingKind::kDeviation;
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

/// What couldn't be read, and what couldn't be evaluated; one finding an object.
void FindGaps(FindingContext& context) {
  std::map<std::string, std::size_t> of_objects;
  const auto add = [&](const SnapshotGap& gap, const std::string& title) {
    const auto [known, added] = of_objects.try_emplace(gap.What(), context.findings.size());
    if (!added) return context.findings[known->second].evidence.push_back(gap.Why());
    Finding finding;
    finding.kind = FindingKind::kGap;
    finding.id = "PR-GAP " + gap.What();
    finding.severity = Severity::kInfo;
    finding.title = title + gap.What();
    finding.evidence = {gap.Why()};
    finding.remedy = "what depends on it is unknown; grant the right or correct the object";
    context.findings.push_back(std::move(finding));
  };
  for (const SnapshotGap& gap : context.evaluator.snapshot().gaps) add(gap, "not read: ");
  for (const SnapshotGap& gap : context.evaluator.NotEvaluated()) add(gap, "not evaluated: ");
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
