#!/usr/bin/env python3
"""podreach-probe on hard ground: random loss both ways, the kernel's limit on ICMP errors, few descriptors, a budget of flows.

hard.py [--runs N] [--only WORD]     runs: 20 for loss. Prints how many cells were right, unsure and wrong.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from two_hosts import SCANNER, TARGET, V4, inside, run, two_hosts  # noqa: E402

PROBE = ROOT / "build/release/bin/podreach-probe"
OPEN_TCP = range(1, 1001, 10)
OPEN_UDP = (53, 123, 161, 500, 514)
NETWORK = "198.18.1.0/24"

SERVER = f"""
import selectors, socket
chosen = selectors.DefaultSelector()
for kind, ports in ((socket.SOCK_STREAM, {list(OPEN_TCP)}), (socket.SOCK_DGRAM, {OPEN_UDP})):
    for port in ports:
        s = socket.socket(socket.AF_INET, kind)
        s.bind(("0.0.0.0", port))
        if kind == socket.SOCK_STREAM: s.listen(1024)
        else: s.setsockopt(socket.IPPROTO_IP, socket.IP_PKTINFO if hasattr(socket, "IP_PKTINFO") else 8, 1)
        chosen.register(s, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in chosen.select():
        s = key.fileobj
        if s.type == socket.SOCK_STREAM: s.accept()[0].close()
        else:
            # The answer comes from the address that was asked.
            data, control, _, peer = s.recvmsg(2048, 256)
            s.sendmsg([data], [(l, t, d) for l, t, d in control if t == 8], 0, peer)
"""


def sweep(*arguments, prefix=()):
    """(address, port) -> (state, sure), and the seconds that it took."""
    begin = time.monotonic()
    done = subprocess.run(inside(SCANNER, *prefix, str(PROBE), "sweep", *map(str, arguments), "-f", "jsonl"), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"podreach-probe: exit {done.returncode}\n{done.stderr}")
    rows = map(json.loads, done.stdout.splitlines())
    return {(r["address"], r["port"]): (r["state"], "unsure" not in r["evidence"]) for r in rows}, time.monotonic() - begin


def rules(text):
    run(*inside(TARGET, "nft", "flush", "ruleset"))
    run(*inside(TARGET, "nft", "-f", "-"), stdin=text)


def judge(seen, truth):
    """How many cells are right, wrong, and said to be unsure."""
    counts = collections.Counter()
    for key, expected in truth.items():
        state, sure = seen.get(key, ("missing", True))
        allowed = expected if isinstance(expected, tuple) else (expected,)
        counts["right" if state in allowed else "unsure" if not sure else "wrong"] += 1
    return counts


def loss(percent, runs):
    """Half of the ports dropped, the rest open or closed, and packets lost at random in either direction."""
    rules(f"""table inet f {{
 chain in {{
 type filter hook input priority 0
 numgen random mod 1000 < {percent * 10} drop
 tcp dport 501-1000 drop
 }}
 chain out {{
 type filter hook output priority 0
 numgen random mod 1000 < {percent * 10} drop
 }}
}}
""")
    truth = {(V4, p): "filtered" if p > 500 else "open" if p in OPEN_TCP else "closed" for p in range(1, 1001)}
    total, seconds = collections.Counter(), []
    for _ in range(runs):
        seen, took = sweep(V4, "-p", "1-1000")
        total += judge(seen, truth)
        seconds.append(took)
    report(f"{percent} % loss both ways, {runs} runs", total, sum(seconds) / runs)


def report(name, counts, seconds, more=""):
    cells = sum(counts.values())
    print(f"{name:<44}{cells:>9,}{counts['right']:>9,}{counts['unsure']:>8,}{counts['wrong']:>7,}{counts['right'] / cells:>11.4%}"
          f"{(cells - counts['wrong']) / cells:>11.4%}{seconds:>8.1f} s{more}", flush=True)


def icmp_limit():
    """UDP on 50 hosts whose kernel answers closed ports as slowly as it does by default."""
    run(*inside(TARGET, "nft", "flush", "ruleset"))
    hosts = [f"198.18.1.{i}" for i in range(50)]
    truth = {(h, p): "open" if p in OPEN_UDP else ("closed", "open-filtered") for h in hosts for p in range(1, 1001)}
    seen, took = sweep(*hosts, "-U", "-p", "1-1000")
    counts = judge(seen, truth)
    closed = sum(state == "closed" for state, _ in seen.values())
    report("UDP, 50 hosts, ICMP errors limited", counts, took, f"  ({closed:,} closed by ICMP)")


def few_descriptors():
    rules("table inet f {\n chain in {\n type filter hook input priority 0\n tcp dport 501-1000 drop\n }\n}\n")
    truth = {(V4, p): "filtered" if p > 500 else "open" if p in OPEN_TCP else "closed" for p in range(1, 1001)}
    seen, took = sweep(V4, "-p", "1-1000", "--in-flight", "10000", prefix=("prlimit", "--nofile=256:256"))
    report("10,000 in flight, 256 descriptors", judge(seen, truth), took)


class ConntrackWatch:
    """The most entries that both hosts' connection tracking ever held, read every 20 ms."""

    def __init__(self):
        self.most, self.done = 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.done.is_set():
            for host in (SCANNER, TARGET):
                self.most = max(self.most, int(run(*inside(host, "cat", "/proc/sys/net/netfilter/nf_conntrack_count"))))
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def flow_budget(budget):
    """Dropped ports, which keep their conntrack entries for two minutes, within a budget of flows."""
    for host in (SCANNER, TARGET):
        run(*inside(host, "nft", "flush", "ruleset"))
        # A rule that asks for the connection's state turns its tracking on.
        hook, drop = ("output", "") if host == SCANNER else ("input", "ct state new tcp dport 1-65535 drop")
        run(*inside(host, "nft", "-f", "-"), stdin=f"table inet f {{\n chain c {{\n type filter hook {hook} priority 0\n ct state new counter\n {drop}\n }}\n}}\n")
    with ConntrackWatch() as watch:
        seen, took = sweep(V4, "-p", "1-3000", "--flows-per-two-minutes", budget)
    truth = {(V4, p): "filtered" for p in range(1, 3001)}
    report(f"{budget:,} flows in two minutes", judge(seen, truth), took, f"  (conntrack: most {watch.most:,})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with two_hosts():
        run(*inside(TARGET, "ip", "route", "add", "local", NETWORK, "dev", "lo"))
        run(*inside(SCANNER, "ip", "route", "add", NETWORK, "via", V4))
        server = subprocess.Popen(inside(TARGET, "python3", "-c", SERVER), stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            print(f"{'':<44}{'cells':>9}{'right':>9}{'unsure':>8}{'wrong':>7}{'right':>11}{'not wrong':>11}{'took':>10}")
            for name, test in (("loss 2", lambda: loss(2, options.runs)), ("loss 10", lambda: loss(10, options.runs)), ("icmp", icmp_limit),
                               ("descriptors", few_descriptors), ("flows", lambda: flow_budget(4000))):
                if options.only in name:
                    test()
        finally:
            server.kill()
            server.communicate()


if __name__ == "__main__":
    main()
