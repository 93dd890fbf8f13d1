#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "podreach/net/address_range.h"
#include "podreach/net/ip_address.h"
#include "podreach/net/ip_block.h"

namespace podreach::policy {

/// Index of a set of addresses that the same ipBlocks hold.
using AddressClass = std::uint32_t;

/// All addresses, cut by every ipBlock of the policies: ranges, and classes of ranges that no
/// ipBlock tells apart.
class AddressSpace {
 public:
  /// IPv6 is left out where it is not asked for and no block has any.
  AddressSpace(const std::vector<const IpBlock*>& blocks, bool with_v6);

  [[nodiscard]] std::span<const AddressRange> ranges() const { return ranges_; }
  [[nodiscard]] AddressClass ClassOfRange(std::size_t range) const { return class_of_[range]; }
  [[nodiscard]] AddressClass ClassOf(const IpAddress& address) const;
  [[nodiscard]] std::size_t class_count() const { return class_count_; }
  /// Cuts by one more block, of a family that is there. Gives each class that is parted by it, and
  /// the class that the block holds of it since.
  [[nodiscard]] std::vector<std::pair<AddressClass, AddressClass>> Cut(const IpBlock& block);
  [[nodiscard]] bool has_v6() const { return !ranges_.back().first.is_v4(); }
  /// The classes that a block holds, ascending; one of the blocks that were given.
  [[nodiscard]] std::span<const AddressClass> ClassesIn(const IpBlock& block) const;

 private:
  using BlockKey = std::pair<Cidr, std::vector<Cidr>>;
  void CutByAll(bool with_v6);
  void Classify();
  void CutAt(const IpAddress& start);
  [[nodiscard]] std::vector<std::size_t> RangesIn(const IpBlock& block) const;
  [[nodiscard]] std::size_t RangeOf(const IpAddress& address) const;

  std::map<BlockKey, std::vector<AddressClass>> blocks_;
  std::vector<AddressRange> ranges_;
  std::vector<AddressClass> class_of_;  // by range
  std::size_t class_count_ = 0;
};

}  // namespace podreach::policy
