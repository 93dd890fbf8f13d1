"""podreach-probe sweep -sV against real servers, with and without passwords and TLS: each is told for what it is."""
import json
import pathlib
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from servers import servers
from two_hosts import SCANNER, V4, inside, two_hosts

PROBE = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/podreach-probe"

# Port: name, product, whether it says a version, access, whether by TLS.
TCP = {
    22: ("ssh", "OpenSSH", True, "unknown", False),
    111: ("rpcbind", "", False, "answers", False),
    2049: ("nfs", "", False, "unknown", False),
    2375: ("docker", "Podman", True, "answers", False),
    2379: ("etcd", "", True, "answers", False),
    2380: ("etcd", "", True, "answers", True),
    2381: ("tls", "", False, "refuses", True),
    3306: ("mysql", "MariaDB", True, "unknown", False),
    4222: ("nats", "NATS", True, "answers", False),
    4223: ("nats", "NATS", True, "refuses", False),
    5000: ("docker-registry", "", False, "answers", False),
    5432: ("postgresql", "PostgreSQL", False, "unknown", False),
    5672: ("rabbitmq", "RabbitMQ", True, "unknown", False),
    6379: ("redis", "Redis", True, "answers", False),
    6380: ("redis", "", False, "refuses", False),
    6381: ("redis", "", False, "refuses", False),
    7379: ("redis", "Redis", True, "answers", True),  # on a port of its own
    8088: ("http", "nginx", True, "answers", False),
    8222: ("nats-monitoring", "", True, "answers", False),
    8448: ("http", "nginx", True, "refuses", True),
    9100: ("node-exporter", "", False, "answers", False),
    11211: ("memcached", "memcached", True, "answers", False),
}
UDP = {
    111: ("rpcbind", "", False, "answers", False),
    123: ("ntp", "", True, "answers", False),
    161: ("snmp", "", True, "unknown", False),
    2049: ("nfs", "", False, "unknown", False),
    11211: ("memcached", "memcached", True, "answers", False),
}


def probe(*arguments):
    return subprocess.run(inside(SCANNER, PROBE, "sweep", V4, "-q", "-sV", *arguments), capture_output=True, text=True, check=True).stdout


class FingerprintTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(two_hosts())
        cls.enterClassContext(servers({("TCP", port) for port in TCP} | {("UDP", port) for port in UDP}))

    def check(self, expected, *arguments):
        ports = ",".join(map(str, expected))
        lines = [json.loads(line) for line in probe("-p", ports, "-f", "jsonl", *arguments).splitlines()]
        self.assertEqual({line["port"] for line in lines}, set(expected))
        for line in lines:
            with self.subTest(port=line["port"]):
                service = line.get("service", {})
                name, product, versioned, access, tls = expected[line["port"]]
                self.assertEqual((line["state"], service.get("name"), service.get("product"), service.get("access")),
                                 ("open", name, product, access), line)
                self.assertEqual(bool(service["version"]), versioned, service)
                self.assertEqual("tls" in service, tls, service)
        return {line["port"]: line.get("service") for line in lines}

    def test_tcp(self):
        services = self.check(TCP)
        # What the certificate says, and who demands one.
        self.assertEqual(services[2380]["tls"]["names"], ["etcd.test", V4])
        self.assertEqual(services[2380]["tls"]["subject"], "O=podreach,CN=etcd.test")
        self.assertEqual(services[2380]["tls"]["client_certificate"], "not-asked")
        self.assertEqual(services[2381]["tls"]["client_certificate"], "demanded")

    def test_udp(self):
        self.check(UDP, "-sU")

    def test_nmap_formats(self):
        document = ElementTree.fromstring(probe("-p", "6379,8448,7", "-f", "xml"))
        found = {int(port.get("portid")): port.find("service").attrib for port in document.iter("port")}
        self.assertEqual(set(found), {6379, 8448})
        self.assertEqual((found[6379]["name"], found[6379]["product"], found[6379]["method"]), ("redis", "Redis", "probed"))
        self.assertIn("answers without credentials", found[6379]["extrainfo"])
        self.assertEqual(found[8448]["tunnel"], "ssl")
        self.assertIn("6379/open/tcp//redis//Redis ", probe("-p", "6379", "-f", "grepable"))
        self.assertIn("redis, Redis ", probe("-p", "6379"))


if __name__ == "__main__":
    unittest.main()
