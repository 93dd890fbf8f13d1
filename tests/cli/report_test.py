#!/usr/bin/env python3
"""`podreach report`: a record in every format, without a cluster; and records that are broken, each named.

report_test.py PODREACH
"""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import record as reader  # noqa: E402

PODREACH = sys.argv[1]
RECORD = pathlib.Path(__file__).resolve().parent / "records/small.json"
FORMATS = ["cells", "html", "json", "table"]
# Where something stands in the record, what stands there instead, and what the message names. A place that ends with None is deleted.
BROKEN = [
    (["schema"], "podreach.io/scan/v1", "schema: not podreach.io/scan/v2"),
    (["enforcement"], "perhaps", "record.enforcement: no such word: perhaps"),
    (["scan", "rotation"], -1, "scan.rotation: not a whole number"),
    (["scan", "incomplete"], "no", "scan.incomplete: neither true nor false"),
    (["coverage", "pods", "of"], "5", "coverage.pods.of: not a whole number"),
    (["findings", 0, "severity"], "dire", "findings[0].severity: no such word: dire"),
    (["findings", 1, "evidence"], [1], "findings[1].evidence: not a list of texts"),
    (["places", 2, "address"], "fd00:::8", "places[2].address: no such word: fd00:::8"),
    (["places", 0, "ports", 1], "65536/TCP", "places[0].ports: not a port: 65536/TCP"),
    (["places", 0, "group"], 3, "places[0].group: out of bounds: 3"),
    (["catalogue_of_targets"], {"16": {"service": "HTTP", "sensitive": False}}, "catalogue_of_targets: no such number"),
    (["backends", 0, "target"], 16, "backends[0].target: out of bounds: 16"),
    (["controls", 1, "targets"], "0-16", "controls[1]: no such number"),
    (["services", 0, "asked_from"], 6, "services[0].asked_from: out of bounds: 6"),
    (["services", 1, "tls", "client_certificate"], "", "services[1].tls.client_certificate: no such word"),
    (["asks", 1], "0-15,", "asks[1]: not a list of numbers"),
    (["kinds", 6, "verdict"], "guilty", "kinds[6].verdict: no such word: guilty"),
    (["kinds", 3, "unsure"], "yes", "kinds[3].unsure: neither true nor false"),
    (["rules", 0, "direction"], "up", "rules[0]: no such direction"),
    (["evidence", 0, "rules"], [3], "evidence[0].rules: out of bounds: 3"),
    (["evidence", 2, "icmp", "code"], 256, "evidence[2].code: out of bounds: 256"),
    (["vantages", 0, "ask"], 2, "vantages[0].ask: out of bounds: 2"),
    (["vantages", 0, "cells"], "AB2CDEB3FB3HC", "vantages[0].cells: not the runs of 16 cells"),
    (["vantages", 0, "cells"], "AB2CDEB3FB3HCZ", "vantages[0].cells: not the runs of 16 cells"),
    (["vantages", 1, "evidence"], [[5, 1, 1], [5, 1, 2]], "vantages[1].evidence: runs that overlap or are empty"),
    (["vantages", 2, "labels"], {"app": 1}, "vantages[2].labels: not a text"),
    (["vantages", 3, "stands_for", None], None, "vantages[3].stands_for: it is missing"),
    (["coverage", "swept_groups", None], None, "coverage.swept_groups: it is missing"),
    (["kinds", None], None, "record.kinds: it is missing"),
]


def report(*arguments, stdin=None, stdout=subprocess.PIPE):
    """`podreach report`, where there is no cluster to be found."""
    nowhere = {name: value for name, value in os.environ.items() if not name.startswith(("PODREACH_", "KUBE"))}
    nowhere |= {"KUBECONFIG": "/nowhere/config", "HOME": "/nowhere"}
    return subprocess.run([PODREACH, "report", *map(str, arguments)], input=stdin, stdout=stdout, stderr=subprocess.PIPE, env=nowhere,
                          timeout=60)


def changed(record, place, value):
    """The record with something else at that place."""
    record = copy.deepcopy(record)
    *path, last = place[:-1] if place[-1] is None else place
    within = record
    for step in path:
        within = within[step]
    if place[-1] is None:
        del within[last]
    else:
        within[last] = value
    return record


def letter(kind):
    return reader.LETTERS[kind] if kind < len(reader.LETTERS) else f"({kind})"


class ReportTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.text = RECORD.read_bytes()
        cls.record = json.loads(cls.text)
        cls.shown = {form: report(RECORD, "-f", form) for form in FORMATS}

    def out(self, form):
        return self.shown[form].stdout.decode()

    def hold_cells(self, record, lines):
        """Each line of -f cells against what this test's own reader makes of the record."""
        read = reader.expand(record)
        controls = {target: control["vantage"] for control in record["controls"] for target in reader.numbers(control["targets"])}
        expected = []
        for cell in read["cells"]:
            vantage, target = read["vantages"][cell["vantage"]], read["targets"][cell["target"]]
            line = {"vantage": vantage["name"], "vantage_kind": vantage["kind"], "target": target["name"], "target_kind": target["kind"]}
            line |= {key: target[key] for key in ("workload", "address", "port", "protocol")}
            line |= {key: cell[key] for key in ("expectation", "basis", "outcome", "seen", "verdict", "reason")}
            line |= {key: cell[key] for key in ("unsure", "not_probed") if key in cell}
            if cell["target"] in controls:
                line["control"] = read["vantages"][controls[cell["target"]]]["name"]
            evidence = {key: cell["evidence"][key] for key in ("icmp", "errno") if key in cell["evidence"]}
            if cell["rules"]:
                evidence["rules"] = [{key: rule[key] for key in ("policy", "field", "text")} for rule in cell["rules"]]
            expected.append(line | ({"evidence": evidence} if evidence else {}))
        found = [json.loads(line) for line in lines.splitlines()]
        self.assertEqual([{key: value for key, value in line.items() if key != "because"} for line in found], expected)
        return found

    def test_every_format_is_written(self):
        for form, done in self.shown.items():
            self.assertEqual((done.returncode, done.stderr), (0, b""), form)
            self.assertTrue(done.stdout, form)
        self.assertEqual(report(RECORD).stdout, self.shown["table"].stdout)

    def test_json_is_the_record_byte_for_byte(self):
        self.assertEqual(self.shown["json"].stdout, self.text)

    def test_it_is_read_from_stdin_as_well(self):
        for form in FORMATS:
            self.assertEqual(report("-", "-f", form, stdin=self.text).stdout, self.shown[form].stdout, form)

    def test_a_file_gets_what_stdout_gets(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {form: pathlib.Path(folder, form) for form in FORMATS}
            done = report(RECORD, *(f"-o{form}={file}" for form, file in files.items()))
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            for form, file in files.items():
                self.assertEqual(file.read_bytes(), self.shown[form].stdout, form)

    def test_the_table_has_what_the_record_says(self):
        table = self.out("table")
        for words in ("lab <i>é</i> v1.34.4", "denied by silence", "73.4 % of 64 cells probed; 1 of 2 namespaces", "3 of 5 pods",
                      "limited to -n shop,bank", "INCOMPLETE", "not covered: shop/web[Deployment]", "not read: mutatingwebhookconfigurations",
                      "1 leak, 2 broken, 25 ungoverned, 12 as-intended, 3 unproven, 21 unknown", "170 API requests"):
            self.assertIn(words, table)
        ids = re.findall(r"^ +id: (.*)$", table, re.M)
        self.assertEqual(ids, [finding["id"] for finding in self.record["findings"]])
        self.assertLessEqual(max(map(len, table.splitlines())), 100)

    def test_the_page_is_whole_escaped_and_needs_no_network(self):
        page = self.out("html")
        self.assertTrue(page.startswith("<!doctype html>") and page.rstrip().endswith("</html>"))
        self.assertIn("lab &lt;i&gt;é&lt;/i&gt;", page)
        self.assertNotIn("<i>", page)
        self.assertNotRegex(page, r"(?i)(src|href)\s*=\s*[\"']?(https?:)?//")
        for finding in self.record["findings"]:
            self.assertIn(finding["id"].replace(">", "&gt;"), page)

    def test_cells_are_what_another_reader_makes_of_the_record(self):
        lines = self.hold_cells(self.record, self.out("cells"))
        self.assertEqual(len(lines), 64)
        because = {line["reason"]: line["because"] for line in lines if line["reason"] != "none"}
        self.assertEqual(because["control-reaches"], "node1 (node) reaches it")
        self.assertEqual(because["open-elsewhere"], "refused, but node1 (node) finds it open")
        self.assertEqual(because["unclear-policy"], self.record["rules"][2]["text"])
        plain = {line.get("because") for line in lines if line["reason"] == "none"}
        self.assertEqual(plain, {None, "errno 24", "ICMP type 3 code 13 from 10.244.2.1", "ICMP type 3 code 1 from 10.244.2.1",
                                 "the probe's log was cut", "the target pod went away during the scan"})

    def test_kinds_beyond_the_letters_are_numbers(self):
        many = copy.deepcopy(self.record)
        many["kinds"] = many["kinds"][:1] * 45 + many["kinds"]
        for vantage in many["vantages"]:
            if "cells" in vantage:
                vantage["cells"] = "".join(letter(45 + kind) for kind in reader.runs(vantage["cells"]))
        self.assertIn("z(52)", many["vantages"][1]["cells"])
        done = report("-", "-f", "cells", stdin=json.dumps(many).encode())
        self.assertEqual(done.stdout, self.shown["cells"].stdout, done.stderr)
        self.hold_cells(many, done.stdout)

    def test_what_is_broken_is_named(self):
        for place, value, words in BROKEN:
            with self.subTest(place=place, value=value):
                done = report("-", "-f", "json", stdin=json.dumps(changed(self.record, place, value)).encode())
                self.assertEqual((done.returncode, done.stdout), (2, b""), done.stderr)
                self.assertIn(words, done.stderr.decode())
                self.assertIn("podreach scan -o json=FILE", done.stderr.decode())

    def test_what_is_no_record_is_refused(self):
        for text in (b"", b"null", b"[]", b"{}", b"\xff\xfe", self.text[:-3], self.text + b"{}", b"[" * 100_000):
            done = report("-", stdin=text)
            self.assertEqual((done.returncode, done.stdout), (2, b""), text[:40])
            self.assertIn("the record is ", done.stderr.decode())

    def test_wrong_usage(self):
        for arguments, words in [(["/nowhere/report.json"], "/nowhere/report.json"), ([RECORD.parent], "the record is not JSON"), ([], "record"),
                                 ([RECORD, "-f", "csv"], "cells|html|json|table"), ([RECORD, "-o", "report.json"], "FORMAT=FILE")]:
            done = report(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""), arguments)
            self.assertIn(words, done.stderr.decode())

    def test_a_full_disk_is_an_error(self):
        for form in FORMATS:
            with open("/dev/full", "wb") as full:
                done = report(RECORD, "-f", form, stdout=full)
            self.assertEqual(done.returncode, 3, form)
            self.assertIn("writing the report to stdout failed", done.stderr.decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
