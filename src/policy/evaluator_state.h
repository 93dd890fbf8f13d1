#pragma once

#include <memory>
#include <vector>

#include "podreach/policy/evaluator.h"
#include "policy/ends.h"
#include "policy/explanation.h"
#include "policy/families.h"
#include "policy/policy_class.h"
#include "policy/side.h"

namespace podreach {

/// The policies as people know them, and which rules are whose: a document may give several.
struct PolicyList {
  explicit PolicyList(const std::vector<policy::PolicyRules>& rules);

  std::vector<PolicyInfo> infos;
  std::vector<std::uint32_t> of_rules;  ///< by index of the rules; policy::kNoPolicy where of none
};

/// What an Evaluator is built of; the intended matrix reads it, too.
struct Evaluator::State {
  State(std::shared_ptr<const Snapshot> of, EnforcerProfile by);

  [[nodiscard]] bool IsItself(const PolicyPeer& source, const PolicyPeer& destination) const;
  /// Whether the end is one pod, known by its index alone: a template stands for several.
  [[nodiscard]] bool IsOnePod(const PolicyPeer& end) const;

  /// A connection of one family: both ends at their addresses of it.
  struct InFamily {
    policy::Family family;
    PolicyPeer source;
    PolicyPeer destination;
  };
  /// Of every family that a connection may be of.
  [[nodiscard]] std::vector<InFamily> InEachFamily(const PolicyPeer& source,
                                                   const PolicyPeer& destination) const;
  [[nodiscard]] Judgement JudgeSide(policy::Direction side, const InFamily& in, Protocol protocol,
                                    Port port) const;

  const std::shared_ptr<const Snapshot> snapshot;
  const EnforcerProfile profile;
  std::vector<policy::PolicyRules> rules;
  const PolicyList policies;
  policy::ClassTable table;
  const policy::NodeLabels nodes;
  const policy::Explanation explanation;
  const policy::FamilySet unplaced;  ///< the families of ends without an address
  std::vector<std::uint32_t> node_policies;
  const policy::JudgeContext context{rules, table, profile, nodes, explanation, node_policies};
};

}  // namespace podreach
