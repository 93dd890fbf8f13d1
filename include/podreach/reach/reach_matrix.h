#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "podreach/net/ip_address.h"
#include "podreach/net/service_identity.h"
#include "podreach/reach/icmp_error.h"
#include "podreach/reach/ids.h"
#include "podreach/reach/outcome.h"

namespace podreach {

/// Why a cell has no observation.
enum class NotProbed : std::uint8_t {
  kNone,         ///< it has one
  kNoReport,     ///< the vantage's probe didn't start, or its report lacks the cell
  kNoResponder,  ///< the probe that should answer there didn't start
  kTargetMoved,  ///< the target went away, restarted or changed during the scan
  /// Policies, labels or endpoints that bear on it changed during the scan.
  kGroundChanged,
  kUnconfirmed,  ///< it disagreed once, and the scan was stopped before that was confirmed
};
/// "", "no-report", "no-responder", "target-moved", "ground-changed", "unconfirmed".
[[nodiscard]] std::string_view ToString(NotProbed why);
[[nodiscard]] std::optional<NotProbed> ParseNotProbed(std::string_view word);

/// One observed cell.
struct Observation {
  Outcome outcome = Outcome::kNotProbed;
  bool unsure = false;  ///< a silence that packet loss may explain
  std::optional<IcmpError> icmp = {};
  int error_number = 0;  ///< errno, of a local-error or of an unreachable
  NotProbed why = NotProbed::kNone;
  friend bool operator==(const Observation&, const Observation&) = default;
  friend auto operator<=>(const Observation&, const Observation&) = default;
};

/// What answered at a target, and who asked.
struct IdentifiedService {
  VantageId asked_from{};
  ServiceIdentity service;
  friend bool operator==(const IdentifiedService&, const IdentifiedService&) = default;
};

/// The targets of a row, shared by the rows that are asked the same.
using TargetList = std::shared_ptr<const std::vector<TargetId>>;

/// What each vantage saw of the targets that it was asked about. A cell costs one byte: the number
/// of an Observation that the matrix has in a table, each distinct one once. The rare row of more
/// than 254 distinct observations keeps the rest in a map beside it.
class ReachMatrix {
 public:
  explicit ReachMatrix(std::size_t vantages);

  [[nodiscard]] std::size_t vantages() const { return rows_.size(); }
  /// Gives a vantage its targets; every cell of it is not-probed then, with this reason.
  void SetRow(VantageId vantage, TargetList targets, NotProbed why = NotProbed::kNoReport);
  /// Lets a row go on: `targets` begins with those that it has. The new cells are not-probed.
  void Extend(VantageId vantage, TargetList targets, NotProbed why = NotProbed::kNoReport);
  /// Empty where the vantage has no row.
  [[nodiscard]] std::span<const TargetId> targets(VantageId vantage) const;
  [[nodiscard]] const TargetList& list(VantageId vantage) const {
    return rows_.at(Index(vantage)).targets;
  }
  [[nodiscard]] const Observation& At(VantageId vantage, std::size_t position) const;
  void Set(VantageId vantage, std::size_t position, const Observation& seen) {
    Fill(vantage, position, 1, seen);
  }
  /// Sets cells [first, first + count) of a row.
  void Fill(VantageId vantage, std::size_t first, std::size_t count, const Observation& seen);
  /// Drops a row's cells, once they were judged.
  void Drop(VantageId vantage);

 private:
  static constexpr std::uint8_t kElsewhere = 255;
  struct Row {
    TargetList targets;
    std::vector<std::uint8_t> cells;
    std::map<std::uint32_t, std::uint32_t> elsewhere;  // position -> index into known_
    std::vector<std::uint32_t> palette;                // the row's byte -> index into known_
    std::map<std::uint32_t, std::uint8_t> byte_of;     // the other way
  };
  std::uint32_t Intern(const Observation& seen);

  std::vector<Row> rows_;
  std::vector<Observation> known_;
  std::map<Observation, std::uint32_t> number_of_;
  std::uint32_t last_ = 0;  ///< the number that was given last
};

}  // namespace podreach
