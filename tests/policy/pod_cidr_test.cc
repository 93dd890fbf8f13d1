// Pods of manifests, which have no address yet: what is known of them by where they will get it.

#include <gtest/gtest.h>

#include <set>

#include "policy/ends.h"
#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_world.h"
#include "tests/policy/oracle_engine.h"
#include "tests/policy/policy_builder.h"

namespace podreach {
namespace {

using policy::MatchUnplaced;
using policy::PeerMatch;
using testing_policy::Block;
using testing_policy::NetworkPolicyPeer;

std::vector<Cidr> Cidrs(std::initializer_list<const char*> texts) {
  std::vector<Cidr> cidrs;
  for (const auto* text : texts) cidrs.push_back(*Cidr::Parse(text));
  return cidrs;
}

TEST(PodCidrTest, ABlockHoldsAllPodsOrNoneOrItIsOpen) {
  using enum PeerMatch;
  struct {
    std::vector<NetworkPolicyPeer> blocks;
    std::vector<Cidr> pods;
    PeerMatch match;
  } cases[] = {
      {{Block("0.0.0.0/0")}, {}, kNeedsAddress},
      {{Block("0.0.0.0/0")}, Cidrs({"10.244.0.0/16"}), kYes},
      {{Block("10.244.0.0/16")}, Cidrs({"10.244.0.0/16"}), kYes},
      {{Block("10.244.0.0/17")}, Cidrs({"10.244.0.0/16"}), kNeedsAddress},
      {{Block("10.244.0.1/32")}, Cidrs({"10.244.0.0/16"}), kNeedsAddress},
      {{Block("192.168.0.0/16")}, Cidrs({"10.244.0.0/16"}), kNo},
      {{Block("::/0")}, Cidrs({"10.244.0.0/16"}), kNo},
      {{Block("0.0.0.0/0", {"10.0.0.0/8"})}, Cidrs({"10.244.0.0/16"}), kNo},
      {{Block("0.0.0.0/0", {"10.244.0.0/16"})}, Cidrs({"10.244.0.0/16"}), kNo},
      {{Block("0.0.0.0/0", {"10.244.7.0/24"})}, Cidrs({"10.244.0.0/16"}), kNeedsAddress},
      {{Block("0.0.0.0/0", {"192.168.0.0/16"})}, Cidrs({"10.244.0.0/16"}), kYes},
      // Of two networks a pod may be in either.
      {{Block("0.0.0.0/0")}, Cidrs({"10.244.0.0/16", "fd00::/48"}), kNeedsAddress},
      {{Block("0.0.0.0/0"), Block("::/0")}, Cidrs({"10.244.0.0/16", "fd00::/48"}), kYes},
      {{Block("192.0.2.0/24")}, Cidrs({"10.244.0.0/16", "fd00::/48"}), kNo},
      {{}, Cidrs({"10.244.0.0/16"}), kNo},
  };
  for (const auto& c : cases) {
    std::vector<IpBlock> blocks;
    std::string what;
    for (const auto& peer : c.blocks) {
      blocks.push_back(*peer.ip_block);
      what += peer.ip_block->cidr.ToString() + " ";
    }
    EXPECT_EQ(MatchUnplaced(blocks, c.pods), c.match) << what;
  }
}

/// A snapshot's pods, each at a place of its own in the networks, or none.
std::shared_ptr<const Snapshot> With(const Snapshot& of, std::mt19937_64* random) {
  Snapshot snapshot = of;
  std::set<std::string> taken;
  for (auto& pod : snapshot.pods) {
    pod.from_template = true;
    if (pod.host_network) continue;
    pod.ips.clear();
    while (random != nullptr && pod.ips.empty()) {
      const auto die = (*random)();
      const auto address = die % 2 == 0 ? "10.0.0." + std::to_string(die / 2 % 16)
                                        : "10.0.1." + std::to_string(die / 2 % 256);
      if (taken.insert(address).second) pod.ips = {*IpAddress::Parse(address)};
    }
  }
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

/// What is said before the pods have addresses holds wherever they get them.
TEST(PodCidrTest, WhatIsKnownBeforeHoldsWhereverThePodsArePlaced) {
  const auto pod_cidrs = Cidrs({"10.0.0.0/28", "10.0.1.0/24"});
  std::size_t known = 0;
  std::size_t known_without = 0;
  for (std::uint64_t seed = 1; seed <= 3'000 && !HasFailure(); ++seed) {
    std::mt19937_64 random(seed);
    const auto world = SnapshotOf(oracle::RandomWorld(random, {}));
    const auto bare = With(*world, nullptr);
    const Evaluator before(bare, {"random", true, true, pod_cidrs});
    const Evaluator without(bare, {"random", true, true, {}});
    const Evaluator after(With(*world, &random), {"random", true, true, pod_cidrs});
    for (std::size_t from = 0; from < bare->pods.size(); ++from) {
      for (std::size_t to = 0; to < bare->pods.size(); ++to) {
        if (from == to || !bare->pods[from].IsLive() || !bare->pods[to].IsLive()) continue;
        const auto judge = [&](const Evaluator& evaluator) {
          return evaluator.Judge(PeerOf(evaluator, {from, {}, {}}), PeerOf(evaluator, {to, {}, {}}),
                                 Protocol::kTcp, *Port::From(80));
        };
        const auto said = judge(before);
        known += said.expectation != Expectation::kUnknown ? 1U : 0U;
        known_without += judge(without).expectation != Expectation::kUnknown ? 1U : 0U;
        if (said.expectation == Expectation::kUnknown) continue;
        ASSERT_EQ(said.expectation, judge(after).expectation)
            << "seed " << seed << ", pod " << from << " to " << to << ": " << Text(said);
      }
    }
  }
  std::printf("known: %zu, without the networks of pods %zu\n", known, known_without);
  EXPECT_GT(known, known_without + 100);
}

}  // namespace
}  // namespace podreach
