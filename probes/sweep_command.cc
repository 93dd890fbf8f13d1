#include "sweep_command.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <map>

#include "name_resolver.h"
#include "podreach/net/cidr.h"
#include "sweep_engine.h"

namespace podreach::probe {
namespace {

constexpr std::size_t kMaxHosts = 65536;

Result<std::vector<IpAddress>> Expand(const std::string& target) {
  if (const auto address = IpAddress::Parse(target)) return std::vector<IpAddress>{*address};
  if (const auto block = Cidr::Parse(target)) {
    std::vector<IpAddress> addresses;
    for (std::optional<IpAddress> next = block->network(); next && block->Contains(*next);
         next = next->Next()) {
      if (addresses.size() == kMaxHosts) {
        return MakeError(ErrorKind::kInvalidInput, target + " has more than 65,536 addresses",
                         "sweep it in parts");
      }
      addresses.push_back(*next);
    }
    return addresses;
  }
  NameReport name = ResolveNames({target}, std::chrono::seconds(5)).front();
  if (name.addresses.empty()) {
    return MakeError(ErrorKind::kNotFound,
                     target + " is no address, no CIDR, and no name that resolves: " + name.error);
  }
  return name.addresses;
}

std::string Evidence(const Verdict& verdict) {
  if (verdict.icmp) {
    return "ICMP type " + std::to_string(verdict.icmp->type) + " code " +
           std::to_string(verdict.icmp->code) + " from " + verdict.icmp->from.ToString();
  }
  if (!verdict.sure) return "unsure: packets to this host get lost";
  return verdict.error_number == 0 ? std::string()
                                   : "errno " + std::to_string(verdict.error_number);
}

void PrintJson(const Endpoint& target, const Verdict& verdict) {
  std::cout << R"({"address":")" << target.address.ToString() << R"(","protocol":")"
            << ToString(target.protocol) << R"(","port":)" << target.port.number()
            << R"(,"state":")" << ToString(verdict.state) << R"(","evidence":")"
            << Evidence(verdict) << "\"}\n";
}

void PrintRow(const Endpoint& target, const Verdict& verdict) {
  std::cout << target.ToString() << "  " << ToString(verdict.state);
  if (const std::string evidence = Evidence(verdict); !evidence.empty())
    std::cout << "  (" << evidence << ")";
  std::cout << '\n';
}

}  // namespace

int SweepByHand(const SweepOptions& options) {
  const auto ports = PortSet::Parse(options.ports);
  if (!ports) {
    std::cerr << "podreach-probe: -p " << options.ports
              << " is no list of ports; write it like 22,80,6000-6100 or - for all\n";
    return 2;
  }
  std::vector<HostOrder> hosts;
  for (const std::string& target : options.targets) {
    auto addresses = Expand(target);
    if (!addresses) {
      std::cerr << "podreach-probe: " << addresses.error().ToString() << '\n';
      return addresses.error().kind == ErrorKind::kInvalidInput ? 2 : 3;
    }
    for (const IpAddress& address : *addresses) {
      hosts.push_back(
          {address, options.udp ? PortSet() : *ports, options.udp ? *ports : PortSet()});
    }
  }
  SweepLimits limits = options.limits;
  // Some descriptors are needed for other things; below that the engine would slow down by itself.
  limits.in_flight = static_cast<std::uint32_t>(
      std::min<std::size_t>(limits.in_flight, RaiseDescriptorLimit() - 16));
  boost::asio::io_context context;
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  int received = 0;
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    if (error) return;
    received = number;
    context.stop();
  });
  SocketApi sockets;
  std::map<Endpoint, Verdict> loud;
  std::map<ProbeState, std::size_t> counts;
  SweepEngine engine(
      context, sockets, limits, std::move(hosts),
      [&](const Endpoint& target, const Verdict& verdict) {
        ++counts[verdict.state];
        if (options.format == "jsonl") return PrintJson(target, verdict);
        const bool silent =
            verdict.state == ProbeState::kFiltered || verdict.state == ProbeState::kOpenFiltered;
        if (!silent && verdict.state != ProbeState::kClosed) loud.emplace(target, verdict);
      },
      [&] { context.stop(); });
  engine.Start();
  context.run();
  for (const auto& [target, verdict] : loud) PrintRow(target, verdict);
  std::string summary;
  for (const auto& [state, count] : counts) {
    summary +=
        (summary.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(ToString(state));
  }
  std::cerr << summary << "; " << engine.totals().attempts << " attempts in "
            << engine.totals().sweep_time.count() << " ms\n";
  return received == 0 ? 0 : 128 + received;
}

}  // namespace podreach::probe
