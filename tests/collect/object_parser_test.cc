#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collect/objects.h"

namespace podreach {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class T>
std::vector<std::string> Texts(const std::vector<T>& values) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(value.ToString());
  return texts;
}

TEST(ObjectParserTest, Pod) {
  json object = Object("v1", "Pod", R"(
    "spec": {"nodeName": "n1", "hostNetwork": true,
      "containers": [{"ports": [{"name": "web", "containerPort": 80, "hostPort": 8080},
                                {"containerPort": 53, "protocol": "UDP", "hostPort": 0}]}],
      "initContainers": [{"ports": [{"containerPort": 1}]},
                         {"restartPolicy": "Always", "ports": [{"containerPort": 9}]}]},
    "status": {"phase": "Running", "podIP": "10.0.0.9",
      "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}],
      "conditions": [{"type": "Initialized", "status": "True"},
                     {"type": "Ready", "status": "True"}]})");
  object["metadata"]["labels"] = {{"app", "web"}};
  object["metadata"]["deletionTimestamp"] = "2025-01-01T00:00:00Z";
  const Snapshot snapshot = SnapshotOf(object);
  ASSERT_EQ(snapshot.pods.size(), 1U);
  EXPECT_EQ(GapText(snapshot), "");
  const Pod& pod = snapshot.pods[0];
  EXPECT_EQ(pod.uid, "u1");
  EXPECT_EQ(pod.labels.at("app"), "web");
  EXPECT_EQ(pod.workload.ToString(), "shop/x[Pod]");
  EXPECT_EQ(pod.node, "n1");
  EXPECT_TRUE(pod.host_network);
  EXPECT_EQ(pod.phase, PodPhase::kRunning);
  EXPECT_TRUE(pod.ready);
  EXPECT_TRUE(pod.terminating);
  EXPECT_THAT(Texts(pod.ips), ElementsAre("10.0.0.1", "fd00::1"));
  ASSERT_EQ(pod.ports.size(), 3U);
  EXPECT_EQ(pod.ports[0].name, "web");
  EXPECT_EQ(pod.ports[0].host_port->number(), 8080);
  EXPECT_EQ(pod.ports[1].protocol, Protocol::kUdp);
  EXPECT_FALSE(pod.ports[1].host_port);
  EXPECT_EQ(pod.ports[2].port.number(), 9);
}

TEST(ObjectParserTest, Workloads) {
  const auto owner = [](const std::string& kind, const std::string& name) {
    return R"([{"kind": ")" + kind + R"(", "name": ")" + name + R"(", "controller": true}])";
  };
  // 2025-11-10T12:00:00Z is minute 29378160.
  const struct {
    std::string owners;
    std::string hash;
    std::string workload;
  } cases[] = {
      {"[]", "", "shop/x[Pod]"},
      {owner("ReplicaSet", "web-7d9f"), "7d9f", "shop/web[Deployment]"},
      {owner("ReplicaSet", "web-7d9f"), "", "shop/web-7d9f[ReplicaSet]"},
      {owner("ReplicaSet", "web-7d9f"), "9f", "shop/web-7d9f[ReplicaSet]"},
      {owner("ReplicaSet", "-7d9f"), "7d9f", "shop/-7d9f[ReplicaSet]"},
      {owner("StatefulSet", "db"), "", "shop/db[StatefulSet]"},
      {owner("Job", "backup-29378150"), "", "shop/backup[CronJob]"},
      {owner("Job", "backup-29378161"), "", "shop/backup[CronJob]"},
      {owner("Job", "migrate-20251110"), "", "shop/migrate-20251110[Job]"},
      {owner("Job", "29378150"), "", "shop/29378150[Job]"},
      {owner("Job", "once"), "", "shop/once[Job]"},
      {owner("Node", "n1"), "", "shop/x[Pod]"},
      {R"([{"kind": "ReplicaSet", "name": "r"}])", "", "shop/x[Pod]"},
      {R"([{"kind": "A", "name": "a"}, {"kind": "B", "name": "b", "controller": true}])", "",
       "shop/b[B]"},
  };
  for (const auto& test : cases) {
    json object = Object("v1", "Pod");
    object["metadata"]["ownerReferences"] = Parse(test.owners);
    object["metadata"]["creationTimestamp"] = "2025-11-10T12:00:00Z";
    if (!test.hash.empty()) object["metadata"]["labels"]["pod-template-hash"] = test.hash;
    EXPECT_EQ(SnapshotOf(object).pods.at(0).workload.ToString(), test.workload) << test.owners;
  }
}

TEST(ObjectParserTest, MalformedPodsAreKeptAndNamed) {
  const struct {
    std::string members;
    std::string reason;
  } cases[] = {
      {R"("status": {"podIPs": [{"ip": "10.0.0.300"}]})",
       "status.podIPs[0].ip: not an IP address: \"10.0.0.300\""},
      {R"("spec": {"containers": {}})", "spec.containers: is object, not a list"},
      {R"("spec": {"containers": [{"ports": [{"containerPort": 70000}]}]})",
       "spec.containers[0].ports[0].containerPort: not a port: 70000"},
      {R"("spec": {"hostNetwork": "yes"})", "spec.hostNetwork: is string, not true or false"},
      {R"("spec": [], "status": 1)",
       "spec: is array, not an object; status: is number, not an object"},
  };
  for (const auto& test : cases) {
    const Snapshot snapshot = SnapshotOf(Object("v1", "Pod", test.members));
    EXPECT_EQ(snapshot.pods.size(), 1U);
    EXPECT_EQ(GapText(snapshot), "shop/Pod/x: " + test.reason + "\n");
  }
}

TEST(ObjectParserTest, HostileObjectsDoNotAbort) {
  json nested = json::array();
  for (int i = 0; i < 2000; ++i) nested = json::array({std::move(nested)});
  json deep = Object("v1", "Pod");
  deep["metadata"]["labels"]["a"] = std::move(nested);
  json huge = Object("v1", "Pod");
  huge["metadata"]["labels"][std::string(1U << 20U, 'k')] = 7;
  const Snapshot snapshot =
      SnapshotOf(deep, huge, json(7), json(), json::array(), json::object(),
                 Parse(R"({"kind": []})"), Parse(R"({"kind": "Pod", "apiVersion": "v1"})"),
                 Parse(
                     R"({"kind": "Pod", "apiVersion": "v1",
                "metadata": {"name": "\u001b[2Jq", "labels": 1}})"));
  EXPECT_EQ(snapshot.pods.size(), 3U);
  EXPECT_EQ(snapshot.gaps.size(), 9U);
  for (const SnapshotGap& gap : snapshot.gaps) {
    EXPECT_LT(gap.What().size() + gap.Why().size(), 2000U);
    EXPECT_EQ(gap.What().find('\x1b'), std::string::npos);
  }
}

/// Every value in `object`, the object itself included.
std::vector<json*> ValuesOf(json& object) {
  std::vector<json*> values{&object};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]->is_structured()) continue;
    for (json& child : *values[i]) values.push_back(&child);
  }
  return values;
}

TEST(ObjectParserTest, NoWrongTypeAborts) {
  const std::vector<json> originals = {
      Object("v1", "Pod", R"("spec": {"containers": [{"ports": [{"containerPort": 80}]}]},
        "status": {"podIPs": [{"ip": "10.0.0.1"}], "conditions": [{"type": "Ready"}]})"),
      Object("v1", "Service", R"("spec": {"clusterIPs": ["10.0.0.1"], "selector": {"a": "b"},
        "ports": [{"port": 80, "targetPort": "web", "nodePort": 30000}]})"),
      Object("networking.k8s.io/v1", "NetworkPolicy",
             R"("spec": {"podSelector": {"matchExpressions":
        [{"key": "a", "operator": "In", "values": ["b"]}]}, "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                     "ports": [{"port": 80, "endPort": 90}]}]})"),
      Object("discovery.k8s.io/v1", "EndpointSlice", R"("endpoints": [{"addresses": ["10.0.0.1"],
        "conditions": {"ready": true}, "targetRef": {"kind": "Pod"}}], "ports": [{"port": 80}])"),
      Object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration",
             R"("webhooks": [{"rules": [{"operations": ["CREATE"], "apiGroups": [""],
                "apiVersions": ["v1"], "resources": ["pods"]}]}])"),
  };
  const std::vector<json> wrong = {nullptr,
                                   true,
                                   -1,
                                   1e300,
                                   UINT64_MAX,
                                   "\xFF",
                                   json::array({1}),
                                   json::object({{"k", nullptr}})};
  for (const json& original : originals) {
    json probe = original;
    const std::size_t count = ValuesOf(probe).size();
    for (std::size_t i = 0; i < count; ++i) {
      for (const json& value : wrong) {
        json mutated = original;
        *ValuesOf(mutated)[i] = value;
        const Snapshot snapshot = SnapshotOf(mutated);
        EXPECT_LE(snapshot.gaps.size(), 1U);
      }
    }
  }
}

TEST(ObjectParserTest, Services) {
  const Snapshot snapshot = SnapshotOf(
      Object("v1", "Service",
             R"("spec": {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1", "fd00::1"],
        "selector": {"app": "web"}, "externalIPs": ["192.0.2.1"], "type": "NodePort",
        "publishNotReadyAddresses": true,
        "ports": [{"name": "a", "port": 80, "targetPort": "web", "nodePort": 30080},
                  {"port": 53, "protocol": "UDP"}, {"port": 81, "targetPort": 8081}, {"port": 0}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.2"}, {"hostname": "h"}]}})"),
      Object("v1", "Service",
             R"("spec": {"clusterIP": "None", "clusterIPs": ["None"], "selector": {}})"));
  ASSERT_EQ(snapshot.services.size(), 2U);
  const Service& service = snapshot.services[0];
  EXPECT_EQ(service.type, "NodePort");
  EXPECT_THAT(Texts(service.cluster_ips), ElementsAre("10.96.0.1", "fd00::1"));
  EXPECT_THAT(Texts(service.external_ips), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_EQ(service.selector->ToString(), "app=web");
  EXPECT_TRUE(service.publish_not_ready);
  ASSERT_EQ(service.ports.size(), 3U);
  EXPECT_EQ(std::get<std::string>(service.ports[0].target_port), "web");
  EXPECT_EQ(service.ports[0].node_port->number(), 30080);
  EXPECT_EQ(std::get<Port>(service.ports[1].target_port).number(), 53);
  EXPECT_EQ(std::get<Port>(service.ports[2].target_port).number(), 8081);
  EXPECT_TRUE(snapshot.services[1].IsHeadless());
  EXPECT_EQ(snapshot.services[1].type, "ClusterIP");
  EXPECT_FALSE(snapshot.services[1].selector);
  EXPECT_EQ(GapText(snapshot), "shop/Service/x: spec.ports[3].port: not a port: 0\n");
}

TEST(ObjectParserTest, EndpointSlices) {
  json object = Object("discovery.k8s.io/v1", "EndpointSlice", R"("addressType": "IPv4",
    "endpoints": [{"addresses": ["10.0.0.1", "10.0.0.2"],
                   "targetRef": {"kind": "Pod", "uid": "p1"}},
                  {"addresses": ["10.0.0.3"], "conditions": {"ready": false}},
                  {"addresses": ["10.0.0.4"], "conditions": {},
                   "targetRef": {"kind": "Node", "uid": "n"}}],
    "ports": [{"name": "web", "port": 8080}, {"protocol": "UDP"}])");
  object["metadata"]["labels"]["kubernetes.io/service-name"] = "web";
  const Snapshot snapshot = SnapshotOf(object);
  const EndpointSlice& slice = snapshot.endpoint_slices.at(0);
  EXPECT_EQ(slice.service, "web");
  ASSERT_EQ(slice.endpoints.size(), 4U);
  EXPECT_TRUE(slice.endpoints[1].ready);
  EXPECT_EQ(slice.endpoints[1].pod_uid, "p1");
  EXPECT_FALSE(slice.endpoints[2].ready);
  EXPECT_EQ(slice.endpoints[3].pod_uid, "");
  ASSERT_EQ(slice.ports.size(), 2U);
  EXPECT_EQ(slice.ports[0].port->number(), 8080);
  EXPECT_FALSE(slice.ports[1].port);

  object["addressType"] = "FQDN";
  object["endpoints"][0]["addresses"] = {"db.example"};
  EXPECT_THAT(SnapshotOf(object).gaps, IsEmpty());
  EXPECT_THAT(SnapshotOf(object).endpoint_slices.at(0).endpoints, IsEmpty());
}

TEST(ObjectParserTest, NamespacesAndNodes) {
  json ns = Parse(R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop",
    "labels": {"team": "a"}}, "status": {"phase": "Terminating"}})");
  const json node = Parse(R"({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"},
    "spec": {"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.1.0.0/24", "fd00::/64"],
      "unschedulable": true,
      "taints": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
                 {"key": "a", "value": "b", "effect": "NoExecute"},
                 {"key": "c", "effect": "PreferNoSchedule"}]},
    "status": {"addresses": [{"type": "Hostname", "address": "n1"},
                             {"type": "InternalIP", "address": "10.0.0.1"}],
      "conditions": [{"type": "Ready", "status": "True"}]}})");
  const Snapshot snapshot = SnapshotOf(ns, node);
  EXPECT_EQ(GapText(snapshot), "");
  EXPECT_EQ(snapshot.namespaces.at(0).labels.at("kubernetes.io/metadata.name"), "shop");
  EXPECT_EQ(snapshot.namespaces.at(0).labels.at("team"), "a");
  EXPECT_TRUE(snapshot.namespaces.at(0).terminating);
  const Node& n1 = snapshot.nodes.at(0);
  EXPECT_THAT(Texts(n1.internal_ips), ElementsAre("10.0.0.1"));
  EXPECT_THAT(Texts(n1.pod_cidrs), ElementsAre("10.1.0.0/24", "fd00::/64"));
  EXPECT_TRUE(n1.ready);
  EXPECT_TRUE(n1.unschedulable);
  EXPECT_THAT(n1.no_schedule_taints,
              ElementsAre("node-role.kubernetes.io/control-plane:NoSchedule", "a=b:NoExecute"));
}

TEST(ObjectParserTest, DisruptionBudgets) {
  const auto selector = [](const std::string& spec) {
    return SnapshotOf(Object("policy/v1", "PodDisruptionBudget", "\"spec\": " + spec))
        .disruption_budgets.at(0)
        .selector;
  };
  EXPECT_FALSE(selector("{}"));
  EXPECT_TRUE(selector(R"({"selector": {}})")->empty());
  EXPECT_EQ(selector(R"({"selector": {"matchLabels": {"a": "b"}}})")->ToString(), "a=b");
}

TEST(ObjectParserTest, WebhooksThatAskForPodCreation) {
  const struct {
    std::string rule;
    bool asks;
  } cases[] = {
      {R"("CREATE"|""|"v1"|"pods"|)", true},
      {R"("*"|"*"|"*"|"*"|)", true},
      {R"("UPDATE", "CREATE"|"apps", ""|"v1"|"deployments", "pods"|)", true},
      {R"("CREATE"|""|"v1"|"*/*"|"scope": "*",)", true},
      {R"("CREATE"|""|"v1"|"pods/*"|"scope": "Namespaced",)", true},
      {R"("CREATE"|""|"v1"|"pods"|"scope": "Cluster",)", false},
      {R"("UPDATE"|""|"v1"|"pods"|)", false},
      {R"("CREATE"|"apps"|"v1"|"*"|)", false},
      {R"("CREATE"|""|"v1"|"pods/log", "services"|)", false},
      {R"("CREATE"|""|"v1"|"*/status"|)", false},
  };
  for (const auto& test : cases) {
    std::vector<std::string> parts{""};
    for (const char c : test.rule) {
      if (c == '|') {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    const Snapshot snapshot = SnapshotOf(Object(
        "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration",
        R"("webhooks": [{"name": "w", "objectSelector": {"matchLabels": {"a": "b"}}, "rules": [{)" +
            parts[4] + R"("operations": [)" + parts[0] + R"(], "apiGroups": [)" + parts[1] +
            R"(], "apiVersions": [)" + parts[2] + R"(], "resources": [)" + parts[3] + "]}]}]"));
    EXPECT_EQ(snapshot.pod_webhooks.size(), test.asks ? 1U : 0U) << test.rule;
    if (!test.asks) continue;
    EXPECT_EQ(snapshot.pod_webhooks[0].object_selector.ToString(), "a=b");
    EXPECT_TRUE(snapshot.pod_webhooks[0].namespace_selector.empty());
  }
}

TEST(ObjectParserTest, KindsThatAreNotEvaluated) {
  const Snapshot snapshot = SnapshotOf(
      Object("v1", "ConfigMap"), Object("apps/v1", "Deployment"), Object("example.com/v1", "Pod"),
      Object("extensions/v1beta1", "NetworkPolicy"), Object("cilium.io/v2", "CiliumNetworkPolicy"));
  EXPECT_EQ(GapText(snapshot),
            "shop/NetworkPolicy/x: apiVersion extensions/v1beta1 is not read, only "
            "networking.k8s.io/v1\n");
  ASSERT_EQ(snapshot.policy_documents.size(), 1U);
  EXPECT_EQ(snapshot.policy_documents[0].Label(), "shop/CiliumNetworkPolicy/x");
}

/// The group tells a NetworkPolicy of Kubernetes from one of Calico, in gaps too.
TEST(ObjectParserTest, AGapKeepsTheGroup) {
  const auto gap_of = [](json object) {
    const Snapshot snapshot = SnapshotOf(object);
    EXPECT_EQ(snapshot.gaps.size(), 1U) << object.dump();
    EXPECT_EQ(snapshot.policy_documents.size(), 0U) << object.dump();
    const ObjectRef ref = snapshot.gaps.at(0).object;
    return ref.group + " " + ref.version + " " + ref.kind + " " + ref.ns;
  };
  const auto nameless = [](const char* api_version) {
    json object = Object(api_version, "NetworkPolicy");
    object["metadata"].erase("name");
    return object;
  };
  EXPECT_EQ(gap_of(nameless("networking.k8s.io/v1")), "networking.k8s.io v1 NetworkPolicy shop");
  EXPECT_EQ(gap_of(nameless("crd.projectcalico.org/v1")),
            "crd.projectcalico.org v1 NetworkPolicy shop");
  // Of a version or a group that isn't read, it is meant to be of the one that is.
  EXPECT_EQ(gap_of(Object("networking.k8s.io/v1beta1", "NetworkPolicy")),
            "networking.k8s.io v1beta1 NetworkPolicy shop");
  EXPECT_EQ(gap_of(Object("v1", "NetworkPolicy")), "networking.k8s.io v1 NetworkPolicy shop");
}

TEST(ObjectParserTest, APolicyThatIsNestedTooDeeplyIsAGap) {
  json nested = json::array();
  for (int i = 0; i < 2000; ++i) nested = json::array({std::move(nested)});
  json deep = Object("networking.k8s.io/v1", "NetworkPolicy");
  deep["spec"]["ingress"] = std::move(nested);
  const Snapshot snapshot = SnapshotOf(deep);
  EXPECT_EQ(snapshot.policy_documents.size(), 0U);
  ASSERT_EQ(snapshot.gaps.size(), 1U);
  EXPECT_EQ(snapshot.gaps[0].kind, GapKind::kUnreadableObject);
  EXPECT_EQ(GapText(snapshot), "shop/NetworkPolicy/x: is nested too deeply to be evaluated\n");
}

TEST(ObjectParserTest, ListsAreUnwrappedAndSorted) {
  json b = Object("v1", "Pod");
  b["metadata"]["name"] = "b";
  const json list = {
      {"apiVersion", "v1"}, {"kind", "List"}, {"items", {b, Object("v1", "Service")}}};
  json a = Object("v1", "Pod");
  a["metadata"]["name"] = "a";
  const Snapshot snapshot = SnapshotOf(list, a);
  ASSERT_EQ(snapshot.pods.size(), 2U);
  EXPECT_EQ(snapshot.pods[0].name, "a");
  EXPECT_EQ(snapshot.services.size(), 1U);
}

}  // namespace
}  // namespace podreach
