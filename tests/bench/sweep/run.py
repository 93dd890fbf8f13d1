#!/usr/bin/env python3
"""podreach-probe against a raw floor, nmap, masscan and RustScan, on the same work between two hosts in network namespaces.

run.py [--rounds N] [--work NAME,...] [--tool NAME,...]   rounds: 3; the table gives medians

Every tool runs with its defaults and with its fastest sane flags, pinned to one core, in turn in each round. "wrong" counts the
ports whose being open or not it got wrong in its worst round. `install` beside this file gets nmap, masscan and RustScan:
what is missing is left out, and said.
"""
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from two_hosts import SCANNER, TARGET, V4, inside, run, two_hosts  # noqa: E402

PROBE = ROOT / "build/release/bin/podreach-probe"
FLOOR = ROOT / "build/release/bin/bench_floor"
OPEN = [21, 22, 80, 81, 110, 143, 211, 280, 389, 443, 500, 587, 631, 808, 873, 993]
NETWORK = "198.18.1.0/24"

SERVER = f"""
import selectors, socket
chosen = selectors.DefaultSelector()
for port in {OPEN}:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("0.0.0.0", port))
    s.listen(4096)
    s.setblocking(False)
    chosen.register(s, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in chosen.select():
        try:
            while True: key.fileobj.accept()[0].close()
        except BlockingIOError: pass
"""


def addresses(count):
    return [V4] if count == 1 else [f"198.18.1.{i}" for i in range(count)]


class Work:
    def __init__(self, name, hosts, ports, rules=""):
        self.name, self.hosts, self.ports, self.rules = name, addresses(hosts), ports, rules
        self.truth = set() if rules == DROP else {
            (h, p) for i, h in enumerate(self.hosts) for p in OPEN if p <= ports and (not rules or i % 3 == 2)}

    def targets(self):
        return self.hosts if len(self.hosts) < 256 else [NETWORK]


def thirds(hosts):
    """A third of the hosts drops everything, a third rejects it by ICMP, a third is as it is."""
    dropped = ", ".join(hosts[0::3])
    rejected = ", ".join(hosts[1::3])
    return (f"table inet f {{\n chain i {{\n type filter hook input priority 0\n ip daddr {{ {dropped} }} tcp dport 1-65535 drop\n"
            f" ip daddr {{ {rejected} }} tcp dport 1-65535 reject with icmpx type port-unreachable\n }}\n}}\n")


DROP = "table inet f {\n chain i {\n type filter hook input priority 0\n tcp dport 1-65535 drop\n }\n}\n"
WORKS = [
    Work("65,535 ports, RST, 16 open", 1, 65535),
    Work("256 hosts x 1,000 ports, RST", 256, 1000),
    Work("65,535 ports, dropped", 1, 65535, DROP),
    Work("64 hosts x 1,000: drop, ICMP, RST", 64, 1000, thirds(addresses(64))),
    Work("its slowest third alone: 22 hosts x 1,000, dropped", 22, 1000, DROP),
]


def target_mac():
    return re.search(r"link/ether (\S+)", run("ip", "-n", TARGET, "link", "show", "veth")).group(1)


def commands(work, mac):
    """(tool, what its flags are called) -> command, by work."""
    last, hosts = work.ports, work.hosts
    many = "512" if not work.rules else "15000"
    found = {
        ("floor", "1 try, 0.5 s"): [FLOOR, many, "500", "1", last, *hosts],
        ("podreach-probe", "defaults"): [PROBE, "sweep", "-p", f"1-{last}", *work.targets()],
        ("podreach-probe", "512 in flight, as in a pod"): [PROBE, "sweep", "-p", f"1-{last}", "--in-flight", "512", *work.targets()],
        ("nmap", "-sT"): ["nmap", "-n", "-Pn", "-sT", "-p", f"1-{last}", "-oG", "-", *work.targets()],
        ("nmap", "-sT -T5 --min-rate 50000"): ["nmap", "-n", "-Pn", "-sT", "-T5", "--max-retries", "1", "--min-rate", "50000", "-p",
                                               f"1-{last}", "-oG", "-", *work.targets()],
        ("masscan", "--rate 100000"): ["masscan", "-p", f"1-{last}", "--rate", "100000", "--wait", "2", "--adapter", "veth", "--adapter-ip",
                                       "198.18.0.1", "--router-mac", mac, "-oL", "-", *work.targets()],
        ("rustscan", "defaults"): ["rustscan", "--no-config", "-g", "-a", ",".join(work.targets()), "-r", f"1-{last}", "--ulimit", "20000"],
        ("rustscan", "-b 15000 -t 500"): ["rustscan", "--no-config", "-g", "-b", "15000", "-t", "500", "-a", ",".join(work.targets()), "-r",
                                          f"1-{last}", "--ulimit", "20000"],
    }
    if work.rules:  # in a pod a sweep of silence is slow on purpose
        del found[("podreach-probe", "512 in flight, as in a pod")]
    return {key: [str(part) for part in command] for key, command in found.items()}


def open_ports(tool, out):
    """The set of (address, port) that a tool's output calls open."""
    found = set()
    for line in out.splitlines():
        if tool == "floor":
            address, port = line.split()
            found.add((address, int(port)))
        elif tool == "podreach-probe" and (match := re.match(r"(\S+):(\d+)/TCP\s+open\b", line)):
            found.add((match.group(1), int(match.group(2))))
        elif tool == "nmap" and "Ports:" in line:
            address = line.split()[1]
            found |= {(address, int(port)) for port in re.findall(r"(\d+)/open/tcp", line)}
        elif tool == "masscan" and line.startswith("open tcp"):
            _, _, port, address, *_ = line.split()
            found.add((address, int(port)))
        elif tool == "rustscan" and (match := re.match(r"(\S+) -> \[(.*)\]", line)):
            found |= {(match.group(1), int(port)) for port in match.group(2).split(",") if port}
    return found


def measure(command, limit):
    """Seconds, most resident MiB and stdout; None where it took longer than the limit."""
    begin = time.monotonic()
    with subprocess.Popen(inside(SCANNER, "taskset", "-c", "0", "prlimit", "--nofile=20000:20000", *command), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        try:
            out, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    return time.monotonic() - begin, out


def peak_mib(command):
    """VmHWM as the kernel counted it for the whole run, of the one process that the command is."""
    done = subprocess.run(inside(SCANNER, "taskset", "-c", "0", "prlimit", "--nofile=20000:20000", "/usr/bin/time", "-f", "PEAK %M", *command),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"PEAK (\d+)", done.stderr).group(1)) / 1024


def bench(work, rounds, tools, limit):
    run(*inside(TARGET, "nft", "flush", "ruleset"))
    if work.rules:
        run(*inside(TARGET, "nft", "-f", "-"), stdin=work.rules)
    every = {key: command for key, command in commands(work, target_mac()).items() if key[0] in tools}
    seconds, wrong, over = {key: [] for key in every}, dict.fromkeys(every, 0), set()
    for _ in range(rounds):
        for key, command in every.items():
            if key in over:
                continue
            result = measure(command, limit)
            if result is None:
                over.add(key)
                continue
            seconds[key].append(result[0])
            wrong[key] = max(wrong[key], len(open_ports(key[0], result[1]) ^ work.truth))
    floor = statistics.median(next((s for k, s in seconds.items() if k[0] == "floor" and s), [1]))
    print(f"\n{work.name}: {len(work.hosts) * work.ports:,} ports, {len(work.truth):,} open")
    print(f"  {'':<42}{'seconds':>9}{'least':>9}{'most':>9}{'floor/it':>10}{'MiB':>8}{'wrong':>8}")
    for key, command in every.items():
        name = f"  {key[0]} {key[1]}"
        if key in over:
            print(f"{name:<44}{'more than ' + str(limit) + ' s':>17}", flush=True)
            continue
        mine = seconds[key]
        print(f"{name:<44}{statistics.median(mine):>9.2f}{min(mine):>9.2f}{max(mine):>9.2f}{floor / statistics.median(mine):>10.2f}"
              f"{peak_mib(command):>8.1f}{wrong[key]:>8,}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=240, help="seconds after which a tool is given up on a work (240)")
    parser.add_argument("--work", default="", help="only works whose name has one of these, comma-separated")
    parser.add_argument("--tool", default="", help="only these tools, comma-separated, besides the floor")
    options = parser.parse_args()
    tools = {"floor"} | set(options.tool.split(",") if options.tool else ["podreach-probe", "nmap", "masscan", "rustscan"])
    os.environ["PATH"] += f":{ROOT / 'build/bench/bin'}"
    for tool in ("nmap", "masscan", "rustscan"):
        if tool in tools and not shutil.which(tool):
            print(f"left out, not installed: {tool}")
            tools.discard(tool)
    subprocess.run(["cmake", "--build", ROOT / "build/release", "--target", "bench_floor", "podreach-probe"], check=True, stdout=subprocess.DEVNULL)
    with two_hosts():
        run(*inside(TARGET, "ip", "route", "add", "local", NETWORK, "dev", "lo"))
        run(*inside(SCANNER, "ip", "route", "add", NETWORK, "via", V4))
        run(*inside(TARGET, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv4.tcp_max_syn_backlog=65536", "net.core.somaxconn=65536"))
        server = subprocess.Popen(inside(TARGET, "taskset", "-c", "1", "python3", "-c", SERVER), stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            for work in WORKS:
                if not options.work or any(part in work.name for part in options.work.split(",")):
                    bench(work, options.rounds, tools, options.limit)
        finally:
            server.kill()
            server.communicate()


if __name__ == "__main__":
    main()
