"""What a scan of the lab's scenario finds, covers and refuses."""
import collections
import json
import pathlib
import sys
import tempfile
import time
import unittest

import lab
import record

sys.path.append(str(lab.ROOT / "tests/cli"))
import schemas_test  # noqa: E402

# The catalogue doesn't have it, so that only a look at all ports finds it.
UNDECLARED = 47111
LISTENERS = {"loud": f"tcp=8080,{UNDECLARED}", "quiet": f"tcp=8080,127.0.0.1:{UNDECLARED}"}


def listener(name, addresses):
    """A pod that declares 8080 alone, whatever else it listens on."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "listeners", "labels": {"app": name}},
            "spec": {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
                     "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "runAsGroup": 65534},
                     "containers": [{"name": "c", "image": "lab.local/nettool:1", "imagePullPolicy": "IfNotPresent",
                                     "args": ["serve", addresses], "ports": [{"containerPort": 8080}],
                                     "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
                                     "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}}}]}}


class ScanTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.up("--deny", "drop")
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.files = {form: pathlib.Path(folder, f"report.{form}") for form in ("json", "html", "cells")}
        done = lab.podreach("scan", *lab.ACCESS, *lab.IMAGE, *lab.EGRESS,
                            *(f"-o{form}={path}" for form, path in cls.files.items()))
        cls.exit_code, cls.table, cls.progress = done.returncode, done.stdout, done.stderr
        cls.report = record.expand(json.loads(cls.files["json"].read_text()))
        cls.html = cls.files["html"].read_text()
        cls.findings = {f["id"]: f for f in cls.report["findings"]}
        cls.refusals = {n["what"]: n["reason"] for n in cls.report["coverage"]["not_covered"]}

    def exposure(self, where):
        self.assertIn("PR-EXPOSED " + where, self.findings)
        return self.findings["PR-EXPOSED " + where]

    def verdict(self, vantage, kind, target):
        [v] = [v["id"] for v in self.report["vantages"] if v["name"] == vantage]
        [t] = [t["id"] for t in self.report["targets"] if (t["kind"], t["name"]) == (kind, target)]
        [cell] = [c for c in self.report["cells"] if (c["vantage"], c["target"]) == (v, t)]
        return cell["seen"], cell["verdict"]

    def test_ends_with_findings(self):
        self.assertEqual(self.exit_code, 1)
        self.assertFalse(self.report["incomplete"])
        self.assertEqual([c for c in self.report["cells"] if c["verdict"] in ("leak", "broken")], [])

    def test_redis_is_open_from_another_namespaces_bare_pod(self):
        self.assertEqual(self.exposure("shop/redis[Deployment]:6379/TCP")["severity"], "high")
        self.assertEqual(self.verdict("empty (bare)", "service", "shop/redis:6379"), ("open", "ungoverned"))

    def test_metadata_is_reachable(self):
        self.exposure("cloud metadata:80/TCP")

    def test_what_answers_and_whether_without_credentials(self):
        targets = {t["id"]: t for t in self.report["targets"]}
        found = collections.defaultdict(set)
        for service in self.report["services"]:
            target = targets[service["target"]]
            found[target["workload"], target["port"]].add((service["name"], service["access"]))
        for place, expected in {
            ("shop/redis[Deployment]", 6379): ("redis", "answers"),
            ("data/etcd[Deployment]", 2379): ("etcd", "answers"),
            ("cloud metadata", 80): ("cloud-metadata", "answers"),
            ("node1", 10255): ("kubelet", "answers"),
            ("node1", 10250): ("kubelet", "refuses"),
            ("control plane", 6443): ("kube-apiserver", "refuses"),
            ("control plane", 2379): ("tls", "refuses"),  # it demands a client certificate, so what it is isn't told
        }.items():
            self.assertEqual(found[place], {expected}, (place, dict(found)))
        dns = {s["name"] for s in self.report["services"] if targets[s["target"]]["kind"] == "dns"}
        self.assertEqual(dns, {"dns"})
        certificates = {s["tls"]["client_certificate"] for s in self.report["services"] if "tls" in s}
        self.assertEqual(certificates, {"asked", "demanded"})
        self.assertEqual(self.exposure("data/etcd[Deployment]:2379/TCP")["severity"], "critical")
        self.assertEqual(self.exposure("control plane:2379/TCP")["severity"], "low")

    def test_kubelet_read_only_port_is_open_on_both_nodes(self):
        self.exposure("node1:10255/TCP")
        self.exposure("node2:10255/TCP")

    def test_plain_etcd_is_open(self):
        self.exposure("data/etcd[Deployment]:2379/TCP")

    def test_an_exfiltration_path_is_found(self):
        self.exposure("outside:443/TCP")

    def test_the_policy_that_selects_nothing_is_named_with_a_hint(self):
        finding = self.findings["PR-SELECTS-NOTHING typo/protect-db"]
        self.assertIn("did you mean app=database?", finding["evidence"])

    def test_namespaces_without_default_deny(self):
        evidence = self.findings["PR-NO-DEFAULT-DENY ingress"]["evidence"]
        self.assertIn("shop", evidence)
        self.assertNotIn("bank", evidence)

    def test_host_network_pods_that_no_policy_covers(self):
        finding = self.findings["PR-HOST-NETWORK"]
        self.assertIn("legacy/agent[Deployment]", finding["evidence"])
        self.assertEqual(finding["policies"], ["legacy/default-deny"])

    def test_twins_that_somebody_would_notice_are_refused(self):
        self.assertIn("PodDisruptionBudget team-b/api", self.refusals["team-b/api[Deployment]"])
        self.assertIn("publishNotReadyAddresses", self.refusals["team-a/peer[StatefulSet]"])
        self.assertIn("mutating webhook sidecar-injector/inject.hooks.example.com", self.refusals["hooks/meshed[Deployment]"])
        names = {v["name"] for v in self.report["vantages"]}
        for refused in ("team-b/api", "team-a/peer", "hooks/meshed"):
            self.assertFalse([n for n in names if n.startswith(refused)], refused)

    def test_quota_is_not_covered_with_the_api_servers_reason_and_locked_is_covered(self):
        self.assertIn("exceeded quota", self.refusals["quota (bare)"])
        [quota] = [v["id"] for v in self.report["vantages"] if v["name"] == "quota (bare)"]
        cells = [c for c in self.report["cells"] if c["vantage"] == quota]
        self.assertEqual({c["seen"] for c in cells}, {"not-probed"})
        self.assertGreater(len(cells), 1000)  # never silently fewer cells
        self.assertNotIn("locked (bare)", self.refusals)
        self.assertIn("quota (bare)", self.table)

    def test_coverage_counts_every_cell(self):
        coverage, cells = self.report["coverage"], self.report["cells"]
        # And as many more for each vantage that couldn't be planned: two twins and peer's.
        refused = [n for n in coverage["not_covered"] if n["why"] in ("noticed", "identity")]
        asked = max(collections.Counter(c["vantage"] for c in cells if self.report["vantages"][c["vantage"]]["kind"] != "node").values())
        self.assertEqual(coverage["cells"], len(cells) + len(refused) * asked)
        self.assertEqual(coverage["probed"], sum(c["seen"] not in ("not-probed", "local-error") for c in cells))
        targets = {t["id"] for t in self.report["targets"] if t["kind"] != "probe"}
        tried = collections.Counter(c["vantage"] for c in cells if c["target"] in targets)
        for vantage in self.report["vantages"]:
            if vantage["kind"] in ("bare", "twin", "node"):
                self.assertEqual(tried[vantage["id"]], len(targets), vantage["name"])

    def test_the_record_is_small(self):
        self.assertLessEqual(self.files["json"].stat().st_size, 400_000)

    def test_the_record_is_shown_again_without_a_cluster(self):
        written = {"table": self.table} | {form: path.read_text() for form, path in self.files.items()}
        for form, expected in written.items():
            # There is no network at all, not even a loopback that is up.
            shown = lab.run("unshare", "--net", lab.PODREACH, "report", self.files["json"], "-f", form)
            self.assertTrue(shown == expected, f"{form}: {len(shown)} characters differ from the {len(expected)} that the scan wrote")

    def test_the_record_and_its_cells_are_what_their_schemas_say(self):
        schemas = schemas_test.read_schemas(lab.ROOT)
        schemas_test.check(json.loads(self.files["json"].read_text()), schemas["scan"], schemas["scan"])
        lines = self.files["cells"].read_text().splitlines()
        self.assertEqual(len(lines), len(self.report["cells"]))
        for line in lines:
            schemas_test.check(json.loads(line), schemas["cell"], schemas["cell"])

    def test_cells_are_what_another_reader_makes_of_the_record(self):
        vantages, targets = self.report["vantages"], self.report["targets"]
        said = ("expectation", "basis", "outcome", "seen", "verdict", "reason")
        for line, cell in zip(map(json.loads, self.files["cells"].read_text().splitlines()), self.report["cells"], strict=True):
            vantage, target = vantages[cell["vantage"]], targets[cell["target"]]
            expected = [vantage["name"], target["name"], target["address"], target["port"], target["protocol"], *(cell[key] for key in said)]
            self.assertEqual([line[key] for key in ("vantage", "target", "address", "port", "protocol", *said)], expected)

    def test_an_open_port_that_no_policy_governs_is_not_as_intended(self):
        cells = [c for c in self.report["cells"] if c["basis"] == "default" and c["expectation"] == "allow"]
        self.assertTrue(cells)
        self.assertEqual({c["verdict"] for c in cells if c["seen"] in ("open", "closed")}, {"ungoverned"})
        self.assertFalse([c for c in self.report["cells"] if c["verdict"] == "ungoverned" and c["basis"] != "default"])
        finding = self.findings["PR-UNGOVERNED"]
        self.assertEqual(finding["kind"], "ungoverned")
        targets = {t["id"]: t for t in self.report["targets"]}
        judged = {v["id"] for v in self.report["vantages"] if v["kind"] in ("bare", "twin")}
        workloads = {targets[c["target"]]["workload"] for c in self.report["cells"]
                     if c["vantage"] in judged and (c["verdict"], c["seen"]) == ("ungoverned", "open") and targets[c["target"]]["kind"] == "pod"}
        self.assertIn("shop/redis[Deployment]", workloads)
        self.assertTrue(finding["title"].startswith(f"{len(workloads)} workloads have open ports"), finding["title"])
        self.assertFalse([w for w in workloads if w.startswith("bank/")])

    def test_the_table_starts_with_coverage_and_keeps_within_100_columns(self):
        self.assertLess(self.table.index("coverage:"), self.table.index("FINDINGS"))
        self.assertLessEqual(max(map(len, self.table.splitlines())), 100)

    def test_the_page_needs_no_network(self):
        self.assertNotRegex(self.html, r"(?i)(src|href)\s*=\s*[\"']?(https?:)?//")
        self.assertIn("shop/redis", self.html)

    def test_the_probes_image_is_small(self):
        self.assertLessEqual((lab.ROOT / "build/lab/images/podreach-probe.tar").stat().st_size, 6_000_000)

    def test_nothing_is_left_in_the_cluster(self):
        self.assertEqual(lab.left_behind(), [])


class ListenersTest(unittest.TestCase):
    """What listens though nobody declares it: found where it can be reached, and not where it can't."""

    @classmethod
    def setUpClass(cls):
        lab.up("--deny", "drop")
        cls.addClassCleanup(lab.kubectl, "delete", "namespace", "listeners", "--ignore-not-found")
        lab.kubectl("create", "namespace", "listeners")
        deadline = time.time() + 30
        while time.time() < deadline and not any(i["metadata"]["name"] == "default" for i in lab.items("serviceaccounts", "-n", "listeners")):
            time.sleep(0.2)
        pods = [listener(*one) for one in LISTENERS.items()]
        lab.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": pods}))
        lab.kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", "listeners", "--timeout=60s")
        # All ports of two pods are more than a node's budget for two minutes, where both are on one.
        cls.report = lab.scan("--depth", "full", "--to", "listeners", "--from", "empty", "--flows-per-node", "1000000")

    def test_both_listen(self):
        pids, pods = lab.sandbox_pids(), {p["metadata"]["name"]: p for p in lab.items("pods", "-n", "listeners")}
        for name, other, from_other in (("loud", "quiet", "open"), ("quiet", "loud", "closed")):
            for source, address, expected in ((name, "127.0.0.1", "open"), (other, pods[name]["status"]["podIP"], from_other)):
                target = (address, "tcp", UNDECLARED)
                seen = lab.connect_from(pids[pods[source]["metadata"]["uid"]], [target])
                self.assertEqual(seen, {target: expected}, f"{source} to {name}")

    def test_the_one_that_can_be_reached_is_named_and_the_other_not(self):
        found = {f["id"]: f for f in self.report["findings"] if f["kind"] == "undeclared-listener"}
        self.assertEqual(set(found), {f"PR-UNDECLARED listeners/loud[Pod]:{UNDECLARED}/TCP"})
        [finding] = found.values()
        self.assertEqual(finding["severity"], "medium")
        self.assertEqual(finding["evidence"][0], "listeners/loud")
        self.assertIn("reachable from 1 vantage", finding["title"])

    def test_only_what_listens_undeclared_is_such_a_target(self):
        undeclared = [(t["workload"], t["port"]) for t in self.report["targets"] if t["undeclared"]]
        self.assertEqual(undeclared, [("listeners/loud[Pod]", UNDECLARED)])
        declared = {(t["workload"], t["port"]) for t in self.report["targets"] if t["declared"] and t["kind"] == "pod"}
        self.assertEqual(declared, {("listeners/loud[Pod]", 8080), ("listeners/quiet[Pod]", 8080)})
        self.assertEqual({t["kind"] for t in self.report["targets"]}, {"pod", "probe"})
        self.assertEqual(self.report["coverage"]["swept_groups"], {"of": 2, "have": 2})

    def test_nothing_is_left_in_the_cluster(self):
        self.assertEqual(lab.left_behind(), [])
