#include <algorithm>

#include "collect/parse.h"

namespace podreach {
namespace {

constexpr const char* kNameLabel = "kubernetes.io/metadata.name";

bool HasAny(const std::vector<std::string>& list, std::string_view a, std::string_view b) {
  return std::ranges::any_of(list, [&](const std::string& text) { return text == a || text == b; });
}

/// Whether "pods", "pods/*", "*" or "*/*" is there: resource and subresource are matched apart, and
/// a "*" subresource matches none as well (apiserver, admission/plugin/webhook/predicates/rules).
bool CoversPods(const std::vector<std::string>& resources) {
  return std::ranges::any_of(resources, [](std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view resource = text.substr(0, slash);
    const bool any_subresource = slash == std::string_view::npos || text.substr(slash + 1) == "*";
    return (resource == "pods" || resource == "*") && any_subresource;
  });
}

bool AsksForPodCreation(const Field& rule) {
  return HasAny(rule.At("operations").Texts(), "CREATE", "*") &&
         HasAny(rule.At("apiGroups").Texts(), "", "*") &&
         HasAny(rule.At("apiVersions").Texts(), "v1", "*") &&
         CoversPods(rule.At("resources").Texts()) && rule.At("scope").Text("*") != "Cluster";
}

/// "key=value:effect", or "key:effect" for a taint without value, as kubectl writes it.
std::string TaintText(const Field& taint) {
  const std::string value = taint.At("value").Text();
  return taint.At("key").Text() + (value.empty() ? "" : "=" + value) + ":" +
         taint.At("effect").Text();
}

}  // namespace

std::optional<Namespace> ParseNamespace(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  Namespace ns;
  ns.name = name->name;
  ns.uid = name->uid;
  ns.labels = object.At("metadata").At("labels").ReadLabels();
  // The API server sets it on every namespace, over anything a user wrote
  // (NamespaceDefaultLabelName).
  ns.labels[kNameLabel] = ns.name;
  ns.mesh_hints = MeshHints(object.At("metadata"));
  ns.terminating = object.At("metadata").At("deletionTimestamp").present() ||
                   object.At("status").At("phase").Text() == "Terminating";
  return ns;
}

std::optional<Node> ParseNode(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  const Field spec = object.At("spec");
  const Field status = object.At("status");
  Node node;
  node.name = name->name;
  node.uid = name->uid;
  node.labels = object.At("metadata").At("labels").ReadLabels();
  node.unschedulable = spec.At("unschedulable").Flag(false);
  for (const Field& entry : status.At("addresses").Items()) {
    if (entry.At("type").Text() != "InternalIP") continue;
    if (auto ip = entry.At("address").ReadIp()) node.internal_ips.push_back(*ip);
  }
  for (const Field& field : spec.At("podCIDRs").Items()) {
    if (auto cidr = field.ReadCidr()) node.pod_cidrs.push_back(*cidr);
  }
  const Field single = spec.At("podCIDR");
  if (node.pod_cidrs.empty() && single.present() && !single.Text().empty()) {
    if (auto cidr = single.ReadCidr()) node.pod_cidrs.push_back(*cidr);
  }
  for (const Field& condition : status.At("conditions").Items()) {
    if (condition.At("type").Text() == "Ready")
      node.ready = condition.At("status").Text() == "True";
  }
  for (const Field& taint : spec.At("taints").Items()) {
    const std::string effect = taint.At("effect").Text();
    if (effect == "NoSchedule" || effect == "NoExecute") {
      node.no_schedule_taints.push_back(TaintText(taint));
    }
  }
  return node;
}

std::optional<PodDisruptionBudget> ParseDisruptionBudget(const Field& object) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  return PodDisruptionBudget{name->ns, name->name, object.At("spec").At("selector").ReadSelector()};
}

std::vector<PodWebhook> ParsePodWebhooks(const Field& object) {
  std::vector<PodWebhook> webhooks;
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return webhooks;
  for (const Field& entry : object.At("webhooks").Items()) {
    if (!std::ranges::any_of(entry.At("rules").Items(), AsksForPodCreation)) continue;
    // Both selectors default to the empty one, which matches everything. matchConditions could
    // narrow it further: left out, so that a webhook rather counts once too often.
    webhooks.push_back({name->name, entry.At("name").Text(),
                        entry.At("namespaceSelector").ReadSelector().value_or(LabelSelector{}),
                        entry.At("objectSelector").ReadSelector().value_or(LabelSelector{})});
  }
  return webhooks;
}

}  // namespace podreach
