// Consul's ServiceIntentions (consul.hashicorp.com). What they mean is in ../semantics/consul.md.

#include <string>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/document_reader.h"
#include "policy/dialects/support/mesh.h"
#include "policy/dialects/support/pod_selectors.h"

namespace podreach::policy {
namespace {

// Exact before "*", the destination's name before the source's; what can't be read before all.
constexpr double kUnreadOrder = 0;
constexpr double kExactDestinationOrder = 1;
constexpr double kAnyDestinationOrder = 3;
constexpr double kDefaultIntentionOrder = 5;

/// The pods that are a service; of "*": all in the mesh.
LabelSelector PodsOfService(const std::string& name) {
  using Operator = LabelRequirement::Operator;
  const bool any = name == "*";
  return {{{std::string(kConsulKey), any ? Operator::kExists : Operator::kIn,
            any ? std::vector<std::string>() : std::vector{name}}}};
}

class IntentionsReader {
 public:
  IntentionsReader(const Snapshot& snapshot, const PolicyDocument& document)
      : reader_(snapshot, document) {}

  void Read(std::vector<PolicyRules>& rules) {
    const Field spec = reader_.spec();
    const Field destination = spec.At("destination");
    const Field named = destination.At("name");
    destination_ = named.Text();
    if (!named.present()) named.AddProblem("missing");
    // Of a destination that can't be read it may be any.
    if (reader_.has_problems()) destination_ = "*";
    DocumentReader::Expect(destination, {"name"});
    DocumentReader::Expect(spec, {"destination", "sources"});
    const auto sources = spec.At("sources").Items();
    if (auto problems = reader_.TakeProblems(); !problems.empty()) {
      auto unread = Begin(kUnreadOrder);
      unread.unread = std::move(problems);
      unread.may_deny = true;
      rules.push_back(std::move(unread));
      return;
    }
    for (const Field& source : sources) ReadSource(source, rules);
  }

 private:
  [[nodiscard]] PolicyRules Begin(double order) const {
    auto policy = reader_.Begin();
    policy.tier = {LayerNamed(kConsulLayer), 0, "consul"};
    policy.order = order;
    policy.ingress = true;
    policy.isolates = false;
    auto subject = AllPods();
    subject.pods = PodsOfService(destination_);
    policy.subjects = {std::move(subject)};
    return policy;
  }

  [[nodiscard]] static Rule RuleFor(Action action, const Field& source, const std::string& name) {
    Rule rule;
    rule.action = action;
    rule.field = source.path();
    rule.ports = AllTcp();
    auto peer = RulePeer::Everyone(source.path());
    peer.nodes = peer.outside = false;
    peer.any_of = PodsAnywhere({PodsOfService(name)});
    peer.text = name == "*" ? "any service" : "service " + name;
    rule.peers.push_back(std::move(peer));
    return rule;
  }

  void ReadSource(const Field& source, std::vector<PolicyRules>& rules) {
    const Field named = source.At("name");
    const std::string name = named.Text();
    if (!named.present()) named.AddProblem("missing");
    const bool any = reader_.has_problems();
    DocumentReader::Expect(source, {"name", "action", "permissions", "description", "type"});
    const bool permissions = !source.At("permissions").Items().empty();
    const std::string action = source.At("action").Text(permissions ? "allow" : "");
    if (permissions == source.Has("action"))
      source.AddProblem("needs one of action and permissions");
    if (action != "allow" && action != "deny")
      source.At("action").AddProblem("not an action: " + Quoted(action));
    const auto problems = reader_.TakeProblems();
    if (!problems.empty()) return AddUnread(source, any ? "*" : name, problems, rules);
    const double order = destination_ == "*" ? kAnyDestinationOrder : kExactDestinationOrder;
    auto policy = Begin(order + (name == "*" ? 1 : 0));
    auto rule = RuleFor(action == "allow" ? Action::kAllow : Action::kDeny, source, name);
    if (permissions)
      rule.note = "limited at layer 7, which is not evaluated: " + source.At("permissions").path();
    policy.ingress_rules.push_back(std::move(rule));
    rules.push_back(std::move(policy));
  }

  /// Either may become of what comes from it.
  void AddUnread(const Field& source, const std::string& name, const std::string& why,
                 std::vector<PolicyRules>& rules) const {
    auto policy = Begin(kUnreadOrder);
    for (const auto action : {Action::kAllow, Action::kDeny}) {
      policy.ingress_rules.push_back(RuleFor(action, source, name));
      policy.ingress_rules.back().doubt = why;
    }
    rules.push_back(std::move(policy));
  }

  DocumentReader reader_;
  std::string destination_;
};

}  // namespace

static void ReadConsul(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                       std::vector<PolicyRules>& rules) {
  for (const auto* document : documents) IntentionsReader(snapshot, *document).Read(rules);
}

void AddConsulDefaults(std::vector<PolicyRules>& rules) {
  PolicyRules policy;
  policy.policy = "default intention";
  policy.kind = "Consul";
  policy.tier = {LayerNamed(kConsulLayer), 0, "consul"};
  policy.order = kDefaultIntentionOrder;
  policy.ingress = true;
  policy.isolates = false;
  auto subject = AllPods();
  subject.pods = PodsOfService("*");
  policy.subjects = {std::move(subject)};
  Rule rule;
  rule.action = Action::kDeny;
  rule.field = "acl.default_policy";
  rule.ports = AllTcp();
  rule.peers = {RulePeer::Everyone(rule.field)};
  rule.peers.front().text = "whoever no intention speaks of";
  rule.doubt = "whether Consul's ACL system denies by default is not read";
  policy.ingress_rules.push_back(std::move(rule));
  rules.push_back(std::move(policy));
}

namespace consul {

Dialect Make() {
  Dialect dialect;
  dialect.name = "Consul";
  dialect.kinds = {{"consul.hashicorp.com", "ServiceIntentions", "serviceintentions"}};
  dialect.read = ReadConsul;
  dialect.layer = kConsulLayer;
  return dialect;
}

}  // namespace consul
}  // namespace podreach::policy
