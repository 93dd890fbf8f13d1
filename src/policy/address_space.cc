#include "policy/address_space.h"

#include <algorithm>
#include <set>

namespace podreach::policy {

AddressSpace::AddressSpace(const std::vector<const IpBlock*>& blocks, bool with_v6) {
  for (const auto* block : blocks) blocks_[BlockKey(block->cidr, block->except)];
  CutByAll(with_v6);
  Classify();
}

/// Where the block's ranges start, and what is behind them.
template <class Visitor>
static void EachStart(const Cidr& cidr, const std::vector<Cidr>& except, const Visitor& visit) {
  const auto of = [&](const Cidr& one) {
    visit(one.network());
    if (const auto next = one.last().Next()) visit(*next);
  };
  of(cidr);
  std::for_each(except.begin(), except.end(), of);
}

void AddressSpace::CutByAll(bool with_v6) {
  std::set<IpAddress> starts;
  for (const auto& [block, classes] : blocks_) {
    EachStart(block.first, block.second, [&](const IpAddress& start) { starts.insert(start); });
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

std::vector<std::size_t> AddressSpace::RangesIn(const IpBlock& block) const {
  std::vector<std::size_t> inside;
  const auto end = RangeOf(block.cidr.last());
  for (auto range = RangeOf(block.cidr.network()); range <= end; ++range) {
    if (block.Contains(ranges_[range].first)) inside.push_back(range);
  }
  return inside;
}

void AddressSpace::Classify() {
  std::vector<std::vector<std::uint32_t>> holders(ranges_.size());
  std::uint32_t id = 0;
  for (const auto& [key, classes] : blocks_) {
    for (const auto range : RangesIn({key.first, key.second})) holders[range].push_back(id);
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

void AddressSpace::CutAt(const IpAddress& start) {
  const auto at = RangeOf(start);
  if (ranges_[at].first == start) return;
  const auto behind = static_cast<std::ptrdiff_t>(at) + 1;
  ranges_.insert(ranges_.begin() + behind, {start, ranges_[at].last});
  ranges_[at].last = Before(start);
  class_of_.insert(class_of_.begin() + behind, AddressClass{class_of_[at]});
}

std::vector<std::pair<AddressClass, AddressClass>> AddressSpace::Cut(const IpBlock& block) {
  const BlockKey key(block.cidr, block.except);
  if (blocks_.contains(key)) return {};
  EachStart(block.cidr, block.except, [&](const IpAddress& start) {
    if (start.is_v4() == block.cidr.network().is_v4()) CutAt(start);
  });
  std::map<AddressClass, std::vector<std::size_t>> inside;
  for (const auto range : RangesIn(block)) inside[class_of_[range]].push_back(range);
  std::vector<std::pair<AddressClass, AddressClass>> parted;
  std::vector<AddressClass> held;
  for (const auto& [old, ranges] : inside) {
    const auto all = std::count(class_of_.begin(), class_of_.end(), old);
    if (static_cast<std::size_t>(all) == ranges.size()) {
      held.push_back(old);
      continue;
    }
    const auto added = static_cast<AddressClass>(class_count_++);
    for (const auto range : ranges) class_of_[range] = added;
    for (auto& [other, classes] : blocks_) {
      if (std::binary_search(classes.begin(), classes.end(), old)) classes.push_back(added);
    }
    held.push_back(added);
    parted.emplace_back(old, added);
  }
  std::sort(held.begin(), held.end());
  blocks_.emplace(key, std::move(held));
  return parted;
}

AddressClass AddressSpace::ClassOf(const IpAddress& address) const {
  return class_of_[RangeOf(address)];
}

std::span<const AddressClass> AddressSpace::ClassesIn(const IpBlock& block) const {
  return blocks_.at(BlockKey(block.cidr, block.except));
}

}  // namespace podreach::policy
