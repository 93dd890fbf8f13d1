#include "podreach/policy/intended_matrix.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "tests/oracle/network_policy.h"

namespace podreach {
namespace {

using oracle::NetworkPolicy;
using oracle::NetworkPolicyPeer;
using oracle::NetworkPolicyPort;
using oracle::NetworkPolicyRule;
Pod MakePod(const std::string& ns, const std::string& app, const std::string& ip) {
  Pod pod;
  pod.ns = ns;
  pod.name = app + "-" + ip;
  pod.uid = pod.name;
  pod.labels = {{"app", app}};
  pod.workload = {"Deployment", ns, app};
  pod.phase = PodPhase::kRunning;
  if (ip.empty()) {
    pod.from_template = true;
  } else {
    pod.ips = {*IpAddress::Parse(ip)};
  }
  return pod;
}

LabelSelector App(const std::string& app) {
  return {{{"app", LabelRequirement::Operator::kIn, {app}}}};
}

NetworkPolicyPeer Block(const char* cidr, std::vector<const char*> except = {}) {
  NetworkPolicyPeer peer;
  peer.ip_block = IpBlock{*Cidr::Parse(cidr), {}};
  for (const char* one : except) peer.ip_block->except.push_back(*Cidr::Parse(one));
  return peer;
}

NetworkPolicyPeer Pods(const std::string& app) {
  NetworkPolicyPeer peer;
  peer.pod_selector = App(app);
  return peer;
}

NetworkPolicyPort Tcp(std::uint16_t port) {
  return {Protocol::kTcp, *Port::From(port), std::nullopt};
}

NetworkPolicy Ingress(const std::string& name, const LabelSelector& subject,
                      std::vector<NetworkPolicyRule> rules) {
  NetworkPolicy policy;
  policy.ns = "shop";
  policy.name = name;
  policy.pod_selector = subject;
  policy.ingress = std::move(rules);
  return policy;
}

/// "source -> destination TCP ports[; unknown]", without pairs of full access.
std::string Matrix(std::vector<Pod> pods, std::vector<NetworkPolicy> policies, GroupBy group_by,
                   bool with_full = false) {
  Snapshot snapshot;
  snapshot.pods = std::move(pods);
  snapshot.policy_documents = oracle::Documents(policies);
  const Evaluator evaluator(std::make_shared<const Snapshot>(std::move(snapshot)), {});
  IntendedMatrix matrix(evaluator, group_by);
  std::string text;
  matrix.ForEach([&](const IntendedConnection& connection) {
    const bool full = connection.ports[0] == PortSet::All() && connection.because.empty();
    if (full && !with_full) return;
    text += matrix.end(connection.source) + " -> " + matrix.end(connection.destination) + " " +
            (full ? "all" : connection.ports[0].ToString()) +
            (connection.because.empty() ? "" : " unknown") + "\n";
  });
  return text;
}

TEST(IntendedMatrixTest, WithoutPoliciesEverythingReachesEverything) {
  EXPECT_EQ(Matrix({MakePod("shop", "a", "10.0.0.1"), MakePod("shop", "b", "")}, {},
                   GroupBy::kWorkload, true),
            "shop/a[Deployment] -> shop/b[Deployment] all\n"
            "shop/a[Deployment] -> 0.0.0.0-255.255.255.255 all\n"
            "shop/b[Deployment] -> shop/a[Deployment] all\n"
            "shop/b[Deployment] -> shop/b[Deployment] all\n"
            "shop/b[Deployment] -> 0.0.0.0-255.255.255.255 all\n"
            "0.0.0.0-255.255.255.255 -> shop/a[Deployment] all\n"
            "0.0.0.0-255.255.255.255 -> shop/b[Deployment] all\n");
}

TEST(IntendedMatrixTest, AnAllowNamesItsPortsAndTheRestIsAbsent) {
  EXPECT_EQ(Matrix({MakePod("shop", "a", ""), MakePod("shop", "b", ""), MakePod("shop", "db", "")},
                   {Ingress("db", App("db"), {{{Pods("a")}, {Tcp(5432)}}})}, GroupBy::kWorkload),
            "shop/a[Deployment] -> shop/db[Deployment] 5432\n");
}

TEST(IntendedMatrixTest, RangesAreCutByBlocksAndJoinedWhereAlike) {
  EXPECT_EQ(Matrix({MakePod("shop", "db", "10.0.0.9")},
                   {Ingress("in", App("db"),
                            {{{Block("192.0.2.0/24", {"192.0.2.128/25"})}, {Tcp(80)}},
                             {{Block("192.0.2.0/26")}, {Tcp(80)}}})},
                   GroupBy::kWorkload),
            "192.0.2.0-192.0.2.127 -> shop/db[Deployment] 80\n");
}

TEST(IntendedMatrixTest, ATemplatesAddressIsNotGuessed) {
  const std::string text =
      Matrix({MakePod("shop", "a", ""), MakePod("shop", "db", "10.0.0.9")},
             {Ingress("in", App("db"), {{{Block("10.0.0.0/8")}, {Tcp(80)}}})}, GroupBy::kWorkload);
  EXPECT_NE(text.find("shop/a[Deployment] -> shop/db[Deployment]  unknown\n"), std::string::npos)
      << text;
}

TEST(IntendedMatrixTest, AReplicaReachesAnotherAndNotItself) {
  const std::vector<NetworkPolicy> deny = {Ingress("deny", App("db"), {})};
  EXPECT_EQ(Matrix({MakePod("shop", "db", "10.0.0.1"), MakePod("shop", "db", "10.0.0.2")}, deny,
                   GroupBy::kWorkload),
            "");
  EXPECT_EQ(Matrix({MakePod("shop", "db", "10.0.0.1"), MakePod("shop", "db", "10.0.0.2")}, {},
                   GroupBy::kWorkload, true),
            "shop/db[Deployment] -> shop/db[Deployment] all\n"
            "shop/db[Deployment] -> 0.0.0.0-255.255.255.255 all\n"
            "0.0.0.0-255.255.255.255 -> shop/db[Deployment] all\n");
  EXPECT_EQ(Matrix({MakePod("shop", "db", "10.0.0.1")}, {}, GroupBy::kWorkload, true),
            "shop/db[Deployment] -> 0.0.0.0-255.255.255.255 all\n"
            "0.0.0.0-255.255.255.255 -> shop/db[Deployment] all\n");
}

// Pod by pod and port by port, by the evaluator's other question.
TEST(IntendedMatrixTest, AgreesWithEachPairAskedByItself) {
  std::mt19937 random(11);
  const char* const apps[] = {"a", "b", "c", "d"};
  const char* const blocks[] = {"10.0.0.0/30", "10.0.0.4/31", "10.0.0.0/8", "198.51.100.0/24"};
  for (int round = 0; round < 200; ++round) {
    Snapshot snapshot;
    for (int i = 0; i < 7; ++i) {
      snapshot.pods.push_back(
          MakePod(i % 3 == 0 ? "bank" : "shop", apps[random() % 4], "10.0.0." + std::to_string(i)));
    }
    for (int i = 0; i < 4; ++i) {
      NetworkPolicy policy = Ingress("p" + std::to_string(i), App(apps[random() % 4]), {});
      policy.egress_type = random() % 3 == 0;
      for (auto* rules : {&policy.ingress, &policy.egress}) {
        if (random() % 4 == 0) continue;
        const auto peer =
            random() % 2 == 0 ? Pods(apps[random() % 4]) : Block(blocks[random() % 4]);
        rules->push_back({{peer}, {Tcp(static_cast<std::uint16_t>(80 + random() % 2))}});
      }
      snapshot.policy_documents.push_back(policy);
    }
    const auto shared = std::make_shared<const Snapshot>(std::move(snapshot));
    const Evaluator evaluator(shared, {});
    std::map<std::string, PortSet> expected;
    const auto peer = [&](std::size_t i) {
      return PolicyPeer{evaluator.ClassOf(i), shared->pods[i].ips[0], {}, false};
    };
    for (std::size_t from = 0; from < shared->pods.size(); ++from) {
      for (std::size_t to = 0; to < shared->pods.size(); ++to) {
        if (from == to) continue;
        for (const char* text : {"79", "80", "81"}) {
          const Port port = *Port::Parse(text);
          if (evaluator.Judge(peer(from), peer(to), Protocol::kTcp, port).expectation ==
              Expectation::kAllow) {
            expected[shared->pods[from].workload.ToString() + " -> " +
                     shared->pods[to].workload.ToString()]
                .Add(port);
          }
        }
      }
    }
    std::map<std::string, PortSet> seen;
    IntendedMatrix matrix(evaluator, GroupBy::kWorkload);
    matrix.ForEach([&](const IntendedConnection& connection) {
      const std::string name =
          matrix.end(connection.source) + " -> " + matrix.end(connection.destination);
      EXPECT_EQ(connection.because, "");
      if (name.find("[") == name.rfind("[")) return;  // a range
      seen[name] = connection.ports[0].Intersect(*PortSet::Parse("79-81"));
    });
    std::erase_if(seen, [](const auto& entry) { return entry.second.empty(); });
    EXPECT_EQ(seen, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace podreach
