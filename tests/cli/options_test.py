#!/usr/bin/env python3
"""The command line itself, by a controller with one verb more: dummy_command.cc is all that it needed. Types of options, their
three places (flag, variable, config file) and which of them wins, help, and the log's forms.

options_test.py PODREACH_WITH_DUMMY PODREACH
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

WITH_DUMMY, PODREACH = sys.argv[1:3]
DEFAULTS = "name=nobody names= on=0 level=low count=7 share=0 brief=250ms long=60s letter=-"
# Flags, and what differs from the defaults.
GOOD = [
    (["--name", "x"], {"name": "x"}),
    (["--names", "a", "--names", "b,c"], {"names": "a;b;c;"}),
    (["--names", "a", "b"], {"names": "a;b;"}),
    (["--on"], {"on": "1"}),
    (["--level", "high"], {"level": "high"}),
    (["--count", "65535"], {"count": "65535"}),
    (["--share", "99.5"], {"share": "99.5"}),
    (["--brief", "900"], {"brief": "900ms"}),
    (["--brief", "2s"], {"brief": "2000ms"}),
    (["--brief", "10m"], {"brief": "600000ms"}),
    (["--long", "5"], {"long": "5s"}),
    (["--long", "1h"], {"long": "3600s"}),
    (["x"], {"letter": "x"}),
]
# Flags, and words of the message.
BAD = [
    (["--level", "worst"], ['--level: "worst" is not one of its words', "write one of low|high"]),
    (["--level", "1"], ['--level: "1" is not one of its words']),
    (["--count", "0"], ['--count: "0" is not a number that fits', "write a whole number from 1 to 65535"]),
    (["--count", "1x"], ['--count: "1x"']),
    (["--count", "-1"], ['--count: "-1"']),
    (["--count", "99999999999999999999"], ["--count: "]),
    (["--share", "101"], ['--share: "101" is not a percentage', "from 0 to 100"]),
    (["--share", "nan"], ['--share: "nan"']),
    (["--brief", "11m"], ['--brief: "11m" is not a time that fits', "from 0s to 10m"]),
    (["--brief", "4294967296h"], ["--brief: "]),
    (["--brief", "1.5s"], ['--brief: "1.5s"']),
    (["--brief", "1d"], ['--brief: "1d"']),
    (["--brief", "\x1b[31m"], ['--brief: " [31m"']),
    (["--long", "1500ms"], ['--long: "1500ms" is not a time that fits', "from 1s to 1h"]),
    (["xy"], ["letter: not a letter: xy\n  write a"]),
    (["--nothing"], ["--nothing", "`podreach dummy --help` lists what can be written"]),
    (["--config", "/nowhere/x.toml"], ["/nowhere/x.toml"]),
]


def run(program, *arguments, **environment):
    keep = {name: value for name, value in os.environ.items() if not name.startswith("PODREACH_")}
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, env=keep | environment)


def expected(**changes):
    fields = dict(field.split("=") for field in DEFAULTS.split(" "))
    return " ".join(f"{name}={value}" for name, value in (fields | changes).items()) + "\n"


class OptionsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "podreach.toml"

    def dummy(self, *arguments, **environment):
        return run(WITH_DUMMY, "dummy", *arguments, **environment)

    def test_a_verb_is_one_file(self):
        self.assertRegex(run(WITH_DUMMY, "--help").stdout, r"\n  dummy +Prints its options\.\n")
        self.assertNotIn("dummy", run(PODREACH, "--help").stdout)
        done = self.dummy()
        self.assertEqual((done.returncode, done.stdout), (0, expected()))

    def test_a_report_format_is_one_file(self):
        """Flag, help, check and writer of tests/report/dummy/expect/dummy.cc."""
        manifests = "".join(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: a}}\n---\n" for name in "xy")
        command = ["expect", "--manifests", "-", "-f", "dummy"]
        done = subprocess.run([WITH_DUMMY, *command], input=manifests, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("dummy a/x[Pod] a/y[Pod]\n", done.stdout)
        self.assertIn("dummy is a test's", re.sub(r"\s+", " ", run(WITH_DUMMY, "expect", "--help").stdout))
        self.assertIn("dummy is a test's", re.sub(r"\s+", " ", run(WITH_DUMMY, "scan", "--help").stdout))
        without = run(PODREACH, *command)
        self.assertEqual((without.returncode, without.stdout), (2, ""))
        self.assertIn("write one of csv|dot|json|table", without.stderr)
        nowhere = ["--kubeconfig", "/nowhere/config"]
        self.assertIn("/nowhere/config", run(WITH_DUMMY, "scan", "-o", "dummy=/dev/null", *nowhere).stderr)
        self.assertIn("FORMAT is cells, html, json or table", run(PODREACH, "scan", "-o", "dummy=/dev/null", *nowhere).stderr)

    def test_formats_of_intents_are_their_own(self):
        done = subprocess.run([PODREACH, "expect", "--manifests", "-", "--intent", "built-in", "-f", "csv"], input="", capture_output=True,
                              text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--intent has no format csv\n  use -f with json or table", done.stderr)
        # A format that intents alone have is one file, too.
        manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: a}\n"
        for flags, code, said in [(["--intent", "built-in"], (0, 1, 3), "dummy of intents\n"), ([], (2,), "the matrix has no format verdicts")]:
            done = subprocess.run([WITH_DUMMY, "expect", "--manifests", "-", "-f", "verdicts", *flags], input=manifest, capture_output=True,
                                  text=True, timeout=60)
            self.assertIn(done.returncode, code, done.stderr)
            self.assertIn(said, done.stdout + done.stderr)

    def test_types(self):
        for flags, changes in GOOD:
            with self.subTest(flags):
                done = self.dummy(*flags)
                self.assertEqual((done.returncode, done.stdout), (0, expected(**changes)), done.stderr)

    def test_what_is_wrong_is_named_and_corrected(self):
        for flags, words in BAD:
            with self.subTest(flags):
                done = self.dummy(*flags)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertTrue(done.stderr.startswith("podreach dummy: "), done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_a_command_without_a_verb_or_with_another(self):
        for arguments in ([], ["sacn"], ["--nothing"]):
            with self.subTest(arguments):
                done = run(PODREACH, *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("`podreach --help` lists what can be written", done.stderr)

    def test_the_flag_wins_over_the_variable_and_that_over_the_file(self):
        self.file.write_text('[dummy]\nname = "file"\n')
        places = [(["--name", "flag"], "flag"), ([], "variable")]
        for flags, winner in places:
            done = self.dummy("--config", str(self.file), *flags, PODREACH_NAME="variable")
            self.assertEqual(done.stdout, expected(name=winner), done.stderr)
        self.assertEqual(self.dummy("--config", str(self.file)).stdout, expected(name="file"))
        self.assertEqual(self.dummy(PODREACH_CONFIG=str(self.file)).stdout, expected(name="file"))
        self.assertEqual(self.dummy().stdout, expected())
        self.assertEqual(run(WITH_DUMMY, "--config", str(self.file), "dummy").stdout, expected(name="file"))

    def test_every_type_has_its_three_places(self):
        self.file.write_text('name = "above"\ncount = 9\n[dummy]\nname = "n"  # a comment\nnames = ["a", "b"]\non = true\nlevel = "high"\n'
                             'share = 12.5\nbrief = "2s"\n[scan]\nformat = "html"\n')
        changes = {"name": "n", "names": "a;b;", "on": "1", "level": "high", "count": "9", "share": "12.5", "brief": "2000ms"}
        self.assertEqual(self.dummy("--config", str(self.file)).stdout, expected(**changes))
        variables = {"PODREACH_NAME": "n", "PODREACH_NAMES": "a,b", "PODREACH_ON": "true", "PODREACH_LEVEL": "high", "PODREACH_COUNT": "9",
                     "PODREACH_SHARE": "12.5", "PODREACH_BRIEF": "2s"}
        self.assertEqual(self.dummy(**variables).stdout, expected(**changes))

    def test_a_file_that_is_wrong_is_named_with_its_line(self):
        for text, words in [
                ("[dummy]\n\nnmae = 1\n", [":3: dummy has no flag --nmae", "a section is a verb"]),
                ("[dmumy]\nname = 1\n", [":1: the section [dmumy] is no verb's"]),
                ("nmae = 1\n", [":1: no verb has a flag --nmae"]),
                ("[scan]\nnmae = 1\n", [":2: scan has no flag --nmae"]),
                ("[dummy]\nlevel = \"worst\"\n", [":2: level: \"worst\" is not one of its words"]),
                ("[dummy]\nhelp = true\n", [":2: dummy has no flag --help"]),
                ("[dummy]\nletter = \"x\"\n", [":2: dummy has no flag --letter"]),
                ("just a text\n", ["no verb has a flag --just a text"])]:
            with self.subTest(text):
                self.file.write_text(text)
                done = self.dummy("--config", str(self.file))
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(str(self.file), done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)
        missing = self.dummy(PODREACH_CONFIG="/nowhere/x.toml")
        self.assertEqual((missing.returncode, missing.stdout), (2, ""))
        self.assertIn("/nowhere/x.toml", missing.stderr)

    def test_a_variable_that_is_wrong_is_named(self):
        done = self.dummy(PODREACH_LEVEL="worst")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--level by the variable PODREACH_LEVEL", done.stderr)
        self.assertEqual(self.dummy(PODREACH_ON="maybe").returncode, 2)

    def test_the_variable_of_another_verb_is_not_read(self):
        # csv is a format of expect alone.
        self.assertEqual(self.dummy(PODREACH_FORMAT="csv").returncode, 0)

    def test_help_is_given_whatever_else_is_wrong(self):
        self.file.write_text("garbage\n")
        for arguments, environment in [(["--config", str(self.file)], {}), ([], {"PODREACH_LEVEL": "worst"}), (["--level", "worst"], {})]:
            done = self.dummy("--help", *arguments, **environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("Usage: podreach dummy [FLAGS] LETTER", done.stdout)

    def test_text_lines_and_their_levels(self):
        progress = "podreach: progress of [31m somebody\n  else\n"
        warning = "podreach dummy: a warning\n"
        detail = "podreach: a detail\n"
        for flags, said in [([], progress + warning), (["-q"], warning), (["-v"], detail + progress + warning),
                            (["--log-level", "warning"], warning), (["--log-level", "error"], ""), (["-q", "-v"], warning)]:
            self.assertEqual(self.dummy(*flags).stderr, said, flags)
        self.assertEqual(self.dummy(PODREACH_QUIET="true").stderr, warning)
        failed = self.dummy("-q", "--name", "fail")
        self.assertEqual((failed.returncode, failed.stderr), (3, warning + "podreach dummy: it failed\n  try again\n"))

    def test_json_lines(self):
        done = self.dummy("--log-format", "json", "-v", "--name", "fail")
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual([(line["level"], line["verb"], line["message"]) for line in lines],
                         [("debug", "dummy", "a detail"), ("info", "dummy", "progress of [31m somebody\n  else"),
                          ("warning", "dummy", "a warning"), ("error", "dummy", "it failed\n  try again")])
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class HelpTest(unittest.TestCase):
    """Of the real verbs: every flag has its variable, every text is a sentence, every line fits."""

    def texts(self):
        overview = run(PODREACH, "--help").stdout
        verbs = re.findall(r"^  ([a-z]+) {2,}", overview, re.MULTILINE)
        self.assertTrue({"clean", "diff", "expect", "explain", "scan"} <= set(verbs), verbs)
        return {"": overview} | {verb: run(PODREACH, verb, "--help").stdout for verb in verbs}

    @staticmethod
    def entries(text):
        """Of what help lists: the name, and what it says of it on one line."""
        body = text[text.index("\n", text.index("Usage:")):]
        joined = re.sub(r"\n {20,}", "  ", body)
        return re.findall(r"^  (-[^ ]?.*?|[A-Za-z:/]+) {2,}(.+)$", joined, re.MULTILINE)

    def test_lines_fit(self):
        for verb, text in self.texts().items():
            self.assertEqual([line for line in text.splitlines() if len(line) > 100 or line != line.rstrip()], [], verb)

    def test_every_flag_is_a_sentence_and_a_variable(self):
        for verb, text in self.texts().items():
            entries = self.entries(text)
            self.assertGreater(len(entries), 2, text)
            for name, says in entries:
                with self.subTest(verb=verb, name=name):
                    sentence = re.sub(r" ?(One of \S+\.)?( Default: \S+\.)?( \[\w+\])?$", "", says)
                    self.assertRegex(sentence, r"^(podreach's )?[A-Z0-9-].*[^.]\.$|^podreach's .*\.$")
                    long_names = re.findall(r"--([a-z-]+)", name)
                    if not long_names or long_names[0] in ("help", "version"):
                        continue
                    self.assertTrue(says.endswith(f"[PODREACH_{long_names[0].upper().replace('-', '_')}]"), says)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
