#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "podreach/net/ip_address.h"
#include "podreach/net/port_set.h"
#include "podreach/wire/service_report.h"

namespace podreach::probe {

enum class Transport : std::uint8_t { kPlain, kTls, kUdp };

/// What a port is asked, on a connection of its own.
struct Question {
  Transport transport = Transport::kPlain;
  /// Sent once connected; empty: it listens for a banner. Never writes, never carries credentials.
  std::string text;
  std::string alpn = "http/1.1";  ///< offered in TLS
  friend bool operator==(const Question&, const Question&) = default;
};

/// What came as the answer so far.
struct Reply {
  std::string_view bytes;
  bool ended = false;  ///< no more will come: closed, reset, too much, or out of time
};

/// How a reply reads.
struct NeedMore {};
struct NotThis {};
struct AskOwn {};  ///< it may be; the fingerprint's own questions are worth asking
struct Partial {   ///< it is; the fingerprint's next question tells the rest
  ServiceIdentity service;
};
using Reading = std::variant<NotThis, NeedMore, AskOwn, Partial, ServiceIdentity>;

/// How one service is recognised.
struct Fingerprint {
  std::string name;
  /// The names that it gives to what it recognises, where these aren't `name` alone.
  std::vector<std::string> services;
  /// Where its questions come first: the service catalogue's ports of these names. A general one
  /// has none.
  PortSet tcp_ports;
  PortSet udp_ports;
  std::vector<IpAddress> addresses;  ///< where there are some, it is asked for at these alone
  std::vector<Question> questions;   ///< in order, until one is recognised
  /// Reads a reply to one of the questions, or, where it reads roots, to a plain GET / too. The
  /// reply may be anything, cut anywhere.
  std::function<Reading(const Question&, const Reply&)> read;
  bool reads_root = false;
  bool asks_anywhere = false;  ///< its questions are asked at ports that nothing is known of
  bool general = false;        ///< "http": what is more special is preferred
};

/// Gives fingerprints their ports, from the service catalogue.
[[nodiscard]] std::vector<Fingerprint> WithPorts(std::vector<Fingerprint> fingerprints);

/// All that there are, one file each in services/.
[[nodiscard]] const std::vector<Fingerprint>& AllFingerprints();

/// GET / of HTTP/1.1.
[[nodiscard]] const Question& RootQuestion(Transport transport);

}  // namespace podreach::probe
