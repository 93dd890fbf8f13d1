"""Random policies: what the lab's agents enforce is what podreach's policy engine says of every pair of pods.

PODREACH_ROUNDS (10) and PODREACH_ROUNDS_SEED (1) say how many rounds, and from which seed.
"""
import concurrent.futures
import json
import os
import random
import time
import unittest

import lab

NAMESPACES = ["rounds-a", "rounds-b"]
PODS = [(ns, f"p{i}") for ns in NAMESPACES for i in range(3)]
TCP = {8080: "http", 8081: "alt", 8090: None}
UDP = {5353: "dns"}
POLICIES = 4


def labels(name):
    return {"app": "abc"[int(name[1])], "tier": "front" if name == "p0" else "back"}


def pod(ns, name):
    ports = [{"containerPort": p, "protocol": "TCP", **({"name": n} if n else {})} for p, n in TCP.items()]
    ports += [{"containerPort": p, "protocol": "UDP", "name": n} for p, n in UDP.items()]
    if name == "p2":  # the same name, another number
        ports[0]["name"], ports[1]["name"] = ports[1]["name"], ports[0]["name"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": ns, "labels": labels(name)},
            "spec": {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 1,
                     "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "runAsGroup": 65534},
                     "containers": [{"name": "c", "image": "lab.local/nettool:1", "imagePullPolicy": "IfNotPresent",
                                     "args": ["serve", *[f"tcp={p}" for p in TCP], *[f"udp={p}" for p in UDP]], "ports": ports,
                                     "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}}}]}}


class Dice(random.Random):
    def selector(self):
        kind = self.randrange(6)
        if kind == 0:
            return {}
        if kind == 1:
            return {"matchExpressions": [{"key": "app", "operator": self.choice(["In", "NotIn"]), "values": self.sample("abcd", 2)}]}
        if kind == 2:
            return {"matchExpressions": [{"key": self.choice(["tier", "none"]), "operator": self.choice(["Exists", "DoesNotExist"])}]}
        return {"matchLabels": self.choice([{"app": self.choice("abc")}, {"tier": self.choice(["front", "back"])}])}

    def peer(self, addresses):
        kind = self.randrange(5)
        if kind == 0:
            address = self.choice(addresses)
            return {"ipBlock": self.choice([{"cidr": f"{address}/32"}, {"cidr": f"{address}/30"},
                                            {"cidr": "10.91.0.0/16", "except": [f"{address}/32"]}])}
        peer = {}
        if kind != 1:
            peer["podSelector"] = self.selector()
        if kind in (1, 2):
            peer["namespaceSelector"] = self.choice([{}, {"matchLabels": {"kubernetes.io/metadata.name": self.choice(NAMESPACES)}}])
        return peer

    def port(self):
        kind = self.randrange(5)
        if kind == 0:
            return {"port": self.choice(["http", "alt", "nothing"])}
        if kind == 1:
            return {"protocol": "UDP", "port": self.choice([5353, "dns"])}
        if kind == 2:
            return {"protocol": "TCP", "port": 8080, "endPort": self.choice([8080, 8081, 8090])}
        if kind == 3:
            return {"protocol": self.choice(["TCP", "UDP", "SCTP"])}
        return {"port": self.choice(list(TCP))}

    def rules(self, side, addresses):
        rules = []
        for _ in range(self.randrange(3)):
            rule = {}
            if self.random() < 0.8:
                rule[side] = [self.peer(addresses) for _ in range(self.randint(1, 2))]
            if self.random() < 0.6:
                rule["ports"] = [self.port() for _ in range(self.randint(1, 2))]
            rules.append(rule)
        return rules

    def policy(self, index, addresses):
        spec = {"podSelector": self.selector()}
        types = self.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"], None])
        if self.random() < 0.75:
            spec["ingress"] = self.rules("from", addresses)
        if self.random() < 0.5:
            spec["egress"] = self.rules("to", addresses)
        if types:
            spec["policyTypes"] = types
        if self.random() < 0.15:
            spec = {"podSelector": {"matchLabels": {"app": "nobody"}}}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": f"policy{index // 2}", "namespace": NAMESPACES[index % 2]}, "spec": spec}


def intended():
    """(source, destination, protocol, port) -> allow, deny or unknown."""
    done = lab.podreach("expect", *lab.ACCESS, "--group-by", "pod", "-f", "json")
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr)
    document = json.loads(done.stdout)
    cells = {}
    asked = [("TCP", p) for p in TCP] + [("UDP", p) for p in UDP]
    name = {f"{ns}/{pod}[Pod]": (ns, pod) for ns, pod in PODS}
    unknown = {(e["source"], e["destination"]) for e in document["unknown"]}
    allowed = {(e["source"], e["destination"]): e["ports"] for e in document["connections"]}
    for source in name:
        for destination in name:
            if source == destination:
                continue
            ranges = allowed.get((source, destination), [])
            for protocol, port in asked:
                inside = any(r["protocol"] == protocol and r["first"] <= port <= r["last"] for r in ranges)
                answer = "allow" if inside else "unknown" if (source, destination) in unknown else "deny"
                cells[(name[source], name[destination], protocol, port)] = answer
    return cells


class PolicyRoundsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        made = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}} for ns in NAMESPACES]
        cls.addClassCleanup(lab.kubectl, "delete", "namespace", *NAMESPACES, "--ignore-not-found")
        lab.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
        for ns in NAMESPACES:
            deadline = time.time() + 30
            while time.time() < deadline and not any(i["metadata"]["name"] == "default" for i in lab.items("serviceaccounts", "-n", ns)):
                time.sleep(0.2)
        lab.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod(*p) for p in PODS]}))
        for ns in NAMESPACES:
            lab.kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", ns, "--timeout=90s")
        pids = lab.sandbox_pids()
        found = [i for ns in NAMESPACES for i in lab.items("pods", "-n", ns)]
        key = lambda i: (i["metadata"]["namespace"], i["metadata"]["name"])
        cls.pids = {key(i): pids[i["metadata"]["uid"]] for i in found}
        cls.addresses = {key(i): i["status"]["podIP"] for i in found}

    def seen(self):
        """The same keys as intended(): what connects."""
        owner = {address: key for key, address in self.addresses.items()}

        def of(source):
            targets = [(a, protocol, port) for key, a in self.addresses.items() if key != source
                       for protocol, ports in (("tcp", TCP), ("udp", UDP)) for port in ports]
            cells = lab.connect_from(self.pids[source], targets, timeout="250ms", tries=2)
            return {(source, owner[a], protocol.upper(), port): state for (a, protocol, port), state in cells.items()}

        with concurrent.futures.ThreadPoolExecutor(3) as workers:
            return {k: v for cells in workers.map(of, PODS) for k, v in cells.items()}

    def disagreements(self, wanted):
        found = self.seen()
        self.assertEqual(set(found), set(wanted))
        return {cell: (answer, found[cell]) for cell, answer in wanted.items()
                if answer != "unknown" and (answer == "allow") != (found[cell] == "open")}

    def test_rounds(self):
        rounds = int(os.environ.get("PODREACH_ROUNDS", "10"))
        first = int(os.environ.get("PODREACH_ROUNDS_SEED", "1"))
        count = {"allow": 0, "deny": 0, "unknown": 0}
        again = 0
        start = time.time()
        for seed in range(first, first + rounds):
            dice = Dice(seed)
            policies = [dice.policy(i, list(self.addresses.values())) for i in range(POLICIES)]
            lab.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": policies}))
            wanted = intended()
            # The agents need a moment; what agrees only after a while is counted.
            deadline = time.time() + 10
            time.sleep(0.3)
            while (wrong := self.disagreements(wanted)) and time.time() < deadline:
                again += 1
                time.sleep(0.5)
            self.assertEqual(wrong, {}, f"seed {seed}: {json.dumps(policies, indent=1)}")
            for answer in wanted.values():
                count[answer] += 1
        print(f"{rounds} rounds, seeds {first} to {first + rounds - 1}: {sum(count.values())} cells agree, {count['allow']} allow, "
              f"{count['deny']} deny, {count['unknown']} unknown; {again} looks came too early; {time.time() - start:.0f} s")
        self.assertGreater(count["allow"], rounds)
        self.assertGreater(count["deny"], rounds)


if __name__ == "__main__":
    unittest.main()
