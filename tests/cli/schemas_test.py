#!/usr/bin/env python3
"""What podreach writes and reads is what the published JSON Schemas say; and the reader of intents refuses what its schema refuses.

schemas_test.py PODREACH REPOSITORY
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile


class Invalid(Exception):
    pass


KEYWORDS = {"$schema", "$id", "$defs", "title", "description", "default", "$ref", "type", "const", "enum", "required", "properties",
            "additionalProperties", "minProperties", "propertyNames", "dependentRequired", "items", "minItems", "maxItems", "minLength",
            "pattern", "minimum", "maximum", "oneOf"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}
# Objects whose keys are data: any other key would do as well.
MAPS = {"labels", "catalogue", "catalogue_of_targets"}


def check(value, schema, root, path="$"):
    """The part of JSON Schema 2020-12 that the schemas use; a keyword beyond it is an error of the test."""
    unknown = set(schema) - KEYWORDS
    assert not unknown, f"keyword not known to this test: {unknown}"

    def fail(why):
        raise Invalid(f"{path}: {why}")

    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        check(value, target, root, path)
    kind = schema.get("type")
    if kind == "integer" and (not isinstance(value, int) or isinstance(value, bool)):
        fail("not an integer")
    if kind in TYPES and not isinstance(value, TYPES[kind]):
        fail(f"not of type {kind}")
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        fail(f"not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        fail(f"none of {schema['enum']}")
    if "oneOf" in schema:
        matching = 0
        for one in schema["oneOf"]:
            try:
                check(value, one, root, path)
                matching += 1
            except Invalid:
                pass
        if matching != 1:
            fail(f"{matching} alternatives match")
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                fail(f"{key} is missing")
        if len(value) < schema.get("minProperties", 0):
            fail("too few members")
        for key, others in schema.get("dependentRequired", {}).items():
            if key in value and not set(others) <= set(value):
                fail(f"{key} without {others}")
        for key in value:
            check(key, schema.get("propertyNames", {}), root, f"{path}.{key}")
        known = schema.get("properties", {})
        for key, member in value.items():
            if key in known:
                check(member, known[key], root, f"{path}.{key}")
            elif schema.get("additionalProperties") is False:
                fail(f"{key} is not known")
            elif isinstance(schema.get("additionalProperties"), dict):
                check(member, schema["additionalProperties"], root, f"{path}.{key}")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            fail("too few items")
        if len(value) > schema.get("maxItems", len(value)):
            fail("too many items")
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), root, f"{path}[{i}]")
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            fail("too short")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            fail(f"does not match {schema['pattern']}")
    if isinstance(value, int) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            fail("out of range")


def mutations(value, is_map=False):
    """The value with one thing wrong: a member gone, or one of a wrong type."""
    if isinstance(value, dict):
        for key in value:
            if not is_map:
                yield {k: v for k, v in value.items() if k != key} | {key + "x": value[key]}
            for changed in mutations(value[key], key in MAPS):
                yield value | {key: changed}
    elif isinstance(value, list) and value:
        for changed in mutations(value[0]):
            yield [changed] + value[1:]
    elif isinstance(value, str):
        yield {"not": "text"}
    elif isinstance(value, (int, bool)):
        yield "not a number"


INTENTS = [
    # A document, and whether it is good.
    ({"name": "a", "action": "deny", "from": [{"namespace": "shop"}], "to": [{"place": "internet"}]}, True),
    ({"name": "a", "action": "allow", "to": [{"workload": "shop/db"}], "ports": [5432, "53/udp", "8000-8010"], "severity": "low"}, True),
    ({"name": "a", "action": "allow-only", "from": [{"podSelector": {"matchLabels": {"app": "web"}}, "namespaceSelector": {}}],
      "to": [{"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}], "reason": "r", "owner": "o"}, True),
    ({"name": "a", "action": "forbid", "to": [{"place": "dns"}]}, False),
    ({"name": "a", "action": "deny", "to": [{"place": "moon"}]}, False),
    ({"name": "a", "action": "deny", "to": [{"place": "dns", "cidr": "10.0.0.0/8"}]}, False),
    ({"name": "a", "action": "deny", "to": []}, False),
    ({"name": "a", "action": "deny", "to": [{}]}, False),
    ({"name": "", "action": "deny", "to": [{"place": "dns"}]}, False),
    ({"action": "deny", "to": [{"place": "dns"}]}, False),
    ({"name": "a", "action": "deny", "to": [{"place": "dns"}], "ports": [0]}, False),
    ({"name": "a", "action": "deny", "to": [{"place": "dns"}], "ports": [True]}, False),
    ({"name": "a", "action": "deny", "to": [{"place": "dns"}], "severity": "worst"}, False),
    ({"name": "a", "action": "deny", "to": [{"workload": "db"}]}, False),
    ({"name": "a", "action": "deny", "to": [{"place": "dns"}], "extra": 1}, False),
]


# Into what a record may not be changed, whatever its keys and types.
WRONG_RECORDS = [
    lambda r: r | {"schema": "podreach.io/scan/v1"},
    lambda r: r | {"asks": ["0-"]},
    lambda r: r | {"asks": ["0,,1"]},
    lambda r: r | {"catalogue": {"80": {"service": "HTTP", "sensitive": False}}},
    lambda r: r | {"catalogue_of_targets": {"x": {"service": "HTTP", "sensitive": False}}},
    lambda r: r | {"places": [r["places"][0] | {"ports": ["80/tcp"]}]},
    lambda r: r | {"places": [r["places"][0] | {"ports": ["80/TCP perhaps"]}]},
    lambda r: r | {"places": [r["places"][0] | {"kind": "planet"}]},
    lambda r: r | {"kinds": [r["kinds"][0] | {"verdict": "guilty"}]},
    lambda r: r | {"kinds": [r["kinds"][0] | {"unsure": 1}]},
    lambda r: r | {"vantages": [r["vantages"][0] | {"cells": "3A"}]},
    lambda r: r | {"vantages": [r["vantages"][0] | {"cells": "A0"}]},
    lambda r: r | {"vantages": [r["vantages"][0] | {"evidence": [[0, 1]]}]},
    lambda r: r | {"vantages": [r["vantages"][0] | {"evidence": [[0, 1, 0, 0]]}]},
    lambda r: r | {"vantages": [{key: member for key, member in r["vantages"][0].items() if key != "ask"}]},
]


def read_schemas(repository):
    """What is written -> its schema."""
    return {re.sub(r"-v\d+\.schema\.json$", "", p.name): json.loads(p.read_text())
            for p in (repository / "include/podreach/schemas").glob("*.json")}


def main(podreach, repository):
    schemas = read_schemas(repository)
    assert set(schemas) == {"cell", "diff", "expect", "explain", "intent", "intent-report", "scan"}, sorted(schemas)
    scenario = repository / "k8s/lab/scenario"
    record = repository / "tests/cli/records/small.json"
    failures = []
    refused = 0

    def run(*arguments, text=None):
        return subprocess.run([podreach, *map(str, arguments)], capture_output=True, text=True, input=text, timeout=60)

    with tempfile.TemporaryDirectory() as folder:
        less = pathlib.Path(folder) / "less"
        less.mkdir()
        for file in scenario.glob("*.yaml"):
            if file.name != "20-bank.yaml":
                (less / file.name).write_text(file.read_text())
        outputs = {
            "expect": run("expect", "--manifests", scenario, "-f", "json"),
            "expect by class": run("expect", "--manifests", scenario, "-f", "json", "--group-by", "class"),
            "diff": run("diff", scenario, less, "-f", "json"),
            "explain allow": run("explain", "--manifests", scenario, "-f", "json", "bank/api", "bank/db", "5432"),
            "explain deny": run("explain", "--manifests", scenario, "-f", "json", "shop/web", "bank/db", "5432"),
            "explain unknown": run("explain", "--manifests", scenario, "-f", "json", "bank/api", "legacy/agent", "443"),
            "explain a Service": run("explain", "--manifests", scenario, "-f", "json", "bank/api", "svc/bank/db", "5432"),
            "intent-report": run("expect", "--manifests", scenario, "-f", "json", "--intent", "built-in"),
            "scan": run("report", record, "-f", "json"),
        }
        values = [(name, done, json.loads(done.stdout)) for name, done in outputs.items()]
        cells = run("report", record, "-f", "cells")
        values += [(f"cell {number}", cells, json.loads(line)) for number, line in enumerate(cells.stdout.splitlines())]
        for name, done, value in values:
            schema = schemas[name.split()[0]]
            if name.startswith("explain"):
                expectation = {0: "allow", 1: "deny", 3: "unknown"}[done.returncode]
                if value["expectation"] != expectation or name.split()[1] not in (expectation, "a"):
                    failures.append(f"{name}: exit {done.returncode}, {value['expectation']}")
            try:
                check(value, schema, schema)
            except Invalid as why:
                failures.append(f"{name}: {why}")
            for wrong in mutations(value):
                try:
                    check(wrong, schema, schema)
                    failures.append(f"{name}: the schema takes {json.dumps(wrong)[:200]}")
                except Invalid:
                    refused += 1
        for number, change in enumerate(WRONG_RECORDS):
            try:
                check(change(json.loads(record.read_text())), schemas["scan"], schemas["scan"])
                failures.append(f"scan: the schema takes wrong record {number}")
            except Invalid:
                refused += 1
        file = pathlib.Path(folder) / "intent.yaml"
        for intent, good in INTENTS:
            document = {"schema": "podreach.io/intent/v1", "intents": [intent], "builtIn": {"no-etcd": False}}
            file.write_text(json.dumps(document))
            done = run("expect", "--manifests", scenario, "--intent", file)
            try:
                check(document, schemas["intent"], schemas["intent"])
                by_schema = True
            except Invalid:
                by_schema = False
            by_reader = done.returncode in (0, 1, 3)
            if by_schema != good or by_reader != good:
                failures.append(f"{json.dumps(intent)}: schema {by_schema}, reader {by_reader}, wanted {good}: {done.stderr}")
            if not good and "intent.yaml:" not in done.stderr:
                failures.append(f"{json.dumps(intent)}: no place in {done.stderr!r}")
    for failure in failures[:20]:
        print(failure)
    print(f"{len(schemas)} schemas, {len(values)} outputs valid, {refused} wrong ones refused, {len(INTENTS)} intents")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
