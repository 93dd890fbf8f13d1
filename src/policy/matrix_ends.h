#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "podreach/policy/intended_matrix.h"
#include "policy/unit_table.h"

namespace podreach::policy {

/// Pods of an end that no policy tells apart.
struct EndMember {
  EndUnits units;
  bool several = false;              ///< pods; a template stands for several
  std::vector<std::uint32_t> nodes;  ///< that they run on, ascending
  bool node_unknown = false;         ///< of one of them
  friend bool operator==(const EndMember&, const EndMember&) = default;
};

/// What a matrix is about, by workload, pod, namespace or class. The snapshot and the units must
/// outlive it.
class MatrixEnds {
 public:
  MatrixEnds(const Snapshot& snapshot, const UnitTable& units, GroupBy group_by);
  /// By name, then by units.
  MatrixEnds(const Snapshot& snapshot, const UnitTable& units,
             const std::vector<std::string>& end_of_pod);

  struct End {
    std::string name;
    std::vector<EndMember> members;
    std::vector<std::string> workloads;
    std::vector<std::size_t> pods;  ///< indices into the snapshot's
  };
  struct Place {
    std::size_t end = 0;
    std::size_t member = 0;
  };
  [[nodiscard]] const std::vector<End>& ends() const { return ends_; }
  /// The members that are of a unit; a node's by its unit as another node.
  [[nodiscard]] const std::vector<Place>& PlacesOf(UnitId unit) const { return places_[unit]; }
  /// To be called after units were added, before their places are asked for.
  void KeepUp() { places_.resize(units_.size()); }
  /// A new end without pods.
  std::size_t AddEnd(std::string name);
  /// Gives an end other pods, or the same ones that are of other units by now.
  void SetPods(std::size_t end, std::vector<std::size_t> pods);

 private:
  using PodsByName =
      std::map<std::pair<std::string, std::array<UnitId, 2>>, std::vector<std::size_t>>;
  void AddEnds(PodsByName members);
  void FindMembers(End& end);
  void IndexPlaces(std::size_t end);
  void Add(End& end, const Pod& pod, const EndUnits& units);
  void NameClasses();

  const Snapshot& snapshot_;
  const UnitTable& units_;
  std::map<std::string, std::uint32_t> nodes_;
  std::vector<End> ends_;
  std::vector<std::vector<Place>> places_;
};

/// Whether a pod of one member may be to a node of the other what the relation says.
[[nodiscard]] bool MayRelate(const EndMember& one, const EndMember& other, NodeRelation relation);

}  // namespace podreach::policy
