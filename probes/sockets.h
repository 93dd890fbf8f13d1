#pragma once

#include <sys/socket.h>

#include <optional>
#include <string_view>

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
/// Takes the first ICMP error about a packet to `target` from the error queue, and what is before
/// it; nothing where there is none.
[[nodiscard]] std::optional<IcmpError> TakeIcmpError(int fd, const Endpoint& target);
/// SO_ERROR: the pending error, cleared by the call.
[[nodiscard]] int PendingError(int fd);
/// Sends one datagram; gives errno, or 0.
[[nodiscard]] int SendTo(int fd, std::string_view payload, const SocketAddress& address);
/// Takes one datagram, whose content isn't kept; or the socket's error.
struct Received {
  int error = 0;  ///< errno; EAGAIN where nothing is there
  std::optional<IpAddress> from;
};
[[nodiscard]] Received ReceiveFrom(int fd);

/// Where a TCP socket's connection is.
enum class TcpPhase : std::uint8_t {
  kConnecting,  ///< the SYN has no answer yet
  kConnected,   ///< the handshake is done, whatever came after
  kEnded,       ///< refused, reset or failed
};
struct TcpState {
  TcpPhase phase = TcpPhase::kConnecting;
  std::uint32_t segments_in = 0;  ///< of this connection, handshake included
};
/// tcp(7) TCP_INFO.
[[nodiscard]] TcpState ReadTcpState(int fd);
/// Ends a TCP socket's connection, by RST where there is one, so that it can connect anew from
/// another port (connect(2) with AF_UNSPEC). False where the kernel won't.
[[nodiscard]] bool Dissolve(int fd);
/// Whether a TCP socket was connected to itself (a simultaneous open with one's own ephemeral
/// port).
[[nodiscard]] bool IsSelfConnected(int fd);
/// RLIMIT_NOFILE's soft limit to the hard one; gives the limit.
std::size_t RaiseDescriptorLimit();

/// What an errno and perhaps an ICMP error say of a target. kLocalError: our own failure, to be
/// tried again.
struct Verdict {
  Outcome state = Outcome::kFiltered;
  std::optional<IcmpError> icmp;
  int error_number = 0;
  /// False for a silence that packet loss may explain.
  bool sure = true;
};
[[nodiscard]] Verdict Classify(int error_number, std::optional<IcmpError> icmp,
                               const Endpoint& target);

}  // namespace podreach::probe
