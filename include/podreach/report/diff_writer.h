#pragma once

#include <memory>
#include <ostream>

#include "podreach/policy/matrix_diff.h"

namespace podreach {

/// Writes what changes between two states as it comes, one pair after the other.
class DiffWriter {
 public:
  virtual ~DiffWriter() = default;
  virtual void Begin() {}
  virtual void Change(const ChangedConnection& change) = 0;
  virtual void End(const MatrixDiff& diff) = 0;
};

/// Each writes to `out`, which must outlive it.

/// "+ shop/web[Deployment] -> shop/db[StatefulSet]  TCP 5432", what decided before and after below
/// it; "+" opens, "-" closes, "?+" and "?-" may. The last line counts.
[[nodiscard]] std::unique_ptr<DiffWriter> MakeDiffTable(std::ostream& out);
/// schema podreach.io/diff/v1.
[[nodiscard]] std::unique_ptr<DiffWriter> MakeDiffJson(std::ostream& out);

}  // namespace podreach
