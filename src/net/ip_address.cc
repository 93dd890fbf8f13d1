#include "podreach/net/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace podreach {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::FromBytes(std::span<const std::uint8_t> bytes) {
  IpAddress address;
  if (bytes.size() == 16 && std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    bytes = bytes.subspan(12);
  }
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  address.family_ = bytes.size() == 4 ? Family::kV4 : Family::kV6;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != std::char_traits<char>::length(terminated.c_str())) return std::nullopt;
  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, terminated.c_str(), raw.data()) == 1) return FromBytes({raw.data(), 4});
  if (inet_pton(AF_INET6, terminated.c_str(), raw.data()) == 1) return FromBytes(raw);
  return std::nullopt;
}

IpAddress IpAddress::V4(std::uint32_t host_order) {
  const std::array<std::uint8_t, 4> raw = {
      static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16),
      static_cast<std::uint8_t>(host_order >> 8), static_cast<std::uint8_t>(host_order)};
  return *FromBytes(raw);
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return zone_ == 0 ? text.data() : text.data() + ("%" + std::to_string(zone_));
}

IpAddress IpAddress::WithZone(std::uint32_t index) const {
  IpAddress address = *this;
  address.zone_ = index;
  return address;
}

bool IpAddress::IsLinkLocalV6() const {
  return !is_v4() && bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0x80;
}

std::optional<IpAddress> IpAddress::Next() const {
  IpAddress next = *this;
  for (std::size_t i = bytes().size(); i-- > 0;) {
    if (++next.bytes_[i] != 0) return next;
  }
  return std::nullopt;
}

bool IpAddress::IsLoopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

}  // namespace podreach
