#!/usr/bin/env python3
"""Every case of tests/golden/policy: what its expected.txt says, and explain against the matrix on every cell.

golden_test.py PODREACH FOLDER [CASE...]

A case is a folder of policies.yaml, which lives in the folder's world.yaml, and expected.txt: lines "SRC DST PORT ANSWER", which
`explain` is asked. Then the same documents in the other order, and with other names where names mean nothing, must give the same matrix.
golden_test.cc compares explain and the matrix on every cell of the cases.
"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ANSWERS = {0: "allow", 1: "deny", 3: "unknown"}
# Of these kinds a name is referred to, or orders, or is shown.
NAMED = ("Tier", "NetworkSet", "Server", "Authentication", "Namespace", "Node\n", "Pod\n", "HostEndpoint", "BaselineAdminNetworkPolicy", "Deployment")


class Case:
    def __init__(self, podreach, folder, world):
        self.podreach, self.folder, self.world = podreach, folder, world
        self.policies = (folder / "policies.yaml").read_text()
        self.failures = []
        self.lines = 0

    def run(self, *arguments, manifests=None):
        files = [self.world, self.folder / "policies.yaml"] if manifests is None else [manifests]
        flags = [f for file in files for f in ("--manifests", file)]
        return subprocess.run([self.podreach, arguments[0], *map(str, flags), *arguments[1:]], capture_output=True, text=True, timeout=60)

    def explain(self, source, destination, port):
        done = self.run("explain", source, destination, port)
        answer = ANSWERS.get(done.returncode, f"exit {done.returncode}")
        first = done.stdout.splitlines()[0] if done.stdout else done.stderr
        if not first.endswith(": " + answer):
            self.failures.append(f"{source} {destination} {port}: exit code says {answer}, the text {first!r}")
        return answer

    def matrix(self, manifests=None):
        done = self.run("expect", "--group-by", "pod", "-f", "json", manifests=manifests)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"{self.folder.name}: {done.stderr}")
        return json.loads(done.stdout)

    def check(self):
        for line in (self.folder / "expected.txt").read_text().splitlines():
            source, destination, port, wanted = line.split()
            self.lines += 1
            found = self.explain(source, destination, port)
            if found != wanted:
                self.failures.append(f"{source} {destination} {port}: wanted {wanted}, explain says {found}")
        matrix = self.matrix()
        self.check_unchanged(matrix)
        return self

    def check_unchanged(self, matrix):
        documents = (self.world.read_text() + "---\n" + self.policies).split("---\n")
        renamed = [d if any(f"kind: {k}" in d or f"{k}\n" in d.split("metadata")[0] for k in NAMED)
                   else re.sub(r"(metadata: \{name: )", r"\1other-", d, count=1) for d in documents]
        plain = lambda m: json.dumps([m["connections"], [(u["source"], u["destination"]) for u in m["unknown"]]])
        with tempfile.TemporaryDirectory() as folder:
            for what, texts in {"in the other order": documents[::-1], "renamed": renamed}.items():
                file = pathlib.Path(folder) / "all.yaml"
                file.write_text("---\n".join(texts))
                if plain(self.matrix(file)) != plain(matrix):
                    self.failures.append(f"another matrix where the documents are {what}")


def main(podreach, root, wanted):
    folders = sorted(p for p in root.iterdir() if p.is_dir() and (not wanted or p.name in wanted))
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        cases = list(workers.map(lambda f: Case(podreach, f, root / "world.yaml").check(), folders))
    for case in cases:
        for failure in case.failures[:10]:
            print(f"{case.folder.name}: {failure}")
    failed = sum(1 for case in cases if case.failures)
    print(f"{len(cases)} cases, {sum(case.lines for case in cases)} lines, {failed} cases failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]))
