#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace podreach {

/// The transport protocols that Kubernetes names (core/v1 Protocol).
enum class Protocol : std::uint8_t { kTcp, kUdp, kSctp };

/// "TCP", "UDP" or "SCTP", as the Kubernetes API spells them.
[[nodiscard]] std::string_view ToString(Protocol protocol);
/// Parses the API's spelling exactly.
[[nodiscard]] std::optional<Protocol> ParseProtocol(std::string_view text);

}  // namespace podreach
