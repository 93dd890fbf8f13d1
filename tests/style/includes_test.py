#!/usr/bin/env python3
"""Fails when a file includes a header of a module that its own doesn't depend on, or a private header of another module.

includes_test.py ROOT. The table of modules is that of src/CMakeLists.txt (podreach_module) and, for the probe, of
probes/CMakeLists.txt: nothing is listed here. A module's public headers are include/podreach/MODULE/*.h; those beside its
sources in src/MODULE/ are private.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"(podreach/)?([a-z_]+)/')


def direct(root):
    """Each module with those that it names as DEPENDS; `probes` with what its options link. `cli` may know all."""
    table = {}
    for call in re.findall(r"^podreach_module\(([^)]*)\)", (root / "src/CMakeLists.txt").read_text(), re.MULTILINE):
        words = call.split()
        depends = words[words.index("DEPENDS") + 1:] if "DEPENDS" in words else []
        table[words[0]] = depends[:depends.index("LIBS")] if "LIBS" in depends else depends
    linked = re.search(r"target_link_libraries\(podreach_probe_options INTERFACE ([^)]*)\)", (root / "probes/CMakeLists.txt").read_text())
    if not table or not linked:
        sys.exit("includes_test: no podreach_module or podreach_probe_options was found in the CMake files")
    names = [word.removeprefix("podreach_") for word in linked.group(1).split()]
    return table | {"probes": [name for name in names if name in table], "cli": list(table)}


def known_to(module, table):
    known, queue = set(), [module]
    while queue:
        name = queue.pop()
        if name not in known:
            known.add(name)
            queue += table[name]
    return known


def module_of(parts):
    if parts[0] == "include":
        return parts[2]
    return parts[1] if parts[0] == "src" else "probes"


def complaints(root):
    table = direct(root)
    files = [p for top in ("include", "src", "probes") for p in sorted((root / top).rglob("*")) if p.suffix in (".h", ".cc")]
    if not files:
        sys.exit("includes_test: no source was found under " + str(root))
    bad = []
    for path in files:
        module = module_of(path.relative_to(root).parts)
        if module not in table:
            bad.append(f"{path.relative_to(root)}: src/CMakeLists.txt has no podreach_module({module})")
            continue
        known = known_to(module, table)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found or found.group(2) not in table:
                continue
            place, other = f"{path.relative_to(root)}:{number}", found.group(2)
            if other not in known:
                bad.append(f"{place}: {module} must not include {other}")
            elif not found.group(1) and other != module:
                bad.append(f"{place}: {line.split()[1]} is a private header of {other}")
    return files, bad


def main():
    files, bad = complaints(pathlib.Path(sys.argv[1]))
    print("\n".join(bad) or f"{len(files)} files include only what they may")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
