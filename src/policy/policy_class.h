#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "podreach/cluster/snapshot.h"
#include "policy/rule.h"
#include "policy/selector_index.h"

namespace podreach::policy {

/// What policies see of a class: classes of several namespaces share it.
using KindId = std::uint32_t;
/// Index into the policies that a table is made of.
using PolicyIndex = std::uint32_t;
/// Rules that are of no policy that anybody wrote.
inline constexpr std::uint32_t kNoPolicy = 0xffff'ffff;

/// Puts pods into classes. Two pods of one namespace share a class where the same policies select
/// them, the same peers match them, and the ports that those look up by name are the same: so a
/// label that no selector looks at, or a value that none tells from another, splits nothing.
///
/// The work grows with the distinct label sets, not with the pods, and for each of them with the
/// selectors that match it, not with all.
class ClassTable {
 public:
  /// Gives every PodPeer in `policies` its PodSetId. The arguments must outlive the table.
  /// `known_as` tells by index as which of Evaluator::Policies() people know a policy; without it
  /// classes don't list their policies.
  ClassTable(const Snapshot& snapshot, std::vector<PolicyRules>& policies,
             std::span<const std::uint32_t> known_as = {});
  ClassTable(const ClassTable&) = delete;
  ClassTable& operator=(const ClassTable&) = delete;

  [[nodiscard]] std::span<const PolicyClass> classes() const { return classes_; }
  [[nodiscard]] const PolicyClass& Get(ClassId id) const {
    return classes_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] std::optional<ClassId> ClassOf(std::size_t pod) const { return class_of_[pod]; }
  [[nodiscard]] ClassId Classify(const PodFacts& pod);
  /// The policies that would govern a pod with these labels, ascending, whatever network it uses.
  [[nodiscard]] std::vector<PolicyIndex> Matching(const Pod& pod) const;

  [[nodiscard]] bool Matches(PodSetId peers, ClassId id) const {
    return Matches(peers, KindOf(id));
  }
  [[nodiscard]] bool Matches(PodSetId peers, KindId kind) const {
    return std::ranges::binary_search(Get(peers).kinds, kind);
  }
  /// Indices into `policies`: those that speak of the class in that direction, unread ones too, in
  /// the order in which they are asked.
  [[nodiscard]] const std::vector<PolicyIndex>& Governing(ClassId id, Direction direction) const {
    return Governing(KindOf(id), direction);
  }
  [[nodiscard]] const std::vector<PolicyIndex>& Governing(KindId kind, Direction direction) const {
    const auto& of = governing_[kind];
    return direction == Direction::kIngress ? of.ingress : of.egress;
  }

  [[nodiscard]] KindId KindOf(ClassId id) const { return kinds_[static_cast<std::size_t>(id)]; }
  /// The named ports of such pods that policies refer to.
  [[nodiscard]] const std::vector<ContainerPort>& NamedPorts(KindId kind) const {
    return std::get<2>(*sights_[kind]);
  }
  /// The kinds that a set matches, ascending.
  [[nodiscard]] std::span<const KindId> KindsIn(PodSetId set) const { return Get(set).kinds; }
  [[nodiscard]] std::size_t kind_count() const { return sights_.size(); }

  // What follows changes the table along with the snapshot and the policies. Classes are parted,
  // never joined again: pods that no policy tells apart any more may stay in two. Of a PolicyClass
  // only id, ns and pods are kept up.

  /// Takes up a policy that is in `policies` by now; it governs nobody yet. Gives the pods that are
  /// of another kind since, which is the old one, told apart further.
  [[nodiscard]] std::vector<std::size_t> TakeUp(PolicyIndex index);
  /// From now on it governs its subjects.
  void Govern(PolicyIndex index);
  /// It governs nobody any more.
  void Release(PolicyIndex index);
  /// Asks for a pod's class anew; it may be a new pod, or live no longer.
  void Reclassify(std::size_t pod);
  /// A namespace is there by now, or is another one; the classes of its pods are asked for anew by
  /// Reclassify.
  void SetNamespace(const Namespace& ns);

 private:
  /// The sets that a pod selector stands for.
  using Uses = std::unordered_map<SelectorId, std::vector<PodSetId>>;
  struct NamespaceEntry {
    std::optional<Namespace> object;  // nothing where the snapshot has none
    Labels labels;
    Uses uses;  // of this namespace, and of the selectors that match its labels
  };
  struct PodSet {
    std::vector<KindId> kinds;
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
  using ClassKey = std::pair<std::string, KindId>;
  using Group = std::tuple<std::string, Labels, std::vector<ContainerPort>>;

  [[nodiscard]] const PodSet& Get(PodSetId set) const {
    return pod_sets_[static_cast<std::size_t>(set)];
  }
  [[nodiscard]] PodSet& Get(PodSetId set) { return pod_sets_[static_cast<std::size_t>(set)]; }
  void RegisterPolicy(PolicyIndex index);
  void Enlist(PolicyIndex index);
  void RegisterRule(Rule& rule, Direction direction, std::set<PortName>& own_names);
  void RegisterPeers(RulePeer& peer);
  PodSetId RegisterSet(const PodPeer& peer);
  void Fill(NamespaceEntry& entry, const std::string& ns) const;
  NamespaceEntry& EntryOf(const std::string& ns);
  void ClassifyAll();
  [[nodiscard]] Labels Seen(const Pod& pod) const;
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
  [[nodiscard]] KindId KindFor(Sight sight);
  ClassId AddClass(const std::string& ns, KindId kind);
  void ListPolicies(PolicyClass& added, const Signature& signature) const;
  [[nodiscard]] std::vector<PolicyIndex> SubjectOf(const Signature& signature) const;
  /// Whether one policy is asked before another.
  [[nodiscard]] bool IsBefore(PolicyIndex one, PolicyIndex other) const;

  /// A set that a policy brought along.
  struct NewSet {
    PodSetId id{};
    const PodPeer* pods = nullptr;
  };
  [[nodiscard]] bool Covers(const PodPeer& pods, const std::string& ns) const;
  [[nodiscard]] std::vector<ClassId> ClassesIn(const std::string& ns) const;
  [[nodiscard]] std::vector<ClassId> MayBeParted(const PolicyRules& policy,
                                                 const std::vector<NewSet>& sets) const;
  void Part(ClassId id, const std::vector<NewSet>& sets, bool by_names,
            std::vector<std::size_t>& moved);
  void Take(ClassId id, KindId kind, std::vector<std::size_t> pods);

  const Snapshot& snapshot_;
  std::vector<PolicyRules>& policies_;
  const std::span<const std::uint32_t> known_as_;
  SelectorIndex pod_selectors_;
  SelectorIndex namespace_selectors_;
  NamespaceMap namespaces_;
  std::vector<PodSet> pod_sets_;
  std::map<std::string, std::map<SelectorId, PodSetId>, std::less<>> local_;  // by namespace
  std::map<SelectorId, std::map<SelectorId, PodSetId>> scoped_;  // by namespace selector
  std::map<SelectorId, PodSetId> everywhere_;                    // of all namespaces
  std::set<PortName> names_of_everyone_;                         // looked up on any destination
  std::set<std::string, std::less<>> all_names_;

  std::vector<PolicyClass> classes_;
  std::vector<KindId> kinds_;  // by class
  std::map<Sight, KindId> by_sight_;
  std::vector<const Sight*> sights_;   // the keys of by_sight_, by kind
  std::vector<Directions> governing_;  // by kind
  std::map<ClassKey, ClassId> by_key_;
  std::map<Group, ClassId> by_group_;  // the answers so far, by what could matter
  std::vector<std::optional<ClassId>> class_of_;
};

}  // namespace podreach::policy
