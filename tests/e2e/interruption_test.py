"""A scan that is stopped or killed in the middle: what it reports, and what it leaves."""
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import lab
import record

# Wears the label, but neither a scan's id nor its name: somebody else's.
DECOYS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: podreach-notes, namespace: shop, labels: {app.kubernetes.io/managed-by: podreach}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: podreach, namespace: bank}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: theirs, namespace: bank, labels: {app.kubernetes.io/managed-by: podreach, podreach.io/scan-id: x}}
"""
DECOY_NAMES = {"configmaps/shop/podreach-notes", "configmaps/bank/podreach", "configmaps/bank/theirs"}


def config_maps():
    return {f"configmaps/{i['metadata']['namespace']}/{i['metadata']['name']}" for i in lab.items("configmaps", "-A")}


class InterruptionTest(unittest.TestCase):
    def setUp(self):
        lab.kubectl("apply", "-f", "-", stdin=DECOYS)
        self.addCleanup(lab.kubectl, "delete", "-f", "-", stdin=DECOYS)
        self.before = config_maps()

    def start(self, *flags):
        """A scan of its own process group, once its probes are in the cluster."""
        scan = subprocess.Popen([str(c) for c in (lab.LAB / "in-cp", lab.PODREACH, "scan", *lab.ACCESS, *lab.IMAGE, *flags)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.time() + 60
        while not any(name.startswith("pods/") for name in lab.ours()):
            self.assertLess(time.time(), deadline, "no probe came")
            self.assertIsNone(scan.poll(), "the scan ended early")
            time.sleep(0.1)
        return scan

    def wait_for(self, scan, words):
        """Reads its stderr until a line has these words."""
        for line in scan.stderr:
            if words in line:
                return
        self.fail(f"it never said: {words}")

    def test_killed_it_leaves_only_what_clean_removes(self):
        scan = self.start()
        scan.send_signal(signal.SIGKILL)
        scan.communicate()
        self.assertTrue(lab.ours(), "the test must kill it before its cleanup")
        cleaned = lab.podreach("clean", *lab.ACCESS)
        self.assertEqual(cleaned.returncode, 0, cleaned.stderr)
        self.assertIn("removed podreach/Pod/podreach-", cleaned.stdout)
        self.assertIn("removed Namespace/podreach", cleaned.stdout)
        self.assertEqual(lab.left_behind(besides=DECOY_NAMES), [])
        self.assertEqual(config_maps(), self.before)
        again = lab.podreach("clean", *lab.ACCESS)
        self.assertEqual((again.returncode, again.stdout), (0, "nothing to remove\n"))

    def test_interrupted_before_the_sweep_it_cleans_up_and_exits_with_130(self):
        scan = self.start()
        scan.send_signal(signal.SIGINT)
        out, err = scan.communicate(timeout=60)
        self.assertEqual(scan.returncode, 130, err)
        self.assertEqual(out, "")
        self.assertIn("stopped", err)
        self.assertEqual(lab.left_behind(besides=DECOY_NAMES), [])
        self.assertEqual(config_maps(), self.before)

    def test_terminated_in_the_sweep_it_reports_what_it_has_as_incomplete(self):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            # With ports of the user's own nobody looks for listeners first, which takes minutes at that rate.
            scan = self.start("--rate", "400", "-p", "1-50", "-o", f"json={file.name}")
            self.wait_for(scan, "sweeping")
            time.sleep(3)
            scan.send_signal(signal.SIGTERM)
            out, err = scan.communicate(timeout=60)
            report = record.expand(json.loads(pathlib.Path(file.name).read_text()))
        self.assertEqual(scan.returncode, 143, err)
        self.assertIn("INCOMPLETE", out)
        self.assertTrue(report["incomplete"])
        unknown = [c for c in report["cells"] if c["seen"] == "not-probed"]
        self.assertTrue(unknown, "with that rate no probe can have finished")
        self.assertEqual({c["verdict"] for c in unknown}, {"unknown"})
        self.assertEqual(lab.left_behind(besides=DECOY_NAMES), [])
        self.assertEqual(config_maps(), self.before)


if __name__ == "__main__":
    unittest.main()
