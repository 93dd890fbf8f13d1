#!/usr/bin/env python3
"""What explain says about Services: a connection is judged where it ends, at the pods behind them.

explain_service_test.py PODREACH
"""
import json
import sys

import explain_cases

PORTS = {"containers": [{"name": "c", "image": "i", "ports": [{"name": "web", "containerPort": 8080}]}]}


def pod(name, labels, address):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": labels},
            "spec": {**PORTS, "nodeName": "n1"},
            "status": {"phase": "Running", "podIP": address, "conditions": [{"type": "Ready", "status": "True"}]}}


def service(name, cluster_ip, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"clusterIP": cluster_ip, "ports": [{"port": 80, "targetPort": "web", "nodePort": 30080} if name == "db" else
                                                        {"port": 80, "targetPort": 8080}], **spec}}


def allow_8080(pods):
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"},
            "spec": {"podSelector": {"matchLabels": pods}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "client"}}}],
                                                                        "ports": [{"port": 8080}]}]}}


MANIFESTS = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {"addresses": [{"type": "InternalIP", "address": "10.1.0.1"}]}},
    pod("client", {"app": "client"}, "10.0.0.1"), pod("other", {"app": "other"}, "10.0.0.4"),
    pod("db-0", {"app": "db", "part": "0"}, "10.0.0.2"), pod("db-1", {"app": "db", "part": "1"}, "10.0.0.3"),
    service("db", "10.96.0.10", selector={"app": "db"}, type="NodePort"),
    service("headless", "None", selector={"app": "db"}, ports=[{"name": "a", "port": 80, "targetPort": 8080}, {"name": "b", "port": 81}]), service("nobody", "10.96.0.11", selector={"app": "none"}),
    service("by-others", "10.96.0.13", selector={}),
    service("outer", "10.96.0.12", selector={"app": "db"}, externalIPs=["192.0.2.7"]),
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "away", "namespace": "shop"},
     "spec": {"type": "ExternalName", "externalName": "db.example.org"}},
]
# Which pods the policy is for; source, destination and port; the exit code, and what is said.
CASES = [
    ({"app": "db"}, "shop/client svc/shop/db 80", 0, ["through Service shop/db: 2 backends", "shop/db-0 port 8080: allow"]),
    ({"app": "db"}, "shop/other svc/shop/db 80", 1, ["shop/db-0 port 8080: deny", "isolated by shop/p"]),
    ({"app": "db"}, "shop/client 10.96.0.10 80", 0, ["through Service shop/db"]),
    ({"app": "db"}, "shop/other 10.96.0.10 80", 1, ["through Service shop/db"]),
    ({"part": "0"}, "shop/other svc/shop/db 80", 3, ["judged differently", "shop/db-0 port 8080: deny", "shop/db-1 port 8080: allow"]),
    ({"app": "db"}, "shop/client svc/shop/headless 80", 1, ["shop/db-0 port 80: deny"]),  # its port is the pods' own
    ({"app": "db"}, "shop/client svc/shop/headless 8080", 0, ["2 backends", "shop/db-0 port 8080: allow"]),
    ({"app": "db"}, "shop/client svc/shop/nobody 80", 3, ["0 backends; nothing that is ready stands behind it"]),
    ({"app": "db"}, "shop/client svc/shop/by-others 80", 3, ["0 backends"]),  # whose endpoints aren't in the manifests
    ({"app": "db"}, "shop/other 192.0.2.7 80", 1, ["through Service shop/outer: 2 backends"]),
    ({"app": "db"}, "shop/client node/n1 30080", 0, ["through Service shop/db, by its NodePort"]),
    ({"app": "db"}, "shop/other 10.1.0.1 30080", 3, ["the enforcer may see the node as the source"]),
    ({"app": "db"}, "shop/other 10.1.0.1 30081", 0, ["ingress to 10.1.0.1: allow"]),
    ({"app": "db"}, "shop/client svc/shop/db 81", 2, ["Service shop/db has no port TCP 81", "it has TCP 80"]),
    ({"app": "db"}, "shop/client svc/shop/db 80/udp", 2, ["has no port UDP 80"]),
    ({"app": "db"}, "svc/shop/db shop/client 80", 2, ["Service shop/db opens no connection"]),
    ({"app": "db"}, "shop/client svc/shop/away 80", 2, ["Service shop/away is a name for something outside"]),
    ({"app": "db"}, "shop/client svc/shop/absent 80", 2, ["nothing is called svc/shop/absent"]),
]


def main(podreach):
    cases = [(question, json.dumps({"apiVersion": "v1", "kind": "List", "items": [*MANIFESTS, allow_8080(pods)]}), question.split(), code, said)
             for pods, question, code, said in CASES]
    return explain_cases.check(podreach, cases, "questions about Services")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
