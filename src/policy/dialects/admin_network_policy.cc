// AdminNetworkPolicy and BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1), and
// ClusterNetworkPolicy (v1alpha2), which took their place. What they mean is in
// ../semantics/admin-network-policy.md.

#include <optional>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
namespace {

/// The empty selector is every namespace.
PodPeer InNamespaces(LabelSelector namespaces, LabelSelector pods) {
  return {{}, std::move(namespaces), std::move(pods), {}};
}

/// `namespaces` or `pods`, as subjects and peers have them; nothing where neither is there.
std::optional<PodPeer> ReadPods(const Field& field) {
  if (const Field namespaces = field.At("namespaces"); namespaces.present())
    return InNamespaces(namespaces.ReadSelector().value_or(LabelSelector{}), {});
  const Field pods = field.At("pods");
  if (!pods.present()) return std::nullopt;
  return InNamespaces(pods.At("namespaceSelector").ReadSelector().value_or(LabelSelector{}),
                      pods.At("podSelector").ReadSelector().value_or(LabelSelector{}));
}

RulePeer Networks(const Field& field) {
  RulePeer peer = RulePeer::Everyone(field.path());
  peer.looks_up_names = false;
  peer.text = "networks";
  auto& blocks = peer.blocks.emplace();
  for (const Field& entry : field.Items()) {
    if (const auto cidr = entry.ReadCidr()) {
      blocks.push_back({*cidr, {}});
      peer.text += " " + cidr->ToString();
    }
  }
  return peer;
}

class AdminReader {
 public:
  AdminReader(const Snapshot& snapshot, const PolicyDocument& document)
      : reader_(snapshot, document), policy_(reader_.Begin()) {}

  void Read(std::vector<PolicyRules>& rules) {
    const Field spec = reader_.spec();
    DocumentReader::Expect(spec, {"tier", "priority", "subject", "ingress", "egress"});
    policy_.isolates = false;
    ReadPlace(spec);
    ReadSubject(spec.At("subject"));
    if (auto problems = reader_.TakeProblems(); !problems.empty()) Unread(std::move(problems));
    policy_.ingress_rules = ReadRules(spec.At("ingress"), Direction::kIngress);
    policy_.egress_rules = ReadRules(spec.At("egress"), Direction::kEgress);
    if (auto problems = reader_.TakeProblems(); !problems.empty()) Unread(std::move(problems));
    policy_.ingress = MayHaveRules(spec.At("ingress"));
    policy_.egress = MayHaveRules(spec.At("egress"));
    (void)reader_.TakeProblems();
    if (policy_.ingress || policy_.egress) return rules.push_back(std::move(policy_));
  }

 private:
  static bool MayHaveRules(const Field& list) {
    return list.present() && (!list.is_array() || !list.Items().empty());
  }

  void Unread(std::string why) {
    policy_.unread += (policy_.unread.empty() ? "" : "; ") + std::move(why);
    policy_.may_deny = true;
  }

  void ReadPlace(const Field& spec) {
    const bool by_kind = reader_.document().kind == "ClusterNetworkPolicy";
    const std::string tier = by_kind ? spec.At("tier").Text()
                             : reader_.document().kind == "AdminNetworkPolicy" ? "Admin"
                                                                               : "Baseline";
    if (tier != "Admin" && tier != "Baseline")
      spec.At("tier").AddProblem("not a tier: " + Quoted(tier));
    policy_.tier = {Tier::Layer::kNetwork, tier == "Baseline" ? kBaselineOrder : kAdminOrder, tier};
    policy_.order = 0;
    if (!by_kind && tier == "Baseline") return;
    const Field priority = spec.At("priority");
    const auto number = priority.Integer();
    if (!number || *number < 0 || *number > 1000) {
      priority.AddProblem("not a priority from 0 to 1000");
      // Before all others of its tier, as far as anyone knows.
      policy_.order = -1;
      return;
    }
    policy_.order = static_cast<double>(*number);
  }

  void ReadSubject(const Field& subject) {
    const auto pods = ReadPods(subject);
    if (!pods) subject.AddProblem("has neither namespaces nor pods");
    DocumentReader::Expect(subject, {"namespaces", "pods"});
    policy_.subjects = {pods && !reader_.has_problems() ? *pods : AllPods()};
  }

  std::vector<Rule> ReadRules(const Field& list, Direction direction) {
    std::vector<Rule> rules;
    for (const Field& entry : list.Items()) {
      Rule rule;
      rule.field = entry.path();
      unknown_peer_.clear();
      const std::string action = entry.At("action").Text();
      const bool cluster = reader_.document().kind == "ClusterNetworkPolicy";
      const bool baseline = reader_.document().kind == "BaselineAdminNetworkPolicy";
      if (action == (cluster ? "Accept" : "Allow")) {
        rule.action = Action::kAllow;
      } else if (action == "Deny") {
        rule.action = Action::kDeny;
      } else if (action == "Pass" && !baseline) {
        rule.action = Action::kPass;
      } else {
        entry.At("action").AddProblem("not an action: " + Quoted(action));
        continue;
      }
      std::string before = reader_.TakeProblems();
      const bool ingress = direction == Direction::kIngress;
      DocumentReader::Expect(entry,
                             {"name", "action", ingress ? "from" : "to", "ports", "protocols"});
      const Field peers = entry.At(ingress ? "from" : "to");
      for (const Field& peer : peers.Items()) AddPeer(peer, direction, rule);
      FailClosed(rule);
      ReadPorts(entry, rule);
      rule.doubt = reader_.TakeProblems();
      if (!rule.doubt.empty()) {
        // What is there may not be all that it means.
        rule.peers = {RulePeer::Everyone(entry.path())};
        rule.ports = RulePorts();
        rule.ports.AddAll();
      }
      if (!before.empty()) list.AddProblem(before);
      if (!unknown_peer_.empty() && rule.action == Action::kPass) {
        // Whether it passes everyone on or denies everyone, the API's texts say differently.
        rules.push_back(rule);
        rules.back().action = Action::kDeny;
        rules.back().doubt = unknown_peer_ + ": a peer that is not known may deny everyone";
      }
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  void AddPeer(const Field& field, Direction direction, Rule& rule) {
    const auto keys = field.Keys();
    if (keys.size() > 1) return field.AddProblem("has more than one of its kinds");
    const std::string kind = keys.empty() ? "" : keys.front();
    const bool egress = direction == Direction::kEgress;
    if (kind == "namespaces" || kind == "pods") {
      if (auto pods = ReadPods(field))
        rule.peers.push_back(RulePeer::Pods(*std::move(pods), field.path()));
    } else if (kind == "nodes" && egress) {
      RulePeer nodes;
      nodes.nodes = true;
      nodes.node_labels = field.At("nodes").ReadSelector().value_or(LabelSelector{});
      nodes.field = field.path();
      nodes.text = "nodes " + nodes.node_labels->ToString();
      rule.peers.push_back(std::move(nodes));
    } else if (kind == "networks" && egress) {
      rule.peers.push_back(Networks(field.At("networks")));
      rule.peers.back().field = field.path();
    } else if (kind == "domainNames" && egress && rule.action == Action::kAllow) {
      RulePeer names;
      names.outside = true;
      names.looks_up_names = false;
      names.field = field.path();
      names.text = "domain names";
      for (const auto& name : field.At("domainNames").Texts()) names.text += " " + Quoted(name);
      names.doubt = "which addresses these names have is not known";
      rule.peers.push_back(std::move(names));
    } else if (kind == "domainNames" && egress) {
      // Refused by the API: nobody says what it would mean. It is no address for named ports.
      auto anyone = RulePeer::Everyone(field.path());
      anyone.looks_up_names = false;
      anyone.doubt = "domain names can only be allowed";
      rule.peers.push_back(std::move(anyone));
    } else {
      unknown_peer_ = field.path();
    }
  }

  /// The API's own rule: with a peer that isn't known an Allow matches nothing, the others
  /// everyone.
  void FailClosed(Rule& rule) const {
    if (unknown_peer_.empty()) return;
    rule.peers.clear();
    if (rule.action != Action::kAllow) rule.peers = {RulePeer::Everyone(unknown_peer_)};
  }

  void ReadPorts(const Field& entry, Rule& rule) {
    const Field ports = entry.At("ports");
    const Field protocols = entry.At("protocols");
    const auto listed = ports.Items();
    const auto by_protocol = protocols.Items();
    if (listed.empty() && by_protocol.empty()) return rule.ports.AddAll();
    for (const Field& port : listed) ReadPort(port, rule.ports);
    for (const Field& protocol : by_protocol) ReadProtocol(protocol, rule.ports);
  }

  static void AddRange(Protocol protocol, const Field& first, const Field& last, RulePorts& ports) {
    const auto from = first.ReadPort();
    const auto to = last.ReadPort();
    if (!from || !to) return first.AddProblem("no range of ports");
    if (*to < *from) return last.AddProblem("is below its start");
    PortSet range;
    range.Add(PortRange{*from, *to});
    ports.Add(protocol, range);
  }

  static void ReadPort(const Field& port, RulePorts& ports) {
    DocumentReader::Expect(port, {"portNumber", "portRange", "namedPort"});
    if (const Field number = port.At("portNumber"); number.present()) {
      const auto protocol = number.At("protocol").ReadProtocol();
      if (protocol) AddRange(*protocol, number.At("port"), number.At("port"), ports);
    } else if (const Field range = port.At("portRange"); range.present()) {
      const auto protocol = range.At("protocol").ReadProtocol();
      if (protocol) AddRange(*protocol, range.At("start"), range.At("end"), ports);
    } else if (const Field name = port.At("namedPort"); name.is_string()) {
      ports.AddName(name.Text());
    } else {
      port.AddProblem("names no port");
    }
  }

  static void ReadProtocol(const Field& entry, RulePorts& ports) {
    DocumentReader::Expect(entry, {"tcp", "udp", "sctp", "destinationNamedPort"});
    if (const Field name = entry.At("destinationNamedPort"); name.is_string())
      return ports.AddName(name.Text());
    constexpr std::array kFields = {"tcp", "udp", "sctp"};
    bool any = false;
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      const Field of = entry.At(kFields.at(i));
      if (!of.present()) continue;
      any = true;
      DocumentReader::Expect(of, {"destinationPort"});
      const Field port = of.At("destinationPort");
      const Field range = port.At("range");
      if (!port.present()) {
        ports.Add(kProtocols.at(i), PortSet::All());
      } else if (range.present()) {
        AddRange(kProtocols.at(i), range.At("start"), range.At("end"), ports);
      } else {
        AddRange(kProtocols.at(i), port.At("number"), port.At("number"), ports);
      }
    }
    if (!any) entry.AddProblem("names no protocol");
  }

  DocumentReader reader_;
  PolicyRules policy_;
  std::string unknown_peer_;  // its field, in the rule that is read
};

}  // namespace

static void ReadAdminPolicies(const Snapshot& snapshot,
                              std::span<const PolicyDocument* const> documents,
                              std::vector<PolicyRules>& rules) {
  const auto first = rules.size();
  bool without_priority = false;
  for (const auto* document : documents) {
    without_priority = without_priority || document->kind == "BaselineAdminNetworkPolicy";
    AdminReader(snapshot, *document).Read(rules);
  }
  // A BaselineAdminNetworkPolicy has no priority: it may stand anywhere among the others.
  for (auto i = first; without_priority && i < rules.size(); ++i) {
    if (rules[i].tier.order == kBaselineOrder) rules[i].order = 0;
  }
}

namespace admin_network_policy {

Dialect Make() {
  constexpr std::string_view kGroup = "policy.networking.k8s.io";
  Dialect dialect;
  dialect.name = "AdminNetworkPolicy";
  dialect.kinds = {{kGroup, "AdminNetworkPolicy", "adminnetworkpolicies", false},
                   {kGroup, "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies", false},
                   {kGroup, "ClusterNetworkPolicy", "clusternetworkpolicies", false}};
  dialect.read = ReadAdminPolicies;
  dialect.documents = Dialect::Documents::kAllTogether;
  return dialect;
}

}  // namespace admin_network_policy
}  // namespace podreach::policy
