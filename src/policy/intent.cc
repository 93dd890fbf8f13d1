#include "podreach/policy/intent.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "podreach/net/service_catalog.h"

namespace podreach {
namespace {

constexpr std::string_view kSchema = "podreach.io/intent/v1";
constexpr std::array<std::string_view, 5> kSeverities = {"info", "low", "medium", "high",
                                                         "critical"};

constexpr std::array<std::pair<std::string_view, IntentPlace>, 5> kPlaces = {{
    {"nodes", IntentPlace::kNodes},
    {"control-plane", IntentPlace::kControlPlane},
    {"metadata", IntentPlace::kMetadata},
    {"dns", IntentPlace::kDns},
    {"internet", IntentPlace::kInternet},
}};

void ExpectFields(const Field& object, std::initializer_list<std::string_view> known) {
  for (const auto& key : object.Keys()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      object.At(key.c_str()).AddProblem("no such field here");
  }
}

IntentEnd ReadEnd(const Field& field) {
  ExpectFields(field, {"namespace", "namespaceSelector", "podSelector", "workload", "cidr",
                       "except", "place"});
  IntentEnd end;
  if (field.Has("namespace")) end.ns = field.At("namespace").Text();
  if (field.Has("workload")) {
    end.workload = field.At("workload").Text();
    if (end.workload->find('/') == std::string::npos)
      field.At("workload").AddProblem("not of the form NAMESPACE/NAME: " + Quoted(*end.workload));
  }
  end.namespaces = field.At("namespaceSelector").ReadSelector();
  end.pods = field.At("podSelector").ReadSelector();
  if (const auto cidr = field.At("cidr").ReadCidr()) {
    end.block = IpBlock{*cidr, {}};
    for (const Field& except : field.At("except").Items()) {
      if (const auto hole = except.ReadCidr()) end.block->except.push_back(*hole);
    }
  } else if (field.Has("except")) {
    field.At("except").AddProblem("goes with a cidr alone");
  }
  if (field.Has("place")) {
    const auto name = field.At("place").Text();
    const auto found = std::ranges::find(kPlaces, name, [](const auto& p) { return p.first; });
    if (found == kPlaces.end()) {
      field.At("place").AddProblem("not a place: " + Quoted(name) +
                                   "; there are nodes, control-plane, metadata, dns, internet");
    } else {
      end.place = found->second;
    }
  }
  const bool pods = end.ns || end.namespaces || end.pods || end.workload;
  if (static_cast<int>(pods) + static_cast<int>(end.block.has_value()) +
          static_cast<int>(end.place.has_value()) !=
      1) {
    field.AddProblem(
        "needs one of: pods (namespace, namespaceSelector, podSelector, workload), "
        "cidr, place");
  }
  return end;
}

IntentSide ReadSide(const Field& field) {
  IntentSide side;
  if (field.present() && field.Items().empty())
    field.AddProblem("is empty: leave it out for anyone");
  for (const Field& entry : field.Items()) side.push_back(ReadEnd(entry));
  return side;
}

/// 5432, "53/udp" or "8000-8010/tcp".
void ReadPort(const Field& field, std::array<PortSet, 3>& ports) {
  std::string text = field.is_string() ? field.Text() : std::string();
  if (!field.is_string()) {
    const auto number = field.Integer();
    if (number) text = std::to_string(*number);
  }
  std::string name = "TCP";
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    name = text.substr(slash + 1);
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    text.resize(slash);
  }
  const auto set = PortSet::Parse(text);
  const auto protocol = ParseProtocol(name);
  if (!set || !protocol)
    return field.AddProblem("not a port: write 5432, \"53/udp\" or \"8000-8010\"");
  ports.at(static_cast<std::size_t>(*protocol)).Add(*set);
}

Intent ReadIntent(const Field& field) {
  ExpectFields(field, {"name", "action", "from", "to", "ports", "reason", "owner", "severity"});
  Intent intent;
  intent.name = field.At("name").Text();
  if (intent.name.empty()) field.At("name").AddProblem("missing");
  const auto action = field.At("action").Text();
  if (action == "allow") {
    intent.action = IntentAction::kAllow;
  } else if (action == "allow-only") {
    intent.action = IntentAction::kAllowOnly;
  } else if (action != "deny") {
    field.At("action").AddProblem("not an action: " + Quoted(action) +
                                  "; there are deny, allow, allow-only");
  }
  intent.from = ReadSide(field.At("from"));
  intent.to = ReadSide(field.At("to"));
  if (intent.from.empty() && intent.action == IntentAction::kAllowOnly)
    field.AddProblem("allow-only needs `from`");
  if (intent.from.empty() && intent.to.empty()) field.AddProblem("needs `from` or `to`");
  const auto ports = field.At("ports").Items();
  for (const Field& port : ports) ReadPort(port, intent.ports);
  if (ports.empty()) intent.ports.fill(PortSet::All());
  intent.reason = field.At("reason").Text();
  intent.owner = field.At("owner").Text();
  intent.severity = field.At("severity").Text("high");
  if (std::ranges::find(kSeverities, intent.severity) == kSeverities.end())
    field.At("severity")
        .AddProblem("not a severity: " + Quoted(intent.severity) +
                    "; there are info, low, medium, high, critical");
  return intent;
}

IpBlock Block(const char* cidr, std::initializer_list<const char*> except = {}) {
  IpBlock block{*Cidr::Parse(cidr), {}};
  for (const char* hole : except) block.except.push_back(*Cidr::Parse(hole));
  return block;
}

/// What isn't global by the IANA registries of special-purpose addresses (RFC 6890).
std::vector<IpBlock> Internet() {
  return {Block("0.0.0.0/0",
                {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                 "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"}),
          Block("2000::/3")};
}

bool IsControlPlane(const Node& node) {
  return node.labels.contains("node-role.kubernetes.io/control-plane") ||
         node.labels.contains("node-role.kubernetes.io/master");
}

}  // namespace

std::string_view ToString(IntentAction action) {
  switch (action) {
    case IntentAction::kDeny:
      return "deny";
    case IntentAction::kAllow:
      return "allow";
    case IntentAction::kAllowOnly:
      return "allow-only";
  }
  return {};
}

IntentFile ReadIntents(const nlohmann::json& document, Problems& problems) {
  const Field root(document, "", problems);
  IntentFile file;
  if (!root.is_object()) {
    problems.Add("document", "not an object with `schema` and `intents`");
    return file;
  }
  ExpectFields(root, {"schema", "intents", "builtIn"});
  if (root.At("schema").Text() != kSchema)
    root.At("schema").AddProblem("must be " + std::string(kSchema));
  std::set<std::string> names;
  for (const Intent& built_in : BuiltInIntents()) names.insert(built_in.name);
  for (const PolicyLint& lint : PolicyLints()) names.emplace(lint.name);
  const Field built_in = root.At("builtIn");
  for (const auto& key : built_in.Keys()) {
    if (!names.contains(key))
      built_in.At(key.c_str()).AddProblem("no built-in intent is so called");
    if (!built_in.At(key.c_str()).Flag(true)) file.switched_off.insert(key);
  }
  for (const Field& entry : root.At("intents").Items()) {
    file.intents.push_back(ReadIntent(entry));
    if (!names.insert(file.intents.back().name).second)
      entry.At("name").AddProblem("another intent has this name");
  }
  return file;
}

std::vector<PolicyLint> PolicyLints() {
  using Asks = PolicyLint::Asks;
  return {
      {Asks::kDefaultDenyIngress, "default-deny-ingress", "medium",
       "every namespace with pods denies ingress by default"},
      {Asks::kDefaultDenyEgress, "default-deny-egress", "low",
       "every namespace with pods denies egress by default"},
      {Asks::kSelects, "policy-selects-something", "high", "every policy selects a pod"},
      {Asks::kMatters, "policy-not-shadowed", "low", "no policy could go without a change"},
  };
}

std::vector<Intent> BuiltInIntents() {
  const auto make = [](const char* name, IntentPlace to, const std::vector<const char*>& services,
                       const char* severity, const char* reason) {
    Intent intent;
    intent.name = name;
    auto& from = intent.from.emplace_back();
    from.namespaces = LabelSelector{
        {{"kubernetes.io/metadata.name", LabelRequirement::Operator::kNotIn, {"kube-system"}}}};
    from.own_network = true;
    intent.to.emplace_back().place = to;
    for (const char* service : services) intent.ports[0].Add(ServicePorts(service, Protocol::kTcp));
    intent.severity = severity;
    intent.reason = reason;
    intent.built_in = true;
    return intent;
  };
  return {
      make("no-metadata", IntentPlace::kMetadata, {"cloud-metadata"}, "high",
           "credentials of the node are one request away"),
      make("no-etcd", IntentPlace::kControlPlane, {"etcd"}, "critical", "etcd holds every secret"),
      make("no-kubelet", IntentPlace::kNodes, {"kubelet"}, "high",
           "the kubelet runs commands in every pod of its node"),
      make("no-control-plane", IntentPlace::kControlPlane,
           {"etcd-metrics", "kube-controller-manager", "kube-scheduler"}, "medium",
           "only the API server is for workloads"),
      make("no-container-runtime", IntentPlace::kNodes, {"docker", "cri-o"}, "critical",
           "the container runtime is root on its node"),
  };
}

IntentMatcher::IntentMatcher(const Snapshot& snapshot) : snapshot_(snapshot) {
  for (const auto& ns : snapshot.namespaces) namespaces_.emplace(ns.name, &ns);
  dns_ = LabelSelector{{{"k8s-app", LabelRequirement::Operator::kIn, {"kube-dns"}}}};
  for (const auto& service : snapshot.services) {
    if (service.ns != "kube-system" || service.name != "kube-dns" || !service.selector) continue;
    dns_ = *service.selector;
  }
}

bool IntentMatcher::HasPod(const IntentEnd& end, const Pod& pod) const {
  if (end.block) {
    return !pod.host_network && std::ranges::any_of(pod.ips, [&](const IpAddress& address) {
      return end.block->Contains(address);
    });
  }
  if (end.place) {
    if (*end.place == IntentPlace::kDns) return pod.ns == "kube-system" && dns_.Matches(pod.labels);
    if (!pod.host_network) return false;
    if (*end.place == IntentPlace::kNodes) return true;
    if (*end.place != IntentPlace::kControlPlane) return false;
    return std::ranges::any_of(snapshot_.nodes, [&](const Node& node) {
      return node.name == pod.node && IsControlPlane(node);
    });
  }
  if (end.own_network && pod.host_network) return false;
  if (end.ns && *end.ns != pod.ns) return false;
  if (end.workload && *end.workload != pod.workload.ns + "/" + pod.workload.name) return false;
  if (end.namespaces) {
    const auto ns = namespaces_.find(pod.ns);
    if (!end.namespaces->Matches(ns == namespaces_.end() ? Labels{} : ns->second->labels))
      return false;
  }
  return !end.pods || end.pods->Matches(pod.labels);
}

bool IntentMatcher::HasPod(const IntentSide& side, const Pod& pod) const {
  return side.empty() ||
         std::ranges::any_of(side, [&](const IntentEnd& end) { return HasPod(end, pod); });
}

bool IntentMatcher::HasNode(const IntentSide& side, const Node& node) const {
  return side.empty() || std::ranges::any_of(side, [&](const IntentEnd& end) {
           if (end.place == IntentPlace::kNodes) return true;
           if (end.place == IntentPlace::kControlPlane) return IsControlPlane(node);
           return end.block.has_value() &&
                  std::ranges::any_of(node.internal_ips, [&](const IpAddress& address) {
                    return end.block->Contains(address);
                  });
         });
}

std::vector<IpBlock> IntentMatcher::BlocksOf(const IntentSide& side) const {
  if (side.empty()) return {Block("0.0.0.0/0"), Block("::/0")};
  std::vector<IpBlock> blocks;
  for (const auto& end : side) {
    if (end.block) blocks.push_back(*end.block);
    if (end.place == IntentPlace::kMetadata) {
      blocks.push_back(Block("169.254.169.254/32"));
      blocks.push_back(Block("fd00:ec2::254/128"));
    }
    if (end.place == IntentPlace::kInternet) {
      for (auto& block : Internet()) blocks.push_back(std::move(block));
    }
  }
  return blocks;
}

bool IntentMatcher::HasOutside(const IntentSide& side, const IpAddress& address) const {
  return std::ranges::any_of(BlocksOf(side),
                             [&](const IpBlock& block) { return block.Contains(address); });
}

}  // namespace podreach
