#include "podreach/net/cidr.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace podreach {
namespace {

/// Sets every bit after the first `keep` to `value`.
IpAddress FillAfter(const IpAddress& address, int keep, bool value) {
  std::array<std::uint8_t, 16> raw{};
  const auto bytes = address.bytes();
  std::copy(bytes.begin(), bytes.end(), raw.begin());
  for (std::size_t bit = static_cast<std::size_t>(keep); bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    raw[bit / 8] = static_cast<std::uint8_t>(value ? raw[bit / 8] | mask : raw[bit / 8] & ~mask);
  }
  return *IpAddress::FromBytes({raw.data(), bytes.size()});
}

}  // namespace

Cidr::Cidr(const IpAddress& address, int prefix_length)
    : network_(FillAfter(address, prefix_length, false)), prefix_length_(prefix_length) {}

std::optional<Cidr> Cidr::Parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::Parse(text.substr(0, slash));
  const auto digits = text.substr(slash + 1);
  int length = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || error != std::errc() || stop != digits.data() + digits.size() ||
      digits[0] == '-') {
    return std::nullopt;
  }
  // An IPv4-mapped block is cut to its IPv4 part.
  if (address->is_v4() && text.substr(0, slash).find(':') != std::string_view::npos) length -= 96;
  if (length < 0 || length > static_cast<int>(address->bytes().size()) * 8) return std::nullopt;
  return Cidr(*address, length);
}

Cidr Cidr::Of(const IpAddress& address) {
  return {address, static_cast<int>(address.bytes().size()) * 8};
}

bool Cidr::Contains(const IpAddress& address) const {
  return address.family() == network_.family() && network_ <= address && address <= last();
}

bool Cidr::Contains(const Cidr& other) const {
  return other.prefix_length_ >= prefix_length_ && Contains(other.network_);
}

IpAddress Cidr::last() const { return FillAfter(network_, prefix_length_, true); }

std::string Cidr::ToString() const {
  return network_.ToString() + "/" + std::to_string(prefix_length_);
}

}  // namespace podreach
