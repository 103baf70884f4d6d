#!/usr/bin/env python3
"""Import: `edict import oaas` makes rules that a person can read, that check, and that permit what was agreed and no more.

It works on a copy of tests/codes below TMPDIR. The rules are compared with tests/golden/import/; GOLDEN_UPDATE=1 writes
them instead."""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import HERE, edict, expect, golden, main, read, test, write  # noqa: E402

STRUCTURED = """apiVersion: v0.9.0
kind: AccessAgreement
id: 4b3e-4a91
name: Orders for classification
version: 1.1.0
status: approved
description:
  purpose: Classify users by "order history".
  usage: Read aggregated data.
  limitations: No resale.
startTimestamp: 2026-07-01T12:00:00Z
endTimestamp: 2027-06-30T23:59:59Z
nextReassessmentTimestamp: 2027-01-01T00:00:00Z
provider:
  teamId: sales
  dataProductId: orders
  outputPortId: orders_sql
  dataContractId: 5f1d2c1e
  dataContractVersion: 2.1.0
consumer:
  teamId: marketing
  userId: "ada@acme.example"
roles:
  - role: orders.eu/read
  - role: analyst
tags: [ gdpr-relevant ]
authoritativeDefinitions:
  - { type: legalAgreement, url: "https://acme.example/dpa.pdf" }
customProperties:
  - { property: edict.purpose, value: analytics }
  - { property: costCenter, value: MKT-4711 }
"""
MINIMAL = """apiVersion: v0.9.0
kind: AccessAgreement
id: minimal
status: approved
description: { purpose: Answer customers. }
endTimestamp: 2026-12-24T18:00:00Z
provider: { teamId: sales, dataProductId: orders, outputPortId: orders_sql }
consumer: { dataProductId: helpdesk, teamId: desk }
"""
WORDS = ("--module", "federal.agreements", "--purpose", "support", "--role", "orders.eu/read=support")


def ask(now, purpose="support", team="desk", product="helpdesk", roles=(), user=None):
    who = {"issuer": "host", "id": "x", "roles": list(roles), "purposes": [purpose], "regions": ["de"], "team": team, "product": product}
    if user:
        who["user"] = user
    r = edict("eval", "--bundle", "build/federal.edb", "--bundle", "build/sales.edb", "--development", "--product", "sales.orders",
              "--dataset", "orders", "--action", "read", "--columns", "status", "--now", now, "--format", "json",
              "--subject", json.dumps(who), "--context", json.dumps({"purpose": purpose}))
    expect(r.stdout, "an answer", r.stderr)
    return json.loads(r.stdout)["decision"]


@test
def rules_are_what_was_agreed():
    write("one.yaml", STRUCTURED)
    write("two.yaml", MINIMAL)
    write("three.yaml", MINIMAL.replace("approved", "requested").replace("minimal", "later"))
    r = edict("import", "oaas", "one.yaml", "two.yaml", "three.yaml", *WORDS, "--out", "federal/agreements.edict")
    expect(r.returncode == 0 and r.stdout == "" and "note[N0969]" in r.stderr and "error" not in r.stderr, "import", r.stdout, r.stderr)
    rules = read("federal/agreements.edict")
    golden("import/agreements.edict.txt", rules)
    expect(edict("import", "oaas", "one.yaml", "two.yaml", "three.yaml", *WORDS).stdout == rules, "the same on standard output")
    expect(edict("fmt", "--check", "federal/agreements.edict").returncode == 0, "it is laid out")
    vocabulary = read("federal/vocabulary.edict")
    write("federal/vocabulary.edict", vocabulary + "\nattributes subject { team?: string product?: string user?: string }\n")
    r = edict("build", "federal", "--out", "build/federal.edb", "--tables", "build")
    expect(r.returncode == 0, "it checks and builds", r.stderr)
    expect(edict("build", "sales", "--out", "build/sales.edb").returncode == 0, "the domain")


@test
def it_permits_that_and_no_more():
    inside = "2026-11-20T10:00:00Z"
    expect(ask(inside) == "permit", "what was agreed")
    for what, words in {"another team": {"team": "sales"}, "another product": {"product": "x"}, "another purpose": {"purpose": "billing"}}.items():
        expect(ask(inside, **words) == "deny", what)
    expect(ask("2026-12-24T17:59:59Z") == "permit" and ask("2026-12-24T18:00:00Z") == "deny", "until the hour")
    expect(ask("2026-12-25T10:00:00Z") == "deny", "after")
    ada = {"purpose": "analytics", "team": "marketing", "product": "any", "user": "ada@acme.example", "roles": ["partner"]}
    expect(ask(inside, **ada) == "deny", "the roles that were agreed are needed")
    for role in ("support", "analyst"):
        expect(ask("2026-11-20T10:00:00Z", **{**ada, "roles": [role]}) == "permit", role)


PRODUCT = """apiVersion: v1.0.0
kind: DataProduct
id: orders
status: active
name: orders-of-2026
domain: sales
outputPorts:
  - { name: orders_sql, version: 1.0.0, contractId: 5f1d2c1e }
  - { name: orders_files, version: 1.0.0 }
"""


@test
def agreements_are_held_to_data_products():
    write("product.yaml", PRODUCT)
    r = edict("import", "oaas", "one.yaml", "two.yaml", *WORDS, "--ports", "product.yaml")
    expect(r.returncode == 0 and r.stdout.count('product named "sales.orders-of-2026"') == 2, "its name is the product's", r.stdout, r.stderr)
    cases = {"no data product `orders`": ("id: orders\n", "id: other\n"), "no output port `orders_sql`": ("orders_sql", "orders_sqlx"),
             "another contract": ("5f1d2c1e", "0"), "is retired": ("active", "retired"), "data product is retired": ("active", "' Retired '"),
             "has no name that a rule can hold": ("orders-of-2026", "Orders of 2026"), "domain is no name that a rule can hold": ("domain: sales", "domain: '*'"),
             "no name that": ("name: orders-of-2026", "name: '*\" or true'")}
    for said, (before, after) in cases.items():
        write("other.yaml", PRODUCT.replace(before, after))
        r = edict("import", "oaas", "one.yaml", *WORDS, "--ports", "other.yaml")
        expect(r.returncode == 1 and r.stdout == "" and "error[E0970]" in r.stderr and said in r.stderr, said, r.stderr)
    # Of ports of one name the one of the agreement's contract, wherever it stands; a port goes by its id, too.
    other = "  - { name: orders_sql, version: 2.0.0, contractId: another }\n"
    for text in (PRODUCT + other, PRODUCT.replace("outputPorts:\n", "outputPorts:\n" + other),
                 PRODUCT.replace("v1.0.0", "v1.1.0").replace("name: orders_sql", "id: orders_sql, name: tables")):
        write("other.yaml", text)
        r = edict("import", "oaas", "one.yaml", *WORDS, "--ports", "other.yaml")
        expect(r.returncode == 0, "the port of the contract", text, r.stderr)
    r = edict("import", "oaas", "one.yaml", *WORDS, "--ports", "product.yaml", "--ports", "product.yaml")
    expect(r.returncode == 1 and "there are two data products `orders`" in r.stderr, "two of one id", r.stderr)


@test
def several_of_one_id():
    r = edict("import", "oaas", "two.yaml", "two.yaml", "two.yaml", *WORDS)
    expect(r.returncode == 1 and r.stdout == "" and r.stderr.count("error[E0966]") == 2, "each is told once", r.stderr)


@test
def a_misspelt_key_is_told_once():
    write("misspelt.yaml", MINIMAL.replace("provider:", "provder:"))
    r = edict("import", "oaas", "misspelt.yaml", *WORDS)
    expect(r.returncode == 1 and r.stderr.count("error[") == 1 and "fix: provider" in r.stderr, "once", r.stderr)


@test
def wrong_use():
    cases = [((), 2, "say what to import"), (("oaas",), 2, "say what to import"), (("odrl", "two.yaml"), 2, "say what to import"),
             (("oaas", "none.yaml"), 3, "none.yaml"), (("oaas", "two.yaml", "--purpose", "a or b"), 2, "names are written"),
             (("oaas", "two.yaml", "--role", "x"), 2, "names are written"), (("oaas", "two.yaml"), 1, "E0967")]
    for words, code, said in cases:
        r = edict("import", *words)
        expect(r.returncode == code and said in r.stderr and r.stdout == "", f"import {words}", r.returncode, r.stderr)


def set_up():
    shutil.copytree(os.path.join(HERE, "tests/codes"), ".", dirs_exist_ok=True)
    os.mkdir("build")
    for name in ("federal/privacy.edict", "sales/sales.edict"):
        text = read(name).split("\ntest ")[0]
        # What permits already would hide what the agreements do.
        write(name, text.replace("rule staff-may-read", "shadow rule staff-may-read"))


if __name__ == "__main__":
    sys.exit(main(set_up))
