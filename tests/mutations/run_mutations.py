#!/usr/bin/env python3
"""Makes each mutation of table.txt in a copy of the tree and tells which ones no test notices.

run_mutations.py [--only WORD]... [--check]
WORDs pick mutations whose file or texts hold one of them. --check looks at the table alone. The copy is
$EDICT_BUILD/mutations; only what a mutation needs is built there. A mutation is caught if one of its tests fails,
dies or does not end in time; one that does not compile shows nothing and counts as wrong. Ends with
`N caught, N survived, N wrong` and exit code 0 only if all are caught."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIMIT = 120  # seconds for one test: one that does not end is caught
PASSED = re.compile(rb"^# passed [1-9]\d* failed 0 skipped \d+$", re.M)


def read_table():
    """[(line, file, tests, from, to)]."""
    found, head = [], None
    with open(os.path.join(HERE, "table.txt"), encoding="utf-8") as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip("\n")
            if line.startswith("- "):
                before = line[2:]
            elif line.startswith("+ "):
                found.append((head[0], head[1], head[2], before, line[2:]))
            elif line and not line.startswith("#"):
                path, _, tests = line.partition(": ")
                head = (number, path, tests.split())
    return found


def program_of(test):
    for kind in ("property", "unit"):
        if os.path.exists(os.path.join(ROOT, "tests", kind, f"{test}_test.c")):
            return f"tests/{kind}/{test}_test"
    return f"fuzz/{test}" if os.path.exists(os.path.join(ROOT, "fuzz", f"{test}.c")) else None


def wrong_with(mutation):
    """What is wrong with a line of the table; None: nothing."""
    _, path, tests, before, after = mutation
    full = os.path.join(ROOT, path)
    if not os.path.exists(full):
        return "no such file"
    if not tests or any(program_of(t) is None for t in tests):
        return "no such test"
    with open(full, encoding="utf-8") as file:
        count = file.read().count(before)
    if count != 1:
        return f"found {count} times"
    return "changes nothing" if before == after else None


def copy_tree(into):
    """The files that are kept, as they are now; what did not change keeps its time, so that it is not built again."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                           stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source, target = os.path.join(ROOT, name), os.path.join(into, name)
        if not os.path.isfile(source):
            continue
        if os.path.exists(target):
            with open(source, "rb") as a, open(target, "rb") as b:
                if a.read() == b.read():
                    continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


def build(tree, tests, jobs):
    programs = ["build/release/" + program_of(t) for t in tests]
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run([os.environ.get("MAKE", "make"), f"-j{jobs}", "BUILD=build", *programs], cwd=tree,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0, done.stdout.decode(errors="replace")


def passes(tree, test):
    program = os.path.join(tree, "build/release", program_of(test))
    try:
        done = subprocess.run([program], cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT, check=False,
                              env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "1795168800"})
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and PASSED.search(done.stdout) is not None


def try_mutation(tree, mutation, jobs):
    """(`caught`, `survived` or `wrong`, by what or why)."""
    _, path, tests, before, after = mutation
    file = os.path.join(tree, path)
    with open(file, encoding="utf-8") as source:
        text = source.read()
    try:
        with open(file, "w", encoding="utf-8") as source:
            source.write(text.replace(before, after))
        for test in tests:
            built, said = build(tree, [test], jobs)
            if not built:
                return "wrong", "does not compile:\n" + said
            if not passes(tree, test):
                return "caught", test
        return "survived", " ".join(tests)
    finally:
        with open(file, "w", encoding="utf-8") as source:
            source.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    table = [m for m in read_table()
             if not given.only or any(w in part for w in given.only for part in (m[1], m[3], m[4]))]
    for mutation in table:
        trouble = wrong_with(mutation)
        if trouble:
            print(f"table.txt:{mutation[0]}: {trouble}: {mutation[3]}")
            return 1
    print(f"{len(table)} mutations", flush=True)
    if given.check or not table:
        return 0 if table else 1
    tree = os.path.join(os.environ.get("EDICT_BUILD", os.path.join(ROOT, "build")), "mutations")
    copy_tree(tree)
    every = sorted({t for m in table for t in m[2]})
    built, said = build(tree, every, given.jobs)
    failing = [t for t in every if not built or not passes(tree, t)]
    if failing:
        print(said if not built else f"these fail without any mutation: {' '.join(failing)}")
        return 1
    counts = {"caught": 0, "survived": 0, "wrong": 0}
    for mutation in table:
        start = time.monotonic()
        what, by = try_mutation(tree, mutation, given.jobs)
        counts[what] += 1
        print(f"{what:8} {mutation[1]} ({by}, {time.monotonic() - start:.0f} s): {mutation[4]}", flush=True)
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    return 0 if counts["caught"] == len(table) else 1


if __name__ == "__main__":
    sys.exit(main())
