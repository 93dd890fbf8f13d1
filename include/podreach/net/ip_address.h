#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace podreach {

/// An IPv4 or IPv6 address. IPv4-mapped IPv6 (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2) is the IPv4
/// address. Ordered: every IPv4 address before every IPv6 one, then by value. A link-local IPv6
/// address may have a zone (RFC 4007): the index of the interface that it is reached by.
class IpAddress {
 public:
  enum class Family : std::uint8_t { kV4, kV6 };

  /// Parses what inet_pton(3) takes; no zone, no port, no brackets.
  [[nodiscard]] static std::optional<IpAddress> Parse(std::string_view text);
  /// From 4 or 16 bytes in network order; nothing for any other length.
  [[nodiscard]] static std::optional<IpAddress> FromBytes(std::span<const std::uint8_t> bytes);
  [[nodiscard]] static IpAddress V4(std::uint32_t host_order);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == Family::kV4; }
  /// 4 or 16 bytes in network order.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), is_v4() ? 4U : 16U};
  }
  /// 0: none.
  [[nodiscard]] std::uint32_t zone() const { return zone_; }
  [[nodiscard]] IpAddress WithZone(std::uint32_t index) const;
  /// The canonical text: dotted quad, or RFC 5952, with %index behind it where it has a zone.
  [[nodiscard]] std::string ToString() const;
  /// The address after this one; nothing after the last of its family.
  [[nodiscard]] std::optional<IpAddress> Next() const;
  [[nodiscard]] bool IsLoopback() const;
  /// fe80::/10, which means nothing without a zone.
  [[nodiscard]] bool IsLinkLocalV6() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::kV4;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four, the rest zero
  std::uint32_t zone_ = 0;
};

struct IpAddressHash {
  [[nodiscard]] std::size_t operator()(const IpAddress& address) const {
    std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
    for (const std::uint8_t byte : address.bytes()) hash = (hash ^ byte) * 0x100000001B3U;
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace podreach
