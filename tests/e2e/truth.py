#!/usr/bin/env python3
"""Holds a scan's cells against the ground truth of the running lab.

truth.py [--scans N]: puts a bare pod beside the workloads of every namespace that takes one, runs `podreach scan`, then
enters the network namespace of every real pod and tries every target with nettool's own connect(). Every cell of a vantage
must be what the pods that it stands for see. Prints the disagreements; exits 1 where there is one.
"""
import argparse
import collections
import subprocess
import sys
import time

from lab import LAB, connect_from, ground_truth, items, kubectl, left_behind, sandbox_pids, scan, setting

# As an administrator makes it: a scan leaves it there, so the next one needn't wait until the last one's is gone.
OWN_NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: podreach, labels: {pod-security.kubernetes.io/enforce: privileged}}
"""

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
            return skipped
        time.sleep(0.3)
    sys.exit("the bare pods didn't run within 60 s: see k8s/lab/kubectl get pods -A")


def owner_name(pod):
    """The name of the pod's workload as people say it: the Deployment's for a ReplicaSet's pod."""
    owners = pod["metadata"].get("ownerReferences") or []
    if not owners:
        return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}[Pod]"
    name, kind = owners[0]["name"], owners[0]["kind"]
    if kind == "ReplicaSet":
        name, kind = name.rsplit("-", 1)[0], "Deployment"
    return f"{pod['metadata']['namespace']}/{name}[{kind}]"


REACHED = {"open", "closed"}
SAID_SO = {"not-probed", "local-error"}  # the report says that it doesn't know: no claim to hold against


class Tally:
    """What came of holding a report's cells against the truth."""

    def __init__(self):
        self.compared, self.not_probed, self.by_path = 0, collections.Counter(), 0
        self.wrong, self.covered, self.disputed = [], set(), []

    def hold(self, vantage, cell, target, pod, real):
        """One cell of a vantage against what one pod that it stands for sees."""
        if cell["seen"] in SAID_SO:
            self.not_probed[vantage["name"]] += 1
            return
        self.compared += 1
        seen, denied = cell["seen"], cell["expectation"] != "allow"
        same = real == seen or target["protocol"] == "UDP" and {real, seen} <= {"closed", "open-filtered"}
        # How a denial looks depends on where the rule stands in the packet's way: on the source's node, and on which backend
        # kube-proxy's dice choose. Whether it is one doesn't.
        path_varies = pod["spec"]["nodeName"] != vantage["node"] or target["kind"] in ("service", "node-port")
        if not same and denied and path_varies and "open" not in (real, seen):
            self.by_path += 1
            same = True
        # What nobody governs must be allowed, and what is called so must get there.
        groundless = cell["verdict"] == "ungoverned" and (cell["expectation"], cell["basis"]) != ("allow", "default")
        unreached = cell["verdict"] == "ungoverned" and real not in REACHED and target["protocol"] == "TCP"
        # The worst there could be: intended to be denied, called as-intended, and a pod gets through.
        false_peace = denied and cell["verdict"] == "as-intended" and real in REACHED and cell["outcome"] != "rejected"
        if not same or false_peace or groundless or unreached:
            self.disputed.append((pod["metadata"]["uid"], (target["address"], target["protocol"].lower(), target["port"])))
            self.wrong.append(f"{vantage['name']} on {vantage['node']} -> {target['name']} {target['address']}:{target['port']}/"
                              f"{target['protocol']}: podreach saw {seen} ({cell['verdict']}), {owner_name(pod)} on "
                              f"{pod['spec']['nodeName']} sees {real}")


def compare(report, truth, pods, backends_of):
    cells = {(c["vantage"], c["target"]): c for c in report["cells"]}
    tally = Tally()
    for vantage in report["vantages"]:
        if vantage["kind"] not in ("bare", "twin"):
            continue
        for uid, pod in pods.items():
            if uid not in truth or owner_name(pod) not in vantage["stands_for"]:
                continue
            tally.covered.add(uid)
            for target in report["targets"]:
                if target["kind"] == "probe" or target["address"] in [ip["ip"] for ip in pod["status"]["podIPs"]]:
                    continue
                if uid in backends_of.get(target["address"], ()):  # hairpin: a pod through its own Service
                    continue
                cell = cells.get((vantage["id"], target["id"]))
                if cell is not None:
                    tally.hold(vantage, cell, target, pod,
                               truth[uid].get((target["address"], target["protocol"].lower(), target["port"])))
    return tally


MOST_SILENT = 5


def faults_of_enforcement(report):
    """With nobody to enforce the policies, every denied cell that got through is a leak, and the first finding says why."""
    targets = {t["id"]: t for t in report["targets"]}
    missed = [c for c in report["cells"] if c["expectation"] == "deny" and c["seen"] not in SAID_SO and c["verdict"] != "leak"]
    # A lost answer of UDP reads as silence, which proves nothing and is said to: a few of the 170 UDP cells may be so.
    silent = [c for c in missed if targets[c["target"]]["protocol"] == "UDP" and (c["seen"], c["verdict"]) == ("open-filtered", "unproven")]
    if silent:
        print(f"{len(silent)} UDP cells without an answer, and unproven")
    if len(silent) <= MOST_SILENT:
        missed = [c for c in missed if c not in silent]
    faults = [f"cell {c['vantage']} -> {c['target']}: denied, {c['seen']}, but {c['verdict']}" for c in missed]
    if report["findings"][0]["id"] != "PR-NOT-ENFORCED":
        faults.append(f"the first finding is {report['findings'][0]['id']}")
    return faults


def faults_of_ungoverned(report):
    """What nobody governs is allowed, though by no rule, and gets there: of every cell, those that no pod is held against as well."""
    return [f"cell {c['vantage']} -> {c['target']}: ungoverned, but {c['expectation']} by {c['basis']}, {c['seen']}" for c in report["cells"]
            if c["verdict"] == "ungoverned" and ((c["expectation"], c["basis"]) != ("allow", "default") or c["outcome"] not in REACHED)]


def faults_of_denials(report, deny):
    """A denial that is heard is told from a port that is closed: by its ICMP error, through a Service as well; or, where it is
    an RST like any other, by a control that finds the port open."""
    targets = {t["id"]: t for t in report["targets"]}
    rejected = [(c, targets[c["target"]]) for c in report["cells"] if c["outcome"] == "rejected" and c["expectation"] == "deny"]
    faults = []
    if deny == "reject":
        for kind in ("pod", "service"):
            if not any(t["kind"] == kind and t["protocol"] == "TCP" and (c["evidence"].get("icmp") or {}).items() >= {"type": 3, "code": 3}.items()
                       for c, t in rejected):
                faults.append(f"no denied TCP cell of a {kind} is rejected by ICMP")
    if deny == "reset" and not any(c["seen"] == "closed" and c["reason"] == "open-elsewhere" for c, t in rejected):
        faults.append("no RST was told from a closed port's by a control")
    return faults


def backends():
    """Cluster IP -> the UIDs of the pods behind it."""
    uids = collections.defaultdict(set)
    services = {(s["metadata"]["namespace"], s["metadata"]["name"]): s["spec"] for s in items("services", "-A")}
    for piece in items("endpointslices", "-A"):
        key = (piece["metadata"]["namespace"], piece["metadata"]["labels"].get("kubernetes.io/service-name"))
        found = {e["targetRef"]["uid"] for e in piece.get("endpoints") or [] if e.get("targetRef")}
        uids[services.get(key, {}).get("clusterIP")] |= found
    return uids


def hold_one_scan(truth):
    """Scans, completes the ground truth where it lacks a pod or a target, and gives the number of faults."""
    started = time.time()
    report = scan()
    pods = {p["metadata"]["uid"]: p for p in items("pods", "-A") if not p["spec"].get("hostNetwork")}
    pids = {uid: pid for uid, pid in sandbox_pids().items() if uid in pods}
    between = time.time()
    targets = {(t["address"], t["protocol"].lower(), t["port"]) for t in report["targets"] if t["kind"] != "probe"}
    if not all(uid in truth and targets <= truth[uid].keys() for uid in pids):
        truth.update(ground_truth(pids, sorted(targets)))
    behind = backends()
    tally = compare(report, truth, pods, behind)
    # The truth isn't above loss either: what differs is looked at once more, slowly, before it counts.
    again = collections.defaultdict(set)
    for uid, key in tally.disputed:
        again[uid].add(key)
    for uid, keys in again.items():
        truth[uid].update(connect_from(pids[uid], sorted(keys), timeout="2s"))
    if again:
        print(f"{len(tally.disputed)} cells of {len(again)} pods looked at again")
        tally = compare(report, truth, pods, behind)
    if setting("deny") == "none":
        tally.wrong += faults_of_enforcement(report)
    elif leaks := [c for c in report["cells"] if c["verdict"] == "leak"]:
        tally.wrong.append(f"{len(leaks)} leaks, though every policy is enforced")
    tally.wrong += faults_of_denials(report, setting("deny")) + faults_of_ungoverned(report)
    verdicts = collections.Counter(c["verdict"] for c in report["cells"])
    print(f"{tally.compared} cells of {len(tally.covered)} pods compared, {len(tally.wrong)} disagree; {tally.by_path} denied in "
          f"another way on another path; not probed: {dict(tally.not_probed)}; enforcer: {report['enforcer']}; verdicts: "
          f"{dict(verdicts)}; scan {between - started:.1f} s, truth {time.time() - between:.1f} s", flush=True)
    for line in tally.wrong[:10]:
        print("  ", line)
    return len(tally.wrong) + (tally.compared == 0)


def hold(scans):
    """Holds that many scans in a row against the truth; gives the number of faults."""
    faults, truth = 0, {}
    left_behind()
    kubectl("apply", "-f", "-", stdin=OWN_NAMESPACE)
    try:
        for reason in make_bare_pods():
            print("no bare pod in", reason)
        time.sleep(1)  # until the last pod's policies are in force
        for _ in range(scans):
            faults += hold_one_scan(truth)
    finally:
        kubectl("delete", "namespace", "podreach")
        kubectl("delete", "pod", "-A", "--field-selector", "metadata.name=truth-bare", "--wait=true")
    return faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=1)
    sys.exit(1 if hold(parser.parse_args().scans) else 0)
