#include "podreach/net/address_range.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace podreach {

IpAddress Before(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes{};
  const auto from = address.bytes();
  std::copy(from.begin(), from.end(), bytes.begin());
  for (std::size_t i = from.size(); i-- > 0;) {
    if (bytes[i]-- != 0) break;
  }
  return *IpAddress::FromBytes({bytes.data(), from.size()});
}

std::optional<AddressRange> Overlap(const AddressRange& range, const Cidr& cidr) {
  if (range.first.family() != cidr.network().family()) return std::nullopt;
  const AddressRange both{std::max(range.first, cidr.network()), std::min(range.last, cidr.last())};
  if (both.last < both.first) return std::nullopt;
  return both;
}

std::vector<AddressRange> Minus(const std::vector<AddressRange>& ranges, const Cidr& cidr) {
  std::vector<AddressRange> left;
  for (const auto& range : ranges) {
    const auto cut = Overlap(range, cidr);
    if (!cut) {
      left.push_back(range);
      continue;
    }
    if (range.first < cut->first) left.push_back({range.first, Before(cut->first)});
    if (cut->last < range.last) left.push_back({*cut->last.Next(), range.last});
  }
  return left;
}

std::vector<AddressRange> Inside(const AddressRange& range, const std::vector<IpBlock>& blocks) {
  std::vector<AddressRange> parts;
  for (const auto& block : blocks) {
    const auto both = Overlap(range, block.cidr);
    if (!both) continue;
    std::vector<AddressRange> of_block{*both};
    for (const auto& except : block.except) of_block = Minus(of_block, except);
    parts.insert(parts.end(), of_block.begin(), of_block.end());
  }
  return parts;
}

std::vector<AddressRange> Beyond(const AddressRange& range, const std::vector<IpBlock>& blocks) {
  std::vector<AddressRange> parts{range};
  for (const auto& block : blocks) {
    std::vector<AddressRange> left = Minus(parts, block.cidr);
    for (const auto& except : block.except) {
      for (const auto& part : parts) {
        if (const auto hole = Overlap(part, except)) left.push_back(*hole);
      }
    }
    parts = std::move(left);
  }
  return parts;
}

}  // namespace podreach
