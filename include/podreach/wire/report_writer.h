#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "podreach/net/port.h"
#include "podreach/net/service_identity.h"
#include "podreach/wire/probe_report.h"

namespace podreach {

/// Writes frames, one a line; the format is in src/wire/FORMAT.md. A probe writes hello frames when
/// it listens, then for each round its data frames and one closing frame. Each function returns one
/// or more complete lines, newline included, and no line exceeds 8 KiB.
class ReportWriter {
 public:
  ReportWriter(std::string scan, std::string nonce);
  [[nodiscard]] std::string Hello(const HelloReport& hello = {});
  /// What follows belongs to this round. Rounds rise; the first is 0 unless this says otherwise.
  void BeginRound(std::uint32_t round) { round_ = round; }
  /// Groups of one protocol must not share a port; a host comes once in a round.
  [[nodiscard]] std::string Hosts(std::span<const AlikeHosts> hosts);
  /// `host`: index into the probe's ask.
  [[nodiscard]] std::string Service(std::uint32_t host, Protocol protocol, Port port,
                                    const ServiceIdentity& service);
  [[nodiscard]] std::string Close(const SweepTotals& totals);

 private:
  [[nodiscard]] std::string Frame(std::string_view payload);
  std::string scan_;
  std::string nonce_;
  std::uint32_t round_ = 0;
  std::uint32_t sequence_ = 0;
};

}  // namespace podreach
