#include <algorithm>
#include <optional>
#include <set>

#include "cli/command.h"
#include "cli/evaluator_source.h"
#include "cli/exit_code.h"
#include "cli/explain_ends.h"
#include "cli/format_option.h"
#include "cli/log.h"
#include "cli/output_file.h"
#include "cli/signals.h"
#include "podreach/report/explain_document.h"
#include "podreach/report/formats.h"

namespace podreach::cli::explain_command {
namespace {

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

std::string NameOf(const Evaluator& evaluator, const PolicyPeer& backend) {
  if (!backend.pod) return backend.address ? backend.address->ToString() : backend.node;
  const Pod& pod = evaluator.snapshot().pods[*backend.pod];
  return pod.ns + "/" + pod.name;
}

/// Of the places behind a Service one for each answer; otherwise the one that was asked about.
std::vector<ExplainedCase> CasesOf(const Evaluator& evaluator, const PolicyPeer& source,
                                   const Destinations& destinations, const std::string& named,
                                   Protocol protocol) {
  std::vector<ExplainedCase> cases;
  std::set<Expectation> seen;
  for (const auto& [peer, port] : destinations.ends) {
    if (!seen.insert(evaluator.Judge(source, peer, protocol, port).expectation).second) continue;
    ExplainedCase one{named, evaluator.Explain(source, peer, protocol, port)};
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

Answer AnswerOf(const Destinations& destinations, const std::vector<ExplainedCase>& cases) {
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
  std::string format_ = "text";
  std::string output_;
  std::optional<AskedPort> asked_;  ///< always there once the options were read
};

void Explain::AddOptions(OptionSet& options) {
  AddPolicySource(options, from_);
  AddFormat(options, format_, {ChoiceOf(ExplainFormats(), "How the answer is written")});
  AddOutput(options, output_);
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
  ExplainDocument document{source_, destination_, asked_->protocol, asked_->port};
  document.cases = CasesOf(*evaluator, *source, *destinations, destination_, asked_->protocol);
  const auto answer = AnswerOf(*destinations, document.cases);
  document.by_what_is_read = answer.expectation;
  document.all_read =
      std::ranges::none_of(evaluator->snapshot().gaps, &SnapshotGap::MayHidePolicies);
  document.expectation = document.all_read ? answer.expectation : Expectation::kUnknown;
  document.through = destinations->through;
  document.backends = destinations->ends.size();
  document.why = answer.why;
  const auto written = WriteTo(output_, [&](std::ostream& out) {
    FindFormat(ExplainFormats(), format_)->write(document, out);
  });
  if (!written) return Fail(written.error());
  return CodeOf(document.expectation);
}

}  // namespace

std::unique_ptr<Command> Make() { return std::make_unique<Explain>(); }

}  // namespace podreach::cli::explain_command
