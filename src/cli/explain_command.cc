#include <algorithm>
#include <iostream>
#include <set>

#include "cli/options.h"
#include "cli/policy_source.h"
#include "cli/signals.h"
#include "podreach/base/text.h"
#include "podreach/policy/connection_explanation.h"

namespace podreach::cli {
namespace {

struct Asked {
  Protocol protocol = Protocol::kTcp;
  Port port;
};

/// "5432", "53/udp" or "UDP/53".
Result<Asked> ParsePort(const std::string& text) {
  const auto slash = text.find('/');
  std::string number = text.substr(0, slash);
  std::string name = slash == std::string::npos ? "TCP" : text.substr(slash + 1);
  if (!Port::Parse(number)) std::swap(number, name);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto port = Port::Parse(number);
  const auto protocol = ParseProtocol(name);
  if (port && protocol) return Asked{*protocol, *port};
  return MakeError(ErrorKind::kInvalidInput, "not a port: " + CleanText(text, 64),
                   "write 5432, or 53/udp");
}

PolicyPeer PeerOf(const Evaluator& evaluator, std::size_t index) {
  const Pod& pod = evaluator.snapshot().pods[index];
  PolicyPeer peer{evaluator.ClassOf(index), std::nullopt, pod.node, pod.host_network, index};
  if (!pod.ips.empty()) peer.address = pod.ips.front();
  return peer;
}

bool IsCalled(const Pod& pod, const std::string& name) {
  return name == pod.workload.ToString() || name == pod.ns + "/" + pod.name ||
         name == pod.ns + "/" + pod.workload.name;
}

Result<PolicyPeer> FindAddress(const Evaluator& evaluator, const IpAddress& address) {
  const Snapshot& snapshot = evaluator.snapshot();
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    const Pod& pod = snapshot.pods[i];
    if (pod.IsLive() && !pod.host_network && std::ranges::find(pod.ips, address) != pod.ips.end()) {
      PolicyPeer peer = PeerOf(evaluator, i);
      peer.address = address;
      return peer;
    }
  }
  for (const Node& node : snapshot.nodes) {
    if (std::ranges::find(node.internal_ips, address) != node.internal_ips.end())
      return PolicyPeer{std::nullopt, address, node.name, true};
  }
  return PolicyPeer{std::nullopt, address, {}, false};
}

/// A pod, a workload, a node ("node/n1") or an address. A workload whose pods are not all of one
/// class is explained by the first of them, which is said.
Result<PolicyPeer> FindEnd(const Evaluator& evaluator, const std::string& name) {
  if (const auto address = IpAddress::Parse(name)) return FindAddress(evaluator, *address);
  const Snapshot& snapshot = evaluator.snapshot();
  if (name.starts_with("node/")) {
    for (const Node& node : snapshot.nodes) {
      if (name.substr(5) != node.name) continue;
      PolicyPeer peer{std::nullopt, std::nullopt, node.name, true};
      if (!node.internal_ips.empty()) peer.address = node.internal_ips.front();
      return peer;
    }
  }
  std::optional<std::size_t> first;
  std::set<std::optional<ClassId>> classes;
  for (std::size_t i = 0; i < snapshot.pods.size(); ++i) {
    if (!snapshot.pods[i].IsLive() || !IsCalled(snapshot.pods[i], name)) continue;
    if (!first) first = i;
    classes.insert(evaluator.ClassOf(i));
  }
  if (!first) {
    return MakeError(
        ErrorKind::kInvalidInput, "nothing is called " + CleanText(name, 256),
        "name a pod or workload as NAMESPACE/NAME, a node as node/NAME, or an address; "
        "`podreach expect` lists the workloads");
  }
  if (classes.size() > 1) {
    std::cerr << "podreach explain: the pods of " << name << " are of " << classes.size()
              << " classes; this is about " << snapshot.pods[*first].name << '\n';
  }
  return PeerOf(evaluator, *first);
}

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

}  // namespace

int RunExplain(const ExplainOptions& options) {
  const Signals signals(Signals::Then::kQuit);
  const auto asked = ParsePort(options.port);
  if (!asked) return FailWith("explain", asked.error());
  const auto evaluator = MakeEvaluator(options.from, signals);
  if (!evaluator) return FailWith("explain", evaluator.error());
  SayGaps("explain", *evaluator);
  const auto source = FindEnd(*evaluator, options.source);
  if (!source) return FailWith("explain", source.error());
  const auto destination = FindEnd(*evaluator, options.destination);
  if (!destination) return FailWith("explain", destination.error());
  const auto explained = evaluator->Explain(*source, *destination, asked->protocol, asked->port);
  std::cout << Clean(options.source) << " -> " << Clean(options.destination) << ' '
            << ToString(asked->protocol) << ' ' << asked->port.number() << ": "
            << ToString(explained.judgement.expectation) << '\n';
  Print("egress from " + Clean(options.source), explained.egress);
  Print("ingress to " + Clean(options.destination), explained.ingress);
  std::cout << std::flush;
  if (!std::cout)
    return FailWith("explain", MakeError(ErrorKind::kUnavailable, "writing to stdout failed"));
  return CodeOf(explained.judgement.expectation);
}

}  // namespace podreach::cli
