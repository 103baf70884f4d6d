#!/usr/bin/env python3
"""Explain: `edict explain` of codes, and findings as a SARIF log.

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
    path = os.path.join(HERE, "tests/golden/sarif", name)
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


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree("tests/codes", FOLDER)
    for test in (test_list, test_pages, test_misspelt, test_nothing_found, test_findings, test_very_many, test_refused,
                 test_validator):
        test()
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
