#pragma once

#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
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
  /// Indices into `policies`: those that isolate the class in that direction, and those that may.
  [[nodiscard]] const std::vector<std::uint32_t>& Isolating(ClassId id, Direction direction) const;
  [[nodiscard]] const std::vector<std::uint32_t>& Unread(ClassId id, Direction direction) const;

 private:
  using PolicyIndex = std::uint32_t;
  /// The peers and the policies that a pod selector of one namespace stands for.
  struct LocalUse {
    std::vector<PolicyIndex> subjects;
    std::optional<PodSetId> peers;
  };
  struct NamespaceEntry {
    Labels labels;
    std::vector<SelectorId> matching;  // namespace selectors, ascending
    std::map<SelectorId, LocalUse> uses;
  };
  struct PodSet {
    ClassSet classes;
    std::set<PortName> names;  // that egress rules towards these pods look up
  };
  /// What policies see of a label set in a namespace.
  struct Signature {
    std::vector<PolicyIndex> subjects;
    std::vector<PodSetId> peers;
    friend auto operator<=>(const Signature&, const Signature&) = default;
  };
  struct Directions {
    std::vector<PolicyIndex> ingress;
    std::vector<PolicyIndex> egress;
  };
  using NamespaceMap = std::map<std::string, NamespaceEntry, std::less<>>;
  using ClassKey = std::tuple<std::string, bool, Signature, std::vector<ContainerPort>>;
  using Group = std::tuple<std::string, Labels, std::vector<ContainerPort>>;

  void RegisterSubject(PolicyIndex index);
  void RegisterRules(PolicyIndex index, Direction direction);
  PodSetId RegisterPeer(const PodPeer& peer);
  NamespaceEntry& EntryOf(const std::string& ns);
  void ClassifyAll();
  [[nodiscard]] Signature SignatureOf(const NamespaceEntry& ns, const Labels& labels) const;
  [[nodiscard]] std::vector<ContainerPort> RelevantPorts(
      const Signature& signature, const std::vector<ContainerPort>& ports) const;
  [[nodiscard]] Labels Minimal(const NamespaceEntry& ns, const Labels& labels,
                               const Signature& signature) const;
  ClassId ClassFor(const std::string& ns, const Labels& labels,
                   const std::vector<ContainerPort>& ports);
  ClassId NodeClassFor(const std::string& ns);
  PolicyClass& AddClass(const std::string& ns);
  void Enrol(PolicyClass& added, const Signature& signature);

  const Snapshot& snapshot_;
  std::vector<PolicyRules>& policies_;
  SelectorIndex pod_selectors_;
  SelectorIndex namespace_selectors_;
  NamespaceMap namespaces_;
  std::vector<PodSet> pod_sets_;
  std::map<std::pair<SelectorId, SelectorId>, PodSetId>
      scoped_;  // namespace selector, pod selector
  std::map<SelectorId, std::vector<std::pair<SelectorId, PodSetId>>> scoped_by_pods_;
  std::vector<PolicyIndex> everywhere_;            // policies of every namespace
  std::vector<std::set<PortName>> subject_names_;  // by policy: looked up on its ingress subjects
  std::set<PortName> names_of_everyone_;           // looked up on any destination
  std::set<std::string, std::less<>> all_names_;

  std::vector<PolicyClass> classes_;
  std::vector<Directions> isolating_;  // by class
  std::vector<Directions> unread_;
  std::map<ClassKey, ClassId> by_key_;
  std::map<Group, ClassId> by_group_;  // the answers so far, by what could matter
  std::vector<std::optional<ClassId>> class_of_;
};

}  // namespace podreach::policy
