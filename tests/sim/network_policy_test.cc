#include "tests/sim/network_policy.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/oracle/naive_evaluator.h"
#include "tests/oracle/random_cluster.h"

namespace podreach::sim {
namespace {

using oracle::standard::NaiveEvaluator;

/// A cluster as both evaluators see it. An API server refuses a malformed policy, so there is none.
class Both {
 public:
  explicit Both(Snapshot snapshot)
      : snapshot_(std::move(snapshot)), labels_(texts_), policies_(labels_) {
    std::erase_if(snapshot_.policy_documents, [](const PolicyDocument& document) {
      return !oracle::standard::Read(document).IsReadable();
    });
    for (const Namespace& ns : snapshot_.namespaces)
      policies_.SetNamespace(texts_.Add(ns.name), labels_.Add(ns.labels));
    for (const PolicyDocument& document : snapshot_.policy_documents)
      policies_.Add(document.object.Unpack());
    for (const Pod& pod : snapshot_.pods) {
      std::vector<DeclaredPort>& ports = ports_.emplace_back();
      for (const ContainerPort& port : pod.ports) {
        ports.push_back({port.name.empty() ? kAbsent : texts_.Add(port.name), port.protocol,
                         port.port.number()});
      }
    }
  }

  struct Pair {
    oracle::standard::End naive;
    End ours;
  };
  /// Each pod at each of its addresses, a node, an address outside.
  [[nodiscard]] std::vector<Pair> Ends() {
    std::vector<Pair> ends;
    for (std::size_t i = 0; i < snapshot_.pods.size(); ++i) {
      const Pod& pod = snapshot_.pods[i];
      if (!pod.IsLive()) continue;
      for (const IpAddress& address : pod.ips) {
        ends.push_back({{&pod, address, pod.node, false},
                        {pod.host_network ? End::Kind::kNode : End::Kind::kPod, texts_.Add(pod.ns),
                         labels_.Add(pod.labels), NodeOf(pod.node), address, ports_[i]}});
      }
    }
    for (const char* node : {"node0", "node1"}) {
      const auto address = *IpAddress::Parse("10.0.1.5");
      ends.push_back({{nullptr, address, node, true},
                      {End::Kind::kNode, kAbsent, 0, NodeOf(node), address, {}}});
    }
    for (const char* text : {"10.0.0.2", "192.0.2.1", "fd00::3"}) {
      const auto address = *IpAddress::Parse(text);
      ends.push_back(
          {{nullptr, address, "", false}, {End::Kind::kOutside, kAbsent, 0, kAbsent, address, {}}});
    }
    return ends;
  }

  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  [[nodiscard]] const PolicySet& policies() const { return policies_; }

 private:
  [[nodiscard]] std::uint32_t NodeOf(const std::string& name) {
    return name.empty() ? kAbsent : texts_.Add(name);
  }

  Snapshot snapshot_;
  TextTable texts_;
  LabelTable labels_;
  PolicySet policies_;
  std::deque<std::vector<DeclaredPort>> ports_;
};

TEST(PolicySet, AgreesWithTheNaiveEvaluatorOnRandomClusters) {
  std::size_t compared = 0;
  std::size_t denied = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Both both(oracle::RandomCluster(seed).Make());
    const NaiveEvaluator naive(both.snapshot(), {});
    const auto ends = both.Ends();
    for (const auto& source : ends) {
      for (const auto& destination : ends) {
        // A pod always reaches itself; nothing of a policy is asked then.
        if (source.naive.pod != nullptr && source.naive.pod == destination.naive.pod) continue;
        const Allowance egress = both.policies().Egress(source.ours, destination.ours);
        const Allowance ingress = both.policies().Ingress(source.ours, destination.ours);
        for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
          for (const int port : {1, 79, 80, 81, 443, 8080, 65535}) {
            const auto expected =
                naive.Judge(source.naive, destination.naive, protocol, oracle::PortOf(port));
            if (expected == Expectation::kUnknown) continue;
            const auto number = static_cast<std::uint16_t>(port);
            const bool allowed = egress.Has(protocol, number) && ingress.Has(protocol, number);
            ASSERT_EQ(allowed, expected == Expectation::kAllow)
                << "seed " << seed << ", " << source.ours.address.ToString() << " to "
                << destination.ours.address.ToString() << ":" << port << "/" << ToString(protocol);
            ++compared;
            denied += allowed ? 0U : 1U;
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 100'000U);
  EXPECT_GT(denied, compared / 20);
}

TEST(Selector, ReadsTheTextOfARequest) {
  TextTable texts;
  LabelTable labels(texts);
  const LabelSet set = labels.At(labels.Add({{"app", "web"}, {"tier", "a"}}));
  const struct {
    const char* text;
    bool matches;
  } kCases[] = {
      {"", true},
      {"app=web", true},
      {"app==web", true},
      {"app=api", false},
      {"app!=api", true},
      {"app!=web", false},
      {"team!=red", true},
      {"app", true},
      {"!app", false},
      {"!team", true},
      {"app in (api, web)", true},
      {"app notin (api,web),tier=a", false},
      {"app=web,tier=b", false},
  };
  for (const auto& one : kCases) {
    const auto selector = Selector::ParseQuery(one.text, texts);
    ASSERT_TRUE(selector) << one.text;
    EXPECT_EQ(selector->Matches(set), one.matches) << one.text;
  }
  EXPECT_FALSE(Selector::ParseQuery("a=b,,c", texts));
}

}  // namespace
}  // namespace podreach::sim
