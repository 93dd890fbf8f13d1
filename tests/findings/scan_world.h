#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "podreach/findings/judge.h"
#include "tests/policy/policy_builder.h"

namespace podreach {

/// A scan over a small cluster, put together by hand: vantages and targets a line each, and what
/// every vantage saw. Call Begin once all of them are there.
class ScanWorld {
 public:
  explicit ScanWorld(Snapshot snapshot)
      : evaluator(std::make_shared<const Snapshot>(std::move(snapshot)), {}) {}
  explicit ScanWorld(const std::vector<testing_policy::NetworkPolicy>& policies = {})
      : ScanWorld(testing_policy::Shop(policies)) {}

  /// A probe with those labels; its address is 10.9.0.N.
  VantageId Probe(VantageKind kind, const std::string& ns, const std::string& labels = "") {
    Vantage vantage;
    const auto number = static_cast<std::uint32_t>(plan.vantages.size());
    vantage.id = VantageId{number};
    vantage.kind = kind;
    vantage.ns = ns;
    vantage.name = ns + " (" + std::string(ToString(kind)) + ")";
    vantage.node = "n1";
    vantage.address = IpAddress::V4(0x0A090000U + number);
    if (kind != VantageKind::kNode)
      vantage.pod_class = evaluator.Classify({ns, testing_policy::LabelsOf(labels), false, {}});
    plan.vantages.push_back(vantage);
    return vantage.id;
  }

  /// A pod's port: "shop/db", "TCP 5432".
  TargetId Pod(const std::string& name, const std::string& port) {
    const std::size_t index = Find(name);
    const podreach::Pod& pod = evaluator.snapshot().pods[index];
    return Add({.kind = TargetKind::kPod,
                .address = pod.ips.front(),
                .ns = pod.ns,
                .workload = pod.workload.ToString(),
                .name = name,
                .node = pod.node},
               port, index);
  }

  /// A Service, a NodePort or DNS, and the pods behind it: {"shop/db", "5432"}.
  TargetId Service(TargetKind kind, const std::string& port,
                   const std::vector<std::pair<std::string, const char*>>& pods) {
    const TargetId id = Add({.kind = kind,
                             .address = *IpAddress::Parse("10.96.0.7"),
                             .ns = "shop",
                             .workload = "shop/svc (Service)",
                             .name = "shop/svc"},
                            port);
    std::vector<Backend>& backends = plan.backends[id];
    for (const auto& [name, number] : pods) {
      const std::size_t pod = Find(name);
      backends.push_back({pod, evaluator.snapshot().pods[pod].ips.front(), *Port::Parse(number)});
    }
    return id;
  }

  /// The responder of a vantage's probe.
  TargetId Responder(VantageId of, const std::string& port = "TCP 7471") {
    return Add({.kind = TargetKind::kProbe,
                .address = *plan.vantage(of).address,
                .ns = plan.vantage(of).ns,
                .workload = plan.vantage(of).name,
                .name = plan.vantage(of).name + " responder",
                .probe = of},
               port);
  }

  /// What stands at an address: a node, metadata, outside.
  TargetId At(TargetKind kind, const char* address, const std::string& port,
              const std::string& node = "") {
    return Add({.kind = kind,
                .address = *IpAddress::Parse(address),
                .workload = address,
                .name = address,
                .node = node},
               port);
  }

  /// Everybody is asked everything, one list for all; nobody has seen anything yet.
  void Begin() {
    std::vector<TargetId> all;
    for (std::uint32_t t = 0; t < plan.targets.size(); ++t) all.push_back(TargetId{t});
    const auto list = std::make_shared<const std::vector<TargetId>>(std::move(all));
    plan.asks.assign(plan.vantages.size(), list);
    observed = std::make_unique<ReachMatrix>(plan.vantages.size());
    intentions = std::make_unique<IntentionTable>(evaluator, plan);
    for (const Vantage& vantage : plan.vantages) {
      observed->SetRow(vantage.id, list);
      intentions->Fill(vantage.id);
    }
  }

  /// Positions are targets' numbers, since everybody is asked everything.
  void Saw(VantageId vantage, TargetId target, const Observation& seen) {
    observed->Set(vantage, Index(target), seen);
  }
  void Saw(VantageId vantage, TargetId target, Outcome outcome) {
    Saw(vantage, target, Observation{.outcome = outcome});
  }

  [[nodiscard]] const CellIntention& Intended(VantageId vantage, TargetId target) const {
    return intentions->At(vantage, Index(target));
  }
  [[nodiscard]] Controls AllControls() const {
    Controls controls = FindControls(plan, *observed);
    FindResets(plan, *observed, *intentions, controls);
    return controls;
  }

  [[nodiscard]] std::size_t Find(const std::string& name) const {
    const auto& pods = evaluator.snapshot().pods;
    for (std::size_t i = 0; i < pods.size(); ++i) {
      if (pods[i].ns + "/" + pods[i].name == name && pods[i].IsLive()) return i;
    }
    throw std::runtime_error("no pod " + name);
  }

  Evaluator evaluator;
  ScanPlan plan;
  std::unique_ptr<ReachMatrix> observed;
  std::unique_ptr<IntentionTable> intentions;

 private:
  TargetId Add(Place place, const std::string& port, std::optional<std::size_t> pod = {}) {
    const auto words = testing_policy::Split(port, ' ');
    const TargetId id{static_cast<std::uint32_t>(plan.targets.size())};
    plan.targets.push_back({.place = PlaceId{static_cast<std::uint32_t>(plan.places.size())},
                            .protocol = *ParseProtocol(words.at(0)),
                            .port = *Port::Parse(words.at(1))});
    plan.places.push_back(std::move(place));
    plan.pod_of_place.push_back(pod);
    return id;
  }
};

}  // namespace podreach
