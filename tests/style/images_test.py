#!/usr/bin/env python3
"""The controller's image has every library that the binary asks for: the packages that its file installs, and theirs, against ldd."""
import pathlib
import re
import subprocess
import sys

podreach, image = sys.argv[1], pathlib.Path(sys.argv[2])


def query(form, *packages):
    return subprocess.run(["dpkg-query", "-W", f"-f={form}", *packages], capture_output=True, text=True).stdout


def base_name(package):
    return package.split(":")[0].strip()


def needs(package):
    """The names of packages that one depends on; of alternatives each."""
    listed = query("${Depends}, ${Pre-Depends}", package)
    return {base_name(re.split(r"[ (]", one.strip())[0]) for one in re.split(r"[,|]", listed) if one.strip()}


# What a slim Debian has: what is essential or required.
installed = {base_name(line.split()[0]) for line in query("${Package} ${Priority} ${Essential}\n").splitlines()
             if line.split()[1] == "required" or line.endswith("yes")}
install = re.search(r"apt-get install [^\n]*?((?: +[a-z0-9][a-z0-9.+-]*)+)\s*(?:\\\n|\n)", image.read_text())
asked = [name for name in install.group(1).split() if name != "install"]
queue = [*installed, *asked]
have = set()
while queue:
    package = queue.pop()
    if package not in have:
        have.add(package)
        queue += needs(package)

missing = {}
for line in subprocess.run(["ldd", podreach], capture_output=True, text=True, check=True).stdout.splitlines():
    found = re.search(r"=> (/\S+)", line)
    if not found:
        continue
    path = pathlib.Path(found.group(1))
    owners = ""
    for candidate in (path, path.resolve(), pathlib.Path("/usr" + str(path)), pathlib.Path(str(path.resolve()).removeprefix("/usr"))):
        owners = owners or subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True).stdout
    owner = base_name(owners.split(":")[0]) if owners else "(no package)"
    if owner not in have:
        missing[path.name] = owner
for library, package in sorted(missing.items()):
    print(f"{image.name}: {library} is missing: install {package}")
print(f"{len(asked)} packages asked for: {' '.join(asked)}")
sys.exit(1 if missing or not asked else 0)
