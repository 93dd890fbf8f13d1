#include "podreach/wire/host_list.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "wire/vlq.h"

namespace podreach {
namespace {

// Bounds the memory of hosts that share a pattern of many ranges.
constexpr std::size_t kMaxRanges = 1U << 21U;
constexpr std::uint32_t kShortestRun = 3;  // below that, hosts one by one are as short

/// An address as two numbers; the first is 0 for IPv4.
struct Halves {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

Halves HalvesOf(const IpAddress& address) {
  Halves halves;
  for (const std::uint8_t byte : address.bytes()) {
    halves.high = (halves.high << 8U) | (halves.low >> 56U);
    halves.low = (halves.low << 8U) | byte;
  }
  return halves;
}

/// The address that lies `distance` behind; nothing beyond the last IPv4 address, or where the
/// lower half of an IPv6 address would overflow.
std::optional<IpAddress> Behind(const IpAddress& address, std::uint64_t distance) {
  const Halves halves = HalvesOf(address);
  const std::uint64_t low = halves.low + distance;
  if (low < halves.low) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t size = address.bytes().size();
  if (size == 4 && low > 0xFFFFFFFFU) return std::nullopt;
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(halves.high >> (8 * (7 - i)));
    bytes[8 + i] = static_cast<std::uint8_t>(low >> (8 * (7 - i)));
  }
  return IpAddress::FromBytes(std::span(bytes).last(size));
}

/// How far `next` lies behind `last`; nothing where that is too far to be written as a number.
std::optional<std::uint32_t> Distance(const IpAddress& last, const IpAddress& next) {
  const Halves from = HalvesOf(last);
  const Halves to = HalvesOf(next);
  if (last.family() != next.family() || from.high != to.high || to.low <= from.low ||
      to.low - from.low > wire::kMaxVlq) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(to.low - from.low);
}

std::string PatternOf(const HostOrder& host) {
  return host.udp.empty() ? host.tcp.ToString() : host.tcp.ToString() + "u" + host.udp.ToString();
}

struct Pattern {
  PortSet tcp;
  PortSet udp;
};

std::optional<PortSet> ParsePorts(std::string_view text) {
  // "-" is all ports for a person, and has another writing here.
  if (text == "-") return std::nullopt;
  return text.empty() ? PortSet() : PortSet::Parse(text);
}

std::optional<Pattern> ParsePattern(std::string_view text) {
  const std::size_t mark = text.find('u');
  auto tcp = ParsePorts(text.substr(0, mark));
  if (!tcp) return std::nullopt;
  if (mark == std::string_view::npos) return Pattern{*std::move(tcp), {}};
  auto udp = ParsePorts(text.substr(mark + 1));
  if (!udp || udp->empty()) return std::nullopt;
  return Pattern{*std::move(tcp), *std::move(udp)};
}

Error Corrupt(std::string_view what) {
  return MakeError(ErrorKind::kCorrupt, "read a list of hosts: " + std::string(what));
}

/// Reads the hosts behind the patterns.
class HostReader {
 public:
  explicit HostReader(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {}

  Result<std::vector<HostOrder>> Read(std::string_view text) {
    while (!text.empty()) {
      const char kind = text.front();
      if (kind == '@' || kind == '.' || kind == '*') text.remove_prefix(1);
      if (auto read = kind == '@' ? Base(text) : Number(kind, text); !read) return read.error();
    }
    return std::move(hosts_);
  }

 private:
  Result<void> Base(std::string_view& text) {
    const std::size_t end = text.find(';');
    const auto address = IpAddress::Parse(text.substr(0, std::min<std::size_t>(end, 64)));
    if (!address || end == std::string_view::npos) return Corrupt("@ must begin an address");
    text.remove_prefix(end + 1);
    return Add(*address);
  }

  Result<void> Number(char kind, std::string_view& text) {
    const auto number = wire::CutVlq(text);
    if (!number) return Corrupt("a number must come");
    if (kind == '.') {
      if (*number >= patterns_.size()) return Corrupt("there is no such pattern");
      pattern_ = *number;
      return {};
    }
    if (hosts_.empty()) return Corrupt("the first host must be an address");
    if (kind != '*') return AddBehind(std::uint64_t{*number} + 1);
    if (*number >= kMaxHostsOfAsk) return Corrupt("too many hosts");
    for (std::uint32_t i = 0; i <= *number; ++i) {
      if (auto added = AddBehind(1); !added) return added;
    }
    return {};
  }

  Result<void> AddBehind(std::uint64_t distance) {
    const auto address = Behind(hosts_.back().address, distance);
    if (!address) return Corrupt("an address lies beyond the last one");
    return Add(*address);
  }

  Result<void> Add(const IpAddress& address) {
    if (!hosts_.empty() && address <= hosts_.back().address)
      return Corrupt("the addresses must rise");
    const Pattern& pattern = patterns_[pattern_];
    ranges_ += pattern.tcp.ranges().size() + pattern.udp.ranges().size();
    if (hosts_.size() == kMaxHostsOfAsk || ranges_ > kMaxRanges) return Corrupt("too many hosts");
    hosts_.push_back({address, pattern.tcp, pattern.udp});
    return {};
  }

  const std::vector<Pattern> patterns_;
  std::vector<HostOrder> hosts_;
  std::size_t ranges_ = 0;
  std::uint32_t pattern_ = 0;
};

}  // namespace

std::string EncodeHosts(std::span<const HostOrder> hosts) {
  std::map<std::string, std::uint32_t> numbers;
  std::string patterns;
  std::string text;
  std::uint32_t current = 0;
  for (std::size_t i = 0; i < hosts.size();) {
    const HostOrder& host = hosts[i];
    const auto [entry, is_new] =
        numbers.try_emplace(PatternOf(host), static_cast<std::uint32_t>(numbers.size()));
    if (is_new) (patterns += i == 0 ? "" : "|") += entry->first;
    if (entry->second != current) wire::AppendVlq(text += '.', entry->second);
    current = entry->second;
    const auto distance = i == 0 ? std::nullopt : Distance(hosts[i - 1].address, host.address);
    if (!distance) {
      ((text += '@') += host.address.ToString()) += ';';
      ++i;
      continue;
    }
    std::uint32_t run = 0;
    while (i + run < hosts.size() && hosts[i + run].tcp == host.tcp &&
           hosts[i + run].udp == host.udp &&
           Distance(hosts[i + run - 1].address, hosts[i + run].address) == 1U) {
      ++run;
    }
    if (run >= kShortestRun) {
      wire::AppendVlq(text += '*', run - 1);
      i += run;
    } else {
      wire::AppendVlq(text, *distance - 1);
      ++i;
    }
  }
  return patterns + "=" + text;
}

Result<std::vector<HostOrder>> ParseHosts(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return Corrupt("= is missing");
  std::vector<Pattern> patterns;
  std::string_view head = text.substr(0, equals);
  for (bool more = true; more;) {
    const std::size_t bar = head.find('|');
    auto pattern = ParsePattern(head.substr(0, bar));
    if (!pattern) return Corrupt("a pattern must be ports, as in \"22,80u53\"");
    patterns.push_back(*std::move(pattern));
    more = bar != std::string_view::npos;
    if (more) head.remove_prefix(bar + 1);
  }
  return HostReader(std::move(patterns)).Read(text.substr(equals + 1));
}

}  // namespace podreach
