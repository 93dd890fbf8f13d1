"""A running simulator as tests and benchmarks see it."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request


class Simulator:
    """Starts podreach-sim on objects; use it with `with`. Its kubeconfig is at `kubeconfig`."""

    def __init__(self, binary, folder, *options, objects=None, table=None, faults=None):
        self.folder = pathlib.Path(folder)
        self.kubeconfig = self.folder / "kubeconfig"
        # Large tables: no scan waits for its budget, but for one that says so.
        command = [str(binary), "--kubeconfig", str(self.kubeconfig), "--conntrack", "8000000", *map(str, options)]
        for name, value in (("objects", objects), ("table", table), ("faults", faults)):
            if value is None:
                continue
            if not isinstance(value, (str, pathlib.Path)):
                path = self.folder / f"{name}.json"
                text = {"kind": "List", "apiVersion": "v1", "items": value} if name == "objects" else value
                path.write_text(json.dumps(text))
                value = path
            command += [f"--{name}", str(value)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"podreach-sim ended with {self.process.wait()}")
        self.started = json.loads(line)
        self.url = f"http://127.0.0.1:{self.started['port']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it; gives its summary."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if self.process.stdout.closed:
            return None
        text = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()
        return json.loads(text.splitlines()[-1]) if text.strip() else None

    def request(self, path, body=None, method=None, content_type="application/json"):
        """Gives status, headers and body."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, dict(reply.headers), reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def get(self, path):
        return json.loads(self.request(path)[2])

    def truth(self, questions):
        """(namespace, pod, address, protocol, port) of each -> (state, reaches, intended, place)."""
        text = "\n".join(" ".join(map(str, question)) for question in questions)
        return [tuple(line.split()) for line in self.request("/sim/truth", text, "POST")[2].splitlines()]


# A child's peak memory begins with that of the process that forked it, so a small one forks it.
MEASURE = """
import json, os, sys, time
begin = time.monotonic()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss / 1024]), file=sys.stderr)
"""


def measured(command, stdout, stderr):
    """Runs a command with its output in files; gives its exit code, CPU seconds, wall seconds, peak MiB, and what it wrote to stderr."""
    subprocess.run([sys.executable, "-c", MEASURE, *map(str, command)], stdout=stdout, stderr=stderr, check=True)
    stderr.seek(0)
    *said, figures = stderr.read().splitlines()
    return *json.loads(figures), "\n".join(said)
