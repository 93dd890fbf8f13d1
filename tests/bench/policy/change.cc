// How long one change takes after the whole: change MANIFESTS [ROUNDS]. Made for the cluster that
// `generate.py large` writes; each change is made in ROUNDS namespaces.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "podreach/collect/source.h"
#include "podreach/policy/live_matrix.h"
#include "podreach/policy/policy_kinds.h"

namespace podreach {
namespace {

using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

std::string Governed(int round) { return "ns-" + std::to_string(100 + 25 * round); }

PolicyDocument NetworkPolicy(const std::string& ns, const std::string& name,
                             const std::string& spec) {
  const auto object = nlohmann::json::parse("{\"spec\": " + spec + "}");
  return {"networking.k8s.io", "v1", "NetworkPolicy", ns, name, PackedJson(object), {}};
}

PolicyDocument AllowToCache(const std::string& ns, const std::string& name,
                            const std::string& peer) {
  return NetworkPolicy(
      ns, name,
      R"({"podSelector": {"matchLabels": {"app": "cache"}}, "ingress": [{"from": [)" + peer +
          R"(], "ports": [{"port": 6379}]}]})");
}

PolicyDocument AllowMail(const std::string& ns) {
  return AllowToCache(ns, "cache-from-mail",
                      R"({"podSelector": {"matchLabels": {"app": "mail"}}})");
}

PolicyDocument AllowPartner(const std::string& ns, int round) {
  return AllowToCache(ns, "partner",
                      R"({"ipBlock": {"cidr": "198.51.)" + std::to_string(round) + R"(.0/24"}})");
}

/// A label that no policy has asked for yet, in all namespaces.
PolicyDocument AllowVersion(const std::string& ns, int round) {
  return AllowToCache(ns, "version",
                      R"({"namespaceSelector": {}, "podSelector": {"matchLabels": {"version": "v)" +
                          std::to_string(round % 7) + R"("}}})");
}

PolicyDocument DenyAll(const std::string& ns) {
  return NetworkPolicy(ns, "default-deny",
                       R"({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})");
}

struct Bench {
  LiveMatrix live;
  const Snapshot cluster;
  int rounds;

  using Make = std::function<ClusterObject(int round)>;

  void Run(const char* what, ObjectEvent event, const Make& make) {
    std::vector<double> taken;
    std::vector<std::size_t> changed;
    int from_scratch = 0;
    for (int round = 0; round < rounds; ++round) {
      auto object = make(round);
      const auto begin = Clock::now();
      const auto applied = live.Apply(event, std::move(object), [](auto, auto, const auto&) {});
      taken.push_back(Milliseconds(begin));
      changed.push_back(applied.diff.changes);
      from_scratch += applied.from_scratch ? 1 : 0;
    }
    std::sort(taken.begin(), taken.end());
    std::sort(changed.begin(), changed.end());
    std::printf("%-52s%9.1f%9.1f%13zu%s\n", what, taken[taken.size() / 2], taken.back(),
                changed[changed.size() / 2], from_scratch > 0 ? "  from scratch" : "");
  }

  /// A pod of a namespace, by its workload's name.
  [[nodiscard]] Pod PodOf(const std::string& ns, std::string_view workload) const {
    const auto found = std::find_if(cluster.pods.begin(), cluster.pods.end(), [&](const Pod& pod) {
      return pod.ns == ns && pod.workload.name.starts_with(workload);
    });
    if (found == cluster.pods.end()) {
      std::cerr << "no pod of " << ns << "/" << workload
                << ": not the cluster of generate.py large\n";
      std::exit(2);
    }
    return *found;
  }
};

Pod Renamed(Pod pod, int round) {
  pod.name += "-more";
  pod.ips = {IpAddress::V4((10U << 24U) + (200U << 16U) + static_cast<unsigned>(round))};
  return pod;
}

void RunAll(Bench& bench) {
  using enum ObjectEvent;
  bench.Run("an allow within a namespace comes", kPut,
            [](int i) { return AllowMail(Governed(i)); });
  bench.Run("it goes", kDeleted, [](int i) { return AllowMail(Governed(i)); });
  bench.Run("an allow with an ipBlock of its own comes", kPut,
            [](int i) { return AllowPartner(Governed(i), i); });
  bench.Run("it goes", kDeleted, [](int i) { return AllowPartner(Governed(i), i); });
  bench.Run("an allow for a label in all namespaces comes", kPut,
            [](int i) { return AllowVersion(Governed(i), i); });
  bench.Run("it goes", kDeleted, [](int i) { return AllowVersion(Governed(i), i); });
  bench.Run("a namespace's default deny goes", kDeleted,
            [](int i) { return DenyAll(Governed(i)); });
  bench.Run("it comes back", kPut, [](int i) { return DenyAll(Governed(i)); });
  bench.Run("an open namespace is closed", kPut,
            [](int i) { return DenyAll("ns-" + std::to_string(24 + 25 * i)); });
  bench.Run("it is opened", kDeleted,
            [](int i) { return DenyAll("ns-" + std::to_string(24 + 25 * i)); });
  bench.Run("another replica comes", kPut,
            [&](int i) { return Renamed(bench.PodOf(Governed(i), "web"), i); });
  bench.Run("it goes", kDeleted,
            [&](int i) { return Renamed(bench.PodOf(Governed(i), "web"), i); });
  bench.Run("a pod of a new workload comes", kPut, [&](int i) {
    auto pod = Renamed(bench.PodOf(Governed(i), "web"), i);
    pod.workload.name = "new";
    pod.labels = {{"app", "db"}, {"kind", "new"}};
    return pod;
  });
  bench.Run("it is relabelled", kPut, [&](int i) {
    auto pod = Renamed(bench.PodOf(Governed(i), "web"), i);
    pod.workload.name = "new";
    pod.labels = {{"app", "api"}};
    return pod;
  });
  bench.Run("it goes", kDeleted,
            [&](int i) { return Renamed(bench.PodOf(Governed(i), "web"), i); });
  bench.Run("a namespace is relabelled", kPut, [&](int i) {
    auto ns = *bench.cluster.FindNamespace(Governed(i));
    ns.labels["team"] = "another";
    return ns;
  });
  bench.Run("it is labelled as before", kPut,
            [&](int i) { return *bench.cluster.FindNamespace(Governed(i)); });
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: change MANIFESTS [ROUNDS]\n";
    return 2;
  }
  auto begin = Clock::now();
  auto snapshot = CollectManifests({argv[1]}, std::cin, PolicyKinds());
  if (!snapshot) {
    std::cerr << snapshot.error().ToString() << '\n';
    return 3;
  }
  const auto read = Milliseconds(begin);
  begin = Clock::now();
  Bench bench{LiveMatrix(*snapshot, {}), *snapshot, argc > 2 ? std::atoi(argv[2]) : 9};
  std::printf("read in %.0f ms, made ready in %.0f ms\n\n", read, Milliseconds(begin));
  std::printf("%-52s%9s%9s%13s\n", "one change", "median", "most", "connections");
  RunAll(bench);
  return 0;
}

}  // namespace
}  // namespace podreach

int main(int argc, char** argv) { return podreach::Main(argc, argv); }
