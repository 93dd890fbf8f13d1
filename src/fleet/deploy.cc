#include <nlohmann/json.hpp>

#include "fleet/probe.h"

namespace podreach {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kThreads = 12;

const ResourcePath kNamespaces{"/api/v1", "namespaces", "", "", ""};

ResourcePath ConfigMaps(const std::string& ns, const std::string& name = {}) {
  return {"/api/v1", "configmaps", ns, name, ""};
}

ResourcePath Pods(const std::string& ns, const std::string& name = {}) {
  return {"/api/v1", "pods", ns, name, ""};
}

std::string Text(const Json& object, const char* pointer) {
  return object.value(Json::json_pointer(pointer), std::string());
}

}  // namespace

Result<void> ProbeFleet::EnsureOwnNamespace(const std::stop_token& stop) {
  const Json ns = {{"apiVersion", "v1"},
                   {"kind", "Namespace"},
                   {"metadata",
                    {{"name", options_.own_namespace},
                     {"labels",
                      {{"app.kubernetes.io/managed-by", "podreach"},
                       {"podreach.io/scan-id", options_.scan_id},
                       // Node vantages need hostNetwork.
                       {"pod-security.kubernetes.io/enforce", "privileged"}}}}}};
  ResourcePath path = kNamespaces;
  path.name = options_.own_namespace;
  for (int tries = 0;; ++tries) {
    // Asked first: who may not make namespaces can use one that an administrator made.
    auto existing = client_.Get(path, stop);
    if (existing && Text(*existing, "/status/phase") != "Terminating") return {};
    if (!existing && existing.error().kind != ErrorKind::kNotFound) {
      return WithContext(existing.error(), "looking for the namespace " + options_.own_namespace);
    }
    if (!existing) {
      auto created = client_.Create(kNamespaces, ns, stop);
      if (created) return {};
      if (created.error().kind != ErrorKind::kConflict) {
        return WithContext(created.error(), "making the namespace " + options_.own_namespace);
      }
    }
    if (tries == 150) {
      return MakeError(ErrorKind::kUnavailable,
                       "the namespace " + options_.own_namespace + " is still being deleted",
                       "wait until it is gone, or name another one with --namespace");
    }
    if (!RealSleeper().Sleep(std::chrono::milliseconds(200), stop)) {
      return MakeError(ErrorKind::kCancelled, "stopped while a namespace was being deleted");
    }
  }
}

Result<void> ProbeFleet::CreateCanaryPolicy(const std::stop_token& stop) {
  const std::string name = ConfigMapName(options_.scan_id) + "-canary";
  const Json policy = {{"apiVersion", "networking.k8s.io/v1"},
                       {"kind", "NetworkPolicy"},
                       {"metadata",
                        {{"name", name},
                         {"namespace", options_.own_namespace},
                         {"labels", ProbeLabels(options_.scan_id)},
                         {"ownerReferences",
                          {{{"apiVersion", "v1"},
                            {"kind", "ConfigMap"},
                            {"name", ConfigMapName(options_.scan_id)},
                            {"uid", config_maps_[options_.own_namespace]},
                            {"controller", true}}}}}},
                       {"spec",
                        {{"podSelector", {{"matchLabels", {{"podreach.io/canary", "denied"}}}}},
                         {"policyTypes", {"Ingress"}}}}};
  auto created = client_.Create(
      {"/apis/networking.k8s.io/v1", "networkpolicies", options_.own_namespace, "", ""}, policy,
      stop);
  if (!created) return WithContext(created.error(), "making the canary's policy");
  return {};
}

void ProbeFleet::CreateAll(ScanPlan& plan, const std::stop_token& stop) {
  // One order a namespace, not yet a go: the responders start from it.
  std::map<std::string, ProbeOrder> orders;
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    ProbeOrder& order = orders[probes_[i]->ns];
    order.scan = options_.scan_id;
    order.limits = options_.limits;
    order.probes.emplace(probes_[i]->pod_name, probes_[i]->identity);
  }
  std::vector<std::string> namespaces;
  for (const auto& [ns, order] : orders) namespaces.push_back(ns);
  std::map<std::string, std::string> refused;
  ForEachParallel(namespaces.size(), kThreads, [&](std::size_t i) {
    const std::string& ns = namespaces[i];
    const Json object = {
        {"apiVersion", "v1"},
        {"kind", "ConfigMap"},
        {"metadata",
         {{"name", ConfigMapName(options_.scan_id)}, {"labels", ProbeLabels(options_.scan_id)}}},
        {"data", {{"order.json", EncodeOrder(orders.at(ns))}}}};
    auto created = client_.Create(ConfigMaps(ns), object, stop);
    const std::lock_guard lock(mutex_);
    created ? (void)(config_maps_[ns] = Text(*created, "/metadata/uid"))
            : (void)(refused[ns] = created.error().message);
  });
  ForEachParallel(probes_.size(), kThreads, [&](std::size_t i) {
    Probe& probe = *probes_[i];
    if (const auto why = refused.find(probe.ns); why != refused.end()) {
      probe.phase = Probe::Phase::kFailed;
      probe.why = why->second;
      return;
    }
    const Json pod = ProbePod(plan.vantages[i], options_, ConfigMapName(options_.scan_id),
                              config_maps_.at(probe.ns));
    auto created = client_.Create(Pods(probe.ns), pod, stop);
    const std::lock_guard lock(mutex_);
    if (created) {
      probe.uid = Text(*created, "/metadata/uid");
      if (probe.phase == Probe::Phase::kAbsent) probe.phase = Probe::Phase::kCreated;
    } else {
      probe.phase = Probe::Phase::kFailed;
      probe.why = created.error().message;
    }
  });
}

Result<void> ProbeFleet::Deploy(ScanPlan& plan, const std::stop_token& stop) {
  for (const Vantage& vantage : plan.vantages) {
    auto probe = std::make_unique<Probe>();
    probe->ns = vantage.ns;
    probe->pod_name = vantage.pod_name;
    probe->what = vantage.name;
    probe->nonce = RandomHex(32);
    probe->identity = {probe->nonce, vantage.listen_tcp, vantage.listen_udp, std::nullopt};
    probe->reader = std::make_unique<ReportReader>(options_.scan_id, probe->nonce);
    probes_.push_back(std::move(probe));
  }
  if (auto made = EnsureOwnNamespace(stop); !made) return made.error();
  CreateAll(plan, stop);
  if (config_maps_.contains(options_.own_namespace)) {
    if (auto made = CreateCanaryPolicy(stop); !made)
      progress_("canary: " + made.error().ToString());
  }
  watch_ = std::jthread([this](const std::stop_token& watch_stop) { Watch(watch_stop); });
  if (auto waited = WaitRunning(stop); !waited) return waited.error();

  bool any = false;
  const std::lock_guard lock(mutex_);
  for (const auto& probe : probes_) {
    if (probe->phase == Probe::Phase::kRunning) {
      any = true;
    } else {
      plan.not_covered.push_back({probe->what, probe->why});
    }
  }
  if (!any) {
    return MakeError(ErrorKind::kUnavailable,
                     "no probe started; the first one: " + probes_.front()->why,
                     "see that the nodes can get the image " + options_.image + " (--probe-image)");
  }
  for (Vantage& vantage : plan.vantages) {
    if (vantage.node.empty()) vantage.node = probes_[Index(vantage.id)]->node;
  }
  for (Target& target : plan.targets) {
    if (!target.probe) continue;
    const auto& ips = probes_[Index(*target.probe)]->ips;
    if (!ips.empty()) target.endpoint.address = ips.front();
  }
  return {};
}

}  // namespace podreach
