#!/usr/bin/env python3
"""What explain says about pods of manifests, which have no address yet, by where --pod-cidr says that they will get it.

pod_cidr_test.py PODREACH
"""
import sys

import explain_cases

MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
"""
# The flags, the exit code, and what is said.
CASES = [
    ([], 3, "or say where pods will get theirs (--pod-cidr)"),
    (["--pod-cidr", "10.244.0.0/16"], 0, "allow ipBlock 10.0.0.0/8"),
    (["--pod-cidr", "192.168.0.0/16"], 1, "no rule allows it"),
    (["--pod-cidr", "10.244.0.0/16", "--pod-cidr", "fd00::/64"], 3, "whose address is not known"),
    (["--pod-cidr", "10.244.0.0/16,10.96.0.0/12"], 0, "allow ipBlock 10.0.0.0/8"),
    (["--pod-cidr", "10.244.0.0"], 2, "--pod-cidr: not a CIDR: 10.244.0.0\n  write 10.244.0.0/16"),
]


def main(podreach):
    cases = [(flags, MANIFESTS, [*flags, "shop/client", "shop/web", "80"], code, [words]) for flags, code, words in CASES]
    return explain_cases.check(podreach, cases, "ways to say where pods get their addresses")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
