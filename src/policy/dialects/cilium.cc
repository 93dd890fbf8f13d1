// CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (cilium.io/v2). What they mean is in
// ../semantics/cilium.md.

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/cilium_peers.h"
#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
namespace {

/// Cilium's denies beat every allow of the tier they are in.
constexpr double kDenyOrder = -1e300;

/// One rule of a document (`spec`, or one of `specs`): up to four policies, one for what is denied
/// and one for what is allowed in each direction.
class RuleReader {
 public:
  RuleReader(DocumentReader& reader, const Field& spec) : reader_(reader), spec_(spec) {}

  void Read(std::vector<PolicyRules>& rules) {
    DocumentReader::Expect(spec_,
                           {"endpointSelector", "nodeSelector", "ingress", "ingressDeny", "egress",
                            "egressDeny", "labels", "description", "enableDefaultDeny", "log"});
    const std::string ns = reader_.document().ns;
    const Field endpoints = spec_.At("endpointSelector");
    const Field nodes = spec_.At("nodeSelector");
    std::vector<PodPeer> subjects;
    if (endpoints.present()) {
      auto pods = ReadCiliumPods(endpoints, ns);
      if (!ns.empty()) DropOtherNamespace(endpoints, pods);
      if (!ns.empty() && pods.namespaces) pods.namespaces->requirements.push_back(InNamespace(ns));
      subjects = {std::move(pods)};
    } else if (!nodes.present()) {
      spec_.AddProblem("has neither endpointSelector nor nodeSelector");
    }
    const LabelSelector selected = nodes.ReadSelector().value_or(LabelSelector{});
    if (nodes.present() && endpoints.present()) nodes.AddProblem("stands beside endpointSelector");
    if (nodes.present() && !ns.empty()) nodes.AddProblem("in a policy of a namespace");
    for (const char* list : {"ingress", "ingressDeny", "egress", "egressDeny"})
      (void)spec_.At(list).Items();
    for (const char* flag : {"ingress", "egress"})
      (void)spec_.At("enableDefaultDeny").At(flag).Flag(true);
    const auto problems = reader_.TakeProblems();
    if (!problems.empty()) subjects = {ns.empty() ? AllPods() : PodsOf(ns)};
    for (const auto direction : {Direction::kIngress, Direction::kEgress}) {
      const bool in = direction == Direction::kIngress;
      const Field allowed = spec_.At(in ? "ingress" : "egress");
      const Field denied = spec_.At(in ? "ingressDeny" : "egressDeny");
      const bool asked = spec_.At("enableDefaultDeny").At(in ? "ingress" : "egress").Flag(false);
      const auto has = [](const Field& list) {
        return list.present() && (!list.is_array() || !list.Items().empty());
      };
      if (!has(allowed) && !has(denied) && !asked) continue;
      const bool isolates = spec_.At("enableDefaultDeny").At(in ? "ingress" : "egress").Flag(true);
      auto allow = Begin(direction, subjects);
      allow.isolates = isolates;
      auto deny = Begin(direction, subjects);
      deny.isolates = false;
      deny.order = kDenyOrder;
      if (!problems.empty() || nodes.present()) {
        allow.unread =
            problems.empty() ? "nodeSelector: policies for nodes are not evaluated" : problems;
        allow.may_deny = true;
        allow.order = kDenyOrder;
        if (nodes.present() || ns.empty()) allow.nodes = LabelSelector{};
        if (problems.empty()) allow.nodes = selected;
      } else {
        allow.RulesFor(direction) = ReadEntries(allowed, direction, Action::kAllow);
        deny.RulesFor(direction) = ReadEntries(denied, direction, Action::kDeny);
      }
      const bool any_deny = !deny.RulesFor(direction).empty();
      if (in && has(denied)) {
        auto own_node = allow.unread.empty() ? deny : allow;
        own_node.tier = {Tier::Layer::kOwnNode, 0, "own node"};
        own_node.isolates = false;
        rules.push_back(std::move(own_node));
      }
      rules.push_back(std::move(allow));
      if (any_deny) rules.push_back(std::move(deny));
    }
  }

 private:
  /// Cilium overwrites a label of the namespace in matchLabels with the policy's own.
  static void DropOtherNamespace(const Field& selector, PodPeer& pods) {
    const Field label = selector.At("matchLabels").At("k8s:io.kubernetes.pod.namespace");
    if (!label.present() || !pods.namespaces) return;
    const auto named = InNamespace(label.Text());
    std::erase_if(pods.namespaces->requirements, [&](const LabelRequirement& requirement) {
      return requirement.key == named.key && requirement.op == named.op &&
             requirement.values == named.values;
    });
  }

  [[nodiscard]] PolicyRules Begin(Direction direction, const std::vector<PodPeer>& subjects) const {
    auto policy = reader_.Begin();
    policy.subjects = subjects;
    (direction == Direction::kIngress ? policy.ingress : policy.egress) = true;
    return policy;
  }

  std::vector<Rule> ReadEntries(const Field& list, Direction direction, Action action) {
    std::vector<Rule> rules;
    for (const Field& entry : list.Items()) {
      (void)reader_.TakeProblems();
      Rule rule;
      rule.action = action;
      rule.field = entry.path();
      const bool matches = ReadEntry(entry, direction, rule);
      rule.doubt = reader_.TakeProblems();
      if (!rule.doubt.empty()) {
        rule.peers = {RulePeer::Everyone(entry.path())};
        rule.ports = RulePorts();
        rule.ports.AddAll();
      } else if (!matches) {
        continue;
      }
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  /// False where it matches nothing.
  bool ReadEntry(const Field& entry, Direction direction, Rule& rule) {
    const std::string ns = reader_.document().ns;
    if (!ReadCiliumPeers(entry, direction == Direction::kIngress ? "from" : "to", ns, rule))
      return false;
    const Field icmps = entry.At("icmps");
    const Field ports = entry.At("toPorts");
    if (icmps.present() && ports.present()) icmps.AddProblem("stands beside toPorts");
    if (icmps.present() && !ports.present()) return false;
    const auto lists = ports.Items();
    if (lists.empty()) rule.ports.AddAll();
    for (const Field& list : lists) ReadPorts(list, rule);
    return true;
  }

  void ReadPorts(const Field& list, Rule& rule) {
    DocumentReader::Expect(
        list, {"ports", "rules", "serverNames", "terminatingTLS", "originatingTLS", "listener"});
    const bool limited = list.Has("rules") || list.Has("serverNames") || list.Has("listener");
    if (limited) {
      if (rule.action == Action::kDeny) list.AddProblem("a limit of layer 7 in a deny");
      rule.note = "limited at layer 7, which is not evaluated: " + list.path();
    }
    const auto ports = list.At("ports").Items();
    if (ports.empty()) rule.ports.AddAll();
    for (const Field& port : ports) ReadPort(port, rule.ports);
  }

  static void ReadPort(const Field& port, RulePorts& ports) {
    DocumentReader::Expect(port, {"port", "endPort", "protocol"});
    const std::string protocol = port.At("protocol").Text("ANY");
    std::vector<Protocol> protocols;
    if (protocol == "ANY" || protocol.empty()) {
      protocols.assign(kProtocols.begin(), kProtocols.end());
    } else if (const auto one = ParseProtocol(protocol)) {
      protocols = {*one};
    } else {
      port.At("protocol").AddProblem("not a protocol that is evaluated: " + Quoted(protocol));
    }
    const Field number = port.At("port");
    const std::string text = number.is_string() ? number.Text() : "";
    const bool all = !number.present() || text == "0" || text.empty();
    const auto first = all ? std::nullopt : Port::Parse(text);
    if (number.present() && !number.is_string()) number.AddProblem("not a string");
    const Field end = port.At("endPort");
    for (const auto of : protocols) {
      if (all) {
        ports.Add(of, PortSet::All());
      } else if (first) {
        const auto last = end.present() && end.Integer() != 0 ? end.ReadPort() : first;
        if (!last || *last < *first) return end.AddProblem("is below port");
        PortSet range;
        range.Add(PortRange{*first, *last});
        ports.Add(of, range);
      } else {
        ports.Add(PortName{of, text});
      }
    }
  }

  DocumentReader& reader_;
  Field spec_;
};

}  // namespace

static void ReadCilium(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                       std::vector<PolicyRules>& rules) {
  for (const auto* document : documents) {
    if (document->kind == "CiliumCIDRGroup") continue;
    DocumentReader reader(snapshot, *document);
    std::vector<Field> specs = reader.root().At("specs").Items();
    if (reader.spec().present()) specs.push_back(reader.spec());
    if (specs.empty()) reader.root().AddProblem("has neither spec nor specs");
    if (auto problems = reader.TakeProblems(); !problems.empty()) {
      auto policy = reader.Begin();
      policy.subjects = {document->ns.empty() ? AllPods() : PodsOf(document->ns)};
      policy.ingress = policy.egress = policy.may_deny = true;
      policy.order = kDenyOrder;
      policy.unread = std::move(problems);
      rules.push_back(std::move(policy));
    }
    for (const Field& spec : specs) RuleReader(reader, spec).Read(rules);
  }
}

namespace cilium {

Dialect Make() {
  constexpr std::string_view kGroup = "cilium.io";
  Dialect dialect;
  dialect.name = "Cilium";
  dialect.kinds = {
      {kGroup, "CiliumNetworkPolicy", "ciliumnetworkpolicies"},
      {kGroup, "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies", false}};
  dialect.read = ReadCilium;
  return dialect;
}

}  // namespace cilium
}  // namespace podreach::policy
