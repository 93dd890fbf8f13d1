"""Two hosts in network namespaces of their own, joined by a veth, without an uplink: ground for trying the probe."""
import contextlib
import os
import signal
import subprocess
import sys

SCANNER, TARGET = "podreach-a", "podreach-b"
V4, V6 = "198.18.0.2", "fd00:18::2"


def run(*command, stdin=None):
    done = subprocess.run([str(c) for c in command], input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def inside(host, *command):
    return ("ip", "netns", "exec", host, *command)


def check_no_uplink(host):
    """Nothing that is sent there can leave: besides loopback only the veth, and no route beyond its own network."""
    links = {line.split(":")[1].split("@")[0].strip() for line in run("ip", "-n", host, "-o", "link").splitlines()}
    routes = run("ip", "-n", host, "route") + run("ip", "-n", host, "-6", "route")
    if links - {"lo", "veth"} or "default" in routes:
        raise RuntimeError(f"{host} has another link or a default route: {links}, {routes}")


def remove():
    """The namespaces and what runs in them; what a killed run left, too."""
    for host in (SCANNER, TARGET):
        listed = subprocess.run(["ip", "netns", "pids", host], capture_output=True, text=True)
        for pid in listed.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "delete", host], capture_output=True)


@contextlib.contextmanager
def two_hosts():
    """Makes SCANNER and TARGET, which reach each other by V4 and V6; removes them, and what runs there, at the end."""
    if os.geteuid() != 0:
        sys.exit("network namespaces need root")
    # So that what is made here goes when this process is told to end.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    remove()
    try:
        for host in (SCANNER, TARGET):
            run("ip", "netns", "add", host)
        run("ip", "-n", SCANNER, "link", "add", "veth", "type", "veth", "peer", "name", "veth", "netns", TARGET)
        for host, last in ((SCANNER, 1), (TARGET, 2)):
            # Without duplicate address detection, which would keep the address from use for a second.
            run("ip", "-n", host, "addr", "add", f"198.18.0.{last}/24", "dev", "veth")
            run("ip", "-n", host, "addr", "add", f"fd00:18::{last}/64", "dev", "veth", "nodad")
            run("ip", "-n", host, "link", "set", "lo", "up")
            run("ip", "-n", host, "link", "set", "veth", "up")
            check_no_uplink(host)
        yield
    finally:
        remove()
