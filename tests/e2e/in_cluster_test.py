"""The CronJob's scan, run from inside the cluster with the rights of k8s/rbac.yaml alone."""
import json
import re
import time
import unittest

import lab


def summary(table):
    """What a table says but for its times: how much was covered, and each finding with its line."""
    coverage = re.search(r"coverage: .*", table).group()
    return [coverage, *table[table.index("\nFINDINGS\n"):table.index("\ntime: ")].splitlines()]


class InClusterTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        lab.up("--deny", "drop")
        self.assertEqual(lab.left_behind(), [])
        lab.run(lab.LAB / "controller-image")
        self.addCleanup(lab.kubectl, "delete", "--ignore-not-found", "-k", lab.ROOT / "k8s")
        lab.kubectl("apply", "-k", lab.ROOT / "k8s")

    def finish(self, job):
        """The exit code and the log of the job's pod, once it has ended."""
        deadline = time.time() + 120
        while time.time() < deadline:
            [pod] = lab.items("pods", "-n", "podreach", "-l", f"job-name={job}") or [None]
            if pod and pod["status"]["phase"] in ("Failed", "Succeeded"):
                ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
                return ended["exitCode"], lab.kubectl("logs", "-n", "podreach", pod["metadata"]["name"])
            time.sleep(0.5)
        self.fail("the job didn't end within 120 s:\n" + lab.kubectl("describe", "pods", "-n", "podreach"))

    def test_a_job_from_the_cronjob_ends_with_the_same_verdicts(self):
        job = json.loads(lab.kubectl("create", "job", "-n", "podreach", "--from=cronjob/podreach", "now", "--dry-run=client",
                                     "-o", "json"))
        job["spec"]["template"]["spec"]["containers"][0]["args"] += map(str, lab.EGRESS)
        lab.kubectl("create", "-f", "-", stdin=json.dumps(job))
        code, inside = self.finish("now")
        self.assertEqual(code, 1, inside)
        outside = lab.podreach("scan", *lab.ACCESS, *lab.IMAGE, *lab.EGRESS)
        self.assertEqual(outside.returncode, 1, outside.stderr)
        differ = [pair for pair in zip(summary(inside), summary(outside.stdout), strict=True) if pair[0] != pair[1]]
        self.assertEqual(differ, [])
        self.assertEqual(lab.left_behind(), [])
