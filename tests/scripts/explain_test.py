#!/usr/bin/env python3
"""Explain: `edict explain` of codes and of decisions, and findings as a SARIF log.

It works on a copy of tests/codes below TMPDIR. The log is compared with tests/golden/sarif/ and validated
against the schema in tests/sarif/; GOLDEN_UPDATE=1 writes the golden files anew."""

import copy
import glob
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.getcwd()
EDICT = os.path.join(os.environ.get("EDICT_BUILD", os.path.join(HERE, "build")), "edict")
FOLDER = os.path.join(os.environ["TMPDIR"], "explain")
results = {True: 0, False: 0}
sys.path.insert(0, os.path.join(HERE, "tests/support"))
import sarif_schema  # noqa: E402


def check(good, what, *lines):
    results[bool(good)] += 1
    if good:
        return
    for text in lines:
        for line in str(text).splitlines():
            print(f"# {line[:400]}")
    print(f"not ok {what}")


def edict(*words):
    return subprocess.run([EDICT, *words], cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=60)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def golden(name, text):
    path = os.path.join(HERE, "tests/golden/explain" if name.endswith(".txt") else "tests/golden/sarif", name)
    if os.environ.get("GOLDEN_UPDATE"):
        write(path, text)
        return
    check(os.path.exists(path) and read(path) == text, f"{path} differs", text)


# ---- pages ----

def test_list():
    listed = re.findall(r'^DIAGNOSTIC\((\w+), \w+, "([^"]*)"\)', read("runtime/base/diagnostics.def"), re.M)
    wanted = sorted(f"{code}  {title}" for code, title in listed)
    check(edict("explain", "--list").stdout.splitlines() == wanted, "--list is the list of codes")
    done = edict("explain", "--list", "--format", "json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check([f"{line['code']}  {line['title']}" for line in lines] == wanted, "--list as JSON")


def test_pages():
    """Each line of each page, without fences and marks of headings."""
    wrong = []
    for path in sorted(glob.glob("docs/codes/[A-Z]*.md")):
        code = os.path.basename(path)[:-3]
        if code == "README":
            continue
        page = json.loads(edict("explain", code, "--format", "json").stdout)
        if page["code"] != code or page["page"] != read(path).splitlines():
            wrong.append(path)
    check(not wrong, "pages are part of the command", *wrong)
    text = edict("explain", "E0203").stdout
    check("    module federal.example\n" in text and "```" not in text and "\nWhy\n" in text, "a page as text", text)
    check(edict("explain", "e0203").stdout == text, "a code in small letters")


def test_misspelt():
    for word, near in (("E0299", "E0"), ("E203", "E0203"), ("R0100x", "R0100"), ("EO203", "E0203")):
        done = edict("explain", word)
        check(done.returncode == 2 and f"there is no code `{word}`; did you mean {near}" in done.stderr,
              f"{word} gets a suggestion", done.stderr)
    for words in (["explain", "nonsense-of-a-word-that-is-long"], ["explain"], ["explain", "E0203", "--list"]):
        done = edict(*words)
        check(done.returncode == 2 and done.stdout == "" and "did you mean" not in done.stderr, " ".join(words),
              done.stderr)


# ---- SARIF ----

def log_of(*words):
    done = edict(*words, "--format", "sarif")
    try:
        log = json.loads(done.stdout)
    except ValueError as error:
        check(False, f"{words}: a log", error, done.stdout, done.stderr)
        return done, None
    trouble = sarif_schema.validate(log)
    check(not trouble, f"{words}: valid", *trouble)
    return done, log


def test_nothing_found():
    done, log = log_of("check", "federal/edict.yaml")
    run = log["runs"][0]
    check(done.returncode == 0 and done.stderr == "" and run["results"] == [] and run["tool"]["driver"]["rules"] == [] and
          run["invocations"][0]["executionSuccessful"], "nothing found is a log too", done.stdout)


def test_findings():
    write(os.path.join(FOLDER, "federal/a-b.edict"),
          'module federal.more\n\nrule a\n  forbid  read\n  when    context.channel == "é𝄞" and subject.clearence is set\n'
          "  because \"x\"\n\nrule b\n  forbid  read\n  on      dataset holding pii.emial\n")
    done, log = log_of("check", "federal/edict.yaml")
    run = log["runs"][0]
    for rule in run["tool"]["driver"]["rules"]:
        check(rule.pop("help")["text"] == read(f"docs/codes/{rule['id']}.md"), f"the help of {rule['id']} is its page")
    golden("findings.json", json.dumps(log, indent=1) + "\n")
    check(done.returncode == 1 and done.stderr == "", "findings stand in the log alone", done.stderr)
    check([r["ruleId"] for r in run["results"]] == ["E0203", "E0204"], "its results", run["results"])
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = read(os.path.join(FOLDER, "federal/a-b.edict")).split("\n")[region["startLine"] - 1]
    check(run["columnKind"] == "unicodeCodePoints" and
          line[region["startColumn"] - 1:region["endColumn"] - 1] == "clearence", "columns count code points", region)
    check(run["results"][0]["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"] == "vocabulary.edict",
          "where the near one is declared")
    place = run["originalUriBaseIds"]["PROJECT"]
    check(place == {"uri": "federal/", "uriBaseId": "STARTED"}, "where paths are relative to", place)
    fixes = [fix["artifactChanges"][0]["replacements"][0] for result in run["results"] for fix in result.get("fixes", [])]
    check([fix["insertedContent"]["text"] for fix in fixes] == ["clearance", "pii.email"], "fixes", fixes)
    os.remove(os.path.join(FOLDER, "federal/a-b.edict"))


def test_very_many():
    path = os.path.join(FOLDER, "federal/many.edict")
    write(path, "module federal.many\n\n" + "\n".join(f"rule a{i}\n  forbid read\n  on dataset holding nothing{i}\n"
                                                      for i in range(10_100)))
    _, log = log_of("check", "federal/edict.yaml")
    run = log["runs"][0]
    check(len(run["results"]) == 10_000, "10,000 results", len(run["results"]))
    check(any("... and " in n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]),
          "and a count of the others", run["invocations"])
    os.remove(path)


def test_refused():
    done, log = log_of("build", "nowhere/edict.yaml", "--out", "x")
    check(done.returncode == 3 or done.returncode == 1, "a project that is not there", done.returncode)
    check(len(log["runs"][0]["results"]) == 1, "has one result", log["runs"][0]["results"])
    done = edict("inspect", "build/none", "--format", "sarif")
    check(done.returncode == 2 and "--format is one of text|json" in done.stderr, "other verbs have no such format", done.stderr)


def test_validator():
    """The validator finds what is wrong: each change of a valid log is seen."""
    good = json.loads(read("tests/golden/sarif/findings.json"))
    check(not sarif_schema.validate(good), "the golden log is valid")
    changes = {
        "no version": lambda log: log.pop("version"),
        "another version": lambda log: log.update(version="2.2.0"),
        "a stray key": lambda log: log["runs"][0].update(stray=1),
        "no driver": lambda log: log["runs"][0]["tool"].pop("driver"),
        "no name": lambda log: log["runs"][0]["tool"]["driver"].pop("name"),
        "a level": lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        "a line 0": lambda log: log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
        "a text for a line": lambda log: log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine="1"),
        "a blank in a URI": lambda log: log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b"),
        "a column kind": lambda log: log["runs"][0].update(columnKind="bytes"),
        "a rule twice": lambda log: log["runs"][0]["tool"]["driver"]["rules"].append(log["runs"][0]["tool"]["driver"]["rules"][0]),
        "a message without text": lambda log: log["runs"][0]["results"][0].update(message={}),
    }
    for name, change in changes.items():
        bad = copy.deepcopy(good)
        change(bad)
        check(sarif_schema.validate(bad), f"{name} is found")


# ---- decisions ----

ANA = {"issuer": "corp", "id": "ana-17", "roles": ["analyst"], "purposes": ["marketing"], "regions": ["europe"]}
NOW = "2026-11-20T10:00:00Z"


def request(verb, subject, context, *more, bundles=("federal.edb", "sales.edb")):
    return (verb, "--development", *(word for name in bundles for word in ("--bundle", f"build/{name}")), "--product",
            "sales.orders", "--dataset", "orders", "--action", "read", "--columns", "country,phone", "--now", NOW,
            "--subject", json.dumps(subject), "--context", json.dumps(context), *more)


def answer(subject, context, *more):
    done = edict(*request("explain", subject, context, "--format", "json", *more))
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        check(False, "an answer as JSON", error, done.stdout, done.stderr)
        return {"rules": [], "changes": []}


def lines_of(part):
    yield part
    for below in part["below"]:
        yield from lines_of(below)


def build_project():
    os.makedirs(os.path.join(FOLDER, "build"), exist_ok=True)
    for words in (("build", "federal/edict.yaml", "--out", "build/federal.edb", "--tables", "build"),
                  ("build", "sales/edict.yaml", "--out", "build/sales.edb")):
        check(edict(*words).returncode == 0, " ".join(words))


def test_decision_text():
    build_project()
    for name, subject, context, more in (
            ("denied", ANA, {"purpose": "marketing"}, ()),
            ("denied-with-values", ANA, {"purpose": "marketing"}, ("--show-values",)),
            ("unknown", {**ANA, "purposes": ["service"]}, {"purpose": "service"}, ("--all",)),
            ("purpose-not-held", {**ANA, "purposes": ["support"]}, {"purpose": "billing"}, ()),
            ("purpose-not-held-with-values", {**ANA, "purposes": ["support"]}, {"purpose": "billing"}, ("--show-values",)),
            ("permitted", {**ANA, "purposes": ["billing"]}, {"purpose": "billing"}, ()),
            ("no-rule-permits", {"issuer": "corp", "id": "x", "purposes": ["billing"]}, {"purpose": "billing"}, ())):
        done = edict(*request("explain", subject, context, *more))
        golden(f"decision-{name}.txt", done.stdout)
        evaluated = edict(*request("eval", subject, context))
        check(done.returncode == evaluated.returncode and done.stdout.startswith(evaluated.stdout.rstrip("\n")),
              f"{name}: explained as it is decided", done.stdout, evaluated.stdout)


def test_values():
    """Without --show-values nothing of the request and of the contract is shown, in no form."""
    secret = {**ANA, "id": "id-of-somebody", "employer": "employer-of-somebody", "customer": "c-somebody"}
    for more in ((), ("--all",), ("--format", "json"), ("--all", "--format", "json")):
        done = edict(*request("explain", secret, {"purpose": "marketing", "channel": "channel-of-somebody"}, *more))
        found = [word for word in ("somebody", "Order desk", "billing", "europe", "24 months") if word in done.stdout]
        check(done.returncode == 1 and not found, f"{more}: shows values", found, done.stdout)
    shown = edict(*request("explain", secret, {"purpose": "marketing"}, "--all", "--show-values")).stdout
    check("[analyst]" in shown and "Order desk" in shown, "--show-values shows them", shown)


def apply(change, subject, context):
    subject, context = json.loads(json.dumps(subject)), json.loads(json.dumps(context))
    for one in change:
        where = subject if one["attribute"].startswith("subject.") else context
        name = one["attribute"].split(".")[-1]
        if one["how"] == "add":
            where[name] = where.get(name, []) + [one["value"]]
        elif one["how"] == "put":
            where[name] = {"true": True, "false": False}.get(one["value"], one["value"])
        elif one["how"] == "leave out":
            del where[name]
        elif one["how"] == "take away":
            where[name] = [item for item in where[name] if item != one["value"]]
    return subject, context


def test_changes():
    """Each change that is proposed is tried: the other answer comes."""
    tried = 0
    for subject, context in ((ANA, {"purpose": "marketing"}), ({**ANA, "purposes": ["service"]}, {"purpose": "service"}),
                             ({**ANA, "purposes": ["billing"]}, {"purpose": "billing"}),
                             ({**ANA, "roles": ["dpo"], "purposes": ["support"]}, {"purpose": "support"})):
        got = answer(subject, context, "--show-values")
        check(got["changes"], f"{subject} {context}: a change is found", got)
        for change in got["changes"]:
            if any(one["how"] == "at" for one in change):
                continue
            done = edict(*request("eval", *apply(change, subject, context)))
            check(done.returncode == (1 if got["effect"] == "permit" else 0), f"{change} changes the answer", done.stdout)
            tried += 1
    check(tried >= 5, "changes were tried", tried)
    # Nobody exports without a rule that opens exports to them, whatever they are.
    done = edict(*[word if word != "read" else "unmask" for word in request("explain", ANA, {"purpose": "billing"})])
    check("No change of one or two facts of the request was found to give the other answer" in done.stdout, "none is found", done.stdout)


def test_changes_beside():
    """What the rules compare with is not always what helps: values beside it, and what the request has."""
    subject = {**ANA, "purposes": ["billing", "support"], "regions": ["de"], "clearance": "internal"}
    context = {"purpose": "billing", "score": 12, "channel": "web", "origin": "de"}
    for condition, wanted in (("context.score == 12", [("put", "context.score", "11"), ("put", "context.score", "13")]),
                              ("context.score >= 12", [("put", "context.score", "11")]),
                              ('context.channel == "web"', [("put", "context.channel", "another")]),
                              ("subject.regions has europe", [("take away", "subject.regions", "de"), ("put", "subject.regions", "[]")]),
                              ("subject.clearance <= internal", [("put", "subject.clearance", "confidential"), ("put", "subject.clearance", "restricted")]),
                              ("subject.clearance < restricted and subject.clearance > public", [("put", "subject.clearance", "public")]),
                              ("context.origin is europe", [("put", "context.origin", "jp")]),
                              ("not purpose is support", [("put", "purpose", "support")]),
                              ("weekday(now) == 5", [("at", "now", "2026-11-21T10:00:00Z")]),
                              ("time-of-day(now) >= 9 hours", [("at", "now", "2026-11-21T08:59:59Z")]),
                              ("time-of-day(now) < 630 minutes", [("at", "now", "2026-11-20T10:30:00Z")])):
        write(os.path.join(FOLDER, "sales/probe.edict"), f"module sales.probe\n\nrule probe\n  forbid access\n  when {condition}\n")
        done = edict("build", "sales/edict.yaml", "--out", "build/probe.edb")
        os.remove(os.path.join(FOLDER, "sales/probe.edict"))
        check(done.returncode == 0, f"{condition}: it builds", done.stderr)
        told = json.loads(edict(*request("explain", subject, context, "--format", "json", "--show-values", bundles=("federal.edb", "probe.edb"))).stdout)
        got = [tuple(one[part] for part in ("how", "attribute", "value")) for change in told["changes"] for one in change]
        check(told["effect"] == "deny" and all(one in got for one in wanted), f"{condition}: what helps is told", told["effect"], told["summary"], got)


CONDITIONS = """\
subject.roles has analyst and (purpose is commercial or not subject.employer == "acme")
context.score >= 12 or context.channel in ["web", "shop"] or length(context.channel) > 3
(subject.customer, purpose) in consent and consent(subject.customer, purpose).expires > now
context.opened + 2 days < now or weekday(now) == 1 or context.address in cidr("10.0.0.0/8")
dataset.keep <= 24 months and dataset classified <= internal and dataset named "ord*" and product in domain sales
subject.regions overlaps [de, us] or context.channel matches /[a-z]+/ or lower(context.channel) starts-with "w"
purpose is not billing and purpose not in [analytics, support] and subject.clearance != internal
context.rate * 2 + 1.5 > 3 and context.day == 2026-11-20 and subject.remote""".split("\n")


def test_expressions():
    """What a comparison is told as is the language: as a rule of its own it comes out the same."""
    def build(rules):
        write(os.path.join(FOLDER, "sales/probe.edict"), "module sales.probe\n" + "".join(
            f"\nrule c{i}\n  forbid access\n  when {text}\n" for i, text in enumerate(rules)))
        done = edict("build", "sales/edict.yaml", "--out", "build/probe.edb")
        os.remove(os.path.join(FOLDER, "sales/probe.edict"))
        check(done.returncode == 0, "the conditions are rules", done.stderr)
        words = request("explain", {**ANA, "customer": "c-17"}, {"purpose": "billing", "score": 12, "channel": "web",
                                                                 "opened": "2026-11-01T00:00:00Z"},
                        "--all", "--format", "json", bundles=("federal.edb", "probe.edb", "federal.vocabulary.consent.edb"))
        got = json.loads(edict(*words).stdout)
        return {rule["rule"]: rule["parts"] for rule in got["rules"] if rule["rule"].startswith("sales.probe.")}
    parts = build(CONDITIONS)
    leaves = [line for i in range(len(CONDITIONS)) for part in parts[f"sales.probe.c{i}"] for line in lines_of(part)
              if not line["join"]]
    again = build([line["text"] for line in leaves])
    check(len(leaves) >= 22, "there are comparisons", len(leaves))
    for i, line in enumerate(leaves):
        alone = again[f"sales.probe.c{i}"][0]
        check((alone["text"], alone["holds"]) == (line["text"], line["holds"]), f"{line['text']} alone", line, alone)
    check({line["holds"] for line in leaves} == {"yes", "no", "unknown"}, "all answers were there")
    check({line["why"] for line in leaves} >= {"", "absent"}, "why something is unknown", {line["why"] for line in leaves})


def test_ways_to_ask():
    rules = edict("explain", "--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml",
                  *request("explain", ANA, {"purpose": "marketing"})[6:])
    bundles = edict(*request("explain", ANA, {"purpose": "marketing"}))
    check(rules.stdout == bundles.stdout, "rules and bundles are explained alike", rules.stdout, rules.stderr)
    for words in (("explain", "E0203", "--product", "x"), ("explain", "--rules", "federal/edict.yaml"),
                  request("explain", ANA, {}, "--token", "x")):
        check(edict(*words).returncode == 2, f"{words[:3]}: wrong use")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree("tests/codes", FOLDER)
    for test in (test_list, test_pages, test_misspelt, test_nothing_found, test_findings, test_very_many, test_refused,
                 test_validator, test_decision_text, test_values, test_changes, test_changes_beside, test_expressions, test_ways_to_ask):
        test()
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
