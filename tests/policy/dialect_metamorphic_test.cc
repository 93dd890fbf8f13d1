// What must not change an answer in any dialect, and in which direction the rest may.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "podreach/policy/evaluator.h"
#include "tests/oracle/dialect_evaluator.h"
#include "tests/oracle/random_world.h"
#include "tests/policy/oracle_engine.h"

namespace podreach {
namespace {

using oracle::Json;

constexpr std::uint64_t kWorlds = 1'500;

oracle::End Node0() {
  oracle::End end;
  end.node = 0;
  return end;
}
oracle::End PodEnd(std::size_t pod) {
  oracle::End end;
  end.pod = pod;
  return end;
}

/// The answers for every pair of pods, a node and an address outside, by what they are about.
std::map<std::string, PortAnswer> Answers(const oracle::World& world) {
  const Evaluator evaluator(SnapshotOf(world), {});
  const auto& snapshot = evaluator.snapshot();
  std::map<std::string, PolicyPeer> peers{{"outside", {{}, IpAddress::Parse("192.0.2.1"), "", {}}}};
  peers["node"] = PeerOf(evaluator, Node0());
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (snapshot.pods[i].IsLive()) peers[snapshot.pods[i].name] = PeerOf(evaluator, PodEnd(i));
  }
  std::map<std::string, PortAnswer> answers;
  for (const auto& [from, source] : peers) {
    for (const auto& [to, destination] : peers) {
      for (const auto protocol : {Protocol::kTcp, Protocol::kUdp}) {
        answers[from + " to " + to + " " + std::string(ToString(protocol))] =
            evaluator.Ports(source, destination, protocol);
      }
    }
  }
  return answers;
}

/// Every object once: a cluster has no two of one name.
bool HasTwins(const oracle::World& world) {
  std::set<std::string> seen;
  return std::ranges::any_of(world.documents, [&](const Json& document) {
    const auto& metadata = document.at("metadata");
    return !seen.insert(document.at("kind").dump() + metadata.value("namespace", "") + "/" +
                        metadata.at("name").dump())
                .second;
  });
}

oracle::World AnyWorld(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return oracle::RandomWorld(random, {});
}

TEST(DialectMetamorphicTest, TheOrderOfDocumentsChangesNothing) {
  std::size_t worlds = 0;
  for (std::uint64_t seed = 1; seed <= kWorlds && !HasFailure(); ++seed) {
    auto world = AnyWorld(seed);
    if (HasTwins(world)) continue;
    ++worlds;
    const auto before = Answers(world);
    std::ranges::reverse(world.documents);
    const auto after = Answers(world);
    for (const auto& [cell, answer] : before) {
      EXPECT_EQ(after.at(cell).allowed, answer.allowed) << "seed " << seed << ": " << cell;
      EXPECT_EQ(after.at(cell).unknown, answer.unknown) << "seed " << seed << ": " << cell;
    }
  }
  EXPECT_GT(worlds, kWorlds / 2);
}

Json Document(const char* version, const char* kind, const char* ns, Json spec) {
  Json document{{"apiVersion", version}, {"kind", kind}, {"metadata", {{"name", "added"}}}};
  if (*ns != 0) document["metadata"]["namespace"] = ns;
  document["spec"] = std::move(spec);
  return document;
}

/// One that denies something, of each dialect that can.
const std::map<std::string, std::function<Json()>> kDenials = {
    {"AdminNetworkPolicy",
     [] {
       return Document("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "",
                       Json::parse(R"json({"priority": 7, "subject": {"namespaces": {}}, "ingress":
                                       [{"action": "Deny", "from": [{"namespaces": {}}]}]})json"));
     }},
    {"CiliumNetworkPolicy",
     [] {
       return Document("cilium.io/v2", "CiliumNetworkPolicy", "ns0",
                       Json::parse(R"json({"endpointSelector": {}, "egressDeny":
                                       [{"toEntities": ["world"]}]})json"));
     }},
    {"GlobalNetworkPolicy",
     [] {
       return Document("projectcalico.org/v3", "GlobalNetworkPolicy", "",
                       Json::parse(R"json({"order": 3, "selector": "has(app)", "types": ["Ingress"],
                                       "ingress": [{"action": "Deny", "protocol": "TCP"}]})json"));
     }},
    {"AuthorizationPolicy",
     [] {
       return Document("security.istio.io/v1", "AuthorizationPolicy", "ns1",
                       Json::parse(R"json({"action": "DENY", "rules":
                                       [{"to": [{"operation": {"ports": ["80"]}}]}]})json"));
     }},
};

TEST(DialectMetamorphicTest, AnotherDenyNeverOpens) {
  for (const auto& [kind, make] : kDenials) {
    std::size_t closed = 0;
    for (std::uint64_t seed = 1; seed <= kWorlds && !HasFailure(); ++seed) {
      auto world = AnyWorld(seed);
      const auto before = Answers(world);
      world.documents.push_back(make());
      for (const auto& [cell, now] : Answers(world)) {
        const auto& old = before.at(cell);
        EXPECT_TRUE(old.allowed.Contains(now.allowed))
            << kind << ", seed " << seed << ": " << cell << ": " << now.allowed.ToString()
            << " was " << old.allowed.ToString();
        closed += old.allowed == now.allowed ? 0 : 1;
      }
    }
    EXPECT_GT(closed, 100U) << kind;
  }
}

}  // namespace
}  // namespace podreach
