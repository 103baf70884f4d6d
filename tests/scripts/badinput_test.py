#!/usr/bin/env python3
"""Bad input: what the command is given is never shown raw where a terminal would obey it, and costs bounded time and
memory.

Every control, bidirectional and invisible character goes into every place of rules, contracts, project file, tables and
arguments, in each form of output. Then files that are large or deep in every way, each under a limit of memory and
time, with a message that says what is wrong."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time

HERE = os.getcwd()
EDICT = os.path.join(os.environ.get("EDICT_BUILD", os.path.join(HERE, "build")), "edict")
FOLDER = os.path.join(os.environ["TMPDIR"], "badinput")
results = {True: 0, False: 0}
HIDDEN = [chr(c) for c in (*range(1, 10), *range(11, 32), 127, *range(0x80, 0xA0), 0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010),
                           *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), 0xE0001, 0xE0041)]
RAW = re.compile("[" + "".join(re.escape(c) for c in HIDDEN) + "]")
MEMORY = 1 << 30
SECONDS = 20


def check(good, what, *lines):
    results[bool(good)] += 1
    if not good:
        for line in lines:
            print(f"# {str(line)[:300]!r}")
        print(f"not ok {what}")


def write(path, text):
    path = os.path.join(FOLDER, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def limit():
    if "san" not in EDICT:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def edict(*words):
    begin = time.monotonic()
    done = subprocess.run([EDICT, *words], cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, preexec_fn=limit)
    done.seconds = time.monotonic() - begin
    done.text = (done.stdout + done.stderr).decode("utf-8", "surrogateescape")
    return done


def start():
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree("tests/codes", FOLDER)
    os.makedirs(os.path.join(FOLDER, "build"))
    done = edict("build", "federal/edict.yaml", "--out", "build/federal.edb", "--tables", "build")
    check(done.returncode == 0, "the example is good", done.text)


# ---- what may not be shown ----

EVIL = "".join(HIDDEN)
RULES = {"a name": "rule a{}b\n  forbid read\n", "a string": 'rule a\n  forbid read\n  because "x{}y"\n',
         "a comment": "# a {} b\nrule a\n  forbid read\n", "a tag": "rule a\n  forbid read\n  on dataset holding pii.{}x\n",
         "a pattern": "rule a\n  forbid read\n  when context.channel matches /[{}/\n", "a test": 'test "x{}y"\n  product a\n'}
CONTRACT = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\ndomain: sales\ndataProduct: {}\n" \
           "schema:\n  - name: {}\n    properties:\n      - {{ name: {}, logicalType: {}, tags: [ {} ] }}\n"


def test_shown(what, *words):
    for form in ("text", "json", "sarif"):
        done = edict(*words, "--format", form)
        found = RAW.findall(done.text)
        check(not found, f"{what} as {form}: {found[:3]!r}", done.text)
        check(done.returncode != 0 and done.text.count("\n") > 0, f"{what} as {form}: something is said", done.text)


def test_hidden():
    for name, text in RULES.items():
        for which in (EVIL, "\u202e", "\x1b[31m", "\u200b", "\x85"):
            write("federal/bad.edict", "module federal.bad\n" + text.replace("{}", which))
            test_shown(f"{name} of a rule file", "check", "federal/edict.yaml")
    os.remove(os.path.join(FOLDER, "federal/bad.edict"))
    for which in ("\\e[31m", "\\u202E", "\\u200B", "\\x85", "\\x7F"):
        for place in range(5):
            words = ["returns", "returns", "email", "string", "pii.email"]
            words[place] = f'"x{which}y"'
            write("sales/bad.odcs.yaml", CONTRACT.format(*words))
            done = [edict("check", "sales/edict.yaml", "--format", form).text for form in ("text", "json", "sarif")]
            check(not any(RAW.search(text) for text in done), f"{which} at {place} of a contract", *done)
        os.remove(os.path.join(FOLDER, "sales/bad.odcs.yaml"))
        write("other/edict.yaml", f'edict: 1\nname: "a{which}b"\nlayer: federal\n"r{which}s": 1\nrules: [ "x{which}y" ]\n')
        test_shown(f"{which} in edict.yaml", "check", "other/edict.yaml")
    write("federal/consent.csv", f"person,pur{EVIL}pose\nc-1{EVIL},{EVIL}\n")
    done = edict("build", "federal/edict.yaml", "--out", "build/x.edb", "--tables", "build")
    check(done.returncode != 0 and not RAW.search(done.text), "a table", done.text)
    shutil.copy("tests/codes/federal/consent.csv", os.path.join(FOLDER, "federal"))


def test_arguments():
    for words in (["{}"], ["check", "--{}"], ["check", "{}.yaml"], ["explain", "{}"], ["help", "{}"], ["check", "a", "{}"],
                  ["eval", "--bundle", "{}", "--trust", "{}", "--product", "p", "--dataset", "d", "--action", "a", "--subject", "{{}}"],
                  ["inspect", "build/federal.edb", "--file", "{}"], ["keygen", "{}"]):
        done = edict(*[word.replace("{}", EVIL) for word in words])
        check(done.returncode in (1, 2, 3) and not RAW.search(done.text), f"{words} shows its argument", done.text)


# ---- what must stay bounded ----

HEAD = b"module federal.bad\n\n"
RULE = b"rule a\n  forbid read\n  when "
LARGE = {
    "a hundred thousand errors": (HEAD + b"".join(b"rule r%d\n  forbid red\n" % i for i in range(100_000)), "E0204"),
    "a hundred thousand words out of place": (HEAD + b"x y\n" * 100_000, "E0122"),
    "a hundred thousand stray characters": (HEAD + b"$ " * 100_000, "E0100"),
    "a name of a megabyte": (HEAD + b"rule " + b"a" * (1 << 20) + b"\n", "E0704"),
    "a string of a megabyte": (HEAD + RULE + b'context.channel == "' + b"a" * (1 << 20) + b'"\n', "E0705"),
    "a number of a megabyte": (HEAD + RULE + b"context.score > " + b"1" * (1 << 20) + b"\n", "E0107"),
    "a pattern of a megabyte": (HEAD + RULE + b"context.channel matches /" + b"a" * (1 << 20) + b"/\n", "E0706"),
    "a pattern that would backtrack": (HEAD + RULE + b"context.channel matches /(a+)+\\1$/\n", "E0219"),
    "a line of a megabyte": (HEAD + RULE + b"( " * (1 << 19) + b"\n", "E0703"),
    "a million brackets": (HEAD + b"taxonomy tag " + b"{ a " * 300_000, "E0703"),
    "a million nots": (HEAD + RULE + b"not " * 500_000 + b"true\n", "E0703"),
    "NUL everywhere": (HEAD + b"\0" * 100_000, "E0102"),
    "no UTF-8 anywhere": (HEAD + b"\xff\xfe" * 100_000, "E0102"),
    "zero width everywhere": (HEAD + "\u200b".encode() * 100_000, "E0101"),
    "definitions in a circle": (HEAD + b"".join(b"let a%d = a%d\n" % (i, (i + 1) % 20_000) for i in range(20_000)), "E0246"),
    "definitions that double": (HEAD + b"define d0() = subject.remote\n" +
                                b"".join(b"define d%d() = d%d() and d%d()\n" % (i, i - 1, i - 1) for i in range(1, 60)) +
                                RULE + b"d59()\n", "E0247"),
}


def test_bounded():
    for name, (text, code) in LARGE.items():
        write("federal/bad.edict", text)
        for form in ("text", "json"):
            done = edict("check", "federal/edict.yaml", "--format", form)
            lines = done.text.count('{"code"') if form == "json" else len(re.findall(r"^\w+\[\w+\]", done.text, re.M))
            check(done.returncode == 1 and done.seconds < SECONDS, f"{name}: exit {done.returncode}, {done.seconds:.1f} s", done.text)
            check(code in done.text and 1 <= lines <= 10_001, f"{name}: {code} is told, {lines} messages", done.text[:300])
            if "thousand errors" in name:
                check("more" in done.text.splitlines()[-1] or "more" in done.text[-400:], f"{name}: the others are counted", done.text[-300:])
    os.remove(os.path.join(FOLDER, "federal/bad.edict"))


# ---- what must not change anything ----

def files():
    """Every file there is, byte for byte."""
    found = {}
    for folder, _, names in os.walk(FOLDER):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.join(folder, name)] = file.read()
    return found


def test_contracts():
    """A hostile contract among a domain's: no bundle is made, and the one before stays."""
    done = edict("build", "sales/edict.yaml", "--out", "build/sales.edb")
    check(done.returncode == 0, "the domain is built", done.text)
    with open(os.path.join(HERE, "tests/hostile/contract/expected.tsv"), encoding="utf-8") as table:
        inputs = [line.rstrip("\n").split("\t") for line in table]
    refused = 0
    for name, code, _ in inputs:
        if code == "OK":
            continue
        shutil.copy(os.path.join(HERE, "tests/hostile/contract", name), os.path.join(FOLDER, "sales/bad.odcs.yaml"))
        before = files()
        done = edict("build", "sales/edict.yaml", "--out", "build/sales.edb")
        # Tags, levels and attributes are those of another vocabulary here: all others are refused for their own reason.
        own = code in done.text or code in ("E0432", "E0433", "E0437", "E0439")
        check(done.returncode == 1 and own and done.seconds < SECONDS, f"{name}: refused with {code}", done.text)
        check(files() == before, f"{name}: nothing changes")
        refused += 1
    os.remove(os.path.join(FOLDER, "sales/bad.odcs.yaml"))
    check(refused >= 60, f"{refused} contracts")


def main():
    start()
    test_contracts()
    test_hidden()
    test_arguments()
    test_bounded()
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
