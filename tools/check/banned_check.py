#!/usr/bin/env python3
"""Banned functions: none of banned.txt is used outside the files that it allows.

In: the sources of the product and their objects below $EDICT_OBJECTS (`make all` made them). A
source without an object is a finding. Tests, fuzz harnesses and benchmarks may use what they like."""

import os
import re
import subprocess
import tree

PRODUCT = ("include/", "runtime/", "policy/", "workbench/", "cli/", "adapters/")


def rules():
    """how -> {name: allowed prefixes}"""
    found = {"call": {}, "symbol": {}, "word": {}}
    for name, how, *allowed in tree.own_table("banned.txt"):
        found[how][name] = tuple(a for a in allowed if a != "-")
    return found


def look_at_text(report, path, text, banned):
    code = tree.code_only(text)
    for how, ending in (("call", r"\s*\("), ("word", r"\b")):
        if not banned[how]:
            continue
        # A member of that name (x->gets(...), x.rand) is not the function.
        pattern = re.compile(r"(?<![\w.])(?<!->)(" + "|".join(map(re.escape, banned[how])) + ")" + ending)
        for match in pattern.finditer(code):
            name = match.group(1)
            if not path.startswith(banned[how][name] or ("\0",)):
                report.finding(f"{path}:{tree.line_of(code, match.start())}", f"`{name}` is banned here")


def undefined_symbols(objects):
    """object path -> names; fortified names count as the plain ones."""
    done = subprocess.run([os.environ.get("NM", "nm"), "-A", "-u", "-P", *objects],
                          stdout=subprocess.PIPE, check=True, text=True)
    found = {}
    for line in done.stdout.splitlines():
        path, name = line.split(": ", 1)
        name = re.sub(r"^__(\w+)_chk$", r"\1", name.split()[0].split("@")[0])
        found.setdefault(path, set()).add(name)
    return found


def main():
    root, report, banned = tree.root_argument(), tree.Report("banned"), rules()
    objects = {}
    folder = os.environ.get("EDICT_OBJECTS", os.path.join(root, "build/release"))
    for path in tree.files(root, *tree.C_ENDINGS, under=PRODUCT):
        report.looked()
        look_at_text(report, path, tree.read(root, path), banned)
        if path.endswith(".c"):
            made = os.path.join(folder, path[:-2] + ".o")
            if os.path.exists(made):
                objects[made] = path
            else:
                report.finding(path, f"has no object {made}")
    for made, names in undefined_symbols(objects).items() if objects else ():
        path = objects[made]
        for name in sorted(names & set(banned["symbol"])):
            if not path.startswith(banned["symbol"][name] or ("\0",)):
                report.finding(path, f"refers to `{name}`, which is banned here")
    report.done()


main()
