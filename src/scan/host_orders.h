#pragma once

#include <memory>
#include <vector>

#include "podreach/plan/scan_plan.h"
#include "podreach/wire/probe_order.h"

namespace podreach {

/// Some cells of a row as a probe is told of them: hosts with their ports, and the way back from a
/// host's port to the position in the row.
struct HostOrders {
  struct Slot {
    Protocol protocol;
    Port port;
    std::uint32_t position;  ///< in the vantage's ask
  };
  std::shared_ptr<const std::vector<HostOrder>> hosts;  ///< by address
  std::vector<std::uint32_t> first;  ///< by host: the first of its slots; one more at the end
  std::vector<Slot> slots;           ///< of a host TCP before UDP, by port
};

/// The orders for the cells at `positions` of an ask, ascending; all of them where it is null.
/// Responders without an address are left out.
[[nodiscard]] HostOrders MakeHostOrders(const ScanPlan& plan, const std::vector<TargetId>& ask,
                                        const std::vector<std::uint32_t>* positions);

}  // namespace podreach
