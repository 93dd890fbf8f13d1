#pragma once

#include <map>
#include <set>

#include "podreach/findings/scan_report.h"

namespace podreach {

/// What the other vantages show about a scan's targets and its enforcer.
struct Controls {
  std::map<TargetId, VantageId> open_from;  ///< a vantage that found the target open
  /// That found it open or, by a node's own word, closed. Of UDP targets, open alone: the ICMP
  /// errors of closed ports are rate-limited (Linux: icmp_ratelimit), so their absence is no news.
  std::map<TargetId, VantageId> reached_from;
  /// Whose network shows life: something answered them, or somebody reached them. By vantage.
  std::vector<bool> alive;
  Outcome canary = Outcome::kNotProbed;  ///< of the connection that the canary's policy denies
  bool denies_by_reset = false;          ///< an enforcer's RST was seen
  std::string enforcer;                  ///< in words
};

[[nodiscard]] Controls FindControls(const ScanPlan& plan, const ReachMatrix& observed);

/// What the policies intend for a vantage and a target.
[[nodiscard]] Judgement Intended(const Evaluator& evaluator, const ScanPlan& plan,
                                 const Vantage& vantage, const Target& target);

/// The verdict of the design's table, for an outcome that the controls have seen already; fills
/// verdict and because.
void Decide(const ScanPlan& plan, const Controls& controls, const Target& target, JudgedCell& cell);

/// Findings of a judged report; sorted worst first.
void AddFindings(const Evaluator& evaluator, const Controls& controls, ScanReport& report);

}  // namespace podreach
