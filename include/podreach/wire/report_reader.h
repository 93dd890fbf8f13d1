#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"
#include "podreach/wire/host_list.h"
#include "podreach/wire/probe_report.h"
#include "podreach/wire/service_report.h"

namespace podreach {

/// Takes a round's content, each part once its frame is verified.
class RoundListener {
 public:
  virtual ~RoundListener() = default;
  /// Each of these hosts of the round's ask has these groups, and comes no more in this round.
  virtual void OnHosts(const HostRun& hosts, const std::vector<PortGroup>& groups) = 0;
  virtual void OnService(const ServiceReport& service) = 0;
};

/// What a round may say: what it was asked.
struct RoundTerms {
  std::uint32_t round = 0;
  std::shared_ptr<const std::vector<HostOrder>> hosts;
  bool identify = false;
};

namespace wire {
class RoundState;
}

/// Reads one probe's log as it comes. It accepts frames of its own scan and nonce alone, in
/// sequence, with a right checksum, and in them only what was asked: a host, a port, a protocol or
/// a round that wasn't ordered breaks the report. It keeps a bit a host and the groups of one host
/// whose frames go on; the bytes that it takes are bounded by what was asked. Not thread-safe.
class ReportReader {
 public:
  /// Lines that are no frames may take this much between two restarts.
  static constexpr std::uint64_t kMaxNoiseBytes = 1U << 18U;

  /// The hello may say these ports alone.
  ReportReader(std::string scan, std::string nonce, PortSet listen_tcp = {},
               PortSet listen_udp = {});
  ~ReportReader();
  ReportReader(ReportReader&&) noexcept;
  ReportReader& operator=(ReportReader&&) noexcept;

  /// The order of this round was sent; rounds rise. What an earlier round still says is verified
  /// and passed over.
  void Expect(RoundTerms terms);
  /// The log comes again from its start, as after a lost connection: what was read before is passed
  /// over, and isn't counted again.
  void Restart();
  /// Takes bytes in any cut, and gives `listener` what the last expected round says.
  void Feed(std::string_view bytes, RoundListener& listener);

  [[nodiscard]] bool greeted() const { return greeted_; }  ///< the hello's last frame came
  [[nodiscard]] const HelloReport& hello() const { return hello_; }
  /// The closing frame of the last expected round came.
  [[nodiscard]] bool closed() const;
  /// Of the last expected round, once it is closed.
  [[nodiscard]] SweepTotals totals() const;
  /// Lines that were no frame of this scan and nonce, repetitions included.
  [[nodiscard]] std::uint64_t ignored_lines() const { return ignored_lines_; }
  /// What broke the report, in printable ASCII; empty while nothing did.
  [[nodiscard]] const std::string& broken() const { return broken_; }

 private:
  void Line(std::string_view line, RoundListener& listener);
  void Payload(std::string_view payload, RoundListener& listener);
  void Break(std::string why);
  [[nodiscard]] Result<void> Hello(const nlohmann::json& payload);
  [[nodiscard]] Result<void> Data(std::string_view type, const nlohmann::json& payload,
                                  RoundListener& listener);
  [[nodiscard]] Result<wire::RoundState*> OpenRound(std::uint32_t number);

  std::string scan_;
  std::string nonce_;
  PortSet listen_tcp_;  // what the hello may still say
  PortSet listen_udp_;
  std::string pending_;  // the line that has no newline yet
  std::string broken_;
  std::uint64_t bytes_ = 0;  // of the frames read
  std::uint64_t max_bytes_;
  std::uint64_t noise_bytes_ = 0;
  std::uint64_t ignored_lines_ = 0;
  std::vector<std::uint32_t> checksums_;  // of the frames read, by sequence number
  bool greeted_ = false;
  HelloReport hello_;
  std::map<std::uint32_t, std::unique_ptr<wire::RoundState>> rounds_;
};

}  // namespace podreach
