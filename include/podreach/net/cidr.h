#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "podreach/net/ip_address.h"

namespace podreach {

/// An address block: a network address and a prefix length (RFC 4632, RFC 4291). Host bits are cut
/// to zero.
class Cidr {
 public:
  /// Parses "address/length"; the length may be 0 to 32 or 0 to 128. Host bits may be set, as in
  /// ipBlock.
  [[nodiscard]] static std::optional<Cidr> Parse(std::string_view text);
  /// The block of one address alone.
  [[nodiscard]] static Cidr Of(const IpAddress& address);

  [[nodiscard]] const IpAddress& network() const { return network_; }
  [[nodiscard]] int prefix_length() const { return prefix_length_; }
  /// Never true across families.
  [[nodiscard]] bool Contains(const IpAddress& address) const;
  [[nodiscard]] bool Contains(const Cidr& other) const;
  /// The last address of the block.
  [[nodiscard]] IpAddress last() const;
  [[nodiscard]] std::string ToString() const;

  friend auto operator<=>(const Cidr&, const Cidr&) = default;

 private:
  Cidr(const IpAddress& address, int prefix_length);
  IpAddress network_;
  int prefix_length_;
};

}  // namespace podreach
