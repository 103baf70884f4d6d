#!/usr/bin/env python3
"""Doors: the table of tests/README.md says what the tree holds: each folder of tests/hostile/ and each
harness of fuzz/ has a row, each row's function is there and used by its harness or the door it goes
through, and its folder has as many inputs. `--write` counts anew."""

import glob
import os
import re
import subprocess
import sys

TABLE = "tests/README.md"
ROW = re.compile(r"^\| (\w+) \| ([^|]+) \| `(\w+)` \| `fuzz/(\w+)_fuzz\.c` \| (\d+) \|$", re.M)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def inputs(door):
    folder = os.path.join("tests/hostile", door)
    return len([n for n in os.listdir(folder) if n not in ("expected.tsv", "README.md")]) if os.path.isdir(folder) else 0


def reached(door, function):
    """Whether the harness calls the function, or a file of tests/support/ that it includes does."""
    pending, seen = [f"fuzz/{door}_fuzz.c"], set()
    while pending:
        path = pending.pop()
        if path in seen or not os.path.exists(path):
            continue
        seen.add(path)
        text = read(path)
        if re.search(rf"\b{function}\(", text):
            return True
        for name in re.findall(r'#include "support/(\w+)\.h"', text):
            pending += [f"tests/support/{name}.c", f"tests/support/{name}.h"]
    return False


def main():
    text = read(TABLE)
    if sys.argv[1:] == ["--write"]:
        text = ROW.sub(lambda m: m.group(0)[:m.start(5) - m.start(0)] + f"{inputs(m.group(1))} |", text)
        with open(TABLE, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    failures = []
    rows = ROW.findall(text)
    doors = [row[0] for row in rows]
    for folder in sorted(glob.glob("tests/hostile/*/")):
        if folder.split("/")[2] not in doors:
            failures.append(f"{folder} has no row")
    for harness in sorted(glob.glob("fuzz/*_fuzz.c")):
        if os.path.basename(harness)[:-len("_fuzz.c")] not in doors:
            failures.append(f"{harness} has no row")
    sources = subprocess.run(["grep", "-rhoE", r"\b(edi|edict|sqlite3_edict|lsp|csv|ipc)\w*\(", "runtime", "policy", "adapters",
                              "workbench"],
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    declared = {line.rstrip("(") for line in sources.splitlines()}
    for door, _, function, harness, count in rows:
        if door != harness:
            failures.append(f"{door}: its harness is fuzz/{door}_fuzz.c")
        if not os.path.exists(f"fuzz/{harness}_fuzz.c"):
            failures.append(f"{door}: there is no fuzz/{harness}_fuzz.c")
        if function not in declared:
            failures.append(f"{door}: no source holds {function}")
        elif not reached(door, function):
            failures.append(f"{door}: its harness does not come to {function}")
        if int(count) > inputs(door):
            failures.append(f"{door}: {count} inputs in the table, {inputs(door)} in the folder")
    if len(rows) < 15:
        failures.append("the table has too few rows to be believed")
    for failure in failures:
        print("# " + failure)
    print(("not ok" if failures else "ok") + " doors")
    print(f"# passed {0 if failures else 1} failed {1 if failures else 0} skipped 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
