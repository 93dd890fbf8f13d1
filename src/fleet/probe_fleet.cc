#include "podreach/fleet/probe_fleet.h"

#include "fleet/fleet_impl.h"

namespace podreach {

std::string_view ToString(ReportFault fault) {
  switch (fault) {
    case ReportFault::kNone:
      return "none";
    case ReportFault::kNotStarted:
      return "not-started";
    case ReportFault::kProbeFailed:
      return "probe-failed";
    case ReportFault::kOrderNotSent:
      return "order-not-sent";
    case ReportFault::kReportBroken:
      return "report-broken";
    case ReportFault::kReportCut:
      return "report-cut";
    case ReportFault::kStopped:
      return "stopped";
  }
  return "?";
}

ProbeFleet::ProbeFleet(KubeClient& client, FleetOptions options, Progress progress, Clock& clock)
    : impl_(std::make_unique<Impl>(client, std::move(options), std::move(progress), clock)) {}

ProbeFleet::~ProbeFleet() {
  if (auto cleaned = impl_->Cleanup(); !cleaned) impl_->Say(cleaned.error().ToString());
}

Result<std::vector<StartedProbe>> ProbeFleet::Deploy(std::span<const Vantage> vantages,
                                                     const std::stop_token& stop) {
  return impl_->Deploy(vantages, stop);
}

void ProbeFleet::LimitNode(const std::string& node, std::uint32_t flows_in_two_minutes) {
  impl_->LimitNode(node, flows_in_two_minutes);
}

Result<std::vector<VantageEnd>> ProbeFleet::Sweep(std::span<const SweepAsk> asks, bool identify,
                                                  ReportSink& sink, const std::stop_token& stop) {
  return impl_->Sweep(asks, identify, sink, stop);
}

Result<void> ProbeFleet::Remove(std::span<const VantageId> vantages, const std::stop_token& stop) {
  return impl_->Remove(vantages, stop);
}

Result<void> ProbeFleet::Cleanup() { return impl_->Cleanup(); }

ProbeFleet::Impl::Impl(KubeClient& client, FleetOptions options, Progress progress, Clock& clock)
    : client_(client), options_(std::move(options)), progress_(std::move(progress)), clock_(clock) {
  budgets_.flows_per_node_in_two_minutes = options_.flows_per_node_in_two_minutes;
  budgets_.rate_per_target_host = options_.rate_per_target_host;
}

Result<void> ProbeFleet::Impl::Remove(std::span<const VantageId> vantages,
                                      const std::stop_token& stop) {
  constexpr std::size_t kThreads = 12;
  Probes leaving;
  {
    const std::lock_guard lock(mutex_);
    for (const VantageId vantage : vantages) {
      const auto found = probes_.find(vantage);
      if (found == probes_.end()) continue;
      leaving.push_back(found->second.get());
      by_name_.erase({found->second->ns, found->second->pod_name});
    }
  }
  std::optional<Error> failure;
  ForEachParallel(leaving.size(), kThreads, [&](std::size_t i) {
    const Probe& probe = *leaving[i];
    if (probe.uid.empty()) return;
    auto gone =
        client_.Delete({"/api/v1", "pods", probe.ns, probe.pod_name, ""}, probe.uid, 0, stop);
    if (gone || gone.error().kind == ErrorKind::kNotFound) return;
    const std::lock_guard lock(mutex_);
    failure = WithContext(gone.error(), "removing a wave's probes");
  });
  for (const VantageId vantage : vantages) {
    if (follower_) follower_->Forget(vantage);
    probes_.erase(vantage);
  }
  if (failure) return *failure;
  return {};
}

Result<void> ProbeFleet::Impl::Cleanup() {
  if (watch_.joinable()) {
    watch_.request_stop();
    watch_.join();
  }
  follower_.reset();
  if (!deployed_) return {};
  auto removed = RemoveLeftovers(client_, {options_.scan_id, {}}, {});
  if (!removed) {
    Error error = WithContext(removed.error(), "cleaning up after scan " + options_.scan_id);
    error.hint = "run `podreach clean` when the API server answers again";
    return error;
  }
  by_name_.clear();
  probes_.clear();
  deployed_ = false;
  return {};
}

}  // namespace podreach
