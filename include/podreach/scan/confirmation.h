#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "podreach/findings/judge.h"

/// Which cells are probed again before they are believed. Pure functions.
namespace podreach {

/// What is looked at of one cell.
struct CellToConfirm {
  Expectation expectation = Expectation::kUnknown;
  Outcome outcome = Outcome::kNotProbed;  ///< after the controls
  Verdict verdict = Verdict::kUnknown;
  bool target_answers = false;  ///< some vantage found the target open or closed
};

/// Whether the cell is probed again: it disagrees with the policies, or it is a silence where one
/// answer is lost more easily than it is denied. `denies_by_silence`: the canary's denied
/// connection met silence, so that silence is how this cluster denies.
[[nodiscard]] bool IsConfirmed(const CellToConfirm& cell, bool denies_by_silence);

/// The positions to probe again, by vantage; of the vantages given alone. A vantage that disagrees
/// anywhere may have been there before its policies were: what it reached where nothing can be
/// expected is probed again, too.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> CellsToConfirm(
    const ScanPlan& plan, const ReachMatrix& observed, const IntentionTable& intentions,
    const Controls& controls, std::span<const VantageId> vantages);

/// Cells that disagreed once, and whose confirmation was cut: half a confirmation confirms nothing.
void ForgetUnconfirmed(const std::vector<std::vector<std::uint32_t>>& cells, ReachMatrix& observed);

/// A pod as it was and as it is: it moved where no pod of that UID has that address any more.
/// Gives by place whether the target went away.
[[nodiscard]] std::vector<bool> PlacesThatMoved(const Snapshot& before, const Snapshot& now,
                                                const ScanPlan& plan);
/// Cells of targets that moved aren't judged.
void ForgetMoved(const std::vector<bool>& moved, const ScanPlan& plan, ReachMatrix& observed);

}  // namespace podreach
