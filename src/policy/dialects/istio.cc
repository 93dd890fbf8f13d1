// Istio's AuthorizationPolicy and PeerAuthentication (security.istio.io) and Sidecar
// (networking.istio.io). What they mean is in ../semantics/istio.md.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/document_reader.h"
#include "policy/dialects/support/istio_rules.h"
#include "policy/dialects/support/mesh.h"
#include "policy/dialects/support/pod_selectors.h"

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

// The order of what a sidecar asks.
constexpr double kAuthenticationOrder = -10;
constexpr double kCustomOrder = 1;
constexpr double kDenyOrder = 2;
constexpr double kAllowOrder = 3;

/// What the documents of a mesh hang on beside themselves.
class IstioWorld {
 public:
  IstioWorld(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents)
      : snapshot_(snapshot), plain_(PlainNamespaces(documents)) {}

  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
  /// Whether pods that a policy of the namespace selects may be spoken to without mTLS.
  [[nodiscard]] bool MayBePlain(const std::string& ns) const {
    return plain_.contains(ns) || plain_.contains(std::string(kIstioRoot)) ||
           (ns == kIstioRoot && !plain_.empty());
  }
  /// DeclaredAsNoHttp(), found once a namespace.
  [[nodiscard]] const PortSet& NoHttp(const std::string& ns) {
    const auto [found, added] = no_http_.try_emplace(ns);
    if (added) found->second = DeclaredAsNoHttp(snapshot_, ns);
    return found->second;
  }

 private:
  /// Where a PeerAuthentication says DISABLE, of whatever port.
  static std::set<std::string> PlainNamespaces(std::span<const PolicyDocument* const> documents) {
    std::set<std::string> namespaces;
    for (const auto* document : documents) {
      if (document->kind != "PeerAuthentication") continue;
      Problems problems;
      const nlohmann::json object = document->object.Unpack();
      const Field spec = Field(object, "", problems).At("spec");
      bool plain = spec.At("mtls").At("mode").Text() == "DISABLE";
      const Field ports = spec.At("portLevelMtls");
      for (const auto& port : ports.Keys())
        plain = plain || ports.At(port.c_str()).At("mode").Text() == "DISABLE";
      if (plain) namespaces.insert(document->ns);
    }
    return namespaces;
  }

  const Snapshot& snapshot_;
  const std::set<std::string> plain_;
  std::map<std::string, PortSet> no_http_;
};

class IstioReader {
 public:
  IstioReader(IstioWorld& world, const PolicyDocument& document)
      : world_(world), reader_(world.snapshot(), document), policy_(reader_.Begin()) {
    policy_.tier = {LayerNamed(kIstioLayer), 0, "istio"};
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
      may_deny.ports = IstioTcp();
      may_deny.doubt =
          "policies are not evaluated for pods in ambient mode, gateways, and pods that keep ports "
          "out of the mesh";
      ambient.ingress_rules.clear();
      ambient.egress_rules.clear();
      if (ambient.ingress) ambient.ingress_rules = {may_deny};
      if (ambient.egress) ambient.egress_rules = {may_deny};
      rules.push_back(std::move(ambient));
    } else {
      policy_.subjects = {reader_.document().ns == kIstioRoot ? AllPods()
                                                              : PodsOf(reader_.document().ns)};
    }
    rules.push_back(std::move(policy_));
  }

 private:
  [[nodiscard]] std::vector<PodPeer> Subjects(LabelSelector labels,
                                              std::vector<std::string> ways) const {
    const auto& ns = reader_.document().ns;
    auto subjects = ns == kIstioRoot ? AllPods() : PodsOf(ns);
    labels.requirements.push_back(InIstio(std::move(ways)));
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
      Rule without_requests = rule;
      const bool matches = ReadRule(entry, Requests::kOfHttp, rule);
      if (!reader_.has_problems() && AsksOfRequests(entry)) {
        const auto& ports = world_.NoHttp(reader_.document().ns);
        if (!ports.empty()) AddWhereNotHttp(entry, ports, std::move(without_requests), rule);
      }
      if (matches) policy_.ingress_rules.push_back(std::move(rule));
    }
  }

  static bool AsksOfRequests(const Field& entry) {
    const auto has = [](const Field& of, std::initializer_list<const char*> fields) {
      return std::ranges::any_of(fields, [&](const char* field) { return of.Has(field); });
    };
    return std::ranges::any_of(
               entry.At("to").Items(),
               [&](const Field& to) {
                 return has(to.At("operation"),
                            {"hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"});
               }) ||
           std::ranges::any_of(entry.At("from").Items(), [&](const Field& from) {
             return has(from.At("source"), {"requestPrincipals", "notRequestPrincipals"});
           });
  }

  /// Where a port isn't of HTTP Istio ignores an ALLOW that asks of requests, and reads a DENY as
  /// if it didn't. Which of the namespace's pods the Service is for isn't asked: both may be.
  void AddWhereNotHttp(const Field& entry, const PortSet& no_http, Rule without_requests,
                       Rule& rule) {
    if (!ReadRule(entry, Requests::kLeftUnsaid, without_requests)) return;
    const auto ports = without_requests.ports.Resolve(Protocol::kTcp, nullptr).Intersect(no_http);
    if (ports.empty()) return;
    without_requests.ports = RulePorts();
    without_requests.ports.Add(Protocol::kTcp, ports);
    without_requests.doubt = entry.path() +
                             ": a Service declares the port as something else than HTTP, where "
                             "conditions of layer 7 mean something else";
    if (rule.action == Action::kAllow) rule.ports.Except(Protocol::kTcp, ports);
    policy_.ingress_rules.push_back(std::move(without_requests));
  }

  /// Sidecars see TCP alone.
  void PassOtherProtocols() {
    Rule others;
    others.field = "spec";
    others.peers = {RulePeer::Everyone("spec")};
    others.ports.Add(Protocol::kUdp, PortSet::All());
    others.ports.Add(Protocol::kSctp, PortSet::All());
    others.ports.Add(Protocol::kTcp, IstioOwnPorts());
    others.note = "a mesh concerns TCP alone, and not the ports of its own proxy";
    policy_.ingress_rules.push_back(std::move(others));
  }

  /// False where it can't match a connection.
  bool ReadRule(const Field& entry, Requests requests, Rule& rule) const {
    DocumentReader::Expect(entry, {"from", "to", "when"});
    const auto from = entry.At("from").Items();
    const auto to = entry.At("to").Items();
    if (from.empty()) rule.peers.push_back(RulePeer::Everyone(entry.path()));
    if (to.empty()) rule.ports = IstioTcp();
    bool any_source = from.empty();
    bool any_operation = to.empty();
    const std::string& ns = reader_.document().ns;
    for (const Field& one : from)
      any_source |= ReadIstioSource(one.At("source"), {ns, world_.MayBePlain(ns), requests}, rule);
    for (const Field& one : to)
      any_operation |= ReadIstioOperation(one.At("operation"), requests, rule);
    if (!entry.At("when").Items().empty() && rule.doubt.empty())
      rule.doubt = entry.At("when").path() + ": conditions are not evaluated";
    return any_source && any_operation;
  }

  void ReadAuthentication() {
    const Field spec = reader_.spec();
    DocumentReader::Expect(spec, {"selector", "mtls", "portLevelMtls"});
    ReadSubjects(spec.At("selector").At("matchLabels"));
    policy_.tier = {LayerNamed(kIstioLayer), kAuthenticationOrder, "istio mTLS"};
    policy_.isolates = false;
    policy_.ingress = true;
    const bool root = reader_.document().ns == kIstioRoot;
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
    AddMode(spec.At("mtls").At("mode"), IstioTcp());
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
      plain.any_of = PodsAnywhere({WithoutIstioIdentity()});
      deny.peers.push_back(MayHaveIstioIdentity(plain));
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

  IstioWorld& world_;
  DocumentReader reader_;
  PolicyRules policy_;
  LabelSelector labels_;
};

}  // namespace

static void ReadIstio(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                      std::vector<PolicyRules>& rules) {
  const auto first = rules.size();
  IstioWorld world(snapshot, documents);
  for (const auto* document : documents) IstioReader(world, *document).Read(rules);
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

namespace istio {

Dialect Make() {
  Dialect dialect;
  dialect.name = "Istio";
  dialect.kinds = {{"security.istio.io", "AuthorizationPolicy", "authorizationpolicies"},
                   {"security.istio.io", "PeerAuthentication", "peerauthentications"},
                   {"networking.istio.io", "Sidecar", "sidecars"}};
  dialect.read = ReadIstio;
  dialect.documents = Dialect::Documents::kAllTogether;
  dialect.layer = kIstioLayer;
  return dialect;
}

}  // namespace istio
}  // namespace podreach::policy
