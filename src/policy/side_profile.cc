#include "policy/side_profile.h"

#include <algorithm>

#include "policy/dialect.h"
#include "policy/explanation.h"

namespace podreach::policy {

PortsId SideProfile::Of(UnitId far_end) const {
  const auto found = std::lower_bound(
      others.begin(), others.end(), far_end,
      [](const std::pair<UnitId, PortsId>& other, UnitId unit) { return other.first < unit; });
  return found != others.end() && found->first == far_end ? found->second : usual;
}

/// Knows of a part of the units which peers match it.
class SideProfiles::PartMatcher final : public RuleMatcher {
 public:
  PartMatcher(const Plan& plan, const std::vector<bool>& in) : plan_(plan), in_(in) {}
  void Ask(Protocol protocol) { protocol_ = protocol; }

  [[nodiscard]] RuleMatch Match(const PolicyRules& /*policy*/, const Rule& rule) const override {
    RuleMatch match;
    Each(rule, [&](const Entry& entry) {
      (entry.maybe ? match.maybe : match.yes)
          .Add(entry.ports.at(static_cast<std::size_t>(protocol_)));
    });
    return match;
  }
  template <class Visitor>
  void Each(const Rule& rule, const Visitor& visit) const {
    const auto found = plan_.of_rule.find(&rule);
    if (found == plan_.of_rule.end()) return;
    for (auto i = found->second.first; i < found->second.second; ++i) {
      if (in_[plan_.entries[i].column]) visit(plan_.entries[i]);
    }
  }

 private:
  const Plan& plan_;
  const std::vector<bool>& in_;
  Protocol protocol_ = Protocol::kTcp;
};

/// Keeps the first reason for doubt.
class SideProfiles::FirstDoubt final : public WalkTrace {
 public:
  explicit FirstDoubt(const PartMatcher& matcher) : matcher_(matcher) {}

  void OnRule(const PolicyRules& policy, const Rule& rule, const RuleMatch& taken) override {
    if (taken.maybe.empty() || !text.empty()) return;
    matcher_.Each(rule, [&](const Entry& entry) {
      if (!entry.maybe || !text.empty()) return;
      const auto& doubt = entry.peer->doubt.empty() ? rule.doubt : entry.peer->doubt;
      text = "whether " + NameOf(policy) + ", " + entry.peer->field + " matches: ";
      text += !doubt.empty()       ? doubt
              : entry.peer->blocks ? entry.peer->text + " may hold an address that is not known"
                                   : "the node is not known";
    });
  }
  void OnUnread(const PolicyRules& policy) override {
    if (!text.empty()) return;
    text = policy.policy.empty() ? policy.unread
                                 : NameOf(policy) + " can't be evaluated: " + policy.unread;
  }
  void OnTierEnd(const Tier& /*tier*/, const PortSet& /*left*/, bool /*surely*/) override {}
  void OnEnd(const PortSet& /*left*/) override {}

  std::string text;

 private:
  const PartMatcher& matcher_;
};

SideProfiles::SideProfiles(const std::vector<PolicyRules>& policies, const ClassTable& classes,
                           const UnitTable& units, const std::vector<std::uint32_t>& node_policies,
                           PortsPool& pool, Detail detail)
    : policies_(policies),
      classes_(classes),
      units_(units),
      node_policies_(node_policies),
      pool_(pool),
      detail_(detail) {
  // Of whom nothing governs.
  profiles_.emplace_back(std::make_unique<Entity>())->profile.known = ~UnitId{0};
}

ProfileId SideProfiles::Of(UnitId id, Direction direction) {
  const auto& subject = units_.Get(id);
  if (subject.kind == EndKind::kOutside) return 0;
  std::vector<std::uint32_t> of_node;
  for (const auto index : node_policies_) {
    if (subject.kind == EndKind::kNode && policies_[index].Covers(direction) &&
        units_.MatchNodeLabels(*policies_[index].nodes, subject) != PeerMatch::kNo)
      of_node.push_back(index);
  }
  const auto& policies =
      subject.kind == EndKind::kNode ? of_node : classes_.Governing(subject.pods, direction);
  return OfPolicies(id, direction, policies);
}

bool SideProfiles::Changes(UnitId id, Direction direction, std::uint32_t policy) {
  auto policies = classes_.Governing(units_.Get(id).pods, direction);
  const auto with = OfPolicies(id, direction, policies);
  std::erase(policies, policy);
  const auto without = OfPolicies(id, direction, policies);
  return Get(with).usual != Get(without).usual || Get(with).others != Get(without).others;
}

ProfileId SideProfiles::OfPolicies(UnitId id, Direction direction,
                                   const std::vector<std::uint32_t>& policies) {
  const auto& subject = units_.Get(id);
  if (policies.empty()) return 0;
  const bool by_itself = std::any_of(policies.begin(), policies.end(), [&](std::uint32_t i) {
    const auto& rules = policies_[i].RulesFor(direction);
    return std::any_of(rules.begin(), rules.end(),
                       [](const Rule& rule) { return !rule.own.empty(); });
  });
  Key key(direction, subject.kind, policies,
          subject.kind == EndKind::kPod ? classes_.NamedPorts(subject.pods)
                                        : std::vector<ContainerPort>{},
          by_itself ? std::optional(id) : std::nullopt);
  const auto [found, added] =
      known_.try_emplace(std::move(key), static_cast<ProfileId>(profiles_.size()));
  if (added) {
    auto& entity = *profiles_.emplace_back(std::make_unique<Entity>());
    entity.subject = id;
    entity.direction = direction;
    entity.policies = policies;
    Compute(entity);
  }
  return found->second;
}

namespace {

/// What UnitTable::MatchOne looks at.
RulePeer WithoutWords(const RulePeer& peer) {
  RulePeer kept;
  kept.pods = peer.pods;
  kept.nodes = peer.nodes;
  kept.outside = peer.outside;
  kept.blocks = peer.blocks;
  kept.which_nodes = peer.which_nodes;
  kept.node_labels = peer.node_labels;
  if (!peer.doubt.empty()) kept.doubt = "a doubt";
  if (!peer.any_of) return kept;
  kept.any_of.emplace();
  for (const auto& pods : *peer.any_of) kept.any_of->emplace_back().set = pods.set;
  return kept;
}

/// Adds a unit that came after all others.
void AddTo(UnitSet& set, UnitId unit, bool holds) {
  if (holds != set.all_but) set.units.push_back(unit);
}

bool Holds(const UnitSet& set, UnitId unit) {
  return std::binary_search(set.units.begin(), set.units.end(), unit) != set.all_but;
}

}  // namespace

SideProfiles::MatchedPeer& SideProfiles::MatchOf(const RulePeer& peer) {
  PeerKey key;
  auto& [kinds, sets, blocks, node_labels] = key;
  kinds = (peer.pods ? 1 : 0) | (peer.nodes ? 2 : 0) | (peer.outside ? 4 : 0) |
          (peer.any_of ? 8 : 0) | (peer.blocks ? 16 : 0) | (peer.node_labels ? 32 : 0) |
          (peer.doubt.empty() ? 0 : 64) | static_cast<int>(peer.which_nodes) << 7;
  if (peer.any_of) {
    for (const auto& pods : *peer.any_of) sets.push_back(pods.set);
  }
  if (peer.blocks) {
    for (const auto& block : *peer.blocks) {
      blocks += block.cidr.ToString();
      for (const auto& except : block.except) blocks += "!" + except.ToString();
      blocks += " ";
    }
  }
  if (peer.node_labels) node_labels = *peer.node_labels;
  auto& matched = matches_[std::move(key)];
  if (!matched) {
    matched = std::make_unique<MatchedPeer>(
        MatchedPeer{WithoutWords(peer), units_.Match(peer), static_cast<UnitId>(units_.size())});
  }
  KeepUp(*matched);
  return *matched;
}

void SideProfiles::KeepUp(MatchedPeer& matched) const {
  for (; matched.known < units_.size(); ++matched.known) {
    const auto match = units_.MatchOne(matched.peer, units_.Get(matched.known));
    const bool no = match == PeerMatch::kNo || match == PeerMatch::kNotByProfile;
    AddTo(matched.units.yes, matched.known, match == PeerMatch::kYes);
    AddTo(matched.units.maybe, matched.known, !no && match != PeerMatch::kYes);
  }
}

void SideProfiles::AddEntry(Entry entry, Column column, const std::vector<ContainerPort>* names,
                            Plan& plan) {
  const auto known = std::ranges::find(plan.columns, column.units, &Column::units);
  entry.column = static_cast<std::size_t>(known - plan.columns.begin());
  if (known == plan.columns.end()) plan.columns.push_back(column);
  // A set without units has a column, for those that may come.
  if (column.units->units.empty() && !column.units->all_but) return;
  for (const auto protocol : kProtocols) {
    entry.ports.at(static_cast<std::size_t>(protocol)) = entry.rule->ports.Resolve(protocol, names);
  }
  plan.entries.push_back(std::move(entry));
}

/// A name may stand for different numbers on different pods: so they are apart.
void SideProfiles::AddByNames(const Entry& entry, const UnitSet& units, Plan& plan) {
  plan.by_names = true;
  if (units.units.empty() && !units.all_but) return;
  std::map<std::vector<ContainerPort>, UnitSet> by_names;
  UnitSet nameless;
  auto next = units.units.begin();
  for (UnitId id = 0; id < units_.size(); ++id) {
    const bool listed = next != units.units.end() && *next == id;
    if (listed) ++next;
    if (listed == units.all_but) continue;
    const auto& unit = units_.Get(id);
    if (unit.kind != EndKind::kPod) {
      nameless.units.push_back(id);
      continue;
    }
    by_names[classes_.NamedPorts(unit.pods)].units.push_back(id);
  }
  const auto add = [&](UnitSet set, const std::vector<ContainerPort>* names) {
    if (set.units.empty()) return;
    plan.split.push_back(std::make_unique<UnitSet>(std::move(set)));
    AddEntry(entry, {plan.split.back().get(), nullptr}, names, plan);
  };
  for (auto& [names, group] : by_names) add(std::move(group), &names);
  add(std::move(nameless), nullptr);
}

void SideProfiles::AddRule(const Unit& subject, Direction direction, const Rule& rule, Plan& plan) {
  const auto first = plan.entries.size();
  Entry entry;
  entry.rule = &rule;
  entry.maybe = !rule.doubt.empty();
  if (!rule.own.empty()) {
    const auto own =
        MatchOneOf(rule.own, [&](const RulePeer& one) { return units_.MatchOne(one, subject); });
    if (own == PeerMatch::kNo || own == PeerMatch::kNotByProfile) return;
    entry.maybe = entry.maybe || own != PeerMatch::kYes;
  }
  const bool is_maybe = entry.maybe;
  const auto* const own_names = direction == Direction::kIngress && subject.kind == EndKind::kPod
                                    ? &classes_.NamedPorts(subject.pods)
                                    : nullptr;
  for (const auto& peer : rule.peers) {
    auto& matched = MatchOf(peer);
    for (const auto* set : {&matched.units.yes, &matched.units.maybe}) {
      entry.peer = &peer;
      entry.maybe = is_maybe || set == &matched.units.maybe;
      if (direction == Direction::kEgress && rule.ports.has_names() && peer.looks_up_names) {
        AddByNames(entry, *set, plan);
      } else {
        AddEntry(entry, {set, &matched}, own_names, plan);
      }
    }
  }
  plan.of_rule.emplace(&rule, std::pair(first, plan.entries.size()));
}

SideProfiles::Plan SideProfiles::MakePlan(const Unit& subject, Direction direction,
                                          const std::vector<std::uint32_t>& policies) {
  Plan plan;
  for (const auto relation : kNodeRelations)
    plan.columns.push_back({&units_.Nodes(relation), nullptr});
  for (const auto index : policies) {
    for (const auto& rule : policies_[index].RulesFor(direction))
      AddRule(subject, direction, rule, plan);
  }
  return plan;
}

PortsId SideProfiles::WalkPart(const Unit& subject, Direction direction,
                               const std::vector<std::uint32_t>& policies, const Plan& plan,
                               const std::vector<bool>& in) {
  const auto is = [&](NodeRelation relation) { return in[static_cast<std::size_t>(relation)]; };
  const bool own = is(NodeRelation::kOwn);
  const bool node = own || is(NodeRelation::kOther) || is(NodeRelation::kUnknown);
  const bool pods = subject.kind == EndKind::kPod;
  // The kubelet probes the pods of its node, whatever policies of the network isolate.
  const bool let_in = pods && own && direction == Direction::kIngress;
  const auto network = let_in ? Tier::Layer::kOwnNode : Tier::Layer::kNetwork;
  const bool choice = pods && !let_in && (direction == Direction::kIngress ? node : own);

  PartMatcher matcher(plan, in);
  FirstDoubt doubt(matcher);
  const bool with_grounds = detail_ == Detail::kGrounds;
  Ports ports;
  ports.own_node = with_grounds && let_in;
  for (const auto protocol : kProtocols) {
    matcher.Ask(protocol);
    auto& possible = ports.of.at(static_cast<std::size_t>(protocol));
    const auto walk = [&](Tier::Layer layer, WalkTrace* trace) {
      return WalkTiers(policies_, policies, layer, direction, matcher, PortSet::All(), trace);
    };
    SideGrounds grounds;
    const auto ask = [&](Tier::Layer layer) {
      RulelessTrace ruleless;
      auto one = walk(layer, with_grounds ? &ruleless : nullptr);
      if (choice && layer == network) one.allowed.Add(one.denied);
      if (with_grounds) grounds.Add(one, ruleless);
      return one;
    };
    possible = ask(network);
    for (const auto layer : MeshLayers()) possible.And(ask(layer));
    if (with_grounds) {
      ports.grounds.at(static_cast<std::size_t>(protocol)) = grounds.Of(possible);
      continue;
    }
    if (possible.Unknown().empty() || !ports.because.empty()) continue;
    (void)walk(network, &doubt);
    for (const auto layer : MeshLayers()) (void)walk(layer, &doubt);
    ports.because = std::string(Word(direction)) + ": ";
    ports.because += !doubt.text.empty() ? doubt.text
                     : choice            ? "whether policies apply to nodes is the CNI's choice"
                                         : "two policies of one priority differ";
  }
  return pool_.Intern(std::move(ports));
}

void SideProfiles::Compute(Entity& entity) {
  const auto& subject = units_.Get(entity.subject);
  auto plan = MakePlan(subject, entity.direction, entity.policies);
  std::vector<std::vector<bool>> parts(1);  // which columns hold it
  for (const auto& column : plan.columns) parts[0].push_back(column.units->all_but);
  std::unordered_map<UnitId, std::size_t> part_of;  // but for the first part
  for (std::size_t c = 0; c < plan.columns.size(); ++c) {
    std::unordered_map<std::size_t, std::size_t> moved;  // from part to part
    for (const auto unit : plan.columns[c].units->units) {
      auto& part = part_of[unit];
      const auto [to, added] = moved.try_emplace(part, parts.size());
      if (added) {
        auto in = parts[part];
        in[c] = !in[c];
        parts.push_back(std::move(in));
      }
      part = to->second;
    }
  }
  std::vector<std::optional<PortsId>> answers(parts.size());
  const auto answer = [&](std::size_t part) {
    if (!answers[part])
      answers[part] = WalkPart(subject, entity.direction, entity.policies, plan, parts[part]);
    return *answers[part];
  };
  SideProfile profile;
  profile.known = static_cast<UnitId>(units_.size());
  profile.usual = answer(0);
  for (const auto& [unit, part] : part_of) {
    const auto ports = answer(part);
    if (ports != profile.usual) profile.others.emplace_back(unit, ports);
  }
  std::sort(profile.others.begin(), profile.others.end());
  entity.profile = std::move(profile);
  entity.by_names = plan.by_names;
  entity.columns = std::move(plan.columns);
  entity.split = std::move(plan.split);
  entity.parts.clear();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (answers[i]) entity.parts.emplace(std::move(parts[i]), *answers[i]);
  }
}

PortsId SideProfiles::Ask(ProfileId id, UnitId far_end) {
  auto& entity = *profiles_[id];
  // What it was a part of has its answer: what tells them apart came after the profile.
  auto known = far_end;
  while (known >= entity.profile.known && units_.Get(known).part_of)
    known = *units_.Get(known).part_of;
  if (known < entity.profile.known) return entity.profile.Of(known);
  KeepUp(entity);
  return entity.profile.Of(far_end);
}

/// Takes in the units that came since.
void SideProfiles::KeepUp(Entity& entity) {
  for (const auto& column : entity.columns) {
    if (column.of_peer != nullptr) KeepUp(*column.of_peer);
  }
  auto& profile = entity.profile;
  for (; !entity.by_names && profile.known < units_.size(); ++profile.known) {
    std::vector<bool> in;
    for (const auto& column : entity.columns) in.push_back(Holds(*column.units, profile.known));
    const auto part = entity.parts.find(in);
    if (part == entity.parts.end()) break;
    if (part->second != profile.usual) profile.others.emplace_back(profile.known, part->second);
  }
  if (profile.known < units_.size()) Compute(entity);
}

}  // namespace podreach::policy
