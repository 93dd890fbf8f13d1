#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "podreach/policy/evaluator.h"
#include "policy/rule.h"

/// The families of addresses that a connection may be of. It has one, and both of its ends have an
/// address of it: rules of the other family don't meet it.
namespace podreach::policy {

using Family = IpAddress::Family;
inline constexpr std::array kFamilies = {Family::kV4, Family::kV6};

[[nodiscard]] constexpr std::size_t IndexOf(Family family) {
  return static_cast<std::size_t>(family);
}

/// Some of the two families.
class FamilySet {
 public:
  constexpr FamilySet() = default;
  [[nodiscard]] static constexpr FamilySet Both() { return FamilySet(3); }
  constexpr void Add(Family family) { bits_ |= static_cast<std::uint8_t>(1U << IndexOf(family)); }
  [[nodiscard]] constexpr bool Has(Family family) const {
    return (bits_ >> IndexOf(family) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr bool is_both() const { return bits_ == 3; }
  /// Of a set of one.
  [[nodiscard]] constexpr Family one() const { return bits_ == 2 ? Family::kV6 : Family::kV4; }
  friend constexpr FamilySet operator&(FamilySet a, FamilySet b) {
    return FamilySet(static_cast<std::uint8_t>(a.bits_ & b.bits_));
  }
  friend constexpr bool operator==(FamilySet, FamilySet) = default;
  friend constexpr auto operator<=>(FamilySet, FamilySet) = default;

 private:
  constexpr explicit FamilySet(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}
  std::uint8_t bits_ = 0;
};

/// What an end's addresses say of the families.
struct EndFamilies {
  FamilySet may;          ///< of which it has an address; of an end without any, may get one
  bool known = false;     ///< it has an address
  bool is_fixed = false;  ///< an address outside, which can't be another one
  friend bool operator==(const EndFamilies&, const EndFamilies&) = default;
};

/// `unplaced`: of ends without an address.
[[nodiscard]] EndFamilies FamiliesOf(const PolicyPeer& end, FamilySet unplaced);
[[nodiscard]] EndFamilies FamiliesOf(const std::vector<IpAddress>& addresses, FamilySet unplaced);

/// The families that a connection may be of. Where the ends have none in common it is that of the
/// destination, whose address is connected to; the source's address of that family isn't known.
[[nodiscard]] inline FamilySet FamiliesBetween(const EndFamilies& from, const EndFamilies& to) {
  if (const auto both = from.may & to.may; !both.empty()) return both;
  return from.is_fixed || (from.known && !to.known) ? from.may : to.may;
}

/// Nothing where it has none of that family.
[[nodiscard]] std::optional<IpAddress> AddressIn(Family family, const PolicyPeer& end);
/// The end as a connection of the family meets it: at its address of that family, where it has one.
[[nodiscard]] PolicyPeer SeenIn(Family family, const PolicyPeer& end);

/// Whether anything of a snapshot and its policies is of IPv6; otherwise nobody is taken to use it.
[[nodiscard]] bool HasIpv6(const Snapshot& snapshot, const std::vector<PolicyRules>& policies,
                           const EnforcerProfile& profile);
[[nodiscard]] bool HasIpv6(const PolicyRules& policy);
[[nodiscard]] bool HasIpv6(const Pod& pod);  ///< a live one

/// Of which families pods get addresses that have none yet: those of the networks that are named,
/// else of any family that is used.
[[nodiscard]] FamilySet UnplacedFamilies(const EnforcerProfile& profile, bool has_ipv6);

}  // namespace podreach::policy
