#!/usr/bin/env python3
"""Log: a real decision log under `edict log` and `edict replay`: whole, changed, shown with and without
the auditor's key, replayed with its bundles and with others.

tests/unit/decision_log_test.c writes the log; what it does through the C API is tested there."""

import glob
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import BUILD, EDICT, HERE, expect, main, test  # noqa: E402

OBJECTS = os.path.abspath(os.environ.get("EDICT_OBJECTS", os.path.join(BUILD, "release")))
WRITER = os.path.join(OBJECTS, "tests/unit/decision_log_test")
PRIVATE = ["ana@people.example", "Ana Zimt", "nick-one", "analyst", "dpo", "2001-02-03", "424242", "3.25"]
BUNDLES = ["--bundle", "bundle-0.edb", "--bundle", "bundle-1.edb", "--bundle", "bundle-2.edb"]
AUDITOR = ["--auditor-key", "auditor.key"]


def edict(code, *words, **keywords):
    """Runs; standard output and errors."""
    keywords.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run([EDICT, *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, **keywords)
    out, err = (done.stdout or b"").decode(), done.stderr.decode()
    expect(done.returncode == code, f"edict {' '.join(words)}: exit code {done.returncode}, not {code}", out, err)
    return out, err


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def files():
    return sorted(glob.glob("log/*"))


def key():
    return read("log.pub").decode()


@test
def the_writer_leaves_a_log():
    expect(len(files()) >= 5, "files", files())
    for path in files():
        data = read(path)
        for text in PRIVATE:
            expect(text.encode() not in data, f"{path} holds {text} in clear")


@test
def a_whole_log():
    out, err = edict(0, "log", "verify", "log", "--key", key())
    expect(out.startswith("whole: 13 decisions (5 permits, 8 denials) in ") and out.endswith("; closed and signed\n"), "said", out)
    expect(err == "", "nothing else", err)
    out, err = edict(0, "log", "verify", "log")
    expect("not whose log it is" in err, "whose it is", err)
    out, err = edict(0, "log", "verify", "log", "--key", key(), "--format", "json")
    report = json.loads(out)
    expect(list(report) == ["whole", "leaves", "records", "permits", "denials", "refusals", "sweeps", "erased", "receipts", "closed", "torn_bytes", "damaged"], "shape", report)
    expect(report["whole"] and report["closed"] and report["records"] == 13 and report["damaged"] == 0, "report", report)


@test
def another_key():
    out, _ = edict(0, "keygen", "signing", "--name", "orders.sales.example/log", "--out", "other.key")
    _, err = edict(3, "log", "verify", "log", "--key", out.strip())
    expect("error[R0" in err, "why", err)
    edict(2, "log", "verify", "log", "--key", "nonsense")


@test
def changed_bytes():
    for path in files():
        data = read(path)
        for at in range(0, len(data), max(1, len(data) // 7)):
            write(path, data[:at] + bytes([data[at] ^ 64]) + data[at + 1:])
            out, err = edict(3, "log", "verify", "log", "--key", key())
            expect("error[R0" in err and not out.startswith("whole"), f"{path} byte {at}", out, err)
        write(path, data)
    segment = [path for path in files() if "/seg-" in path][0]
    data = read(segment)
    middle = len(data) // 2
    write(segment, data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:])
    out, err = edict(3, "log", "verify", "log", "--key", key())
    expect(os.path.basename(segment) in err and out.startswith("damaged in "), "the place is named", out, err)
    out, err = edict(3, "log", "verify", "log", "--format", "json")
    expect(json.loads(out)["whole"] is False and json.loads(out)["damaged"] > 0, "report", out)
    expect(json.loads(err.splitlines()[0])["code"].startswith("R04"), "findings as JSON", err)
    out, _ = edict(3, "replay", "log", *BUNDLES, "--development", *AUDITOR, "--now", "2026-12-01T00:00:00Z", "--format", "json")
    expect(json.loads(out)["gaps"] > 0, "a gap", out)
    write(segment, data)
    edict(0, "log", "verify", "log", "--key", key())


@test
def missing_files():
    for path in files():
        os.rename(path, "away")
        edict(3, "log", "verify", "log", "--key", key())
        os.rename("away", path)
    write("log/stranger", b"x")
    edict(3, "log", "verify", "log", "--key", key())
    os.remove("log/stranger")


MEMBERS = ["index", "time", "decision", "development", "product", "dataset", "resource", "action", "purpose", "valid_until",
           "reasons", "columns", "rows", "retention", "groups", "obligations", "shadow", "bundles", "set", "subject", "request",
           "meets", "arguments"]


@test
def shown():
    out, err = edict(0, "log", "show", "log")
    lines = [json.loads(line) for line in out.splitlines()]
    expect(len(lines) == 13 and all(list(line) == MEMBERS for line in lines), "shape", lines[:1])
    for text in PRIVATE:
        expect(text not in out + err, f"{text} is shown to everybody")
    expect(all(line["subject"] is None and line["request"] is None for line in lines), "what is sealed is shown")
    expect({line["decision"] for line in lines} == {"permit", "deny"}, "both")
    out, _ = edict(0, "log", "show", "log", *AUDITOR)
    opened = [json.loads(line) for line in out.splitlines()]
    expect(opened[0]["subject"]["id"] == "ana@people.example" and opened[0]["subject"]["regions"] == ["de", "fr", None], "who",
           opened[0])
    expect(opened[5]["request"]["context"]["areas"] == ["de", "us", "moon"], "what was asked", opened[5]["request"])
    expect([{**line, "subject": None, "request": None, "meets": None, "arguments": None} for line in opened] == lines, "the rest is the same")
    edict(0, "keygen", "auditor", "--out", "stranger.key")
    out, err = edict(0, "log", "show", "log", "--auditor-key", "stranger.key")
    expect("ana" not in out and "error[R0418]" in err, "another auditor's key", err)
    with open("/dev/full", "wb") as full:
        _, err = edict(3, "log", "show", "log", stdout=full)
        expect("standard output cannot be written" in err, "a full disk", err)


@test
def replayed():
    words = ["replay", "log", *AUDITOR, "--now", "2026-12-01T00:00:00Z"]
    out, _ = edict(0, *words, *BUNDLES, "--development")
    expect(out == "13 identical, 0 different, 0 corrupt, 0 unreplayable, 0 gaps\n", "all", out)
    out, _ = edict(0, *words, *BUNDLES, "--development", "--format", "json")
    expect(json.loads(out) == {"identical": 13, "different": 0, "corrupt": 0, "unreplayable": 0, "gaps": 0}, "shape", out)
    out, _ = edict(0, *words, *BUNDLES, "--development", "--each", "--format", "json")
    lines = [json.loads(line) for line in out.splitlines()]
    expect(len(lines) == 14 and all(line["verdict"] == "identical" for line in lines[:13]), "each", lines)
    # The order of the bundles, the clock and the floor of time say nothing.
    out, _ = edict(0, *words[:-1], "2029-12-31T00:00:00Z", *BUNDLES[4:], *BUNDLES[:4], "--development")
    expect(out.startswith("13 identical"), "another order and time", out)
    # Signing changes no digest: what was decided is decided again with bundles that are trusted.
    trust = "edict-trust/v1\n"
    for number, line in enumerate(("federal eu.example", "domain sales eu.example/sales", "domain finance eu.example/finance")):
        verifier, _ = edict(0, "keygen", "signing", "--name", f"k{number}", "--out", f"k{number}.key")
        trust += f"{line} {verifier}"
        edict(0, "sign", f"bundle-{number}.edb", "--key", f"k{number}.key", "--out", f"signed-{number}.edb")
    write("trust", trust.encode())
    signed = [word.replace("bundle-", "signed-") for word in BUNDLES]
    out, err = edict(0, *words, *signed, "--trust", "trust")
    expect(out.startswith("13 identical") and err == "", "with trust", out, err)
    edict(3, *words, *BUNDLES, "--trust", "trust")
    edict(3, "replay", "log", *AUDITOR, *signed, "--trust", "trust", "--now", "2031-01-01T00:00:00Z")
    edict(3, *words[:2], "--auditor-key", "stranger.key", *words[4:], *BUNDLES, "--development")


def unpacked(bundle, folder):
    """The sources of a bundle as a project."""
    os.makedirs(folder)
    manifest, _ = edict(0, "inspect", bundle)
    for line in manifest.splitlines():
        if not line.startswith("file ") or line.split(" ")[3] == "program":
            continue
        name = line.split(" ")[3]
        text, _ = edict(0, "inspect", bundle, "--file", name)
        write(os.path.join(folder, os.path.basename(name)), text.encode())


def rebuilt(folder, old, new, out):
    """Builds the project with `old` in its rules replaced, which stays so."""
    path = os.path.join(folder, "rules.edict")
    text = read(path).decode()
    expect(old in text, f"no {old} in the rules")
    write(path, text.replace(old, new).encode())
    edict(0, "build", os.path.join(folder, "edict.yaml"), "--out", out)


@test
def replayed_with_a_changed_rule():
    unpacked("bundle-0.edb", "changed")
    edict(0, "build", "changed/edict.yaml", "--out", "same.edb")
    expect(read("same.edb") == read("bundle-0.edb"), "a bundle is not built again from its own sources")
    rebuilt("changed", "subject.age < 18", "subject.age < 19", "changed.edb")
    words = ["replay", "log", *AUDITOR, "--now", "2026-12-01T00:00:00Z", "--bundle", "changed.edb", *BUNDLES[2:], "--development"]
    out, err = edict(3, *words)
    expect(out == "0 identical, 0 different, 0 corrupt, 13 unreplayable, 0 gaps\n", "another rule", out)
    expect("are these all bundles that decided?" in err, "why", err)
    out, _ = edict(3, *words[:6], *BUNDLES[:4], "--development")
    expect("13 unreplayable" in out, "a bundle too few", out)


# What duties_for_the_command of decision_log_test.c changed in the rules, and how many of its 8 answers differ for it.
CHANGES = [("\"copy\"", "\"copies\"", 4), ("shadow rule no-phones", "rule no-phones", 3), ("shadow rule no-crowds", "rule no-crowds", 2),
           ("at least 5", "at least 6", 2), ("tell(support)", "tell(analyst)", 1), ("exempt purposes", "exempt mails", 1)]


def duty_words(log, first="duties/bundle-0.edb"):
    bundles = ["--bundle", first, "--bundle", "duties/bundle-1.edb", "--bundle", "duties/bundle-2.edb"]
    return ["replay", log, "--auditor-key", "duties/auditor.key", "--now", "2026-12-01T00:00:00Z", *bundles, "--development"]


@test
def duties_are_shown():
    out, _ = edict(0, "log", "show", "duties/log")
    lines = [json.loads(line) for line in out.splitlines()]
    expect([line["decision"] for line in lines] == ["permit"] * 3 + ["deny", "deny", "permit", "deny", "deny"], "effects", lines)
    expect([len(line["obligations"]) for line in lines] == [2, 2, 2, 0, 0, 3, 0, 1], "obligations", lines)
    expect([len(line["shadow"]) for line in lines] == [1, 0, 2, 0, 0, 1, 0, 0], "shadow", [line["shadow"] for line in lines])
    expect([len(line["groups"]) for line in lines] == [0, 1, 1, 0, 0, 0, 0, 0], "groups", [line["groups"] for line in lines])
    expect("federal.rules.in-emergencies" in json.dumps(lines[5]["reasons"]), "the exemption is a reason", lines[5])
    expect("copy" not in out, "arguments are sealed")
    out, _ = edict(0, "log", "show", "duties/log", "--auditor-key", "duties/auditor.key")
    expect("copy" in json.dumps(json.loads(out.splitlines()[0])["arguments"]), "arguments for the auditor", out[:2000])


@test
def duties_are_replayed():
    out, err = edict(0, *duty_words("duties/log"))
    expect(out == "8 identical, 0 different, 0 corrupt, 0 unreplayable, 0 gaps\n", "all", out, err)


@test
def duties_of_other_rules_are_different():
    for number, (_, new, different) in enumerate(CHANGES):
        # A host that decided by changed rules and says that it was those in force.
        out, _ = edict(1, *duty_words(f"duties/claimed-{number}"))
        expect(out == f"{8 - different} identical, {different} different, 0 corrupt, 0 unreplayable, 0 gaps\n", new, out)


@test
def duties_are_replayed_by_the_rules_that_decided_alone():
    for number, (old, new, _) in enumerate(CHANGES):
        unpacked("duties/bundle-0.edb", f"duties/changed-{number}")
        rebuilt(f"duties/changed-{number}", old, new, f"duties/changed-{number}.edb")
        out, err = edict(3, *duty_words("duties/log", f"duties/changed-{number}.edb"))
        expect(out == "0 identical, 0 different, 0 corrupt, 8 unreplayable, 0 gaps\n", new, out, err)


def written(folder, test_name):
    """The writer leaves its log in the folder."""
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run([WRITER, test_name], cwd=HERE, env={**os.environ, "EDICT_KEEP": os.path.abspath(folder)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    expect(done.returncode == 0, f"the writer of {folder}", done.stdout)


def logs():
    written(".", "a_log_for_the_command")
    written("duties", "duties_for_the_command")


if __name__ == "__main__":
    sys.exit(main(logs))
