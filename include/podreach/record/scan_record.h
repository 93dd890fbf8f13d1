#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/severity.h"
#include "podreach/reach/reach_matrix.h"
#include "podreach/reach/target.h"

/// A finished scan as one self-contained value. Everything that is shown, stored, compared or
/// exported is made from it alone: it refers to no plan, no snapshot and no evaluator.
namespace podreach {

/// What the canary showed: podreach denies one of its own probes to another.
enum class Enforcement : std::uint8_t {
  kUnknown,      ///< the canary gave no answer
  kNoPolicy,     ///< unknown: the canary's policy couldn't be made
  kUnreached,    ///< unknown: nobody reached the canary's target, so that it may have been down
  kBySilence,    ///< the denied connection met silence
  kByIcmp,       ///< it was refused by an ICMP error
  kByReset,      ///< it was refused by an RST
  kNotEnforced,  ///< it got through
};
/// "unknown", "no-policy", "unreached", "by-silence", "by-icmp", "by-reset", "not-enforced".
[[nodiscard]] std::string_view ToString(Enforcement enforcement);
[[nodiscard]] std::optional<Enforcement> ParseEnforcement(std::string_view word);

/// Why a verdict isn't plain, as a code. The report has the words.
enum class Reason : std::uint8_t {
  kNone,
  kControlReaches,    ///< silence, and the target's control reaches it
  kNoControl,         ///< silence, and no control reached the target
  kUdpSilence,        ///< UDP silence proves nothing
  kDeadVantage,       ///< silence, but nothing at all answered this vantage or reached it
  kNotEnforced,       ///< silence, but the canary shows that policies are not enforced
  kLossy,             ///< silence, but many packets to this host were lost
  kOpenElsewhere,     ///< refused, but the target's control finds it open
  kResetIsAmbiguous,  ///< an RST, and this cluster's enforcer denies by RST
  kOneOfSeveral,      ///< silence, and the control may have met another of the Service's backends
  kServiceRefusal,    ///< refused through a Service: whose answer it is can't be told
  kUnclearPolicy,     ///< what the policies intend is unknown; a rule says why
  kBackendsDiffer,    ///< the Service's backends are judged differently
  kNoEndpoint,        ///< the Service has no ready endpoint in the snapshot
  kNodePortSource,    ///< through a NodePort the enforcer may see the node as the source
  kSidecar,  ///< only a mesh denies it, and a connection to a sidecar succeeds all the same
  kNoClass,  ///< a probe without a policy class
};
inline constexpr std::size_t kReasons = 17;
/// "none", "control-reaches", ... : the code as it is written in records.
[[nodiscard]] std::string_view ToString(Reason reason);
[[nodiscard]] std::optional<Reason> ParseReason(std::string_view word);
/// Whether the reason says why the expectation is unknown.
[[nodiscard]] bool IsOfExpectation(Reason reason);

/// All that is said of a cell but its evidence. Cells have few distinct kinds: a record lists each
/// once.
struct CellKind {
  Expectation expectation = Expectation::kUnknown;
  Basis basis = Basis::kUnknown;
  Outcome outcome = Outcome::kNotProbed;  ///< after the controls
  Outcome seen = Outcome::kNotProbed;     ///< what the probe itself said
  bool unsure = false;                    ///< a silence that packet loss may explain
  NotProbed why = NotProbed::kNone;       ///< of a cell without an observation
  Verdict verdict = Verdict::kUnknown;
  Reason reason = Reason::kNone;
  friend auto operator<=>(const CellKind&, const CellKind&) = default;
};

/// A rule that decided, or an isolation without a rule that allows.
struct RecordedRule {
  enum class Direction : std::uint8_t { kIngress, kEgress };
  Direction direction = Direction::kIngress;
  std::string policy;  ///< "shop/default-deny"; empty where no policy decides
  std::string field;   ///< "spec.ingress[0].from[1]"; may be empty
  std::string text;    ///< one sentence
  std::string place;   ///< "shop.yaml:12"; empty from a server
  friend auto operator<=>(const RecordedRule&, const RecordedRule&) = default;
};

/// What is known of cells beyond their kind.
struct Evidence {
  std::optional<IcmpError> icmp = {};
  int error_number = 0;                   ///< errno
  std::vector<std::uint32_t> rules = {};  ///< indices into ScanRecord::rules
  [[nodiscard]] bool empty() const { return !icmp && error_number == 0 && rules.empty(); }
  friend auto operator<=>(const Evidence&, const Evidence&) = default;
};

/// Cells [first, first + count) of a row have this evidence.
struct EvidenceRun {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t evidence = 0;  ///< index into ScanRecord::evidence
  friend bool operator==(const EvidenceRun&, const EvidenceRun&) = default;
};

/// The kinds of a row's cells, run by run: "A120B" is 120 cells of kind 0 and one of kind 1. Kinds
/// 0 to 51 are A-Z and a-z, others "(52)".
class CellRuns {
 public:
  CellRuns() = default;
  explicit CellRuns(std::string text) : text_(std::move(text)) {}
  void Add(std::uint32_t kind);
  /// The written form. Call it when all cells were added.
  [[nodiscard]] const std::string& text() const;
  /// Gives each run; false where the text is malformed.
  bool ForEach(const std::function<void(std::uint32_t kind, std::uint32_t count)>& give) const;
  friend bool operator==(const CellRuns& a, const CellRuns& b) { return a.text() == b.text(); }

 private:
  void Flush() const;
  mutable std::string text_;
  mutable std::uint32_t kind_ = 0;
  mutable std::uint32_t count_ = 0;
};

/// What one vantage was asked, and what came of it.
struct RecordedRow {
  std::uint32_t ask = 0;  ///< index into ScanRecord::asks
  CellRuns cells;
  std::vector<EvidenceRun> evidence;  ///< ascending, none overlaps
  friend bool operator==(const RecordedRow&, const RecordedRow&) = default;
};

struct RecordedVantage {
  VantageKind kind = VantageKind::kBare;
  std::string ns;
  std::string name;  ///< "shop (bare)"
  std::string pod;
  std::string node;
  std::map<std::string, std::string, std::less<>> labels;
  std::vector<std::string> stands_for;  ///< "shop/web[Deployment]"
  std::string fault;                    ///< why its report isn't whole; empty where it is
  std::optional<RecordedRow> row;       ///< absent for the canary, and where nothing was asked
  friend bool operator==(const RecordedVantage&, const RecordedVantage&) = default;
};

/// Pods of one workload that are alike to policies.
struct RecordedGroup {
  std::string ns;
  std::string workload;
  std::uint32_t pods = 0;
  std::uint32_t asked = 0;  ///< of which so many were asked
  friend bool operator==(const RecordedGroup&, const RecordedGroup&) = default;
};

/// A place behind a Service's or a NodePort's target.
struct RecordedBackend {
  std::string workload;
  IpAddress address;
  Port port;
  friend bool operator==(const RecordedBackend&, const RecordedBackend&) = default;
};

/// What kind of thing was found. The report's table has each one's words.
enum class FindingKind : std::uint8_t {
  kNotEnforced,
  kLeak,
  kBroken,
  kExposed,
  kUngoverned,
  kUndeclaredListener,
  kSelectsNothing,
  kNoDefaultDeny,
  kHostNetwork,
  kDeviation,
  kIntent,
  kIntentUnproven,
  kGap,
};
/// "not-enforced", "leak", "broken", "exposed", "ungoverned", "undeclared-listener",
/// "selects-nothing", "no-default-deny", "host-network", "deviation", "intent", "intent-unproven",
/// "gap".
[[nodiscard]] std::string_view ToString(FindingKind kind);
[[nodiscard]] std::optional<FindingKind> ParseFindingKind(std::string_view word);

/// A verdict or a fact worth a person's time.
struct Finding {
  FindingKind kind = FindingKind::kGap;
  std::string id;  ///< stable over scans: "PR-LEAK shop(bare)->bank/db[StatefulSet]:5432/TCP"
  Severity severity = Severity::kInfo;
  std::string title;
  std::vector<std::string> evidence = {};  ///< cells or objects
  std::vector<std::string> policies = {};  ///< "bank/default-deny" concerned
  std::string remedy = {};
  std::vector<std::string> references = {};  ///< "OWASP Kubernetes Top Ten 2022 K07"
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// So many of so many.
struct Share {
  std::uint64_t of = 0;    ///< that there are
  std::uint64_t have = 0;  ///< that were reached
  friend bool operator==(const Share&, const Share&) = default;
};

/// A class or a namespace that no probe stands for, and why.
struct RecordedMissing {
  std::string what;
  std::string reason;
  std::string why;  ///< the code: "noticed", "failed", "rotation", ...
  friend bool operator==(const RecordedMissing&, const RecordedMissing&) = default;
};

/// Which share of what could matter was really probed.
struct Coverage {
  /// Of all vantages, also of those that couldn't be planned; and of these probed. Vantages that
  /// wait for their turn aren't counted.
  Share cells;
  Share pods;        ///< that run in the scope, and that were asked from a vantage
  Share workloads;   ///< with such pods, and with one that was asked
  Share namespaces;  ///< in the scope, and with a vantage that saw something
  Share vantages;    ///< policy classes and namespaces, and those that a probe stood for
  Share swept;       ///< target groups, and those whose 65,535 ports were looked at
  std::vector<std::string> swept_next = {};  ///< workloads whose turn comes next
  std::vector<RecordedMissing> missing = {};
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

/// Something that couldn't be read or evaluated.
struct RecordedGap {
  std::string resource;
  std::string reason;
  friend bool operator==(const RecordedGap&, const RecordedGap&) = default;
};

/// How a scan went.
struct ScanInfo {
  std::string cluster;
  std::string server_version;
  std::string scan_id;
  std::string started;  ///< RFC 3339, UTC
  std::string depth;    ///< "standard"
  std::string scope;    ///< what the user limited it to: "-n shop --to shop/db"; may be empty
  std::uint64_t rotation = 0;
  bool enumerated = true;  ///< every pod was asked, not one for each policy class
  bool incomplete = false;
  bool left_behind = false;  ///< the cleanup failed: something of the scan is still there
  std::vector<std::pair<std::string, std::chrono::milliseconds>> phases;
  std::uint64_t api_requests = 0;
  std::uint64_t attempts = 0;
  std::uint64_t probes = 0;
  friend bool operator==(const ScanInfo&, const ScanInfo&) = default;
};

struct ScanRecord {
  ScanInfo info;
  Enforcement enforcement = Enforcement::kUnknown;
  Coverage coverage;
  std::vector<RecordedVantage> vantages;  ///< by VantageId
  std::vector<RecordedGroup> groups;      ///< by GroupId
  std::vector<Place> places;              ///< by PlaceId
  std::vector<Target> targets;            ///< by TargetId; a place's targets stand together
  std::map<TargetId, std::vector<RecordedBackend>> backends;
  std::map<TargetId, VantageId> controls;   ///< who reached the target, or found it open
  std::vector<std::vector<TargetId>> asks;  ///< what rows were asked, position by position
  std::vector<CellKind> kinds;
  std::vector<RecordedRule> rules;
  std::vector<Evidence> evidence;
  std::map<TargetId, IdentifiedService> services;  ///< of open ports that were asked
  std::vector<Finding> findings;                   ///< worst first
  std::vector<RecordedGap> gaps;
  friend bool operator==(const ScanRecord&, const ScanRecord&) = default;

  [[nodiscard]] const Place& place(TargetId id) const {
    return places[Index(targets[Index(id)].place)];
  }
  [[nodiscard]] const Target& target(TargetId id) const { return targets[Index(id)]; }
};

/// One cell of a record, put together.
struct RecordedCell {
  VantageId vantage{};
  TargetId target{};
  const CellKind* kind = nullptr;
  const Evidence* evidence = nullptr;  ///< null where there is none
};

/// Gives every cell, vantage by vantage.
void ForEachCell(const ScanRecord& record, const std::function<void(const RecordedCell&)>& give);
/// Gives the cells of one vantage.
void ForEachCell(const ScanRecord& record, VantageId vantage,
                 const std::function<void(const RecordedCell&)>& give);

/// How many cells have each verdict; by the value of the enum.
[[nodiscard]] std::array<std::uint64_t, kVerdicts.size()> CountVerdicts(const ScanRecord& record);

}  // namespace podreach
