#include <algorithm>
#include <iostream>
#include <optional>
#include <set>

#include "cli/command.h"
#include "cli/evaluator_source.h"
#include "cli/exit_code.h"
#include "cli/explain_ends.h"
#include "cli/log.h"
#include "cli/signals.h"
#include "podreach/base/text.h"
#include "podreach/policy/connection_explanation.h"

namespace podreach::cli::explain_command {
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
                          const Destinations& destinations, const std::string& named,
                          Protocol protocol) {
  std::vector<Case> cases;
  std::set<Expectation> seen;
  for (const auto& [peer, port] : destinations.ends) {
    if (!seen.insert(evaluator.Judge(source, peer, protocol, port).expectation).second) continue;
    Case one{evaluator.Explain(source, peer, protocol, port), named};
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

class Explain final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "explain"; }
  [[nodiscard]] std::string_view help() const override {
    return "Says which rules decide one connection, and what to change, without a probe.";
  }
  [[nodiscard]] std::string_view footer() const override {
    return "Exit codes tell the answer: 0 allowed; 1 denied; 2 wrong usage; 3 unknown, an error, "
           "or a document that may hold a policy could not be read; 130 interrupted; 143 "
           "terminated.";
  }
  void AddOptions(OptionSet& options) override;
  [[nodiscard]] int Run() override;

 private:
  PolicySourceOptions from_;
  std::string source_;
  std::string destination_;
  std::optional<AskedPort> asked_;  ///< always there once the options were read
};

void Explain::AddOptions(OptionSet& options) {
  AddPolicySource(options, from_);
  options
      .Text("source", source_,
            "A pod or workload as NAMESPACE/NAME, a node as node/NAME, or an address.")
      .Required()
      .Called("SOURCE");
  options
      .Text("destination", destination_,
            "The same, or a Service as svc/NAMESPACE/NAME or by an address or NodePort of it. A "
            "Service is judged at what stands behind it.")
      .Required()
      .Called("DESTINATION");
  options.One<AskedPort>("port", asked_, ParseAskedPort, "", "A port as 5432, or as 53/udp.")
      .Required()
      .Called("PORT");
}

int Explain::Run() {
  const Signals signals(Signals::Then::kQuit);
    const auto evaluator = MakeEvaluator(from_, signals);
  if (!evaluator) return Fail(evaluator.error());
  SayGaps(*evaluator);
  const auto source = FindSource(*evaluator, source_);
  if (!source) return Fail(source.error());
  const auto destinations = FindDestinations(*evaluator, destination_, *asked_);
  if (!destinations) return Fail(destinations.error());
  const auto cases = CasesOf(*evaluator, *source, *destinations, destination_, asked_->protocol);
  auto answer = AnswerOf(*destinations, cases);
  const auto by_what_is_read = answer.expectation;
  const bool all_read =
      std::ranges::none_of(evaluator->snapshot().gaps, &SnapshotGap::of_unknown_kind);
  if (!all_read) answer.expectation = Expectation::kUnknown;
  std::cout << Clean(source_) << " -> " << Clean(destination_) << ' '
            << ToString(asked_->protocol) << ' ' << asked_->port.number() << ": "
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
    Print("egress from " + Clean(source_), one.explained.egress);
    Print("ingress to " + Clean(one.destination), one.explained.ingress);
  }
  std::cout << std::flush;
  if (!std::cout)
    return Fail(MakeError(ErrorKind::kUnavailable, "writing to stdout failed"));
  return CodeOf(answer.expectation);
}

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Explain>(); }

}  // namespace podreach::cli::explain_command
