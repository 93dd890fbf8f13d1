// What must not change an answer, and in which direction the rest may.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "podreach/policy/evaluator.h"
#include "tests/oracle/random_cluster.h"

namespace podreach {
namespace {

using oracle::Documents;
using oracle::NetworkPolicy;
using oracle::RandomCluster;

constexpr std::uint64_t kClusters = 3'000;

/// What an Evaluator says of every pair of live pods: the allowed ports, or "unknown".
std::vector<std::string> Matrix(const Snapshot& snapshot) {
  const Evaluator evaluator(std::make_shared<const Snapshot>(snapshot), {});
  std::vector<PolicyPeer> peers = {{{}, IpAddress::Parse("10.0.0.3"), "", false},
                                   {{}, IpAddress::Parse("10.0.0.4"), "node0", true}};
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const auto& pod = snapshot.pods[i];
    if (!pod.IsLive()) continue;
    peers.push_back({evaluator.ClassOf(i), pod.ips.at(0), pod.node, pod.host_network});
  }
  std::vector<std::string> cells;
  for (const auto& source : peers) {
    for (const auto& destination : peers) {
      for (const auto protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
        const auto ports = evaluator.AllowedPorts(source, destination, protocol);
        cells.push_back(ports ? ports->ToString() : "unknown");
      }
    }
  }
  return cells;
}

std::string Renamed(const std::string& text) { return "other-" + text; }

TEST(MetamorphicTest, RenamingChangesNothing) {
  for (std::uint64_t seed = 1; seed <= kClusters; ++seed) {
    RandomCluster random(seed);
    auto snapshot = random.Make();
    auto policies = random.policies();
    const auto before = Matrix(snapshot);
    // Namespaces keep their names: kubernetes.io/metadata.name is a label that selectors may ask
    // for.
    for (auto& policy : policies) policy.name = Renamed(policy.name);
    snapshot.policy_documents = Documents(policies);
    for (auto& pod : snapshot.pods) pod.name = Renamed(pod.name);
    ASSERT_EQ(Matrix(snapshot), before) << "seed " << seed;
  }
}

/// Reverses keys and values of all labels at once, pods', namespaces' and selectors', and the
/// ports' names.
TEST(MetamorphicTest, RenamingLabelsEverywhereChangesNothing) {
  const auto rename = [](Labels& labels) {
    Labels renamed;
    for (const auto& [key, value] : labels) renamed[Renamed(key)] = Renamed(value);
    labels = renamed;
  };
  const auto rename_in = [](std::optional<LabelSelector>& selector) {
    if (!selector) return;
    for (auto& requirement : selector->requirements) {
      requirement.key = Renamed(requirement.key);
      for (auto& value : requirement.values) value = Renamed(value);
    }
  };
  for (std::uint64_t seed = 1; seed <= kClusters; ++seed) {
    RandomCluster random(seed);
    auto snapshot = random.Make();
    auto policies = random.policies();
    const auto before = Matrix(snapshot);
    for (auto& pod : snapshot.pods) rename(pod.labels);
    for (auto& ns : snapshot.namespaces) rename(ns.labels);
    for (auto& policy : policies) {
      std::optional<LabelSelector> subject = policy.pod_selector;
      rename_in(subject);
      policy.pod_selector = *subject;
      for (auto* rules : {&policy.ingress, &policy.egress}) {
        for (auto& rule : *rules) {
          for (auto& peer : rule.peers) {
            rename_in(peer.pod_selector);
            rename_in(peer.namespace_selector);
          }
        }
      }
    }
    snapshot.policy_documents = Documents(policies);
    ASSERT_EQ(Matrix(snapshot), before) << "seed " << seed;
  }
}

TEST(MetamorphicTest, TheOrderOfPoliciesAndRulesChangesNothing) {
  for (std::uint64_t seed = 1; seed <= kClusters; ++seed) {
    RandomCluster random(seed);
    auto snapshot = random.Make();
    auto policies = random.policies();
    const auto before = Matrix(snapshot);
    std::reverse(policies.begin(), policies.end());
    for (auto& policy : policies) {
      std::reverse(policy.ingress.begin(), policy.ingress.end());
      std::reverse(policy.egress.begin(), policy.egress.end());
    }
    snapshot.policy_documents = Documents(policies);
    std::reverse(snapshot.namespaces.begin(), snapshot.namespaces.end());
    ASSERT_EQ(Matrix(snapshot), before) << "seed " << seed;
  }
}

/// Moves every second rule of each policy into a policy of its own.
TEST(MetamorphicTest, SplittingAPolicyChangesNothing) {
  for (std::uint64_t seed = 1; seed <= kClusters; ++seed) {
    RandomCluster random(seed);
    auto snapshot = random.Make();
    auto policies = random.policies();
    const auto before = Matrix(snapshot);
    std::vector<NetworkPolicy> split;
    for (const auto& policy : policies) {
      NetworkPolicy first = policy;
      NetworkPolicy second = policy;
      second.name = Renamed(policy.name);
      for (auto rules : {&NetworkPolicy::ingress, &NetworkPolicy::egress}) {
        (first.*rules).clear();
        (second.*rules).clear();
        for (std::size_t i = 0; i < (policy.*rules).size(); ++i) {
          auto& half = i % 2 == 0 ? first : second;
          (half.*rules).push_back((policy.*rules)[i]);
        }
      }
      // A malformed half takes all that it touches with it, where a malformed whole did so too.
      const bool whole = !policy.damage.empty();
      split.push_back(std::move(first));
      if (!whole) split.push_back(std::move(second));
    }
    snapshot.policy_documents = Documents(split);
    const auto after = Matrix(snapshot);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] == "unknown") continue;  // one half may be well-formed, and tell more
      ASSERT_EQ(after[i], before[i]) << "seed " << seed << ", cell " << i;
    }
  }
}

/// Where the subjects are isolated already, one more policy with rules can only open.
TEST(MetamorphicTest, AnotherAllowNeverCloses) {
  for (std::uint64_t seed = 1; seed <= kClusters; ++seed) {
    RandomCluster random(seed);
    auto snapshot = random.Make();
    if (random.policies().empty()) continue;
    const auto before = Matrix(snapshot);
    NetworkPolicy more = random.policies().front();
    more.name = Renamed(more.name);
    for (auto* rules : {&more.ingress, &more.egress}) *rules = {random.MakeRule()};
    snapshot.policy_documents.push_back(more);
    const auto after = Matrix(snapshot);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i] == "unknown" || after[i] == "unknown") continue;
      const auto ports = PortSet::Parse(before[i]);
      if (!ports) continue;  // nothing was open
      const auto opened = PortSet::Parse(after[i]);
      ASSERT_TRUE(opened && opened->Contains(*ports))
          << "seed " << seed << ", cell " << i << ": " << before[i] << " became " << after[i];
    }
  }
}

}  // namespace
}  // namespace podreach
