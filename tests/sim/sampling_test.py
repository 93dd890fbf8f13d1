#!/usr/bin/env python3
"""A group of pods of which one differs: what a scan says of the group before and after the rotation reaches that member.
sampling_test.py SIMULATOR PODREACH"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import record  # noqa: E402
import simulator

SIMULATOR, PODREACH = sys.argv[1:3]
REPLICAS = 3


def deployment(ns, name, replicas):
    template = {"metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "example/main:1", "ports": [{"containerPort": 8080}]}]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": ns},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}}


# Nobody may reach shop, and each of web's pods runs on a node of its own.
OBJECTS = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "bank")] + [
    deployment("shop", "web", REPLICAS), deployment("bank", "client", 1),
    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny", "namespace": "shop"},
     "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}]


class SamplingTest(unittest.TestCase):
    def scan(self, sim, *flags):
        done = subprocess.run([PODREACH, "scan", "--kubeconfig", sim.kubeconfig, "-f", "json", "-q", "--settle", "0", *flags],
                              capture_output=True, text=True, timeout=120)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return record.expand(json.loads(done.stdout))

    def asked_of_web(self, report):
        """The addresses of web's pods that a vantage of a pod asked, and of those that gave a leak."""
        asked, leaks = set(), set()
        for cell in report["cells"]:
            target = report["targets"][cell["target"]]
            if report["vantages"][cell["vantage"]]["kind"] == "node" or target["kind"] != "pod" or not target["workload"].startswith("shop/web"):
                continue
            asked.add(target["address"])
            if cell["verdict"] == "leak":
                leaks.add(target["address"])
        return asked, leaks

    def test_a_member_that_differs_is_found_when_its_turn_comes_and_not_claimed_before(self):
        with tempfile.TemporaryDirectory() as folder, \
                simulator.Simulator(SIMULATOR, folder, "--nodes", REPLICAS, objects=OBJECTS,
                                    table=[{"what": "unenforced", "nodes": "node-1"}]) as sim:
            pods = [pod for pod in sim.get("/api/v1/pods")["items"] if pod["metadata"]["namespace"] == "shop"]
            by_node = {pod["spec"]["nodeName"]: pod["status"]["podIP"] for pod in pods}
            self.assertEqual(len(by_node), REPLICAS, "each pod has a node of its own")
            differs, seen = by_node["node-1"], set()
            for rotation in range(REPLICAS):
                with self.subTest(rotation=rotation):
                    report = self.scan(sim, "--depth", "quick", "--rotation", str(rotation))
                    asked, leaks = self.asked_of_web(report)
                    seen |= asked
                    self.assertEqual(len(asked), 1, "quick asks one member of a group")
                    self.assertEqual(leaks, asked & {differs})
                    found = [finding for finding in report["findings"] if "shop/web" in finding["title"] and "leak" in finding["id"].lower()]
                    self.assertEqual(bool(found), differs in asked, report["findings"])
                    # What wasn't asked isn't claimed: the coverage counts the pods that were.
                    self.assertEqual(report["coverage"]["pods"]["of"] - report["coverage"]["pods"]["have"], REPLICAS - 1)
            self.assertEqual(seen, set(by_node.values()), "all members had their turn")
            asked, leaks = self.asked_of_web(self.scan(sim, "--depth", "full"))
            self.assertEqual((asked, leaks), (set(by_node.values()), {differs}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
