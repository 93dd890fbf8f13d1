"""What a scan of the lab's scenario finds, covers and refuses."""
import collections
import json
import pathlib
import tempfile
import unittest

import lab
import record


class ScanTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.up("--deny", "drop")
        with tempfile.TemporaryDirectory() as folder:
            files = {form: pathlib.Path(folder, f"report.{form}") for form in ("json", "html")}
            done = lab.podreach("scan", *lab.ACCESS, *lab.IMAGE, *lab.EGRESS,
                                *(f"-o{form}={path}" for form, path in files.items()))
            cls.exit_code, cls.table, cls.progress = done.returncode, done.stdout, done.stderr
            cls.size = files["json"].stat().st_size
            cls.report = record.expand(json.loads(files["json"].read_text()))
            cls.html = files["html"].read_text()
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
        self.assertEqual(coverage["cells"], len(cells))
        self.assertEqual(coverage["probed"], sum(c["seen"] not in ("not-probed", "local-error") for c in cells))
        targets = {t["id"] for t in self.report["targets"] if t["kind"] != "probe"}
        tried = collections.Counter(c["vantage"] for c in cells if c["target"] in targets)
        for vantage in self.report["vantages"]:
            if vantage["kind"] in ("bare", "twin", "node"):
                self.assertEqual(tried[vantage["id"]], len(targets), vantage["name"])

    def test_the_record_is_small(self):
        self.assertLessEqual(self.size, 400_000)

    def test_an_open_port_that_no_policy_governs_is_not_as_intended(self):
        cells = [c for c in self.report["cells"] if c["basis"] == "default" and c["expectation"] == "allow"]
        self.assertTrue(cells)
        self.assertEqual({c["verdict"] for c in cells if c["seen"] in ("open", "closed")}, {"ungoverned"})
        self.assertFalse([c for c in self.report["cells"] if c["verdict"] == "ungoverned" and c["basis"] != "default"])
        self.assertIn("PR-UNGOVERNED", self.findings)

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
