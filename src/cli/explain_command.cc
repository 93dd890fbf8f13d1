#include <algorithm>
#include <iostream>
#include <set>

#include "cli/explain_ends.h"
#include "cli/options.h"
#include "cli/policy_source.h"
#include "cli/signals.h"
#include "podreach/base/text.h"
#include "podreach/policy/connection_explanation.h"

namespace podreach::cli {
namespace {

std::string_view Word(ExplainedRule::Role role) {
  switch (role) {
    case ExplainedRule::Role::kDecides:
      return "decides     ";
    case ExplainedRule::Role::kMayDecide:
      return "may decide  ";
    case ExplainedRule::Role::kTooLate:
      return "too late    ";
    case ExplainedRule::Role::kOtherPorts:
      return "other ports ";
    case ExplainedRule::Role::kUnread:
      return "unread      ";
  }
  return {};
}

std::string Clean(const std::string& text) { return CleanText(text, 4096); }

void Print(std::string_view title, const ExplainedSide& side) {
  std::cout << '\n' << title << ": " << ToString(side.judgement.expectation) << '\n';
  for (const ExplainedTier& tier : side.tiers) {
    std::cout << "  tier " << Clean(tier.name) << '\n';
    for (const ExplainedRule& rule : tier.rules) {
      std::cout << "    " << Word(rule.role) << Clean(rule.kind) << ' ' << Clean(rule.policy);
      if (!rule.field.empty()) std::cout << ' ' << Clean(rule.field);
      if (!rule.place.empty()) std::cout << " (" << Clean(rule.place) << ')';
      std::cout << ": " << Clean(rule.text) << '\n';
    }
    if (tier.elsewhere > 0)
      std::cout << "    " << tier.elsewhere << (tier.elsewhere == 1 ? " rule is" : " rules are")
                << " about other ends\n";
    std::cout << "    " << Clean(tier.end) << '\n';
  }
  for (const DecidingRule& rule : side.judgement.rules)
    std::cout << "  because " << Clean(rule.TextWithPlace()) << '\n';
  if (!side.remedy.empty()) std::cout << "  " << Clean(side.remedy) << '\n';
}

int CodeOf(Expectation expectation) {
  switch (expectation) {
    case Expectation::kAllow:
      return kNothing;
    case Expectation::kDeny:
      return kFindings;
    case Expectation::kUnknown:
      return kFailed;
  }
  return kFailed;
}

/// A destination of what was named, with the words for it.
struct Case {
  ConnectionExplanation explained;
  std::string destination;
};

std::string NameOf(const Evaluator& evaluator, const PolicyPeer& backend) {
  if (!backend.pod) return backend.address ? backend.address->ToString() : backend.node;
  const Pod& pod = evaluator.snapshot().pods[*backend.pod];
  return pod.ns + "/" + pod.name;
}

/// Of the places behind a Service one for each answer; otherwise the one that was asked about.
std::vector<Case> CasesOf(const Evaluator& evaluator, const PolicyPeer& source,
                          const Destinations& destinations, const ExplainOptions& options,
                          Protocol protocol) {
  std::vector<Case> cases;
  std::set<Expectation> seen;
  for (const auto& [peer, port] : destinations.ends) {
    if (!seen.insert(evaluator.Judge(source, peer, protocol, port).expectation).second) continue;
    Case one{evaluator.Explain(source, peer, protocol, port), options.destination};
    if (!destinations.through.empty())
      one.destination = NameOf(evaluator, peer) + " port " + std::to_string(port.number());
    cases.push_back(std::move(one));
  }
  return cases;
}

/// What is known of the connection as a whole, and why it isn't where the answers don't tell.
struct Answer {
  Expectation expectation = Expectation::kUnknown;
  std::string why;
};

Answer AnswerOf(const Destinations& destinations, const std::vector<Case>& cases) {
  if (cases.empty()) return {Expectation::kUnknown, "nothing that is ready stands behind it"};
  if (cases.size() > 1) {
    return {Expectation::kUnknown,
            "which of its backends gets a connection is chance, and they are judged differently"};
  }
  const auto expectation = cases.front().explained.judgement.expectation;
  if (destinations.by_node && expectation == Expectation::kDeny)
    return {Expectation::kUnknown, "the enforcer may see the node as the source"};
  return {expectation, {}};
}

}  // namespace

int RunExplain(const ExplainOptions& options) {
  const Signals signals(Signals::Then::kQuit);
  const auto asked = ParseAskedPort(options.port);
  if (!asked) return FailWith("explain", asked.error());
  const auto evaluator = MakeEvaluator(options.from, signals);
  if (!evaluator) return FailWith("explain", evaluator.error());
  SayGaps("explain", *evaluator);
  const auto source = FindSource(*evaluator, options.source);
  if (!source) return FailWith("explain", source.error());
  const auto destinations = FindDestinations(*evaluator, options.destination, *asked);
  if (!destinations) return FailWith("explain", destinations.error());
  const auto cases = CasesOf(*evaluator, *source, *destinations, options, asked->protocol);
  auto answer = AnswerOf(*destinations, cases);
  const auto by_what_is_read = answer.expectation;
  const bool all_read =
      std::ranges::none_of(evaluator->snapshot().gaps, &SnapshotGap::MayHidePolicies);
  if (!all_read) answer.expectation = Expectation::kUnknown;
  std::cout << Clean(options.source) << " -> " << Clean(options.destination) << ' '
            << ToString(asked->protocol) << ' ' << asked->port.number() << ": "
            << ToString(answer.expectation) << '\n';
  if (!all_read) {
    std::cout << "by what could be read: " << ToString(by_what_is_read)
              << "; what couldn't be may hold a policy (see stderr)\n";
  }
  if (!destinations->through.empty()) {
    std::cout << "through " << Clean(destinations->through) << ": " << destinations->ends.size()
              << (destinations->ends.size() == 1 ? " backend" : " backends");
    if (!answer.why.empty()) std::cout << "; " << answer.why;
    std::cout << '\n';
  }
  for (const Case& one : cases) {
    if (!destinations->through.empty())
      std::cout << '\n'
                << Clean(one.destination) << ": " << ToString(one.explained.judgement.expectation)
                << '\n';
    Print("egress from " + Clean(options.source), one.explained.egress);
    Print("ingress to " + Clean(one.destination), one.explained.ingress);
  }
  std::cout << std::flush;
  if (!std::cout)
    return FailWith("explain", MakeError(ErrorKind::kUnavailable, "writing to stdout failed"));
  return CodeOf(answer.expectation);
}

}  // namespace podreach::cli
