// Istio's AuthorizationPolicy and PeerAuthentication (security.istio.io) and Sidecar
// (networking.istio.io). What they mean is in ../SEMANTICS.md.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "policy/dialects/calico_entity.h"
#include "policy/dialects/dialect.h"
#include "policy/dialects/mesh.h"

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

/// Where mesh-wide policies live (Istio's rootNamespace, by its default).
constexpr std::string_view kRootNamespace = "istio-system";

// The order of what a sidecar asks.
constexpr double kAuthenticationOrder = -10;
constexpr double kCustomOrder = 1;
constexpr double kDenyOrder = 2;
constexpr double kAllowOrder = 3;

/// Pods that take part in the mesh in one of these ways.
LabelRequirement InMesh(std::vector<std::string> ways) {
  return {std::string(kIstioKey), Operator::kIn, std::move(ways)};
}

/// What the proxy listens on for itself; nothing of the mesh is asked there.
const PortSet& OwnPorts() {
  static const PortSet ports = [] {
    PortSet own;
    constexpr std::array<std::uint16_t, 3> kPorts = {15020, 15021, 15090};
    for (const auto port : kPorts) own.Add(*Port::From(port));
    return own;
  }();
  return ports;
}

RulePorts MeshPorts() {
  auto ports = AllTcp();
  ports.Except(Protocol::kTcp, OwnPorts());
  return ports;
}

/// Who has an identity that the mesh vouches for.
LabelSelector WithIdentity() { return {{InMesh({"sidecar", "half-open"})}}; }

/// A pod in ambient mode may have one: whether its node's proxy vouches for it isn't read.
RulePeer MayHaveIdentity(const RulePeer& like) {
  RulePeer peer = like;
  peer.pods = true;
  peer.nodes = peer.outside = false;
  auto pods = AllPods();
  pods.pods.requirements.push_back(InMesh({"ambient"}));
  peer.any_of.emplace().push_back(std::move(pods));
  peer.doubt =
      "whether a pod in ambient mode, or one that keeps ports out of the mesh, shows an identity "
      "is not known";
  return peer;
}

/// Who has none for sure.
LabelSelector WithoutIdentity() {
  auto selector = LabelSelector{{InMesh({"sidecar", "half-open", "ambient"})}};
  selector.requirements.front().op = Operator::kNotIn;
  return selector;
}

/// A pattern of Istio: exact, "*", "prefix*" or "*suffix"; nothing is asked by "*".
std::optional<LabelRequirement> Pattern(std::string_view key, const std::string& text) {
  if (text == "*") return std::nullopt;
  if (text.ends_with("*"))
    return LabelRequirement{
        std::string(key), Operator::kStartsWith, {text.substr(0, text.size() - 1)}};
  if (text.starts_with("*"))
    return LabelRequirement{std::string(key), Operator::kEndsWith, {text.substr(1)}};
  return LabelRequirement{std::string(key), Operator::kIn, {text}};
}

LabelSelector WithNamespace(const std::string& text) {
  auto selector = WithIdentity();
  if (auto asked = Pattern(kPodNamespaceKey, text))
    selector.requirements.push_back(*std::move(asked));
  return selector;
}

/// "trust.domain/ns/NAMESPACE/sa/ACCOUNT", with "*" for the whole, its beginning or its end.
LabelSelector WithPrincipal(const Field& field) {
  const std::string text = field.Text();
  auto selector = WithIdentity();
  if (text == "*") return selector;
  const auto ns = text.find("/ns/");
  const auto sa = text.find("/sa/");
  const bool open_end = text.ends_with("*");
  if (ns != std::string::npos && sa != std::string::npos && ns < sa) {
    selector.requirements.push_back(
        {std::string(kPodNamespaceKey), Operator::kIn, {text.substr(ns + 4, sa - ns - 4)}});
    if (auto asked = Pattern(kServiceAccountKey, text.substr(sa + 4)))
      selector.requirements.push_back(*std::move(asked));
    return selector;
  }
  if (ns != std::string::npos && open_end) {
    auto name = text.substr(ns + 4);
    if (name.ends_with("/*")) name.resize(name.size() - 2);
    if (auto asked = Pattern(kPodNamespaceKey, name))
      selector.requirements.push_back(*std::move(asked));
    return selector;
  }
  if (sa != std::string::npos && text.starts_with("*")) {
    selector.requirements.push_back(
        {std::string(kServiceAccountKey), Operator::kIn, {text.substr(sa + 4)}});
    return selector;
  }
  field.AddProblem("not a principal of the form DOMAIN/ns/NAMESPACE/sa/ACCOUNT: " + Quoted(text));
  return selector;
}

/// Istio's own trust domain is cluster.local, unless the mesh has another.
bool IsOfDefaultDomain(const std::string& principal) {
  const auto domain = principal.substr(0, principal.find("/ns/"));
  return domain == "cluster.local" || principal.starts_with("*");
}

/// Every condition the other way round.
AnySelector Denied(const LabelSelector& selector) {
  AnySelector denied;
  for (auto requirement : selector.requirements) {
    switch (requirement.op) {
      case Operator::kIn:
        requirement.op = Operator::kNotIn;
        if (requirement.key == kIstioKey) requirement.values.emplace_back("ambient");
        break;
      case Operator::kStartsWith:
        requirement.op = Operator::kNotStartsWith;
        break;
      case Operator::kEndsWith:
        requirement.op = Operator::kNotEndsWith;
        break;
      default:
        continue;
    }
    denied.push_back({{std::move(requirement)}});
  }
  return denied;
}

/// One `source`: what it asks of pods, and of addresses.
class SourceReader {
 public:
  /// `plain`: some of the namespace's pods may be spoken to without mTLS, which shows no identity.
  SourceReader(const Field& source, const std::string& ns, bool plain, Rule& rule)
      : source_(source), ns_(ns), plain_(plain), rule_(rule) {}

  /// False where it is limited to what a connection doesn't show.
  bool Read() {
    DocumentReader::Expect(
        source_, {"principals", "notPrincipals", "requestPrincipals", "notRequestPrincipals",
                  "namespaces", "notNamespaces", "ipBlocks", "notIpBlocks", "remoteIpBlocks",
                  "notRemoteIpBlocks", "serviceAccounts", "notServiceAccounts"});
    for (const char* remote : {"remoteIpBlocks", "notRemoteIpBlocks"}) {
      if (source_.Has(remote))
        rule_.doubt = source_.At(remote).path() + ": what clients call their address isn't known";
    }
    for (const char* limit : {"requestPrincipals", "notRequestPrincipals"}) {
      if (!source_.Has(limit)) continue;
      if (rule_.action != Action::kAllow) return false;
      rule_.note = "limited at layer 7, which is not evaluated: " + source_.At(limit).path();
    }
    for (const char* list : {"principals", "notPrincipals"}) {
      for (const Field& entry : source_.At(list).Items()) {
        if (!IsOfDefaultDomain(entry.Text()))
          rule_.doubt = entry.path() + ": whether this is the mesh's trust domain isn't known";
      }
    }
    Ask("principals", "notPrincipals", WithPrincipal);
    Ask("namespaces", "notNamespaces",
        [](const Field& field) { return WithNamespace(field.Text()); });
    Ask("serviceAccounts", "notServiceAccounts", [&](const Field& field) {
      const std::string text = field.Text();
      const auto slash = text.find('/');
      auto selector = WithNamespace(slash == std::string::npos ? ns_ : text.substr(0, slash));
      selector.requirements.push_back(
          {std::string(kServiceAccountKey),
           Operator::kIn,
           {slash == std::string::npos ? text : text.substr(slash + 1)}});
      return selector;
    });
    RulePeer peer = RulePeer::Everyone(source_.path());
    peer.looks_up_names = false;
    peer.text = "source " + source_.path();
    ReadBlocks(peer);
    if (pods_) {
      // A denial holds for those without an identity, too.
      peer.nodes = peer.outside = !asks_identity_;
      peer.any_of = CalicoPods({{}, std::nullopt, *pods_}, source_);
    }
    if (pods_) rule_.peers.push_back(MayHaveIdentity(peer));
    if (pods_ && plain_) {
      peer.doubt = "a PeerAuthentication DISABLE may keep identities from being shown";
      if (asks_who_not_) {
        rule_.peers.push_back(peer);
        rule_.peers.back().any_of.reset();
      }
    }
    rule_.peers.push_back(std::move(peer));
    return true;
  }

 private:
  template <class Read>
  void Ask(const char* field, const char* not_field, const Read& read) {
    AnySelector any;
    for (const Field& entry : source_.At(field).Items()) any.push_back(read(entry));
    if (!any.empty()) {
      asks_identity_ = true;
      And(any);
    }
    for (const Field& entry : source_.At(not_field).Items()) {
      asks_who_not_ = true;
      And(Denied(read(entry)));
    }
  }
  void And(const AnySelector& any) {
    auto both = BothOf(pods_.value_or(AnySelector{LabelSelector{}}), any);
    if (!both) return source_.AddProblem(both.error().message);
    pods_ = *std::move(both);
  }
  void ReadBlocks(RulePeer& peer) {
    std::vector<Cidr> except;
    for (const Field& entry : source_.At("notIpBlocks").Items()) {
      if (const auto cidr = ReadBlock(entry)) except.push_back(*cidr);
    }
    const auto listed = source_.At("ipBlocks").Items();
    if (listed.empty() && except.empty()) return;
    auto& blocks = peer.blocks.emplace();
    for (const Field& entry : listed) {
      if (const auto cidr = ReadBlock(entry)) blocks.push_back({*cidr, except});
    }
    if (!listed.empty()) return;
    for (const char* all : {"0.0.0.0/0", "::/0"}) blocks.push_back({*Cidr::Parse(all), except});
  }

  Field source_;
  const std::string& ns_;
  bool plain_;
  Rule& rule_;
  std::optional<AnySelector> pods_;
  bool asks_identity_ = false;
  bool asks_who_not_ = false;
};

/// The ports of one `operation`; false where it is limited to what a connection doesn't show.
bool ReadOperation(const Field& operation, Rule& rule) {
  DocumentReader::Expect(operation, {"hosts", "notHosts", "ports", "notPorts", "methods",
                                     "notMethods", "paths", "notPaths"});
  for (const char* limit : {"hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"}) {
    if (!operation.Has(limit)) continue;
    if (rule.action != Action::kAllow) return false;
    rule.note = "limited at layer 7, which is not evaluated: " + operation.At(limit).path();
  }
  PortSet ports;
  const auto read = [](const Field& list, PortSet& into) {
    for (const Field& entry : list.Items()) {
      const auto port = Port::Parse(entry.Text());
      port ? into.Add(*port) : entry.AddProblem("not a port: " + Quoted(entry.Text()));
    }
  };
  read(operation.At("ports"), ports);
  if (!operation.Has("ports")) ports = PortSet::All();
  PortSet except;
  read(operation.At("notPorts"), except);
  ports.Remove(except);
  ports.Remove(OwnPorts());
  rule.ports.Add(Protocol::kTcp, ports);
  return true;
}

class IstioReader {
 public:
  /// `plain`: the namespaces for which a PeerAuthentication says DISABLE.
  IstioReader(const Snapshot& snapshot, const PolicyDocument& document,
              const std::set<std::string>& plain)
      : reader_(snapshot, document),
        policy_(reader_.Begin()),
        plain_(plain.contains(document.ns) || plain.contains(std::string(kRootNamespace)) ||
               (document.ns == kRootNamespace && !plain.empty())) {
    policy_.tier = {Tier::Layer::kIstio, 0, "istio"};
  }

  void Read(std::vector<PolicyRules>& rules) {
    const auto& kind = reader_.document().kind;
    if (kind == "AuthorizationPolicy") {
      ReadAuthorization();
    } else if (kind == "PeerAuthentication") {
      ReadAuthentication();
    } else {
      ReadSidecar();
    }
    if (auto problems = reader_.TakeProblems(); !problems.empty()) {
      policy_.unread = std::move(problems);
      const bool audit = reader_.spec().At("action").Text() == "AUDIT";
      (kind == "Sidecar" ? policy_.egress : policy_.ingress) = !audit;
      policy_.may_deny = true;
      policy_.isolates = true;
      policy_.order = -1e300;
    }
    if (!policy_.ingress && !policy_.egress) return;
    if (policy_.unread.empty()) {
      // How ambient mode enforces it hangs on waypoints, which aren't read.
      auto ambient = policy_;
      ambient.subjects = Subjects(labels_, {"ambient", "half-open"});
      ambient.isolates = false;
      Rule may_deny;
      may_deny.action = Action::kDeny;
      may_deny.field = "spec";
      may_deny.peers = {RulePeer::Everyone("spec")};
      may_deny.ports = MeshPorts();
      may_deny.doubt =
          "policies are not evaluated for pods in ambient mode, gateways, and pods that keep ports "
          "out of the mesh";
      ambient.ingress_rules.clear();
      ambient.egress_rules.clear();
      if (ambient.ingress) ambient.ingress_rules = {may_deny};
      if (ambient.egress) ambient.egress_rules = {may_deny};
      rules.push_back(std::move(ambient));
    } else {
      policy_.subjects = {reader_.document().ns == kRootNamespace ? AllPods()
                                                                  : PodsOf(reader_.document().ns)};
    }
    rules.push_back(std::move(policy_));
  }

 private:
  [[nodiscard]] std::vector<PodPeer> Subjects(LabelSelector labels,
                                              std::vector<std::string> ways) const {
    const auto& ns = reader_.document().ns;
    auto subjects = ns == kRootNamespace ? AllPods() : PodsOf(ns);
    labels.requirements.push_back(InMesh(std::move(ways)));
    subjects.pods = std::move(labels);
    return {std::move(subjects)};
  }

  void ReadSubjects(const Field& labels) {
    for (const auto& [key, value] : labels.ReadLabels())
      labels_.requirements.push_back({key, Operator::kIn, {value}});
    policy_.subjects = Subjects(labels_, {"sidecar"});
  }

  void ReadAuthorization() {
    const Field spec = reader_.spec();
    DocumentReader::Expect(spec, {"selector", "action", "rules", "provider"});
    ReadSubjects(spec.At("selector").At("matchLabels"));
    const std::string action = spec.At("action").Text("ALLOW");
    if (action == "AUDIT") return;
    policy_.ingress = true;
    policy_.isolates = action == "ALLOW";
    policy_.order = action == "ALLOW" ? kAllowOrder : action == "DENY" ? kDenyOrder : kCustomOrder;
    if (action != "ALLOW" && action != "DENY" && action != "CUSTOM")
      spec.At("action").AddProblem("not an action: " + Quoted(action));
    if (policy_.isolates) PassOtherProtocols();
    for (const Field& entry : spec.At("rules").Items()) {
      Rule rule;
      rule.action = action == "ALLOW" ? Action::kAllow : Action::kDeny;
      rule.field = entry.path();
      if (action == "CUSTOM") rule.doubt = "an external authorizer decides";
      if (ReadRule(entry, rule)) policy_.ingress_rules.push_back(std::move(rule));
    }
  }

  /// Sidecars see TCP alone.
  void PassOtherProtocols() {
    Rule others;
    others.field = "spec";
    others.peers = {RulePeer::Everyone("spec")};
    others.ports.Add(Protocol::kUdp, PortSet::All());
    others.ports.Add(Protocol::kSctp, PortSet::All());
    others.ports.Add(Protocol::kTcp, OwnPorts());
    others.note = "a mesh concerns TCP alone, and not the ports of its own proxy";
    policy_.ingress_rules.push_back(std::move(others));
  }

  /// False where it can't match a connection.
  bool ReadRule(const Field& entry, Rule& rule) const {
    DocumentReader::Expect(entry, {"from", "to", "when"});
    const auto from = entry.At("from").Items();
    const auto to = entry.At("to").Items();
    if (from.empty()) rule.peers.push_back(RulePeer::Everyone(entry.path()));
    if (to.empty()) rule.ports = MeshPorts();
    bool any_source = from.empty();
    bool any_operation = to.empty();
    for (const Field& one : from)
      any_source |= SourceReader(one.At("source"), reader_.document().ns, plain_, rule).Read();
    for (const Field& one : to) any_operation |= ReadOperation(one.At("operation"), rule);
    if (!entry.At("when").Items().empty() && rule.doubt.empty())
      rule.doubt = entry.At("when").path() + ": conditions are not evaluated";
    return any_source && any_operation;
  }

  void ReadAuthentication() {
    const Field spec = reader_.spec();
    DocumentReader::Expect(spec, {"selector", "mtls", "portLevelMtls"});
    ReadSubjects(spec.At("selector").At("matchLabels"));
    policy_.tier = {Tier::Layer::kIstio, kAuthenticationOrder, "istio mTLS"};
    policy_.isolates = false;
    policy_.ingress = true;
    const bool root = reader_.document().ns == kRootNamespace;
    policy_.order = !labels_.empty() ? 1 : root ? 3 : 2;
    // Istio composes none of the root namespace that has a selector.
    if (root && !labels_.empty()) policy_.ingress = false;
    for (const auto& key : spec.At("portLevelMtls").Keys()) {
      const Field of = spec.At("portLevelMtls").At(key.c_str());
      RulePorts ports;
      if (const auto port = Port::Parse(key)) {
        PortSet one;
        one.Add(*port);
        ports.Add(Protocol::kTcp, one);
      } else {
        of.AddProblem("not a port: " + Quoted(key));
      }
      // Ports count beside a selector alone.
      if (!labels_.empty()) AddMode(of.At("mode"), ports);
    }
    AddMode(spec.At("mtls").At("mode"), MeshPorts());
  }

  /// STRICT refuses who has no identity; what a nearer policy says isn't asked of a farther one.
  void AddMode(const Field& field, const RulePorts& ports) {
    const std::string mode = field.Text("UNSET");
    if (mode == "UNSET") return;
    if (mode != "STRICT" && mode != "PERMISSIVE" && mode != "DISABLE")
      field.AddProblem("not a mode: " + Quoted(mode));
    if (mode == "STRICT") {
      Rule deny;
      deny.action = Action::kDeny;
      deny.field = field.path();
      deny.ports = ports;
      auto& plain = deny.peers.emplace_back(RulePeer::Everyone(field.path()));
      plain.text = "whoever is not in the mesh";
      plain.any_of = CalicoPods({{}, std::nullopt, {WithoutIdentity()}}, field);
      deny.peers.push_back(MayHaveIdentity(plain));
      policy_.ingress_rules.push_back(std::move(deny));
    }
    Rule pass;
    pass.action = Action::kPass;
    pass.field = field.path();
    pass.ports = ports;
    pass.peers = {RulePeer::Everyone(field.path())};
    policy_.ingress_rules.push_back(std::move(pass));
  }

  void ReadSidecar() {
    const Field spec = reader_.spec();
    const Field mode = spec.At("outboundTrafficPolicy").At("mode");
    ReadSubjects(spec.At("workloadSelector").At("labels"));
    policy_.isolates = false;
    if (mode.Text() != "REGISTRY_ONLY") return;
    policy_.egress = true;
    Rule rule;
    rule.action = Action::kDeny;
    rule.field = mode.path();
    rule.peers = {RulePeer::Everyone(mode.path())};
    rule.ports = AllTcp();
    rule.doubt = "what the mesh's registry holds is not known";
    policy_.egress_rules.push_back(std::move(rule));
  }

  DocumentReader reader_;
  PolicyRules policy_;
  LabelSelector labels_;
  bool plain_;
};

/// Where a PeerAuthentication says DISABLE, of whatever port.
std::set<std::string> PlainNamespaces(std::span<const PolicyDocument* const> documents) {
  std::set<std::string> namespaces;
  for (const auto* document : documents) {
    Problems problems;
    const Field spec = Field(*document->object, "", problems).At("spec");
    if (document->kind != "PeerAuthentication") continue;
    bool plain = spec.At("mtls").At("mode").Text() == "DISABLE";
    const Field ports = spec.At("portLevelMtls");
    for (const auto& port : ports.Keys())
      plain = plain || ports.At(port.c_str()).At("mode").Text() == "DISABLE";
    if (plain) namespaces.insert(document->ns);
  }
  return namespaces;
}

}  // namespace

void ReadIstio(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
               std::vector<PolicyRules>& rules) {
  const auto first = rules.size();
  const auto plain = PlainNamespaces(documents);
  for (const auto* document : documents) IstioReader(snapshot, *document, plain).Read(rules);
  // Of several PeerAuthentications of one level the oldest counts, and ages aren't read.
  std::map<std::pair<double, std::string>, int> levels;
  const auto level_of = [](const PolicyRules& policy) {
    return std::pair(policy.order, policy.policy.substr(0, policy.policy.find('/')));
  };
  for (auto i = first; i < rules.size(); ++i) {
    if (rules[i].kind == "PeerAuthentication") ++levels[level_of(rules[i])];
  }
  for (auto i = first; i < rules.size(); ++i) {
    // Each stands there twice: for ambient mode, too.
    if (rules[i].kind != "PeerAuthentication" || levels[level_of(rules[i])] <= 2) continue;
    for (auto& rule : rules[i].ingress_rules)
      rule.doubt = "several PeerAuthentications of one level: the oldest counts, which isn't known";
  }
}

}  // namespace podreach::policy
