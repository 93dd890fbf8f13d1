#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "podreach/base/severity.h"
#include "podreach/plan/scan_plan.h"
#include "podreach/policy/evaluator.h"
#include "podreach/reach/reach_matrix.h"

namespace podreach {

/// One cell, judged.
struct JudgedCell {
  VantageId vantage{};
  TargetId target{};
  Expectation expectation = Expectation::kUnknown;
  Outcome outcome = Outcome::kNotProbed;  ///< after the controls
  Outcome seen = Outcome::kNotProbed;     ///< what the probe itself said
  bool unsure = false;                    ///< a silence that packet loss may explain
  Verdict verdict = Verdict::kUnknown;
  std::vector<DecidingRule> rules;
  std::string
      because;  ///< why the verdict isn't plain: which control, which evidence; may be empty
};

/// A verdict or a fact worth a person's time.
struct Finding {
  std::string id;  ///< stable over scans: "PR-LEAK shop(bare)->bank/db[StatefulSet]:5432/TCP"
  Severity severity = Severity::kInfo;
  std::string title;
  std::vector<std::string> evidence;  ///< cells or objects, at most a few, and how many more
  std::vector<std::string> policies;  ///< "bank/default-deny" concerned
  std::string remedy;
  std::vector<std::string> references;  ///< "OWASP Kubernetes Top Ten 2022 K07"
};

struct Coverage {
  std::size_t cells =
      0;  ///< that could matter: planned, and those of what couldn't be planned are in not_covered
  std::size_t probed = 0;  ///< with an outcome of the target
  std::size_t namespaces = 0;
  std::size_t namespaces_covered = 0;
  std::vector<NotCovered> not_covered;
};

struct ScanReport {
  std::string cluster;
  std::string server_version;
  std::string scan_id;
  std::string started;  ///< RFC 3339, UTC
  std::string
      enforcer;  ///< what the canary showed: "denies by silence", "policies are not enforced", ...
  bool denies_by_silence = false;  ///< the canary's denied connection met silence
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases;
  std::uint64_t api_requests = 0;
  std::uint64_t attempts = 0;
  bool incomplete = false;
  std::vector<SnapshotGap> gaps;
  ScanPlan plan;
  Coverage coverage;
  std::vector<JudgedCell> cells;
  std::map<TargetId, IdentifiedService> services;  ///< of open ports that were asked
  std::vector<Finding> findings;                   ///< worst first
};

/// Judges every cell by the design's table, after the controls have told an enforcer's RST from a
/// target's and a blocked path from a dead target, and derives the findings. Fills coverage, cells,
/// findings and enforcer of the report; its plan is `plan`. Pure.
[[nodiscard]] ScanReport Compare(const Evaluator& evaluator, ScanPlan plan,
                                 const ReachMatrix& observed,
                                 std::map<TargetId, IdentifiedService> services = {});

/// The open ports worth asking what answers there: sensitive ones, the catalogue's others where
/// they are declared, metadata, DNS and leaks. Each once, by a pod's vantage that found it open,
/// best one in another namespace; by vantage, with the work spread.
[[nodiscard]] std::vector<std::set<TargetId>> WhatToIdentify(const ScanReport& report);

}  // namespace podreach
