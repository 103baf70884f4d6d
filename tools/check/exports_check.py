#!/usr/bin/env python3
"""Exports: the shared libraries show exactly what exports.txt, a reviewed file, lists.

In: the libraries in $EDICT_BUILD and the public headers. Out: a finding for each symbol shown and
not listed, listed and not shown, badly named, or declared EDICT_EXPORT in a header and shown by no
library. `--update` (make exports) rewrites the list; read the difference before it is committed."""

import os
import re
import subprocess
import sys
import tree

LIST = "tools/check/exports.txt"
# What a symbol of each library may be called.
NAMES = {
    "libedict.so.0": r"edict_[a-z0-9_]+",
    "libedict-policy.so.0": r"edict_[a-z0-9_]+",
    "edict_sqlite.so": r"sqlite3_(edictsqlite_init|extension_init)",
}
DECLARED = re.compile(r"EDICT_EXPORT\b[^;{]*?\b(edict_\w+)\s*\(")


def shown(folder):
    """(library, symbol) of all libraries that are there."""
    found = set()
    for library in NAMES:
        path = os.path.join(folder, library)
        if not os.path.exists(path):
            continue
        done = subprocess.run([os.environ.get("NM", "nm"), "-D", "-P", "--defined-only", path],
                              stdout=subprocess.PIPE, check=True, text=True)
        found |= {(library, line.split()[0].split("@")[0]) for line in done.stdout.splitlines()}
    return found


def update(root, found):
    with open(os.path.join(root, LIST), "w", encoding="utf-8") as out:
        out.write("# Exports: every symbol that a shared library shows. `make exports` rewrites the list; a line\n"
                  "# that appears is a promise to callers, one that disappears breaks them.\n")
        for library, symbol in sorted(found):
            out.write(f"{library} {symbol}\n")
    print(f"{LIST}: {len(found)} symbols")


def main():
    root, report = tree.root_argument(), tree.Report("exports")
    found = shown(os.environ.get("EDICT_BUILD", os.path.join(root, "build")))
    if "--update" in sys.argv:
        return update(root, found)
    listed = {tuple(row) for row in tree.table(os.path.join(root, LIST))}
    report.looked(len(found))
    for library, symbol in sorted(found - listed):
        report.finding(library, f"shows `{symbol}`, which is not in {LIST}")
    for library, symbol in sorted(listed - found):
        report.finding(library, f"does not show `{symbol}` of {LIST}")
    for library, symbol in sorted(found):
        if not re.fullmatch(NAMES[library], symbol):
            report.finding(library, f"shows `{symbol}`, which is not named as its symbols are")
    symbols = {symbol for _, symbol in found}
    for path in tree.files(root, ".h", under=("include/",)):
        for name in DECLARED.findall(tree.code_only(tree.read(root, path))):
            if name not in symbols:
                report.finding(path, f"declares `{name}`, which no library shows")
    return report.done()


main()
