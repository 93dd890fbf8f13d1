#include <algorithm>
#include <nlohmann/json.hpp>

#include "fleet/fleet_impl.h"

namespace podreach {
namespace {

constexpr std::size_t kSenders = 16;
// A ConfigMap may hold 1 MiB (core/v1 ConfigMap), and some of it is spent on the rest of it.
constexpr std::size_t kOrderBytes = 900'000;
constexpr std::size_t kLeastRoom = 64 * 1024;

}  // namespace

ProbeOrder ProbeFleet::Impl::OrderOf(const std::string& ns, const ProbeOrder& common,
                                     const NamespaceRound& round) const {
  ProbeOrder order = common;
  for (const AskPart& part : round.asks) order.asks.push_back(*part.text);
  for (const auto& [vantage, probe] : probes_) {
    if (probe->ns != ns) continue;
    ProbeIdentity& identity = order.probes[probe->pod_name];
    identity.nonce = probe->nonce;
    identity.listen_tcp = probe->listen_tcp;
    identity.listen_udp = probe->listen_udp;
    const auto ask = round.ask_of.find(vantage);
    if (ask == round.ask_of.end()) continue;
    identity.ask = ask->second;
    if (probe->limits != common.limits) identity.limits = probe->limits;
  }
  return order;
}

std::size_t ProbeFleet::Impl::RoomForAsks(const std::string& ns) const {
  ProbeOrder order;
  order.scan = options_.scan_id;
  order = OrderOf(ns, order, {});
  // An index and limits of its own are what a probe's part may still get.
  constexpr std::size_t kMoreOfProbe = 192;
  const std::size_t taken = EncodeOrder(order).size() + kMoreOfProbe * order.probes.size();
  return taken + kLeastRoom < kOrderBytes ? kOrderBytes - taken : kLeastRoom;
}

void ProbeFleet::Impl::SendOrders(const ProbeOrder& common,
                                  const std::map<std::string, const NamespaceRound*>& rounds,
                                  const Probes& working, const std::stop_token& stop) {
  const std::vector<std::pair<std::string, const NamespaceRound*>> namespaces(rounds.begin(),
                                                                              rounds.end());
  std::map<std::string, std::string> refused;
  ForEachParallel(namespaces.size(), kSenders, [&](std::size_t i) {
    const auto& [ns, round] = namespaces[i];
    const nlohmann::json patch = {
        {"data", {{"order.json", EncodeOrder(OrderOf(ns, common, *round))}}}};
    auto sent = client_.Patch({"/api/v1", "configmaps", ns, ConfigMapName(options_.scan_id), ""},
                              patch, stop);
    const std::lock_guard lock(mutex_);
    if (!sent) refused[ns] = sent.error().message;
  });
  // The kubelet refreshes a pod's volumes when the pod changes: a tenth of a second instead of a
  // minute.
  std::vector<std::string> words(working.size());
  ForEachParallel(working.size(), kSenders, [&](std::size_t i) {
    const Probe& probe = *working[i];
    if (const auto why = refused.find(probe.ns); why != refused.end()) {
      words[i] = why->second;
      return;
    }
    const nlohmann::json patch = {
        {"metadata", {{"annotations", {{"podreach.io/round", std::to_string(common.round)}}}}}};
    auto touched = client_.Patch({"/api/v1", "pods", probe.ns, probe.pod_name, ""}, patch, stop);
    if (!touched) words[i] = touched.error().message;
  });
  for (std::size_t i = 0; i < working.size(); ++i) {
    if (!words[i].empty()) {
      Settle(*working[i],
             stop.stop_requested() ? ReportFault::kStopped : ReportFault::kOrderNotSent, words[i]);
    }
  }
}

}  // namespace podreach
