#pragma once

#include "podreach/policy/matrix_diff.h"

namespace podreach {

/// Writes what changes between two states as it comes, one pair after the other. DiffFormats()
/// makes them.
class DiffWriter {
 public:
  virtual ~DiffWriter() = default;
  virtual void Begin() {}
  virtual void Change(const ChangedConnection& change) = 0;
  virtual void End(const MatrixDiff& diff) = 0;
};

}  // namespace podreach
