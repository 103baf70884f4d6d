#!/usr/bin/env python3
"""Sources: every C file of the tree is compiled by some target, and every harness has its inputs.

In: what `make sources` lists, the folders tests/hostile/<door>/ and fuzz/<door>_fuzz.c. A C file
that no wildcard of the makefiles finds would be skipped in silence; so would a door without inputs."""

import os
import subprocess
import tree

INPUTS_MIN = 15


def compiled(root):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "T")}
    done = subprocess.run([os.environ.get("MAKE", "make"), "-s", "sources"], cwd=root, env=environment,
                          stdout=subprocess.PIPE, text=True, check=True)
    return set(done.stdout.split())


def look_at_door(root, report, door):
    folder = f"tests/hostile/{door}"
    report.looked()
    if not os.path.exists(os.path.join(root, f"fuzz/{door}_fuzz.c")):
        report.finding(folder, f"has no harness fuzz/{door}_fuzz.c")
    manifest = os.path.join(root, folder, "expected.tsv")
    if not os.path.exists(manifest):
        report.finding(folder, "has no manifest expected.tsv")
        return
    with open(manifest, encoding="utf-8") as text:
        rows = [line.rstrip("\n").split("\t") for line in text if line.strip() and not line.startswith("#")]
    for row in rows:
        if len(row) != 3 or not all(row):
            report.finding(f"{folder}/expected.tsv", f"not file, code and reason: {' | '.join(row)}")
    listed = {row[0] for row in rows}
    there = {name for name in os.listdir(os.path.join(root, folder)) if name not in ("expected.tsv", "README.md")}
    for name in sorted(there - listed):
        report.finding(f"{folder}/{name}", "is not in expected.tsv")
    for name in sorted(listed - there):
        report.finding(f"{folder}/expected.tsv", f"names {name}, which is not there")
    if len(there) < INPUTS_MIN:
        report.finding(folder, f"has {len(there)} inputs, fewer than {INPUTS_MIN}")


def main():
    root, report = tree.root_argument(), tree.Report("sources")
    known = compiled(root)
    for path in tree.files(root, ".c"):
        report.looked()
        if path not in known:
            report.finding(path, "is compiled by no target")
    hostile = os.path.join(root, "tests/hostile")
    doors = sorted(os.listdir(hostile)) if os.path.isdir(hostile) else []
    for door in doors:
        look_at_door(root, report, door)
    for path in tree.files(root, "_fuzz.c", under=("fuzz/",)):
        door = os.path.basename(path)[:-len("_fuzz.c")]
        if door not in doors:
            report.finding(path, f"has no inputs in tests/hostile/{door}/")
    report.done()


main()
