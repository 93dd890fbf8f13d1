#!/usr/bin/env python3
"""Writes the manifests of a made-up cluster of a realistic shape into a folder; the same ones for the same arguments.

generate.py SHAPE FOLDER [--times N]: SHAPE is one of
  workloads   2,000 Deployments in 200 namespaces, 800 policies; YAML, templates alone
  large       100,000 pods in 2,000 namespaces, 10,000 policies; JSON Lists, pods with addresses
  known       5,413 pods in 604 namespaces, 13,678 policies, one selector that matches 3,578 pods; JSON Lists
  cilium      the same, as CiliumNetworkPolicies
--times N: N times the pods of each workload, in as many classes. --share F: that share of the namespaces, and of the policies.

Every namespace denies all by default, lets DNS out, the ingress controller in to web on a named port, and the chain web, api, db
within; api may reach a partner's addresses but for a part. One namespace in 25 has no policy at all.
"""
import argparse
import itertools
import json
import pathlib

SHAPES = {
    "workloads": {"namespaces": 200, "workloads": 10, "replicas": 1, "policies": 800, "yaml": True},
    "large": {"namespaces": 2000, "workloads": 10, "replicas": 5, "policies": 10000},
    "known": {"namespaces": 604, "workloads": 3, "replicas": 3, "policies": 13678, "pods": 5413, "common": 3578},
}
SHAPES["cilium"] = SHAPES["known"] | {"cilium": True}
APPS = ["web", "api", "db", "cache", "worker", "queue", "mail", "search", "batch", "admin"]
NEXT = {"api": ("web", 8080), "db": ("api", 5432), "cache": ("api", 6379), "queue": ("worker", 5672), "search": ("web", 9200)}


def labels(app, ns, common):
    worn = {"app": app, "app.kubernetes.io/name": app, "team": f"team-{ns % 40}", "version": f"v{ns % 7}"}
    if common:
        worn["platform"] = "common"
    return worn


def selector(**match):
    return {"matchLabels": {k.replace("_", "-"): v for k, v in match.items()}}


def policies(ns, name, count):
    """As many policies as asked for, the usual ones first."""
    def policy(policy_name, subject, ingress=None, egress=None):
        spec = {"podSelector": subject, "policyTypes": []}
        if ingress is not None:
            spec |= {"ingress": ingress}
            spec["policyTypes"].append("Ingress")
        if egress is not None:
            spec |= {"egress": egress}
            spec["policyTypes"].append("Egress")
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": policy_name, "namespace": name}, "spec": spec}

    def in_namespace(of):
        return {"namespaceSelector": selector(**{"kubernetes.io/metadata.name": of})}
    tcp = lambda *ports: [{"protocol": "TCP", "port": port} for port in ports]  # noqa: E731
    usual = [
        policy("default-deny", {}, [], []),
        policy("dns", {}, None, [{"to": [in_namespace("kube-system") | {"podSelector": selector(k8s_app="kube-dns")}],
                                  "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}]),
        policy("web", selector(app="web"), [{"from": [in_namespace("ingress")], "ports": tcp("http")}],
               [{"to": [{"podSelector": selector(app="api")}], "ports": tcp(8080)}]),
        policy("api", selector(app="api"), [{"from": [{"podSelector": selector(app="web")}], "ports": tcp(8080)}],
               [{"to": [{"podSelector": selector(app="db")}], "ports": tcp(5432)},
                {"to": [{"ipBlock": {"cidr": f"203.0.{ns % 100}.0/24", "except": [f"203.0.{ns % 100}.128/25"]}}], "ports": tcp(443)}]),
        policy("db", selector(app="db"), [{"from": [{"podSelector": selector(app="api")}], "ports": tcp(5432)}]),
        policy("metrics", {}, [{"from": [in_namespace("monitoring")], "ports": tcp(9090)}]),
        policy("common", selector(platform="common"),
               [{"from": [{"namespaceSelector": {}, "podSelector": selector(platform="common")}], "ports": tcp(15000)}]),
    ]
    more = (policy(f"extra-{i}", selector(app=APPS[i % len(APPS)]),
                   [{"from": [{"podSelector": selector(app=APPS[(i + 3) % len(APPS)])},
                              {"namespaceSelector": selector(team=f"team-{(ns + i) % 40}"), "podSelector": selector(app="web")}],
                     "ports": tcp(7000 + i % 50)}]) for i in itertools.count())
    return list(itertools.islice(itertools.chain(usual, more), count))


def as_cilium(policy):
    """The same as a CiliumNetworkPolicy."""
    own = "k8s:io.kubernetes.pod.namespace"

    def peer(entry):
        if "ipBlock" in entry:
            return "CIDRSet", {k: v for k, v in entry["ipBlock"].items()}
        labels = dict(entry.get("podSelector", {}).get("matchLabels", {}))
        of_namespace = entry.get("namespaceSelector")
        if of_namespace is None:
            return "Endpoints", {"matchLabels": labels}
        for key, value in of_namespace.get("matchLabels", {}).items():
            labels[own if key == "kubernetes.io/metadata.name" else f"k8s:io.cilium.k8s.namespace.labels.{key}"] = value
        if of_namespace.get("matchLabels"):
            return "Endpoints", {"matchLabels": labels}
        return "Endpoints", {"matchLabels": labels, "matchExpressions": [{"key": own, "operator": "Exists"}]}

    def rules(entries, peers_key, side):
        made = []
        for entry in entries:
            ports = [{"port": str(p["port"]), "protocol": p.get("protocol", "TCP")} for p in entry.get("ports", [])]
            for one in entry[peers_key]:
                kind, value = peer(one)
                made.append({f"{side}{kind}": [value]} | ({"toPorts": [{"ports": ports}]} if ports else {}))
        return made or [{}]
    spec, out = policy["spec"], {"endpointSelector": policy["spec"]["podSelector"]}
    if "Ingress" in spec["policyTypes"]:
        out["ingress"] = rules(spec["ingress"], "from", "from")
    if "Egress" in spec["policyTypes"]:
        out["egress"] = rules(spec["egress"], "to", "to")
    return policy | {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "spec": out}


def pod_spec(app):
    return {"serviceAccountName": app, "containers": [{"name": app, "image": f"registry.example/{app}:1", "ports": [
        {"name": "http", "containerPort": 8000 + len(app), "protocol": "TCP"}, {"name": "metrics", "containerPort": 9090}]}]}


def deployment(app, name, ns, common):
    worn = labels(app, ns, common)
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app, "namespace": name, "labels": worn},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": app}},
                     "template": {"metadata": {"labels": worn}, "spec": pod_spec(app)}}}


def pod(app, name, ns, common, replica, number):
    worn = labels(app, ns, common) | {"pod-template-hash": f"{ns:07x}"}
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {
        "name": f"{app}-{ns:07x}-{replica:05d}", "namespace": name, "uid": f"{number:032x}", "labels": worn, "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{app}-{ns:07x}", "uid": f"{ns:032x}", "controller": True}]},
        "spec": pod_spec(app) | {"nodeName": f"node-{number % 500}"},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
                   "conditions": [{"type": "Ready", "status": "True"}]}}


def yaml(value, indent=0):
    """JSON scalars in block style: what kustomize writes, near enough."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{json.dumps(k) if '/' in k else k}:" + (f" {json.dumps(v)}\n" if not v or not isinstance(v, (dict, list))
                       else "\n" + yaml(v, indent + 1)) for k, v in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{pad}- {yaml(v, indent + 1).lstrip() if isinstance(v, (dict, list)) and v else json.dumps(v) + chr(10)}" for v in value)
    return f"{pad}{json.dumps(value)}\n"


def objects(shape, times):
    """One list of objects a namespace."""
    count = shape["namespaces"]
    governed = [ns for ns in range(count) if ns % 25 != 24]
    most = shape.get("pods", 1 << 62) * times
    common_left = shape.get("common", 0) * times
    number = 0
    for ns in range(count):
        name = {0: "kube-system", 1: "ingress", 2: "monitoring"}.get(ns, f"ns-{ns}")
        items = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": name, "labels": {"kubernetes.io/metadata.name": name, "team": f"team-{ns % 40}"}}}]
        for app in APPS[:shape["workloads"]]:
            common = common_left > 0
            if shape.get("yaml"):
                items.append(deployment(app, name, ns, common))
                continue
            for replica in range(shape["replicas"] * times):
                if number < most:
                    items.append(pod(app, name, ns, common, replica, number))
                    number += 1
                    common_left -= 1
        if ns in governed:
            at = governed.index(ns)
            share = shape["policies"] * (at + 1) // len(governed) - shape["policies"] * at // len(governed)
            made = policies(ns, name, share)
            items += map(as_cilium, made) if shape.get("cilium") else made
        yield items


def scaled(shape, share):
    return SHAPES[shape] | {key: int(SHAPES[shape][key] * share) for key in ("namespaces", "policies")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--share", type=float, default=1)
    arguments = parser.parse_args()
    shape = scaled(arguments.shape, arguments.share)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    namespaces = objects(shape, arguments.times)
    for i, some in enumerate(iter(lambda: list(itertools.islice(namespaces, 50)), [])):
        items = [item for of_namespace in some for item in of_namespace]
        if shape.get("yaml"):
            (arguments.folder / f"{i:03}.yaml").write_text("---\n".join(yaml(item) for item in items))
        else:
            (arguments.folder / f"{i:03}.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


if __name__ == "__main__":
    main()
