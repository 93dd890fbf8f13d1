#include "rate_governor.h"

#include <algorithm>

namespace podreach::probe {
namespace {

// A dropped SYN keeps its conntrack entry for 120 s (nf_conntrack_tcp_timeout_syn_sent), counted
// from its last repetition, and the table's collector may come a minute after that.
constexpr auto kFlowLife = std::chrono::seconds(185);

std::chrono::steady_clock::duration IntervalOf(std::uint32_t rate) {
  return rate == 0 ? std::chrono::nanoseconds(0) : std::chrono::nanoseconds(1'000'000'000 / rate);
}

// Who waits is woken late. At high rates as many attempts as that took are made up for, at most of
// this time.
constexpr auto kCatchUp = std::chrono::milliseconds(2);

RateGovernor::Time Next(RateGovernor::Time next, RateGovernor::Time now,
                        std::chrono::steady_clock::duration interval) {
  return interval < kCatchUp ? std::max(next, now - kCatchUp) + interval
                             : std::max(next, now) + interval;
}

}  // namespace

RateGovernor::RateGovernor(const SweepLimits& limits)
    : interval_(IntervalOf(limits.rate)),
      host_interval_(IntervalOf(limits.rate_per_host)),
      flow_budget_(limits.flows_per_two_minutes) {}

RateGovernor::Time RateGovernor::Earliest(const IpAddress& host, Time now) const {
  Time earliest = std::max(now, next_);
  if (const auto own = next_for_host_.find(host); own != next_for_host_.end())
    earliest = std::max(earliest, own->second);
  if (flow_budget_ != 0 && flows_.size() >= flow_budget_)
    earliest = std::max(earliest, flows_.front() + kFlowLife);
  return earliest;
}

void RateGovernor::Started(const IpAddress& host, Time now) {
  if (interval_.count() != 0) next_ = Next(next_, now, interval_);
  if (host_interval_.count() != 0) {
    Time& next = next_for_host_[host];
    next = Next(next, now, host_interval_);
  }
  if (flow_budget_ == 0) return;
  flows_.push_back(now);
  while (flows_.size() > flow_budget_) flows_.pop_front();
}

}  // namespace podreach::probe
