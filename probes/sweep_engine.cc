#include "sweep_engine.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <string_view>

namespace podreach::probe {
namespace {

constexpr std::uint32_t kLocalTries = 6;
// A neighbour that isn't known yet is asked for once a second (Linux: retrans_time_ms): with a
// timeout of 600 ms the second try then comes after the second question.
constexpr auto kSilencePause = std::chrono::milliseconds(500);
constexpr std::size_t kSilentAtOnce = 8192;  // bounds what waits for its next try
constexpr auto kBreath =
    std::chrono::milliseconds(50);  // after a failure of our own with nothing in flight

/// An A question for kubernetes.default.svc.cluster.local (RFC 1035 section 4), recursion desired.
std::string_view DnsQuestion() {
  using namespace std::string_view_literals;
  return "\x70\x72\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07"
         "default\x03svc\x07"
         "cluster\x05local\x00\x00\x01\x00\x01"sv;
}

std::string_view PayloadFor(Port port) {
  return port.number() == 53 ? DnsQuestion() : std::string_view("\r\n\r\n");
}

}  // namespace

SweepEngine::SweepEngine(boost::asio::io_context& context, SocketApi& sockets,
                         const SweepLimits& limits, std::vector<HostOrder> hosts, Result result,
                         std::function<void()> finished)
    : context_(context),
      sockets_(sockets),
      limits_(limits),
      targets_(std::move(hosts)),
      governor_(limits),
      result_(std::move(result)),
      finished_(std::move(finished)),
      timer_(context),
      allowed_(limits.in_flight) {}

SweepEngine::~SweepEngine() = default;

void SweepEngine::Start() {
  started_ = std::chrono::steady_clock::now();
  boost::asio::post(context_, [this] { Fill(); });
}

void SweepEngine::Fill() {
  while (!done_ && active_ < allowed_) {
    const Time now = std::chrono::steady_clock::now();
    std::deque<Work>* const retry = RetryQueue();
    if (retry == nullptr && !held_) break;
    const IpAddress& host = retry != nullptr ? retry->front().target.address : held_->address;
    const Time earliest = std::max(governor_.Earliest(host, now),
                                   retry != nullptr ? retry->front().not_before : now);
    if (earliest > now) {
      ArmTimer(earliest);
      return;
    }
    governor_.Started(host, now);
    Work work = retry != nullptr ? std::move(retry->front()) : Work{*held_};
    retry != nullptr ? retry->pop_front() : held_.reset();
    if (free_.empty()) {
      free_.push_back(slots_.size());
      slots_.push_back(std::make_unique<Slot>(context_));
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    Begin(slot, std::move(work));
  }
  if (!done_ && active_ == 0 && again_.empty() && silent_.empty() && !held_) {
    done_ = true;
    timer_.cancel();
    totals_.sweep_time = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started_);
    finished_();
  }
}

std::deque<SweepEngine::Work>* SweepEngine::RetryQueue() {
  if (!again_.empty()) return &again_;
  if (silent_.size() >= kSilentAtOnce) return &silent_;
  if (!held_) held_ = targets_.Next();
  return held_ || silent_.empty() ? nullptr : &silent_;
}

void SweepEngine::Begin(std::size_t index, Work work) {
  Slot& slot = *slots_[index];
  ++active_;
  ++slot.generation;
  const Endpoint target = work.target;
  slot.work = std::move(work);
  ++totals_.attempts;
  totals_.peak_in_flight = std::max<std::uint64_t>(totals_.peak_in_flight, active_);
  const bool tcp = target.protocol == Protocol::kTcp;
  const int fd =
      sockets_.Socket(target.address.is_v4() ? AF_INET : AF_INET6, tcp ? SOCK_STREAM : SOCK_DGRAM);
  if (fd < 0) {
    const int error = errno;
    boost::asio::post(context_, [this, index, error] {
      EndAttempt(index, {ProbeState::kLocalError, std::nullopt, error});
    });
    return;
  }
  slot.descriptor.assign(fd);
  KeepIcmpErrors(fd, target.address.family());
  if (tcp) CloseByReset(fd);
  const int connected = sockets_.Connect(fd, ToSocketAddress(target.address, target.port));
  int error = connected == 0 || errno == EINPROGRESS ? 0 : errno;
  if (error == 0 && !tcp) {
    const std::string_view payload = PayloadFor(target.port);
    if (send(fd, payload.data(), payload.size(), MSG_NOSIGNAL) < 0) error = errno;
  }
  if (error != 0) {
    const Verdict verdict = Classify(error, TakeIcmpError(fd), target);
    boost::asio::post(context_, [this, index, verdict] { EndAttempt(index, verdict); });
    return;
  }
  const std::uint64_t generation = slot.generation;
  slot.descriptor.async_wait(tcp ? boost::asio::posix::stream_descriptor::wait_write
                                 : boost::asio::posix::stream_descriptor::wait_read,
                             [this, index, generation](const boost::system::error_code& failed) {
                               if (!failed) OnEvent(index, generation);
                             });
  deadlines_.push_back({std::chrono::steady_clock::now() + limits_.timeout, index, generation});
  if (deadlines_.size() == 1) ArmTimer(deadlines_.front().time);
}

void SweepEngine::OnEvent(std::size_t index, std::uint64_t generation) {
  if (slots_[index]->generation != generation || !slots_[index]->work) return;
  slots_[index]->work->target.protocol == Protocol::kTcp ? OnTcp(index) : OnUdp(index);
}

void SweepEngine::OnTcp(std::size_t index) {
  Slot& slot = *slots_[index];
  const int fd = slot.descriptor.native_handle();
  const int error = PendingError(fd);
  if (error != 0) return EndAttempt(index, Classify(error, TakeIcmpError(fd), slot.work->target));
  if (IsSelfConnected(fd))
    return EndAttempt(index, {ProbeState::kLocalError, std::nullopt, EADDRINUSE});
  EndAttempt(index, {ProbeState::kOpen, std::nullopt, 0});
}

void SweepEngine::OnUdp(std::size_t index) {
  Slot& slot = *slots_[index];
  const int fd = slot.descriptor.native_handle();
  std::array<char, 64> reply{};
  if (recv(fd, reply.data(), reply.size(), MSG_DONTWAIT) >= 0) {
    return EndAttempt(index, {ProbeState::kOpen, std::nullopt, 0});
  }
  const int error = errno;
  EndAttempt(index, Classify(error, TakeIcmpError(fd), slot.work->target));
}

void SweepEngine::ArmTimer(Time time) {
  if (armed_ && *armed_ <= time) return;
  armed_ = time;
  timer_.expires_at(time);  // cancels the wait for the later time
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    armed_.reset();
    OnDeadlines();
  });
}

void SweepEngine::OnDeadlines() {
  const Time now = std::chrono::steady_clock::now();
  while (!deadlines_.empty() && deadlines_.front().time <= now) {
    const Deadline deadline = deadlines_.front();
    deadlines_.pop_front();
    Slot& slot = *slots_[deadline.slot];
    if (slot.generation != deadline.generation || !slot.work) continue;
    const bool tcp = slot.work->target.protocol == Protocol::kTcp;
    // Where this process had to wait for the processor, the answer may be there by now.
    if (HasEvent(slot.descriptor.native_handle(), tcp)) {
      OnEvent(deadline.slot, deadline.generation);
      continue;
    }
    EndAttempt(deadline.slot,
               {tcp ? ProbeState::kFiltered : ProbeState::kOpenFiltered, std::nullopt, 0});
  }
  Fill();
  if (!done_ && !deadlines_.empty()) ArmTimer(deadlines_.front().time);
}

void SweepEngine::EndAttempt(std::size_t index, const Verdict& verdict) {
  Slot& slot = *slots_[index];
  boost::system::error_code ignored;
  slot.descriptor.close(ignored);
  Work work = std::move(*slot.work);
  slot.work.reset();
  ++slot.generation;
  free_.push_back(index);
  --active_;
  bool again = false;
  switch (verdict.state) {
    case ProbeState::kFiltered:
    case ProbeState::kOpenFiltered:
      again = ++work.silences < limits_.tries;
      break;
    case ProbeState::kOpen:
      again = ++work.opens < 2 && work.target.protocol == Protocol::kTcp;
      break;
    case ProbeState::kUnreachable:
      again = ++work.unreachables < 2;
      break;
    case ProbeState::kLocalError:
      again = ++work.local_errors < kLocalTries;
      allowed_ = std::max<std::size_t>(1, std::min(allowed_, std::max<std::size_t>(active_, 1)));
      break;
    case ProbeState::kClosed:
    case ProbeState::kRejected:
      break;
  }
  const bool silent =
      verdict.state == ProbeState::kFiltered || verdict.state == ProbeState::kOpenFiltered;
  if (!again) {
    // One open of two is an open, unless the other was refused.
    Conclude(work,
             silent && work.opens > 0 ? Verdict{ProbeState::kOpen, std::nullopt, 0} : verdict);
    if (verdict.state != ProbeState::kLocalError && allowed_ < limits_.in_flight) ++allowed_;
  } else {
    work.not_before = silent ? std::chrono::steady_clock::now() + kSilencePause : Time();
    (silent ? silent_ : again_).push_back(std::move(work));
  }
  if (verdict.state == ProbeState::kLocalError && active_ == 0) {
    ArmTimer(std::chrono::steady_clock::now() + kBreath);
    return;
  }
  Fill();
}

void SweepEngine::Conclude(const Work& work, const Verdict& verdict) {
  ++totals_.ports;
  result_(work.target, verdict);
}

}  // namespace podreach::probe
