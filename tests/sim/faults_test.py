#!/usr/bin/env python3
"""Faults come when the schedule says, and do what their kind says. faults_test.py SIMULATOR PODREACH"""
import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import record  # noqa: E402
import random_objects  # noqa: E402
import simulator

SIMULATOR, PODREACH = sys.argv[1:3]


class FaultsTest(unittest.TestCase):
    def start(self, *faults):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        sim = simulator.Simulator(SIMULATOR, folder.name, objects=random_objects.objects(1), faults=list(faults))
        self.addCleanup(sim.stop)
        return sim

    def scan(self, sim):
        done = subprocess.run([PODREACH, "scan", "--kubeconfig", sim.kubeconfig, "-f", "json", "-q", "--settle", "0"],
                              capture_output=True, text=True, timeout=120)
        return done, record.expand(json.loads(done.stdout)) if done.stdout.startswith("{") else None

    def test_a_status_comes_for_the_requests_that_are_meant_and_no_others(self):
        sim = self.start({"when": {"verb": "list", "resource": "pods", "skip": 1, "times": 2}, "do": "status", "status": 429, "retry_after": 3})
        self.assertEqual([sim.request("/api/v1/pods")[0] for _ in range(4)], [200, 429, 429, 200])
        self.assertEqual(sim.request("/api/v1/nodes")[0], 200)

    def test_retry_after_and_reason_are_sent(self):
        sim = self.start({"when": {"path": "/version"}, "do": "status", "status": 410, "retry_after": 3})
        status, headers, body = sim.request("/version")
        self.assertEqual((status, headers["Retry-After"], json.loads(body)["reason"]), (410, "3", "Expired"))

    def test_a_reply_is_cut_reset_trickled_or_padded(self):
        path = {"when": {"path": "/version"}}
        for fault, error in ((path | {"do": "truncate", "bytes": 10}, http.client.IncompleteRead),
                             (path | {"do": "reset-body", "bytes": 10}, (ConnectionResetError, http.client.IncompleteRead)),
                             (path | {"do": "reset"}, (ConnectionResetError, http.client.RemoteDisconnected, urllib.error.URLError))):
            with self.subTest(fault=fault):
                sim = self.start(fault)
                with self.assertRaises(error):
                    sim.request("/version")
                self.assertEqual(sim.request("/version")[0], 200)
        sim = self.start(path | {"do": "trickle", "bytes": 10, "ms": 20}, {"when": {"path": "/apis"}, "do": "pad", "bytes": 5_000_000})
        begin = time.monotonic()
        self.assertIn("gitVersion", sim.get("/version"))
        self.assertGreater(time.monotonic() - begin, 0.1)
        self.assertGreater(len(sim.request("/apis")[2]), 5_000_000)

    def test_an_outage_ends(self):
        sim = self.start({"at_ms": 0, "do": "outage", "ms": 700})
        deadline = time.monotonic() + 10
        refused = False
        while time.monotonic() < deadline:
            try:
                sim.request("/version")
                if refused:
                    break
            except (urllib.error.URLError, ConnectionError, http.client.HTTPException):
                refused = True
        self.assertTrue(refused)
        self.assertEqual(sim.request("/version")[0], 200)

    def test_no_such_fault_is_refused(self):
        with self.assertRaises(RuntimeError):
            self.start({"do": "explode"})

    def test_a_scan_lives_through_an_outage_errors_and_closed_watches(self):
        sim = self.start({"when": {"verb": "patch", "resource": "configmaps"}, "do": "outage", "ms": 300},
                         {"when": {"verb": "create", "resource": "pods", "skip": 2, "times": 3}, "do": "status", "status": 500},
                         {"when": {"verb": "patch", "resource": "pods", "skip": 3}, "do": "close-watches"},
                         {"when": {"verb": "log", "skip": 4}, "do": "log-noise", "line": "hello"})
        done, report = self.scan(sim)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(report["coverage"]["probed"], report["coverage"]["cells"])

    def test_a_log_that_is_cut_in_a_line_costs_at_most_its_own_probes_cells(self):
        sim = self.start({"when": {"verb": "log", "skip": 1, "times": 2}, "do": "log-cut", "bytes": 700})
        done, report = self.scan(sim)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertLessEqual(len({c["vantage"] for c in report["cells"] if c["seen"] == "not-probed"}), 2)
        self.assertGreater(report["coverage"]["probed"], 0)

    def test_probes_that_are_evicted_restarted_or_removed_cost_their_own_cells(self):
        for kind in ("evict", "restart", "remove"):
            with self.subTest(kind=kind):
                # A probe in the midst of those of whom a log is asked, before anything of it was read. The first ones are the
                # nodes', and the canary's, which has no cells.
                sim = self.start({"when": {"verb": "log", "skip": 8}, "do": kind})
                done, report = self.scan(sim)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                lost = {c["vantage"] for c in report["cells"] if c["seen"] == "not-probed"}
                self.assertEqual(len(lost), 1, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
