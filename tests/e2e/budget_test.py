"""How many new connections a scan makes a node see, counted from outside: by nftables in the node's own network namespace."""
import json
import unittest

import lab

NODES = {"node1": "labn1", "node2": "labn2"}  # by name, their network namespaces
TABLE = "podreach_count"
# What comes from pods and from other machines, and what the node itself opens.
RULES = f"""
table inet {TABLE} {{
  chain from_others {{ type filter hook prerouting priority -150; ct state new counter; }}
  chain from_node {{ type filter hook output priority -150; ct state new counter; }}
}}
"""


def in_node(node, *command, stdin=None):
    return lab.run("nsenter", f"--net=/run/netns/{NODES[node]}", *command, stdin=stdin)


def counted(node):
    """How many packets of new connections the node has seen since the table was made; the lab's own are among them."""
    ruleset = json.loads(in_node(node, "nft", "-j", "list", "table", "inet", TABLE))["nftables"]
    return sum(part["counter"]["packets"] for entry in ruleset if "rule" in entry
               for part in entry["rule"]["expr"] if "counter" in part)


class BudgetTest(unittest.TestCase):
    def setUp(self):
        lab.up("--deny", "drop")
        for node in NODES:
            in_node(node, "nft", "-f", "-", stdin=RULES)
            self.addCleanup(in_node, node, "nft", "delete", "table", "inet", TABLE)

    def test_no_node_sees_more_than_three_quarters_of_its_free_table(self):
        room = {node: int(in_node(node, "cat", "/proc/sys/net/netfilter/nf_conntrack_max")) -
                int(in_node(node, "cat", "/proc/sys/net/netfilter/nf_conntrack_count")) for node in NODES}
        report = lab.scan()
        for node in NODES:
            flows = counted(node)
            print(f"{node}: {flows} new connections, of {room[node]} free entries; {report['attempts']} attempts in all")
            self.assertGreater(flows, report["attempts"] / 10, "the counter sees the scan")
            # Of the whole scan, so of any two minutes of it.
            self.assertLessEqual(flows, 3 * room[node] / 4)


if __name__ == "__main__":
    unittest.main()
