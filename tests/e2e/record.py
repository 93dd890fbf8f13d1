"""Reads a scan's record, podreach.io/scan/v2, apart from podreach's own code, and lays it out cell by cell."""
import bisect
import collections.abc
import itertools
import random
import re

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ENFORCERS = {
    "by-silence": "policies are enforced: denied by silence", "by-icmp": "policies are enforced: denied by ICMP",
    "by-reset": "policies are enforced: denied by RST", "not-enforced": "policies are not enforced",
    "unknown": "whether policies are enforced is unknown",
}


def ranges(text):
    """The first and the last of each part of "0-99,120"."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield int(first), int(last or first)


def numbers(text):
    """The numbers of "0-99,120"."""
    return [number for first, last in ranges(text) for number in range(first, last + 1)]


def kinds_and_counts(text):
    """The runs of "A120B(52)3"."""
    end = 0
    for match in re.finditer(r"(?:([A-Za-z])|\((\d+)\))(\d*)", text):
        if match.start() != end:
            break
        end = match.end()
        letter, number, count = match.groups()
        if count == "0":
            raise ValueError(f"a run of no cells in {text!r}")
        yield LETTERS.index(letter) if letter else int(number), int(count or 1)
    if end != len(text):
        raise ValueError(f"not the runs of cells at {text[end:end + 20]!r}")


def runs(text):
    """The kind of each cell of "A120B(52)3"."""
    return [kind for kind, count in kinds_and_counts(text) for _ in range(count)]


def size_of(text):
    """How many cells "A120B(52)3" has."""
    return sum(count for _, count in kinds_and_counts(text))


def target_name(place, port, service):
    """As reports call a target."""
    if place["kind"] in ("service", "dns"):
        return f"{place['name']}:{port}"
    if place["kind"] in ("node", "control-plane") and service:
        return f"{place['name']} {service}"
    return place["name"]


class Targets(collections.abc.Sequence):
    """Each target with what stands there; its place in the sequence is its id. Large scans have millions: one is made when it's asked for."""

    def __init__(self, record):
        self.record = record
        self.ends = list(itertools.accumulate(len(place["ports"]) for place in record["places"]))

    def __len__(self):
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, number):
        if not 0 <= number < len(self):
            raise IndexError(f"there is no target {number}")
        at = bisect.bisect_right(self.ends, number)
        place = self.record["places"][at]
        port, _, word = place["ports"][number - self.ends[at]].partition(" ")
        digits, protocol = port.split("/")
        words = self.record["catalogue_of_targets"].get(str(number)) or self.record["catalogue"].get(port) or {}
        return {
            "id": number, "kind": place["kind"], "address": place["address"], "port": int(digits), "protocol": protocol,
            "namespace": place["namespace"], "workload": place["workload"], "node": place["node"],
            "name": target_name(place, int(digits), words.get("service", "")), "service": words.get("service", ""),
            "declared": word == "declared", "undeclared": word == "undeclared", "probe": place.get("probe"),
        }


def evidence_at(vantage, record, wanted):
    """The evidence of the wanted positions of a row, which are rising."""
    found, end = {}, 0
    for first, count, which in vantage.get("evidence", []):
        if first < end or count < 1:
            raise ValueError(f"{vantage['name']}: runs of evidence overlap or are empty at {first}")
        end = first + count
        for position in wanted[bisect.bisect_left(wanted, first):bisect.bisect_left(wanted, end)]:
            found[position] = record["evidence"][which]
    if vantage.get("evidence") and end > size_of(vantage["cells"]):
        raise ValueError(f"{vantage['name']}: evidence of {end} cells, of {size_of(vantage['cells'])}")
    return found


def because(vantage, kind, evidence):
    """Why a verdict isn't plain, in few words."""
    if kind.get("not_probed") == "no-report" and vantage.get("fault"):
        return vantage["fault"]
    if "icmp" in evidence and kind["reason"] == "none":
        icmp = evidence["icmp"]
        return f"ICMP type {icmp['type']} code {icmp['code']} from {icmp['from']}"
    return {"open-elsewhere": "another vantage finds it open"}.get(kind["reason"], kind.get("not_probed", kind["reason"]))


def cells(record, most=None):
    """Each cell, or `most` at random: its vantage's and its target's id, what was intended and seen, the verdict and the evidence."""
    found = []
    sizes = [sum(last - first + 1 for first, last in ranges(text)) for text in record["asks"]]
    rows = [(number, vantage) for number, vantage in enumerate(record["vantages"]) if "cells" in vantage]
    total, begin, last_ask = sum(sizes[vantage["ask"]] for _, vantage in rows), 0, None
    chosen = None if most is None or most >= total else sorted(random.Random(1).sample(range(total), most))
    for number, vantage in rows:
        size = sizes[vantage["ask"]]
        if size_of(vantage["cells"]) != size:
            raise ValueError(f"{vantage['name']}: {size_of(vantage['cells'])} cells, of {size} targets")
        own = range(size)
        if chosen is not None:
            own = [at - begin for at in chosen[bisect.bisect_left(chosen, begin):bisect.bisect_left(chosen, begin + size)]]
        begin += size
        if vantage["ask"] != last_ask:
            last_ask, asked = vantage["ask"], numbers(record["asks"][vantage["ask"]])
        kinds, evidence = runs(vantage["cells"]), evidence_at(vantage, record, own)
        for position in own:
            kind, known = record["kinds"][kinds[position]], evidence.get(position, {})
            found.append(kind | {"vantage": number, "target": asked[position], "evidence": known, "because": because(vantage, kind, known),
                                 "rules": [record["rules"][rule] for rule in known.get("rules", [])]})
    return found


def expand(record, most=None):
    """The record, laid out: vantages, targets and cells (`most` at random) with ids, and what is said of the scan on top."""
    if record["schema"] != "podreach.io/scan/v2":
        raise ValueError(f"not a record of podreach.io/scan/v2: {record['schema']}")
    laid_out = {key: record[key] for key in ("findings", "gaps", "services")} | record["scan"]
    laid_out["enforcer"] = ENFORCERS[record["enforcement"]]
    laid_out["vantages"] = [vantage | {"id": number} for number, vantage in enumerate(record["vantages"])]
    laid_out["targets"] = Targets(record)
    laid_out["cells"] = cells(record, most)
    coverage = record["coverage"]
    laid_out["coverage"] = coverage | {
        "cells": coverage["cells"]["of"], "probed": coverage["cells"]["have"], "namespaces": coverage["namespaces"]["of"],
        "namespaces_covered": coverage["namespaces"]["have"],
    }
    return laid_out
