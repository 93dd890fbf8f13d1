#pragma once

#include <optional>
#include <string>
#include <vector>

#include "podreach/net/ip_address.h"
#include "podreach/net/ip_block.h"

/// Ranges of addresses, and what blocks cut out of them.
namespace podreach {

/// Addresses of one family, first to last, both included.
struct AddressRange {
  IpAddress first;
  IpAddress last;

  /// "10.0.0.0-10.0.0.255".
  [[nodiscard]] std::string ToString() const { return first.ToString() + "-" + last.ToString(); }
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

/// The address before one that isn't the first of its family.
[[nodiscard]] IpAddress Before(const IpAddress& address);

/// What a range and a CIDR have in common; nothing where they share no address.
[[nodiscard]] std::optional<AddressRange> Overlap(const AddressRange& range, const Cidr& cidr);
/// The parts of ranges that a CIDR leaves.
[[nodiscard]] std::vector<AddressRange> Minus(const std::vector<AddressRange>& ranges,
                                              const Cidr& cidr);
/// The parts of a range that the blocks hold, block by block: blocks that overlap give an address
/// twice.
[[nodiscard]] std::vector<AddressRange> Inside(const AddressRange& range,
                                               const std::vector<IpBlock>& blocks);
/// The parts of a range that no block holds.
[[nodiscard]] std::vector<AddressRange> Beyond(const AddressRange& range,
                                               const std::vector<IpBlock>& blocks);

}  // namespace podreach
