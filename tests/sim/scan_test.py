#!/usr/bin/env python3
"""`podreach scan` against simulated clusters: every cell's outcome, expectation and verdict is held against the truth, under each way
that an enforcer denies. scan_test.py SIMULATOR PODREACH [FIRST_SEED LAST_SEED]"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import check  # noqa: E402
import record  # noqa: E402
import random_objects
import simulator

SIMULATOR, PODREACH = sys.argv[1:3]
SEEDS = range(*map(int, sys.argv[3:5])) if len(sys.argv) > 4 else (1, 3, 8)
# Deviations that no object tells of.
TABLE = [{"what": "ports", "pods": "ns0/app0-*", "ports": "6379", "is": "answers"},
         {"what": "ports", "pods": "ns1/app0-*", "ports": "8080", "is": "firewall"},
         {"what": "ports", "pods": "ns2/app0-*", "ports": "22", "is": "loopback"},
         {"what": "ports", "nodes": "node-1", "ports": "10255"},
         {"what": "ports", "address": "203.0.113.10", "ports": "443"},
         {"what": "dead", "pods": "ns1/app0-*"}]


class ScanTest(unittest.TestCase):
    known = collections.Counter()

    def scan(self, seed, deny, table):
        """A scan's report, and a Tally of it."""
        with tempfile.TemporaryDirectory() as folder:
            sim = simulator.Simulator(SIMULATOR, folder, "--deny", deny, objects=random_objects.objects(seed), table=table)
            with sim:
                done = subprocess.run([PODREACH, "scan", "--kubeconfig", sim.kubeconfig, "-f", "json", "-q", "--settle", "0",
                                       "--egress", "203.0.113.10:443", "--egress", "203.0.113.200:443"],
                                      capture_output=True, text=True, timeout=120)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                report = record.expand(json.loads(done.stdout))
                tally = check.check(report, sim)
                left = [item["metadata"]["name"] for kind in ("pods", "configmaps") for item in sim.get("/api/v1/" + kind)["items"]
                        if item["metadata"]["name"].startswith("podreach-")]
        self.assertEqual(left, [], "the scan left something behind")
        ScanTest.known += tally.known
        return report, tally

    def test_every_cell_is_as_the_truth_has_it(self):
        for deny, enforcer in (("drop", "denied by silence"), ("reject", "denied by ICMP"), ("reset", "denied by RST"), ("none", "not enforced")):
            for seed in SEEDS:
                with self.subTest(deny=deny, seed=seed):
                    report, tally = self.scan(seed, deny, TABLE)
                    self.assertEqual(tally.wrong[:5], [], f"{len(tally.wrong)} of {tally.cells} cells")
                    self.assertIn(enforcer, report["enforcer"])
                    self.assertGreater(tally.cells, 1000)
                    self.assertEqual(report["coverage"]["probed"], report["coverage"]["cells"])
                    leaks = tally.verdicts["leak"] > 0
                    self.assertEqual(leaks, deny == "none" and leaks)

    def test_a_node_whose_enforcer_is_off_leaks(self):
        found = 0
        for seed in SEEDS:
            _, tally = self.scan(seed, "drop", [{"what": "unenforced", "nodes": "node-0"}])
            self.assertEqual(tally.wrong[:5], [])
            found += tally.verdicts["leak"]
        self.assertGreater(found, 0)

    def test_no_node_sees_more_flows_in_two_minutes_than_it_may(self):
        # Without node probes it is one round, and the simulator's probes keep to their limits in virtual time.
        most_allowed = 300
        with tempfile.TemporaryDirectory() as folder:
            with simulator.Simulator(SIMULATOR, folder, objects=random_objects.objects(SEEDS[0], policies=0)) as sim:
                done = subprocess.run([PODREACH, "scan", "--kubeconfig", sim.kubeconfig, "-f", "json", "-q", "--settle", "0", "--no-nodes",
                                       "--no-identify", "--flows-per-node", str(most_allowed)], capture_output=True, text=True, timeout=300)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                counts = sim.get("/sim/summary")
        most = counts["most_flows_of_a_node_in_two_minutes"]["flows"]
        self.assertGreater(counts["attempts"], 10 * most_allowed, "there is something to hold back")
        self.assertLessEqual(most, most_allowed)
        self.assertGreater(most, most_allowed // 3, "and it isn't held back more than needed")

    def test_the_check_sees_a_lie(self):
        report, _ = self.scan(SEEDS[0], "drop", [])
        open_cells = [c for c in report["cells"] if c["seen"] == "open"]
        denied = [c for c in report["cells"] if c["expectation"] == "deny" and c["verdict"] == "as-intended"]
        for cell, change in ((open_cells[0], {"seen": "filtered"}), (denied[0], {"verdict": "leak"}), (denied[0], {"expectation": "allow"})):
            truth = (cell["seen"], "yes" if cell in open_cells else "no", cell["expectation"], "pod")
            tally = check.Tally()
            tally.hold("", cell, truth)
            self.assertEqual(tally.wrong, [])
            tally.hold("", cell | change, truth)
            self.assertNotEqual(tally.wrong, [], change)

    @classmethod
    def tearDownClass(cls):
        for defect, count in cls.known.items():
            print(f"known: {count} cells: {defect}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
