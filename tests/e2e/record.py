"""Reads a scan's record, podreach.io/scan/v2, apart from podreach's own code, and lays it out cell by cell."""
import re

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ENFORCERS = {
    "by-silence": "policies are enforced: denied by silence", "by-icmp": "policies are enforced: denied by ICMP",
    "by-reset": "policies are enforced: denied by RST", "not-enforced": "policies are not enforced",
    "unknown": "whether policies are enforced is unknown",
}


def numbers(text):
    """The numbers of "0-99,120"."""
    found = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def runs(text):
    """The kind of each cell of "A120B(52)3"."""
    kinds, end = [], 0
    for match in re.finditer(r"(?:([A-Za-z])|\((\d+)\))(\d*)", text):
        if match.start() != end:
            raise ValueError(f"not the runs of cells at {text[end:end + 20]!r}")
        end = match.end()
        letter, number, count = match.groups()
        if count == "0":
            raise ValueError(f"a run of no cells in {text!r}")
        kinds += [LETTERS.index(letter) if letter else int(number)] * int(count or 1)
    if end != len(text):
        raise ValueError(f"not the runs of cells at {text[end:end + 20]!r}")
    return kinds


def target_name(place, port, service):
    """As reports call a target."""
    if place["kind"] in ("service", "dns"):
        return f"{place['name']}:{port}"
    if place["kind"] in ("node", "control-plane") and service:
        return f"{place['name']} {service}"
    return place["name"]


def targets(record):
    """Each target with what stands there; its place in the list is its id."""
    found = []
    for place in record["places"]:
        for text in place["ports"]:
            port, _, word = text.partition(" ")
            number, protocol = port.split("/")
            words = record["catalogue_of_targets"].get(str(len(found))) or record["catalogue"].get(port) or {}
            found.append({
                "id": len(found), "kind": place["kind"], "address": place["address"], "port": int(number), "protocol": protocol,
                "namespace": place["namespace"], "workload": place["workload"], "node": place["node"],
                "name": target_name(place, int(number), words.get("service", "")), "service": words.get("service", ""),
                "declared": word == "declared", "undeclared": word == "undeclared", "probe": place.get("probe"),
            })
    return found


def evidence_at(vantage, record):
    """The evidence of a row's cells, by position."""
    found, end = {}, 0
    for first, count, which in vantage.get("evidence", []):
        if first < end or count < 1:
            raise ValueError(f"{vantage['name']}: runs of evidence overlap or are empty at {first}")
        end = first + count
        for position in range(first, first + count):
            found[position] = record["evidence"][which]
    return found


def because(vantage, kind, evidence):
    """Why a verdict isn't plain, in few words."""
    if kind.get("not_probed") == "no-report" and vantage.get("fault"):
        return vantage["fault"]
    if "icmp" in evidence and kind["reason"] == "none":
        icmp = evidence["icmp"]
        return f"ICMP type {icmp['type']} code {icmp['code']} from {icmp['from']}"
    return {"open-elsewhere": "another vantage finds it open"}.get(kind["reason"], kind.get("not_probed", kind["reason"]))


def cells(record):
    """Each cell: its vantage's and its target's id, what was intended and seen, the verdict and the evidence."""
    found = []
    asks = [numbers(text) for text in record["asks"]]
    for number, vantage in enumerate(record["vantages"]):
        if "cells" not in vantage:
            continue
        asked, kinds, evidence = asks[vantage["ask"]], runs(vantage["cells"]), evidence_at(vantage, record)
        if len(asked) != len(kinds) or max(evidence, default=-1) >= len(asked):
            raise ValueError(f"{vantage['name']}: {len(kinds)} cells, and evidence of {max(evidence, default=-1) + 1}, of {len(asked)} targets")
        for position, (target, index) in enumerate(zip(asked, kinds)):
            kind, known = record["kinds"][index], evidence.get(position, {})
            found.append(kind | {"vantage": number, "target": target, "evidence": known, "because": because(vantage, kind, known),
                                 "rules": [record["rules"][rule] for rule in known.get("rules", [])]})
    return found


def expand(record):
    """The record, laid out: vantages, targets and cells with ids, and what is said of the scan on top."""
    if record["schema"] != "podreach.io/scan/v2":
        raise ValueError(f"not a record of podreach.io/scan/v2: {record['schema']}")
    laid_out = {key: record[key] for key in ("findings", "gaps", "services")} | record["scan"]
    laid_out["enforcer"] = ENFORCERS[record["enforcement"]]
    laid_out["vantages"] = [vantage | {"id": number} for number, vantage in enumerate(record["vantages"])]
    laid_out["targets"] = targets(record)
    laid_out["cells"] = cells(record)
    coverage = record["coverage"]
    laid_out["coverage"] = coverage | {
        "cells": coverage["cells"]["of"], "probed": coverage["cells"]["have"], "namespaces": coverage["namespaces"]["of"],
        "namespaces_covered": coverage["namespaces"]["have"],
    }
    return laid_out
