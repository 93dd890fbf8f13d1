#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "fleet/fleet_impl.h"

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

}  // namespace

Result<void> ProbeFleet::Impl::EnsureOwnNamespace(const std::stop_token& stop) {
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
    if (existing && TextAt(*existing, "/status/phase") != "Terminating") return {};
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

Result<void> ProbeFleet::Impl::CreateCanaryPolicy(const std::stop_token& stop) {
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

ProbeFleet::Impl::Probes ProbeFleet::Impl::Enlist(std::span<const Vantage> vantages) {
  Probes probes;
  const std::lock_guard lock(mutex_);
  for (const Vantage& vantage : vantages) {
    auto probe = std::make_unique<Probe>();
    probe->vantage = vantage.id;
    probe->ns = vantage.ns;
    probe->pod_name = vantage.pod_name;
    probe->nonce = RandomHex(32);
    probe->listen_tcp = vantage.listen_tcp;
    probe->listen_udp = vantage.listen_udp;
    probe->on_node = vantage.kind == VantageKind::kNode;
    probe->reader = std::make_unique<ReportReader>(options_.scan_id, probe->nonce,
                                                   probe->listen_tcp, probe->listen_udp);
    by_name_[{probe->ns, probe->pod_name}] = probe.get();
    probes.push_back(probe.get());
    probes_[vantage.id] = std::move(probe);
  }
  return probes;
}

std::map<std::string, std::string> ProbeFleet::Impl::WriteConfigMaps(const Probes& probes,
                                                                     const std::stop_token& stop) {
  std::set<std::string> named;
  for (const Probe* probe : probes) named.insert(probe->ns);
  const std::vector<std::string> namespaces(named.begin(), named.end());
  ProbeOrder common;
  common.scan = options_.scan_id;
  common.round = next_round_;
  common.limits = options_.limits;
  std::map<std::string, std::string> refused;
  ForEachParallel(namespaces.size(), kThreads, [&](std::size_t i) {
    const std::string& ns = namespaces[i];
    const Json data = {{"order.json", EncodeOrder(OrderOf(ns, common, {}))}};
    const std::string name = ConfigMapName(options_.scan_id);
    bool known = false;
    {
      const std::lock_guard lock(mutex_);
      known = config_maps_.contains(ns);
    }
    // A later wave adds its probes to the order that is there.
    auto written =
        known ? client_.Patch(ConfigMaps(ns, name), {{"data", data}}, stop)
              : client_.Create(
                    ConfigMaps(ns),
                    {{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"metadata", {{"name", name}, {"labels", ProbeLabels(options_.scan_id)}}},
                     {"data", data}},
                    stop);
    const std::lock_guard lock(mutex_);
    if (!written) {
      refused[ns] = written.error().message;
    } else if (!known) {
      config_maps_[ns] = TextAt(*written, "/metadata/uid");
    }
  });
  return refused;
}

void ProbeFleet::Impl::CreatePods(std::span<const Vantage> vantages, const Probes& probes,
                                  const std::stop_token& stop) {
  const auto refused = WriteConfigMaps(probes, stop);
  ForEachParallel(probes.size(), kThreads, [&](std::size_t i) {
    Probe& probe = *probes[i];
    const auto fail = [&probe](std::string words) {
      probe.phase = Probe::Phase::kFailed;
      probe.fault = ReportFault::kNotStarted;
      probe.words = std::move(words);
    };
    if (const auto why = refused.find(probe.ns); why != refused.end()) {
      const std::lock_guard lock(mutex_);
      return fail(why->second);
    }
    const Json pod =
        ProbePod(vantages[i], options_, ConfigMapName(options_.scan_id), config_maps_.at(probe.ns));
    auto created = client_.Create(Pods(probe.ns), pod, stop);
    const std::lock_guard lock(mutex_);
    if (!created) return fail(created.error().message);
    probe.uid = TextAt(*created, "/metadata/uid");
    probe.phase = Probe::Phase::kCreated;
    for (const auto& [uid, state] : probe.early) {
      if (uid == probe.uid) Apply(probe, state);
    }
    probe.early.clear();
  });
}

Result<void> ProbeFleet::Impl::WaitRunning(const Probes& probes, const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + options_.start_timeout;
  const auto settled = [&] {
    return std::none_of(probes.begin(), probes.end(),
                        [](const Probe* probe) { return probe->phase == Probe::Phase::kCreated; });
  };
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, deadline, settled);
  if (stop.stop_requested())
    return MakeError(ErrorKind::kCancelled, "stopped while probes were starting");
  for (Probe* probe : probes) {
    if (probe->phase != Probe::Phase::kCreated) continue;
    probe->phase = Probe::Phase::kFailed;
    probe->fault = ReportFault::kNotStarted;
    if (probe->words.empty()) probe->words = "it didn't start in time";
  }
  return {};
}

Result<std::vector<StartedProbe>> ProbeFleet::Impl::Deploy(std::span<const Vantage> vantages,
                                                           const std::stop_token& stop) {
  if (vantages.empty()) return std::vector<StartedProbe>();
  if (options_.max_probes > 0 && probes_.size() + vantages.size() > options_.max_probes) {
    return MakeError(ErrorKind::kInvalidInput,
                     std::to_string(vantages.size()) + " probes beside " +
                         std::to_string(probes_.size()) + " are more than " +
                         std::to_string(options_.max_probes) + " at once",
                     "remove a wave's probes before the next one is deployed");
  }
  deployed_ = true;
  if (!follower_) follower_ = std::make_unique<LogFollower>(client_, clock_, *this);
  if (auto made = EnsureOwnNamespace(stop); !made) return made.error();
  const bool had_own_namespace = config_maps_.contains(options_.own_namespace);
  const Probes probes = Enlist(vantages);
  CreatePods(vantages, probes, stop);
  if (!had_own_namespace && config_maps_.contains(options_.own_namespace)) {
    if (auto made = CreateCanaryPolicy(stop); !made)
      progress_("canary: " + made.error().ToString());
  }
  if (!watch_.joinable())
    watch_ = std::jthread([this](const std::stop_token& watch_stop) { WatchPods(watch_stop); });
  if (auto waited = WaitRunning(probes, stop); !waited) return waited.error();

  ReadHellos(probes, stop);

  std::vector<StartedProbe> started;
  const std::lock_guard lock(mutex_);
  for (const Probe* probe : probes) {
    const bool running = probe->phase == Probe::Phase::kRunning;
    any_started_ = any_started_ || running;
    started.push_back({running, probe->ips, probe->node,
                       probe->on_node ? probe->reader->hello().conntrack : std::nullopt,
                       running ? ReportFault::kNone : probe->fault, probe->words});
  }
  if (!any_started_) {
    return MakeError(ErrorKind::kUnavailable,
                     "no probe started; the first one: " + started.front().words,
                     "see that the nodes can get the image " + options_.image + " (--probe-image)");
  }
  return started;
}

}  // namespace podreach
