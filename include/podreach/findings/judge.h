#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "podreach/plan/scan_plan.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/intended_cells.h"
#include "podreach/reach/reach_matrix.h"
#include "podreach/record/scan_record.h"

namespace podreach {

/// What is intended for one cell. `reason` says why it is unknown, and is kNone elsewhere.
struct CellIntention {
  Expectation expectation = Expectation::kUnknown;
  Basis basis = Basis::kUnknown;
  Reason reason = Reason::kNone;
  friend auto operator<=>(const CellIntention&, const CellIntention&) = default;
};

/// What the policies intend for the cells of a scan, computed once, a vantage at a time. A cell
/// costs one byte. A Service is judged at its backends, which must agree.
class IntentionTable {
 public:
  /// Both must outlive the table. The plan may get more targets later; a vantage that is asked for
  /// must have its whole ask and its address by then.
  IntentionTable(const Evaluator& evaluator, const ScanPlan& plan);
  ~IntentionTable();
  IntentionTable(const IntentionTable&) = delete;
  IntentionTable& operator=(const IntentionTable&) = delete;

  /// Computes a vantage's row, as far as its ask goes by now; an ask may go on later.
  void Fill(VantageId vantage);
  /// Of a row that was filled: the cell at that position of the vantage's ask.
  [[nodiscard]] const CellIntention& At(VantageId vantage, std::size_t position) const;
  /// The rules that decide, in words. Slow: for what a person will read.
  [[nodiscard]] Judgement Explain(VantageId vantage, TargetId target) const;
  void Drop(VantageId vantage);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the other vantages show about a scan's targets and its enforcer.
struct Controls {
  static constexpr std::uint32_t kNobody = 0xffffffff;
  std::vector<std::uint32_t> open_from;  ///< by target: a vantage that found it open, or kNobody
  /// By target: a vantage that found it open or, by a node's own word, closed. Of UDP targets, open
  /// alone: the ICMP errors of closed ports are rate-limited (Linux: icmp_ratelimit), so that their
  /// absence is no news.
  std::vector<std::uint32_t> reached_from;
  /// By vantage: its network shows life, since something answered it, or somebody reached it.
  std::vector<bool> alive;
  std::vector<bool> translated;  ///< by target: it leads to pods by address translation
  std::vector<bool> several;     ///< by target: to more than one, so that each try may meet another
  /// Of the connection that the canary's policy denies; kNotProbed where that shows nothing.
  Outcome canary = Outcome::kNotProbed;
  /// Why it shows nothing: kNoPolicy or kUnreached; otherwise kUnknown.
  Enforcement canary_gap = Enforcement::kUnknown;
  bool denies_by_reset = false;  ///< an enforcer's RST was seen
};
[[nodiscard]] Controls FindControls(const ScanPlan& plan, const ReachMatrix& observed);
/// A denied cell whose RST a control unmasks shows how this enforcer denies, wherever the canary
/// stands: sets denies_by_reset then.
void FindResets(const ScanPlan& plan, const ReachMatrix& observed, const IntentionTable& intentions,
                Controls& controls);
[[nodiscard]] Enforcement EnforcementOf(const Controls& controls);

/// What a cell is decided by, beside what was intended and seen.
struct CellFacts {
  Protocol protocol = Protocol::kTcp;
  bool translated = false;      ///< it leads to pods by address translation
  bool several = false;         ///< to more than one: what a control met may be another pod
  bool open_elsewhere = false;  ///< another vantage found the target open
  bool reached = false;         ///< a control reached the target
  bool alive = false;           ///< of the vantage
  Outcome canary = Outcome::kNotProbed;
  bool denies_by_reset = false;
};
/// The design's table of verdicts, after the controls have told an enforcer's RST from a target's
/// and a blocked path from a dead target. Pure.
[[nodiscard]] CellKind Decide(const CellIntention& intended, const Observation& seen,
                              const CellFacts& facts);
[[nodiscard]] CellFacts FactsOf(const ScanPlan& plan, const Controls& controls, VantageId vantage,
                                TargetId target);

/// The open ports worth asking what answers there: sensitive ones, the catalogue's others where
/// they are declared, undeclared ones, metadata, DNS and leaks. Each once, by a pod's vantage that
/// found it open, best one in another namespace; by vantage, with the work spread. Of the vantages
/// given, and of targets that `known` doesn't have.
[[nodiscard]] std::vector<std::set<TargetId>> WhatToIdentify(
    const ScanPlan& plan, const ReachMatrix& observed, const IntentionTable& intentions,
    std::span<const VantageId> vantages, const std::map<TargetId, IdentifiedService>& known);

/// What a record is made of.
struct JudgedScan {
  const Evaluator& evaluator;
  const ScanPlan& plan;
  ReachMatrix& observed;       ///< rows are dropped as they are judged
  IntentionTable& intentions;  ///< the same
  const DiscoveryPlan& discovery;
  std::map<TargetId, IdentifiedService> services;
  std::map<VantageId, std::string> faults;  ///< why a vantage's report isn't whole
};

/// Judges every cell and makes the record of it: vantages, targets, cells, coverage and gaps. The
/// findings are added by AddFindings. Pure, but for the rows that it drops.
[[nodiscard]] ScanRecord MakeRecord(JudgedScan scan);

/// Derives the findings from a record that MakeRecord made; sorts them, the worst first.
void AddFindings(const Evaluator& evaluator, const ScanPlan& plan, ScanRecord& record);

}  // namespace podreach
