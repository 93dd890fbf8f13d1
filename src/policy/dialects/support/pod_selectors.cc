#include "policy/dialects/support/pod_selectors.h"

#include <algorithm>
#include <utility>

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

constexpr std::size_t kMaxAlternatives = 256;
constexpr std::size_t kMaxConditions = 256;

/// Whether no label set can meet both; not every such pair is seen.
bool Contradict(const LabelRequirement& a, const LabelRequirement& b) {
  // Labels of service accounts aren't known here: who reads the selector says so.
  if (a.key != b.key || a.key.starts_with(kAccountLabels)) return false;
  if (a.op == Operator::kDoesNotExist)
    return b.op == Operator::kIn || b.op == Operator::kExists || b.op == Operator::kContains ||
           b.op == Operator::kStartsWith || b.op == Operator::kEndsWith;
  if (a.op != Operator::kIn || b.op != Operator::kIn) return false;
  return std::none_of(a.values.begin(), a.values.end(), [&](const std::string& value) {
    return std::find(b.values.begin(), b.values.end(), value) != b.values.end();
  });
}

/// Sorted, each condition once; false where it can't match.
bool Simplify(LabelSelector& selector) {
  auto& all = selector.requirements;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const auto& a : all) {
    for (const auto& b : all) {
      if (Contradict(a, b)) return false;
    }
  }
  return true;
}

}  // namespace

Result<AnySelector> BothOf(const AnySelector& one, const AnySelector& other) {
  AnySelector both;
  for (const auto& a : one) {
    for (const auto& b : other) {
      LabelSelector joined = a;
      joined.requirements.insert(joined.requirements.end(), b.requirements.begin(),
                                 b.requirements.end());
      if (!Simplify(joined)) continue;
      if (std::find(both.begin(), both.end(), joined) == both.end())
        both.push_back(std::move(joined));
      if (both.size() > kMaxAlternatives || both.back().requirements.size() > kMaxConditions) {
        return MakeError(ErrorKind::kInvalidInput,
                         "the selector has more than 256 alternatives or conditions",
                         "split the policy that has it");
      }
    }
  }
  return both;
}

std::vector<PodPeer> PodsAnywhere(const AnySelector& selector) {
  std::vector<PodPeer> found;
  for (const LabelSelector& term : selector) {
    PodPeer& pods = found.emplace_back();
    pods.namespaces.emplace();
    for (LabelRequirement requirement : term.requirements) {
      const bool of_namespace = requirement.key == kPodNamespaceKey;
      if (of_namespace) requirement.key = "kubernetes.io/metadata.name";
      (of_namespace ? *pods.namespaces : pods.pods).requirements.push_back(std::move(requirement));
    }
  }
  return found;
}

}  // namespace podreach::policy
