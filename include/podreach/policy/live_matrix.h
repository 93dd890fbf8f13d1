#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <variant>

#include "podreach/policy/evaluator.h"
#include "podreach/policy/matrix_diff.h"

namespace podreach {

/// An object whose change may change what the policies intend.
using ClusterObject = std::variant<Namespace, Node, Pod, PolicyDocument>;

/// What became of an object, as a watch tells it (ADDED and MODIFIED, or DELETED).
enum class ObjectEvent : std::uint8_t { kPut, kDeleted };

/// The intended matrix of a cluster that changes, by workload: each change recomputes what it
/// touches and no more.
///
/// A change of a policy asks its subjects alone, a change of a pod its workload alone, whatever the
/// size of the cluster. Some changes are rare and touch what everything hangs on: nodes, policies
/// that name nodes, the first IPv6 address, the first pod of a mesh's mode, namespaces that
/// Calico's NetworkSets take labels from. Then both states are computed from scratch and compared;
/// the answer is the same, and says so. Policies that were once there leave classes of pods told
/// apart that nothing tells apart any more: when they are too many, all is built anew, too.
///
/// Not for several threads at once.
class LiveMatrix {
 public:
  /// Names are those of IntendedMatrix's ends; they live as long as the call.
  using Give = std::function<void(std::string_view source, std::string_view destination,
                                  const PortsChange& change)>;

  LiveMatrix(Snapshot snapshot, EnforcerProfile profile);
  ~LiveMatrix();
  LiveMatrix(LiveMatrix&&) noexcept;
  LiveMatrix& operator=(LiveMatrix&&) noexcept;

  struct Applied {
    MatrixDiff diff;  ///< as DiffMatrices tells it of the states before and after
    bool from_scratch = false;
  };
  /// Takes in an object as it is now; of a deleted one its name (and kind) counts alone. Gives each
  /// pair of ends that changes, once, in no particular order.
  Applied Apply(ObjectEvent event, ClusterObject object, const Give& give);

  /// The cluster as it is now.
  [[nodiscard]] Snapshot snapshot() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  EnforcerProfile profile_;
};

}  // namespace podreach
