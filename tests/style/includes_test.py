#!/usr/bin/env python3
"""Fails when a file includes a header of a module that the design doesn't let it know."""
import pathlib
import re
import sys

DIRECT = {
    "base": [], "net": ["base"], "reach": ["net"], "wire": ["net"], "cluster": ["net"], "yaml": ["base"],
    "kube": ["base", "yaml"], "collect": ["kube", "cluster", "yaml"], "policy": ["cluster", "reach"], "plan": ["cluster", "reach", "policy"],
    "fleet": ["kube", "wire", "plan"], "findings": ["policy", "reach", "plan"], "report": ["findings"],
    "probes": ["net", "wire"],
}


def allowed(module):
    known = {module}
    todo = list(DIRECT[module])
    while todo:
        name = todo.pop()
        if name not in known:
            known.add(name)
            todo += DIRECT[name]
    return known


def module_of(path):
    parts = path.parts
    if parts[0] == "include":
        return parts[2]
    return parts[1] if parts[0] == "src" else "probes"


root = pathlib.Path(sys.argv[1])
include = re.compile(r'^\s*#include\s+"(?:podreach/)?([a-z_]+)/')
bad = []
files = [p for top in ("include", "src", "probes") for p in (root / top).rglob("*") if p.suffix in (".h", ".cc")]
if not files:
    sys.exit("no source found under " + str(root))
for path in files:
    module = module_of(path.relative_to(root))
    if module == "cli":
        continue
    known = allowed(module)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = include.match(line)
        if found and found.group(1) in DIRECT and found.group(1) not in known:
            bad.append(f"{path.relative_to(root)}:{number}: {module} must not include {found.group(1)}")
print("\n".join(bad) or f"{len(files)} files include only what they may")
sys.exit(1 if bad else 0)
