#!/usr/bin/env python3
"""Writes tests/hostile/ports/: data products that must be refused, or that are odd and good, and what is said."""

from hostile_yaml import Inputs

FOLDER = "tests/hostile/ports"
GOOD = """apiVersion: v1.0.0
kind: DataProduct
id: orders
status: active
name: orders
domain: sales
outputPorts:
  - { name: orders_sql, version: 1.0.0, contractId: c-1 }
"""
FULL = r"""apiVersion: v1.1.0
kind: DataProduct
id: 5c7b9d60-0000-4000-8000-000000000001
name: Parcels on their way
version: v2.0.0
tenant: post
domain: logistics
type: consumerAligned
deprecated: false
synonyms: [ { synonym: deliveries, locale: en-GB } ]
context: { note: [ 1, 2 ] }
description:
  purpose: |
    Where each parcel is,
    and since when.
  customProperties: [ { property: a, value: { b: [ c ] } } ]
tags: [ parcels ]
inputPorts:
  - name: scans
    version: 1.0.0
    contractId: c-1
  - name: scans
    version: 2.0.0
    contractId: c-2
    deprecated: true
outputPorts:
  - id: parcels-tables-1
    name: parcels
    description: "Parcels,\nas tables"
    type: tables
    version: 1.0.0
    contractId: c-3
    deprecated: true
    sbom: [ { type: external, url: "https://sbom.example/parcels" } ]
    inputContracts: [ { id: c-1, version: 1.0.0 } ]
  - id: parcels-tables-2
    name: parcels
    type: tables
    version: 2.0.0
    contractId: c-4
    customProperties: [ { property: region, value: eu } ]
managementPorts:
  - { name: admin, content: control, type: rest, url: "https://admin.example", deprecated: false }
support: [ { channel: desk, url: "mailto:desk@example.com" } ]
team: { name: parcels, members: [ { username: ana } ] }
productCreatedTs: "2026-01-15T10:30:00Z"
"""


def main():
    inputs = Inputs(FOLDER, GOOD)
    add = inputs.add
    add("good", "OK", "a data product as it should be")
    add("more", "OK", "what is not about its ports is passed over", ("outputPorts", "managementPorts: [ 1 ]\nteam: { x: [] }\noutputPorts"))
    add("no-ports", "OK", "a data product may have none", ("outputPorts:\n  - { name: orders_sql, version: 1.0.0, contractId: c-1 }\n", ""))
    add("ports-empty", "OK", "nor a list of none", ("outputPorts:\n  - { name: orders_sql, version: 1.0.0, contractId: c-1 }\n", "outputPorts: []\n"))
    add("no-contract", "OK", "a port without a contract", (", contractId: c-1", ""))
    add("no-id", "E0971", "no id", ("id: orders\n", ""))
    add("no-status", "E0971", "no status", ("status: active\n", ""))
    add("no-status-1.1", "OK", "since 1.1 a status is no must", ("v1.0.0\n", "v1.1.0\n"), ("status: active\n", ""))
    add("deprecated-text", "E0971", "neither true nor false", ("id: orders\n", 'id: orders\ndeprecated: "yes, soon"\n'))
    add("port-deprecated", "E0971", "neither, of a port", ("c-1 }", "c-1, deprecated: 1 }"))
    add("contract", "E0971", "a contract", ("DataProduct", "DataContract"))
    add("full", "OK", "all that 1.1 has", text=FULL)
    add("kind", "E0971", "another document", ("DataProduct", "AccessAgreement"))
    add("no-kind", "E0971", "no kind", ("kind: DataProduct\n", ""))
    add("version", "E0971", "another version of the standard", ("v1.0.0\n", "v2.0.0\n"))
    add("name-glob", "OK", "nor is a name a word", ("name: orders\n", 'name: "*"\n'))
    add("domain-quote", "OK", "a domain is a text: who puts it into a rule looks at it", ("domain: sales", "domain: 'a\"b'"))
    add("name-list", "E0971", "a name that is a list", ("name: orders\n", "name: [ orders ]\n"))
    add("id-null", "E0971", "an id that is null", ("id: orders", "id: null"))
    add("id-hidden", "E0971", "an id that turns the direction of text", ("id: orders", 'id: "a\\u202Eb"'))
    add("ports-map", "E0971", "ports that are a map", ("outputPorts:\n  - { name: orders_sql, version: 1.0.0, contractId: c-1 }\n", "outputPorts: { a: b }\n"))
    add("version-0.9", "OK", "the version before the first", ("v1.0.0\n", "v0.9.0\n"))
    add("input", "OK", "what a product is fed by", ("outputPorts", "inputPorts:\n  - { name: raw, version: 1.0.0, contractId: c-2 }\noutputPorts"))
    add("input-text", "E0971", "an input port that is a text", ("outputPorts", "inputPorts: [ raw ]\noutputPorts"))
    add("input-unnamed", "E0971", "an input port without a name", ("outputPorts", "inputPorts: [ { contractId: c-2 } ]\noutputPorts"))
    add("inputs-map", "E0971", "input ports that are a map", ("outputPorts", "inputPorts: { a: b }\noutputPorts"))
    add("port-version-list", "E0971", "a version that is a list", ("version: 1.0.0", "version: [ 1 ]"))
    add("port-text", "E0971", "a port that is a text", ("  - { name: orders_sql, version: 1.0.0, contractId: c-1 }", "  - orders_sql"))
    add("port-unnamed", "E0971", "a port without a name", ("name: orders_sql, ", ""))
    add("port-contract-list", "E0971", "a contract that is a list", ("contractId: c-1", "contractId: [ c-1 ]"))
    add("list", "E0971", "a list", text="- a\n")
    add("empty", "E0403", "nothing", text="")
    add("twice", "E0409", "a key that stands twice", ("id: orders", "id: orders\nid: other"))
    add("binary", "E0401", "no text at all", text=bytes(range(128, 256)))
    add("large", "E0400", "larger than a data product may be", text=GOOD + "#" * (1024 * 1024))
    inputs.finish()


if __name__ == "__main__":
    main()
