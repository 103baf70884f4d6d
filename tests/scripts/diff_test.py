#!/usr/bin/env python3
"""Diff: `edict diff` says what changed and for whom, and each request that it shows about a product that is there comes out so:
it is put into a `test` block on both sides, with what diff says of it, and `edict test` runs it.

A case is one edit of the rules in tests/codes or rules/standard, in a copy below TMPDIR. What people read is compared with
tests/golden/diff/; GOLDEN_UPDATE=1 writes those files instead."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.getcwd()
BUILD = os.environ.get("EDICT_BUILD", os.path.join(HERE, "build"))
EDICT = os.path.join(BUILD, "edict")
GOLDEN = os.path.join(HERE, "tests/golden/diff")
sys.path.insert(0, os.path.join(HERE, "tests/support"))
import sarif_schema  # noqa: E402

sarif_schema.SCHEMA = os.path.join(HERE, sarif_schema.SCHEMA)
checks, failures = 0, []


def expect(good, what, *detail):
    global checks
    checks += 1
    if not good:
        failures.append(what)
        print(f"not ok {what}")
        for line in detail:
            print(f"#   {line}")
    return good


def edict(*words):
    return subprocess.run([EDICT, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=120)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def golden(name, text):
    """How many requests were asked, and came out like one that is shown, is not part of what is compared; digests neither."""
    text = re.sub(r"\b\d+ (requests|rows|supposed contracts|open,|close,|are different|are the same)", r"N \1", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r'"(requests|rows|contracts|opens|closes|differs|same|like)": \d+', r'"\1": 0', text)
    path = os.path.join(GOLDEN, name)
    if os.environ.get("GOLDEN_UPDATE"):
        os.makedirs(GOLDEN, exist_ok=True)
        write(path, text)
    wanted = read(path) if os.path.exists(path) else ""
    expect(wanted == text, f"{path} differs", *text.split("\n")[:200])


# ---- sides ----

def build(side, federal="federal", domain="sales"):
    made = [edict("build", f"{side}/{federal}/edict.yaml", "--out", f"{side}/build/federal.edb", "--tables", f"{side}/build"),
            edict("build", f"{side}/{domain}/edict.yaml", "--out", f"{side}/build/{domain}.edb")]
    return expect(all(one.returncode == 0 for one in made), f"{side} builds", *[one.stderr for one in made])


def fresh(source):
    for side in "old", "new":
        shutil.rmtree(side, ignore_errors=True)
        shutil.copytree(os.path.join(HERE, source), side)
        os.makedirs(f"{side}/build", exist_ok=True)
        for root, _, files in os.walk(side):
            for name in files:
                if name == "edict.yaml":
                    path = os.path.join(root, name)
                    write(path, re.sub(r"bundle: \S+,", "bundle: ../build/federal.edb,", read(path)))


def edit(path, old, new):
    text = read(path)
    expect(old in text, f"{path} has {old!r}")
    write(path, text.replace(old, new, 1))


def run(*words):
    """Exit code, text and JSON of one comparison; both forms say the same."""
    text, data = edict("diff", *words), edict("diff", *words, "--format", "json")
    expect(text.returncode == data.returncode, "text and JSON end alike", text.stderr, data.stderr)
    parsed = json.loads(data.stdout) if data.stdout else None
    return text.returncode, text.stdout, parsed, text.stderr


def as_sarif(case, code, data, *words):
    """The same findings as a SARIF log, each where a rule that changed stands."""
    done = edict("diff", *words, "--format", "sarif")
    expect(done.returncode == code, f"{case}: SARIF ends alike", done.stderr)
    log = json.loads(done.stdout)
    trouble = sarif_schema.validate(log)
    expect(not trouble, f"{case}: SARIF is valid", *trouble)
    ran = log["runs"][0]
    results = ran["results"]
    wanted = [one["verdict"] for one in data["findings"]] + ["beyond" for one in data["changes"] if one["beyond"]]
    expect([one["ruleId"] for one in results if one["ruleId"] not in ("doubt", "unbindable")] == wanted, f"{case}: SARIF tells all", results)
    levels = {"opens": "error", "differs": "error", "closes": "note", "beyond": "warning", "doubt": "warning", "unbindable": "warning"}
    expect(all(one["level"] == levels[one["ruleId"]] for one in results), f"{case}: levels", results)
    expect(all("shortDescription" in rule for rule in ran["tool"]["driver"]["rules"]), f"{case}: rules say what they are")
    expect(ran["invocations"][0] == {"executionSuccessful": True, "exitCode": code, "toolExecutionNotifications": []}, f"{case}: the run", ran["invocations"])
    stand = {(one["file"], one["line"]) for one in data["changes"]}
    places = [one["locations"][0]["physicalLocation"] for one in results if one["locations"]]
    expect(all((p["artifactLocation"]["uri"], p["region"]["startLine"]) in stand for p in places), f"{case}: places", places, stand)
    if len([one for one in data["changes"] if one["noun"] == "rule" and one["line"]]) == len(data["changes"]) == 1:
        expect(len(places) == len(results), f"{case}: the one rule that changed is where all stand", results)
    for one, finding in zip(results, data["findings"]):
        expect(finding["request"].rstrip("\n").split("\n")[-1].strip() in one["message"]["text"], f"{case}: the request is told", one)


# ---- requests that are shown come out so ----

def block(finding, side, number):
    effect = finding["before" if side == "old" else "after"]["effect"]
    lines = finding["request"].rstrip("\n").split("\n")
    lines.append(f"expect   {effect}")
    for one in finding["differences"]:
        shown = one["before" if side == "old" else "after"]
        if one["what"].startswith("column ") and " of row " not in one["what"] and shown != "not there":
            lines.append(f"expect   {one['what']} {shown}")
        if one["what"].startswith("row "):
            lines.append(f"expect   {one['what']} {shown}")
    return f'test "shown {number}"\n' + "".join(f"  {line}\n" for line in lines) + "\n"


def confirm(case, data, domain, runs):
    """As tests of the domain, which knows its products, but not the tables of the federation: `runs` is false where those decide."""
    given = [one for one in data["findings"] if not one["supposed"]]
    for side in ("old", "new") if runs else ():
        path = f"{side}/{domain}/shown.edict"
        write(path, f"module {MODULE[domain]}.shown\n\n" + "".join(block(one, side, i) for i, one in enumerate(given)))
        ran = edict("test", f"{side}/{domain}/edict.yaml", "--only", "shown *")
        expect(not given or ran.returncode == 0, f"{case}: what is shown comes out so on the {side} side", *(ran.stdout + ran.stderr).split("\n"))
        os.remove(path)
    return len(given)


MODULE = {"sales": "sales", "shop": "retail"}


def case(name, code, verdict, *, source="tests/codes", domain="sales", edits, given=None, changes=None, extra=()):
    fresh(source)
    for path, old, new in edits:
        edit(f"new/{path}", old, new)
    if not (build("old", domain=domain) and build("new", domain=domain)):
        return
    got, text, data, errors = run("old/build/federal.edb", "new/build/federal.edb", "--old", f"old/build/{domain}.edb", "--new", f"new/build/{domain}.edb", *extra)
    expect(got == code, f"{name}: exit {code}", f"got {got}", errors, text)
    if data is None:
        return
    expect(data["verdict"] == verdict, f"{name}: {verdict}", data["verdict"], text)
    shown = confirm(name, data, domain, not extra)
    if given is not None:
        expect((shown > 0) == given, f"{name}: about a product that is there", text)
    for kind, noun, thing in changes or ():
        expect(any((c["kind"], c["noun"], c["name"]) == (kind, noun, thing) for c in data["changes"]), f"{name}: {kind} {noun} {thing}",
               *[f'{c["kind"]} {c["noun"]} {c["name"]}' for c in data["changes"]])
    golden(f"{name}.txt", text)
    if name in ("same", "mask-loosened", "mask-tightened", "issuer"):
        as_sarif(name, code, data, "old/build/federal.edb", "new/build/federal.edb", "--old", f"old/build/{domain}.edb", "--new", f"new/build/{domain}.edb", *extra)
    if name == "purpose-dropped":
        golden(f"{name}.json", json.dumps(data, indent=1) + "\n")


P, V, S, C = "federal/privacy.edict", "federal/vocabulary.edict", "sales/sales.edict", "sales/orders.odcs.yaml"
RULE = "federal.privacy."


def cases():
    case("same", 0, "same", edits=[], given=False, changes=[])
    case("because", 0, "same", edits=[(P, 'because "GDPR Art. 25"', 'because "GDPR Art. 25(1)"')], changes=[("changed", "rule", RULE + "contact-details")])
    case("purpose-dropped", 1, "opens", edits=[(P, "rule purpose-limitation\n", "shadow rule purpose-limitation\n"), (P, "expect   deny by federal.privacy.purpose-limitation", "expect   permit")],
         given=True, changes=[("to-shadow", "rule", RULE + "purpose-limitation")])
    case("mask-loosened", 1, "opens", edits=[(P, "show-last(4)        if", "show-last(6)        if")], given=True)
    case("mask-tightened", 5, "closes", edits=[(P, "show-last(4)        if", "show-last(2)        if")], given=True)
    case("mask-other", 1, "differs", edits=[(P, "show-last(4)        if", "show-first(4)        if")], given=True)
    case("rows-opened", 1, "opens", edits=[(P, "where   row[geo.country] in subject.regions", "where   row[geo.country] in subject.regions or row[geo.country] is de")], given=True)
    case("kept-longer", 1, "opens", edits=[(P, "at most 24 months", "at most 36 months")], given=True)
    case("kept-shorter", 5, "closes", edits=[(P, "at most 24 months", "at most 12 months")], given=True)
    case("erased-earlier", 1, "differs", edits=[(P, "retain  while row[person.id] in legal-holds\n  on      dataset holding person.id\n",
                                                "retain  while row[person.id] in legal-holds\n  on      dataset holding person.id\n  when    dataset.keep is set and not dataset.keep is set\n")])
    case("permit-widened", 1, "opens", edits=[(P, "dataset classified <= confidential\n", "dataset classified <= restricted\n")], given=False)
    case("role-added", 1, "opens", edits=[(P, "or subject.roles has analyst\n", "or subject.roles has staff\n")], given=True)
    case("requirement-added", 5, "closes", edits=[(P, "require product.owner is set and dataset holding time.collected",
                                                     "require product.owner is set and dataset holding time.collected and dataset classified <= public")], given=True)
    case("until", 5, "closes", edits=[(P, "rule staff-may-read\n  permit  read\n  on      dataset classified <= confidential\n  when    subject.roles has support or subject.roles has analyst\n",
                                       "rule staff-may-read\n  permit  read\n  on      dataset classified <= confidential\n  when    subject.roles has support or subject.roles has analyst\n  until   2026-12-31\n")], given=True)
    case("delegate-widened", 1, "opens", edits=[(P, "delegate permit export to domain sales\n  on      dataset classified <= internal", "delegate permit export to domain sales\n  on      dataset classified <= confidential")])
    case("domain-rule", 1, "opens", edits=[(S, "permit  export\n  on      dataset named \"orders\"\n  when    subject.roles has analyst", "permit  export\n  on      dataset named \"orders\"\n  when    subject.roles has staff")],
         given=True, changes=[("changed", "rule", "sales.rules.exports-of-orders")])
    case("tag-dropped", 1, "opens", edits=[(C, "logicalType: string, tags: [ pii.phone ]", "logicalType: string, tags: [ commerce.status ]")], given=True,
         changes=[("changed", "product", "sales.orders")])
    case("role-moved", 1, "opens", edits=[(V, "role    { staff { support analyst dpo } partner }", "role    { staff { support analyst { dpo partner } } }")],
         changes=[("changed", "role", "partner"), ("changed", "role", "dpo")])
    tables = [word for side in ("old", "new") for word in (f"--{side}", f"{side}/build/federal.vocabulary.legal-holds.edb")]
    case("hold-lifted", 1, "differs", edits=[("federal/holds.csv", "c-17\n", "c-99\n")], given=True, extra=tables,
         changes=[("changed", "data of table", "federal.vocabulary.legal-holds")])
    case("hold-added", 1, "differs", edits=[("federal/holds.csv", "c-17\n", "c-17\nc-18\nc-19\n")], given=True, extra=tables)
    case("purpose-stated", 1, "opens", edits=[(C, "[ support, billing, analytics ]", "[ support, billing, analytics, marketing ]")], given=True,
         changes=[("changed", "product", "sales.orders")])
    case("region-moved", 1, "opens", edits=[(V, "region  { europe { de fr } asia { in jp } us }", "region  { europe { de fr us } asia { in jp } }")], given=True)
    case("claim-other", 1, "differs", edits=[(V, 'subject.regions   from "regions"', 'subject.regions   from "areas"')])
    case("stored-elsewhere", 1, "differs", edits=[(C, "physicalName: orders_v2", "physicalName: payroll")])
    case("issuer", 1, "differs", edits=[(V, 'audience   "mesh"', 'audience   "all"')], changes=[("changed", "issuer", "corp")])
    case("claim-within", 5, "closes", edits=[(V, 'subject.regions   from "regions"', 'subject.regions   from "regions" within europe')], given=True)
    case("gdpr", 1, "opens", source="rules/standard", domain="shop", given=True,
         edits=[("federal/gdpr.edict", "unless  purpose is essential or purpose is care\n", "unless  purpose is essential or purpose is care or purpose is analytics\n")],
         changes=[("changed", "rule", "federal.gdpr.minimisation")])


EXTRA = """module federal.extra

rule six-others-1
  permit  export
  on      dataset classified <= internal
  when    subject.roles has dpo and purpose is marketing
""" + "".join(f"""
rule six-others-{i}
  permit  export
  on      dataset classified <= internal
  when    subject.roles has dpo and purpose is marketing
  unless  context.score > {i}
""" for i in range(2, 8)) + """
rule behind-six
  forbid  read
  on      dataset classified <= confidential
  when    context.score is set and context.origin is set and context.score >= 100 and context.origin is asia

rule by-address
  permit  export
  on      dataset classified <= internal
  when    context.address in cidr("10.0.0.0/16")

rule by-time
  permit  export
  on      dataset classified <= internal
  when    context.day is set and subject.roles has dpo and time-of-day(now) < 17 hours

rule by-weekday
  forbid  export
  on      dataset classified <= internal
  when    weekday(now) == 7

rule by-pattern
  permit  export
  on      dataset classified <= internal
  when    context.channel matches /[a-c]{2}x[0-9]{4}/
"""


def reached():
    """Boundaries that chance would hardly meet: each rule that changed is named by a request that shows it."""
    fresh("tests/codes")
    write("old/federal/extra.edict", EXTRA)
    write("new/federal/extra.edict", EXTRA)
    for old, new in (("context.origin is asia", "context.origin is region.in"), ("10.0.0.0/16", "10.0.0.0/15"), ("< 17 hours", "< 18 hours"),
                     ("weekday(now) == 7", "weekday(now) > 7"), ("[a-c]{2}", "[a-d]{2}")):
        edit("new/federal/extra.edict", old, new)
    if not (build("old") and build("new")):
        return
    got, text, data, errors = run("old/build/federal.edb", "new/build/federal.edb", "--old", "old/build/sales.edb", "--new", "new/build/sales.edb", "--shown", "40")
    expect(got == 1, "reached: exit 1", f"got {got}", errors, text)
    named = " ".join(rule for f in data["findings"] for side in ("before", "after") for rule in f[side]["rules"])
    for rule in "behind-six", "by-address", "by-time", "by-weekday":
        expect(f"federal.extra.{rule} " in named, f"reached: {rule}", text)
    expect([c["name"] for c in data["changes"] if c["beyond"]] == ["federal.extra.by-pattern"], "reached: what a pattern matches is beyond", text)
    expect("no request is sure to show all that the pattern matches" in text, "reached: said in words", text)


DEFAULTED = """module federal.extra

attributes context {
  trust?: int = 5
}

rule guarded
  forbid  read
  when    context.trust < 9
  unless  context.trust < 9
"""


def defaulted():
    """What has a default is unknown where it is no value of its type, and in no other way: what closes then opens without it."""
    fresh("tests/codes")
    for side in ("old", "new"):
        write(f"{side}/federal/extra.edict", DEFAULTED)
    edit("new/federal/extra.edict", "rule guarded", "shadow rule guarded")
    if not (build("old") and build("new")):
        return
    got, text, data, errors = run("old/build/federal.edb", "new/build/federal.edb", "--old", "old/build/sales.edb", "--new", "new/build/sales.edb")
    expect(got == 1, "defaulted: exit 1", f"got {got}", errors, text)
    expect("trust: ?" in text, "defaulted: by what is no number", text)
    expect(any("not known whether it holds" in line for line in text.split("\n")), "defaulted: said why", text)


PATTERN = """module federal.extra

rule by-pattern
  permit  export
  on      dataset classified <= internal
  when    subject.roles has dpo and context.channel matches /[a-z]{3,12}-[0-9]{4}/
"""


def patterns():
    """A pattern that matches less closes, and a text that tells it from the old one is found; the same in other words changes nothing."""
    for pattern, code, words in ((r"[a-z]{3,12}-\d{3}[0-8]", 5, "it closes"), (r"[a-z]{3,12}-\d{4}", 0, "nothing changes"),
                                 (r"[a-z]{3,13}-\d{4}", 1, "no request is sure to show all that the pattern matches"), (r"(?i)[a-z]{3}-\d{4}", 1, "it")):
        fresh("tests/codes")
        write("old/federal/extra.edict", PATTERN)
        write("new/federal/extra.edict", PATTERN.replace("[a-z]{3,12}-[0-9]{4}", pattern))
        if not (build("old") and build("new")):
            return
        got, text, data, errors = run("old/build/federal.edb", "new/build/federal.edb", "--old", "old/build/sales.edb", "--new", "new/build/sales.edb")
        expect(got == code and words in text, f"patterns: {pattern}: exit {code}", f"got {got}", text, errors)
        if code == 5:
            found = re.findall(r'channel: "([a-z]{3,12}-[0-9]{4})"', text)
            expect(found and not any(re.fullmatch(pattern, one) for one in found), "patterns: a text that matches no more", found, text)
    # A pattern that matches less hides nothing of what opens beside it.
    for before, after in ((r"matches /[a-z]{3,12}-[0-9]{4}/", r"matches /[a-z]{3,12}-[0-9]{3}0/"), (r"matches /[a-z0-9]{120}/", r"matches /[a-z]{120}/")):
        fresh("tests/codes")
        whole = "subject.roles has dpo and context.channel matches /[a-z]{3,12}-[0-9]{4}/"
        write("old/federal/extra.edict", PATTERN.replace(whole, "subject.roles has dpo and context.channel " + before))
        write("new/federal/extra.edict", PATTERN.replace(whole, "subject.roles has analyst and context.channel " + after))
        if not (build("old") and build("new")):
            return
        got, text, data, errors = run("old/build/federal.edb", "new/build/federal.edb", "--old", "old/build/sales.edb", "--new", "new/build/sales.edb")
        expect(got == 1, f"patterns: what opens beside {after}", f"got {got}", text, errors)


def refusals():
    """What cannot be compared says why, with exit 3; what is called wrongly, with 2."""
    fresh("tests/codes")
    build("old") and build("new")
    old, new, sales = "old/build/federal.edb", "new/build/federal.edb", "old/build/sales.edb"
    damaged = bytearray(open(new, "rb").read())
    damaged[len(damaged) // 2] ^= 1
    open("damaged.edb", "wb").write(damaged)
    write("empty.edb", "")
    for words, code, said in (
            ((old,), 2, "name the old side and the new one"), ((old, new, sales), 2, "one word too many"),
            ((old, new, "--requests", "0"), 2, "is a number from 1"), ((old, new, "--shown", "x"), 2, "is a number from 1"),
            ((old, new, "--root", "r"), 2, "--root follows"), ((old, "nowhere.edb"), 3, "R0801"), ((old, "damaged.edb"), 3, "R01"),
            ((old, "empty.edb"), 3, "R01"), ((sales, new), 3, "E0870"), ((old, new, "--with", new), 3, "E0870"), ((old, new, "--with", "damaged.edb"), 3, "R01"),
            ((old, new, "--with", sales, "--with", sales), 3, "R0503"), ((old, new, "--trust", "nowhere"), 3, "R0801")):
        got = edict("diff", *words)
        expect(got.returncode == code and said in got.stderr, f"{' '.join(words)}: exit {code} with {said}", f"{got.returncode}", got.stderr)
        expect(got.stdout == "", f"{' '.join(words)}: prints nothing", got.stdout)
    got = edict("diff", old, new)
    expect("signatures were not looked at" in got.stderr and got.returncode == 0, "without --trust it says so", got.stderr)
    got = edict("diff", "old/sales", "new/sales/edict.yaml")
    expect(got.returncode == 0 and "the same" in got.stdout, "folders and projects are sides", got.stdout, got.stderr)
    sarif_of_refusals(old)
    hostile(old)
    signed()


def sarif_of_refusals(old):
    """What refuses a side is a result too; from a project, places are in its folder."""
    done = edict("diff", old, "damaged.edb", "--format", "sarif")
    log = json.loads(done.stdout)
    expect(done.returncode == 3 and not sarif_schema.validate(log), "SARIF of what is refused", done.stdout)
    expect(log["runs"][0]["results"][0]["ruleId"].startswith("R01") and not log["runs"][0]["invocations"][0]["executionSuccessful"], "its code", log)
    edit("new/federal/privacy.edict", "show-last(4)        if", "show-last(6)        if")
    log = json.loads(edict("diff", "old/federal", "new/federal", "--format", "sarif").stdout)
    edit("new/federal/privacy.edict", "show-last(6)        if", "show-last(4)        if")
    run, line = log["runs"][0], read("new/federal/privacy.edict").split("rule contact-details")[0].count("\n") + 1
    place = run["results"][0]["locations"][0]["physicalLocation"]
    expect(run["originalUriBaseIds"]["PROJECT"]["uri"] == "new/federal/", "places are in the new side's folder", run["originalUriBaseIds"])
    expect(place == {"artifactLocation": {"uri": "privacy.edict", "uriBaseId": "PROJECT"}, "region": {"startLine": line}}, "the place", place)


def hostile(old):
    """Bundles that were made to do harm are refused, on either side."""
    folder = os.path.join(HERE, "tests/hostile/bundle")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(".tsv") or os.path.isdir(path):
            continue
        for words in ((old, path), (path, old), (old, old, "--with", path)):
            got = edict("diff", *words)
            expect(got.returncode == 3 and "error[" in got.stderr, f"{name} is refused", str(got.returncode), got.stderr)


def signed():
    """Both sides signed, then one that is not."""
    made = edict("keygen", "signing", "--name", "eu.example/k1", "--out", "k1.secret")
    expect(made.returncode == 0, "a key", made.stderr)
    write("trust", f"edict-trust/v1\nfederal eu.example {made.stdout}")
    for side in "old", "new":
        got = edict("sign", f"{side}/build/federal.edb", "--key", "k1.secret", "--out", f"{side}.edb")
        expect(got.returncode == 0, f"{side} is signed", got.stderr)
    got = edict("diff", "old.edb", "new.edb", "--trust", "trust")
    expect(got.returncode == 0 and "not looked at" not in got.stderr, "two signed sides", got.stderr)
    got = edict("diff", "old.edb", "new/build/federal.edb", "--trust", "trust")
    expect(got.returncode == 3 and "R02" in got.stderr and got.stdout == "", "an unsigned side is refused", got.stderr)
    got = edict("diff", "old.edb", "new.edb", "--trust", "trust", "--now", "2001-01-01T00:00:00Z")
    expect(got.returncode == 3 and "R0214" in got.stderr, "what is not valid yet is refused", got.stderr)


def main():
    here = tempfile.mkdtemp(prefix="edict-diff-")
    os.chdir(here)
    os.environ["SOURCE_DATE_EPOCH"] = "1795168800"
    try:
        cases()
        reached()
        defaulted()
        patterns()
        refusals()
    finally:
        os.chdir(HERE)
        shutil.rmtree(here)
    print(f"# passed {checks - len(failures)} failed {len(failures)} skipped 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
