#include "target_list.h"

#include <net/if.h>

#include <array>
#include <fstream>
#include <set>

#include "name_resolver.h"
#include "podreach/net/cidr.h"

namespace podreach::probe {
namespace {

constexpr std::size_t kMaxHosts = 65536;

class AddressCollector {
 public:
  [[nodiscard]] Result<void> Add(const std::string& target) {
    if (target.starts_with("@")) return AddFile(target.substr(1));
    if (const auto address = ParseZoned(target)) {
      if (address->IsLinkLocalV6() && address->zone() == 0)
        return Bad(target, "a link-local address needs its zone, as " + target + "%eth0");
      return AddAll(target, *address, *address);
    }
    if (const auto percent = target.find('%'); percent != std::string::npos) {
      return Bad(target,
                 "only a link-local IPv6 address has a zone, and that is an interface of "
                 "this host: " +
                     target.substr(percent + 1) + " isn't");
    }
    if (const auto block = Cidr::Parse(target))
      return AddAll(target, block->network(), block->last());
    if (const auto dash = target.rfind('-'); dash != std::string::npos) {
      const auto first = IpAddress::Parse(target.substr(0, dash));
      const auto last = first ? RangeEnd(*first, target.substr(dash + 1)) : std::nullopt;
      if (first && last) return AddAll(target, *first, *last);
      if (first) return Bad(target, "the end of the range is no address, or below its start");
    }
    return AddName(target);
  }

  [[nodiscard]] const std::set<IpAddress>& addresses() const { return addresses_; }

 private:
  /// "10.0.0.9", or the last byte alone: "9".
  static std::optional<IpAddress> RangeEnd(const IpAddress& first, const std::string& text) {
    std::optional<IpAddress> last = IpAddress::Parse(text);
    if (!last && first.is_v4()) {
      const std::string start = first.ToString();
      last = IpAddress::Parse(start.substr(0, start.rfind('.') + 1) + text);
    }
    if (!last || last->family() != first.family() || *last < first) return std::nullopt;
    return last;
  }

  static Error Bad(const std::string& target, const std::string& why) {
    return MakeError(ErrorKind::kInvalidInput, "target " + target + ": " + why,
                     "write it like 10.0.0.1, 10.0.0.0/24, 10.0.0.1-9, db.shop or @FILE");
  }

  [[nodiscard]] Result<void> AddAll(const std::string& target, const IpAddress& first,
                                    const IpAddress& last) {
    for (std::optional<IpAddress> next = first; next && *next <= last; next = next->Next()) {
      if (addresses_.size() == kMaxHosts) {
        return MakeError(ErrorKind::kInvalidInput,
                         "target " + target + ": more than 65,536 addresses in all",
                         "sweep them in parts");
      }
      addresses_.insert(*next);
    }
    return {};
  }

  [[nodiscard]] Result<void> AddFile(const std::string& path) {
    std::ifstream file(path);
    if (!file) return MakeError(ErrorKind::kInvalidInput, "can't read the targets in " + path);
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      line.erase(std::min(line.find('#'), line.size()));
      std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
      if (line.empty()) continue;
      if (line.front() == '@') return Bad(line, "a file can't name another (" + path + ")");
      if (auto added = Add(line); !added)
        return WithContext(added.error(), path + ":" + std::to_string(number));
    }
    return {};
  }

  [[nodiscard]] Result<void> AddName(const std::string& target) {
    const bool plausible = !target.empty() && target.size() <= 253 &&
                           target.find_first_not_of(
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789.-_") == std::string::npos;
    if (!plausible) return Bad(target, "neither an address, a CIDR, a range nor a name");
    const NameReport name = ResolveNames({target}, std::chrono::seconds(5)).front();
    if (name.addresses.empty()) {
      return MakeError(ErrorKind::kNotFound,
                       "target " + target + ": it doesn't resolve: " + name.error);
    }
    addresses_.insert(name.addresses.begin(), name.addresses.end());
    return {};
  }

  std::set<IpAddress> addresses_;
};

}  // namespace

std::optional<IpAddress> ParseZoned(const std::string& text) {
  const std::size_t percent = text.find('%');
  const auto address = IpAddress::Parse(text.substr(0, percent));
  if (!address || percent == std::string::npos) return address;
  const std::string zone = text.substr(percent + 1);
  unsigned index = if_nametoindex(zone.c_str());
  std::array<char, IF_NAMESIZE> name{};
  if (index == 0 && !zone.empty() && zone.size() < 9 &&
      zone.find_first_not_of("0123456789") == std::string::npos)
    index = static_cast<unsigned>(std::stoul(zone));
  if (!address->IsLinkLocalV6() || if_indextoname(index, name.data()) == nullptr) return {};
  return address->WithZone(index);
}

std::string ShowZoned(const IpAddress& address) {
  std::array<char, IF_NAMESIZE> name{};
  if (address.zone() == 0 || if_indextoname(address.zone(), name.data()) == nullptr)
    return address.ToString();
  return address.WithZone(0).ToString() + "%" + name.data();
}

Result<std::vector<IpAddress>> ExpandTargets(const std::vector<std::string>& targets,
                                             const std::vector<std::string>& excluded) {
  AddressCollector wanted;
  AddressCollector unwanted;
  for (const std::string& target : targets) {
    if (auto added = wanted.Add(target); !added) return added.error();
  }
  for (const std::string& target : excluded) {
    if (auto added = unwanted.Add(target); !added) return WithContext(added.error(), "--exclude");
  }
  std::vector<IpAddress> addresses;
  for (const IpAddress& address : wanted.addresses()) {
    if (!unwanted.addresses().contains(address)) addresses.push_back(address);
  }
  if (addresses.empty())
    return MakeError(ErrorKind::kInvalidInput, "no target is left after --exclude");
  return addresses;
}

}  // namespace podreach::probe
