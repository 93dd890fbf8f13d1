#!/usr/bin/env python3
"""Every Markdown page: its relative links lead to a file, and to a heading of it where they name one. And the table of modules in
src/README.md is that of src/CMakeLists.txt.

pages_test.py ROOT
"""
import pathlib
import re
import subprocess
import sys


def anchors(page):
    """What GitHub makes of the headings: lower case, spaces to hyphens, other signs left out."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(root, page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"{page.relative_to(root)}: {target}: there is no such file"
        elif anchor and anchor not in anchors(file):
            yield f"{page.relative_to(root)}: {target}: there is no such heading"


def wrong_modules(root):
    """What the table says that each module may include, against podreach_module's DEPENDS."""
    cmake = (root / "src/CMakeLists.txt").read_text()
    depends = {}
    for name, rest in re.findall(r"^podreach_module\((\w+)([^)]*)\)", cmake, re.M):
        named = re.search(r"DEPENDS ([\w ]+?)(?: LIBS|$)", rest.strip())
        depends[name] = set(named.group(1).split()) if named else set()
    told = {}
    for name, may in re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", (root / "src/README.md").read_text(), re.M):
        told.setdefault(name, set(re.findall(r"\w+", may)))
    for name in depends:
        if told.get(name) != depends[name]:
            yield f"src/README.md: the module {name} may include {sorted(depends[name])}, by src/CMakeLists.txt; the page says {told.get(name)}"


root = pathlib.Path(sys.argv[1]).resolve()
listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "*.md"], capture_output=True, text=True).stdout
pages = [root / name for name in listed.split("\0") if name and (root / name).exists()]
# A tree without git has its pages all the same.
pages = pages or [page for page in root.rglob("*.md") if "build" not in page.relative_to(root).parts]
problems = [problem for page in pages for problem in broken(root, page)] + list(wrong_modules(root))
print("\n".join(problems) or f"the links of {len(pages)} pages lead somewhere, and the modules are as they are told")
sys.exit(1 if problems or not pages else 0)
