#!/usr/bin/env python3
"""Mistakes: one gives one message, at its place, and a file with ten gives ten.

Good files are changed by the usual mistakes of people: each kind alone at every place where it can be made, and
many kinds together, a different one in each declaration. As many findings are expected as mistakes were made, each
on the line of its mistake, so that nothing that follows from one is told again and none hides another."""

import json
import os
import random
import re
import shutil
import subprocess
import sys

HERE = os.getcwd()
EDICT = os.path.join(os.environ.get("EDICT_BUILD", os.path.join(HERE, "build")), "edict")
FOLDER = os.path.join(os.environ["TMPDIR"], "mistakes")
results = {True: 0, False: 0}

# name: what is looked for, what it becomes, and the codes that may tell it. Group 1, if there is one, is what is changed.
MISTAKES = {
    "a misspelt tag": (r"(?:tagged|holding) +([a-z.]+[a-z])(?=[\s,])", r"\1q", "E0204"),
    "a misspelt role": (r"subject\.roles has ([a-z-]+)", r"\1x", "E0204"),
    "a misspelt purpose": (r"purpose is ([a-z-]+)", r"\1x", "E0204"),
    "a misspelt level": (r"classified <= ([a-z]+)", r"\1x", "E0204"),
    "a misspelt attribute": (r"(?:subject|dataset)\.([a-z]+)(?= (?:has|is set|<=))", r"\1x", "E0203"),
    "a misspelt clause": (r"^  (because)", "becuase", "E0130"),
    "another misspelt clause": (r"^  (unless)", "unles", "E0130"),
    "a misspelt effect": (r"^  (permit|forbid) ", r"\1d", "E0130 E0133"),
    "a misspelt rule": (r"^(rule) ", "ruel", "E0122"),
    "a quote that is missing": (r'^  because "[^"\n]*(")$', "", "E0104"),
    "a number for a node": (r"subject\.roles has ([a-z-]+)", "3", "E0210"),
    "an unknown transform": (r"with +(null|show-last|pseudonym|date-trunc|const)", r"\1y", "E0217"),
    "an operator of another language": (r" (or|and) (?!dataset)", None, "E0110"),
    "an assignment": (r" (==) ", "=", "E0153"),
    "a misspelt operator": (r" (has|overlaps|covers) ", "haz", "E0162"),
    "a unit that is missing": (r"\d+ (months|days|years)(?= after)", "", "E0154"),
    "a misspelt unit": (r"\d+ (months|days|years)(?= after)", "monts", "E0154"),
    "a date that is none": (r"^  until +(\d{4}-\d\d-\d\d)", "2027-02-30", "E0108"),
    "a table that is not there": (r" in (legal-holds|consent)", r"\1s", "E0207"),
    "a cell of no tag": (r"row\[([a-z.]+)\]", r"\1x", "E0204"),
    "a comment of C": (r"^  (because) ", "// because", "E0130 E0123 E0126 E0110 E0100 E0162"),
    "an action that there is not": (r"^  (?:permit|forbid) +(read|access|export)$", r"\1x", "E0204"),
    "a key that is not there": (r"pseudonym\(([a-z-]+)\)", r"\1x", "E0207"),
    "nothing after because": (r'^  because( "[^"\n]*")$', "", "E0123"),
    "a condition without its value": (r"purpose is( [a-z-]+)$", "", "E0152"),
    "a semicolon at the end": (r'^  because "[^"\n]*"()$', ";", "E0126 E0100"),
    "an effect of another language": (r"^  (permit) ", "allow", "E0130"),
    "another effect of another language": (r"^  (forbid) ", "deny", "E0130"),
    "a clause of another language": (r"^  (unless) ", "except", "E0130"),
    "another clause of another language": (r"^  (?:permit|forbid) .*\n(?:  on .*\n)?  (when) ", "if", "E0130"),
    "a comparison turned round": (r"classified (<=) ", "=<", "E0110"),
    "a comment of C at the end": (r"^  (?:permit|forbid) +(?:read|access|export)()$", ' // don\'t say "no', "E0162"),
    "a brace": (r"^rule [a-z-]+()$", " {", "E0126"),
    "a colon": (r"^rule [a-z-]+()$", ":", "E0126"),
    "a set that is compared": (r"subject\.roles (has) ", "==", "E0210"),
    "a member in quotes": (r"subject\.roles has ([a-z-]+)", '"analyst"', "E0210"),
    "an attribute of nobody": (r" (subject)\.roles has", "user", "E0204"),
    "a blank of another kind": (r'^  because( )"', "\u00a0", "E0100"),
    "a unit in short": (r"(\d+ months)(?= after)", "90d", "E0107"),
    "another word for a target": (r"^  on      dataset (holding) ", "with", "E0157"),
    "a reason without quotes": (r'^  because ("[^"\n]*")$', "Standard", "E0123"),
    "quotes of another kind": (r'^  because ("[^"\n]*")$', "\u201cStandard 1\u201d", "E0100"),
    "a name for a condition": (r"subject\.roles has [a-z-]+()$", " or analyst", "E0213 E0150"),
    "a unit without its blank": (r"(\d+ (?:months|days|years))(?= after)", "24months", "E0107"),
    "because above its clause": (None, None, "E0132"),
}


def report(name, good, *lines):
    results[bool(good)] += 1
    if good:
        return
    for text in lines:
        for line in str(text).splitlines():
            print(f"# {line[:300]}")
    print(f"not ok {name}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Edit:
    """One mistake: bytes begin..end become text; told on one of `lines` of the changed file, which has as many lines."""

    def __init__(self, name, begin, end, text, lines):
        self.name, self.begin, self.end, self.text, self.lines = name, begin, end, text, lines


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def places(text, name):
    pattern, becomes, _ = MISTAKES[name]
    if pattern is None:
        # The line above `because` and that line change places.
        for match in re.finditer(r'^(  (?:when|unless|on|until) .*\n)(  because .*\n)', text, re.M):
            line = line_of(text, match.start())
            yield Edit(name, match.start(), match.end(), match.group(2) + match.group(1), {line, line + 1})
        return
    for match in re.finditer(pattern, text, re.M):
        old = match.group(1)
        new = {"or": "||", "and": "&&"}[old] if becomes is None else becomes.replace(r"\1", old)
        line = line_of(text, match.start(1))
        yield Edit(name, match.start(1), match.end(1), new, {line})


def apply(text, edits):
    for edit in sorted(edits, key=lambda e: -e.begin):
        text = text[:edit.begin] + edit.text + text[edit.end:]
    return text


def findings(project, path):
    done = subprocess.run([EDICT, "check", project, "--format", "json"], cwd=FOLDER, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    return [json.loads(line) for line in done.stderr.splitlines()], done.stderr


mended = {}


def offset_of(text, line, column):
    lines = text.split("\n")
    return sum(len(one) + 1 for one in lines[:line - 1]) + column - 1


def mend(what, project, path, changed, finding):
    """A fix that is safe is one that a tool applies: afterwards nothing is found."""
    fix = finding["fix"] or {}
    if not fix.get("safe") or fix.get("replace") is None or len([l for l in finding["labels"] if l["primary"]]) != 1:
        return
    begin, end = offset_of(changed, finding["line"], finding["column"]), offset_of(changed, finding["end_line"], finding["end_column"])
    write(os.path.join(FOLDER, path), changed[:begin] + fix["replace"] + changed[end:])
    left, said = findings(project, path)
    mended[finding["code"]] = mended.get(finding["code"], 0) + 1
    report(f"{path}: {what}, mended with {fix['replace']!r}", not [f for f in left if f["severity"] == "error"], said)


def expect(what, project, path, text, edits):
    changed = apply(text, edits)
    write(os.path.join(FOLDER, path), changed)
    found, said = findings(project, path)
    if len(edits) == 1 and len(found) == 1:
        mend(what, project, path, changed, found[0])
    write(os.path.join(FOLDER, path), text)
    file = os.path.basename(path)
    good = len(found) == len(edits) and all((f["fix"] or {}).get("replace") is not None for f in found if (f["fix"] or {}).get("safe"))
    for edit in edits:
        hits = [f for f in found if f["file"] == file and f["line"] in edit.lines]
        good = good and len(hits) == 1 and hits[0]["code"] in MISTAKES[edit.name][2].split()
    lines = changed.split("\n")
    report(f"{path}: {what}", good, *[f"{e.name}, line {min(e.lines)}: {lines[min(e.lines) - 1]}" for e in edits],
           *[f"{f['file']}:{f['line']} {f['code']} {f['message']}" for f in found])


def declarations(text):
    """Where each rule begins and ends; a blank line ends it."""
    return [(m.start(), m.end()) for m in re.finditer(r"^rule .*\n(?:.+\n)*", text, re.M)]


def within(edits, span):
    return [e for e in edits if span[0] <= e.begin and e.end <= span[1]]


def apart(edits):
    """One edit a line at most, and none in the tests of rules."""
    taken, kept = set(), []
    for edit in edits:
        if not taken & edit.lines:
            taken |= edit.lines
            kept.append(edit)
    return kept


def test_each_kind(project, path, text, spans, used):
    for name in MISTAKES:
        edits = [e for span in spans for e in within(list(places(text, name)), span)]
        if not edits:
            continue
        used.add(name)
        for edit in edits[:6]:
            expect(f"{name} alone", project, path, text, [edit])
        # Of one declaration, what follows a mistake of grammar is told when that is mended: one in each.
        firsts = [(within(edits, span) or [None])[0] for span in spans]
        together = apart([e for e in firsts if e])
        if len(together) > 1:
            expect(f"{name}, {len(together)} times", project, path, text, together)


def test_many_kinds(project, path, text, spans):
    chance = random.Random(path)
    by_name = {name: list(places(text, name)) for name in MISTAKES}
    for _ in range(12):
        names, edits = list(MISTAKES), []
        for span in spans:
            chance.shuffle(names)
            pick = next(((n, within(by_name[n], span)) for n in names if within(by_name[n], span)), None)
            if pick:
                edits.append(chance.choice(pick[1]))
                names.remove(pick[0])
        if len(edits) > 1:
            expect(f"{len(edits)} kinds together", project, path, text, edits)


def test_ten(used):
    """A file of ten rules: each kind once in each rule, and ten kinds together."""
    rules = [f'rule r{i}\n  forbid  read\n  on      dataset holding pii.email\n  when    subject.roles has analyst and context.channel == "web"\n'
             f'  because "law {i}"\n' for i in range(10)]
    text = "module federal.ten\n\n" + "\n".join(rules)
    path = "federal/ten.edict"
    kinds = ["a misspelt tag", "a misspelt role", "a misspelt attribute", "a misspelt clause", "a misspelt effect",
             "a misspelt rule", "a quote that is missing", "a misspelt operator", "a number for a node",
             "because above its clause"]
    spans = declarations(text)
    edits = [within(list(places(text, kind)), span)[0] for kind, span in zip(kinds, spans)]
    expect("ten mistakes", "federal/edict.yaml", path, text, edits)
    test_each_kind("federal/edict.yaml", path, text, spans, used)
    test_many_kinds("federal/edict.yaml", path, text, spans)
    os.remove(os.path.join(FOLDER, path))


# What a newcomer writes that every tool can mend, and what it becomes.
SAFE = [
    ("taxonomy tag { vip.a, vip.b, vip.c }", "taxonomy tag { vip.a vip.b vip.c }"),
    ("RULE x\n  FORBID read;\n  When subject.roles HAS analyst AND purpose is support;", "rule x\n  forbid read\n  when subject.roles has analyst and purpose is support"),
    ("rule x\n  forbid read\n  because 'it''s so'", 'rule x\n  forbid read\n  because "it\'s so"'),
    ("attributes context { one?: int, two?: string }", "attributes context { one?: int two?: string }"),
    ('taxonomy tag { vip.a: string "A, b: \\"c\\"" vip.b }', 'taxonomy tag { vip.a "A, b: \\"c\\"": string vip.b }'),
    ('taxonomy tag { vip.a  :  id<person> "A" { vip.b } }', 'taxonomy tag { vip.a   "A":  id<person> { vip.b } }'),
    ("rule x\n  mask column tagged pii.email\n    with null   otherwise", "rule x\n  mask column tagged pii.email\n    with null"),
    ("rule x\n  mask column tagged pii.email\n    with show-last(4) otherwise # all\n", "rule x\n  mask column tagged pii.email\n    with show-last(4) # all\n"),
    ("rule x\n  forbid read\n  when context.score>1_000 && 'a' == context.channel", 'rule x\n  forbid read\n  when context.score>1000 and "a" == context.channel'),
]
# What a tool can mend, but asks first, for somebody's words would be gone; and what it would write there.
SUGGESTED = [
    ('taxonomy season "When" { spring autumn }\nattributes context { when?: season }\nrule x\n  forbid read\n  when context.when is spring', ""),
    ('taxonomy season "When"{ spring autumn }\nattributes context { when?: season }\nrule x\n  forbid read\n  when context.when is spring', ""),
    ('taxonomy season"When"{ spring autumn }\nattributes context { when?: season }\nrule x\n  forbid read\n  when context.when is spring', " "),
]
# Said in the same words, and mended by hand: the tool would have to write over lines.
BY_HAND = [
    "rule x\n  mask column tagged pii.email\n    with null\n    otherwise",
    'taxonomy tag { vip.a: string\n  "A" }',
    'taxonomy tag { vip.a "A": string "A" }',
]


# What people write who come from another language, each one mistake: its code, and of its fix some words.
NEWCOMERS = [
    ('package policies\ndefault allow = false\nallow { input.roles[_] == "analyst"; true }', "E0122", "module federal.NAME"),
    ('permit (\n  principal in Role::"analyst",\n  resource\n) when { resource.owner == principal };', "E0122", "rule NAME"),
    ("GRANT SELECT ON orders TO 'ana';\nREVOKE ALL;", "E0122", "rule NAME"),
    ("def allow(user): return 'a' in user.roles", "E0122", "let NAME"),
    ("class Role { }", "E0122", "taxonomy KIND"),
    ("rule r\n  permit read\n  on dataset.classification <= internal", "E0155", "dataset classified <= internal"),
    ('rule r\n  permit read\n  on dataset.name == "orders"', "E0155", 'dataset named "orders"'),
    ("rule r\n  permit read\n  on orders", "E0155", 'dataset named "orders"'),
    ("rule r\n  delete rows after 24 months", "E0130", "then erase"),
    ("rule r\n  retain at most 24 months", "E0123", "after row[TAG]"),
    ("rule r\n  mask column tagged pii\n    with null for subject.roles has analyst", "E0162", "write `if`"),
    ("rule r\n  mask column tagged pii\n    with md5", "E0217", "pseudonym(KEY)"),
    ("rule r\n  show only rows\n  where geo.country in subject.regions", "E0204", "row[geo.country]"),
    ("rule r\n  forbid read\n  when hour(now) < 8", "E0207", "time-of-day(now)"),
    ('rule r\n  forbid read\n  when startswith(context.channel, "a")', "E0207", "starts-with"),
    ('rule r\n  forbid read\n  when "analyst" in subject.roles', "E0210", "subject.roles has analyst"),
    ('rule r\n  forbid read\n  when now > "2026-01-01"', "E0210", "2026-01-01"),
    ("rule r\n  forbid read\n  when weekday(now) in [monday, tuesday]", "E0204", "1 for Monday"),
    ("rule r\n  forbid read\n  when purpose is support\n  when subject.roles has analyst", "E0131", "with `and`"),
    ("rule r\n  forbid all", "E0204", "write `access`"),
    ("rule r\n  forbid write", "E0204", "taxonomy action { write }"),
    ("rule r\n  forbid read columns email", "E0162", "mask column tagged TAG"),
    ("rule r\n  forbid read\n  because 'it''s so'", "E0100", 'write "..."'),
    ("rule r\n  show only groups of 5 row[pii.email]", "E0123", "of at least 5"),
    ("rule r\n  mask column tagged pii.email\n    with const(null)", "E0218", "with null"),
    ('rule r\n  mask column tagged pii.email\n    with regex("[a-z]", "x")', "E0218", "/[a-z]/"),
    ("table blocked (place: region)\nrule r\n  show only rows\n  where blocked has row[geo.country]", "E0204", "key in blocked"),
    ("rule r\n  forbid read\n  on dataset holding pii)", "E0126", "no `(` opens it"),
    ('issuer club "https://c.example"\n  audience "mesh"\n  keys from host\n  algorithms ES-256', "E0221", "ES256"),
    ('issuer club "https://c.example"\n  audience "mesh"\n  keys from host\n  algorithms ES256\n  roles from "roles"', "E0171", "subject.NAME"),
    ("rule r\n  forbid read\n  when purpose is [support, marketing]", "E0210", "purpose in [...]"),
    ("rule r\n  forbid read\n  when subject.roles in [analyst]", "E0210", "subject.roles overlaps"),
    ("rule r\n  mask column tagged pii with null if subject.roles has analyst else keep", "E0162", "otherwise"),
    ("rule r\n  mask column tagged pii\n    with null if subject.roles has analyst\n    otherwise keep", "E0130", "with null otherwise"),
    ("rule r\n  forbid read\n  from 2026-01-01 to 2026-12-31", "E0162", "write `until`"),
    ("rule r\n  forbid read\n  until forever", "E0138", "further notice"),
    ("rule r\n  forbid read\n  when now is weekend", "E0204", "Saturday"),
    ("- rule: a\n  forbid: read", "E0122", "rule NAME"),
    ("taxonomy season: [ spring autumn ]", "E0123", "in braces"),
    ("taxonomy season {\n  - spring\n  - autumn\n}", "E0124", "{ a b }"),
]


# The same of a contract and of edict.yaml: what is replaced, by what.
YAML = [
    ("sales/orders.odcs.yaml", r"(?m)^  - name", "\t- name", "E0401", "no tabs"),
    ("sales/orders.odcs.yaml", r"status: active", "status active", "E0401", "key: value"),
    ("sales/orders.odcs.yaml", r"logicalType: string", "logicalType: varchar", "W0401", "string"),
    ("sales/orders.odcs.yaml", r"logicalType: timestamp", "logicalType: datetime", "W0401", "timestamp"),
    ("sales/orders.odcs.yaml", r"customProperties:\n(?:      - .*\n)+", "customProperties: { classification: internal }\n", "E0423", "{ property: NAME, value: VALUE }"),
    ("sales/edict.yaml", r"layer: domain", "layer: domian", "E0506", "domain"),
    ("sales/edict.yaml", r"(?m)^domain: sales", "domain: sals", "E0308", "sales"),
    ("sales/edict.yaml", r"expires: .*", "expires: 2030-01-01", "E0509", "2030-01-01T00:00:00Z"),
]


def test_places():
    """What is missing is missing where the line ends, not on the next one."""
    path, project = "federal/newcomer.edict", "federal/edict.yaml"
    for text, line, column in (("rule r\n  show only groups of at least 5\n", 4, 33), ("rule r\n  forbid read\n  on not (dataset holding pii\n", 5, 30),
                               ('test "t"\n  product sales.orders\n  subject { issuer: host, id: "a" }\n  context { now: 2026-11-20T10:00:00Z }\n'
                                "  ask orders\n  expect permit\n", 7, 13)):
        write(os.path.join(FOLDER, path), "module federal.newcomer\n\n" + text)
        found, said = findings(project, path)
        report(f"place: {text!r}", len(found) == 1 and (found[0]["line"], found[0]["column"]) == (line, column), said)
    os.remove(os.path.join(FOLDER, path))


def test_yaml():
    for path, pattern, becomes, code, words in YAML:
        text = read(os.path.join(FOLDER, path))
        changed, count = re.subn(pattern, becomes, text, count=1)
        write(os.path.join(FOLDER, path), changed)
        found, said = findings("sales/edict.yaml", path)
        good = count == 1 and len([f for f in found if f["severity"] != "note"]) >= 1
        found.sort(key=lambda f: f["code"] != code)
        first = found[0] if found else {"code": None, "fix": None}
        # Tests that give a cell of a column which has none are told as well.
        alone = all(f["code"] in (code, "E0802") for f in found if f["severity"] in ("error", "warning"))
        report(f"{path}: {pattern} -> {becomes!r}", good and alone and first["code"] == code and words in (first["fix"] or {}).get("text", ""), said)
        write(os.path.join(FOLDER, path), text)


def test_newcomers():
    path, project = "federal/newcomer.edict", "federal/edict.yaml"
    for text, code, words in NEWCOMERS:
        write(os.path.join(FOLDER, path), "module federal.newcomer\n\n" + text + "\n")
        found, said = findings(project, path)
        good = len(found) == 1 and found[0]["code"] == code and words in (found[0]["fix"] or {}).get("text", "")
        report(f"newcomer: {text!r}", good, said)
    os.remove(os.path.join(FOLDER, path))


def test_safe():
    """Fixes that are safe are applied one after the other, as an editor does; each has what it writes."""
    path, project = "federal/safe.edict", "federal/edict.yaml"
    for text, wanted in SAFE:
        now, rounds = "module federal.safe\n\n" + text + "\n", 0
        while rounds < 10:
            write(os.path.join(FOLDER, path), now)
            found = [f for f in findings(project, path)[0] if f["file"] == "safe.edict" and (f["fix"] or {}).get("safe")]
            if not found or any(f["fix"]["replace"] is None for f in found):
                break
            one, rounds = found[0], rounds + 1
            begin, end = offset_of(now, one["line"], one["column"]), offset_of(now, one["end_line"], one["end_column"])
            now = now[:begin] + one["fix"]["replace"] + now[end:]
        report(f"safe: {text!r}", rounds > 0 and now.strip() == ("module federal.safe\n\n" + wanted).strip(), now)
    for text, wanted in SUGGESTED:
        write(os.path.join(FOLDER, path), "module federal.safe\n\n" + text + "\n")
        found = [f for f in findings(project, path)[0] if f["file"] == "safe.edict"]
        report(f"suggested: {text!r}", len(found) == 1 and not found[0]["fix"]["safe"] and found[0]["fix"]["replace"] == wanted, found)
    for text in BY_HAND:
        write(os.path.join(FOLDER, path), "module federal.safe\n\n" + text + "\n")
        found = [f for f in findings(project, path)[0] if f["file"] == "safe.edict"]
        report(f"by hand: {text!r}", len(found) == 1 and not found[0]["fix"]["safe"] and found[0]["fix"]["replace"] is None, found)
    os.remove(os.path.join(FOLDER, path))


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree("tests/codes", FOLDER)
    os.makedirs(os.path.join(FOLDER, "build"))
    for words in (["build", "federal/edict.yaml", "--out", "build/federal.edb", "--tables", "build"],):
        done = subprocess.run([EDICT, *words], cwd=FOLDER, stderr=subprocess.PIPE, encoding="utf-8")
        report("the example is good", done.returncode == 0, done.stderr)
    used = set()
    for project, path in (("federal/edict.yaml", "federal/privacy.edict"), ("sales/edict.yaml", "sales/sales.edict")):
        text = read(os.path.join(FOLDER, path))
        spans = declarations(text)
        test_each_kind(project, path, text, spans, used)
        test_many_kinds(project, path, text, spans)
    test_ten(used)
    test_safe()
    test_newcomers()
    test_yaml()
    test_places()
    report("every kind of mistake was made", used == set(MISTAKES), *sorted(set(MISTAKES) - used))
    report("fixes that are safe were applied", set(mended) >= {"E0100", "E0107", "E0110", "E0153"}, mended)
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
