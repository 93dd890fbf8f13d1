#include "name_resolver.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>

namespace podreach::probe {
namespace {

using Clock = std::chrono::steady_clock;

void OnAddresses(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
  auto& report = *static_cast<NameReport*>(argument);
  if (status != ARES_SUCCESS) {
    report.error = ares_strerror(status);
    return;
  }
  for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
    std::optional<IpAddress> address;
    if (node->ai_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      address = IpAddress::FromBytes({reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), 4});
    } else if (node->ai_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
      address = IpAddress::FromBytes({reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr), 16});
    }
    if (address) report.addresses.push_back(*address);
  }
  ares_freeaddrinfo(info);
}

/// Serves the channel's sockets until nothing is asked any more or the time is over.
void Drive(ares_channel channel, Clock::time_point end) {
  while (Clock::now() < end) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const int bits = ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::vector<pollfd> waits;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      short events = 0;
      if (ARES_GETSOCK_READABLE(bits, i)) events = POLLIN;
      if (ARES_GETSOCK_WRITABLE(bits, i)) events = static_cast<short>(events | POLLOUT);
      if (events != 0) waits.push_back({sockets[static_cast<std::size_t>(i)], events, 0});
    }
    if (waits.empty()) return;
    (void)poll(waits.data(), waits.size(), 100);
    for (const pollfd& wait : waits) {
      ares_process_fd(
          channel, (wait.revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? wait.fd : ARES_SOCKET_BAD,
          (wait.revents & POLLOUT) != 0 ? wait.fd : ARES_SOCKET_BAD);
    }
  }
}

}  // namespace

std::vector<NameReport> ResolveNames(const std::vector<std::string>& names,
                                     std::chrono::milliseconds limit) {
  std::vector<NameReport> reports(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) reports[i].name = names[i];
  ares_channel channel = nullptr;
  if (names.empty()) return reports;
  if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS || ares_init(&channel) != ARES_SUCCESS) {
    for (NameReport& report : reports) report.error = "the resolver couldn't start";
    return reports;
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  for (NameReport& report : reports)
    ares_getaddrinfo(channel, report.name.c_str(), nullptr, &hints, OnAddresses, &report);
  Drive(channel, Clock::now() + limit);
  ares_destroy(channel);  // what is still open ends with ARES_EDESTRUCTION
  ares_library_cleanup();
  for (NameReport& report : reports) std::sort(report.addresses.begin(), report.addresses.end());
  return reports;
}

}  // namespace podreach::probe
