#include "policy/address_space.h"

#include <algorithm>
#include <array>
#include <set>

namespace podreach::policy {

IpAddress Before(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes{};
  const auto from = address.bytes();
  std::copy(from.begin(), from.end(), bytes.begin());
  for (std::size_t i = from.size(); i-- > 0;) {
    if (bytes[i]-- != 0) break;
  }
  return *IpAddress::FromBytes({bytes.data(), from.size()});
}

AddressSpace::AddressSpace(const std::vector<const IpBlock*>& blocks, bool with_v6) {
  for (const auto* block : blocks) blocks_[BlockKey(block->cidr, block->except)];
  Cut(with_v6);
  Classify();
}

void AddressSpace::Cut(bool with_v6) {
  std::set<IpAddress> starts;
  const auto add = [&](const Cidr& cidr) {
    starts.insert(cidr.network());
    if (const auto next = cidr.last().Next()) starts.insert(*next);
  };
  for (const auto& [block, classes] : blocks_) {
    add(block.first);
    for (const auto& except : block.second) add(except);
  }
  const bool v6 = with_v6 || std::any_of(starts.begin(), starts.end(),
                                         [](const IpAddress& start) { return !start.is_v4(); });
  starts.insert(IpAddress::V4(0));
  if (v6) starts.insert(*IpAddress::Parse("::"));
  for (auto start = starts.begin(); start != starts.end(); ++start) {
    const auto next = std::next(start);
    const bool last = next == starts.end() || next->family() != start->family();
    const IpAddress end =
        !last ? Before(*next)
              : *IpAddress::Parse(start->is_v4() ? "255.255.255.255"
                                                 : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    ranges_.push_back({*start, end});
  }
}

std::size_t AddressSpace::RangeOf(const IpAddress& address) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](const IpAddress& a, const AddressRange& range) { return a < range.first; });
  return static_cast<std::size_t>(after - ranges_.begin()) - 1;
}

void AddressSpace::Classify() {
  std::vector<std::vector<std::uint32_t>> holders(ranges_.size());
  std::uint32_t id = 0;
  for (const auto& [key, classes] : blocks_) {
    const IpBlock block{key.first, key.second};
    const auto end = RangeOf(block.cidr.last());
    for (auto range = RangeOf(block.cidr.network()); range <= end; ++range) {
      if (block.Contains(ranges_[range].first)) holders[range].push_back(id);
    }
    ++id;
  }
  // Families are apart, so that "everything else" of one is not that of the other.
  std::map<std::pair<bool, std::vector<std::uint32_t>>, AddressClass> known;
  class_of_.reserve(ranges_.size());
  for (std::size_t range = 0; range < ranges_.size(); ++range) {
    const auto next = static_cast<AddressClass>(known.size());
    class_of_.push_back(
        known.try_emplace({ranges_[range].first.is_v4(), std::move(holders[range])}, next)
            .first->second);
  }
  class_count_ = known.size();
  std::vector<std::vector<AddressClass>*> of_block;
  for (auto& [key, classes] : blocks_) of_block.push_back(&classes);
  for (const auto& [holds, address_class] : known) {
    for (const auto block : holds.second) of_block[block]->push_back(address_class);
  }
  for (auto* classes : of_block) std::sort(classes->begin(), classes->end());
}

AddressClass AddressSpace::ClassOf(const IpAddress& address) const {
  return class_of_[RangeOf(address)];
}

std::span<const AddressClass> AddressSpace::ClassesIn(const IpBlock& block) const {
  return blocks_.at(BlockKey(block.cidr, block.except));
}

}  // namespace podreach::policy
