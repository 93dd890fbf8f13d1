#!/usr/bin/env python3
"""Holds a scan's cells against the ground truth of the running lab.

truth.py [--scans N]: puts a bare pod beside the workloads of every namespace that takes one, runs `podreach scan`, then
enters the network namespace of every real pod and tries every target with nettool's own connect(). Every cell of a vantage
must be what the pods that it stands for see. Prints the disagreements; exits 1 where there is one.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "k8s/lab"
TRUTH = {"rejected-icmp": "rejected"}
BARE = """
apiVersion: v1
kind: Pod
metadata: {{name: truth-bare, namespace: {ns}, labels: {{}}}}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  securityContext: {{runAsNonRoot: true, runAsUser: 65534, seccompProfile: {{type: RuntimeDefault}}}}
  containers:
  - name: wait
    image: lab.local/nettool:1
    imagePullPolicy: Never
    args: [pause]
    securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
    resources: {{requests: {{cpu: 1m, memory: 4Mi}}, limits: {{cpu: 10m, memory: 16Mi}}}}
"""


def run(*command, stdin=None, ok=(0,)):
    done = subprocess.run([str(c) for c in command], input=stdin, capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def kubectl(*arguments, stdin=None, ok=(0,)):
    return run(LAB / "kubectl", *arguments, stdin=stdin, ok=ok)


def items(*arguments):
    return json.loads(kubectl("get", *arguments, "-o", "json"))["items"]


def make_bare_pods():
    names = [n["metadata"]["name"] for n in items("namespaces")]
    skipped = []
    for name in names:
        if name == "podreach":
            continue
        done = subprocess.run([LAB / "kubectl", "apply", "-f", "-"], input=BARE.format(ns=name), capture_output=True, text=True)
        if done.returncode != 0:
            skipped.append(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    deadline = time.time() + 60
    while time.time() < deadline:
        pods = [p for p in items("pods", "-A") if p["metadata"]["name"] == "truth-bare"]
        if all(p["status"]["phase"] == "Running" for p in pods):
            break
        time.sleep(0.3)
    return skipped


def scan():
    out = run(LAB / "in-cp", ROOT / "build/release/bin/podreach", "scan", "-f", "json", "-q", "--kubeconfig",
              ROOT / "build/lab/run/pki/admin.kubeconfig", "--probe-image", "lab.local/podreach-probe:dev", "--pull-policy",
              "Never", "--egress", "203.0.113.10:443", "--egress", "203.0.113.200:443", ok=(0, 1))
    return json.loads(out)


def truth_of(pids, targets):
    """Starts one nettool in each pod's network namespace; gives pod -> (address, protocol, port) -> state."""
    lines = "".join(f"{t['protocol'].lower()} {t['address']} {t['port']}\n" for t in targets)
    jobs = {}
    for uid, pid in pids.items():
        jobs[uid] = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", ROOT / "build/lab/bin/nettool", "matrix",
                                      "-timeout", "800ms", "-parallel", "300"], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
        if len(jobs) % 6 == 0:  # two cores: a few at a time
            for job in list(jobs.values())[-6:]:
                job.out = job.communicate(lines)[0]
    result = {}
    for uid, job in jobs.items():
        out = getattr(job, "out", None) or job.communicate(lines)[0]
        cells = {}
        for line in out.splitlines():
            protocol, address, port, state = line.split()
            cells[(address, protocol, int(port))] = TRUTH.get(state, state)
        result[uid] = cells
    return result


def owner_name(pod):
    """The name of the pod's workload as people say it: the Deployment's for a ReplicaSet's pod."""
    owners = pod["metadata"].get("ownerReferences") or []
    if not owners:
        return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}[Pod]"
    name, kind = owners[0]["name"], owners[0]["kind"]
    if kind == "ReplicaSet":
        name, kind = name.rsplit("-", 1)[0], "Deployment"
    return f"{pod['metadata']['namespace']}/{name}[{kind}]"


def compare(report, truth, pods, backends):
    cells = {(c["vantage"], c["target"]): c for c in report["cells"]}
    compared, unprobed, wrong, covered = 0, 0, [], set()
    for vantage in report["vantages"]:
        if vantage["kind"] not in ("bare", "twin"):
            continue
        for uid, pod in pods.items():
            if uid not in truth or owner_name(pod) not in vantage["stands_for"]:
                continue
            covered.add(uid)
            for target in report["targets"]:
                if target["kind"] == "probe" or target["address"] in [ip["ip"] for ip in pod["status"]["podIPs"]]:
                    continue
                if uid in backends.get(target["address"], ()):  # hairpin: a pod through its own Service
                    continue
                cell = cells.get((vantage["id"], target["id"]))
                if cell is None:
                    continue
                real = truth[uid].get((target["address"], target["protocol"].lower(), target["port"]))
                if cell["seen"] in ("not-probed", "local-error"):  # said so in the report: not a claim to hold against
                    unprobed += 1
                    continue
                compared += 1
                udp_silence = target["protocol"] == "UDP" and {real, cell["seen"]} <= {"closed", "open-filtered"}
                if real != cell["seen"] and not udp_silence:
                    wrong.append(f"{vantage['name']} -> {target['name']} {target['address']}:{target['port']}/"
                                 f"{target['protocol']}: podreach saw {cell['seen']}, {owner_name(pod)} sees {real}")
    return compared, unprobed, wrong, covered


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=1)
    arguments = parser.parse_args()
    for reason in make_bare_pods():
        print("no bare pod in", reason)
    time.sleep(1)  # until the last pod's policies are in force
    bad = 0
    for number in range(arguments.scans):
        report = scan()
        pods = {p["metadata"]["uid"]: p for p in items("pods", "-A") if not p["spec"].get("hostNetwork")}
        pids = {}
        for line in run(LAB / "pod-pids").splitlines():
            entry = json.loads(line)
            if entry["uid"] in pods:
                pids[entry["uid"]] = entry["pid"]
        backends = collections.defaultdict(set)
        services = {(s["metadata"]["namespace"], s["metadata"]["name"]): s["spec"] for s in items("services", "-A")}
        for piece in items("endpointslices", "-A"):
            key = (piece["metadata"]["namespace"], piece["metadata"]["labels"].get("kubernetes.io/service-name"))
            uids = {e["targetRef"]["uid"] for e in piece.get("endpoints") or [] if e.get("targetRef")}
            backends[services.get(key, {}).get("clusterIP")] |= uids
        truth = truth_of(pids, [t for t in report["targets"] if t["kind"] != "probe"])
        compared, unprobed, wrong, covered = compare(report, truth, pods, backends)
        verdicts = collections.Counter(c["verdict"] for c in report["cells"])
        print(f"scan {number + 1}: {compared} cells of {len(covered)} pods compared, {len(wrong)} disagree, {unprobed} not probed; enforcer: "
              f"{report['enforcer']}; verdicts: {dict(verdicts)}")
        for line in wrong[:40]:
            print("  ", line)
        bad += len(wrong) + (compared == 0)
    kubectl("delete", "pod", "-A", "--field-selector", "metadata.name=truth-bare", "--grace-period=0", "--force", "--wait=true")
    sys.exit(1 if bad else 0)


main()
