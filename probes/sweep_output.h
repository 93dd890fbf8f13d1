#pragma once

#include <chrono>
#include <string>

#include "sweep_results.h"

namespace podreach::probe {

/// What a report says of its sweep besides the results.
struct SweepRun {
  std::string arguments;  ///< the command line
  std::string ports;      ///< "22,80,6000-6100"
  std::size_t port_count = 0;
  Protocol protocol = Protocol::kTcp;
  std::chrono::system_clock::time_point started;
  SweepTotals totals;
  bool interrupted = false;
};

/// One port as it ends: address, protocol, port, state, evidence.
[[nodiscard]] std::string WriteJsonLine(const Endpoint& target, const Verdict& verdict,
                                        const ServiceIdentity* service = nullptr);
/// What answered, a line each; of what didn't, how many.
[[nodiscard]] std::string WriteTable(const SweepResults& results);
/// nmap's XML (nmap.dtd, xmloutputversion 1.05), as far as a connect sweep has something to say.
[[nodiscard]] std::string WriteXml(const SweepResults& results, const SweepRun& run);
/// nmap's grepable lines (nmap's manual, "Grepable output").
[[nodiscard]] std::string WriteGrepable(const SweepResults& results, const SweepRun& run);

/// Why a port has its state: an ICMP error, an errno, lost packets; may be empty.
[[nodiscard]] std::string EvidenceOf(const PortGroup& group);
/// What answers, as a table's column: "redis 7.0.15 (Redis), answers without credentials".
[[nodiscard]] std::string DescribeService(const ServiceIdentity& service);
/// The word that nmap has for a state: rejected ports are filtered, silent UDP ports open|filtered.
[[nodiscard]] std::string_view NmapState(Outcome state);
/// nmap's reason for a state, as "syn-ack", "conn-refused", "no-response", "admin-prohibited".
[[nodiscard]] std::string_view NmapReason(const PortGroup& group);

}  // namespace podreach::probe
