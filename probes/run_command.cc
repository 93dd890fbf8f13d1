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
#include <map>
#include <sstream>

#include "fingerprint/service_identifier.h"
#include "name_resolver.h"
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

class Probe {
 public:
  explicit Probe(const RunOptions& options)
      : options_(options),
        inotify_(context_),
        poll_(context_),
        end_(context_, options.max_lifetime),
        signals_(context_, SIGTERM, SIGINT),
        responder_(context_) {}

  int Run() {
    signals_.async_wait([this](const boost::system::error_code&, int) { context_.stop(); });
    end_.async_wait([this](const boost::system::error_code&) { context_.stop(); });
    WatchFolder();
    Poll();
    context_.run();
    return 0;
  }

 private:
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
    if (order->go && order->round >= next_round_) Sweep(*order, own->second);
  }

  void Greet(const ProbeOrder& order, const ProbeIdentity& identity) {
    responder_.Listen(identity.listen_tcp, identity.listen_udp);
    writer_.emplace(order.scan, identity.nonce);
    Print(writer_->Hello(responder_.tcp(), responder_.udp(), responder_.failures()));
  }

  void Sweep(const ProbeOrder& order, const ProbeIdentity& identity) {
    names_ = order.names;
    results_.Clear();
    writer_->BeginRound(order.round);
    next_round_ = order.round + 1;
    engine_ = std::make_unique<SweepEngine>(
        context_, sockets_, order.limits, identity.hosts ? *identity.hosts : order.hosts,
        [this](const Endpoint& target, const Verdict& verdict) { results_.Add(target, verdict); },
        [this, identify = order.identify] {
          boost::asio::post(context_, [this, identify] { identify ? Identify() : Report(); });
        });
    engine_->Start();
  }

  void Identify() {
    InquiryLimits limits;
    limits.parallel = 16;  // each may hold a reply and a TLS session
    identifier_ = std::make_unique<ServiceIdentifier>(
        context_, limits,
        [this](const Endpoint& target, const ServiceIdentity& service) {
          results_.AddService(target, service);
        },
        [this] { boost::asio::post(context_, [this] { Report(); }); });
    identifier_->Start(results_.OpenPorts());
  }

  void Report() {
    for (const auto& [address, groups] : results_.hosts()) Print(writer_->Host({address, groups}));
    for (const NameReport& name : ResolveNames(names_, std::chrono::seconds(3)))
      Print(writer_->Name(name));
    for (const auto& [endpoint, service] : results_.services())
      Print(writer_->Service({endpoint, service}));
    identifier_.reset();
    SweepTotals totals = engine_->totals();
    totals.resident_kib = PeakResidentKib();
    Print(writer_->Close(totals));
    engine_.reset();
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
  std::vector<std::string> names_;
  SweepResults results_;
  std::unique_ptr<SweepEngine> engine_;
  std::unique_ptr<ServiceIdentifier> identifier_;
};

}  // namespace

int RunProbe(const RunOptions& options) {
  RaiseDescriptorLimit();
  return Probe(options).Run();
}

}  // namespace podreach::probe
