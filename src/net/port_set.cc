#include "podreach/net/port_set.h"

#include <algorithm>

namespace podreach {
namespace {

Port At(unsigned number) { return *Port::From(static_cast<std::uint16_t>(number)); }

std::optional<PortRange> ParseRange(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = Port::Parse(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : Port::Parse(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

}  // namespace

PortSet PortSet::All() {
  PortSet all;
  all.Add(PortRange{At(1), At(65535)});
  return all;
}

std::optional<PortSet> PortSet::Parse(std::string_view text) {
  if (text == "-") return All();
  PortSet set;
  for (;;) {
    const auto comma = text.find(',');
    const auto range = ParseRange(text.substr(0, comma));
    if (!range) return std::nullopt;
    set.Add(*range);
    if (comma == std::string_view::npos) return set;
    text.remove_prefix(comma + 1);
  }
}

void PortSet::Add(PortRange range) {
  unsigned first = range.first.number();
  unsigned last = range.last.number();
  // The first range that the new one overlaps or touches.
  auto from =
      std::lower_bound(ranges_.begin(), ranges_.end(), first,
                       [](const PortRange& r, unsigned n) { return r.last.number() + 1U < n; });
  auto to = from;
  for (; to != ranges_.end() && to->first.number() <= last + 1; ++to) {
    first = std::min<unsigned>(first, to->first.number());
    last = std::max<unsigned>(last, to->last.number());
  }
  ranges_.insert(ranges_.erase(from, to), PortRange{At(first), At(last)});
}

void PortSet::Add(const PortSet& other) {
  for (const auto& range : other.ranges_) Add(range);
}

void PortSet::Remove(const PortSet& other) {
  std::vector<PortRange> left;
  auto cut = other.ranges_.begin();
  for (const auto& range : ranges_) {
    unsigned first = range.first.number();
    const unsigned last = range.last.number();
    while (cut != other.ranges_.end() && cut->last.number() < first) ++cut;
    for (auto c = cut; c != other.ranges_.end() && c->first.number() <= last && first <= last;
         ++c) {
      if (c->first.number() > first) left.push_back({At(first), At(c->first.number() - 1U)});
      first = c->last.number() + 1U;
    }
    if (first <= last) left.push_back({At(first), At(last)});
  }
  ranges_ = std::move(left);
}

PortSet PortSet::Intersect(const PortSet& other) const {
  PortSet outside = *this;
  outside.Remove(other);
  PortSet both = *this;
  both.Remove(outside);
  return both;
}

bool PortSet::Contains(Port port) const {
  const auto range = std::lower_bound(ranges_.begin(), ranges_.end(), port,
                                      [](const PortRange& r, Port p) { return r.last < p; });
  return range != ranges_.end() && range->first <= port;
}

bool PortSet::Contains(const PortSet& other) const {
  PortSet missing = other;
  missing.Remove(*this);
  return missing.empty();
}

std::size_t PortSet::size() const {
  std::size_t count = 0;
  for (const auto& range : ranges_) count += range.last.number() - range.first.number() + 1U;
  return count;
}

std::string PortSet::ToString() const {
  std::string text;
  for (const auto& range : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first.number());
    if (range.last != range.first) text += '-' + std::to_string(range.last.number());
  }
  return text;
}

}  // namespace podreach
