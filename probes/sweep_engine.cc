#include "sweep_engine.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <random>

#include "udp_payload.h"

namespace podreach::probe {
namespace {

constexpr std::uint8_t kLocalTries = 6;
constexpr std::size_t kTriesAtOnce = 256;         // before others on this thread get their turn
constexpr std::size_t kSilentAtOnce = 1U << 16U;  // bounds what waits for its next try
constexpr auto kSilencePause = std::chrono::milliseconds(50);
// A neighbour that isn't known yet is asked for once a second (Linux: retrans_time_ms): the second
// try must come after the second question.
constexpr auto kUnheardPause = std::chrono::milliseconds(500);
// After a failure of our own with nothing in flight.
constexpr auto kBreath = std::chrono::milliseconds(50);
constexpr std::uint32_t kGlanceEvery = 64;  // of tries whose answers aren't there at once

bool IsSilence(Outcome state) {
  return state == Outcome::kFiltered || state == Outcome::kOpenFiltered;
}

Verdict Silence(Protocol protocol) {
  return {protocol == Protocol::kTcp ? Outcome::kFiltered : Outcome::kOpenFiltered, std::nullopt,
          0};
}

std::vector<SweepHost> HostsOf(std::vector<HostOrder> orders, const SweepLimits& limits) {
  std::vector<SweepHost> hosts;
  hosts.reserve(orders.size());
  for (HostOrder& order : orders) hosts.push_back({std::move(order), HostPace(limits), {}});
  return hosts;
}

/// Timeouts in steps of an eighth, so that few FIFOs hold all; rounded up.
std::chrono::steady_clock::duration Stepped(std::chrono::steady_clock::duration timeout) {
  auto step = std::chrono::steady_clock::duration(1);
  while (step * 16 <= timeout) step *= 2;
  return (timeout + step - std::chrono::steady_clock::duration(1)) / step * step;
}

}  // namespace

std::uint64_t SweepEngine::RandomSeed() {
  std::random_device source;
  return (static_cast<std::uint64_t>(source()) << 32U) | source();
}

SweepEngine::SweepEngine(boost::asio::io_context& context, SocketApi& sockets,
                         const SweepLimits& limits, std::vector<HostOrder> hosts, Result result,
                         std::function<void()> finished, std::uint64_t seed)
    : context_(context),
      sockets_(sockets),
      limits_(limits),
      hosts_(HostsOf(std::move(hosts), limits_)),
      targets_(hosts_, seed),
      governor_(limits),
      result_(std::move(result)),
      finished_(std::move(finished)),
      events_(context),
      timer_(context),
      allowed_(limits.in_flight) {}

SweepEngine::~SweepEngine() {
  for (const Slot& slot : slots_) {
    if (slot.fd >= 0) close(slot.fd);
  }
}

void SweepEngine::Start() {
  started_ = std::chrono::steady_clock::now();
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ >= 0) {
    events_.assign(epoll_);
    WatchEvents();
  }
  boost::asio::post(context_, [this] { Fill(); });
}

void SweepEngine::Fill() {
  fill_posted_ = false;
  for (std::size_t begun = 0; !done_; ++begun) {
    if (begun == kTriesAtOnce) {
      fill_posted_ = true;
      boost::asio::post(context_, [this] { Fill(); });
      return;
    }
    const Time now = std::chrono::steady_clock::now();
    if (now < rests_until_) return ArmTimer(rests_until_);
    if (trying_ >= allowed_) return;
    if (!held_) held_ = TakeWork(now);
    if (!held_) break;
    const IpAddress& address = hosts_[held_->host].order.address;
    if (const Time earliest = governor_.Earliest(address, now); earliest > now)
      return ArmTimer(earliest);
    const auto slot = TakeSlot();
    if (!slot) return;
    governor_.Started(address, now);
    Work work = *held_;
    held_.reset();
    Begin(*slot, work, now);
  }
  FinishIfDone();
}

std::optional<SweepEngine::Work> SweepEngine::TakeWork(Time now) {
  if (std::deque<Work>* ready = ReadyRetries(now)) {
    Work work = ready->front();
    ready->pop_front();
    return work;
  }
  if (auto paced = TakePaced(now)) return paced;
  if (silent_.size() + silent_unheard_.size() < kSilentAtOnce) {
    if (const auto target = targets_.Next(now)) {
      return Work{target->host, target->port, target->protocol, 0, 0, 0, 0, false, {}, {}};
    }
    if (!targets_.done()) ArmTimer(targets_.resumes());
  }
  for (const std::deque<Work>* waiting : {&silent_, &silent_unheard_}) {
    if (!waiting->empty()) ArmTimer(waiting->front().not_before);
  }
  return std::nullopt;
}

std::optional<SweepEngine::Work> SweepEngine::TakePaced(Time now) {
  while (!paced_.empty()) {
    const auto first = paced_.begin();
    const bool worthwhile = hosts_[first->second.host].icmp.worthwhile();
    if (worthwhile && first->first > now) {
      ArmTimer(first->first);
      return std::nullopt;
    }
    Work work = first->second;
    paced_.erase(first);
    if (worthwhile) return work;
    Conclude(work, Silence(work.protocol));
  }
  return std::nullopt;
}

bool SweepEngine::WaitsForIcmp(Work& work, const Verdict& verdict, bool another, Time now) {
  IcmpPace& icmp = hosts_[work.host].icmp;
  if (verdict.icmp) icmp.Refused(work.icmp_paced);
  if (verdict.state != Outcome::kOpenFiltered || another) return false;
  if (work.icmp_paced) {
    icmp.Silent();
    return false;
  }
  // What waits is bounded as what is tried.
  const auto turn = paced_.size() < limits_.in_flight ? icmp.NextTry(now) : std::nullopt;
  if (!turn) return false;
  work.icmp_paced = true;
  paced_.emplace(*turn, work);
  return true;
}

std::deque<SweepEngine::Work>* SweepEngine::ReadyRetries(Time now) {
  if (!again_.empty()) return &again_;
  for (std::deque<Work>* waiting : {&silent_, &silent_unheard_}) {
    if (!waiting->empty() && waiting->front().not_before <= now) return waiting;
  }
  return nullptr;
}

std::optional<std::uint32_t> SweepEngine::TakeSlot() {
  if (slots_.size() - free_.size() >= allowed_) {
    if (late_.empty()) return std::nullopt;
    Release(late_.first());
  }
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void SweepEngine::SlowDown() {
  // The sockets of free slots and of late tries are what can be spared.
  while (!late_.empty()) Release(late_.first());
  for (const std::uint32_t index : free_) {
    Slot& slot = slots_[index];
    if (slot.fd >= 0) close(std::exchange(slot.fd, -1));
  }
  // `trying_` still counts the one that failed.
  allowed_ = std::max<std::size_t>(1, std::min(allowed_, trying_ - 1));
  if (trying_ <= 1) rests_until_ = std::chrono::steady_clock::now() + kBreath;
}

int SweepEngine::OpenSocket(Slot& slot, std::uint32_t index, bool tcp, IpAddress::Family family) {
  const int wanted = family == IpAddress::Family::kV4 ? AF_INET : AF_INET6;
  if (tcp && slot.fd >= 0 && slot.family == wanted) return 0;
  if (slot.fd >= 0) close(slot.fd);
  slot.fd = sockets_.Socket(wanted, tcp ? SOCK_STREAM : SOCK_DGRAM);
  if (slot.fd < 0) return errno;
  // A UDP socket isn't used again: an answer to its last question could come to the next.
  slot.family = static_cast<std::uint16_t>(tcp ? wanted : 0);
  KeepIcmpErrors(slot.fd, family);
  if (tcp) CloseByReset(slot.fd);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET | (tcp ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.u32 = index;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.fd, &event) == 0 ? 0 : errno;
}

void SweepEngine::Begin(std::uint32_t index, Work work, Time now) {
  Slot& slot = slots_[index];
  const Endpoint target = EndpointOf(work);
  const bool tcp = target.protocol == Protocol::kTcp;
  slot.state = SlotState::kTrying;
  slot.answered_late = false;
  slot.started = now;
  slot.work = work;
  ++trying_;
  ++totals_.attempts;
  totals_.peak_in_flight = std::max<std::uint64_t>(totals_.peak_in_flight, trying_);
  int error = OpenSocket(slot, index, tcp, target.address.family());
  const SocketAddress address = ToSocketAddress(target.address, target.port);
  if (error == 0 && tcp && sockets_.Connect(slot.fd, address) != 0 && errno != EINPROGRESS)
    error = errno;
  if (error == 0 && !tcp) error = SendTo(slot.fd, UdpPayload(target.port), address);
  if (error != 0) {
    const auto icmp = slot.fd < 0 ? std::nullopt : TakeIcmpError(slot.fd, target);
    return Settle(index, Classify(error, icmp, target), now);
  }
  // Near hosts have answered before connect(2) returns: then a look saves waiting for the event.
  if (tcp && (eagerness_ >= 8 || ++glances_ % kGlanceEvery == 0)) {
    const auto verdict = Examine(slot, false);
    eagerness_ = verdict ? std::min(eagerness_ + 1, 16U) : eagerness_ - std::min(eagerness_, 1U);
    if (verdict) return Settle(index, *verdict, std::chrono::steady_clock::now());
  }
  Await(index, now);
}

void SweepEngine::Await(std::uint32_t index, Time now) {
  Slot& slot = slots_[index];
  const auto timeout = Stepped(hosts_[slot.work->host].pace.Timeout(slot.work->silences + 1U));
  slot.deadlines = &DeadlinesOf(timeout);
  slot.deadlines->Append(
      index, [this](std::uint32_t i) -> auto& { return slots_[i].node; });
  ArmTimer(now + timeout);
}

SlotList& SweepEngine::DeadlinesOf(Duration timeout) { return deadlines_[timeout]; }

void SweepEngine::WatchEvents() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& failed) {
                       if (failed || done_) return;
                       OnEvents();
                       if (!done_) WatchEvents();
                     });
}

void SweepEngine::OnEvents() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    const Time now = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Slot& slot = slots_[event.data.u32];
      if (slot.state == SlotState::kFree) continue;
      const auto verdict = Examine(slot, (event.events & EPOLLERR) != 0);
      if (!verdict) continue;
      if (slot.state == SlotState::kTrying) {
        Settle(event.data.u32, *verdict, now);
      } else if (!std::exchange(slot.answered_late, true)) {
        // The try after it asks for what this one saw; the time it took counts at once.
        hosts_[slot.work->host].pace.Answered(now - slot.started, 0);
      }
    }
    if (count < static_cast<int>(events.size())) break;
  }
  if (!fill_posted_) Fill();
}

void SweepEngine::ArmTimer(Time time) {
  if (armed_ && *armed_ <= time) return;
  armed_ = time;
  timer_.expires_at(time);  // cancels the wait for the later time
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled || done_) return;
    armed_.reset();
    OnDeadlines();
  });
}

void SweepEngine::OnDeadlines() {
  const Time now = std::chrono::steady_clock::now();
  for (auto& [timeout, list] : deadlines_) {
    while (!list.empty() && slots_[list.first()].started + timeout <= now) {
      const std::uint32_t index = list.first();
      // Where this process had to wait for the processor, the answer may be there by now.
      const auto verdict = Examine(slots_[index], true);
      Settle(index, verdict.value_or(Silence(slots_[index].work->protocol)), now);
    }
    if (!list.empty()) ArmTimer(slots_[list.first()].started + timeout);
  }
  if (!fill_posted_) Fill();
}

std::optional<Verdict> SweepEngine::Examine(const Slot& slot, bool error_event) {
  const Endpoint target = EndpointOf(*slot.work);
  if (target.protocol == Protocol::kTcp) return ExamineTcp(slot, target, error_event);
  // From any port: some services answer from another one than was asked (RFC 1350 section 4).
  for (;;) {
    const auto answer = ReceiveFrom(slot.fd);
    if (answer.error == EAGAIN) return std::nullopt;
    if (answer.error != 0) return Classify(answer.error, TakeIcmpError(slot.fd, target), target);
    if (answer.from == target.address.WithZone(0)) return Verdict{Outcome::kOpen, std::nullopt, 0};
  }
}

std::optional<Verdict> SweepEngine::ExamineTcp(const Slot& slot, const Endpoint& target,
                                               bool error_event) {
  const TcpState tcp = ReadTcpState(slot.fd);
  switch (tcp.phase) {
    case TcpPhase::kConnected:
      if (IsSelfConnected(slot.fd)) return Verdict{Outcome::kLocalError, {}, EADDRINUSE};
      return Verdict{Outcome::kOpen, std::nullopt, 0};
    case TcpPhase::kEnded:
      break;
    case TcpPhase::kConnecting: {
      // An ICMP error that came while connect(2) held the socket is in its queue alone.
      if (!error_event) return std::nullopt;
      const auto icmp = TakeIcmpError(slot.fd, target);
      if (!icmp) return std::nullopt;
      return Classify(PendingError(slot.fd), icmp, target);
    }
  }
  // One segment, and it ended the handshake: the RST. Two: a SYN-ACK, and then an RST.
  if (tcp.segments_in == 1) return Verdict{Outcome::kClosed, std::nullopt, 0};
  if (tcp.segments_in > 1) return Verdict{Outcome::kOpen, std::nullopt, 0};
  const int error = PendingError(slot.fd);
  return Classify(error, TakeIcmpError(slot.fd, target), target);
}

std::optional<Verdict> SweepEngine::AskLate(const Work& work) {
  if (work.late.slot == kNoSlot) return std::nullopt;
  const Slot& slot = slots_[work.late.slot];
  if (slot.generation != work.late.generation || slot.state != SlotState::kLate)
    return std::nullopt;
  return Examine(slot, true);
}

void SweepEngine::Settle(std::uint32_t index, Verdict verdict, Time now) {
  Slot& slot = slots_[index];
  Work work = *slot.work;
  HostPace& pace = hosts_[work.host].pace;
  if (IsSilence(verdict.state)) {
    if (auto late = AskLate(work)) {
      verdict = *late;
    } else {
      ++work.silences;
    }
  } else if (verdict.state != Outcome::kLocalError && work.opens == 0) {
    const bool late = AskLate(work).has_value();
    // An ICMP error that came on another try may have been held back: that is no loss.
    const bool held_back = verdict.icmp && work.protocol == Protocol::kUdp;
    pace.Answered(now - slot.started, late || held_back ? 0U : work.silences);
  }
  ReleaseLate(work);
  const bool another = WantsAnother(work, verdict);
  --trying_;
  if (slot.deadlines != nullptr)
    slot.deadlines->Remove(
        index, [this](std::uint32_t i) -> auto& { return slots_[i].node; });
  slot.deadlines = nullptr;
  if (another && IsSilence(verdict.state)) {
    slot.state = SlotState::kLate;
    late_.Append(
        index, [this](std::uint32_t i) -> auto& { return slots_[i].node; });
    work.late = {index, slot.generation};
    const bool heard = pace.heard();
    work.not_before = now + (heard ? kSilencePause : kUnheardPause);
    (heard ? silent_ : silent_unheard_).push_back(work);
    return;
  }
  Release(index);
  if (work.protocol == Protocol::kUdp && WaitsForIcmp(work, verdict, another, now)) return;
  if (another) {
    again_.push_back(work);
  } else {
    if (verdict.state != Outcome::kLocalError && allowed_ < limits_.in_flight) ++allowed_;
    Conclude(work, verdict);
  }
}

bool SweepEngine::WantsAnother(Work& work, const Verdict& verdict) {
  switch (verdict.state) {
    case Outcome::kFiltered:
    case Outcome::kOpenFiltered:
      return work.silences < hosts_[work.host].pace.Tries();
    case Outcome::kOpen:
      return ++work.opens < 2 && work.protocol == Protocol::kTcp;
    case Outcome::kUnreachable:
      return ++work.unreachables < 2;
    case Outcome::kLocalError:
      SlowDown();
      return ++work.local_errors < kLocalTries;
    case Outcome::kClosed:
    case Outcome::kRejected:
    case Outcome::kNotProbed:
      return false;
  }
  return false;
}

void SweepEngine::Conclude(const Work& work, Verdict verdict) {
  const bool silent = IsSilence(verdict.state);
  // One open of two is an open, unless the other was refused.
  if (silent && work.opens > 0) verdict = {Outcome::kOpen, std::nullopt, 0};
  verdict.sure = !silent || hosts_[work.host].pace.IsSure(work.silences);
  ++totals_.ports;
  result_(EndpointOf(work), verdict);
}

void SweepEngine::ReleaseLate(Work& work) {
  const Link late = std::exchange(work.late, Link{});
  if (late.slot == kNoSlot) return;
  const Slot& slot = slots_[late.slot];
  if (slot.generation == late.generation && slot.state == SlotState::kLate) Release(late.slot);
}

void SweepEngine::Release(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.state == SlotState::kLate)
    late_.Remove(
        index, [this](std::uint32_t i) -> auto& { return slots_[i].node; });
  if (slot.fd >= 0 && (slot.family == 0 || !Dissolve(slot.fd))) {
    close(slot.fd);
    slot.fd = -1;
  }
  slot.state = SlotState::kFree;
  slot.work.reset();
  ++slot.generation;
  free_.push_back(index);
}

void SweepEngine::FinishIfDone() {
  const bool waiting =
      held_ || !again_.empty() || !silent_.empty() || !silent_unheard_.empty() || !paced_.empty();
  if (done_ || trying_ > 0 || waiting || !targets_.done()) return;
  done_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  events_.close(ignored);
  totals_.sweep_time = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started_);
  finished_();
}

Endpoint SweepEngine::EndpointOf(const Work& work) const {
  return {hosts_[work.host].order.address, work.protocol, work.port};
}

}  // namespace podreach::probe
