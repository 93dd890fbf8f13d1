"""What a scan says, how it exits and what it leaves where the cluster or its user gives it something bad."""
import copy
import json
import pathlib
import tempfile
import unittest

import lab
import record

ACCOUNT = "system:serviceaccount:default:curtailed"


def rule(group, resource, *verbs):
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


READ = [rule("", "namespaces", "get", "list"), rule("", "pods", "get", "list", "watch"), rule("", "services", "list"),
        rule("", "nodes", "list"), rule("discovery.k8s.io", "endpointslices", "list"),
        rule("networking.k8s.io", "networkpolicies", "list"), rule("policy", "poddisruptionbudgets", "list"),
        rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "list")]
PROBE = [rule("", "namespaces", "create", "delete"), rule("", "pods", "create", "patch", "delete"), rule("", "pods/log", "get"),
         rule("", "configmaps", "get", "list", "create", "patch", "delete"),
         rule("networking.k8s.io", "networkpolicies", "create", "delete")]


def without(rules, resource):
    return [r for r in rules if r["resources"] != [resource]]


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        lab.kubectl("create", "serviceaccount", "curtailed", "-n", "default")
        cls.addClassCleanup(lab.kubectl, "delete", "serviceaccount/curtailed", "-n", "default")
        cls.admin = json.loads(lab.kubectl("config", "view", "--raw", "-o", "json"))
        user = copy.deepcopy(cls.admin)
        user["users"][0]["user"] = {"token": lab.kubectl("create", "token", "curtailed", "-n", "default").strip()}
        cls.curtailed = cls.write("curtailed", user)

    @classmethod
    def write(cls, name, content):
        path = pathlib.Path(cls.folder.name) / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def allow(self, rules):
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "curtailed"}, "rules": rules}
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "curtailed"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "curtailed"},
                   "subjects": [{"kind": "ServiceAccount", "name": "curtailed", "namespace": "default"}]}
        for item in (role, binding):
            lab.kubectl("apply", "-f", "-", stdin=json.dumps(item))
            self.addCleanup(lab.kubectl, "delete", f"{item['kind']}/curtailed", "--ignore-not-found")

    def fails(self, code, *words, flags):
        """A scan with these flags exits with `code`, says each of the words on stderr, no report, and leaves nothing."""
        done = lab.podreach("scan", "-q", *flags)
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(lab.left_behind(), [])

    def test_a_kubeconfig_that_cannot_be_used(self):
        no_ca = copy.deepcopy(self.admin)
        no_ca["clusters"][0]["cluster"].pop("certificate-authority-data", None)
        no_ca["clusters"][0]["cluster"]["certificate-authority"] = "/nowhere/ca.crt"
        for name, content, words in [
                ("garbage", "a: [", ["garbage"]),
                ("empty", "", ["empty"]),
                ("no-ca", no_ca, ["/nowhere/ca.crt"])]:
            with self.subTest(name):
                self.fails(2, *words, flags=["--kubeconfig", self.write(name, content)])
        self.fails(2, "/nowhere/config", "--kubeconfig", flags=["--kubeconfig", "/nowhere/config"])
        self.fails(2, "no context elsewhere", "contexts there", flags=[*lab.ACCESS, "--context", "elsewhere"])

    def test_flags_that_cannot_be_used(self):
        self.fails(2, "--egress", "IP:PORT", flags=[*lab.ACCESS, "--egress", "example.org"])
        self.fails(2, "--output", "FORMAT=FILE", flags=[*lab.ACCESS, "-o", "report.json"])

    def test_an_api_server_that_is_not_there_or_is_another(self):
        away = copy.deepcopy(self.admin)
        away["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
        self.fails(3, "127.0.0.1:1", "onnect", flags=["--kubeconfig", self.write("away", away)])
        stranger = copy.deepcopy(self.admin)
        stranger["users"][0]["user"] = {"token": "expired"}
        self.fails(3, "401", flags=["--kubeconfig", self.write("stranger", stranger)])

    def test_what_may_not_be_read_is_an_error_or_is_said(self):
        for missing in [r["resources"][0] for r in READ]:
            with self.subTest(missing):
                self.allow(without(READ, missing))
                done = lab.podreach("scan", "-q", "--kubeconfig", self.curtailed, "--dry-run")
                if missing in ("namespaces", "pods"):
                    self.assertEqual(done.returncode, 3, done.stderr)
                    self.assertIn(f'cannot list resource "{missing}"', done.stderr)
                else:
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertRegex(done.stdout, f"not read  {missing}[^:]*: .*cannot list resource")

    def test_policies_that_may_not_be_read_are_never_as_intended(self):
        self.allow(without(READ, "networkpolicies") + PROBE)
        done = lab.podreach("scan", "-q", "-f", "json", "--kubeconfig", self.curtailed, *lab.IMAGE)
        # Its own policy can't be looked for either: that is said, and goes with the ConfigMap that owns it.
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('cannot list resource "networkpolicies"', done.stderr)
        report = record.expand(json.loads(done.stdout))
        pods = {t["id"] for t in report["targets"] if t["kind"] == "pod"}
        vantages = {v["id"] for v in report["vantages"] if v["kind"] in ("bare", "twin")}
        cells = [c for c in report["cells"] if c["target"] in pods and c["vantage"] in vantages]
        self.assertTrue(cells)
        judged = [c for c in cells if c["verdict"] != "unknown"]
        names = {t["id"]: t["name"] for t in report["targets"]}
        self.assertEqual([(c["vantage"], names[c["target"]], c["verdict"], c["because"]) for c in judged][:5], [])
        self.assertEqual(lab.left_behind(), [])

    def test_probes_that_may_not_be_made(self):
        for missing, words in [("configmaps", 'cannot create resource "configmaps"'), ("pods", 'cannot create resource "pods"')]:
            with self.subTest(missing):
                self.allow(READ + without(PROBE, missing))
                done = lab.podreach("scan", "-q", "--kubeconfig", self.curtailed, *lab.IMAGE)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(words, done.stderr)
                lab.podreach("clean", *lab.ACCESS)
                self.assertEqual(lab.left_behind(), [])

    def test_logs_that_may_not_be_read_leave_every_cell_unknown(self):
        self.allow(READ + without(PROBE, "pods/log"))
        done = lab.podreach("scan", "-q", "-f", "json", "--kubeconfig", self.curtailed, *lab.IMAGE)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("not one cell was probed", done.stderr)
        report = record.expand(json.loads(done.stdout))
        self.assertEqual({c["verdict"] for c in report["cells"]}, {"unknown"})
        self.assertTrue(any('cannot get resource "pods/log"' in c["because"] for c in report["cells"]))
        self.assertEqual(lab.left_behind(), [])

    def test_an_image_that_is_missing_or_is_no_probe(self):
        pull = ["--pull-policy", "Never"]
        self.fails(3, "no probe started", "lab.local/absent:1",
                   flags=[*lab.ACCESS, "--probe-image", "lab.local/absent:1", *pull, "--start-timeout", "5"])
        done = lab.podreach("scan", "-q", *lab.ACCESS, "--probe-image", "lab.local/nettool:1", *pull)
        self.assertEqual(done.returncode, 3, done.stderr)
        for words in ("the probe ended with exit code", "--probe-image"):
            self.assertIn(words, done.stderr)
        self.assertEqual(lab.left_behind(), [])


if __name__ == "__main__":
    unittest.main()
