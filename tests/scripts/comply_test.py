#!/usr/bin/env python3
"""Comply: `edict comply` as governance groups and build servers use it: what each form says of contracts that meet
rules, do not, cannot be decided or cannot be read; rules in shadow, exempt, not yet in force; domains; many at once.

It works below TMPDIR on a federation of its own. What people and machines read is compared with tests/golden/comply/;
GOLDEN_UPDATE=1 writes those files instead."""

import json
import os
import re
import shutil
import sys
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import HERE, edict, expect, golden, junit_errors, main, read, test, write  # noqa: E402
import sarif_schema  # noqa: E402

sarif_schema.SCHEMA = os.path.join(HERE, sarif_schema.SCHEMA)

FEDERAL = """edict: 1
name: eu.example
layer: federal
version: 1
created: 2026-01-01T00:00:00Z
expires: 2099-01-01T00:00:00Z
rules: [ "*.edict" ]
"""

VOCABULARY = """module federal.vocabulary

taxonomy domain { sales { sales.web } finance }
taxonomy tag    { pii { pii.email pii.phone } time.collected: timestamp }
levels classification { public < internal < confidential }
attributes product { owner?: string from "team.name" }
attributes dataset {
  keep?: duration   from "customProperties.keep"
  legal?: string    from "customProperties.legal"
}
issuer host
domains may state classification, product.owner, dataset.keep, dataset.legal, time.collected, pii.phone
"""

RULES = """module federal.standard

rule owned
  require product.owner is set
  because "Standard 1: somebody answers for it"
  see     "https://standard.example/1"

rule kept-for-a-time
  require dataset.keep <= 24 months
  on      dataset holding pii
  because "Standard 2"

rule a-legal-basis
  require dataset.legal is set
  on      dataset holding pii
  from    2027-01-01
  because "Standard 3"

rule dated
  require dataset holding time.collected
  on      dataset holding pii
  unless  dataset classified <= public

shadow rule classified
  require dataset classified <= confidential

rule pilots-need-no-date
  exempt dated
  on     dataset named "pilot*"
  until  2027-12-31
"""

COLUMNS = ["{ name: email, logicalType: string, tags: [ pii.email ] }",
           "{ name: at, logicalType: timestamp, tags: [ time.collected ] }"]


def contract(product, *datasets, domain="sales", team=True):
    lines = ["apiVersion: v3.1.0", "kind: DataContract", f"id: {product}", "version: 1.0.0", "status: active",
             f"domain: {domain}", f"dataProduct: {product}"]
    if team:
        lines += ["team:", "  name: Order desk"]
    lines.append("schema:")
    for name, custom, columns in datasets:
        lines += [f"  - name: {name}"]
        if custom:
            lines += ["    customProperties:"] + [f"      - {{ property: {k}, value: {v} }}" for k, v in custom.items()]
        lines += ["    properties:"] + [f"      - {c}" for c in columns]
    return "\n".join(lines) + "\n"


GOOD = {"keep": "12 months", "classification": "internal"}


def federation():
    write("federal/edict.yaml", FEDERAL)
    write("federal/vocabulary.edict", VOCABULARY)
    write("federal/standard.edict", RULES)
    write("contracts/good.odcs.yaml", contract("good", ("orders", GOOD, COLUMNS)))
    write("contracts/orphan.odcs.yaml", contract("orphan", ("people", {"keep": "5 years"}, COLUMNS[:1]), team=False))
    write("contracts/unsaid.odcs.yaml",
          contract("unsaid", ("people", {"classification": "internal"}, COLUMNS), ("codes", GOOD, ["{ name: code }"])))
    write("contracts/pilot.odcs.yaml", contract("pilot", ("pilot-a", GOOD, COLUMNS[:1]), domain="finance"))
    write("contracts/web.odcs.yaml", contract("web", ("clicks", {"classification": "internal"}, ["{ name: url, tags: [ time.collected ], logicalType: timestamp }"]),
                                              domain="sales.web"))
    write("contracts/misspelt.odcs.yaml", contract("misspelt", ("people", GOOD, [COLUMNS[0].replace("email ]", "emial ]"), COLUMNS[1]])))
    write("contracts/broken.odcs.yaml", contract("broken", ("a", GOOD, COLUMNS)).replace("status: active", "status: [ active"))


ALL = [f"contracts/{n}.odcs.yaml" for n in ("broken", "good", "misspelt", "orphan", "pilot", "unsaid", "web")]
RULES_HERE = ("--rules", "federal/edict.yaml")


@test
def each_form():
    r = edict("comply", *RULES_HERE, *ALL)
    expect(r.returncode == 1, "findings end with 1", r.returncode)
    golden("comply/summary.txt", r.stdout)
    golden("comply/findings.txt", r.stderr)
    golden("comply/answers.jsonl", edict("comply", *RULES_HERE, *ALL, "--format", "json").stdout)
    golden("comply/findings.jsonl", edict("comply", *RULES_HERE, *ALL, "--format", "json").stderr)
    golden("comply/junit.xml", edict("comply", *RULES_HERE, *ALL, "--format", "junit").stdout)
    sarif = edict("comply", *RULES_HERE, *ALL, "--format", "sarif")
    log = json.loads(sarif.stdout)
    trouble = sarif_schema.validate(log)
    expect(not trouble, "SARIF", *trouble)
    places = [(r["ruleId"], r["locations"][0]["physicalLocation"]) for r in log["runs"][0]["results"]]
    expect(all(p["artifactLocation"] == {"uri": p["artifactLocation"]["uri"], "uriBaseId": "STARTED"} for _, p in places),
           "contracts are named as they were given", places)
    golden("comply/places.txt", "".join(f'{rule} {p["artifactLocation"]["uri"]}:{p["region"]["startLine"]}:{p["region"]["startColumn"]}\n'
                                 for rule, p in places))


@test
def what_json_and_junit_count():
    lines = [json.loads(line) for line in edict("comply", *RULES_HERE, *ALL, "--format", "json").stdout.splitlines()]
    answers, summary = lines[:-1], lines[-1]
    for result in ("met", "undecided"):
        expect(summary[result] == sum(a["result"] == result and not a["shadow"] or a["result"] == result == "met" for a in answers), result, summary)
    expect(summary["unmet"] == sum(a["result"] == "unmet" and not a["shadow"] for a in answers), "unmet", summary)
    expect(summary["refused"] == 2 and summary["contracts"] == 7, "contracts", summary)
    bad = {a["file"] for a in answers if a["result"] != "met" and not a["shadow"]}
    expect(summary["comply"] == 7 - len(bad), "comply", summary, bad)
    report = edict("comply", *RULES_HERE, *ALL, "--format", "junit").stdout
    expect(not junit_errors(report), "JUnit as its schema says", junit_errors(report))
    suites = xml.fromstring(report)
    cases = suites.findall(".//testcase")
    expect(len(cases) == int(suites.get("tests")) == len(answers), "JUnit has a case for each answer", len(cases))
    expect(len(suites.findall(".//failure")) == int(suites.get("failures")), "JUnit counts its failures")
    aside = "".join(out.text for out in suites.findall(".//system-err"))
    warned = [f for f in map(json.loads, edict("comply", *RULES_HERE, *ALL, "--format", "json").stderr.splitlines()) if f["severity"] == "warning"]
    expect(warned and all(f'{f["file"]}:{f["line"]}:{f["column"]}: {f["code"]}: {f["message"]}' in aside for f in warned), "JUnit has the warnings", aside)
    for suite in suites:
        for failure in suite.findall(".//failure"):
            expect(re.match(re.escape(suite.get("file")) + r":[1-9]\d*:[1-9]\d*: ", failure.text), "a failure has a place", failure.text)


@test
def one_that_is_wrong_hides_no_other():
    r = edict("comply", *RULES_HERE, "contracts/broken.odcs.yaml", "contracts/good.odcs.yaml")
    expect(r.returncode == 1 and "1 of 2 contracts complies, 1 could not be read" in r.stdout, "the good one counts", r.stdout)
    r = edict("comply", *RULES_HERE, "contracts/good.odcs.yaml")
    expect(r.returncode == 0 and r.stderr == "" and "1 of 1 contract complies\n" in r.stdout, "alone it is fine", r.stderr)


@test
def time_decides_what_is_in_force():
    words = ["comply", *RULES_HERE, "contracts/good.odcs.yaml"]
    expect(edict(*words, "--now", "2026-12-31T23:59:59Z").returncode == 0, "the day before")
    r = edict(*words, "--now", "2027-01-01T00:00:00Z")
    expect(r.returncode == 1 and "federal.standard.a-legal-basis" in r.stderr, "the day", r.stderr)
    # When the bundle itself would be good for does not matter.
    write("late/edict.yaml", FEDERAL.replace("2026-01-01", "2050-01-01"))
    for name in ("vocabulary.edict", "standard.edict"):
        write(f"late/{name}", read(f"federal/{name}"))
    r = edict("comply", "--rules", "late/edict.yaml", "contracts/orphan.odcs.yaml")
    expect(r.returncode == 1 and r.stderr.count("error[") == 3, "rules of a later release", r.stdout, r.stderr)
    words[-1] = "contracts/pilot.odcs.yaml"
    r = edict(*words, "--now", "2028-01-01T00:00:00Z")
    expect("federal.standard.dated" in r.stderr, "the exemption is over", r.stderr)


@test
def lenient_closes_the_column():
    words = ["comply", *RULES_HERE, "contracts/misspelt.odcs.yaml"]
    r = edict(*words)
    expect(r.returncode == 1 and "E0432" in r.stderr, "strict", r.stderr)
    r = edict(*words, "--lenient")
    expect(r.returncode == 0 and "warning[W0964]" in r.stderr and "column `email` is closed" in r.stderr, "lenient", r.stderr)
    # What is wrong with the product is no column's: an error all the same.
    write("contracts/domainless.odcs.yaml", contract("x", ("a", GOOD, COLUMNS), domain="sails"))
    expect(edict("comply", *RULES_HERE, "contracts/domainless.odcs.yaml", "--lenient").returncode == 1, "an unknown domain")


DOMAIN = FEDERAL.replace("eu.example", "eu.example/sales").replace("layer: federal", "layer: domain\ndomain: sales") + \
    'parent: { bundle: ../federal.edb, least: 1 }\ncontracts: [ "*.odcs.yaml" ]\n'


@test
def a_domain_adds_its_own():
    expect(edict("build", "federal/edict.yaml", "--out", "federal.edb").returncode == 0, "build")
    write("sales/edict.yaml", DOMAIN)
    write("sales/rules.edict", 'module sales.rules\n\nrule named-well\n  require dataset named "sales-*"\n  because "Handbook 1"\n\n'
          "rule by-address\n  mask column tagged pii\n    with null if row.email is set\n    with show-last(4) otherwise\n")
    write("sales/own.odcs.yaml", contract("own", ("sales-a", GOOD, COLUMNS)))
    r = edict("comply", "--rules", "sales/edict.yaml")
    expect(r.returncode == 0 and "1 contract, 1 dataset, 6 requirements\n" in r.stdout, "its own contracts", r.stdout, r.stderr)
    r = edict("comply", "--rules", "sales/edict.yaml", "contracts/good.odcs.yaml", "contracts/pilot.odcs.yaml")
    expect("sales.rules.named-well" in r.stderr and "E0434" in r.stderr, "others, and those of another domain", r.stderr)
    os.chdir("sales")
    r = edict("comply")
    os.chdir("..")
    expect(r.returncode == 0, "edict.yaml here", r.stderr)
    # edict check says the same of a federation's words as comply: a broken contract of the project is a finding
    write("sales/own.odcs.yaml", contract("own", ("sales-a", GOOD, COLUMNS)).replace("pii.email", "pii.emial"))
    expect(edict("comply", "--rules", "sales/edict.yaml").returncode == 1, "a wrong contract of the project")
    for verb in (["check"], ["build", "--out", "sales.edb"]):
        expect(edict(verb[0], "sales/edict.yaml", *verb[1:]).returncode == 1, f"{verb[0]} is strict")
        r = edict(verb[0], "sales/edict.yaml", *verb[1:], "--lenient")
        expect(r.returncode == 0 and "W0964" in r.stderr, f"{verb[0]} --lenient", r.stderr)
    r = edict("inspect", "sales.edb", "--disassemble")
    expect("closed" in r.stdout, "the bundle says that the column is closed", r.stdout)


@test
def a_closed_column_is_the_bottom():
    """For everybody, also where columns without a tag are served, and where a rule reads the column's good tags."""
    write("open/edict.yaml", FEDERAL)
    write("open/a.edict", VOCABULARY + "\nuntagged columns are pii.phone\n\nrule all\n  permit read\n  on dataset classified <= internal\n")
    expect(edict("build", "open/edict.yaml", "--out", "open.edb").returncode == 0, "build")
    write("shut/edict.yaml", DOMAIN.replace("federal.edb", "open.edb"))
    columns = [COLUMNS[0], "{ name: odd, logicalType: string, tags: [ pii.phone, nonsense ] }", "{ name: none, logicalType: string }"]
    write("shut/a.odcs.yaml", contract("shut", ("people", {"classification": "internal"}, columns)))
    write("shut/rules.edict", "module sales.shut\n")
    expect(edict("build", "shut/edict.yaml", "--lenient", "--out", "shut.edb").returncode == 0, "build it leniently")
    r = edict("eval", "--bundle", "open.edb", "--bundle", "shut.edb", "--development", "--product", "sales.shut", "--dataset", "people",
              "--action", "read", "--subject", '{"issuer":"host","id":"ana"}', "--now", "2026-11-20T10:00:00Z", "--format", "json")
    masks = {name: column["mask"] for name, column in json.loads(r.stdout)["columns"].items()}
    expect(masks == {"email": None, "odd": "null", "none": None}, "odd is closed, the others are not", r.stdout, r.stderr)


@test
def two_of_one_product():
    write("contracts/again.odcs.yaml", contract("good", ("orders", GOOD, COLUMNS)))
    r = edict("comply", *RULES_HERE, "contracts/good.odcs.yaml", "contracts/again.odcs.yaml")
    expect(r.returncode == 1 and "error[E0440]" in r.stderr and "1 could not be read" in r.stdout, "the second one is refused", r.stderr)


@test
def how_it_ends():
    cases = [((), 3, "edict.yaml"), ((*RULES_HERE, "contracts/none.yaml"), 3, "contracts/none.yaml"),
             ((*RULES_HERE, "--now", "soon", ALL[1]), 2, "--now takes"), ((*RULES_HERE, "--format", "xml"), 2, "--format is one of"),
             ((*RULES_HERE, "federal"), 3, "federal"), ((*RULES_HERE, "--now", "1969-12-31T00:00:00Z", ALL[1]), 3, "at that time")]
    for words, code, said in cases:
        r = edict("comply", *words)
        expect(r.returncode == code and said in r.stderr and r.stdout == "", f"comply {words}", r.returncode, r.stderr)
    write("silent/edict.yaml", FEDERAL)
    write("silent/a.edict", VOCABULARY.replace("issuer host\n", ""))
    r = edict("comply", "--rules", "silent/edict.yaml", ALL[1])
    expect(r.returncode == 3 and "declares no issuer `host`" in r.stderr, "nobody can ask a federation without issuers", r.stderr)
    r = edict("comply", *RULES_HERE)
    expect(r.returncode == 2 and r.stdout == "" and "names no contract" in r.stderr, "nothing to look at is no success", r.returncode, r.stdout, r.stderr)


JOINED = """module federal.vocabulary

taxonomy domain { sales finance }
taxonomy purpose { support }
taxonomy tag { person.id: id<person> person.alias: id<person> person.visit: id<person> plain }
levels classification { public < internal }
attributes subject { purposes: set<purpose> }
issuer host
domains may state classification, person.id, person.alias, person.visit, plain
"""

JOINED_RULES = """module federal.rules

key wide "joins customers" joinable within federation
key own  "joins within a product" joinable within product

rule reads
  permit  read
  on      dataset classified <= internal
  because "r"

rule ids
  mask    column tagged person.id
    with  pseudonym(wide)
  because "i"

rule visits
  mask    column tagged person.visit
    with  sha256-query
  because "v"

rule aliases
  mask    column tagged person.alias
    with  pseudonym(own)
  because "a"
"""


def joined(product, domain, *columns):
    return (f"apiVersion: v3.1.0\nkind: DataContract\nid: {product}\nversion: 1.0.0\nstatus: active\ndomain: {domain}\ndataProduct: {product}\n"
            f"schema:\n  - id: {product}-table\n    name: {product}\n    customProperties: [ {{ property: classification, value: internal }} ]\n"
            "    properties:\n" + "".join(f"      - {{ {c} }}\n" for c in columns))


@test
def foreign_keys_across_contracts():
    """A column that stands for one of another contract's, in another folder and another domain."""
    write("joined/federal/edict.yaml", FEDERAL)
    write("joined/federal/vocabulary.edict", JOINED)
    write("joined/federal/rules.edict", JOINED_RULES)
    key = "id: people-id, name: id, logicalType: string, tags: [ person.id ]"
    write("joined/finance/people.odcs.yaml", joined("people", "finance", key, "id: people-alias, name: alias, logicalType: string, tags: [ person.alias ]",
                                                 "name: visit, logicalType: string, tags: [ person.visit ]"))
    cases = [("person.id", "people.id", None), ("person.alias", "people.id", "keys and transforms"), ("plain", "people.id", "stands as it is"),
             ("person.alias", "people.alias", "joins within less"),  # one key, and another one of it within each product
             ("person.alias", "/schema/people-table/properties/people-id", "keys and transforms"), ("plain", "people.none", "W0349"),
             ("person.visit", "people.visit", "joins within less"), ("plain", "other.id", None), ("plain", "/schema/other/properties/people-id", None)]
    for path in ("../finance/people.odcs.yaml", "./../sales/../finance//people.odcs.yaml"):
        for tag, to, said in cases:
            write("joined/sales/orders.odcs.yaml",
                  joined("orders", "sales", f"name: buyer, logicalType: string, tags: [ {tag} ], relationships: [ {{ to: '{path}#{to}' }} ]"))
            r = edict("comply", "--rules", "joined/federal", "joined/sales/orders.odcs.yaml", "joined/finance/people.odcs.yaml")
            wanted = said and ("warning[W0349]: the dataset `people` of finance.people has no column `none`" if said == "W0349" else "warning[W0347]")
            expect(r.returncode == 0 and (wanted in r.stderr and (said == "W0349" or said in r.stderr) if said else "W034" not in r.stderr),
                   f"{tag} to {to}: {said}", r.stderr)
            if wanted and said != "W0349":
                expect("joined/sales/orders.odcs.yaml:13:" in r.stderr and "to this one" in r.stderr and "product  finance.people" in r.stderr,
                       "where it is, and requests", r.stderr)
    write("joined/sales/orders.odcs.yaml", joined("orders", "sales", "name: buyer, logicalType: string, tags: [ plain ], relationships: [ { to: '../finance/people.odcs.yaml#people.id' } ]"))
    r = edict("comply", "--rules", "joined/federal", "joined/sales/orders.odcs.yaml")
    expect("W034" not in r.stderr, "one that is not given is not looked at", r.stderr)
    for odd in ("https://x.example/people.odcs.yaml#people.id", "#people.id", "people.odcs.yaml#", "#", "../../../../people.odcs.yaml#people.id"):
        write("joined/sales/orders.odcs.yaml", joined("orders", "sales", f"name: buyer, logicalType: string, tags: [ plain ], relationships: [ {{ to: '{odd}' }} ]"))
        r = edict("comply", "--rules", "joined/federal", "joined/sales/orders.odcs.yaml", "joined/finance/people.odcs.yaml")
        expect(r.returncode == 0 and "W034" not in r.stderr, f"{odd} is followed nowhere", r.stderr)


@test
def a_domains_project_is_checked_across_its_contracts():
    assert edict("build", "joined/federal", "--out", "joined/build/federal.edb").returncode == 0
    write("joined/domain/edict.yaml", FEDERAL.replace("eu.example", "eu.example/sales").replace("layer: federal", "layer: domain\ndomain: sales")
          .replace('rules: [ "*.edict" ]', 'parent: { bundle: ../build/federal.edb, least: 1 }\ncontracts: [ "*.odcs.yaml" ]'))
    write("joined/domain/people.odcs.yaml", joined("people", "sales", "name: id, logicalType: string, tags: [ person.id ]"))
    for tag, said in (("person.id", False), ("person.alias", True), ("plain", True)):
        write("joined/domain/orders.odcs.yaml",
              joined("orders", "sales", f"name: buyer, logicalType: string, tags: [ {tag} ], relationships: [ {{ to: 'people.odcs.yaml#people.id' }} ]"))
        for words in (("check", "joined/domain"), ("comply", "--rules", "joined/domain")):
            r = edict(*words)
            expect(r.returncode == 0 and ("W0347" in r.stderr) == said, f"{words[0]}: {tag}", r.stderr)


PORTS = """apiVersion: {version}
kind: DataProduct
id: shop-product
status: active
{name}inputPorts:
  - {{ name: in, version: {given}, contractId: good }}
  - {{ name: far, contractId: nobody }}
outputPorts:
  - {{ name: out, version: {given}, contractId: {contract} }}
"""


PORT_RULES = """module federal.ports

taxonomy port-type { tables { parquet } topic }
resource port {
  direction: string
  type?: port-type
  version?: string
  contract?: string
  contract-version?: string
  contract-status?: string
  status?: string
  product?: string
  deprecated?: bool
  legal-basis?: set<string>
  region?: string
}

rule has-a-contract
  require port.contract is set
  on      port
  when    port.direction == "output"
  because "Mesh standard 4"
  see     "https://standard.example/4"

rule typed
  require port.type is tables and not port.deprecated
  on      port named "out*"

rule lawful
  require port.legal-basis has "consent" and port.region == "eu"
  on      port and not port named "in*"

shadow rule contract-in-force
  require port.contract-status == "active"
  on      port
  when    port.contract-version is set

rule old-ones-may
  exempt has-a-contract
  on     port named "old"
  until  2027-12-31

rule nobody-exports-topics
  forbid access
  when   port.type is topic
"""

PORTS_ASKED = """apiVersion: v1.1.0
kind: DataProduct
id: shop-product
{domain}name: Shop of ours
customProperties:
  - {{ property: legalBasis, value: [ consent, contract ] }}
  - {{ property: region, value: eu }}
outputPorts:
  - {{ name: out, type: parquet, version: 1.0.0, contractId: good }}
  - {{ name: out2, type: tables, deprecated: true, contractId: good }}
  - {{ name: out3, type: taples, contractId: good }}
  - {{ name: raw, customProperties: [ {{ property: region, value: us }} ] }}
  - {{ name: old, type: topic, customProperties: [ {{ property: legal-basis, value: {{ a: b }} }} ] }}
inputPorts:
  - {{ name: in, contractId: nobody }}
"""


@test
def rules_about_ports():
    """A kind of resource `port`: each port is one, and `require` rules about it are the evaluator's to answer."""
    shutil.copytree("federal", "asked")
    write("asked/ports.edict", PORT_RULES)
    words = ["comply", "--rules", "asked", "contracts/good.odcs.yaml", "--ports", "ports/asked.odps.yaml"]
    write("ports/asked.odps.yaml", PORTS_ASKED.format(domain="domain: sales\n"))
    r = edict(*words, "--format", "json")
    ports = {p["port"]: p for p in map(json.loads, r.stdout.splitlines()) if "port" in p}
    got = {name: {a["rule"].split(".")[-1]: a["result"] for a in p["rules"]} for name, p in ports.items()}
    in_force = {"contract-in-force": "met"}
    wanted = {"out": {"has-a-contract": "met", "typed": "met", "lawful": "met", **in_force},
              "out2": {"has-a-contract": "met", "typed": "unmet", "lawful": "met", **in_force},
              "out3": {"has-a-contract": "met", "typed": "undecided", "lawful": "met", **in_force},
              "raw": {"has-a-contract": "unmet", "lawful": "unmet"}, "old": {"lawful": "undecided"}, "in": {}}
    expect(got == wanted, "each rule about each port", got)
    expect({n: p["result"] for n, p in ports.items()} == {"out": "met", "out2": "unmet", "out3": "undecided", "raw": "unmet", "old": "undecided",
                                                          "in": "elsewhere"}, "what becomes of them", ports)
    expect(all(set(a) == {"rule", "result", "shadow", "because", "see", "unknown"} for p in ports.values() for a in p["rules"]), "whole answers")
    found = [(f["code"], f["message"], f["line"]) for f in map(json.loads, r.stderr.splitlines()) if f["severity"] == "error"]
    line = {name: next(i for i, text in enumerate(read("ports/asked.odps.yaml").splitlines(), 1) if f"name: {name}," in text or f"name: {name} " in text) for name in ports}
    expect(found == [("E0960", "output port `out2` does not meet federal.ports.typed", line["out2"]),
                     ("E0961", "whether output port `out3` meets federal.ports.typed cannot be decided", line["out3"]),
                     ("E0960", "output port `raw` does not meet federal.ports.has-a-contract", line["raw"]),
                     ("E0960", "output port `raw` does not meet federal.ports.lawful", line["raw"]),
                     ("E0961", "whether output port `old` meets federal.ports.lawful cannot be decided", line["old"])], "findings", found)
    expect(r.returncode == 1, "it does not comply", r.returncode)
    report = edict(*words, "--format", "junit").stdout
    expect(not junit_errors(report), "JUnit as its schema says", junit_errors(report))
    suite = xml.fromstring(report).find("testsuite[@name='ports']")
    cases = suite.findall("testcase")
    expect(len(cases) == int(suite.get("tests")) == 6 + sum(map(len, wanted.values())), "a case for each port and answer", suite.attrib)
    expect(len(suite.findall("testcase/failure")) == int(suite.get("failures")) == 5, "those that fail", suite.attrib)
    sarif = json.loads(edict(*words, "--format", "sarif").stdout)
    expect(not sarif_schema.validate(sarif), "SARIF", sarif_schema.validate(sarif))
    write("ports/asked.odps.yaml", PORTS_ASKED.format(domain="domain: sales\n").split("  - { name: out2")[0] + "inputPorts: []\n")
    r = edict(*words)
    expect(r.returncode == 0 and "output port out of Shop of ours, contracts/good.odcs.yaml, 1 dataset: met" in r.stdout, "all is well", r.stdout, r.stderr)


@test
def whose_a_data_product_is():
    """A port without a contract is asked of its data product, which has to be somebody's."""
    words = ["comply", "--rules", "asked", "contracts/good.odcs.yaml", "--ports", "ports/asked.odps.yaml", "--format", "json"]
    for domain, more, note in (("", (), "names no `domain`"), ("domain: sails\n", (), "no domain `sails`"), ("", ("--domain", "sales"), None), ("", ("--domain", "nobody"), "no domain `nobody`")):
        write("ports/asked.odps.yaml", PORTS_ASKED.format(domain=domain))
        r = edict(*words, *more)
        told = [f for f in map(json.loads, r.stderr.splitlines()) if f["code"] == "E0975"]
        expect(len(told) == (note is not None) and all(note in f["notes"][0] for f in told), f"{domain} {more}", told)
        raw = next(p for p in map(json.loads, r.stdout.splitlines()) if p.get("port") == "raw")
        expect(raw["result"] == ("missing" if note else "unmet"), "asked of nobody", raw)
    write("ports/asked.odps.yaml", PORTS_ASKED.format(domain="domain: sales\n").replace("Shop of ours", "x" * 2000))
    r = edict(*words)
    expect(r.returncode == 1 and "longer than 1024 bytes" in r.stderr, "a long name", r.stderr[-600:])
    write("ports/asked.odps.yaml", PORTS_ASKED.format(domain="domain: sales\n").replace("value: us", "value: " + "u" * 100000))
    r = edict(*words)
    expect(r.returncode == 1 and "federal.ports.lawful cannot be decided" in r.stderr, "a long text is unknown", r.returncode, r.stderr[-900:])


@test
def ports_of_data_products():
    """Each port by its contract: what becomes of it, in each form, and what is wrong with it."""
    good, orphan = "contracts/good.odcs.yaml", "contracts/orphan.odcs.yaml"
    cases = [("good", "1.0.0", "met", None), ("good", "v1.0.0", "met", None), ("orphan", "1.0.0", "unmet", None), ("misspelt", "1.0.0", "refused", None),
             ("nobody", "1.0.0", "missing", "E0972"), ("good", "1.0.1", "another version", "E0973")]
    for contract, given, result, code in cases:
        for version, name in (("v1.0.0", "name: shop\n"), ("v1.1.0", ""), ("v0.9.0", "name: shop\n")):
            write("ports/shop.odps.yaml", PORTS.format(version=version, name=name, given=given, contract=contract))
            words = ["comply", *RULES_HERE, good, orphan, "contracts/misspelt.odcs.yaml", "--ports", "ports/shop.odps.yaml"]
            r = edict(*words, "--format", "json")
            ports = {p["port"]: p for p in map(json.loads, r.stdout.splitlines()) if "port" in p}
            expect(list(ports) == ["out", "in", "far"] and ports["out"]["result"] == result, f"{contract} {given}: {result}", r.stdout)
            expect(ports["far"]["result"] == "elsewhere" and ports["far"]["contract"] is None and ports["far"]["datasets"] == [], "one of another", ports)
            expect(ports["out"]["product"] == ("shop" if name else "shop-product") and ports["out"]["direction"] == "output", "whose it is", ports)
            expect(ports["in"]["result"] == ("another version" if given == "1.0.1" else "met") and ports["in"]["contract"] == good
                   and ports["in"]["datasets"] == ["orders"], "what feeds it", ports)
            line = read("ports/shop.odps.yaml").splitlines()[ports["out"]["line"] - 1]
            expect("name: out" in line, "where it stands", line)
            expect(r.returncode == 1 and (f'"code":"{code}"' in r.stderr if code else "E097" not in r.stderr), f"{contract} {given}: {code}", r.stderr)
    r = edict("comply", *RULES_HERE, good, "--ports", "ports/shop.odps.yaml", "--format", "junit")
    suite = xml.fromstring(r.stdout).find("testsuite[@name='ports']")
    expect(suite is not None and suite.get("tests") == "3" and suite.get("failures") == "2", "a suite of ports", r.stdout)
    r = edict("comply", *RULES_HERE, good, "--ports", "ports/shop.odps.yaml", "--format", "sarif")
    expect({"E0973"} == {f["ruleId"] for f in json.loads(r.stdout)["runs"][0]["results"] if f["level"] == "error"}, "findings of ports", r.stdout[:900])
    write("ports/shop.odps.yaml", PORTS.format(version="v1.0.0", name="", given="1.0.0", contract="good"))
    r = edict("comply", *RULES_HERE, good, "--ports", "ports/shop.odps.yaml")
    expect(r.returncode == 0 and "output port out of shop-product, contracts/good.odcs.yaml, 1 dataset: met" in r.stdout, "all is well", r.stdout, r.stderr)
    write("ports/shop.odps.yaml", "kind: DataContract\n")
    r = edict("comply", *RULES_HERE, good, "--ports", "ports/shop.odps.yaml")
    expect(r.returncode == 1 and "error[E0971]" in r.stderr, "what is no data product", r.stderr)
    r = edict("comply", *RULES_HERE, good, "--ports", "ports/none.odps.yaml")
    expect(r.returncode == 3 and "none.odps.yaml" in r.stderr, "a file that is not there", r.returncode, r.stderr)


@test
def a_thousand_at_once():
    paths = []
    for i in range(1000):
        columns = [f"{{ name: c{k}, logicalType: string, tags: [ pii.phone ], classification: internal }}" for k in range(20)]
        paths.append(f"many/{i}.odcs.yaml")
        write(paths[-1], contract(f"p{i}", ("orders", GOOD, columns + COLUMNS), ("lines", {}, columns)))
    begin = time.monotonic()
    r = edict("comply", *RULES_HERE, *paths)
    expect("1000 contracts, 2000 datasets" in r.stdout and r.returncode == 1, "all of them", r.stdout, r.stderr[-300:])
    expect(time.monotonic() - begin < 20, "in far less than 20 s", time.monotonic() - begin)


if __name__ == "__main__":
    sys.exit(main(federation))
