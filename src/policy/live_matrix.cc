#include "podreach/policy/live_matrix.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/mesh.h"
#include "policy/dialects/support/mesh_ports.h"
#include "policy/live_answers.h"
#include "policy/live_objects.h"

namespace podreach {
namespace {

using policy::Direction;
using policy::Formerly;
using policy::PolicyIndex;
using policy::PolicyRules;
using policy::RulePeer;
using policy::UnitId;

constexpr std::array kDirections = {Direction::kEgress, Direction::kIngress};

}  // namespace

struct LiveMatrix::Impl {
  Impl(Snapshot of, const EnforcerProfile& by);

  /// In place, or nothing where that can't be; the snapshot has the object by then.
  [[nodiscard]] bool Change(const Pod& pod, const std::optional<Pod>& old);
  [[nodiscard]] bool Change(const Namespace& ns, const std::optional<Namespace>& old);
  [[nodiscard]] bool Change(const Node& node, const std::optional<Node>& old);
  [[nodiscard]] bool Change(const PolicyDocument& document,
                            const std::optional<PolicyDocument>& old);

  std::optional<Pod> StorePod(ObjectEvent event, const Pod& pod);
  [[nodiscard]] Snapshot Compact() const;
  [[nodiscard]] bool IsWasteful() const;

  [[nodiscard]] std::vector<PolicyRules> ReadNow(const PolicyDocument& one_of);
  [[nodiscard]] bool CanTakeUp(const PolicyRules& rules) const;
  /// Counts a user of IPv6 that comes or goes. False where the first one comes or the last one
  /// goes: then ends without addresses are of other families than before.
  [[nodiscard]] bool CountIpv6(bool goes, bool comes);
  [[nodiscard]] bool ChangeRules(const std::string& cohort, std::vector<PolicyRules> now);
  void TakeUp(PolicyRules rules);
  void Regroup(const std::vector<std::size_t>& pods);
  [[nodiscard]] std::set<std::pair<UnitId, Direction>> SubjectsOf(
      const std::vector<PolicyIndex>& policies) const;
  void CompareSubjects(const Formerly& formerly);

  [[nodiscard]] bool HasUnknownMesh(const Pod& pod) const;
  void ChangePods(const std::vector<std::size_t>& pods, std::set<std::size_t> ends);
  [[nodiscard]] std::size_t EndFor(const Pod& pod);
  void CompareEnds(const Formerly& formerly);

  Snapshot snapshot;
  const EnforcerProfile profile;
  std::map<std::string, std::vector<PolicyIndex>> cohorts;
  policy::Meshes meshes;  ///< those whose defaults and ports are there
  std::vector<policy::MeshPort> mesh_ports;
  std::vector<PolicyRules> rules;  ///< those of changed policies are emptied, not reused
  policy::ClassTable table;
  policy::UnitTable units;
  policy::PortsPool pool;
  std::vector<PolicyIndex> node_policies;
  policy::SideProfiles profiles;
  policy::MatrixEnds ends;
  policy::LiveAnswers answers;
  std::unordered_map<std::string, std::size_t> pods;       ///< "shop/web-1"
  std::unordered_map<std::string, std::size_t> end_names;  ///< by workload
  std::vector<std::size_t> end_of;                         ///< by pod; of live ones
  std::size_t units_at_first;
  std::size_t rules_at_first;
  std::size_t ipv6_users = 0;  ///< policies that name IPv6, and pods that have it

  // Of the change at hand.
  const Give* give = nullptr;
  MatrixDiff* diff = nullptr;

 private:
  std::vector<PolicyRules> ReadAll();
};

namespace {

std::string NameOf(const Pod& pod) { return pod.ns + "/" + pod.name; }

}  // namespace

/// A map of cohorts stands for the order of the policies, too: those read first have lower indices.
std::vector<PolicyRules> LiveMatrix::Impl::ReadAll() {
  std::vector<PolicyRules> all;
  meshes = policy::MeshesOf(snapshot);
  mesh_ports = policy::MeshPortsOf(meshes);
  const auto add = [&](const std::string& cohort, std::vector<PolicyRules> some) {
    policy::AddMeshPorts(mesh_ports, some);
    for (auto& one : some) {
      cohorts[cohort].push_back(static_cast<PolicyIndex>(all.size()));
      all.push_back(std::move(one));
    }
  };
  std::map<std::string, std::vector<const PolicyDocument*>> documents;
  for (const auto& one : snapshot.policy_documents)
    documents[policy::CohortOf(one)].push_back(&one);
  for (const auto& [cohort, some] : documents) add(cohort, policy::ReadCohort(snapshot, some));
  add("unwritten", policy::ReadUnwritten(snapshot, meshes));
  return all;
}

LiveMatrix::Impl::Impl(Snapshot of, const EnforcerProfile& by)
    : snapshot(std::move(of)),
      profile(by),
      rules(ReadAll()),
      table(snapshot, rules),
      units(snapshot, table, profile, rules),
      profiles(rules, table, units, node_policies, pool),
      ends(snapshot, units, GroupBy::kWorkload),
      answers(units, profiles, pool, ends),
      units_at_first(units.size()),
      rules_at_first(rules.size()) {
  for (PolicyIndex i = 0; i < rules.size(); ++i) {
    if (rules[i].nodes) node_policies.push_back(i);
    ipv6_users += policy::HasIpv6(rules[i]) ? 1U : 0U;
  }
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    pods.emplace(NameOf(snapshot.pods[i]), i);
    ipv6_users += policy::HasIpv6(snapshot.pods[i]) ? 1U : 0U;
  }
  end_of.resize(snapshot.pods.size());
  for (std::size_t end = 0; end < ends.ends().size(); ++end) {
    end_names.emplace(ends.ends()[end].name, end);
    // So that no change has to wait for what was there before it.
    for (const auto i : ends.ends()[end].pods) end_of[i] = end;
    for (const auto& member : ends.ends()[end].members) {
      for (const auto unit : member.units.of) {
        for (const auto direction : kDirections) {
          if (unit != policy::EndUnits::kNone) (void)answers.ProfileOf(unit, direction);
        }
      }
    }
  }
}

/// Pods keep their indices: one that is gone leaves an empty place that is never live.
std::optional<Pod> LiveMatrix::Impl::StorePod(ObjectEvent event, const Pod& pod) {
  const auto [found, added] = pods.try_emplace(NameOf(pod), snapshot.pods.size());
  if (added) {
    auto& place = snapshot.pods.emplace_back(pod);
    if (event == ObjectEvent::kDeleted) place.phase = PodPhase::kFailed;
    return std::nullopt;
  }
  auto& place = snapshot.pods[found->second];
  std::optional<Pod> old = place;
  if (event == ObjectEvent::kPut) {
    place = pod;
  } else {
    place.phase = PodPhase::kFailed;
  }
  return old;
}

Snapshot LiveMatrix::Impl::Compact() const {
  Snapshot compact = snapshot;
  std::erase_if(compact.pods, [](const Pod& pod) { return !pod.IsLive(); });
  return compact;
}

bool LiveMatrix::Impl::IsWasteful() const {
  constexpr std::size_t kAlways = 10'000;
  return units.size() > 2 * units_at_first + kAlways || rules.size() > 2 * rules_at_first + kAlways;
}

bool LiveMatrix::Impl::Change(const PolicyDocument& document,
                              const std::optional<PolicyDocument>& /*old*/) {
  return ChangeRules(policy::CohortOf(document), ReadNow(document));
}

/// The policies of the cohort that a document belongs to, which may be gone.
std::vector<PolicyRules> LiveMatrix::Impl::ReadNow(const PolicyDocument& one_of) {
  std::vector<const PolicyDocument*> documents;
  if (policy::IsReadAlone(one_of)) {
    const auto at = policy::Find(snapshot.policy_documents, one_of);
    if (at != snapshot.policy_documents.end()) documents.push_back(&*at);
  } else {
    const auto cohort = policy::CohortOf(one_of);
    for (const auto& one : snapshot.policy_documents) {
      if (!policy::IsReadAlone(one) && policy::CohortOf(one) == cohort) documents.push_back(&one);
    }
  }
  if (documents.empty()) return {};
  auto now = policy::ReadCohort(snapshot, documents);
  policy::AddMeshPorts(mesh_ports, now);
  return now;
}

bool LiveMatrix::Impl::CountIpv6(bool goes, bool comes) {
  const auto before = ipv6_users;
  ipv6_users = ipv6_users + (comes ? 1U : 0U) - (goes ? 1U : 0U);
  return !profile.pod_cidrs.empty() || (before == 0) == (ipv6_users == 0);
}

/// Selectors of nodes, and a family of addresses that nobody had, cut what can't be cut further.
bool LiveMatrix::Impl::CanTakeUp(const PolicyRules& policy) const {
  if (policy.nodes) return false;
  const auto fits = [&](const RulePeer& peer) {
    if (peer.node_labels) return false;
    if (!peer.blocks || units.addresses().has_v6()) return true;
    return std::ranges::all_of(*peer.blocks, [](const IpBlock& block) {
      const auto is_v4 = [](const Cidr& cidr) { return cidr.network().is_v4(); };
      return is_v4(block.cidr) && std::ranges::all_of(block.except, is_v4);
    });
  };
  for (const auto* of : {&policy.ingress_rules, &policy.egress_rules}) {
    for (const auto& rule : *of) {
      if (!std::ranges::all_of(rule.own, fits) || !std::ranges::all_of(rule.peers, fits))
        return false;
    }
  }
  return true;
}

bool LiveMatrix::Impl::ChangeRules(const std::string& cohort, std::vector<PolicyRules> now) {
  auto& standing = cohorts[cohort];
  std::multimap<std::string, PolicyIndex> leaving;
  for (const auto i : standing) leaving.emplace(rules[i].policy, i);
  std::vector<PolicyRules> coming;
  std::vector<PolicyIndex> staying;
  for (auto& one : now) {
    const auto [first, last] = leaving.equal_range(one.policy);
    const auto same =
        std::find_if(first, last, [&](const auto& other) { return rules[other.second] == one; });
    if (same == last) {
      coming.push_back(std::move(one));
    } else {
      staying.push_back(same->second);
      leaving.erase(same);
    }
  }
  bool same_families = true;
  // Those that come are counted first, so that what is there before and after doesn't go between.
  for (const auto& one : coming)
    same_families = CountIpv6(false, policy::HasIpv6(one)) && same_families;
  for (const auto& [name, i] : leaving)
    same_families = CountIpv6(policy::HasIpv6(rules[i]), false) && same_families;
  const bool in_place =
      same_families &&
      std::ranges::all_of(coming, [&](const PolicyRules& one) { return CanTakeUp(one); }) &&
      std::none_of(leaving.begin(), leaving.end(),
                   [&](const auto& one) { return rules[one.second].nodes.has_value(); });
  if (!in_place) return false;

  std::vector<PolicyIndex> added;
  for (auto& one : coming) {
    added.push_back(static_cast<PolicyIndex>(rules.size()));
    TakeUp(std::move(one));
  }
  auto changed = added;
  for (const auto& [name, i] : leaving) changed.push_back(i);
  Formerly formerly;
  for (const auto& [unit, direction] : SubjectsOf(changed)) {
    formerly.profiles.emplace(std::pair(unit, direction), answers.ProfileOf(unit, direction));
    answers.Forget(unit, direction);
  }
  for (const auto& [name, i] : leaving) table.Release(i);
  for (const auto i : added) table.Govern(i);
  CompareSubjects(formerly);
  for (const auto& [name, i] : leaving) rules[i] = {};
  staying.insert(staying.end(), added.begin(), added.end());
  standing = std::move(staying);
  return true;
}

/// Tells apart what the policy tells apart; it governs nobody yet.
void LiveMatrix::Impl::TakeUp(PolicyRules one) {
  const auto index = static_cast<PolicyIndex>(rules.size());
  rules.push_back(std::move(one));
  const auto parted = table.TakeUp(index);
  for (const auto i : parted) units.Place(i, policy::UnitTable::Because::kParted);
  Regroup(parted);
  for (const auto* of : {&rules[index].ingress_rules, &rules[index].egress_rules}) {
    for (const auto& rule : *of) {
      for (const auto* peers : {&rule.own, &rule.peers}) {
        for (const auto& peer : *peers) {
          if (!peer.blocks) continue;
          for (const auto& block : *peer.blocks) Regroup(units.Cut(block));
        }
      }
    }
  }
}

/// The pods are of other units by now.
void LiveMatrix::Impl::Regroup(const std::vector<std::size_t>& moved) {
  std::set<std::size_t> touched;
  for (const auto i : moved) touched.insert(end_of[i]);
  for (const auto end : touched) ends.SetPods(end, ends.ends()[end].pods);
}

std::set<std::pair<UnitId, Direction>> LiveMatrix::Impl::SubjectsOf(
    const std::vector<PolicyIndex>& policies) const {
  std::set<std::pair<UnitId, Direction>> subjects;
  for (const auto i : policies) {
    for (const auto& subject : rules[i].subjects) {
      for (const auto kind : table.KindsIn(subject.set)) {
        for (const auto unit : units.UnitsOfKind(kind)) {
          for (const auto direction : kDirections) {
            if (rules[i].Covers(direction)) subjects.emplace(unit, direction);
          }
        }
      }
    }
  }
  return subjects;
}

/// Gives what changed for ends that other policies govern by now.
void LiveMatrix::Impl::CompareSubjects(const Formerly& formerly) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::set<std::pair<std::size_t, Direction>> ranges;
  ends.KeepUp();
  for (const auto& [subject, before] : formerly.profiles) {
    const auto& [unit, direction] = subject;
    const auto& places = ends.PlacesOf(unit);
    if (places.empty()) continue;
    for (const auto far : answers.Differing(unit, direction, formerly)) {
      const bool outside = units.Get(far).kind == policy::EndKind::kOutside;
      for (const auto& place : places) {
        if (outside) ranges.emplace(place.end, direction);
        for (const auto& other : ends.PlacesOf(units.PlaceOf(far))) {
          pairs.push_back(direction == Direction::kEgress ? std::pair(place.end, other.end)
                                                          : std::pair(other.end, place.end));
        }
      }
    }
  }
  std::ranges::sort(pairs);
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (const auto& [source, destination] : pairs)
    answers.ComparePair(source, destination, formerly, *give, *diff);
  for (const auto& [end, direction] : ranges)
    answers.CompareRanges(end, direction, formerly, *give, *diff);
}

bool LiveMatrix::Impl::HasUnknownMesh(const Pod& pod) const {
  if (!pod.IsLive()) return false;
  return !std::ranges::includes(meshes, policy::MeshesOf(pod, snapshot.FindNamespace(pod.ns)));
}

std::size_t LiveMatrix::Impl::EndFor(const Pod& pod) {
  const auto name = pod.workload.ToString();
  const auto found = end_names.find(name);
  if (found != end_names.end()) return found->second;
  return end_names.emplace(name, ends.AddEnd(name)).first->second;
}

bool LiveMatrix::Impl::Change(const Pod& pod, const std::optional<Pod>& old) {
  const auto at = pods.at(NameOf(pod));
  const auto& now = snapshot.pods[at];
  if (!now.IsLive() && (!old || !old->IsLive())) return true;
  if (old && policy::LooksAlike(*old, now)) return true;
  if (HasUnknownMesh(now)) return false;
  if (policy::HasIpv6(now) && !units.addresses().has_v6()) return false;
  if (!CountIpv6(old && policy::HasIpv6(*old), policy::HasIpv6(now))) return false;
  std::set<std::size_t> touched{EndFor(now)};
  if (old) touched.insert(EndFor(*old));
  ChangePods({at}, std::move(touched));
  return true;
}

bool LiveMatrix::Impl::Change(const Namespace& ns, const std::optional<Namespace>& old) {
  const auto* now = snapshot.FindNamespace(ns.name);
  const auto labels = [](const Namespace* of) {
    return of == nullptr ? std::pair<Labels, Labels>{} : std::pair(of->labels, of->mesh_hints);
  };
  if (labels(now) == labels(old ? &*old : nullptr)) return true;
  const bool labels_sets = std::ranges::any_of(
      snapshot.policy_documents,
      [&](const PolicyDocument& one) { return one.kind == "NetworkSet" && one.ns == ns.name; });
  if (labels_sets) return false;
  std::vector<std::size_t> inside;
  std::set<std::size_t> touched;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (snapshot.pods[i].ns != ns.name || !snapshot.pods[i].IsLive()) continue;
    if (HasUnknownMesh(snapshot.pods[i])) return false;
    inside.push_back(i);
    touched.insert(EndFor(snapshot.pods[i]));
  }
  Namespace nameless;
  nameless.name = ns.name;
  table.SetNamespace(now == nullptr ? nameless : *now);
  ChangePods(inside, std::move(touched));
  return true;
}

bool LiveMatrix::Impl::Change(const Node& node, const std::optional<Node>& old) {
  const auto at = policy::Find(snapshot.nodes, node);
  return (at != snapshot.nodes.end()) == old.has_value() && (!old || old->labels == at->labels);
}

/// The pods are others by now; the ends are theirs, before and after.
void LiveMatrix::Impl::ChangePods(const std::vector<std::size_t>& changed,
                                  std::set<std::size_t> touched) {
  Formerly formerly;
  std::map<std::size_t, std::vector<std::size_t>> members;
  for (const auto end : touched) {
    formerly.members.emplace(end, ends.ends()[end].members);
    auto kept = ends.ends()[end].pods;
    std::erase_if(kept, [&](std::size_t i) { return std::ranges::binary_search(changed, i); });
    members.emplace(end, std::move(kept));
  }
  for (const auto i : changed) {
    table.Reclassify(i);
    units.Place(i, policy::UnitTable::Because::kAnother);
    end_of.resize(snapshot.pods.size());
    end_of[i] = EndFor(snapshot.pods[i]);
    if (snapshot.pods[i].IsLive()) members.at(end_of[i]).push_back(i);
  }
  for (auto& [end, pods_of_end] : members) {
    std::ranges::sort(pods_of_end);
    ends.SetPods(end, std::move(pods_of_end));
    const auto& before = formerly.members.at(end);
    const auto& after = ends.ends()[end].members;
    if (before.empty() && !after.empty()) diff->added.push_back(ends.ends()[end].name);
    if (!before.empty() && after.empty()) diff->removed.push_back(ends.ends()[end].name);
    if (before == after) formerly.members.erase(end);
  }
  CompareEnds(formerly);
}

/// Gives what changed for ends whose pods are others by now.
void LiveMatrix::Impl::CompareEnds(const Formerly& formerly) {
  for (const auto& [end, before] : formerly.members) {
    for (std::size_t other = 0; other < ends.ends().size(); ++other) {
      answers.ComparePair(end, other, formerly, *give, *diff);
      // Of two ends that both changed, each gives its own way out.
      if (!formerly.members.contains(other))
        answers.ComparePair(other, end, formerly, *give, *diff);
    }
    for (const auto direction : kDirections)
      answers.CompareRanges(end, direction, formerly, *give, *diff);
  }
}

LiveMatrix::LiveMatrix(Snapshot snapshot, EnforcerProfile profile)
    : impl_(std::make_unique<Impl>(std::move(snapshot), profile)), profile_(std::move(profile)) {}

LiveMatrix::~LiveMatrix() = default;
LiveMatrix::LiveMatrix(LiveMatrix&&) noexcept = default;
LiveMatrix& LiveMatrix::operator=(LiveMatrix&&) noexcept = default;

Snapshot LiveMatrix::snapshot() const { return impl_->Compact(); }

LiveMatrix::Applied LiveMatrix::Apply(ObjectEvent event, ClusterObject object, const Give& give) {
  if (impl_->IsWasteful()) impl_ = std::make_unique<Impl>(impl_->Compact(), profile_);
  Applied applied;
  impl_->give = &give;
  impl_->diff = &applied.diff;
  std::visit(
      [&](const auto& one) {
        const auto old = [&] {
          if constexpr (std::is_same_v<decltype(one), const Pod&>) {
            return impl_->StorePod(event, one);
          } else {
            return policy::Store(event, one, impl_->snapshot);
          }
        }();
        if (impl_->Change(one, old)) return;
        applied.from_scratch = true;
        auto now = impl_->Compact();
        auto before = now;
        policy::Undo(one, old, before);
        const Evaluator was(std::make_shared<const Snapshot>(std::move(before)), profile_);
        const Evaluator is(std::make_shared<const Snapshot>(now), profile_);
        applied.diff = DiffMatrices(was, is, [&](const ChangedConnection& change) {
          give(change.source, change.destination, change);
        });
        impl_ = std::make_unique<Impl>(std::move(now), profile_);
      },
      object);
  return applied;
}

}  // namespace podreach
