#!/usr/bin/env python3
"""What a scan says where it couldn't see: nothing that flatters, and nothing that alarms without ground. honesty_test.py SIMULATOR PODREACH"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import check
import random_objects
import record  # noqa: E402
import simulator

SIMULATOR, PODREACH = sys.argv[1:3]
# As clusters have it that give cloud identities to pods: it is called for every pod, and changes few of them.
FOR_ALL_PODS = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "identity"},
                "webhooks": [{"name": "identity.example.com", "failurePolicy": "Ignore", "sideEffects": "None", "admissionReviewVersions": ["v1"],
                              "clientConfig": {"url": "https://127.0.0.1:1/"}, "namespaceSelector": {}, "objectSelector": {},
                              "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "*"}]}]}


class HonestyTest(unittest.TestCase):
    def scan(self, *faults, deny="drop", objects=(), check_cells=True):
        """Exit code, report and stderr of a scan, whose cells are held against the truth."""
        with tempfile.TemporaryDirectory() as folder, \
                simulator.Simulator(SIMULATOR, folder, "--deny", deny, objects=[*random_objects.objects(1), *objects], faults=list(faults)) as sim:
            done = subprocess.run([PODREACH, "scan", "--kubeconfig", sim.kubeconfig, "-f", "json", "-q", "--settle", "0"],
                                  capture_output=True, text=True, timeout=120)
            report = record.expand(json.loads(done.stdout))
            if check_cells:
                self.assertEqual(check.check(report, sim).wrong[:5], [])
        return done.returncode, report, done.stderr

    def test_without_its_policy_the_canary_shows_nothing(self):
        refused = {"when": {"verb": "create", "resource": "networkpolicies", "times": 100}, "do": "status", "status": 403,
                   "reason": "Forbidden", "message": "exceeded quota"}
        for deny in ("drop", "reset", "none"):
            with self.subTest(deny=deny):
                _, report, _ = self.scan(refused, deny=deny)
                self.assertIn("the canary's policy couldn't be made", report["enforcer"])
                self.assertEqual([f["id"] for f in report["findings"] if "NOT-ENFORCED" in f["id"]], [])
                verdicts = collections.Counter(c["verdict"] for c in report["cells"] if c["expectation"] == "deny")
                # The other controls still tell: what a node reaches and a pod doesn't is denied.
                self.assertGreater(verdicts["leak" if deny == "none" else "as-intended"], 0)

    def test_the_canary_is_believed_where_its_target_was_reached(self):
        code, report, _ = self.scan()
        self.assertIn("policies are enforced", report["enforcer"])

    def test_a_scan_that_covers_no_namespace_fails(self):
        code, report, said = self.scan(objects=[FOR_ALL_PODS])
        self.assertEqual(code, 3, said)
        self.assertIn("namespaces was covered", said)
        self.assertEqual(report["coverage"]["namespaces_covered"], 0)
        self.assertLess(report["coverage"]["probed"], report["coverage"]["cells"] / 2, "what couldn't be planned counts")

    def test_what_changed_during_the_scan_is_unknown_and_said(self):
        policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "late", "namespace": "ns0"},
                  "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
        path = "/apis/networking.k8s.io/v1/namespaces/ns0/networkpolicies"
        changes = {"a policy was deleted": ("DELETE", f"{path}/late", None, [policy], "ns0/NetworkPolicy/late", "was deleted"),
                   "a policy was made": ("POST", path, policy, [], "ns0/NetworkPolicy/late", "was made"),
                   "a namespace's labels changed": ("PATCH", "/api/v1/namespaces/ns0", {"metadata": {"labels": {"team": "new"}}}, [],
                                                    "namespace ns0", "changed")}
        for name, (method, url, body, objects, what, how) in changes.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder, \
                    simulator.Simulator(SIMULATOR, folder, "--start-delay-ms", 1500, objects=[*random_objects.objects(1), *objects]) as sim:
                scan = subprocess.Popen([PODREACH, "scan", "--kubeconfig", sim.kubeconfig, "-f", "json", "-q", "--settle", "0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                # The probes are made once the cluster was read.
                while not any(pod["metadata"]["name"].startswith("podreach-") for pod in sim.get("/api/v1/pods")["items"]):
                    time.sleep(0.05)
                status = sim.request(url, json.dumps(body) if body else None, method,
                                     "application/merge-patch+json" if method == "PATCH" else "application/json")[0]
                self.assertIn(status, (200, 201))
                out, said = scan.communicate(timeout=120)
                self.assertIn(scan.returncode, (0, 1), said)
                report = record.expand(json.loads(out))
                verdicts = collections.Counter()
                for cell in report["cells"]:
                    vantage, target = report["vantages"][cell["vantage"]], report["targets"][cell["target"]]
                    verdicts[cell["verdict"]] += 1
                    if target["namespace"] == "ns0" or (vantage["namespace"] == "ns0" and vantage["kind"] != "node"):
                        self.assertEqual((cell["verdict"], cell.get("not_probed")), ("unknown", "ground-changed"), (vantage["name"], target))
                self.assertEqual((verdicts["leak"], verdicts["broken"]), (0, 0))
                self.assertGreater(verdicts["as-intended"], 100, "the other namespaces are judged")
                [told] = [gap["reason"] for gap in report["gaps"] if gap["resource"] == what]
                self.assertIn(how, told)

    def test_a_probe_that_is_lost_is_named(self):
        for kind in ("evict", "remove"):
            with self.subTest(kind=kind):
                # The truth has no more of a pod that is gone.
                _, report, _ = self.scan({"when": {"verb": "log", "skip": 8}, "do": kind}, check_cells=False)
                lost = {report["vantages"][c["vantage"]]["name"] for c in report["cells"] if c["seen"] == "not-probed"}
                named = {n["what"] for n in report["coverage"]["not_covered"] if n["why"] == "failed"}
                self.assertEqual(len(lost), 1)
                self.assertLessEqual(lost, named)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
