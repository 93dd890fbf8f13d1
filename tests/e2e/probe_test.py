"""podreach-probe between two hosts in namespaces of their own: every state, told as the kernel and nftables make it."""
import collections
import json
import pathlib
import re
import signal
import subprocess
import time
import unittest

from two_hosts import SCANNER, TARGET, V4, V6, inside, run, two_hosts

PROBE = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/podreach-probe"

# Listens on TCP 80 and 84, and by IPv4 on 9000, where it says nothing; answers on UDP 53, and on UDP 69 from another port, by IPv4 and IPv6.
SERVER = """
import selectors, socket
chosen = selectors.DefaultSelector()
for family, any_address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for kind, port in ((socket.SOCK_STREAM, 80), (socket.SOCK_STREAM, 84), (socket.SOCK_DGRAM, 53), (socket.SOCK_DGRAM, 69)):
        s = socket.socket(family, kind)
        if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((any_address, port))
        if kind == socket.SOCK_STREAM: s.listen(1024)
        chosen.register(s, selectors.EVENT_READ)
silent = socket.create_server(("", 9000))
print("ready", flush=True)
while True:
    for key, _ in chosen.select():
        if key.fileobj.type == socket.SOCK_STREAM: key.fileobj.accept()[0].close()
        else:
            data, peer = key.fileobj.recvfrom(2048)
            answers = key.fileobj if key.fileobj.getsockname()[1] == 53 else socket.socket(key.fileobj.family, socket.SOCK_DGRAM)
            answers.sendto(data, peer)
"""

# The first SYN to port 84 is lost.
RULES = """
table inet filter {
  chain input {
    type filter hook input priority 0
    tcp dport 82 drop
    tcp dport 83 reject with icmpx type port-unreachable
    tcp dport 85 reject with icmpx type admin-prohibited
    tcp dport 86 reject with tcp reset
    udp dport 55 drop
    udp dport 56 reject with icmpx type admin-prohibited
    meta nfproto ipv4 tcp dport 84 tcp flags syn numgen inc mod 1000000 0 drop
    meta nfproto ipv6 tcp dport 84 tcp flags syn numgen inc mod 1000000 0 drop
  }
}
"""


class ProbeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(two_hosts())
        run(*inside(TARGET, "nft", "-f", "-"), stdin=RULES)
        # The kernel sends one ICMP error a second to a host by default; here it is the state that counts, not the pace.
        run(*inside(TARGET, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"))
        server = subprocess.Popen(inside(TARGET, "python3", "-c", SERVER), stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(server.communicate)
        cls.addClassCleanup(server.kill)
        assert server.stdout.readline() == "ready\n"

    def sweep(self, *arguments, prefix=()):
        """(address, port) -> (state, evidence)"""
        done = subprocess.run(inside(SCANNER, *prefix, str(PROBE), "sweep", *arguments, "-f", "jsonl"), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len({(r["address"], r["port"]) for r in rows}), len(rows), "a port came twice")
        return {(r["address"], r["port"]): (r["state"], r["evidence"]) for r in rows}

    def test_tcp_states(self):
        seen = self.sweep(V4, V6, "-p", "80-86")
        expected = {80: "open", 81: "closed", 82: "filtered", 83: "rejected", 84: "open", 85: "rejected", 86: "closed"}
        for address in (V4, V6):
            self.assertEqual({port: seen[address, port][0] for port in expected}, expected)
        self.assertEqual(seen[V4, 83][1], f"ICMP type 3 code 3 from {V4}")
        self.assertEqual(seen[V4, 85][1], f"ICMP type 3 code 13 from {V4}")
        self.assertEqual(seen[V6, 83][1], f"ICMP type 1 code 4 from {V6}")
        self.assertEqual(seen[V6, 85][1], f"ICMP type 1 code 1 from {V6}")

    def test_link_local_with_its_zone(self):
        """The server listens on every address of the target; its rules judge by port alone."""
        addresses = json.loads(run("ip", "-n", TARGET, "-j", "addr", "show", "dev", "veth"))
        [local] = [a["local"] + "%veth" for link in addresses for a in link.get("addr_info", []) if a.get("scope") == "link"]
        seen = self.sweep(local, "-p", "80-83")
        expected = {80: "open", 81: "closed", 82: "filtered", 83: "rejected"}
        self.assertEqual({port: seen[local, port][0] for port in expected}, expected)
        seen = self.sweep(local, "-p", "53-55", "-sU")
        self.assertEqual({port: seen[local, port][0] for port in (53, 54, 55)}, {53: "open", 54: "closed", 55: "open-filtered"})

    def test_udp_states(self):
        seen = self.sweep(V4, V6, "-p", "53-56,69", "-sU")
        expected = {53: "open", 54: "closed", 55: "open-filtered", 56: "rejected", 69: "open"}
        for address in (V4, V6):
            self.assertEqual({port: seen[address, port][0] for port in expected}, expected)

    def test_closed_udp_ports_are_told_though_icmp_errors_are_held_back(self):
        """The kernel's default: a burst of six, then one a second."""
        run(*inside(TARGET, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=1000"))
        self.addCleanup(run, *inside(TARGET, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"))
        seen = self.sweep(V4, "-p", "53,100-111", "-sU")
        self.assertEqual({port: seen[V4, port][0] for port in range(100, 112)}, dict.fromkeys(range(100, 112), "closed"))
        self.assertEqual(seen[V4, 53][0], "open")

    def test_every_port_of_two_hosts_comes_once(self):
        seen = self.sweep(V4, V6, "-p", "-")
        self.assertEqual(len(seen), 2 * 65535)
        loud = {key: state for key, (state, _) in seen.items() if state != "closed"}
        expected = {80: "open", 82: "filtered", 83: "rejected", 84: "open", 85: "rejected"}
        self.assertEqual(loud, {(address, port): state for address in (V4, V6) for port, state in expected.items()} | {(V4, 9000): "open"})

    def test_with_few_descriptors_it_is_slower_but_right(self):
        seen = self.sweep(V4, "-p", "70-2070", "--in-flight", "10000", prefix=("prlimit", "--nofile=64:64"))
        self.assertEqual(len(seen), 2001)
        self.assertEqual({port for (_, port), (state, _) in seen.items() if state != "closed"}, {80, 82, 83, 84, 85})

    def test_interrupted_while_it_asks_what_answers_it_loses_nothing(self):
        """Port 9000 says nothing, which takes seconds; what its summary counts is what it wrote."""
        command = inside(SCANNER, str(PROBE), "sweep", V4, "-p", "60-90,9000", "-sV", "-f", "jsonl")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(1.5)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate()
        self.assertEqual(process.returncode, 130, errors)
        states = collections.Counter(json.loads(line)["state"] for line in out.splitlines())
        summary = {state: int(count) for count, state in re.findall(r"(\d+) (open|closed|filtered|rejected)\b", errors)}
        self.assertEqual(states, summary)

    def test_an_unreachable_network_is_no_state_of_its_ports(self):
        seen = self.sweep("198.51.100.1", "-p", "80")
        self.assertEqual(seen["198.51.100.1", 80], ("unreachable", "errno 101"))


if __name__ == "__main__":
    unittest.main()
