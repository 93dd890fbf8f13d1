// What changes between two states, against each pair asked by itself in both.

#include "podreach/policy/matrix_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "tests/oracle/random_cluster.h"

namespace podreach {
namespace {

using oracle::RandomCluster;
using testing::ElementsAre;
using testing::IsEmpty;

using Changes = std::map<std::pair<std::string, std::string>, ChangedConnection>;

constexpr std::array kAskedPorts = {1, 79, 80, 81, 443, 8080, 8081, 65535};

/// Every pod a workload and an address of its own.
Snapshot MakeCluster(RandomCluster& random) {
  Snapshot snapshot = random.Make();
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    Pod& pod = snapshot.pods[i];
    pod.workload = {"Pod", pod.ns, pod.name};
    pod.ips = {*IpAddress::Parse("10.0." + std::to_string(i % 2) + "." + std::to_string(i))};
  }
  return snapshot;
}

Evaluator Evaluate(Snapshot snapshot) {
  return {std::make_shared<const Snapshot>(std::move(snapshot)), {}};
}

MatrixDiff Diff(const Evaluator& before, const Evaluator& after, Changes& changes) {
  return DiffMatrices(before, after, [&](const ChangedConnection& change) {
    const auto added = changes.try_emplace({change.source, change.destination}, change);
    EXPECT_TRUE(added.second) << change.source << " to " << change.destination << " twice";
  });
}

/// Which of a change's sets a port is in.
std::string Found(const ChangedConnection* change, Protocol protocol, Port port) {
  if (change == nullptr) return "";
  std::string found;
  const auto i = static_cast<std::size_t>(protocol);
  if (change->opens.at(i).Contains(port)) found += "opens";
  if (change->closes.at(i).Contains(port)) found += "closes";
  if (change->may_open.at(i).Contains(port)) found += "may open";
  if (change->may_close.at(i).Contains(port)) found += "may close";
  return found;
}

std::string Wanted(Expectation before, Expectation after) {
  if (before == after) return "";
  if (before == Expectation::kUnknown)
    return after == Expectation::kAllow ? "may open" : "may close";
  if (after == Expectation::kUnknown)
    return before == Expectation::kDeny ? "may open" : "may close";
  return after == Expectation::kAllow ? "opens" : "closes";
}

struct Both {
  const Evaluator& before;
  const Evaluator& after;
};

void Check(const Both& both, const PolicyPeer& old_from, const PolicyPeer& old_to,
           const PolicyPeer& from, const PolicyPeer& to, const ChangedConnection* change,
           const std::string& what) {
  for (const auto protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    for (const int number : kAskedPorts) {
      const auto port = oracle::PortOf(number);
      const auto before = both.before.Judge(old_from, old_to, protocol, port).expectation;
      const auto after = both.after.Judge(from, to, protocol, port).expectation;
      ASSERT_EQ(Found(change, protocol, port), Wanted(before, after))
          << what << " " << ToString(protocol) << " " << number;
    }
  }
}

TEST(MatrixDiffTest, AgreesWithEachPairAskedByItself) {
  std::size_t changed = 0;
  std::size_t ranges = 0;
  for (std::uint64_t seed = 1; seed <= 1'500 && !HasFailure(); ++seed) {
    RandomCluster random(seed);
    Snapshot snapshot = MakeCluster(random);
    Snapshot less = snapshot;
    if (!less.policy_documents.empty()) less.policy_documents.pop_back();
    if (seed % 2 == 0) std::swap(snapshot, less);
    const auto before = Evaluate(less);
    const auto after = Evaluate(snapshot);
    Changes changes;
    const auto diff = Diff(before, after, changes);
    EXPECT_THAT(diff.added, IsEmpty());
    EXPECT_EQ(diff.changes, changes.size());
    changed += changes.size();
    const auto peer = [](const Evaluator& of, std::size_t i) {
      const Pod& pod = of.snapshot().pods[i];
      return PolicyPeer{of.ClassOf(i), pod.ips.front(), pod.node, pod.host_network};
    };
    const auto& pods = snapshot.pods;
    for (std::size_t from = 0; from < pods.size(); ++from) {
      for (std::size_t to = 0; to < pods.size(); ++to) {
        if (from == to || !pods[from].IsLive() || !pods[to].IsLive()) continue;
        const auto found =
            changes.find({pods[from].workload.ToString(), pods[to].workload.ToString()});
        Check({before, after}, peer(before, from), peer(before, to), peer(after, from),
              peer(after, to), found == changes.end() ? nullptr : &found->second,
              "seed " + std::to_string(seed) + ": " + pods[from].name + " to " + pods[to].name);
      }
    }
    for (const auto& [ends, change] : changes) {
      const auto address = IpAddress::Parse(ends.second.substr(0, ends.second.find('-')));
      if (!address) continue;
      for (std::size_t from = 0; from < pods.size(); ++from) {
        if (pods[from].workload.ToString() != ends.first) continue;
        const PolicyPeer outside{std::nullopt, address, {}, false};
        Check({before, after}, peer(before, from), outside, peer(after, from), outside, &change,
              "seed " + std::to_string(seed) + ": " + ends.first + " to " + ends.second);
        ++ranges;
      }
    }
  }
  EXPECT_GT(changed, 1'000U);
  EXPECT_GT(ranges, 100U);
}

TEST(MatrixDiffTest, NothingChangesBetweenEquals) {
  RandomCluster random(7);
  const Snapshot snapshot = MakeCluster(random);
  const auto one = Evaluate(snapshot);
  const auto other = Evaluate(snapshot);
  Changes changes;
  EXPECT_EQ(Diff(one, other, changes).changes, 0U);
}

TEST(MatrixDiffTest, SaysWhatDecided) {
  Snapshot open;
  open.namespaces.emplace_back().name = "shop";
  for (const char* name : {"web", "db"}) {
    Pod& pod = open.pods.emplace_back();
    pod.ns = "shop";
    pod.name = name;
    pod.workload = {"Deployment", "shop", name};
    pod.labels = {{"app", name}};
    pod.phase = PodPhase::kRunning;
    pod.ips = {*IpAddress::Parse(open.pods.size() == 1 ? "10.0.0.1" : "10.0.0.2")};
  }
  Snapshot closed = open;
  oracle::NetworkPolicy policy;
  policy.ns = "shop";
  policy.name = "db";
  policy.pod_selector = {{{"app", LabelRequirement::Operator::kIn, {"db"}}}};
  closed.policy_documents = {policy};
  closed.pods.emplace_back(closed.pods.front()).workload.name = "new";
  const auto before = Evaluate(open);
  const auto after = Evaluate(closed);
  Changes changes;
  const auto diff = Diff(before, after, changes);
  EXPECT_THAT(diff.added, ElementsAre("shop/new[Deployment]"));
  EXPECT_THAT(diff.removed, IsEmpty());
  const auto& change = changes.at({"shop/web[Deployment]", "shop/db[Deployment]"});
  EXPECT_EQ(change.closes[0], PortSet::All());
  ASSERT_FALSE(change.after.empty());
  EXPECT_EQ(change.after.back().policy, "shop/db");
}

}  // namespace
}  // namespace podreach
