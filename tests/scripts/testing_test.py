#!/usr/bin/env python3
"""Testing: `edict test` as authors, build servers and editors use it: what a failure looks like, data that a
test brings along, coverage, the forms of its output, many at once, watching, exit codes.

It works on a copy of tests/example below TMPDIR. What people read is compared with tests/golden/testing/;
GOLDEN_UPDATE=1 writes those files instead."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import EDICT, HERE, edict, expect, expect_run, golden, junit_errors, main, read, test, write  # noqa: E402
import sarif_schema  # noqa: E402

sarif_schema.SCHEMA = os.path.join(HERE, sarif_schema.SCHEMA)


def project(name, text, alone=False):
    """A copy of the federal project with one more file; its edict.yaml. `alone`: without its own test."""
    shutil.copytree("federal", name)
    if alone:
        write(f"{name}/privacy.edict", read(f"{name}/privacy.edict").split("\ntest ")[0])
    write(f"{name}/more.edict", text)
    return f"{name}/edict.yaml"


SAM = 'subject  { issuer: corp, id: "sam", roles: [support], purposes: [support], regions: [de] }'
ANA = 'subject  { issuer: corp, id: "ana", roles: [analyst], purposes: [service], regions: [eu] }'
NOW = "now: 2026-11-20T10:00:00Z"


def block(title, lines, subject=SAM, context=f"purpose: support, {NOW}", ask="read orders columns country, phone",
          given=(), product="sales.orders"):
    head = [f"test {json.dumps(title)}", f"product  {product}", subject, f"context  {{ {context} }}", *given, f"ask      {ask}"]
    return "\n  ".join(head + [f"expect   {line}" for line in lines]) + "\n\n"


# ---- what a failure looks like ----

FAILING = "module federal.more\n\n" + block("what is not so", [
    "deny", "permit by federal.privacy.support-and-analysis", "permit by support-and-analysis",
    'column phone show-last(4, rest: "*")', "column phone show-last(3)", "column country raw",
    "row { country: us, collected_at: 2026-03-01T00:00:00Z } shown",
    'row { country: de, phone: "+49301234567", collected_at: 2026-03-01T00:00:00Z } shown { phone: "4567" }',
    "row { country: de, collected_at: 2026-03-01T00:00:00Z } shown { country: us, phone: null }",
    "row { country: de, collected_at: 2026-03-01T00:00:00Z } withheld",
    "deny by federal.privacy.purpose-limitation"]) + block("nobody permits this <&> # \\ \"quoted\"", [
        "permit by support-and-analysis", "column phone raw", "row { country: de } shown"],
        'subject  { issuer: corp, id: "x", purposes: [support] }')


@test
def failures_are_shown():
    path = project("failing", FAILING)
    words = ["test", path, "--with", "sales/edict.yaml"]
    r = expect_run(words, 1, "1 passed, 2 failed\n")
    golden("testing/failing.txt", r.stdout)


@test
def a_missing_product_says_what_to_add():
    r = expect_run(["test", "federal/edict.yaml"], 1, "add --with PATH, the edict.yaml of the domain `sales`")
    path = project("misnamed", "module federal.more\n\n" + block("x", ["deny"], product="sales.oders"))
    r = expect_run(["test", path, "--with", "sales/edict.yaml"], 1, "`domain: sales` and `dataProduct: oders`")
    expect("no bundle of this run carries it" in r.stdout, "what is missing", r.stdout)


@test
def domains_stand_on_the_rules_of_the_run():
    """Not on the federal bundle that was built before; and edict.yaml may say which domains take part."""
    shutil.copytree("federal", "fresh")
    write("fresh/vocabulary.edict", read("fresh/vocabulary.edict").replace("pii.email pii.phone", "pii.email pii.phone pii.fax"))
    shutil.copytree("sales", "faxes")
    path = "faxes/contracts/orders.odcs.yaml"
    write(path, read(path).replace("[pii.phone]", "[pii.phone, pii.fax]"))
    expect_run(["check", "faxes/edict.yaml"], 1, None, "pii.fax")
    expect_run(["test", "fresh/edict.yaml", "--with", "faxes/edict.yaml"], 0, "1 passed, 0 failed\n")
    expect_run(["test", "fresh/edict.yaml"], 1, "no bundle of this run carries it")
    write("fresh/edict.yaml", read("fresh/edict.yaml") + "test-with: [ ../faxes/edict.yaml ]\n")
    expect_run(["test", "fresh/edict.yaml"], 0, "1 passed, 0 failed\n")
    expect_run(["test", "fresh/edict.yaml", "--with", "sales/edict.yaml"], 0, "1 passed, 0 failed\n")
    write("fresh/edict.yaml", read("fresh/edict.yaml").replace("../faxes", "../nowhere"))
    expect_run(["test", "fresh/edict.yaml"], 3, None, "`fresh/../nowhere/edict.yaml` cannot be read")
    for wrong, code in (("[ { a: b } ]", "E0501"), ("here", "E0501"), ('[ "" ]', "E0513")):
        write("fresh/edict.yaml", read("federal/edict.yaml") + f"test-with: {wrong}\n")
        expect_run(["check", "fresh/edict.yaml"], 1, None, f"error[{code}]")


CROWDS = """module federal.more

domains may state time.collected

rule crowds
  show only groups of at least 5 row[geo.country]
  on      dataset holding pii
  when    now > 2026-11-21T00:00:00Z

rule times
  show only groups of at least 7 row[time.collected]
  on      dataset holding pii
  when    now > 2026-11-21T00:00:00Z

"""


@test
def groups_are_expected():
    later = {"context": "purpose: support, now: 2026-11-22T00:00:00Z", "ask": "read orders columns phone"}
    good = block("as they are", ["permit", "groups of at least 5 country", "groups of at least 7 collected_at",
                                 "row { country: de, collected_at: 2026-03-01T00:00:00Z } hidden"], **later)
    path = project("crowds", CROWDS + good, alone=True)
    expect_run(["test", path, "--with", "sales/edict.yaml"], 0, "1 passed, 0 failed\n")
    bad = {
        "groups of at least 4 country": "groups of at least 5 country, 7 collected_at",
        "groups of at least 7 country": "groups of at least 5 country, 7 collected_at",
        "groups of at least 5 phone": "groups of at least 5 country, 7 collected_at",
    }
    write("crowds/more.edict", CROWDS + "".join(block(line, [line], **later) for line in bad)
          + block("nothing of the kind", ["groups of at least 5 country"])
          + block("denied", ["groups of at least 5 country"], context=NOW))
    r = expect_run(["test", path, "--with", "sales/edict.yaml"], 1, "0 passed, 5 failed\n")
    for line, got in [*bad.items(), ("groups of at least 5 country", "no groups: rows may be shown one by one"),
                      ("groups of at least 5 country", "the request is denied")]:
        expect(re.search(rf"expected +{re.escape(line)}\n +got +{re.escape(got)}\n", r.stdout), line, r.stdout)
    write("crowds/more.edict", CROWDS + block("no column", ["groups of at least 5 days"]))
    expect_run(["test", path, "--with", "sales/edict.yaml"], 1, None, "error[E0803]: the dataset has no column `days`")


OWN = """module sales.own

taxonomy tag { pii { pii.plan: plan pii.visit: string } }
taxonomy plan { paid { yearly monthly } free }

attributes dataset { plans?: set<plan> from "customProperties.plans" }

table prices (plan: plan) gives (price: decimal) complete

rule paid-plans
  show only rows
  on      dataset named "orders"
  where   row[pii.plan] in dataset.plans and prices(row[pii.plan]).price > 1.5

"""


@test
def a_domain_has_words_of_its_own():
    """In its own tests they are typed and completed; a federal test about its product speaks of them as well."""
    project("opened", "module federal.more\n", alone=True)
    write("opened/vocabulary.edict", read("opened/vocabulary.edict").replace('  pii "P', '  open pii "P'))
    shutil.copytree("sales", "worded")
    contract = "worded/contracts/orders.odcs.yaml"
    write(contract, read(contract).replace("    properties:\n", "    properties:\n      - { name: plan, logicalType: string, tags: [pii.plan] }\n"
                                           "      - { name: visit, logicalType: string, tags: [pii.visit] }\n", 1)
          .replace("    customProperties:\n", "    customProperties:\n      - { property: plans, value: [ paid ] }\n", 1))
    write("worded/edict.yaml", read("worded/edict.yaml").replace("../build/federal.edb", "../opened.edb") + 'rules: [ "*.edict" ]\n')
    given = ["table    prices { yearly: { price: 2.5 } paid: { price: 1.75 } free: { price: 0.0 } }"]
    rows = "row {{ country: de, plan: {}, collected_at: 2026-03-01T00:00:00Z }} {}".format
    lines = ["permit", "column visit raw", rows("monthly", "shown { plan: monthly }"), rows("paid", "shown"), rows("free", "hidden"), rows("yearly", "hidden")]
    own = block("by the plan", lines, ask="read orders columns plan, visit", given=given)
    write("worded/own.edict", OWN + own)
    write("opened/more.edict", "module federal.more\n\n" + block("of the federation", lines[1:2] + [rows("free", "hidden")],
                                                                 ask="read orders columns plan, visit"))
    expect_run(["build", "opened/edict.yaml", "--out", "opened.edb", "--tables", "opened"], 0)
    expect_run(["check", "worded/edict.yaml"], 0)
    expect_run(["test", "worded/edict.yaml"], 0, "1 passed, 0 failed\n")
    expect_run(["test", "opened/edict.yaml", "--with", "worded/edict.yaml"], 0, "1 passed, 0 failed\n")
    write("worded/own.edict", OWN + own.replace("plan: monthly }", "plan: montly }"))
    expect_run(["test", "worded/edict.yaml"], 1, None, "error[E0204]: the taxonomy `plan` has no node `montly`")


# ---- what a test brings along ----

RULES = """module federal.more

domains may state person.id

table consent (person: id<person>, purpose: purpose) gives (expires: timestamp, level: classification, note: string)

rule consenting
  show only rows
  on      dataset holding person.id
  where   consent(row[person.id], purpose).expires > now

rule exports-with-consent
  permit  export
  on      dataset holding person.id
  when    ("c-1", purpose) in consent

"""
# A product whose persons are known.
CONTRACT = ("    properties:\n", "    properties:\n      - { name: customer_id, logicalType: string, tags: [person.id] }\n")


def sales_with_persons():
    if os.path.exists("persons"):
        return
    shutil.copytree("sales", "persons")
    write("persons/edict.yaml", read("persons/edict.yaml") + 'rules: [ "*.edict" ]\n')
    write("persons/rows.edict", "module sales.rows\n\nrule tested\n  show only rows\n  where row.country is set\n")
    path = "persons/contracts/orders.odcs.yaml"
    text = read(path)
    expect(CONTRACT[0] in text, "the example's contract has another form")
    write(path, text.replace(*CONTRACT))


ROW = 'row { customer_id: "%s", country: de, collected_at: 2026-03-01T00:00:00Z } %s'


@test
def tables_given_in_a_test():
    sales_with_persons()
    given = ["table    consent {", '  ("c-1", service): { expires: 2027-01-01T00:00:00Z, level: internal, note: "a,\\"b\\"" }',
             '  ("c-2", support): { expires: 2026-01-01T00:00:00Z }', '  ("c-3", support)', "}"]
    text = RULES + block("consent is asked of the rows that the test gives", [
        "permit", ROW % ("c-1", "shown"), ROW % ("c-2", "hidden"), ROW % ("c-3", "hidden"), ROW % ("c-9", "hidden")], given=given)
    text += block("without rows nothing is known", [ROW % ("c-1", "hidden")])
    text += block("an empty table", [ROW % ("c-1", "hidden")], given=["table    consent { }"])
    text += block("holds", [
        'row { customer_id: "c-5", country: de, collected_at: 2020-03-01T00:00:00Z } withheld',
        'row { customer_id: "c-6", country: de, collected_at: 2020-03-01T00:00:00Z } erasable'],
        given=['table    legal-holds { "c-5" }'])
    path = project("given", text, alone=True)
    expect_run(["test", path, "--with", "persons/edict.yaml"], 0, "4 passed, 0 failed\n")
    # The federation's own data, where a test gives none: c-1 is held there or not as its file says.
    held = read("federal/holds.csv").split()[1]
    row = f'row {{ customer_id: "{held}", country: de, collected_at: 2020-03-01T00:00:00Z }}'
    path = project("own", RULES + block("own data", [row + " withheld"]) + block(
        "replaced", [row + " erasable"], given=["table legal-holds { }"]), alone=True)
    expect_run(["test", path, "--with", "persons/edict.yaml"], 0, "2 passed, 0 failed\n")


@test
def a_domain_gives_rows_of_federal_tables():
    sales_with_persons()
    shutil.copytree("persons", "persons-test")
    write("persons-test/more.edict", "module sales.more\n\n" + block("held", [
        'row { customer_id: "c-5", country: de, collected_at: 2020-03-01T00:00:00Z } withheld',
        'row { customer_id: "c-6", country: de, collected_at: 2020-03-01T00:00:00Z } erasable'],
        given=['table    legal-holds { "c-5" }']) + block("not known without them", [
            'row { customer_id: "c-6", country: de, collected_at: 2020-03-01T00:00:00Z } withheld']))
    expect_run(["test", "persons-test/edict.yaml"], 0, "2 passed, 0 failed\n")


@test
def keys_given_in_a_test():
    context = f"purpose: support, {NOW}"
    both = 'subject  { issuer: corp, id: "ana", roles: [analyst], purposes: [support], regions: [de] }'
    row = 'row { country: de, phone: "+49301234567", collected_at: 2026-03-01T00:00:00Z } shown { phone: %s }'

    def run(name, given, value, code=0):
        path = project(name, "module federal.more\n\nkey other\n\n" + block("k", [row % value], both, context, given=given))
        return expect_run(["test", path, "--with", "sales/edict.yaml", "--only", "k"], code, "passed")

    shown = run("key-none", [], '"x"', 1).stdout
    expect("got       phone: null" in shown, "without a key the mask is the bottom", shown)
    run("key-null", [], "null")
    shown = run("key-one", ['key      contact "a key"'], '"x"', 1).stdout
    found = re.search(r'got       phone: "([\w-]{22})"', shown)
    expect(found, "a pseudonym", shown)
    if found:
        run("key-same", ['key      federal.privacy.contact "a key"'], f'"{found.group(1)}"')
        run("key-another", ['key      contact "another key"'], f'"{found.group(1)}"', 1)
    run("key-other", ['key      other "a key"'], "null")
    # The test's keys are in the place of a keyring; without them the keyring counts.
    expect_run(["keygen", "keyring", "--name", "eu.example", "--out", "ring", "--seed", "07" * 32], 0)
    ringed = edict("test", "key-one/edict.yaml", "--with", "sales/edict.yaml", "--keyring", "ring").stdout
    expect(found and found.group(0) in ringed, "a keyring changes what a given key makes", ringed)
    ringed = edict("test", "key-none/edict.yaml", "--with", "sales/edict.yaml", "--keyring", "ring").stdout
    expect(re.search(r'got       phone: "[\w-]{22}"', ringed) and found.group(0) not in ringed, "the keyring", ringed)


@test
def refusals_that_no_rule_makes():
    text = "module federal.more\n\n"
    text += block("context", ["deny by edict.context"], context=f"porpose: support, {NOW}")
    text += block("action", ["deny by edict.action"], ask="access orders")
    text += block("column", ["deny by edict.column", "deny"], ask="read orders columns phone, nothing")
    text += block("expiry", ["deny by edict.bundle-expiry"], context="now: 2200-01-01T00:00:00Z")
    text += block("early", ["deny by edict.bundle-not-yet"], context="now: 2000-01-01T00:00:00Z")
    text += block("default", ["deny by edict.default-deny"], ask="unmask orders")
    path = project("refusals", text)
    expect_run(["test", path, "--with", "sales/edict.yaml"], 0, "7 passed, 0 failed\n")
    path = project("not-refused", "module federal.more\n\n" + block("c", ["deny by edict.context"]))
    expect_run(["test", path, "--with", "sales/edict.yaml"], 1, "expected  deny by edict.context\n      got       permit")


# ---- coverage ----

@test
def coverage_is_counted():
    words = ["test", "given/edict.yaml", "--with", "persons/edict.yaml"]
    r = expect_run([*words, "--coverage"], 0, "outcomes seen")
    golden("testing/coverage.txt", r.stdout)
    found = re.search(r"^(\d+) of (\d+) outcomes seen, (\d+)%", r.stdout, re.M)
    percent = int(found.group(3))
    expect(percent == int(found.group(1)) * 100 // int(found.group(2)), "percent", r.stdout)
    serial = edict(*words, "--coverage", "--jobs", "1").stdout
    for jobs in ("2", "7", "256"):
        expect(edict(*words, "--coverage", "--jobs", jobs).stdout == serial, f"--jobs {jobs} counts otherwise")
    expect_run([*words, "--coverage-min", str(percent)], 0, "passed")
    expect_run([*words, "--coverage-min", str(percent + 1)], 1, "passed", f"less than {percent + 1} percent")
    for wrong in ("", "101", "-1", "x", "1.5", "00001"):
        expect_run([*words, "--coverage-min", wrong], 2, None, "takes a whole number from 0 to 100")
    expect_run([*words, "--coverage", "--format", "tap"], 2, None, "--coverage as a table goes with")


SPLIT = """module federal.split

attributes context { a?: int  b?: int }

rule both
  forbid  read
  when    context.a == 1
  unless  context.b == 1

rule neither
  forbid  read
  when    context.a == 1 and not context.b == 1

rule late
  forbid  read
  unless  context.b == 1

"""


def table_rows(text, rule):
    """The counts of each part of a rule: {"when": (yes, no, unknown)}."""
    found = re.search(rf"^  {re.escape(rule)}  .*\n((?:    .*\n)*)", text, re.M)
    rows = re.findall(r"^    (\S+(?: \d+)?) +line \d+ +(\S+) +(\S+) +(\S+)$", found.group(1) if found else "", re.M)
    return {part: tuple(0 if c == "-" else int(c.strip("!")) for c in counts) for part, *counts in rows}


@test
def when_and_unless_are_told_apart():
    cases = [(a, b) for a in (None, 0, 1) for b in (None, 0, 1)]
    text = SPLIT
    for number, (a, b) in enumerate(cases):
        given = "".join(f", {name}: {value}" for name, value in (("a", a), ("b", b)) if value is not None)
        text += block(f"case {number}", ["deny" if not (b == 1) else "permit"], context=f"purpose: support, {NOW}{given}")
    path = project("split", text, alone=True)
    r = expect_run(["test", path, "--with", "sales/edict.yaml", "--coverage"], 0, "9 passed, 0 failed")
    both, neither, late = (table_rows(r.stdout, f"federal.split.{name}") for name in ("both", "neither", "late"))
    # `when` is asked in all nine decisions, `unless` where it was not definitely false.
    expect(both["when"] == (3, 3, 3), "when", both)
    expect(both["unless"] == (2, 2, 2), "unless", both)
    expect(both["applies"] == (1, 5, 3), "applies", both)
    expect(set(neither) == {"applies", "when"} and neither["when"] == (1, 5, 3), "a condition in one", neither)
    expect(set(late) == {"applies", "unless"} and late["unless"] == (3, 3, 3), "unless alone", late)


LEAVES = """module federal.leaves

attributes context { a?: int  b?: int }

table odd (n: int) complete

define small(n: int) = n < 1
                       or n != 1   # and so on

rule leaves
  forbid  read
  when    context.a != 1 or (context.b == 1 and not context.a is set)
  unless  small(context.b) and (context.a is set and context.b not in odd)

"""


def kleene(tree, world, into):
    """The answer of a tree, with the comparisons that it takes counted: {number: [yes, no, unknown]}."""
    if tree[0] == "not":
        inner = kleene(tree[1], world, into)
        return None if inner is None else not inner
    if tree[0] in ("and", "or"):
        decides = tree[0] == "or"
        left = kleene(tree[1], world, into)
        if left is decides:
            return left
        right = kleene(tree[2], world, into)
        return right if right is decides else None if None in (left, right) else right
    number, ask = tree
    answer = ask(*world)
    into.setdefault(number, [0, 0, 0])[{True: 0, False: 1, None: 2}[answer]] += 1
    return answer


def leaf_rows(text, part):
    """The comparisons below a part: {number: (counts, text)}."""
    found = re.search(rf"^    {part} .*\n((?:      .*\n)*)", text, re.M)
    rows = re.findall(r"^      (\d+) +line (\d+) +(\S+) +(\S+) +(\S+)  (.*)$", found.group(1) if found else "", re.M)
    return {int(n): ([0 if c == "-" else int(c.strip("!")) for c in counts], line, said) for n, line, *counts, said in rows}


@test
def each_comparison_is_counted():
    known = (lambda x, f: None if x is None else f(x))
    when = ("or", (1, lambda a, b: known(a, lambda x: x != 1)),
            ("and", (2, lambda a, b: known(b, lambda x: x == 1)), ("not", (3, lambda a, b: a is not None))))
    unless = ("and", ("or", (1, lambda a, b: known(b, lambda x: x < 1)), (2, lambda a, b: known(b, lambda x: x != 1))),
              ("and", (3, lambda a, b: a is not None), (4, lambda a, b: known(b, lambda x: x not in (1, 3)))))
    worlds = [(a, b) for a in (None, 0, 1) for b in (None, 0, 1, 2, 3)]
    text, seen_when, seen_unless = LEAVES, {}, {}
    for number, (a, b) in enumerate(worlds):
        given = "".join(f", {name}: {value}" for name, value in (("a", a), ("b", b)) if value is not None)
        first = kleene(when, (a, b), seen_when)
        second = None if first is False else kleene(unless, (a, b), seen_unless)
        effect = "permit" if first is False or second is True else "deny"
        text += block(f"case {number}", [effect], context=f"purpose: support, {NOW}{given}", given=["table    odd { 1 3 }"])
    path = project("leaves", text, alone=True)
    r = expect_run(["test", path, "--with", "sales/edict.yaml", "--coverage"], 0, f"{len(worlds)} passed, 0 failed")
    for part, seen in (("when", seen_when), ("unless", seen_unless)):
        rows = leaf_rows(r.stdout, part)
        expect({n: row[0] for n, row in rows.items()} == seen, part, seen, r.stdout)
    said = [row[2] for part in ("when", "unless") for row in leaf_rows(r.stdout, part).values()]
    expect(said == ["context.a != 1", "context.b == 1", "context.a is set", "n < 1", "n != 1", "context.a is set",
                    "context.b not in odd"], "as it is written", said)
    lines = [row[1] for row in leaf_rows(r.stdout, "unless").values()]
    expect(len(set(lines)) == 1, "a definition's comparisons stand where the rule names it", lines)


@test
def rules_in_shadow_are_measured_as_far_as_they_are_asked():
    text = ("module federal.shade\n\nattributes context { a?: int }\n\nshadow rule dark\n  show only rows\n"
            "  where   row[geo.country] in subject.regions\n  when    context.a == 1\n\nrule lit\n  forbid  read\n"
            "  when    context.a == 2\n\n")
    for a in (1, 2):
        text += block(f"a is {a}", ["permit" if a == 1 else "deny"], context=f"purpose: support, {NOW}, a: {a}")
    path = project("shade", text, alone=True)
    r = expect_run(["test", path, "--with", "sales/edict.yaml", "--coverage"], 0, "2 passed, 0 failed")
    dark = table_rows(r.stdout, "federal.shade.dark")
    expect(dark["when"] == (1, 1, 0) and dark["where"] == (0, 0, 0), "a rule in shadow", dark)
    expect(re.search(r"where +line \d+ +- +- +-\n", r.stdout), "what is not asked is not missed", r.stdout)


def records(text):
    """Tracefile -> list of {key: [values]}, each ended by end_of_record."""
    out, now = [], {}
    for line in text.splitlines():
        if line == "end_of_record":
            out.append(now)
            now = {}
            continue
        key, _, value = line.partition(":")
        now.setdefault(key, []).append(value)
    expect(not now, "a record does not end", now)
    return out


@test
def coverage_for_lcov():
    words = ["test", "given/edict.yaml", "--with", "persons/edict.yaml"]
    expect_run([*words, "--coverage=lcov", "cover.info"], 0, "4 passed, 0 failed\n")
    expect_run([*words, "--format", "tap", "--coverage=lcov", "tap.info"], 0, "TAP version 13")
    text = read("cover.info")
    expect(text == read("tap.info"), "it depends on the format")
    total = re.search(r"^(\d+) of (\d+) outcomes", edict(*words, "--coverage").stdout, re.M)
    found = hit = 0
    for record in records(text):
        expect(set(record) == {"TN", "SF", "FN", "FNDA", "FNF", "FNH", "BRDA", "BRF", "BRH", "DA", "LF", "LH"}, "keys", record)
        source = record["SF"][0]
        expect(os.path.exists(source), f"{source} is not there")
        lines = read(source).count("\n") + 1
        names = [value.split(",")[1] for value in record["FN"]]
        expect(sorted(names) == sorted(value.split(",")[1] for value in record["FNDA"]), "functions")
        expect(len(names) == int(record["FNF"][0]), "FNF")
        called = [value for value in record["FNDA"] if int(value.split(",")[0]) > 0]
        expect(len(called) == int(record["FNH"][0]), "FNH")
        branches = [value.split(",") for value in record["BRDA"]]
        expect(all(re.fullmatch(r"\d+", b[3]) or b[3] == "-" for b in branches), "BRDA", branches)
        expect(len({tuple(b[:3]) for b in branches}) == len(branches), "a branch is there twice")
        expect(len(branches) == int(record["BRF"][0]), "BRF")
        taken = [b for b in branches if b[3] not in ("0", "-")]
        expect(len(taken) == int(record["BRH"][0]), "BRH")
        data = [tuple(map(int, value.split(","))) for value in record["DA"]]
        expect(len({line for line, _ in data}) == len(data) == int(record["LF"][0]), "LF")
        expect(sum(count > 0 for _, count in data) == int(record["LH"][0]), "LH")
        expect(all(1 <= line <= lines for line, _ in data), "a line outside of the file")
        expect({int(b[0]) for b in branches} <= {line for line, _ in data}, "a branch on no line")
        found, hit = found + len(branches), hit + len(taken)
    expect(total and (hit, found) == (int(total.group(1)), int(total.group(2))), "lcov and the table differ", found, hit)
    for wrong in (["--coverage=lcov"], ["--coverage=html", "x"], ["--coverage=", "x"]):
        expect_run([*words, *wrong], 2, None, "--coverage stands alone, or as --coverage=lcov FILE")
    expect_run([*words, "--coverage=lcov", "no/such/folder"], 3, "passed", "error[R08")


@test
def genhtml_takes_it():
    if not shutil.which("genhtml"):
        expect("SF:given/" in read("cover.info"), "there is no tracefile")
        print("# genhtml is not here; the form was checked above")
        return
    done = subprocess.run(["genhtml", "--branch-coverage", "--quiet", "-o", "html", "cover.info"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8")
    expect(done.returncode == 0 and os.path.exists("html/index.html"), "genhtml refuses it", done.stdout)


# ---- forms of the output ----

FAIL = ["test", "failing/edict.yaml", "--with", "sales/edict.yaml"]
TITLES = ["what is not so", 'nobody permits this <&> # \\ "quoted"', "support sees the last four digits"]


@test
def json_lines():
    r = expect_run([*FAIL, "--format", "json"], 1, '"passed": 1')
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    expect([line["test"] for line in lines[:-1]] == TITLES, "titles", lines)
    expect(lines[-1] == {"project": "eu.example", "passed": 1, "failed": 2}, "summary", lines[-1])
    keys = {"test", "file", "line", "result", "decision", "failures", "reasons"}
    expect(all(set(line) == keys for line in lines[:-1]), "keys", lines)
    first = lines[0]
    expect(first["result"] == "failed" and first["decision"] == "permit" and first["file"] == "more.edict", "first", first)
    expect(first["failures"][0] == {"line": 8, "text": "expect deny", "expected": "deny", "got": "permit", "notes": []},
           "a failure", first["failures"][0])
    expect(set(first["reasons"][0]) == {"rule", "effect", "holds", "because", "at", "unknown", "note"}, "a reason", first)
    expect(lines[2]["failures"] == [] and lines[2]["result"] == "passed", "one that passed", lines[2])
    unknown = [reason for reason in lines[1]["reasons"] if reason["holds"] == "unknown"]
    expect(unknown and "subject.roles" in unknown[0]["unknown"], "what was unknown", lines[1])


def yaml(lines):
    """The YAML that TAP needs: maps and lists by indentation, scalars that JSON can read."""
    def value(text):
        return json.loads(text) if text[:1] in '"0123456789' else text

    def node(at, indent):
        items, is_list = None, lines[at].lstrip().startswith("- ")
        items = [] if is_list else {}
        while at < len(lines) and len(lines[at]) - len(lines[at].lstrip()) == indent:
            body = lines[at].lstrip()
            if is_list:
                body = body[2:]
                if body.startswith('"'):
                    items.append(value(body))
                    at += 1
                else:
                    lines[at] = " " * (indent + 2) + body
                    inner, at = node(at, indent + 2)
                    items.append(inner)
                continue
            key, _, rest = body.partition(":")
            if rest.strip():
                items[key] = value(rest.strip())
                at += 1
            else:
                inner = len(lines[at + 1]) - len(lines[at + 1].lstrip())
                items[key], at = node(at + 1, inner)
        return items, at

    return node(0, len(lines[0]) - len(lines[0].lstrip()))[0]


@test
def tap():
    r = expect_run([*FAIL, "--format", "tap"], 1, "TAP version 13\n1..3\n")
    lines = r.stdout.splitlines()
    points = [line for line in lines[2:] if re.match(r"(not )?ok ", line)]
    expect(points == ["not ok 1 - what is not so", 'not ok 2 - nobody permits this <&> \\# \\\\ "quoted"',
                      "ok 3 - support sees the last four digits"], "points", points)
    begin, end = lines.index("  ---"), lines.index("  ...")
    diagnostics = yaml(lines[begin + 1:end])
    expect(diagnostics["at"] == {"file": "more.edict", "line": 3} and diagnostics["decision"] == "permit", "at", diagnostics)
    expect(diagnostics["failures"][0]["got"] == "permit", "failures", diagnostics)
    expect(lines.count("  ---") == lines.count("  ...") == 2, "a block does not end")


@test
def junit():
    r = expect_run([*FAIL, "--format", "junit"], 1, '<?xml version="1.0" encoding="UTF-8"?>')
    expect(not junit_errors(r.stdout), "what the schema says", junit_errors(r.stdout))
    expect([suite.get("file") for suite in xml.fromstring(r.stdout)] == ["more.edict", "privacy.edict"], "where they stand")
    passing = edict("test", "sales/edict.yaml", "--format", "junit").stdout
    expect(not junit_errors(passing), "of a project without tests", passing)
    root = xml.fromstring(r.stdout)
    expect(root.tag == "testsuites" and root.get("tests") == "3" and root.get("failures") == "2", "root", root.attrib)
    expect([suite.get("name") for suite in root] == ["more.edict", "privacy.edict"], "suites")
    expect([case.get("name") for case in root.iter("testcase")] == TITLES, "titles")
    expect(len(list(root.iter("failure"))) == 2, "failures")
    expect("expected  show-last(3)" in next(root.iter("failure")).text, "details")


@test
def sarif():
    r = edict(*FAIL, "--format", "sarif")
    log = json.loads(r.stdout)
    expect(r.returncode == 1 and r.stderr == "", "one document", r.stderr)
    expect(not sarif_schema.validate(log), "valid", sarif_schema.validate(log))
    run = log["runs"][0]
    expect([rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E0345"], "the rule")
    expect(run["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == "an expectation of a test that is not met", "its page")
    expect(run["invocations"][0]["exitCode"] == 1 and run["invocations"][0]["executionSuccessful"], "the run")
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    expect({place["artifactLocation"]["uri"] for place in places} == {"more.edict"}, "files", places)
    lines = [int(line) for line in re.findall(r"^  more\.edict:(\d+)  expect", edict(*FAIL).stdout, re.M)]
    expect([place["region"]["startLine"] for place in places] == lines, "lines", places, lines)
    text = run["results"][0]["message"]["text"]
    expect(text.startswith("test `what is not so`: expected deny, got permit") and "the decision was permit" in text, "words", text)
    good = json.loads(edict(*FAIL, "--only", "support*", "--format", "sarif").stdout)
    expect(good["runs"][0]["results"] == [] and not sarif_schema.validate(good), "nothing failed", good)
    write("broken/edict.yaml", read("federal/edict.yaml"))
    write("broken/a.edict", "module federal.a\n\nrule a\n  forbid nothing\n")
    r = edict("test", "broken/edict.yaml", "--format", "sarif")
    expect(r.returncode == 1 and json.loads(r.stdout)["runs"][0]["results"], "findings of the rules", r.stdout, r.stderr)


@test
def nothing_breaks_a_form():
    title = 'a\u00e9\U0001F600 ]]> \\u{1} \\u{202e} \\n \\t & < \\" \' # \\\\ \\u{ffff} \\u{e0001}'
    text = f'module federal.more\n\ntest "{title}"\n' + block("x", ['row { country: de, phone: "\\u{1}\\u{85}\\n<]]>&" } shown'])[9:]
    path = project("hostile", text)
    words = ["test", path, "--with", "sales/edict.yaml", "--format"]
    for form in ("text", "json", "tap", "junit", "sarif"):
        r = edict(*words, form)
        expect(r.returncode == 1 and r.stdout, form, r.stdout, r.stderr)
        hidden = [c for c in r.stdout if c != "\n" and (ord(c) < 32 or ord(c) in (0x7F, 0x85, 0x202E, 0xE0001)
                  or (form == "junit" and ord(c) == 0xFFFF))]
        expect(not hidden, f"{form}: what cannot be seen", hidden)
    root = xml.fromstring(edict(*words, "junit").stdout or "<none/>")
    expect(not junit_errors(edict(*words, "junit").stdout), "what the schema says", junit_errors(edict(*words, "junit").stdout))
    expect(len(list(root.iter("testcase"))) == 2, "junit")
    expect(len([json.loads(line) for line in edict(*words, "json").stdout.splitlines()]) == 3, "json")
    lines = edict(*words, "tap").stdout.splitlines()
    expect(lines[1] == "1..2" and sum(bool(re.match(r"(not )?ok ", line)) for line in lines) == 2, "tap", lines)


# ---- which, how many, again ----

@test
def some_of_them():
    expect_run([*FAIL, "--only", "support*digits"], 0, "1 passed, 0 failed\n")
    expect_run([*FAIL, "--only", "what is not s?"], 1, "0 passed, 1 failed\n")
    expect_run([*FAIL, "--only", "*"], 1, "1 passed, 2 failed\n")
    expect_run([*FAIL, "--only", "nothing"], 2, None, "no test has a title such as `nothing`")
    expect_run(["test", "sales/edict.yaml"], 0, "0 passed, 0 failed\n", "the project has no `test` block")


@test
def many_at_once():
    text = "module federal.more\n\n"
    for number in range(300):
        given = [f'key contact "{number}"'] if number % 7 == 0 else []
        text += block(f"t{number}", ["permit" if number % 3 else "deny", "column phone show-last(4)"], given=given)
    path = project("many", text)
    words = ["test", path, "--with", "sales/edict.yaml"]
    for form in ("text", "json", "tap", "junit", "sarif"):
        serial = edict(*words, "--format", form, "--jobs", "1")
        expect(serial.returncode == 1 and "t299" in serial.stdout or form in ("text", "sarif"), form, serial.stderr)
        for jobs in ("2", "5", "64"):
            expect(edict(*words, "--format", form, "--jobs", jobs).stdout == serial.stdout, f"--jobs {jobs} --format {form}")
        expect(edict(*words, "--format", form).stdout == serial.stdout, f"as many as there are processors: {form}")
    for wrong in ("0", "257", "", "two", "-1", "1 "):
        expect_run([*words, "--jobs", wrong], 2, None, "--jobs takes a whole number from 1 to 256")


def wait_for(path, text, count):
    """Until `text` stands in the file `count` times."""
    for _ in range(200):
        if read(path).count(text) >= count:
            return True
        time.sleep(0.05)
    return False


@test
def watching():
    path = project("watched", "module federal.more\n\n" + block("w", ["permit"]))
    write("watched.out", "")
    with open("watched.out", "w", encoding="utf-8") as out:
        child = subprocess.Popen([EDICT, "test", path, "--with", "sales/edict.yaml", "--watch"], stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=subprocess.STDOUT)
    try:
        good = wait_for("watched.out", "watching", 1)
        expect(good and "2 passed, 0 failed" in read("watched.out"), "the first run", read("watched.out"))
        write("watched/more.edict", "module federal.more\n\n" + block("w", ["deny"]))
        expect(wait_for("watched.out", "watching", 2) and "1 passed, 1 failed" in read("watched.out"), "a change is not seen")
        write("watched/more.edict", "module federal.more\n\n" + block("w", ["dny"]))
        expect(wait_for("watched.out", "watching", 3) and "error[E0182]" in read("watched.out"), "a mistake ends it")
        write("watched/other.edict", "module federal.more\n\n" + block("v", ["permit"]))
        os.remove("watched/more.edict")
        expect(wait_for("watched.out", "watching", 4) and read("watched.out").count("2 passed, 0 failed") == 2, "a new file")
        write("sales/edict.yaml", read("sales/edict.yaml").replace("expires: 2027-11-20T00:00:00Z", "expires: 2026-11-20T09:00:00Z"))
        expect(wait_for("watched.out", "watching", 5) and "0 passed, 2 failed" in read("watched.out"), "a file of --with")
        expect(child.poll() is None, "it ended")
    finally:
        child.terminate()
        child.wait()
        shutil.copy(os.path.join(HERE, "tests/example/sales/edict.yaml"), "sales/edict.yaml")


@test
def exit_codes():
    expect_run(["test", "federal/edict.yaml", "--with", "nowhere"], 3, None, "`nowhere` cannot be read")
    expect_run(["test", "federal/edict.yaml", "--with", "failing/edict.yaml"], 2, None, "there is one federal project")
    expect_run(["test", "nowhere"], 3, None, "`nowhere` cannot be read")
    path = project("unreadable", "module federal.more\n\nrule a\n  permit reed\n")
    expect_run(["test", path], 1, None, "error[E0")


def set_up():
    shutil.copytree(os.path.join(HERE, "tests/example"), ".", dirs_exist_ok=True)
    os.mkdir("build")
    assert edict("build", "federal/edict.yaml", "--out", "build/federal.edb", "--tables", "build").returncode == 0


if __name__ == "__main__":
    sys.exit(main(set_up))
