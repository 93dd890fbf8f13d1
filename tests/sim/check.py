"""Holds a report's cells against what the simulator knows to be true."""
import collections

REACHED = {"open", "closed"}
NOT_SEEN = {"not-probed", "local-error"}


def may_be_unknown(intended, place):
    """Where a report may decline to say what is intended, because the standard or the way through the cluster leaves it open."""
    node, _, where = place.rpartition(">")
    if where in ("service", "node-port"):
        return intended != "allow"  # backends that differ, or none; whom a NodePort's pod sees as the source
    # Whether a policy holds nodes off is the enforcer's choice, and whether a pod's own node is.
    return intended == "deny" and (bool(node) or where == "own-node")


def wrong_verdict(verdict, intended, reaches):
    """What a verdict claims, against the truth; None where it holds."""
    if verdict in ("as-intended", "ungoverned"):
        fine = (intended, reaches) in (("allow", "yes"), ("deny", "no")) and not (verdict == "ungoverned" and intended == "deny")
        return None if fine else f"{verdict}, but the policies say {intended} and it {'reaches' if reaches == 'yes' else 'does not reach'} its target"
    if verdict == "leak" and (intended, reaches) != ("deny", "yes"):
        return f"leak, but the policies say {intended}, reaches: {reaches}"
    if verdict == "broken" and (intended, reaches) != ("allow", "no"):
        return f"broken, but the policies say {intended}, reaches: {reaches}"
    return None


def known_defect(cell, truth):
    """What the product is known to get wrong today, so that everything else shows. Whoever mends one takes it from here."""
    _, _, intended, place = truth
    where = place.rpartition(">")[2]
    if where == "service" and intended == "allow" and cell["expectation"] == "unknown":
        return "a Service whose endpoints are no pods is said to have none"
    return None


class Tally:
    """What came of holding a report against the truth. `wrong` has a line for each claim that doesn't hold."""

    def __init__(self):
        self.cells, self.verdicts, self.known, self.wrong = 0, collections.Counter(), collections.Counter(), []

    def hold(self, where, cell, truth):
        state, reaches, intended, place = truth
        self.cells += 1
        self.verdicts[cell["verdict"]] += 1
        problems = []
        if state == "?":
            problems.append("the simulator knows no such connection")
        elif cell["seen"] not in NOT_SEEN:
            if cell["seen"] != state:
                problems.append(f"seen {cell['seen']}, true is {state}")
            if (problem := wrong_verdict(cell["verdict"], intended, reaches)) is not None:
                problems.append(problem)
        if cell["expectation"] == "unknown":
            if not may_be_unknown(intended, place):
                problems.append(f"expected unknown, but the policies say {intended} ({place})")
        elif cell["expectation"] != intended:
            problems.append(f"expected {cell['expectation']}, but the policies say {intended} ({place})")
        if cell["verdict"] == "unknown" and cell["expectation"] != "unknown" and cell["seen"] in REACHED:
            problems.append("verdict unknown, although it is known what is intended and what was seen")
        if problems and (known := known_defect(cell, truth)) is not None:
            self.known[known] += 1
        else:
            self.wrong += [f"{where}: {problem}: {cell}" for problem in problems]


def check(report, simulator):
    """A Tally of every cell."""
    vantages, targets = report["vantages"], report["targets"]
    namespaces = ["podreach" if v["kind"] == "node" else v["namespace"] for v in vantages]
    cells = [c for c in report["cells"] if targets[c["target"]]["address"] != "0.0.0.0"]
    questions = [(namespaces[c["vantage"]], vantages[c["vantage"]]["pod"], targets[c["target"]]["address"],
                  targets[c["target"]]["protocol"], targets[c["target"]]["port"]) for c in cells]
    tally = Tally()
    for cell, question, truth in zip(cells, questions, simulator.truth(questions), strict=True):
        tally.hold(f"{vantages[cell['vantage']]['name']} -> {targets[cell['target']]['name']} {question[2:]}", cell, truth)
    return tally
