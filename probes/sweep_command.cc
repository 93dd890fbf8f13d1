#include "sweep_command.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <iostream>
#include <set>

#include "fingerprint/service_identifier.h"
#include "podreach/net/service_catalog.h"
#include "resume_file.h"
#include "sweep_engine.h"
#include "sweep_output.h"
#include "target_list.h"

namespace podreach::probe {
namespace {

using Clock = std::chrono::steady_clock;

int Fail(const Error& error) {
  std::cerr << "podreach-probe: " << error.ToString() << '\n';
  return error.kind == ErrorKind::kInvalidInput ? 2 : 3;
}

/// One sweep by hand, from its targets to its report.
class HandSweep {
 public:
  HandSweep(const SweepOptions& options, std::vector<IpAddress> addresses, PortSet ports)
      : options_(options), ports_(std::move(ports)), timer_(context_) {
    for (const IpAddress& address : addresses) {
      hosts_.push_back(
          {address, options.udp ? PortSet() : ports_, options.udp ? ports_ : PortSet()});
    }
    all_ = hosts_.size() * ports_.size();
  }

  int Run() {
    if (!options_.resume.empty()) {
      if (auto resumed = Resume(); !resumed) return Fail(resumed.error());
    }
    run_.started = std::chrono::system_clock::now();
    begun_ = Clock::now();
    boost::asio::signal_set signals(context_, SIGINT, SIGTERM);
    signals.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      received_ = number;
      context_.stop();
    });
    SocketApi sockets;
    SweepLimits limits = options_.limits;
    // Some descriptors are needed for other things; below that the engine would slow down by
    // itself.
    const std::size_t descriptors = RaiseDescriptorLimit();
    limits.in_flight = static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.in_flight, descriptors > 32 ? descriptors - 16 : 16));
    SweepEngine engine(
        context_, sockets, limits, hosts_,
        [this](const Endpoint& target, const Verdict& verdict) { Ended(target, verdict); },
        [this] { options_.identify ? Identify() : context_.stop(); });
    engine.Start();
    Tick();
    context_.run();
    run_.totals = engine.totals();
    identifier_.reset();
    return Report();
  }

 private:
  void Identify() {
    identifier_ = std::make_unique<ServiceIdentifier>(
        context_, InquiryLimits{},
        [this](const Endpoint& target, const ServiceIdentity& service) {
          results_.AddService(target, service);
          if (options_.format == "jsonl") {
            Verdict open;
            open.state = Outcome::kOpen;
            std::cout << WriteJsonLine(target, open, &service);
          }
        },
        [this] { context_.stop(); });
    to_identify_ = results_.OpenPorts();
    identifier_->Start(to_identify_);
  }

  [[nodiscard]] Result<void> Resume() {
    std::string sweep = (options_.udp ? "UDP " : "TCP ") + ports_.ToString();
    for (const HostOrder& host : hosts_) sweep += " " + host.address.ToString();
    std::map<IpAddress, PortSet> done;
    auto opened = ResumeFile::Open(options_.resume, sweep,
                                   [&](const Endpoint& target, const Verdict& verdict) {
                                     done[target.address].Add(target.port);
                                     Keep(target, verdict);
                                   });
    if (!opened) return opened.error();
    resume_.emplace(*std::move(opened));
    for (HostOrder& host : hosts_) (options_.udp ? host.udp : host.tcp).Remove(done[host.address]);
    return {};
  }

  void Ended(const Endpoint& target, const Verdict& verdict) {
    if (resume_) resume_->Add(target, verdict);
    Keep(target, verdict);
  }

  void Keep(const Endpoint& target, const Verdict& verdict) {
    ++ended_;
    ++counts_[verdict.state];
    const bool asked_later = options_.identify && verdict.state == Outcome::kOpen;
    if (options_.format != "jsonl" || asked_later) results_.Add(target, verdict);
    if (options_.format == "jsonl" && !asked_later) std::cout << WriteJsonLine(target, verdict);
  }

  /// Once a second: what is done so far, on a terminal.
  void Tick() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      if (resume_) resume_->Flush();
      if (!options_.quiet && isatty(STDERR_FILENO) == 1) Progress();
      Tick();
    });
  }

  void Progress() const {
    const double share = all_ == 0 ? 1 : static_cast<double>(ended_) / static_cast<double>(all_);
    const double elapsed = std::chrono::duration<double>(Clock::now() - begun_).count();
    if (!to_identify_.empty()) {
      std::cerr << '\r' << results_.services().size() << " of " << to_identify_.size()
                << " open ports asked\x1b[K" << std::flush;
      return;
    }
    std::cerr << '\r' << ended_ << " of " << all_ << " ports, " << static_cast<int>(100 * share)
              << " %";
    if (share > 0.01)
      std::cerr << ", about " << static_cast<long>(elapsed / share - elapsed) << " s left";
    std::cerr << "\x1b[K" << std::flush;
  }

  int Report() {
    if (!options_.quiet && isatty(STDERR_FILENO) == 1) std::cerr << "\r\x1b[K";
    run_.arguments = options_.arguments;
    run_.ports = ports_.ToString();
    run_.port_count = ports_.size();
    run_.protocol = options_.udp ? Protocol::kUdp : Protocol::kTcp;
    run_.interrupted = received_ != 0;
    if (run_.interrupted) {
      run_.totals.sweep_time =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
    }
    if (options_.format == "jsonl" && options_.identify) WriteUnasked();
    if (options_.format == "table") std::cout << WriteTable(results_);
    if (options_.format == "xml") std::cout << WriteXml(results_, run_);
    if (options_.format == "grepable") std::cout << WriteGrepable(results_, run_);
    std::cout.flush();
    if (!options_.quiet) std::cerr << Summary() << '\n';
    if (!std::cout) return Fail(MakeError(ErrorKind::kUnavailable, "writing to stdout failed"));
    if (resume_) {
      resume_->Flush();
      if (!resume_->good()) {
        return Fail(MakeError(ErrorKind::kUnavailable, "writing " + options_.resume + " failed",
                              "see that its disk has room"));
      }
    }
    return received_ == 0 ? 0 : 128 + received_;
  }

  /// Open ports whose turn to be asked didn't come before the sweep was stopped.
  void WriteUnasked() const {
    Verdict open;
    open.state = Outcome::kOpen;
    for (const Endpoint& target : results_.OpenPorts()) {
      if (results_.FindService(target) == nullptr) std::cout << WriteJsonLine(target, open);
    }
  }

  [[nodiscard]] std::string Summary() const {
    std::string text;
    for (const auto& [state, count] : counts_) {
      text +=
          (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(ToString(state));
    }
    if (ended_ < all_)
      text += (text.empty() ? "" : ", ") + std::to_string(all_ - ended_) + " not probed";
    return text + "; " + std::to_string(run_.totals.attempts) + " attempts in " +
           std::to_string(run_.totals.sweep_time.count()) + " ms";
  }

  const SweepOptions& options_;
  const PortSet ports_;
  std::vector<HostOrder> hosts_;
  std::size_t all_ = 0;
  std::size_t ended_ = 0;
  boost::asio::io_context context_;
  boost::asio::steady_timer timer_;
  std::optional<ResumeFile> resume_;
  SweepResults results_;
  std::vector<Endpoint> to_identify_;
  std::unique_ptr<ServiceIdentifier> identifier_;
  std::map<Outcome, std::size_t> counts_;
  SweepRun run_;
  Clock::time_point begun_;
  int received_ = 0;
};

}  // namespace

int SweepByHand(const SweepOptions& options) {
  const auto ports = options.top_ports.empty() ? PortSet::Parse(options.ports)
                                               : std::optional<PortSet>(ClusterPorts());
  if (!ports) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "-p " + options.ports + " is no list of ports",
                          "write it like 22,80,6000-6100 or - for all"));
  }
  auto addresses = ExpandTargets(options.targets, options.excluded);
  if (!addresses) return Fail(addresses.error());
  return HandSweep(options, *std::move(addresses), *ports).Run();
}

}  // namespace podreach::probe
