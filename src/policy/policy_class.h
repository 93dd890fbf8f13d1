#pragma once

#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "policy/class_set.h"
#include "policy/rule.h"
#include "policy/selector_index.h"

namespace podreach::policy {

/// Puts pods into classes. Two pods of one namespace share a class where the same policies select
/// them, the same peers match them, and the ports that those look up by name are the same: so a
/// label that no selector looks at, or a value that none tells from another, splits nothing.
///
/// The work grows with the distinct label sets, not with the pods, and for each of them with the
/// selectors that match it, not with all.
class ClassTable {
 public:
  /// Gives every PodPeer in `policies` its PodSetId. Both arguments must outlive the table.
  ClassTable(const Snapshot& snapshot, std::vector<PolicyRules>& policies);
  ClassTable(const ClassTable&) = delete;
  ClassTable& operator=(const ClassTable&) = delete;

  [[nodiscard]] std::span<const PolicyClass> classes() const { return classes_; }
  [[nodiscard]] const PolicyClass& Get(ClassId id) const {
    return classes_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] std::optional<ClassId> ClassOf(std::size_t pod) const { return class_of_[pod]; }
  [[nodiscard]] ClassId Classify(const PodFacts& pod);

  [[nodiscard]] bool Matches(PodSetId peers, ClassId id) const {
    return pod_sets_[static_cast<std::size_t>(peers)].classes.Contains(id);
  }
  /// Indices into `policies`: those that speak of the class in that direction, unread ones too, in
  /// the order in which they are asked.
  [[nodiscard]] const std::vector<std::uint32_t>& Governing(ClassId id, Direction direction) const {
    const auto& of = governing_[static_cast<std::size_t>(id)];
    return direction == Direction::kIngress ? of.ingress : of.egress;
  }

  /// What policies see of a class: classes of several namespaces share it.
  [[nodiscard]] std::uint32_t KindOf(ClassId id) const {
    return kinds_[static_cast<std::size_t>(id)];
  }
  /// The kinds that a set matches, ascending.
  [[nodiscard]] std::span<const std::uint32_t> KindsIn(PodSetId set) const {
    return pod_sets_[static_cast<std::size_t>(set)].kinds;
  }
  [[nodiscard]] std::size_t kind_count() const { return by_sight_.size(); }
  [[nodiscard]] std::size_t set_count() const { return pod_sets_.size(); }

 private:
  using PolicyIndex = std::uint32_t;
  /// The sets that a pod selector stands for.
  using Uses = std::unordered_map<SelectorId, std::vector<PodSetId>>;
  struct NamespaceEntry {
    const Namespace* object = nullptr;  // null where the snapshot has none
    Labels labels;
    Uses uses;  // of this namespace, and of the selectors that match its labels
  };
  struct PodSet {
    ClassSet classes;
    std::vector<std::uint32_t> kinds;
    std::vector<PolicyIndex> subjects_of;  // the policies that these pods are subjects of
    std::set<PortName> names;              // that rules look up on these pods
  };
  /// What policies see of a label set in a namespace: the sets that it is in, ascending.
  using Signature = std::vector<PodSetId>;
  struct Directions {
    std::vector<PolicyIndex> ingress;
    std::vector<PolicyIndex> egress;
  };
  using NamespaceMap = std::map<std::string, NamespaceEntry, std::less<>>;
  using Sight = std::tuple<bool, Signature, std::vector<ContainerPort>>;
  using ClassKey = std::pair<std::string, std::uint32_t>;
  using Group = std::tuple<std::string, Labels, std::vector<ContainerPort>>;

  void RegisterPolicy(PolicyIndex index);
  void RegisterRule(Rule& rule, Direction direction, std::set<PortName>& own_names);
  void RegisterPeers(RulePeer& peer);
  PodSetId RegisterSet(const PodPeer& peer);
  void Fill(NamespaceEntry& entry, const std::string& ns) const;
  NamespaceEntry& EntryOf(const std::string& ns);
  void ClassifyAll();
  [[nodiscard]] Labels Seen(const Pod& pod);
  [[nodiscard]] Signature SignatureOf(const NamespaceEntry& ns, const Labels& labels) const;
  [[nodiscard]] std::vector<ContainerPort> RelevantPorts(
      const Signature& signature, const std::vector<ContainerPort>& ports) const;
  [[nodiscard]] Labels Minimal(const NamespaceEntry& ns, const Labels& labels,
                               const Signature& signature) const;
  ClassId ClassFor(const std::string& ns, const Labels& labels,
                   const std::vector<ContainerPort>& ports);
  ClassId NodeClassFor(const std::string& ns);
  ClassId FindOrAdd(const std::string& ns, const NamespaceEntry* entry, const Labels& labels,
                    Sight sight);
  void Enrol(PolicyClass& added, const Signature& signature);

  const Snapshot& snapshot_;
  std::vector<PolicyRules>& policies_;
  SelectorIndex pod_selectors_;
  SelectorIndex namespace_selectors_;
  NamespaceMap namespaces_;
  std::vector<PodSet> pod_sets_;
  std::map<std::string, std::map<SelectorId, PodSetId>, std::less<>> local_;  // by namespace
  std::map<SelectorId, std::map<SelectorId, PodSetId>> scoped_;  // by namespace selector
  std::map<SelectorId, PodSetId> everywhere_;                    // of all namespaces
  std::set<PortName> names_of_everyone_;                         // looked up on any destination
  std::set<std::string, std::less<>> all_names_;
  std::vector<std::size_t> rank_;  // of each policy, in the order in which they are asked

  std::vector<PolicyClass> classes_;
  std::vector<std::uint32_t> kinds_;  // by class
  std::vector<Directions> governing_;
  std::map<Sight, std::uint32_t> by_sight_;
  std::map<ClassKey, ClassId> by_key_;
  std::map<Group, ClassId> by_group_;  // the answers so far, by what could matter
  std::vector<std::optional<ClassId>> class_of_;
};

}  // namespace podreach::policy
