// Linkerd's Server, AuthorizationPolicy, MeshTLSAuthentication and NetworkAuthentication
// (policy.linkerd.io). What they mean is in ../semantics/linkerd.md.

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "policy/dialect.h"
#include "policy/dialects/support/document_reader.h"
#include "policy/dialects/support/mesh.h"
#include "policy/dialects/support/pod_selectors.h"

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

// The order of what a proxy asks: the Server of the port, else the pod's default.
constexpr double kServerOrder = 1;
constexpr double kDefaultPolicyOrder = 2;

/// Requirements are ANDed alternative by alternative, which multiplies them.
constexpr std::size_t kMaxAlternatives = 64;

/// Who meets a requirement: ends of a kind, pods that one of the selectors matches, in the block.
struct Client {
  AnySelector pods{LabelSelector{}};
  bool others = true;  // nodes and the outside, too
  std::optional<IpBlock> block;
  std::string doubt;
  std::string text;
};
using Clients = std::vector<Client>;

LabelRequirement InMesh() { return {std::string(kLinkerdKey), Operator::kExists, {}}; }

/// Pods in the mesh that show who they are.
LabelSelector WithIdentity() {
  return {{InMesh(), {std::string(kOpenOutKey), Operator::kDoesNotExist, {}}}};
}

/// Of pods that keep ports out of the mesh it isn't known whether they show who they are.
RulePeer MayHaveIdentity(const RulePeer& like) {
  RulePeer peer = like;
  auto pods = AllPods();
  pods.pods.requirements = {InMesh(), {std::string(kOpenOutKey), Operator::kExists, {}}};
  peer.any_of = {std::move(pods)};
  peer.doubt = "whether a pod that keeps ports out of the mesh shows an identity is not known";
  return peer;
}

LabelRequirement Is(std::string_view key, std::string value) {
  return {std::string(key), Operator::kIn, {std::move(value)}};
}

Client Meshed(AnySelector pods, std::string text) {
  Client client;
  client.pods = std::move(pods);
  client.others = false;
  client.text = std::move(text);
  return client;
}

Client Doubtful(std::string why) {
  Client client;
  client.doubt = std::move(why);
  client.text = "any client";
  return client;
}

/// "ACCOUNT.NAMESPACE.serviceaccount.identity.linkerd.cluster.local", or "*" for its beginning.
Client ReadIdentity(const Field& field) {
  const std::string text = field.Text();
  auto selector = WithIdentity();
  if (text == "*") return Meshed({std::move(selector)}, "pods in the mesh");
  const auto middle = text.find(".serviceaccount.identity.");
  if (middle == std::string::npos) {
    auto client = Meshed({std::move(selector)}, "identity " + Quoted(text));
    client.doubt = field.path() + ": not a service account's identity: " + Quoted(text);
    return client;
  }
  const auto name = text.substr(0, middle);
  const auto dot = name.find('.');
  if (name != "*") {
    const auto ns = dot == std::string::npos ? "" : name.substr(dot + 1);
    selector.requirements.push_back(Is(kPodNamespaceKey, ns));
    if (name.substr(0, dot) != "*")
      selector.requirements.push_back(Is(kServiceAccountKey, name.substr(0, dot)));
  }
  return Meshed({std::move(selector)}, "identity " + name);
}

/// A ServiceAccount or a Namespace.
Client ReadIdentityRef(const Field& ref, const std::string& ns) {
  DocumentReader::Expect(ref, {"group", "kind", "name", "namespace"});
  const std::string kind = ref.At("kind").Text();
  const std::string name = ref.At("name").Text();
  if (!ref.Has("name")) ref.At("name").AddProblem("missing");
  auto selector = WithIdentity();
  if (kind == "Namespace") {
    selector.requirements.push_back(Is(kPodNamespaceKey, name));
  } else if (kind == "ServiceAccount") {
    selector.requirements.push_back(Is(kPodNamespaceKey, ref.At("namespace").Text(ns)));
    selector.requirements.push_back(Is(kServiceAccountKey, name));
  } else {
    ref.At("kind").AddProblem("not a kind of identity: " + Quoted(kind));
  }
  return Meshed({std::move(selector)}, kind + " " + name);
}

Client ReadNetwork(const Field& network) {
  DocumentReader::Expect(network, {"cidr", "except"});
  Client client;
  const auto cidr = ReadBlock(network.At("cidr"));
  if (!cidr) {
    network.At("cidr").AddProblem("not a CIDR");
    return client;
  }
  client.block = IpBlock{*cidr, {}};
  client.text = "network " + cidr->ToString();
  for (const Field& entry : network.At("except").Items()) {
    if (const auto except = ReadBlock(entry)) client.block->except.push_back(*except);
  }
  return client;
}

/// Both of them; nothing where that is nobody.
std::optional<Client> Meet(const Client& one, const Client& other) {
  Client both;
  auto pods = BothOf(one.pods, other.pods);
  both.pods = pods ? *std::move(pods) : AnySelector{LabelSelector{}};
  both.others = one.others && other.others;
  both.doubt = one.doubt.empty() ? other.doubt : one.doubt;
  if (!pods) both.doubt = pods.error().message;
  both.text = one.text.empty() ? other.text : one.text + " and " + other.text;
  both.block = one.block ? one.block : other.block;
  if (!one.block || !other.block) return both;
  const bool nested = one.block->cidr.Contains(other.block->cidr);
  if (!nested && !other.block->cidr.Contains(one.block->cidr)) return std::nullopt;
  const auto& [inner, outer] =
      nested ? std::tie(*other.block, *one.block) : std::tie(*one.block, *other.block);
  both.block = inner;
  both.block->except.insert(both.block->except.end(), outer.except.begin(), outer.except.end());
  return both;
}

Clients AllOf(const std::vector<Clients>& requirements) {
  Clients all{Client{}};
  for (const auto& alternatives : requirements) {
    Clients next;
    for (const auto& one : all) {
      for (const auto& other : alternatives) {
        if (auto both = Meet(one, other)) next.push_back(*std::move(both));
      }
    }
    if (next.size() > kMaxAlternatives) return {Doubtful("too many alternatives to be evaluated")};
    all = std::move(next);
  }
  return all;
}

/// What stands for entries of a list, each of which may be malformed by itself.
template <class Read>
void ReadEach(DocumentReader& reader, const Field& list, Clients& clients, const Read& read) {
  for (const Field& entry : list.Items()) {
    auto client = read(entry);
    const auto problems = reader.TakeProblems();
    clients.push_back(problems.empty() ? std::move(client) : Doubtful(problems));
  }
}

/// A MeshTLSAuthentication or NetworkAuthentication.
Clients ReadAuthentication(DocumentReader& reader) {
  const Field spec = reader.spec();
  const bool by_mesh = reader.document().kind == "MeshTLSAuthentication";
  if (by_mesh) {
    DocumentReader::Expect(spec, {"identities", "identityRefs"});
  } else {
    DocumentReader::Expect(spec, {"networks"});
  }
  const std::vector<Field> lists = by_mesh
                                       ? std::vector{spec.At("identities"), spec.At("identityRefs")}
                                       : std::vector{spec.At("networks")};
  for (const Field& list : lists) (void)list.Items();
  if (!spec.present()) reader.root().At("spec").AddProblem("missing");
  if (auto problems = reader.TakeProblems(); !problems.empty())
    return {Doubtful(reader.document().Label() + ": " + problems)};
  Clients clients;
  if (by_mesh) {
    ReadEach(reader, lists[0], clients, ReadIdentity);
    ReadEach(reader, lists[1], clients,
             [&](const Field& ref) { return ReadIdentityRef(ref, reader.document().ns); });
  } else {
    ReadEach(reader, lists[0], clients, ReadNetwork);
  }
  return clients;
}

/// An AuthorizationPolicy: which Servers of its namespace it is for, and whom it lets in.
struct Authorization {
  std::string label;
  std::string server;  ///< empty: every Server of the namespace
  std::string doubt;   ///< why it may be for another target
  Clients clients;
};

using DocumentKey = std::tuple<std::string, std::string, std::string>;  // kind, namespace, name

class LinkerdReader {
 public:
  LinkerdReader(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents)
      : snapshot_(snapshot), documents_(documents) {}

  void Read(std::vector<PolicyRules>& rules) {
    for (const auto* document : documents_) {
      if (!document->kind.ends_with("Authentication")) continue;
      DocumentReader reader(snapshot_, *document);
      authentications_.try_emplace(DocumentKey(document->kind, document->ns, document->name),
                                   ReadAuthentication(reader));
    }
    for (const auto* document : documents_) {
      if (document->kind == "AuthorizationPolicy")
        authorizations_[document->ns].push_back(ReadAuthorization(*document));
    }
    for (const auto* document : documents_) {
      if (document->kind == "Server") ReadServer(*document, rules);
    }
  }

 private:
  [[nodiscard]] Clients ReadRequirement(const Field& ref, const std::string& ns) const {
    const std::string kind = ref.At("kind").Text();
    if (kind == "ServiceAccount") return {ReadIdentityRef(ref, ns)};
    DocumentReader::Expect(ref, {"group", "kind", "name", "namespace"});
    if (kind != "MeshTLSAuthentication" && kind != "NetworkAuthentication")
      ref.At("kind").AddProblem("not a kind of authentication: " + Quoted(kind));
    if (!ref.Has("name")) ref.At("name").AddProblem("missing");
    const auto found = authentications_.find(
        DocumentKey(kind, ref.At("namespace").Text(ns), ref.At("name").Text()));
    return found == authentications_.end() ? Clients{} : found->second;
  }

  [[nodiscard]] Authorization ReadAuthorization(const PolicyDocument& document) const {
    DocumentReader reader(snapshot_, document);
    const Field spec = reader.spec();
    Authorization authorization;
    authorization.label = "AuthorizationPolicy " + document.ns + "/" + document.name;
    const Field target = spec.At("targetRef");
    const std::string kind = target.At("kind").Text();
    if (kind == "Server") {
      authorization.server = target.At("name").Text();
    } else if (kind != "Namespace") {
      target.At("kind").AddProblem("targets of this kind are not evaluated: " + Quoted(kind));
    } else if (target.At("name").Text() != document.ns) {
      authorization.server = "/";  // the namespace of another: no Server of this one
    }
    if (!target.Has("name")) target.At("name").AddProblem("missing");
    authorization.doubt = reader.TakeProblems();
    DocumentReader::Expect(spec, {"targetRef", "requiredAuthenticationRefs"});
    const auto refs = spec.At("requiredAuthenticationRefs").Items();
    if (auto problems = reader.TakeProblems(); !problems.empty()) {
      authorization.clients = {Doubtful(authorization.label + ": " + problems)};
      return authorization;
    }
    std::vector<Clients> requirements;
    for (const Field& ref : refs) {
      requirements.push_back(ReadRequirement(ref, document.ns));
      if (auto problems = reader.TakeProblems(); !problems.empty())
        requirements.back() = {Doubtful(authorization.label + ": " + problems)};
    }
    authorization.clients = AllOf(requirements);
    return authorization;
  }

  void ReadServer(const PolicyDocument& document, std::vector<PolicyRules>& rules) const {
    DocumentReader reader(snapshot_, document);
    const Field spec = reader.spec();
    auto policy = reader.Begin();
    policy.tier = {LayerNamed(kLinkerdLayer), 0, "linkerd"};
    policy.order = kServerOrder;
    policy.ingress = true;
    policy.isolates = false;
    auto subject = PodsOf(document.ns);
    const auto selector = spec.At("podSelector").ReadSelector();
    if (!selector && spec.Has("externalWorkloadSelector") && !reader.has_problems()) return;
    if (!selector) spec.At("podSelector").AddProblem("missing");
    if (!reader.has_problems()) subject.pods = *selector;
    subject.pods.requirements.push_back(InMesh());
    policy.subjects = {std::move(subject)};
    const auto ports = ReadPort(spec.At("port"));
    if (auto problems = reader.TakeProblems(); !problems.empty()) {
      policy.unread = std::move(problems);
      policy.may_deny = true;
      rules.push_back(std::move(policy));
      return;
    }
    ReadAccessPolicy(reader, ports, policy);
    AddAuthorizations(document, ports, spec.path(), policy);
    auto& deny = policy.ingress_rules.emplace_back();
    deny.action = Action::kDeny;
    deny.field = spec.path();
    deny.ports = ports;
    deny.peers = {RulePeer::Everyone(spec.path())};
    deny.peers.front().text = "whoever no AuthorizationPolicy lets in";
    rules.push_back(std::move(policy));
  }

  [[nodiscard]] static RulePorts ReadPort(const Field& field) {
    RulePorts ports;
    if (field.is_string()) {
      ports.Add(PortName(Protocol::kTcp, field.Text()));
    } else if (const auto port = field.ReadPort()) {
      PortSet one;
      one.Add(*port);
      ports.Add(Protocol::kTcp, one);
    } else {
      field.AddProblem("not a port");
    }
    return ports;
  }

  static void ReadAccessPolicy(DocumentReader& reader, const RulePorts& ports, PolicyRules& policy);
  void AddAuthorizations(const PolicyDocument& server, const RulePorts& ports,
                         const std::string& field, PolicyRules& policy) const;

  const Snapshot& snapshot_;
  std::span<const PolicyDocument* const> documents_;
  std::map<DocumentKey, Clients> authentications_;
  std::map<std::string, std::vector<Authorization>> authorizations_;  // by namespace
};

void AddPeers(const Client& client, const Field& field, std::vector<RulePeer>& peers) {
  auto peer = RulePeer::Everyone(field.path());
  peer.looks_up_names = false;
  peer.nodes = peer.outside = client.others;
  const bool any_pod = client.pods.size() == 1 && client.pods.front().empty();
  if (!any_pod) peer.any_of = PodsAnywhere(client.pods);
  if (client.block) peer.blocks = {*client.block};
  peer.doubt = client.doubt;
  peer.text = client.text.empty() ? "any client" : client.text;
  if (!any_pod && !client.others) peers.push_back(MayHaveIdentity(peer));
  peers.push_back(std::move(peer));
}

/// The clients that a mode lets in: a Server's accessPolicy, a pod's default.
Clients ClientsOf(const std::string& mode) {
  if (mode == "all-unauthenticated" || mode == "audit") return {Client{}};
  if (mode == "deny") return {};
  if (mode == "all-authenticated" || mode == "cluster-authenticated")
    return {Meshed({WithIdentity()}, "pods in the mesh")};
  if (mode != "cluster-unauthenticated")
    return {Doubtful("what " + Quoted(mode) + " lets in is not known")};
  Client pods;
  pods.others = false;
  pods.text = "pods of the cluster";
  return {std::move(pods)};
}

/// A rule for each of the two sorts of clients that a mode tells apart.
void AddMode(const std::string& mode, const RulePorts& ports, const Field& field,
             std::vector<Rule>& rules) {
  Rule allow;
  allow.field = field.path();
  allow.ports = ports;
  for (const auto& client : ClientsOf(mode)) AddPeers(client, field, allow.peers);
  if (mode == "cluster-unauthenticated") {
    auto nodes = RulePeer::Everyone(field.path());
    nodes.pods = nodes.outside = false;
    nodes.text = "nodes";
    allow.peers.push_back(nodes);
    auto outside = RulePeer::Everyone(field.path());
    outside.pods = outside.nodes = false;
    outside.text = "addresses of the cluster";
    outside.doubt = "whether the address counts as one of the cluster's is not known";
    allow.peers.push_back(outside);
  }
  if (!allow.peers.empty()) rules.push_back(std::move(allow));
}

void LinkerdReader::ReadAccessPolicy(DocumentReader& reader, const RulePorts& ports,
                                     PolicyRules& policy) {
  const Field spec = reader.spec();
  DocumentReader::Expect(
      spec, {"podSelector", "externalWorkloadSelector", "port", "proxyProtocol", "accessPolicy"});
  const Field access = spec.At("accessPolicy");
  const std::string mode = access.Text("deny");
  if (auto problems = reader.TakeProblems(); !problems.empty()) {
    Rule may;
    may.field = spec.path();
    may.ports = ports;
    may.peers = {RulePeer::Everyone(spec.path())};
    may.doubt = std::move(problems);
    policy.ingress_rules.push_back(std::move(may));
    return;
  }
  AddMode(mode, ports, access, policy.ingress_rules);
}

void LinkerdReader::AddAuthorizations(const PolicyDocument& server, const RulePorts& ports,
                                      const std::string& field, PolicyRules& policy) const {
  const auto found = authorizations_.find(server.ns);
  if (found == authorizations_.end()) return;
  for (const auto& authorization : found->second) {
    if (authorization.doubt.empty() && !authorization.server.empty() &&
        authorization.server != server.name) {
      continue;
    }
    Rule allow;
    allow.field = field;
    allow.ports = ports;
    allow.doubt = authorization.doubt;
    Problems problems;
    const nlohmann::json nothing;
    for (const auto& client : authorization.clients) {
      const auto before = allow.peers.size();
      AddPeers(client, Field(nothing, field, problems), allow.peers);
      for (auto i = before; i < allow.peers.size(); ++i)
        allow.peers[i].text += ", by " + authorization.label;
    }
    if (!allow.peers.empty()) policy.ingress_rules.push_back(std::move(allow));
  }
}

}  // namespace

static void ReadLinkerd(const Snapshot& snapshot, std::span<const PolicyDocument* const> documents,
                        std::vector<PolicyRules>& rules) {
  LinkerdReader(snapshot, documents).Read(rules);
}

void AddLinkerdDefaults(const std::set<std::string>& modes, std::vector<PolicyRules>& rules) {
  for (const auto& mode : modes) {
    PolicyRules policy;
    policy.policy = "default-inbound-policy " + mode;
    policy.kind = "Linkerd";
    policy.tier = {LayerNamed(kLinkerdLayer), 0, "linkerd"};
    policy.order = kDefaultPolicyOrder;
    policy.ingress = true;
    policy.isolates = false;
    auto subject = AllPods();
    subject.pods.requirements = {Is(kLinkerdKey, mode)};
    policy.subjects = {std::move(subject)};
    Problems problems;
    const nlohmann::json nothing;
    const Field field(nothing, "config.linkerd.io/default-inbound-policy", problems);
    AddMode(mode, AllTcp(), field, policy.ingress_rules);
    Rule deny;
    deny.action = Action::kDeny;
    deny.field = field.path();
    deny.ports = AllTcp();
    deny.peers = {RulePeer::Everyone(field.path())};
    policy.ingress_rules.push_back(std::move(deny));
    rules.push_back(std::move(policy));
  }
}

namespace linkerd {

Dialect Make() {
  constexpr std::string_view kGroup = "policy.linkerd.io";
  Dialect dialect;
  dialect.name = "Linkerd";
  dialect.kinds = {{kGroup, "Server", "servers"},
                   {kGroup, "AuthorizationPolicy", "authorizationpolicies"},
                   {kGroup, "ServerAuthorization", "serverauthorizations"},
                   {kGroup, "MeshTLSAuthentication", "meshtlsauthentications"},
                   {kGroup, "NetworkAuthentication", "networkauthentications"},
                   {kGroup, "EgressNetwork", "egressnetworks"}};
  dialect.read = ReadLinkerd;
  dialect.documents = Dialect::Documents::kAllTogether;
  dialect.unread_kinds = {"ServerAuthorization", "EgressNetwork"};
  dialect.layer = kLinkerdLayer;
  return dialect;
}

}  // namespace linkerd
}  // namespace podreach::policy
