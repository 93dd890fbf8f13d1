"""scan --intent: what people want of the cluster, held against what the probes saw."""
import pathlib
import tempfile
import unittest

import lab

INTENTS = """schema: podreach.io/intent/v1
intents:
- {name: db-from-api-alone, action: allow-only, from: [{workload: bank/api}], to: [{workload: bank/db}], ports: [5432], severity: critical}
- {name: web-reaches-api, action: allow, from: [{workload: bank/web}], to: [{workload: bank/api}], ports: [8080], owner: team-bank}
- {name: nobody, action: deny, from: [{workload: bank/none}], to: [{workload: bank/db}]}
builtIn: {no-metadata: false}
"""


class IntentTest(unittest.TestCase):
    def file(self, text):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "intent.yaml"
        path.write_text(text)
        return path

    def test_scan(self):
        report = lab.scan("--intent", self.file(INTENTS))
        findings = {f["id"]: f for f in report["findings"] if f["id"].startswith("PR-INTENT")}
        self.assertNotIn("PR-INTENT db-from-api-alone", findings)
        self.assertNotIn("PR-INTENT-UNPROVEN db-from-api-alone", findings)
        self.assertIn("its owner: team-bank", findings["PR-INTENT web-reaches-api"]["evidence"])
        self.assertEqual(findings["PR-INTENT web-reaches-api"]["severity"], "high")
        self.assertIn("PR-INTENT-UNPROVEN nobody", findings)
        self.assertIn("PR-INTENT no-kubelet", findings)  # shop is open
        self.assertNotIn("PR-INTENT no-metadata", findings)  # switched off
        self.assertEqual(lab.left_behind(), [])

    def test_a_malformed_file_is_named(self):
        done = lab.podreach("scan", *lab.ACCESS, *lab.IMAGE, "--intent", self.file(INTENTS.replace("allow-only", "only")))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("intent.yaml:3: intents[0].action: not an action", done.stderr)
        self.assertEqual(lab.left_behind(), [])


if __name__ == "__main__":
    unittest.main()
