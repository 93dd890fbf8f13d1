#!/usr/bin/env python3
"""Time and memory of `podreach expect` on made-up clusters, reading the manifests included; beside the floor: reading the same bytes.

run.py [--rounds N] [--group-by class]: medians of N rounds (5), each pinned to one core. Manifests are written below build/bench/policy
once, and kept. Then the largest from an API server on loopback, whose objects carry 4 KiB more each; and what one change of it takes,
after the whole.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PODREACH = ROOT / "build/release/bin/podreach"


def manifests(shape, times, share):
    folder = ROOT / f"build/bench/policy/{shape}-x{times}" if share == 1 else ROOT / f"build/bench/policy/{shape}-{share}"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, HERE / "generate.py", shape, folder, "--times", str(times), "--share", str(share)], check=True)
        (folder / "done").touch()
    return folder


def measured(command, **environment):
    """Seconds, and MiB resident at most."""
    core = max(os.sched_getaffinity(0))
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=os.environ | environment, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begin
    if child.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {child.returncode}")
    return seconds, usage.ru_maxrss / 1024


def row(shape, times, share, rounds, group_by):
    folder = manifests(shape, times, share)
    files = sorted(str(path) for path in folder.iterdir() if path.suffix in (".yaml", ".json"))
    out = folder / "expected"
    command = [PODREACH, "expect", "--manifests", folder, "-f", "json", "-o", out, "--group-by", group_by]
    runs = [measured(command) for _ in range(rounds)]
    # The floor: Python's JSON reader is C and builds values, too; YAML is only counted in bytes.
    read = "import json,sys\nfor f in sys.argv[1:]:\n  d=open(f).read()\n  json.loads(d) if f.endswith('json') else 0"
    floor = statistics.median(measured([sys.executable, "-c", read, *files])[0] for _ in range(rounds))
    written = json.loads(out.read_text())
    size = sum(os.path.getsize(name) for name in files)
    out.unlink()
    seconds = statistics.median(s for s, _ in runs)
    pods = sum(c["pods"] for c in written.get("classes", []))
    name = f"{shape} x{times}" if times > 1 else shape if share == 1 else f"{shape} x{share}"
    print(f"{name:<14}{size / 1e6:>7.1f}{pods:>9,}{len(written.get('classes', [])):>9,}"
          f"{len(written['connections']):>13,}{seconds:>9.2f}{min(s for s, _ in runs):>9.2f}{max(m for _, m in runs):>7.0f}"
          f"{seconds / floor:>9.2f}")


def live(shape, rounds, group_by):
    """From an API server in place of manifests, all of whose bytes are read."""
    folder = manifests(shape, 1, 1)
    kubeconfig = folder / "kubeconfig"
    server = subprocess.Popen([sys.executable, HERE / "api_server.py", shape, kubeconfig], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        size = int(server.stdout.readline())
        out = folder / "expected"
        runs = [measured([PODREACH, "expect", "-f", "json", "-o", out, "--group-by", group_by], KUBECONFIG=str(kubeconfig)) for _ in range(rounds)]
        written = json.loads(out.read_text())
        out.unlink()
    finally:
        server.stdin.close()
        server.wait()
        kubeconfig.unlink()
    pods = sum(c["pods"] for c in written.get("classes", []))
    print(f"{shape + ', live':<14}{size / 1e6:>7.1f}{pods:>9,}{len(written.get('classes', [])):>9,}{len(written['connections']):>13,}"
          f"{statistics.median(s for s, _ in runs):>9.2f}{min(s for s, _ in runs):>9.2f}{max(m for _, m in runs):>7.0f}")


def changes(shape):
    subprocess.run(["cmake", "--build", ROOT / "build/release", "--target", "bench_change"], check=True, stdout=subprocess.DEVNULL)
    core = max(os.sched_getaffinity(0))
    print(f"\none change of {shape} after the whole; milliseconds", flush=True)
    subprocess.run([ROOT / "build/release/bin/bench_change", manifests(shape, 1, 1)], check=True,
                   preexec_fn=lambda: os.sched_setaffinity(0, {core}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--group-by", default="class", choices=["class", "workload", "namespace"])
    arguments = parser.parse_args()
    print(f"{'shape':<14}{'MB':>7}{'pods':>9}{'classes':>9}{'connections':>13}{'seconds':>9}{'least':>9}{'MiB':>7}{'x floor':>9}")
    shapes = [("workloads", 1, 1), ("known", 1, 1), ("known", 2, 1), ("known", 4, 1), ("cilium", 1, 1), ("large", 1, 0.25), ("large", 1, 0.5), ("large", 1, 1)]
    for shape, times, share in shapes:
        row(shape, times, share, arguments.rounds, arguments.group_by)
    live("large", arguments.rounds, arguments.group_by)
    changes("large")


if __name__ == "__main__":
    main()
