#!/usr/bin/env python3
"""Thirty broken manifests: each is named with its file, line and field, bounded in memory, and doesn't hide a good one beside it.

broken_manifests_test.py PODREACH
"""
import os
import pathlib
import subprocess
import sys
import tempfile

GOOD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: good}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: good}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c}]}}}
"""


def policy(spec, metadata="{name: p, namespace: shop}"):
    return f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {metadata}\nspec:\n{spec}"


def laughs():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, 10)]
    return "\n".join(lines) + "\n"


# What is broken: the text (or bytes), and what stderr must say of it.
CASES = {
    "bad_cidr": (policy("  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/33}\n"),
                 ["bad_cidr.yaml:7", "spec.ingress[0].from[0].ipBlock.cidr: not a CIDR"]),
    "except_outside": (policy("  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}\n"),
                       ["except_outside.yaml:7", "ipBlock.except[0]: 11.0.0.0/16 is not inside of 10.0.0.0/8"]),
    "end_port_below": (policy("  ingress:\n  - ports:\n    - {port: 90, endPort: 80}\n"), ["endPort: is below port: 80 < 90"]),
    "end_port_with_name": (policy("  ingress:\n  - ports:\n    - {port: http, endPort: 80}\n"), ["endPort: can't go with a named port"]),
    "unknown_protocol": (policy("  ingress:\n  - ports:\n    - {port: 90, protocol: ICMP}\n"), ["spec.ingress[0].ports[0].protocol"]),
    "unknown_policy_type": (policy("  policyTypes: [Sideways]\n"), ['spec.policyTypes[0]: unknown policy type: "Sideways"']),
    "unknown_operator": (policy("  podSelector: {matchExpressions: [{key: a, operator: Likes, values: [b]}]}\n"),
                         ['operator: unknown operator: "Likes"']),
    "in_without_values": (policy("  podSelector: {matchExpressions: [{key: a, operator: In}]}\n"), ["In needs at least one value"]),
    "block_beside_selector": (policy("  ingress:\n  - from:\n    - {podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}\n"),
                              ["ipBlock excludes podSelector"]),
    "empty_peer": (policy("  ingress:\n  - from: [{}]\n"), ["has neither podSelector nor namespaceSelector nor ipBlock"]),
    "port_zero": (policy("  ingress:\n  - ports: [{port: 0}]\n"), ["spec.ingress[0].ports[0].port"]),
    "port_too_big": (policy("  ingress:\n  - ports: [{port: 65536}]\n"), ["spec.ingress[0].ports[0].port"]),
    "port_negative": (policy("  ingress:\n  - ports: [{port: -1}]\n"), ["spec.ingress[0].ports[0].port"]),
    "port_huge": (policy("  ingress:\n  - ports: [{port: 99999999999999999999}]\n"), ["spec.ingress[0].ports[0].port"]),
    "ingress_no_list": (policy("  ingress: all\n"), ["spec.ingress: is string, not"]),
    "selector_no_map": (policy("  podSelector: [app]\n"), ["spec.podSelector: is array, not"]),
    "labels_no_strings": ("apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop, labels: {a: 1}}\n", ["metadata.labels"]),
    "no_name": (policy("  podSelector: {}\n", "{namespace: shop}"), ["metadata.name: is missing"]),
    "no_kind": ("apiVersion: v1\nmetadata: {name: x}\n", ["no_kind.yaml:1", "an object without a kind"]),
    "old_api_version": ("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n",
                        ["apiVersion extensions/v1beta1 is not read"]),
    "tab": ("apiVersion: v1\n\tkind: Pod\n", ["tab.yaml:2"]),
    "unclosed_quote": ("apiVersion: \"v1\nkind: Pod\n", ["unclosed_quote.yaml:"]),
    "duplicate_key": ("apiVersion: v1\nkind: Pod\nkind: Service\n", ["duplicate_key.yaml:3"]),
    "cyclic_anchor": ("a: &a [*a]\n", ["cyclic_anchor.yaml:1"]),
    "unknown_alias": ("a: *nobody\n", ["unknown_alias.yaml:1"]),
    "billion_laughs": (laughs(), ["billion_laughs.yaml:"]),
    "deep": ("[" * 100_000 + "]" * 100_000, ["deep.yaml:1"]),
    "label_of_50_mb": ("apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop, labels: {a: " + "x" * 50_000_000 + "}}\n",
                       ["label_of_50_mb.yaml:"]),
    "bad_utf8": (b"apiVersion: v1\nkind: \xff\xfe\n", ["bad_utf8.yaml:"]),
    "nul": (b"apiVersion: v1\nkind: P\x00d\n", ["nul.yaml:"]),
    "json_cut.json": ('{"apiVersion": "v1", "kind": "Pod", "metadata": {', ["json_cut.json:"]),
    "json_trailing.json": ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}} nonsense', ["json_trailing.json:"]),
    "json_deep.json": ('{"a":' * 100_000 + "1" + "}" * 100_000, ["json_deep.json:1"]),
    "list_of_texts": ("apiVersion: v1\nkind: List\nitems: [just, texts]\n", ["list_of_texts.yaml:3"]),
    "unknown_cilium_entity": ("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec:\n"
                              "  endpointSelector: {}\n  ingress: [{fromEntities: [moon]}]\n",
                              ['unknown_cilium_entity.yaml:6: spec.ingress[0].fromEntities[0]: not an entity: "moon"']),
    "calico_selector": ("apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\nspec: {selector: app = web}\n",
                        ["calico_selector.yaml:1: spec.selector: at column 5"]),
}
MOST_MIB = 400


def check(podreach, folder, name, text, expected):
    path = folder / (name if "." in name else name + ".yaml")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    child = subprocess.Popen([podreach, "expect", "--manifests", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             errors="replace")
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    path.unlink()
    problems = [f"no {text!r}" for text in expected if text not in err]
    if child.returncode != 3:
        problems.append(f"exit code {child.returncode}")
    if "good/web[Deployment] -> good/db[Deployment]" not in out:
        problems.append("the good file's connections are missing")
    if usage.ru_maxrss > MOST_MIB * 1024:
        problems.append(f"{usage.ru_maxrss // 1024} MiB")
    if len(err) > 20_000:
        problems.append(f"{len(err)} bytes of errors")
    return [f"{name}: {problem}\n  {err[:600]}" for problem in problems]


def main():
    failures = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "good.yaml").write_text(GOOD)
        for name, (text, expected) in CASES.items():
            failures += check(sys.argv[1], folder, name, text, expected)
    print("\n".join(failures) or f"{len(CASES)} broken manifests, each named, none hides the good one")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
