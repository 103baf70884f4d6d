#!/usr/bin/env python3
"""Man: the manual pages docs/man/*.1 say what the command's own help says.

One source: verbs.def, the options of each verb and what it adds, as `edict help` prints them. This script lays that out
as a page and compares; `--write` writes the pages. make install installs them."""

import glob
import os
import re
import shutil
import subprocess
import sys

EDICT = os.path.join(os.environ.get("EDICT_BUILD", os.path.abspath("build")), "edict")
FOLDER = "docs/man"
OPTION = re.compile(r"^  (--[a-z-]+(?:\[=[a-z]+)?)(?: ([A-Z][A-Z]*(?:[,=][A-Z]+)?\]?|[a-z]+(?:\|[a-z]+)+))? +(\S.*)$")
EXITS = [("0", "done, permitted, nothing found"), ("1", "denied, findings, a failed test, a replay that differs"),
         ("2", "wrong usage"), ("3", "an input was refused, or a file could not be read or written"),
         ("4", "a defect of Edict")]
MORE_EXITS = {"diff": [("5", "something closes, and nothing that was found opens")]}


def edict(*words):
    return subprocess.run([EDICT, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                          encoding="utf-8").stdout


def escaped(text):
    """As roff shows it letter by letter: no line begins a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def verbatim(lines):
    return [".nf", *[escaped(line) for line in lines], ".fi"]


def head(name, release, what):
    return [f'.TH {name.upper()} 1 "" "Edict {release}" "Edict"', ".SH NAME", f"{escaped(name)} \\- {escaped(what)}"]


def exits(verb=""):
    lines = [".SH EXIT STATUS"]
    for code, what in EXITS + MORE_EXITS.get(verb, []):
        lines += [".TP", code, escaped(what)]
    return lines


def see_also(names):
    return [".SH SEE ALSO", ",\n".join(f"\\fB{escaped(name)}\\fR(1)" for name in names)]


def split_help(text):
    """The usage, the summary, the options and what follows them."""
    # What goes on below an option stands under its help.
    parts = re.sub(r"\n {10,}(?=\S)", " ", text.rstrip("\n")).split("\n\n")
    usage = [line.removeprefix("usage: ") for line in text.split("\n\n")[0].split("\n")]
    options, more = [], []
    for part in parts[2:]:
        found = [OPTION.match(line) for line in part.split("\n")]
        if not more and not options and all(found):
            options = [match.groups() for match in found]
        else:
            more.append(part.split("\n"))
    return usage, parts[1], options, more


def verb_page(verb, release, others):
    usage, summary, options, more = split_help(edict("help", verb))
    lines = head(f"edict-{verb}", release, summary) + [".SH SYNOPSIS"] + verbatim(usage)
    if more:
        lines.append(".SH DESCRIPTION")
    for i, block in enumerate(more):
        lines += ([".PP"] if i else []) + verbatim(block)
    lines.append(".SH OPTIONS")
    for name, value, what in options:
        lines += [".TP", f"\\fB{escaped(name)}\\fR" + (f" \\fI{escaped(value)}\\fR" if value else ""), escaped(what)]
    return "\n".join(lines + exits(verb) + see_also(["edict", *(f"edict-{other}" for other in others)])) + "\n"


def main_page(verbs, release):
    lines = head("edict", release, "computational governance for data products") + [".SH SYNOPSIS"]
    lines += verbatim(["edict VERB [OPTION]...", "edict help [VERB]", "edict version"])
    lines += [".SH DESCRIPTION", "Rules in a small language are checked, built into signed bundles, and decide inside a data",
              "product who sees what. Data goes to standard output, everything else to standard error."]
    for verb, summary in verbs:
        lines += [".TP", f"\\fB{escaped(verb)}\\fR", escaped(summary)]
    lines += exits()
    lines += [".SH ENVIRONMENT", ".TP", "\\fBNO_COLOR\\fR", "set to anything: messages have no colour on a terminal either"]
    return "\n".join(lines + see_also([f"edict-{verb}" for verb, _ in verbs])) + "\n"


def pages():
    release = edict("version").split()[1]
    verbs = re.findall(r"^  ([a-z]+) +(\S.*)$", edict("help"), re.M)
    yield f"{FOLDER}/edict.1", main_page(verbs, release)
    for verb, _ in verbs:
        yield f"{FOLDER}/edict-{verb}.1", verb_page(verb, release, [other for other, _ in verbs if other != verb])


def main():
    wanted = dict(pages())
    if sys.argv[1:] == ["--write"] or os.environ.get("GOLDEN_UPDATE"):
        os.makedirs(FOLDER, exist_ok=True)
        for path in set(glob.glob(f"{FOLDER}/*.1")) - set(wanted):
            os.remove(path)
        for path, text in wanted.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    passed = failed = 0
    with open("cli/verbs.def", encoding="utf-8") as file:
        listed = re.findall(r"^VERB\((\w+),", file.read(), re.M)
    checks = {"every verb has a page": [f"{FOLDER}/edict-{verb}.1" for verb in listed] == list(wanted)[1:],
              "no page is of another": set(glob.glob(f"{FOLDER}/*.1")) == set(wanted)}
    for verb in listed:
        text = edict("help", verb)
        checks[f"every option of {verb} is read"] = len(split_help(text)[2]) == len(re.findall(r"^  --", text.split("\n\n", 2)[2], re.M))
    for path, text in wanted.items():
        there = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        checks[f"{path} is what the help says (tests/scripts/man_test.py --write)"] = there == text
    skipped = 0
    if shutil.which("groff"):
        for path, text in wanted.items():
            done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z"], input=text, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, encoding="utf-8", check=False)
            checks[f"{path} is laid out without a warning {done.stdout}"] = done.returncode == 0 and not done.stdout
    else:
        print("# there is no groff to lay the pages out with")
        skipped = 1
    for name, good in checks.items():
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"not ok {name}")
    print(f"# passed {passed} failed {failed} skipped {skipped}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
