// Calico's NetworkPolicy, GlobalNetworkPolicy, Tier, NetworkSet and GlobalNetworkSet
// (projectcalico.org/v3, and crd.projectcalico.org/v1, where they are stored). What they mean is in
// ../semantics/calico.md.

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/calico_entity.h"
#include "policy/dialects/support/document_reader.h"

namespace podreach::policy {
namespace {

constexpr double kLast = std::numeric_limits<double>::infinity();

struct CalicoTier {
  double order = kLast;
  bool denies_at_end = true;
  std::string problems;
};

std::optional<double> ReadOrder(const Field& spec) {
  const Field order = spec.At("order");
  if (!order.present()) return kLast;
  return order.Number();
}

CalicoTier ReadTier(DocumentReader& reader) {
  CalicoTier tier;
  const auto order = ReadOrder(reader.spec());
  const std::string action = reader.spec().At("defaultAction").Text("Deny");
  if (action != "Deny" && action != "Pass")
    reader.spec().At("defaultAction").AddProblem("not an action of a tier: " + Quoted(action));
  tier.order = order.value_or(kLast);
  tier.denies_at_end = action != "Pass";
  tier.problems = reader.TakeProblems();
  return tier;
}

CalicoNetworkSet ReadNetworkSet(DocumentReader& reader) {
  const auto& document = reader.document();
  CalicoNetworkSet set;
  set.name = document.name;
  set.ns = document.ns;
  set.labels = reader.root().At("metadata").At("labels").ReadLabels();
  set.labels["projectcalico.org/name"] = document.name;
  if (document.ns.empty()) {
    set.labels[std::string(kGlobalKey)] = "";
  } else {
    set.labels["projectcalico.org/namespace"] = document.ns;
    const Namespace* const ns = reader.snapshot().FindNamespace(document.ns);
    for (const auto& [key, value] : ns == nullptr ? Labels{} : ns->labels)
      set.labels["pcns." + key] = value;
    set.labels["pcns.projectcalico.org/name"] = document.ns;
  }
  for (const Field& net : reader.spec().At("nets").Items()) {
    if (const auto cidr = ReadBlock(net)) set.nets.push_back(*cidr);
  }
  return set;
}

/// The protocols that a rule is about; nothing of TCP, UDP and SCTP where it is about others.
std::vector<Protocol> ReadProtocols(const Field& rule) {
  std::vector<Protocol> all(kProtocols.begin(), kProtocols.end());
  const auto of = [](const Field& field) -> std::optional<Protocol> {
    const auto number = field.is_string() ? std::nullopt : field.Integer();
    if (number == 6) return Protocol::kTcp;
    if (number == 17) return Protocol::kUdp;
    if (number == 132) return Protocol::kSctp;
    return field.is_string() ? ParseProtocol(field.Text()) : std::nullopt;
  };
  if (const Field field = rule.At("protocol"); field.present()) {
    const auto one = of(field);
    all = one ? std::vector{*one} : std::vector<Protocol>{};
  }
  if (const Field field = rule.At("notProtocol"); field.present()) std::erase(all, of(field));
  return all;
}

class PolicyReader {
 public:
  PolicyReader(DocumentReader& reader, const CalicoWorld& world,
               const std::map<std::string, CalicoTier>& tiers)
      : reader_(reader), world_(world), tiers_(tiers), policy_(reader.Begin()) {}

  /// Nothing for a policy that no pod is subject to.
  [[nodiscard]] std::optional<PolicyRules> Read() {
    const Field spec = reader_.spec();
    DocumentReader::Expect(
        spec, {"tier", "order", "selector", "namespaceSelector", "serviceAccountSelector", "types",
               "ingress", "egress", "doNotTrack", "preDNAT", "applyOnForward", "performanceHints"});
    ReadPlace(spec);
    Note(reader_.TakeProblems());
    ReadSubjects(spec);
    ReadTypes(spec);
    Note(reader_.TakeProblems());
    policy_.ingress_rules = ReadRules(spec.At("ingress"), Direction::kIngress);
    Note(reader_.TakeProblems());
    policy_.egress_rules = ReadRules(spec.At("egress"), Direction::kEgress);
    Note(reader_.TakeProblems());
    const bool for_pods = !spec.At("doNotTrack").Flag(false) && !spec.At("preDNAT").Flag(false);
    if (!for_pods && policy_.unread.empty()) return std::nullopt;
    return std::move(policy_);
  }

 private:
  void Note(std::string problems) {
    if (problems.empty()) return;
    policy_.unread += (policy_.unread.empty() ? "" : "; ") + std::move(problems);
    policy_.may_deny = policy_.ingress = policy_.egress = true;
  }

  void ReadPlace(const Field& spec) {
    const std::string name = spec.At("tier").Text("default");
    const auto order = ReadOrder(spec);
    policy_.order = order.value_or(-kLast);
    policy_.rank = (reader_.document().ns.empty() ? "" : reader_.document().ns + "/") +
                   reader_.document().name;
    const auto found = tiers_.find(name);
    if (found != tiers_.end()) {
      policy_.isolates = found->second.denies_at_end;
      Note(found->second.problems);
    }
    auto& tier = policy_.tier;
    if (name.empty() || name == "default") {
      tier = {Tier::Layer::kNetwork, kDefaultOrder, "default"};
      policy_.isolates = true;
    } else if (name == "kube-admin") {
      tier = {Tier::Layer::kNetwork, kAdminOrder, "Admin"};
      policy_.isolates = false;
    } else if (name == "kube-baseline") {
      tier = {Tier::Layer::kNetwork, kBaselineOrder, "Baseline"};
      policy_.isolates = false;
    } else {
      // Without the Tier nobody knows where it stands.
      tier = {Tier::Layer::kNetwork, found == tiers_.end() ? -kLast : found->second.order, name};
      if (found == tiers_.end()) spec.At("tier").AddProblem("there is no Tier " + Quoted(name));
    }
  }

  void ReadSubjects(const Field& spec) {
    const std::string& ns = reader_.document().ns;
    CalicoPodSelector selector{ns, std::nullopt, ReadCalicoSelector(spec.At("selector"))};
    const Field namespaces = spec.At("namespaceSelector");
    if (namespaces.present() && ns.empty()) {
      selector.namespaces = ReadCalicoSelector(namespaces);
    }
    policy_.subjects = CalicoPods(selector, spec.At("selector"));
    const Field accounts = spec.At("serviceAccountSelector");
    (void)ReadCalicoSelector(accounts);  // for its problems
    auto problems = reader_.TakeProblems();
    // What it selects may be anything then.
    if (!problems.empty()) policy_.subjects = {ns.empty() ? AllPods() : PodsOf(ns)};
    Note(std::move(problems));
    // Of the pods that the selector matches it may select some.
    if (accounts.present() && !accounts.Text().empty() && accounts.Text() != "all()")
      accounts.AddProblem("labels of service accounts are not evaluated");
    Note(reader_.TakeProblems());
  }

  void ReadTypes(const Field& spec) {
    const auto types = spec.At("types").Items();
    const bool in = !spec.At("ingress").Items().empty();
    const bool out = !spec.At("egress").Items().empty();
    if (types.empty()) {
      policy_.ingress = in || !out;
      policy_.egress = out;
    }
    for (const Field& type : types) {
      const std::string text = type.Text();
      if (text == "Ingress") {
        policy_.ingress = true;
      } else if (text == "Egress") {
        policy_.egress = true;
      } else {
        type.AddProblem("not a type: " + Quoted(text));
      }
    }
  }

  std::vector<Rule> ReadRules(const Field& list, Direction direction) {
    std::vector<Rule> rules;
    std::string problems;
    for (const Field& entry : list.Items()) {
      Rule rule;
      rule.field = entry.path();
      const std::string action = entry.At("action").Text();
      if (action == "Log" || action == "log") continue;
      if (action == "Allow" || action == "allow") {
        rule.action = Action::kAllow;
      } else if (action == "Deny" || action == "deny") {
        rule.action = Action::kDeny;
      } else if (action == "Pass" || action == "pass" || action == "next-tier") {
        rule.action = Action::kPass;
      } else {
        entry.At("action").AddProblem("not an action: " + Quoted(action));
        problems += reader_.TakeProblems() + " ";
        continue;
      }
      const bool matches = ReadRule(entry, direction, rule);
      rule.doubt = reader_.TakeProblems();
      if (!rule.doubt.empty()) {
        rule.peers = {RulePeer::Everyone(entry.path())};
        rule.own.clear();
        rule.ports = RulePorts();
        rule.ports.AddAll();
      } else if (!matches) {
        continue;
      }
      rules.push_back(std::move(rule));
    }
    if (!problems.empty()) list.AddProblem(problems);
    return rules;
  }

  /// False where it matches no TCP, UDP or SCTP.
  bool ReadRule(const Field& entry, Direction direction, Rule& rule) {
    DocumentReader::Expect(entry, {"action", "metadata", "ipVersion", "protocol", "notProtocol",
                                   "icmp", "notICMP", "http", "source", "destination"});
    if (entry.Has("icmp") || entry.Has("notICMP")) return false;
    if (entry.Has("ipVersion")) entry.At("ipVersion").AddProblem("this field is not evaluated");
    if (entry.Has("http")) {
      if (rule.action != Action::kAllow) entry.At("http").AddProblem("a limit of layer 7");
      rule.note = "limited at layer 7, which is not evaluated: " + entry.At("http").path();
    }
    const auto protocols = ReadProtocols(entry);
    if (protocols.empty()) return false;
    const bool in = direction == Direction::kIngress;
    const Field source = entry.At("source");
    const Field destination = entry.At("destination");
    const std::string& ns = reader_.document().ns;
    rule.peers = ReadCalicoEntity(in ? source : destination, ns, world_);
    ReadOwn(in ? destination : source, rule);
    for (const char* ports : {"ports", "notPorts"}) {
      if (!source.At(ports).Items().empty())
        source.At(ports).AddProblem("source ports are not evaluated");
    }
    ReadPorts(entry, destination, protocols, rule.ports);
    return true;
  }

  /// What a rule says of its policy's own subject.
  void ReadOwn(const Field& near, Rule& rule) {
    if (!near.present()) return;
    auto own = ReadCalicoEntity(near, reader_.document().ns, world_);
    const bool everyone = own.size() == 1 && !own[0].any_of && !own[0].blocks;
    if (everyone) return;
    rule.own = std::move(own);
  }

  static void ReadPorts(const Field& entry, const Field& destination,
                        const std::vector<Protocol>& protocols, RulePorts& ports) {
    const auto listed = destination.At("ports").Items();
    const auto except = destination.At("notPorts").Items();
    if ((!listed.empty() || !except.empty()) && !entry.Has("protocol"))
      destination.AddProblem("ports without a protocol");
    for (const auto protocol : protocols) {
      if (listed.empty()) ports.Add(protocol, PortSet::All());
      for (const Field& port : listed) ReadPort(port, protocol, ports, false);
      for (const Field& port : except) ReadPort(port, protocol, ports, true);
    }
  }

  /// A number, "first:last", or a name.
  static void ReadPort(const Field& field, Protocol protocol, RulePorts& ports, bool except) {
    PortSet numbers;
    if (!field.is_string()) {
      if (const auto number = field.ReadPort()) numbers.Add(*number);
    } else {
      const std::string text = field.Text();
      const auto colon = text.find(':');
      const auto first = Port::Parse(text.substr(0, colon));
      const auto last = colon == std::string::npos ? first : Port::Parse(text.substr(colon + 1));
      if (first && last && !(*last < *first)) {
        numbers.Add(PortRange{*first, *last});
      } else if (colon != std::string::npos || text.empty()) {
        field.AddProblem("not a port: " + Quoted(text));
      } else {
        except ? ports.Except(PortName{protocol, text}) : ports.Add(PortName{protocol, text});
        return;
      }
    }
    except ? ports.Except(protocol, numbers) : ports.Add(protocol, numbers);
  }

  DocumentReader& reader_;
  const CalicoWorld& world_;
  const std::map<std::string, CalicoTier>& tiers_;
  PolicyRules policy_;
};

/// Policies for host endpoints govern nodes.
PolicyRules ForHostEndpoint(const DocumentReader& reader) {
  auto policy = reader.Begin();
  policy.ingress = policy.egress = policy.may_deny = true;
  policy.nodes = LabelSelector{};
  policy.unread = "policies for host endpoints are not evaluated";
  return policy;
}

}  // namespace

static void ReadCalico(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                       std::vector<PolicyRules>& rules) {
  CalicoWorld world{snapshot, {}};
  std::map<std::string, CalicoTier> tiers;
  const auto is_policy = [](const PolicyDocument& document) {
    return document.kind == "NetworkPolicy" || document.kind == "GlobalNetworkPolicy";
  };
  for (const auto* document : documents) {
    if (is_policy(*document)) continue;
    DocumentReader reader(snapshot, *document);
    if (document->kind == "Tier") tiers[document->name] = ReadTier(reader);
    if (document->kind == "HostEndpoint") rules.push_back(ForHostEndpoint(reader));
    if (document->kind != "NetworkSet" && document->kind != "GlobalNetworkSet") continue;
    world.network_sets.push_back(ReadNetworkSet(reader));
    if (auto problems = reader.TakeProblems(); !problems.empty()) {
      // Whoever refers to it may mean any address.
      auto policy = reader.Begin();
      policy.subjects = {AllPods()};
      policy.ingress = policy.egress = policy.may_deny = true;
      policy.tier.order = -kLast;
      policy.unread = std::move(problems);
      rules.push_back(std::move(policy));
    }
  }
  for (const auto* document : documents) {
    if (!is_policy(*document)) continue;
    DocumentReader reader(snapshot, *document);
    if (auto policy = PolicyReader(reader, world, tiers).Read())
      rules.push_back(*std::move(policy));
  }
}

namespace calico {

Dialect Make() {
  constexpr std::string_view kStored = "crd.projectcalico.org";
  Dialect dialect;
  dialect.name = "Calico";
  // Calico's own API server shows what is in its CRDs, and the NetworkPolicies of Kubernetes once
  // more.
  for (const std::string_view group : {kStored, std::string_view("projectcalico.org")}) {
    const std::string_view stored_in = group == kStored ? "" : kStored;
    const auto add = [&](std::string_view kind, std::string_view plural, bool namespaced) {
      PolicyKind& added = dialect.kinds.emplace_back();
      added = {group, kind, plural, namespaced, stored_in};
      // A policy in a Tier that isn't there says so itself.
      added.is_missed = kind == "Tier";
    };
    add("NetworkPolicy", "networkpolicies", true);
    add("GlobalNetworkPolicy", "globalnetworkpolicies", false);
    add("Tier", "tiers", false);
    add("NetworkSet", "networksets", true);
    add("GlobalNetworkSet", "globalnetworksets", false);
    add("HostEndpoint", "hostendpoints", false);
  }
  dialect.read = ReadCalico;
  dialect.documents = Dialect::Documents::kAllTogether;
  return dialect;
}

}  // namespace calico
}  // namespace podreach::policy
