#!/usr/bin/env python3
"""expect -o: a file is there whole or not at all; a pipe is written to, not replaced by a file.

output_test.py PODREACH
"""
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import threading

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n"


def expect(podreach, path):
    command = [podreach, "expect", "--manifests", "-", "-f", "csv", "-o", path]
    return subprocess.run(command, input=POD, capture_output=True, text=True, timeout=60)


def main(podreach):
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        file, pipe = folder / "file", folder / "pipe"
        expect(podreach, file)
        if "shop/web[Pod]" not in file.read_text() or [p.name for p in folder.iterdir()] != ["file"]:
            failures.append("the file isn't there, or isn't alone")
        os.mkfifo(pipe)
        said = []
        reader = threading.Thread(target=lambda: said.append(pipe.read_text()), daemon=True)
        reader.start()
        expect(podreach, pipe)
        reader.join(timeout=10)
        if not stat.S_ISFIFO(pipe.stat().st_mode) or said != [file.read_text()]:
            failures.append("the pipe was replaced, or got something else than the file")
        done = expect(podreach, folder)
        if done.returncode != 2 or "writing" not in done.stderr:
            failures.append(f"a folder: exit {done.returncode}: {done.stderr}")
    print("\n".join(failures) or "a file, a pipe, a folder")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
