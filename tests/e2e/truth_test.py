"""Every cell of three scans in a row against the ground truth, under each way of denying and under none."""
import unittest

import lab
import truth


class TruthTest(unittest.TestCase):
    def hold(self, *flags):
        lab.up(*flags)
        self.assertEqual(truth.hold(scans=3), 0)

    def test_denied_by_reset(self):
        self.hold("--deny", "reset")

    def test_denied_by_reject(self):
        self.hold("--deny", "reject")

    def test_not_enforced(self):
        self.hold("--cni", "none")

    def test_denied_by_drop(self):
        self.hold("--deny", "drop")
