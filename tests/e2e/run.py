#!/usr/bin/env python3
"""Runs the end-to-end tests on the lab: starts it where it doesn't run, and stops it again then.

run.py [PATTERN...]: only tests whose name has one of the patterns. Writes the counts to build/release/e2e.json.
"""
import json
import os
import subprocess
import sys
import unittest

import lab


def main():
    was_up = (lab.ROOT / "build/lab/run/deny").exists()
    if was_up and lab.setting("cni") == "cilium":
        sys.exit("the lab runs with Cilium; these tests need nftables: run k8s/lab/down first")
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]] or None
    tests = loader.discover(os.path.dirname(os.path.abspath(__file__)), pattern="*_test.py")
    try:
        # Its output shows how a first build goes on, which takes minutes.
        subprocess.run([lab.LAB / "up"], check=True, stdout=sys.stderr)
        lab.up()
        result = unittest.TextTestRunner(verbosity=2).run(tests)
    finally:
        if not was_up:
            lab.run(lab.LAB / "down")
    failed = len(result.failures) + len(result.errors)
    counts = {"tests": result.testsRun, "failures": failed, "skipped": len(result.skipped)}
    (lab.ROOT / "build/release/e2e.json").write_text(json.dumps(counts))
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
