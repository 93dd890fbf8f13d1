#!/usr/bin/env python3
"""The simulator's API as any client sees it: pages, selectors, watches, pods that run, quotas, slots, garbage collection."""
import json
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import simulator

BINARY = sys.argv.pop(1)
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
    "replicas": 7, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
        {"name": "main", "image": "x", "ports": [{"name": "http", "containerPort": 8080}]}]}}}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
           "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few", "namespace": "small"}, "spec": {"hard": {"pods": "1"}}}
OTHER = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}, "spec": {}}


def pod(name, node=None, **labels):
    spec = {"containers": [{"name": "probe", "image": "x"}], "readinessGates": [{"conditionType": "never"}]}
    if node:
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


class ApiTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sim = simulator.Simulator(BINARY, folder.name, "--nodes", 2, "--pods-per-node", 6, "--no-system",
                                       objects=[DEPLOYMENT, SERVICE, QUOTA, OTHER])
        self.addCleanup(self.sim.stop)

    def post(self, path, body):
        status, _, text = self.sim.request(path, json.dumps(body), "POST")
        return status, json.loads(text)

    def names(self, path):
        return [item["metadata"]["name"] for item in self.sim.get(path)["items"]]

    def until(self, path, wanted):
        deadline = time.time() + 10
        while not wanted(value := self.sim.get(path)):
            self.assertLess(time.time(), deadline, value)
            time.sleep(0.01)
        return value

    def test_pages_give_each_object_once_even_when_some_come_and_go_meanwhile(self):
        whole = self.names("/api/v1/pods")
        self.assertEqual(len(whole), 7)
        page = self.sim.get("/api/v1/pods?limit=3")
        seen = [item["metadata"]["name"] for item in page["items"]]
        self.post("/api/v1/namespaces/shop/pods", pod("a-new-one"))
        self.sim.request(f"/api/v1/namespaces/shop/pods/{seen[0]}", method="DELETE")
        while token := page["metadata"].get("continue"):
            page = self.sim.get(f"/api/v1/pods?limit=3&continue={token}")
            seen += [item["metadata"]["name"] for item in page["items"]]
        self.assertEqual(seen, whole)

    def test_pods_are_as_a_real_api_server_has_them(self):
        [first, *_] = self.sim.get("/api/v1/namespaces/shop/pods")["items"]
        self.assertEqual(first["metadata"]["ownerReferences"][0]["kind"], "ReplicaSet")
        self.assertIn("pod-template-hash", first["metadata"]["labels"])
        self.assertEqual(first["status"]["phase"], "Running")
        addresses = {p["status"]["podIP"] for p in self.sim.get("/api/v1/pods")["items"]}
        self.assertEqual(len(addresses), 7)
        [endpoints] = self.sim.get("/apis/discovery.k8s.io/v1/endpointslices")["items"]
        self.assertEqual({e["addresses"][0] for e in endpoints["endpoints"]}, addresses)
        self.assertEqual(endpoints["ports"][0]["port"], 8080)

    def test_kinds_that_are_not_served_are_404_and_others_are_discovered(self):
        self.assertEqual(self.sim.request("/apis/projectcalico.org/v3/networkpolicies")[0], 404)
        groups = {g["name"] for g in self.sim.get("/apis")["groups"]}
        self.assertIn("cilium.io", groups)
        self.assertEqual([r["name"] for r in self.sim.get("/apis/cilium.io/v2")["resources"]], ["ciliumnetworkpolicies"])
        self.assertEqual(self.names("/apis/cilium.io/v2/ciliumnetworkpolicies"), ["p"])

    def test_a_created_pod_runs_and_a_watch_tells_it(self):
        version = self.sim.get("/api/v1/pods?labelSelector=scan%3Dx")["metadata"]["resourceVersion"]
        events, url = [], f"{self.sim.url}/api/v1/pods?watch=1&labelSelector=scan%3Dx&resourceVersion={version}&timeoutSeconds=2"

        def follow():
            with urllib.request.urlopen(url) as stream:
                events.extend(json.loads(line) for line in stream)
        watcher = threading.Thread(target=follow)
        watcher.start()
        self.assertEqual(self.post("/api/v1/namespaces/shop/pods", pod("p1", scan="x"))[0], 201)
        self.assertEqual(self.post("/api/v1/namespaces/shop/pods", pod("p2", scan="y"))[0], 201)
        self.assertEqual(self.post("/api/v1/namespaces/shop/pods", pod("p1", scan="x"))[0], 409)
        running = self.until("/api/v1/namespaces/shop/pods/p1", lambda p: p["status"]["phase"] == "Running")
        ready = {c["type"]: c["status"] for c in running["status"]["conditions"]}["Ready"]
        self.assertEqual(ready, "False")  # it has a readiness gate
        self.sim.request("/api/v1/namespaces/shop/pods/p1", method="DELETE")
        watcher.join()
        self.assertEqual([e["type"] for e in events], ["ADDED", "MODIFIED", "MODIFIED", "DELETED"])
        self.assertEqual({e["object"]["metadata"]["name"] for e in events}, {"p1"})

    def test_slots_and_quotas_bind(self):
        for i in range(5):  # 12 slots, 7 taken
            self.post("/api/v1/namespaces/shop/pods", pod(f"p{i}"))
        self.until("/api/v1/namespaces/shop/pods/p4", lambda p: p["status"]["phase"] == "Running")
        self.post("/api/v1/namespaces/shop/pods", pod("late"))
        waits = self.until("/api/v1/namespaces/shop/pods/late", lambda p: p["status"].get("conditions"))
        self.assertIn("Too many pods", waits["status"]["conditions"][0]["message"])
        self.sim.request("/api/v1/namespaces/shop/pods/p0", method="DELETE")
        self.until("/api/v1/namespaces/shop/pods/late", lambda p: p["status"]["phase"] == "Running")
        self.assertEqual(self.post("/api/v1/namespaces/small/pods", pod("one"))[0], 201)
        status, refusal = self.post("/api/v1/namespaces/small/pods", pod("two"))
        self.assertEqual(status, 403)
        self.assertIn("exceeded quota: few", refusal["message"])

    def test_what_an_owner_leaves_is_collected_and_deletecollection_takes_the_selected(self):
        made = self.post("/api/v1/namespaces/shop/configmaps", {"metadata": {"name": "owner"}})[1]
        owned = pod("owned")
        owned["metadata"]["ownerReferences"] = [{"kind": "ConfigMap", "name": "owner", "uid": made["metadata"]["uid"]}]
        self.post("/api/v1/namespaces/shop/pods", owned)
        body = json.dumps({"preconditions": {"uid": "another"}})
        self.assertEqual(self.sim.request("/api/v1/namespaces/shop/configmaps/owner", body, "DELETE")[0], 409)
        self.assertEqual(self.sim.request("/api/v1/namespaces/shop/configmaps/owner", method="DELETE")[0], 200)
        self.until("/api/v1/namespaces/shop/pods", lambda pods: "owned" not in [p["metadata"]["name"] for p in pods["items"]])
        self.sim.request("/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb", method="DELETE")
        self.assertEqual(self.names("/api/v1/namespaces/shop/pods"), [])

    def test_a_patch_merges_and_requests_are_counted(self):
        self.post("/api/v1/namespaces/shop/configmaps", {"metadata": {"name": "c"}, "data": {"a": "1", "b": "2"}})
        patch = json.dumps({"data": {"a": None, "c": "3"}})
        path = "/api/v1/namespaces/shop/configmaps/c"
        self.assertEqual(self.sim.request(path, patch, "PATCH", "application/merge-patch+json")[0], 200)
        self.assertEqual(self.sim.get(path)["data"], {"b": "2", "c": "3"})
        requests = self.sim.stop()["requests"]
        self.assertEqual((requests["create configmaps"], requests["patch configmaps"], requests["get configmaps"]), (1, 1, 1))


if __name__ == "__main__":
    unittest.main()
