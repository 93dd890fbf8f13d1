// Clusters of a size at which pods x policies would show. PODREACH_SCALE_PODS sets the size; the
// times are printed, and only the counts are judged: a clock is no test on a busy machine.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/policy/policy_builder.h"

namespace podreach {
namespace {

using testing_policy::Block;
using testing_policy::Both;
using testing_policy::MakeNamespace;
using testing_policy::Pods;
using testing_policy::Policy;
using testing_policy::Spaces;

std::size_t PodCount() {
  const char* number = std::getenv("PODREACH_SCALE_PODS");
  return number == nullptr ? 20'000 : std::strtoull(number, nullptr, 10);
}

/// `apps` workloads of ten pods, spread over the namespaces, each with a policy of its own.
Snapshot Make(std::size_t namespaces, std::size_t apps) {
  Snapshot snapshot;
  for (std::size_t i = 0; i < namespaces; ++i) {
    snapshot.namespaces.push_back(
        MakeNamespace("ns" + std::to_string(i), "team=" + std::to_string(i % 50)));
  }
  std::uint32_t address = 0x0a000001;
  for (std::size_t app = 0; app < apps; ++app) {
    const std::string ns = "ns" + std::to_string(app % namespaces);
    const std::string name = "app" + std::to_string(app);
    for (int replica = 0; replica < 10; ++replica) {
      auto pod = testing_policy::MakePod(ns + "/" + name + "-" + std::to_string(replica),
                                         "app=" + name + ",pod=" + std::to_string(replica), "n1",
                                         {}, {"http TCP 8080"});
      pod.workload.name = name;
      pod.ips = {IpAddress::V4(address++)};
      snapshot.pods.push_back(std::move(pod));
    }
    const std::string next = "app" + std::to_string((app + namespaces) % apps);
    snapshot.policy_documents.push_back(
        Policy(ns + "/" + name, "app=" + name)
            .In({Pods("app=" + next), Spaces("team=" + std::to_string(app % 50))},
                {"TCP http", "TCP 9000-9100"})
            .Out({Both("", "app=" + next), Block("10.0.0.0/8", {"10.1.0.0/16"})}));
  }
  return snapshot;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Measure(const char* shape, std::size_t namespaces) {
  const std::size_t apps = PodCount() / 10;
  const auto snapshot = std::make_shared<const Snapshot>(Make(namespaces, apps));
  auto start = std::chrono::steady_clock::now();
  const Evaluator evaluator(snapshot, {});
  const double built = SecondsSince(start);
  // The replicas' own label tells nothing, the workloads' does.
  ASSERT_EQ(evaluator.classes().size(), apps);

  start = std::chrono::steady_clock::now();
  constexpr std::size_t kPairs = 200'000;
  std::size_t open = 0;
  for (std::size_t i = 0; i < kPairs; ++i) {
    const auto peer = [&](std::size_t pod) {
      return PolicyPeer{evaluator.ClassOf(pod), snapshot->pods[pod].ips[0], "n1", false};
    };
    const auto pods = snapshot->pods.size();
    const auto ports =
        evaluator.AllowedPorts(peer(i * 7919 % pods), peer(i * 104729 % pods), Protocol::kTcp);
    open += ports && !ports->empty() ? 1 : 0;
  }
  const double asked = SecondsSince(start);
  EXPECT_GT(open, 0U);
  EXPECT_LT(open, kPairs);
  std::printf("%s: %zu pods, %zu policies, %zu classes: %.2f s to build, %.2f us a pair\n", shape,
              snapshot->pods.size(), apps, evaluator.classes().size(), built, asked * 1e6 / kPairs);
}

TEST(ScaleTest, ManyNamespaces) { Measure("many namespaces", PodCount() / 100); }

TEST(ScaleTest, OneNamespace) { Measure("one namespace", 1); }

}  // namespace
}  // namespace podreach
