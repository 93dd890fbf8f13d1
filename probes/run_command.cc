#include "run_command.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "ended_hosts.h"
#include "fingerprint/service_identifier.h"
#include "podreach/wire/report_writer.h"
#include "responder.h"
#include "sweep_engine.h"
#include "sweep_results.h"

namespace podreach::probe {
namespace {

/// The whole text, in as many writes as it takes.
void Print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

std::uint64_t PeakResidentKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

std::optional<std::uint64_t> NumberIn(const char* file) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

/// Of this network namespace: of the node, where the probe stands in the node's.
std::optional<ConntrackUse> ReadConntrack() {
  const auto max = NumberIn("/proc/sys/net/netfilter/nf_conntrack_max");
  const auto count = NumberIn("/proc/sys/net/netfilter/nf_conntrack_count");
  if (!max || !count) return std::nullopt;
  return ConntrackUse{*max, *count};
}

class Probe {
 public:
  explicit Probe(const RunOptions& options)
      : options_(options),
        inotify_(context_),
        poll_(context_),
        end_(context_, options.max_lifetime),
        signals_(context_, SIGTERM, SIGINT),
        responder_(context_),
        flush_(context_) {}

  int Run() {
    signals_.async_wait([this](const boost::system::error_code&, int) { Stop(); });
    end_.async_wait([this](const boost::system::error_code&) { Stop(); });
    WatchFolder();
    Poll();
    context_.run();
    return 0;
  }

 private:
  /// What is known by now is still worth something.
  void Stop() {
    if (ended_) Print(writer_->Hosts(ended_->TakeAll()));
    context_.stop();
  }

  /// A ConfigMap volume changes by renaming ..data; inotify sees it at once.
  void WatchFolder() {
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    const std::string folder = std::filesystem::path(options_.order).parent_path().string();
    if (fd < 0 ||
        inotify_add_watch(fd, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
      return;
    inotify_.assign(fd);
    ReadEvents();
  }

  void ReadEvents() {
    inotify_.async_read_some(boost::asio::buffer(events_),
                             [this](const boost::system::error_code& error, std::size_t) {
                               if (error) return;
                               Look();
                               ReadEvents();
                             });
  }

  void Poll() {
    Look();
    poll_.expires_after(std::chrono::seconds(1));
    poll_.async_wait([this](const boost::system::error_code& error) {
      if (!error) Poll();
    });
  }

  void Look() {
    if (engine_) return;
    std::ifstream file(options_.order, std::ios::binary);
    if (!file) return;
    std::ostringstream text;
    text << file.rdbuf();
    auto order = ParseOrder(text.str());
    if (!order) {
      if (!complained_)
        std::cerr << "podreach-probe: " << options_.order << ": " << order.error().ToString()
                  << '\n';
      complained_ = true;
      return;
    }
    const auto own = order->probes.find(options_.pod_name);
    if (own == order->probes.end()) return;
    if (!writer_) Greet(*order, own->second);
    if (order->go && order->round >= next_round_ && own->second.ask) Begin(*order, own->second);
  }

  void Greet(const ProbeOrder& order, const ProbeIdentity& identity) {
    responder_.Listen(identity.listen_tcp, identity.listen_udp);
    writer_.emplace(order.scan, identity.nonce);
    Print(writer_->Hello(
        {responder_.tcp(), responder_.udp(), responder_.failures(), ReadConntrack()}));
  }

  void Begin(const ProbeOrder& order, const ProbeIdentity& identity) {
    next_round_ = order.round + 1;
    auto hosts = ParseHosts(order.asks[*identity.ask]);
    if (!hosts) {
      std::cerr << "podreach-probe: " << options_.order << ": " << hosts.error().ToString() << '\n';
      return;
    }
    hosts_ = *std::move(hosts);
    ended_.emplace(hosts_);
    open_.Clear();
    identify_ = order.identify;
    writer_->BeginRound(order.round);
    begun_ = flushed_ = std::chrono::steady_clock::now();
    engine_ = std::make_unique<SweepEngine>(
        context_, sockets_, identity.limits.value_or(order.limits), hosts_,
        [this](const Endpoint& target, const Verdict& verdict) { Ended(target, verdict); },
        [this] {
          boost::asio::post(context_, [this] {
            Print(writer_->Hosts(ended_->TakeEnded()));
            identify_ ? Identify() : Close();
          });
        });
    engine_->Start();
    Flush();
  }

  void Ended(const Endpoint& target, const Verdict& verdict) {
    ended_->Add(target, verdict);
    if (identify_ && verdict.state == Outcome::kOpen) open_.Add(target, verdict);
    if (ended_->IsFull()) Print(writer_->Hosts(ended_->TakeEnded()));
  }

  /// Twice a second at first, then more seldom: what is lost where a sweep is cut stays below a
  /// fifth of it, and a long sweep doesn't write much.
  void Flush() {
    flush_.expires_after(std::chrono::milliseconds(500));
    flush_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled || !engine_) return;
      const auto now = std::chrono::steady_clock::now();
      if (now - flushed_ >= (flushed_ - begun_) / 4) {
        Print(writer_->Hosts(ended_->TakeEnded()));
        flushed_ = now;
      }
      Flush();
    });
  }

  void Identify() {
    InquiryLimits limits;
    limits.parallel = 16;  // each may hold a reply and a TLS session
    identifier_ = std::make_unique<ServiceIdentifier>(
        context_, limits,
        [this](const Endpoint& target, const ServiceIdentity& service) {
          Print(writer_->Service(ended_->IndexOf(target.address), target.protocol, target.port,
                                 service));
        },
        [this] { boost::asio::post(context_, [this] { Close(); }); });
    identifier_->Start(open_.OpenPorts());
  }

  void Close() {
    flush_.cancel();
    identifier_.reset();
    SweepTotals totals = engine_->totals();
    totals.resident_kib = PeakResidentKib();
    Print(writer_->Close(totals));
    engine_.reset();
    ended_.reset();
    Look();
  }

  const RunOptions options_;
  boost::asio::io_context context_;
  boost::asio::posix::stream_descriptor inotify_;
  boost::asio::steady_timer poll_;
  boost::asio::steady_timer end_;
  boost::asio::signal_set signals_;
  Responder responder_;
  SocketApi sockets_;
  std::array<char, 4096> events_{};
  bool complained_ = false;
  std::uint32_t next_round_ = 0;
  std::optional<ReportWriter> writer_;
  // Of the round.
  bool identify_ = false;
  std::vector<HostOrder> hosts_;
  std::optional<EndedHosts> ended_;
  SweepResults open_;  // what is to be asked, where the order says so
  boost::asio::steady_timer flush_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point flushed_;
  std::unique_ptr<SweepEngine> engine_;
  std::unique_ptr<ServiceIdentifier> identifier_;
};

}  // namespace

int RunProbe(const RunOptions& options) {
  RaiseDescriptorLimit();
  return Probe(options).Run();
}

}  // namespace podreach::probe
