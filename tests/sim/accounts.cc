#include "tests/sim/accounts.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace podreach::sim {

void Accounts::Request(std::string_view verb, std::string_view resource) {
  ++requests_[{std::string(verb), std::string(resource)}];
}

void Accounts::Order(std::size_t bytes) {
  ++orders_;
  order_bytes_ += bytes;
  largest_order_ = std::max<std::uint64_t>(largest_order_, bytes);
}

VirtualSeconds Accounts::Now() const {
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start_;
  return real.count() + ahead_;
}

void Accounts::AdvanceTo(VirtualSeconds time) {
  if (const VirtualSeconds now = Now(); time > now) ahead_ += time - now;
}

void Accounts::Sweep(const SweepCost& cost) {
  ++sweeps_;
  attempts_ += cost.attempts;
  ports_ += cost.ports;
  last_end_ = std::max(last_end_, cost.start + cost.length);
  if (cost.attempts == 0) return;
  most_per_host_second_ =
      std::max(most_per_host_second_,
               static_cast<double>(cost.most_to_one_host) / std::max(1.0, cost.length));
  // The attempts are spread evenly over the sweep.
  const auto first = static_cast<std::uint64_t>(cost.start / kStep);
  const auto last = static_cast<std::uint64_t>((cost.start + cost.length) / kStep);
  for (std::uint64_t step = first; step <= last; ++step) {
    const double from = std::max(cost.start, static_cast<double>(step) * kStep);
    const double to = std::min(cost.start + cost.length, static_cast<double>(step + 1) * kStep);
    const double share = cost.length <= 0 ? 1 : std::max(0.0, to - from) / cost.length;
    std::vector<float>& flows = flows_[step];
    flows.resize(nodes_);
    for (std::size_t node = 0; node < cost.by_target_node.size(); ++node)
      flows[node] += static_cast<float>(share * cost.by_target_node[node]);
    flows[cost.node] += static_cast<float>(share * static_cast<double>(cost.attempts));
  }
}

std::pair<std::uint64_t, std::size_t> Accounts::MostFlows() const {
  std::pair<double, std::size_t> most{0, 0};
  for (std::size_t node = 0; node < nodes_; ++node) {
    for (auto begin = flows_.begin(); begin != flows_.end(); ++begin) {
      double sum = 0;
      for (auto step = begin; step != flows_.end() && step->first < begin->first + kStepsOfWindow;
           ++step)
        sum += static_cast<double>(step->second[node]);
      most = std::max(most, {sum, node});
    }
  }
  return {static_cast<std::uint64_t>(std::llround(most.first)), most.second};
}

nlohmann::json Accounts::Summary() const {
  nlohmann::json requests = nlohmann::json::object();
  std::uint64_t total = 0;
  for (const auto& [key, count] : requests_) {
    requests[key.first + " " + key.second] = count;
    total += count;
  }
  const auto [flows, node] = MostFlows();
  return {{"requests", requests},
          {"requests_total", total},
          {"bytes_sent", bytes_sent_},
          {"orders", {{"written", orders_}, {"bytes", order_bytes_}, {"largest", largest_order_}}},
          {"log_bytes", log_bytes_},
          {"sweeps", sweeps_},
          {"attempts", attempts_},
          {"ports", ports_},
          {"virtual_seconds", last_end_},
          {"most_attempts_to_one_host_a_second", most_per_host_second_},
          {"most_flows_of_a_node_in_two_minutes", {{"flows", flows}, {"node", node}}}};
}

}  // namespace podreach::sim
