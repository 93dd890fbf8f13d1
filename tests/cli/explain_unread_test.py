#!/usr/bin/env python3
"""explain isn't firm where a document that can't be read may hold a policy; where what is broken is known, it is.

explain_unread_test.py PODREACH
"""
import sys

import explain_cases

GOOD = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
"""
MAY_HIDE = "by what could be read: allow; what couldn't be may hold a policy"
POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {}}\n"
# What stands beside the good ones; the exit code, and what is said of web to db.
CASES = {
    "nothing": ("", 0, "TCP 80: allow"),
    "no YAML": ("a: [\n", 3, MAY_HIDE),
    "a key that comes twice": ("kind: NetworkPolicy\nkind: NetworkPolicy\n", 3, MAY_HIDE),
    "an object without a kind": ("spec: {podSelector: {}}\n", 3, MAY_HIDE),
    "a broken Service": ("apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {ports: [{port: x}]}\n", 0, "TCP 80: allow"),
    "a broken policy elsewhere": ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: bank}\n"
                                  "spec: {podSelector: 7}\n", 0, "TCP 80: allow"),
    "a broken policy here": ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n"
                             "spec: {podSelector: 7}\n", 3, "TCP 80: unknown"),
    "a policy whose namespace is a list": (POLICY.replace("namespace: shop", "namespace: [shop]"), 3, "TCP 80: unknown"),
    "a policy without an apiVersion": (POLICY.replace("apiVersion: networking.k8s.io/v1\n", ""), 3, "TCP 80: unknown"),
    "a policy of the core's group": (POLICY.replace("networking.k8s.io/v1", "v1"), 3, "TCP 80: unknown"),
    "a policy in a List in a List": ("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [{apiVersion: "
                                     "networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, "
                                     "spec: {podSelector: {}}}]}]\n", 1, "TCP 80: deny"),
}


def main(podreach):
    cases = [(name, GOOD + text, ["shop/web", "shop/db", "80"], code, [words]) for name, (text, code, words) in CASES.items()]
    return explain_cases.check(podreach, cases, "kinds of neighbours")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
