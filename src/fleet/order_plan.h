#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "podreach/fleet/probe_fleet.h"

namespace podreach {

using HostList = std::shared_ptr<const std::vector<HostOrder>>;

/// Hosts in a row of an ask, and how an order has them.
struct AskPart {
  HostList hosts;           ///< of this part alone
  std::uint32_t first = 0;  ///< index of its first host in the ask
  std::shared_ptr<const std::string> text;
};

/// Writes each ask once, however many namespaces and vantages share it.
class AskTexts {
 public:
  /// The ask in as few parts as have texts of at most `max_bytes`; a part of one host may be
  /// longer.
  [[nodiscard]] const std::vector<AskPart>& PartsOf(const HostList& hosts, std::size_t max_bytes);

 private:
  std::map<std::pair<const void*, std::size_t>, std::vector<AskPart>> parts_;
};

/// What one namespace's order holds in one round.
struct NamespaceRound {
  std::vector<AskPart> asks;
  std::map<VantageId, std::uint32_t> ask_of;  ///< index into asks; others have nothing to do
};

/// Spreads the asks of a namespace's vantages over rounds whose texts take at most `max_bytes`
/// each. Every ask comes whole, part after part, and as early as there is room.
[[nodiscard]] std::vector<NamespaceRound> PlanRounds(
    const std::vector<std::pair<VantageId, HostList>>& asks, std::size_t max_bytes,
    AskTexts& texts);

}  // namespace podreach
