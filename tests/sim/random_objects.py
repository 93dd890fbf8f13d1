"""Small clusters at random, as manifests: few names, labels and ports, so that policies and pods meet often."""
import random

LABELS = {"app": ["web", "api", "db"], "tier": ["a", "b"], "team": ["red", "blue"]}
PORTS = [("http", 8080), ("metrics", 9090), (None, 5432), ("redis", 6379), (None, 22)]


class Dice:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def labels(self):
        return {key: self.random.choice(values) for key, values in LABELS.items() if not self.one_in(3)}

    def selector(self):
        if self.one_in(5):
            return {}
        key = self.random.choice(list(LABELS))
        value = self.random.choice(LABELS[key])
        if self.one_in(3):
            operator = self.random.choice(["In", "NotIn", "Exists", "DoesNotExist"])
            values = {"values": [value]} if operator in ("In", "NotIn") else {}
            return {"matchExpressions": [{"key": key, "operator": operator, **values}]}
        return {"matchLabels": {key: value}}

    def peer(self):
        form = self.random.randrange(5)
        if form == 0:
            return {"podSelector": self.selector()}
        if form == 1:
            return {"namespaceSelector": self.selector()}
        if form == 2:
            return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": f"ns{self.random.randrange(4)}"}}}
        if form == 3:
            return {"namespaceSelector": {}, "podSelector": self.selector()}
        cidr, parts = self.random.choice([("10.0.0.0/8", ["10.0.0.0/22", "10.0.4.0/22"]), ("10.0.0.0/22", []), ("172.24.0.0/16", []),
                                          ("0.0.0.0/0", ["10.0.0.0/9"]), ("203.0.113.0/24", ["203.0.113.128/25"])])
        return {"ipBlock": {"cidr": cidr, "except": parts if self.one_in(2) else []}}

    def port(self):
        form = self.random.randrange(4)
        if form == 0:
            return {"port": self.random.choice(["http", "metrics", "redis"])}
        if form == 1:
            return {"port": 5000, "endPort": 7000}
        if form == 2 and self.one_in(2):
            return {"protocol": "UDP", "port": 53}
        return {"protocol": "TCP", "port": self.random.choice(PORTS)[1]}

    def rules(self, peers):
        rules = []
        for _ in range(self.random.randrange(3)):
            rule = {}
            if not self.one_in(6):
                rule[peers] = [self.peer() for _ in range(1 + self.random.randrange(2))]
            if not self.one_in(3):
                rule["ports"] = [self.port() for _ in range(1 + self.random.randrange(2))]
            rules.append(rule)
        return rules

    def policy(self, ns, name):
        spec = {"podSelector": self.selector(), "policyTypes": []}
        for types, rules, peers in (("Ingress", "ingress", "from"), ("Egress", "egress", "to")):
            if self.one_in(2) or (types == "Egress" and not spec["policyTypes"]):
                spec["policyTypes"].append(types)
                spec[rules] = self.rules(peers)
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": ns}, "spec": spec}

    def deployment(self, ns, name):
        ports = [{"containerPort": port, **({"name": word} if word else {})} for word, port in self.random.sample(PORTS, self.random.randrange(1, 4))]
        if self.one_in(4):
            ports.append({"name": "dns", "containerPort": 53, "protocol": "UDP"})
        spec = {"containers": [{"name": "main", "image": "example/main:1", "ports": ports}]}
        if self.one_in(8):
            spec["hostNetwork"] = True
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": ns},
                "spec": {"replicas": 1 + self.random.randrange(3), "template": {"metadata": {"labels": self.labels()}, "spec": spec}}}

    def service(self, ns, name):
        key = self.random.choice(list(LABELS))
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": ns}, "spec": {
            "selector": {key: self.random.choice(LABELS[key])}, "type": "NodePort" if self.one_in(4) else "ClusterIP",
            "ports": [{"name": "a", "port": 80, "targetPort": "http"}, {"name": "b", "port": 5432}]}}


def objects(seed, namespaces=4, deployments=3, policies=3):
    """The objects of one cluster; the same ones for the same seed."""
    dice = Dice(seed)
    made = []
    for i in range(namespaces):
        ns = f"ns{i}"
        made.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns, "labels": dice.labels()}})
        made += [dice.deployment(ns, f"app{n}") for n in range(dice.random.randrange(1, deployments + 1))]
        made += [dice.policy(ns, f"policy{n}") for n in range(dice.random.randrange(policies + 1))]
        made.append(dice.service(ns, "service"))
    return made
