#pragma once

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "podreach/policy/intended_matrix.h"

namespace podreach {

/// Writes an intended matrix as it comes, one pair after the other.
class ExpectWriter {
 public:
  virtual ~ExpectWriter() = default;
  virtual void Begin() {}
  /// What one of the ends holds, where they are classes; before all pairs.
  virtual void Class(const std::string& /*name*/, std::size_t /*pods*/,
                     const std::vector<std::string>& /*workloads*/) {}
  virtual void Pair(const std::string& source, const std::string& destination,
                    const IntendedConnection& connection) = 0;
  /// Whether all pairs are to be given once more, to Again(): what comes last is not kept.
  [[nodiscard]] virtual bool GoesAgain() const { return false; }
  virtual void Again(const std::string& /*source*/, const std::string& /*destination*/,
                     const IntendedConnection& /*connection*/) {}
  virtual void End() {}
};

/// Each writes to `out`, which must outlive it.

/// A line a pair: "shop/web[Deployment] -> shop/db[StatefulSet]  TCP 5432".
[[nodiscard]] std::unique_ptr<ExpectWriter> MakeExpectTable(std::ostream& out);
/// schema podreach.io/expect/v1. Classes, where there are any, stand before the connections.
[[nodiscard]] std::unique_ptr<ExpectWriter> MakeExpectJson(std::ostream& out);
/// A header, then source,destination,protocol,first,last,unknown (RFC 4180).
[[nodiscard]] std::unique_ptr<ExpectWriter> MakeExpectCsv(std::ostream& out);
/// A graph in Graphviz' DOT language; what is unknown is dashed.
[[nodiscard]] std::unique_ptr<ExpectWriter> MakeExpectDot(std::ostream& out);

/// "TCP 80,443; UDP 53", "all", or empty.
[[nodiscard]] std::string PortsText(const std::array<PortSet, 3>& by_protocol);

}  // namespace podreach
