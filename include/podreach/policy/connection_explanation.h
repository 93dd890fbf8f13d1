#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "podreach/policy/evaluator.h"

namespace podreach {

/// A rule that matches the far end, and what became of it.
struct ExplainedRule {
  enum class Role : std::uint8_t {
    kDecides,     ///< it is the first that matches, or one of several that agree
    kMayDecide,   ///< whether it matches isn't known
    kTooLate,     ///< it matches, but another had decided
    kOtherPorts,  ///< it matches the far end on other ports
    kUnread,      ///< the policy can't be evaluated
  };
  enum class Effect : std::uint8_t { kAllows, kDenies, kPassesOn };
  Role role = Role::kDecides;
  Effect effect = Effect::kAllows;  ///< what it does with what it matches; nothing where unread
  std::string policy;               ///< "shop/web"
  std::string kind;                 ///< "NetworkPolicy"
  std::string place;                ///< "shop.yaml:12"; empty from a server
  std::string field;                ///< "spec.ingress[0].from[1]"
  std::string text;                 ///< "allow pods app=web in shop, TCP 80", or why it isn't known
};

/// One tier as one side of the connection meets it.
struct ExplainedTier {
  std::string name;  ///< "Admin", "default", "istio"
  std::vector<ExplainedRule> rules;
  std::size_t elsewhere = 0;  ///< rules that are about other ends
  std::string end;            ///< what becomes of what no rule decides
};

struct ExplainedSide {
  Judgement judgement;
  std::vector<ExplainedTier> tiers;  ///< in the order in which they are asked
  std::string remedy;                ///< what to change to get the other answer
};

/// The answer for one connection, with every rule that had a part in it on either side.
struct ConnectionExplanation {
  Judgement judgement;  ///< as Evaluator::Judge gives it
  std::string source;
  std::string destination;
  ExplainedSide egress;
  ExplainedSide ingress;
};

}  // namespace podreach
