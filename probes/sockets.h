#pragma once

#include <sys/socket.h>

#include <optional>

#include "podreach/net/endpoint.h"
#include "podreach/wire/probe_report.h"

namespace podreach::probe {

/// A socket address of an endpoint, as bind(2) and connect(2) take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
[[nodiscard]] SocketAddress ToSocketAddress(const IpAddress& address, Port port);

/// The kernel's calls that a sweep makes; a seam, so that tests make them fail. Each gives -1 and
/// errno as the call does.
class SocketApi {
 public:
  virtual ~SocketApi() = default;
  [[nodiscard]] virtual int Socket(int family, int type);
  [[nodiscard]] virtual int Connect(int fd, const SocketAddress& address);
};

/// Makes the kernel keep ICMP errors for the error queue (ip(7) IP_RECVERR, ipv6(7) IPV6_RECVERR).
void KeepIcmpErrors(int fd, IpAddress::Family family);
/// Makes close(2) send an RST and leave no TIME_WAIT (socket(7) SO_LINGER).
void CloseByReset(int fd);
/// Takes the first ICMP error of the error queue; nothing where the last error came from no ICMP
/// message.
[[nodiscard]] std::optional<IcmpError> TakeIcmpError(int fd);
/// SO_ERROR: the pending error, cleared by the call.
[[nodiscard]] int PendingError(int fd);
/// Whether a connecting TCP socket or a waiting UDP socket has something to say now.
[[nodiscard]] bool HasEvent(int fd, bool tcp);
/// Whether a TCP socket was connected to itself (a simultaneous open with one's own ephemeral
/// port).
[[nodiscard]] bool IsSelfConnected(int fd);
/// RLIMIT_NOFILE's soft limit to the hard one; gives the limit.
std::size_t RaiseDescriptorLimit();

/// What an errno and perhaps an ICMP error say of a target. kLocalError: our own failure, to be
/// tried again.
struct Verdict {
  ProbeState state = ProbeState::kFiltered;
  std::optional<IcmpError> icmp;
  int error_number = 0;
};
[[nodiscard]] Verdict Classify(int error_number, std::optional<IcmpError> icmp,
                               const Endpoint& target);

}  // namespace podreach::probe
