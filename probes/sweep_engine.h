#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "podreach/wire/probe_order.h"
#include "podreach/wire/probe_report.h"
#include "rate_governor.h"
#include "sockets.h"

namespace podreach::probe {

/// Gives the endpoints of some hosts, one after the other, going round the hosts, so that none sees
/// more than its share.
class TargetGenerator {
 public:
  explicit TargetGenerator(std::vector<HostOrder> hosts);
  [[nodiscard]] std::optional<Endpoint> Next();

 private:
  struct Cursor {
    HostOrder host;
    Protocol protocol = Protocol::kTcp;
    std::size_t range = 0;
    unsigned port = 0;  // the next one of the range; 0: its first
  };
  [[nodiscard]] static std::optional<Endpoint> Next(Cursor& cursor);
  std::vector<Cursor> cursors_;
  std::size_t turn_ = 0;
};

/// Sweeps endpoints: one thread, a fixed array of attempt slots, one timer for all deadlines, which
/// are equal and so a FIFO. Every result is confirmed: silence and opens by another try from a new
/// source port. Failures of our own make it slower, are tried again, and end as kLocalError.
class SweepEngine {
 public:
  using Result = std::function<void(const Endpoint&, const Verdict&)>;

  SweepEngine(boost::asio::io_context& context, SocketApi& sockets, const SweepLimits& limits,
              std::vector<HostOrder> hosts, Result result, std::function<void()> finished);
  ~SweepEngine();
  void Start();
  [[nodiscard]] const SweepTotals& totals() const { return totals_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Work {
    Endpoint target;
    std::uint32_t silences = 0;
    std::uint32_t opens = 0;
    std::uint32_t unreachables = 0;
    std::uint32_t local_errors = 0;
    Time not_before = {};  // of one that was silent
  };
  struct Slot {
    explicit Slot(boost::asio::io_context& context) : descriptor(context) {}
    boost::asio::posix::stream_descriptor descriptor;
    std::optional<Work> work;
    std::uint64_t generation = 0;  // of the attempt: an old deadline or event finds another number
  };
  struct Deadline {
    Time time;
    std::size_t slot;
    std::uint64_t generation;
  };

  void Fill();
  void Begin(std::size_t slot, Work work);
  void OnEvent(std::size_t slot, std::uint64_t generation);
  void OnTcp(std::size_t slot);
  void OnUdp(std::size_t slot);
  void OnDeadlines();
  /// The next one to try: failures first, then new targets, then those that were silent.
  [[nodiscard]] std::deque<Work>* RetryQueue();
  void ArmTimer(Time time);
  /// Ends the slot's attempt with what it saw, and either tries again or gives the result.
  void EndAttempt(std::size_t slot, const Verdict& verdict);
  void Conclude(const Work& work, const Verdict& verdict);

  boost::asio::io_context& context_;
  SocketApi& sockets_;
  const SweepLimits limits_;
  TargetGenerator targets_;
  RateGovernor governor_;
  const Result result_;
  const std::function<void()> finished_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::size_t> free_;
  std::deque<Work> again_;        // to be tried again soon
  std::deque<Work> silent_;       // to be tried again later: what lost one packet may lose the next
  std::optional<Endpoint> held_;  // the governor told it to wait
  std::deque<Deadline> deadlines_;
  boost::asio::steady_timer timer_;
  std::optional<Time> armed_;  // when it fires
  std::size_t active_ = 0;
  std::size_t allowed_;  // in flight: lower after failures of our own
  bool done_ = false;
  Time started_;
  SweepTotals totals_;
};

}  // namespace podreach::probe
