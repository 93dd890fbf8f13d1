#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "podreach/wire/report_reader.h"
#include "wire/report_payload.h"

namespace podreach::wire {

/// The most bytes that an honest probe writes in such a round.
[[nodiscard]] std::uint64_t MaxRoundBytes(const RoundTerms& terms);

/// What came of one round, as far as it takes to verify what is to come.
class RoundState {
 public:
  explicit RoundState(RoundTerms terms) : terms_(std::move(terms)) {}

  /// Verifies an entry of a hosts frame, and hands its hosts on.
  [[nodiscard]] Result<void> AddHosts(HostsEntry entry, RoundListener& listener);
  [[nodiscard]] Result<void> AddService(const ServicePayload& service, RoundListener& listener);
  [[nodiscard]] Result<void> Close(const SweepTotals& totals);

  [[nodiscard]] bool begun() const { return begun_; }
  void Begin();
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const SweepTotals& totals() const { return totals_; }

 private:
  [[nodiscard]] std::size_t hosts() const { return terms_.hosts ? terms_.hosts->size() : 0; }
  /// Whether these hosts were asked and haven't come; marks them as come.
  [[nodiscard]] Result<void> Claim(const std::vector<HostRun>& runs);
  /// Whether every host of the run was asked these ports; counts them.
  [[nodiscard]] Result<void> CheckPorts(const HostRun& run, const std::vector<PortGroup>& groups);
  [[nodiscard]] Result<void> AddPart(HostsEntry entry, RoundListener& listener);

  RoundTerms terms_;
  bool begun_ = false;
  bool closed_ = false;
  std::vector<bool> came_;
  std::uint64_t ports_ = 0;
  std::set<std::tuple<std::uint32_t, Protocol, Port>> services_;
  /// The host whose groups go on in the next entry, and those that came.
  std::optional<std::uint32_t> open_host_;
  std::vector<PortGroup> open_groups_;
  SweepTotals totals_;
};

}  // namespace podreach::wire
