"""The running lab as the end-to-end tests see it: kubectl, scans and the ground truth."""
import concurrent.futures
import json
import pathlib
import subprocess
import time

import record

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "k8s/lab"
PODREACH = ROOT / "build/release/bin/podreach"
KUBECONFIG = ROOT / "build/lab/run/pki/admin.kubeconfig"
IMAGE = ["--probe-image", "lab.local/podreach-probe:dev", "--pull-policy", "Never"]
EGRESS = ["--egress", "203.0.113.10:443", "--egress", "203.0.113.200:443"]
ACCESS = ["--kubeconfig", KUBECONFIG]


def run(*command, stdin=None, ok=(0,)):
    """Runs a command of this machine; gives its stdout. Fails the test where it exits with something else than `ok`."""
    done = subprocess.run([str(c) for c in command], input=stdin, capture_output=True, text=True)
    if done.returncode not in ok:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def kubectl(*arguments, stdin=None, ok=(0,)):
    return run(LAB / "kubectl", *arguments, stdin=stdin, ok=ok)


def items(*arguments):
    return json.loads(kubectl("get", *arguments, "-o", "json"))["items"]


def up(*flags):
    """Starts the lab, or changes the one that runs; puts the probe's image on it."""
    run(LAB / "up", *flags)
    run(LAB / "probe-image")


def setting(name):
    """What `up` was told: deny is drop, reject, reset or none; cni is nftables, cilium or none."""
    return (LAB.parents[1] / "build/lab/run" / name).read_text().strip()


def podreach(*arguments):
    """Runs podreach where it reaches the API server; gives its exit code, stdout and stderr as they are."""
    return subprocess.run([str(c) for c in (LAB / "in-cp", PODREACH, *arguments)], capture_output=True, text=True)


def ours():
    """What podreach has made in the cluster, as KIND/NAME with its namespace."""
    found = []
    for kind in ("pods", "configmaps", "networkpolicies", "namespaces"):
        found += [f"{kind}/{i['metadata'].get('namespace', '')}/{i['metadata']['name']}"
                  for i in items(kind, "-A", "-l", "app.kubernetes.io/managed-by=podreach")]
    return found


def left_behind(besides=()):
    """What of podreach's is still there after 30 s: the API server finishes deletions of namespaces on its own time."""
    deadline = time.time() + 30
    while (found := sorted(set(ours()) - set(besides))) and time.time() < deadline:
        time.sleep(0.3)
    return found


def scan(*flags):
    """A scan's record, laid out."""
    return record.expand(json.loads(run(LAB / "in-cp", PODREACH, "scan", *ACCESS, *IMAGE, *EGRESS, "-f", "json", "-q", *flags, ok=(0, 1))))


def sandbox_pids():
    """The UID of each running pod -> the PID that holds its network namespace."""
    return {e["uid"]: e["pid"] for e in map(json.loads, run(LAB / "pod-pids").splitlines())}


def connect_from(pid, targets, timeout="450ms", tries=3):
    """What nettool's own connect() sees from a network namespace; targets and keys are (address, protocol, port)."""
    lines = "".join(f"{protocol} {address} {port}\n" for address, protocol, port in targets)
    out = run("nsenter", f"--net=/proc/{pid}/ns/net", ROOT / "build/lab/bin/nettool", "matrix", "-timeout", timeout,
              "-tries", tries, "-parallel", "1500", stdin=lines)
    cells = {}
    for protocol, address, port, state in map(str.split, out.splitlines()):
        cells[(address, protocol, int(port))] = {"rejected-icmp": "rejected"}.get(state, state)
    return cells


def ground_truth(pids, targets):
    """UID -> what its pod sees; four pods at a time."""
    with concurrent.futures.ThreadPoolExecutor(4) as workers:
        return dict(zip(pids, workers.map(lambda pid: connect_from(pid, targets), pids.values())))
