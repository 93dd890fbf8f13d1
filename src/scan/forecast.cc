#include <algorithm>
#include <map>

#include "podreach/collect/source.h"
#include "scan/scan_runner.h"

namespace podreach {
namespace {

/// Where the scheduler hasn't chosen a node yet, probes are taken to spread evenly.
struct NodeLoad {
  std::map<std::string, std::uint64_t> known;
  std::uint64_t elsewhere = 0;

  [[nodiscard]] std::uint64_t Most(std::size_t nodes) const {
    std::uint64_t most = 0;
    for (const auto& [node, flows] : known) most = std::max(most, flows);
    return most + elsewhere / std::max<std::size_t>(1, nodes);
  }
};

std::uint64_t AttemptsOf(const DiscoveryPlan& discovery, const ScanPlan& plan, NodeLoad& load) {
  std::uint64_t attempts = 0;
  for (std::size_t v = 0; v < discovery.hosts.size(); ++v) {
    std::uint64_t of_node = 0;
    for (const auto& host : discovery.hosts[v]) of_node += host.tcp.size();
    load.known[plan.vantages[v].node] += of_node;
    attempts += of_node;
  }
  return attempts;
}

/// Addresses and ports, in round numbers: 10 bytes an address in an order, 200 a probe.
constexpr std::uint64_t kBytesAHost = 10;
constexpr std::uint64_t kBytesAProbe = 200;
/// A vantage costs a creation, an annotation for each of three rounds and its log; a namespace its
/// ConfigMap, its orders and the clean-up.
constexpr std::uint64_t kRequestsAVantage = 5;
constexpr std::uint64_t kRequestsANamespace = 6;
constexpr std::uint64_t kRequestsToRead = 60;

}  // namespace

Result<ScanForecast> ForecastScan(const ScanSettings& settings,
                                  const ScanDependencies& dependencies,
                                  const std::stop_token& stop) {
  auto ground = PrepareScan(settings, dependencies, stop);
  if (!ground) return ground.error();
  ScanForecast forecast;
  ScanPlan& plan = ground->plan;
  forecast.discovery = PlanDiscovery(*ground->snapshot, plan, ground->options);
  PlanTargets(*ground->evaluator, ground->options, {}, plan);
  for (const SnapshotGap& gap : ground->snapshot->gaps)
    forecast.gaps.push_back({gap.What(), gap.Why()});
  forecast.waves = MakeWaves(plan, settings.max_probes).waves.size();
  NodeLoad load;
  forecast.attempts = AttemptsOf(forecast.discovery, plan, load);
  std::uint64_t largest = 0;
  std::set<std::string> namespaces;
  for (const Vantage& vantage : plan.vantages) {
    namespaces.insert(vantage.ns);
    const TargetList& ask = plan.asks[Index(vantage.id)];
    const std::uint64_t cells = ask == nullptr ? 0 : ask->size();
    if (!IsCanary(vantage.kind)) forecast.cells += cells;
    forecast.attempts += cells;
    largest = std::max(largest, cells);
    vantage.kind == VantageKind::kNode ? load.known[vantage.node] += cells
                                       : load.elsewhere += cells;
    forecast.order_bytes += kBytesAProbe;
  }
  forecast.order_bytes += namespaces.size() * largest * kBytesAHost;
  forecast.most_flows_of_a_node = load.Most(ground->snapshot->nodes.size());
  forecast.requests = kRequestsToRead + kRequestsAVantage * plan.vantages.size() +
                      kRequestsANamespace * namespaces.size();
  const std::uint64_t by_budget =
      120 * forecast.most_flows_of_a_node / std::max<std::size_t>(1, settings.plan.flows_per_node);
  const std::uint64_t by_silence =
      largest * 2 * static_cast<std::uint64_t>(settings.limits.timeout.count()) /
      std::max<std::uint32_t>(1, settings.limits.in_flight) / 1000 * forecast.waves;
  // Within two minutes the budget holds nothing up.
  forecast.time =
      std::chrono::seconds(std::max(by_silence, by_budget > 120 ? by_budget : std::uint64_t{0}));
  forecast.plan = std::move(plan);
  return forecast;
}

}  // namespace podreach
