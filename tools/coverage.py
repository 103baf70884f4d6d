#!/usr/bin/env python3
"""Coverage: a table of lines and branches by source file, from gcov's data.

tools/coverage.py [--gcov PROGRAM] FOLDER
In: the .gcda files below FOLDER, written by programs built with --coverage. Out: one line a source
file of the product (not tests), and a total. A source that no program was
linked with still has its notes and counts as 0%, so nothing is left out."""

import argparse
import collections
import glob
import json
import os
import subprocess
import sys

FOLDERS = ("runtime/", "policy/", "workbench/", "cli/", "adapters/")


def gcov_files(program, notes):
    """gcov's description of each source that these note files speak of."""
    done = subprocess.run([program, "--json-format", "--stdout", "--branch-probabilities", *notes],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    for line in done.stdout.splitlines():
        if line.startswith(b"{"):
            yield from json.loads(line)["files"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gcov", default="gcov")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    notes = sorted(glob.glob(os.path.join(arguments.folder, "**", "*.gcno"), recursive=True))
    lines, branches = collections.defaultdict(dict), collections.defaultdict(dict)
    for start in range(0, len(notes), 50):
        for entry in gcov_files(arguments.gcov, notes[start:start + 50]):
            name = os.path.normpath(entry["file"])
            # Notes of a source that was removed since may lie about.
            if not name.startswith(FOLDERS) or not os.path.exists(name):
                continue
            for line in entry["lines"]:
                number = line["line_number"]
                lines[name][number] = lines[name].get(number, 0) + line["count"]
                for i, branch in enumerate(line["branches"]):
                    key = number, i
                    branches[name][key] = branches[name].get(key, 0) + branch["count"]
    if not lines:
        sys.exit(f"coverage: no data below {arguments.folder}")

    def row(name, taken, all_lines, taken_branches, all_branches):
        part = f"{100 * taken / all_lines:6.1f}%  {taken:6}/{all_lines:<6}" if all_lines else f"{'-':>7}  {'-':>6} {'':<6}"
        more = f"{100 * taken_branches / all_branches:6.1f}%" if all_branches else f"{'-':>7}"
        print(f"{name:48} {part} {more}")

    print(f"{'file':48} {'lines':>7}  {'run':>6}/{'all':<6} {'branches':>7}")
    total = [0, 0, 0, 0]
    for name in sorted(lines):
        numbers = (sum(1 for n in lines[name].values() if n), len(lines[name]),
                   sum(1 for n in branches[name].values() if n), len(branches[name]))
        total = [t + n for t, n in zip(total, numbers)]
        row(name, *numbers)
    row("total", *total)


if __name__ == "__main__":
    main()
