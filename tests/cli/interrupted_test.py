#!/usr/bin/env python3
"""expect, explain and diff are ended by SIGINT and SIGTERM at once, and leave no unfinished file."""
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PODREACH = sys.argv.pop(1)
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


class InterruptedTest(unittest.TestCase):
    def start(self, *arguments):
        """A command that waits: for its input, or for a reader of what it writes."""
        child = subprocess.Popen([PODREACH, *arguments], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.kill)
        return child

    def blocked(self, child):
        """Once the thread that waits for signals is there, they are blocked: so they don't end it by default."""
        status = pathlib.Path(f"/proc/{child.pid}/status")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            if int(fields["SigBlk"], 16) >> (signal.SIGINT - 1) & 1 and int(fields["Threads"]) > 1:
                return
            time.sleep(0.01)
        self.fail("it never waited for signals")

    def test_while_it_reads(self):
        for arguments in (["expect", "--manifests", "-"], ["explain", "--manifests", "-", "a/b", "c/d", "80"], ["diff", "-", __file__]):
            for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
                with self.subTest(arguments=arguments, signal=number):
                    child = self.start(*arguments)
                    self.blocked(child)
                    child.send_signal(number)
                    self.assertEqual(child.wait(10), code)

    def test_while_it_writes(self):
        pods = "".join(f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{i}, namespace: shop}}\nstatus: {{podIP: 10.0.0.{i}}}\n"
                       for i in range(60))
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "expected")
            os.mkfifo(f"{out}.part")
            reader = os.open(f"{out}.part", os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, reader)
            child = self.start("expect", "--manifests", "-", "-o", str(out))
            child.stdin.write((NAMESPACE + pods).encode())
            child.stdin.close()
            # More than a pipe holds, of which nobody reads a byte.
            self.assertTrue(select.select([reader], [], [], 10)[0])
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(10), 143)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
