#include "sockets.h"

#include <linux/errqueue.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace podreach::probe {
namespace {

// The states of tcpi_state, which Linux' own header doesn't name for users
// (include/net/tcp_states.h).
constexpr int kSynSent = 2;
constexpr int kSynReceived = 3;
constexpr int kClose = 7;

std::optional<IpAddress> AddressOf(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return IpAddress::FromBytes({reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), 4});
  }
  if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    return IpAddress::FromBytes({reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr), 16});
  }
  return std::nullopt;
}

/// In network order.
std::uint16_t PortOf(const sockaddr_storage& address) {
  return address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                                      : reinterpret_cast<const sockaddr_in6&>(address).sin6_port;
}

std::optional<IcmpError> IcmpErrorIn(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    const bool v4 = header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR;
    const bool v6 = header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    const auto* error = reinterpret_cast<const sock_extended_err*>(CMSG_DATA(header));
    if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6) continue;
    const auto from = AddressOf(reinterpret_cast<const sockaddr*>(SO_EE_OFFENDER(error)));
    if (from) return IcmpError{*from, error->ee_type, error->ee_code};
  }
  return std::nullopt;
}

/// An ICMP message that an enforcer or the target's host sends on purpose, not a router without a
/// route: type 3 codes 2, 3, 9, 10 and 13 (RFC 792, RFC 1812 section 5.2.7.1), ICMPv6 type 1 codes
/// 1, 4, 5 and 6 (RFC 4443 section 3.1).
bool IsRefusal(const IcmpError& icmp) {
  if (icmp.from.is_v4()) {
    return icmp.type == 3 && (icmp.code == 2 || icmp.code == 3 || icmp.code == 9 ||
                              icmp.code == 10 || icmp.code == 13);
  }
  return icmp.type == 1 && (icmp.code == 1 || (icmp.code >= 4 && icmp.code <= 6));
}

bool IsPortUnreachable(const IcmpError& icmp) {
  return icmp.from.is_v4() ? icmp.type == 3 && icmp.code == 3 : icmp.type == 1 && icmp.code == 4;
}

}  // namespace

SocketAddress ToSocketAddress(const IpAddress& address, Port port) {
  SocketAddress result;
  if (address.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port.number());
    std::memcpy(&v4->sin_addr, address.bytes().data(), 4);
    result.size = sizeof(sockaddr_in);
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port.number());
    std::memcpy(&v6->sin6_addr, address.bytes().data(), 16);
    v6->sin6_scope_id = address.zone();
    result.size = sizeof(sockaddr_in6);
  }
  return result;
}

int SocketApi::Socket(int family, int type) {
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int SocketApi::Connect(int fd, const SocketAddress& address) {
  return connect(fd, address.get(), address.size);
}

void KeepIcmpErrors(int fd, IpAddress::Family family) {
  const int on = 1;
  if (family == IpAddress::Family::kV4) {
    (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
  } else {
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
  }
}

void CloseByReset(int fd) {
  const linger now{1, 0};
  (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

std::optional<IcmpError> TakeIcmpError(int fd, const Endpoint& target) {
  const SocketAddress wanted = ToSocketAddress(target.address, target.port);
  for (;;) {
    std::array<char, 512> control{};
    std::array<char, 64> data{};
    sockaddr_storage about{};
    iovec part{data.data(), data.size()};
    msghdr message{};
    message.msg_name = &about;
    message.msg_namelen = sizeof(about);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
    // msg_name is where the packet went that the error is about (ip(7), IP_RECVERR).
    const auto to = AddressOf(reinterpret_cast<const sockaddr*>(&about));
    if (!to || *to != target.address.WithZone(0) || PortOf(about) != PortOf(wanted.storage))
      continue;
    if (auto error = IcmpErrorIn(message)) return error;
  }
}

int PendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int SendTo(int fd, std::string_view payload, const SocketAddress& address) {
  const ssize_t sent =
      sendto(fd, payload.data(), payload.size(), MSG_NOSIGNAL, address.get(), address.size);
  return sent < 0 ? errno : 0;
}

Received ReceiveFrom(int fd) {
  std::array<char, 64> content{};
  sockaddr_storage from{};
  socklen_t size = sizeof(from);
  if (recvfrom(fd, content.data(), content.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from),
               &size) < 0) {
    return {errno, std::nullopt};
  }
  return {0, AddressOf(reinterpret_cast<const sockaddr*>(&from))};
}

TcpState ReadTcpState(int fd) {
  // Kernels before 4.2 give less of it: their segments stay 0.
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {TcpPhase::kEnded, 0};
  switch (info.tcpi_state) {
    case kSynSent:
    case kSynReceived:
      return {TcpPhase::kConnecting, info.tcpi_segs_in};
    case kClose:
      return {TcpPhase::kEnded, info.tcpi_segs_in};
    default:
      return {TcpPhase::kConnected, info.tcpi_segs_in};
  }
}

bool Dissolve(int fd) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  return connect(fd, &nowhere, sizeof(nowhere)) == 0;
}

bool IsSelfConnected(int fd) {
  sockaddr_storage own{};
  sockaddr_storage peer{};
  socklen_t own_size = sizeof(own);
  socklen_t peer_size = sizeof(peer);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) != 0) return false;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return false;
  return own_size == peer_size && std::memcmp(&own, &peer, own_size) == 0;
}

std::size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

Verdict Classify(int error_number, std::optional<IcmpError> icmp, const Endpoint& target) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EPERM:
    case EAGAIN:
      return {Outcome::kLocalError, std::nullopt, error_number};
    case ETIMEDOUT:
      return {Outcome::kFiltered, std::nullopt, 0};
    default:
      break;
  }
  if (icmp && target.protocol == Protocol::kUdp && IsPortUnreachable(*icmp) &&
      icmp->from == target.address.WithZone(0)) {
    return {Outcome::kClosed, icmp, 0};
  }
  if (icmp && IsRefusal(*icmp)) return {Outcome::kRejected, icmp, 0};
  if (error_number == ECONNREFUSED && !icmp && target.protocol == Protocol::kTcp)
    return {Outcome::kClosed, std::nullopt, 0};
  return {Outcome::kUnreachable, icmp, error_number};
}

}  // namespace podreach::probe
