#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/port_set.h"
#include "podreach/net/protocol.h"
#include "podreach/reach/icmp_error.h"
#include "podreach/reach/outcome.h"
#include "podreach/wire/service_report.h"

namespace podreach {

/// Ports of one host and protocol that ended alike.
struct PortGroup {
  Protocol protocol = Protocol::kTcp;
  /// Never kNotProbed. An RST that an enforcer forged is still kClosed here: only the controller's
  /// controls can tell.
  Outcome state = Outcome::kFiltered;
  PortSet ports;
  /// Always with kRejected and a UDP kClosed, sometimes with kUnreachable, never otherwise.
  std::optional<IcmpError> icmp;
  int error_number = 0;  ///< errno, with kLocalError and kUnreachable
  /// With kFiltered and kOpenFiltered only: so many packets of this host were lost that an answer
  /// may have been, too.
  bool unsure = false;
  /// Every port of this protocol that the order asked of the host; `ports` is empty then.
  bool all = false;
  friend bool operator==(const PortGroup&, const PortGroup&) = default;
};

struct HostReport {
  IpAddress address;
  std::vector<PortGroup> groups;
  friend bool operator==(const HostReport&, const HostReport&) = default;
};

/// A name that the order asked to resolve.
struct NameReport {
  std::string name;
  std::vector<IpAddress> addresses;
  std::string error;  ///< c-ares' words; empty where it resolved
  friend bool operator==(const NameReport&, const NameReport&) = default;
};

/// Ports that the responder was told to listen on and couldn't.
struct ListenFailure {
  Protocol protocol = Protocol::kTcp;
  PortSet ports;
  int error_number = 0;  ///< errno of bind(2) or listen(2): EACCES below 1024 without the right to
  friend bool operator==(const ListenFailure&, const ListenFailure&) = default;
};

/// The closing totals of a round.
struct SweepTotals {
  std::uint64_t attempts = 0;  ///< connects and datagrams sent, retries included
  std::uint64_t ports = 0;     ///< (host, protocol, port) that ended
  std::uint64_t peak_in_flight = 0;
  std::chrono::milliseconds sweep_time{0};
  std::uint64_t resident_kib = 0;  ///< VmHWM of /proc/self/status
  friend bool operator==(const SweepTotals&, const SweepTotals&) = default;
};

/// What one probe reported of one round. What it listens on is the same in every round.
struct ProbeReport {
  std::uint32_t round = 0;
  PortSet listening_tcp;
  PortSet listening_udp;
  std::vector<ListenFailure> failed_listen;
  std::vector<HostReport> hosts;
  std::vector<NameReport> names;
  std::vector<ServiceReport> services;  ///< where the order said to identify
  SweepTotals totals;
  friend bool operator==(const ProbeReport&, const ProbeReport&) = default;
};

/// Frames, one a line; the format is in src/wire/FORMAT.md. A probe writes: hello frames when it
/// listens, then for each round its data frames and one closing frame.
class ReportWriter {
 public:
  ReportWriter(std::string scan, std::string nonce);
  /// Each returns one or more complete lines, newline included; no line exceeds 8 KiB.
  [[nodiscard]] std::string Hello(const PortSet& tcp = {}, const PortSet& udp = {},
                                  std::span<const ListenFailure> failed = {});
  /// What follows belongs to this round. Rounds rise; the first is 0 unless this says otherwise.
  void BeginRound(std::uint32_t round) { round_ = round; }
  /// Groups of one protocol must not share a port.
  [[nodiscard]] std::string Host(const HostReport& host);
  [[nodiscard]] std::string Name(const NameReport& name);
  [[nodiscard]] std::string Service(const ServiceReport& service);
  [[nodiscard]] std::string Close(const SweepTotals& totals);

 private:
  [[nodiscard]] std::string Frame(std::string_view payload);
  std::string scan_;
  std::string nonce_;
  std::uint32_t round_ = 0;
  std::uint32_t sequence_ = 0;
};

/// Reads one probe's log, line by line, as it comes. Accepts frames of its own scan and nonce
/// alone, in sequence, with a right checksum, below the caps; everything else is counted and
/// described, never trusted. Frames already read may come again (a resumed log) and are ignored.
class ReportReader {
 public:
  static constexpr std::uint64_t kDefaultMaxBytes = 1U << 20U;

  /// max_bytes: of all that is fed, frames that come again not counted.
  ReportReader(std::string scan, std::string nonce, std::uint64_t max_bytes = kDefaultMaxBytes);
  /// Takes bytes in any cut. After more than max_bytes in all, or a line over 16 KiB, the report is
  /// broken, and stays it.
  void Feed(std::string_view bytes);
  [[nodiscard]] bool greeted() const { return greeted_; }  ///< the hello frame came
  /// The closing frame of this round came.
  [[nodiscard]] bool closed(std::uint32_t round = 0) const;
  /// The rounds whose closing frame came, rising.
  [[nodiscard]] std::vector<std::uint32_t> closed_rounds() const;
  /// Lines that were no frame of this scan and nonce.
  [[nodiscard]] std::uint64_t ignored_lines() const { return ignored_lines_; }
  /// What broke the report; empty while nothing did.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  /// The whole report of a round; an Error (kCorrupt) that says what is missing or wrong where it
  /// isn't complete and whole.
  [[nodiscard]] Result<ProbeReport> Finish(std::uint32_t round = 0) const;

 private:
  struct Round {
    ProbeReport report;
    std::map<IpAddress, std::size_t> host_index;  // into report.hosts
    std::set<Endpoint> services;                  // that came
    std::uint64_t ports = 0;
    bool closed = false;
  };

  void Line(std::string_view line);
  void Payload(std::string_view payload);
  void Break(std::string why);
  [[nodiscard]] Result<void> Hello(const void* json);
  [[nodiscard]] Result<void> Data(std::string_view type, const void* json);
  [[nodiscard]] Result<void> AddHost(Round& round, HostReport host);
  [[nodiscard]] Result<Round*> OpenRound(std::uint32_t number);

  std::string scan_;
  std::string nonce_;
  std::uint64_t max_bytes_;
  std::string pending_;  // the line that has no newline yet
  std::string broken_;
  std::uint64_t bytes_ = 0;
  std::uint64_t ignored_lines_ = 0;
  std::vector<std::uint32_t> checksums_;  // of the frames read, by sequence number
  bool greeted_ = false;
  ProbeReport listening_;  // the hello's fields alone
  std::map<std::uint32_t, Round> rounds_;
};

}  // namespace podreach
