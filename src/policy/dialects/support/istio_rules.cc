#include "policy/dialects/support/istio_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "policy/dialects/support/document_reader.h"
#include "policy/dialects/support/mesh.h"
#include "policy/dialects/support/pod_selectors.h"

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

/// Who has an identity that the mesh vouches for.
LabelSelector WithIdentity() { return {{InIstio({"sidecar", "half-open"})}}; }

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
      case Operator::kNotIn:
      case Operator::kExists:
      case Operator::kDoesNotExist:
      case Operator::kContains:
      case Operator::kNotContains:
      case Operator::kNotStartsWith:
      case Operator::kNotEndsWith:
        continue;
    }
    denied.push_back({{std::move(requirement)}});
  }
  return denied;
}

/// Whether a port's Service says, by appProtocol or else by the name's prefix, that it carries
/// something else than HTTP.
bool IsDeclaredOtherwise(const ServicePort& port) {
  constexpr std::array<std::string_view, 7> kOthers = {"tcp",   "tls",   "https", "mongo",
                                                       "mysql", "redis", "udp"};
  const auto said =
      port.app_protocol.empty() ? port.name.substr(0, port.name.find('-')) : port.app_protocol;
  return port.protocol == Protocol::kTcp && std::ranges::find(kOthers, said) != kOthers.end();
}

/// One `source`: what it asks of pods, and of addresses.
class SourceReader {
 public:
  SourceReader(const Field& source, const IstioReading& reading, Rule& rule)
      : source_(source), reading_(reading), rule_(rule) {}

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
      if (!source_.Has(limit) || reading_.requests == Requests::kLeftUnsaid) continue;
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
      auto selector =
          WithNamespace(slash == std::string::npos ? reading_.ns : text.substr(0, slash));
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
      peer.any_of = PodsAnywhere(*pods_);
    }
    if (pods_) rule_.peers.push_back(MayHaveIstioIdentity(peer));
    if (pods_ && reading_.plain) {
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
  const IstioReading& reading_;
  Rule& rule_;
  std::optional<AnySelector> pods_;
  bool asks_identity_ = false;
  bool asks_who_not_ = false;
};

}  // namespace

LabelRequirement InIstio(std::vector<std::string> ways) {
  return {std::string(kIstioKey), Operator::kIn, std::move(ways)};
}

const PortSet& IstioOwnPorts() {
  static const PortSet ports = [] {
    PortSet own;
    constexpr std::array<std::uint16_t, 3> kPorts = {15020, 15021, 15090};
    for (const auto port : kPorts) own.Add(*Port::From(port));
    return own;
  }();
  return ports;
}

RulePorts IstioTcp() {
  auto ports = AllTcp();
  ports.Except(Protocol::kTcp, IstioOwnPorts());
  return ports;
}

RulePeer MayHaveIstioIdentity(const RulePeer& like) {
  RulePeer peer = like;
  peer.pods = true;
  peer.nodes = peer.outside = false;
  auto pods = AllPods();
  pods.pods.requirements.push_back(InIstio({"ambient"}));
  peer.any_of.emplace().push_back(std::move(pods));
  peer.doubt =
      "whether a pod in ambient mode, or one that keeps ports out of the mesh, shows an identity "
      "is not known";
  return peer;
}

LabelSelector WithoutIstioIdentity() {
  auto selector = LabelSelector{{InIstio({"sidecar", "half-open", "ambient"})}};
  selector.requirements.front().op = Operator::kNotIn;
  return selector;
}

PortSet DeclaredAsNoHttp(const Snapshot& snapshot, const std::string& ns) {
  const auto bears = [&](const std::string& other) { return other == ns || ns == kIstioRoot; };
  PortSet ports;
  std::set<std::string> names;
  for (const Service& service : snapshot.services) {
    for (const ServicePort& port : service.ports) {
      if (!bears(service.ns) || !IsDeclaredOtherwise(port)) continue;
      if (const auto* number = std::get_if<Port>(&port.target_port)) ports.Add(*number);
      if (const auto* name = std::get_if<std::string>(&port.target_port)) names.insert(*name);
    }
  }
  if (names.empty()) return ports;
  for (const Pod& pod : snapshot.pods) {
    for (const ContainerPort& port : pod.ports)
      if (bears(pod.ns) && names.contains(port.name)) ports.Add(port.port);
  }
  return ports;
}

bool ReadIstioSource(const Field& source, const IstioReading& reading, Rule& rule) {
  return SourceReader(source, reading, rule).Read();
}

bool ReadIstioOperation(const Field& operation, Requests requests, Rule& rule) {
  DocumentReader::Expect(operation, {"hosts", "notHosts", "ports", "notPorts", "methods",
                                     "notMethods", "paths", "notPaths"});
  for (const char* limit : {"hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"}) {
    if (!operation.Has(limit) || requests == Requests::kLeftUnsaid) continue;
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
  ports.Remove(IstioOwnPorts());
  rule.ports.Add(Protocol::kTcp, ports);
  return true;
}

}  // namespace podreach::policy
