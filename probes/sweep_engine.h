#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "podreach/wire/probe_order.h"
#include "podreach/wire/probe_report.h"
#include "rate_governor.h"
#include "slot_list.h"
#include "sockets.h"
#include "target_generator.h"

namespace podreach::probe {

/// Sweeps endpoints: one thread, slots as state machines, one FIFO of deadlines per timeout. Every
/// result is confirmed: silence and opens by another try from a new source port. A try whose time
/// is over keeps its socket while there is room, so a late answer still counts. Failures of our own
/// make it slower, are tried again, and end as kLocalError.
///
/// A slot's TCP socket serves one try after the other (connect(2) with AF_UNSPEC dissolves one),
/// and is registered once, edge-triggered, with an epoll of the engine's own, which Asio watches.
/// That takes three system calls a try where a socket for each takes five.
class SweepEngine {
 public:
  using Result = std::function<void(const Endpoint&, const Verdict&)>;

  /// The seed decides the order of ports.
  SweepEngine(boost::asio::io_context& context, SocketApi& sockets, const SweepLimits& limits,
              std::vector<HostOrder> hosts, Result result, std::function<void()> finished,
              std::uint64_t seed = RandomSeed());
  ~SweepEngine();
  SweepEngine(const SweepEngine&) = delete;
  SweepEngine& operator=(const SweepEngine&) = delete;
  void Start();
  [[nodiscard]] const SweepTotals& totals() const { return totals_; }
  [[nodiscard]] static std::uint64_t RandomSeed();

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  /// A slot's attempt, as long as the slot has this generation.
  struct Link {
    std::uint32_t slot = kNoSlot;
    std::uint32_t generation = 0;
  };
  struct Work {
    std::uint32_t host = 0;
    Port port;
    Protocol protocol = Protocol::kTcp;
    std::uint8_t silences = 0;
    std::uint8_t opens = 0;
    std::uint8_t unreachables = 0;
    std::uint8_t local_errors = 0;
    bool icmp_paced = false;  // a silent UDP port of a host that holds ICMP errors back
    Link late;                // the try before, where its socket is still there
    Time not_before = {};     // of one that was silent
  };
  enum class SlotState : std::uint8_t { kFree, kTrying, kLate };
  struct Slot {
    int fd = -1;
    std::uint16_t family = 0;
    SlotState state = SlotState::kFree;
    bool answered_late = false;
    std::uint32_t generation = 0;
    Time started = {};
    std::optional<Work> work;
    SlotList* deadlines = nullptr;  // the FIFO that it is in
    SlotList::Node node;
  };

  void Fill();
  [[nodiscard]] std::optional<Work> TakeWork(Time now);
  [[nodiscard]] std::deque<Work>* ReadyRetries(Time now);
  [[nodiscard]] std::optional<Work> TakePaced(Time now);
  /// Notes what a UDP try showed of the host's ICMP errors; true where the port waits for its turn.
  [[nodiscard]] bool WaitsForIcmp(Work& work, const Verdict& verdict, bool another, Time now);
  [[nodiscard]] std::optional<std::uint32_t> TakeSlot();
  /// After a failure of our own: fewer at once from now on, and a moment's rest where nothing is
  /// under way.
  void SlowDown();
  void Begin(std::uint32_t index, Work work, Time now);
  [[nodiscard]] int OpenSocket(Slot& slot, std::uint32_t index, bool tcp, IpAddress::Family family);
  void Await(std::uint32_t index, Time now);
  void WatchEvents();
  void OnEvents();
  void OnDeadlines();
  /// What the slot's socket says by now; nothing while it says nothing.
  [[nodiscard]] std::optional<Verdict> Examine(const Slot& slot, bool error_event);
  [[nodiscard]] std::optional<Verdict> ExamineTcp(const Slot& slot, const Endpoint& target,
                                                  bool error_event);
  /// Ends the slot's try with what it saw, and either queues another or gives the result.
  void Settle(std::uint32_t index, Verdict verdict, Time now);
  [[nodiscard]] bool WantsAnother(Work& work, const Verdict& verdict);
  [[nodiscard]] std::optional<Verdict> AskLate(const Work& work);
  void Conclude(const Work& work, Verdict verdict);
  void Release(std::uint32_t index);
  void ReleaseLate(Work& work);
  void ArmTimer(Time time);
  void FinishIfDone();
  [[nodiscard]] Endpoint EndpointOf(const Work& work) const;
  [[nodiscard]] SlotList& DeadlinesOf(Duration timeout);

  boost::asio::io_context& context_;
  SocketApi& sockets_;
  const SweepLimits limits_;
  std::vector<SweepHost> hosts_;
  TargetGenerator targets_;
  RateGovernor governor_;
  const Result result_;
  const std::function<void()> finished_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  SlotList late_;                           // the oldest first
  std::map<Duration, SlotList> deadlines_;  // by timeout; each the oldest first
  std::deque<Work> again_;                  // to be tried again soon
  std::deque<Work> silent_;          // of hosts that were heard, to be tried again a little later
  std::deque<Work> silent_unheard_;  // of the others: later still
  std::multimap<Time, Work> paced_;  // silent UDP ports, to be tried when an ICMP error may come
  std::optional<Work> held_;         // the governor told it to wait
  boost::asio::posix::stream_descriptor events_;
  int epoll_ = -1;
  boost::asio::steady_timer timer_;
  std::optional<Time> armed_;  // when it fires
  std::size_t trying_ = 0;
  std::size_t allowed_;          // slots: fewer after failures of our own
  std::uint32_t eagerness_ = 8;  // how often answers were there at once, of 16
  std::uint32_t glances_ = 0;
  Time rests_until_ = {};
  bool fill_posted_ = false;
  bool done_ = false;
  Time started_;
  SweepTotals totals_;
};

}  // namespace podreach::probe
