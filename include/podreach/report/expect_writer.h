#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "podreach/policy/intended_matrix.h"

namespace podreach {

/// Writes an intended matrix as it comes, one pair after the other. ExpectFormats() makes them.
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

}  // namespace podreach
