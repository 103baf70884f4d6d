#!/usr/bin/env python3
"""Runs the proofs of models.txt with CBMC, and each defect that is named there, which has to break its proof.

run_models.py --cbmc PROGRAM [--only WORD]... [--limit SECONDS]
WORDs pick proofs whose model or function holds one of them. A line tells of each: the time, and how many properties
hold. Ends with `N proved, N broken ones noticed, N wrong` and exit code 0 only if nothing is wrong."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CHECKS = ["--bounds-check", "--pointer-check", "--signed-overflow-check", "--div-by-zero-check", "--unwinding-assertions",
          "--drop-unused-functions", "--slice-formula"]
FAILED = re.compile(r"^\[.*\] (.*): FAILURE$", re.M)
COUNT = re.compile(r"^\*\* (\d+) of (\d+) failed", re.M)


def read_models():
    proofs = []
    with open(os.path.join(HERE, "models.txt"), encoding="utf-8") as table:
        for line in table:
            line = line.rstrip("\n")
            if line.startswith("proof "):
                model, function, _, unwind, *flags = line[6:].split()
                proofs.append({"model": model, "function": function, "unwind": unwind, "flags": flags, "breaks": []})
            elif line.startswith("= "):
                proofs[-1]["shows"] = line[2:]
            elif line.startswith("break "):
                proofs[-1]["breaks"].append([line[6:], None, None])
            elif line.startswith("- "):
                proofs[-1]["breaks"][-1][1] = line[2:]
            elif line.startswith("+ "):
                proofs[-1]["breaks"][-1][2] = line[2:]
            elif line and not line.startswith("#"):
                sys.exit(f"models.txt: no line of this table: {line}")
    return proofs


def run(cbmc, proof, limit, first=None):
    """(whether all properties hold, how many there are, what failed, seconds); the tree `first` hides files of the true one."""
    folders = ["include", "runtime", "tests/model", "."]
    includes = [os.path.join(first, f) for f in folders] if first else []
    command = [cbmc, f"tests/model/{proof['model']}_model.c", "--function", proof["function"], "--unwind", proof["unwind"], *CHECKS]
    command += [] if "wraps" in proof["flags"] else ["--unsigned-overflow-check"]
    command += [] if "narrows" in proof["flags"] else ["--conversion-check"]
    command += ["--object-bits", "12"] if "objects" in proof["flags"] else []
    for folder in includes + folders:
        command += ["-I", folder]
    begin = time.monotonic()
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return None, 0, f"no answer in {limit} s", time.monotonic() - begin
    seconds, counted = time.monotonic() - begin, COUNT.search(done.stdout)
    if not counted:
        return None, 0, done.stdout[-800:], seconds
    return counted.group(1) == "0", int(counted.group(2)), "; ".join(FAILED.findall(done.stdout)[:2]), seconds


def make_broken(folder, path, before, after):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        text = file.read()
    if text.count(before) != 1:
        sys.exit(f"models.txt: {path}: found {text.count(before)} times: {before}")
    target = os.path.join(folder, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    # A file that is included beside others of its folder finds them where they are.
    with open(target, "w", encoding="utf-8") as file:
        file.write(text.replace(before, after))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cbmc", default="cbmc")
    arguments.add_argument("--only", action="append", default=[])
    arguments.add_argument("--limit", type=int, default=600)
    options = arguments.parse_args()
    proved = noticed = wrong = 0
    for proof in read_models():
        name = f"{proof['model']} {proof['function']}"
        if options.only and not any(word in name for word in options.only):
            continue
        holds, count, why, seconds = run(options.cbmc, proof, options.limit)
        print(f"{'proved' if holds else 'WRONG '}  {name}: {count} properties, {seconds:.1f} s{'' if holds else ': ' + why}", flush=True)
        proved, wrong = proved + bool(holds), wrong + (not holds)
        if not proof["breaks"]:
            print(f"WRONG   {name}: no defect shows that it can fail")
            wrong += 1
        for path, before, after in proof["breaks"]:
            folder = tempfile.mkdtemp(prefix="edict-model-")
            make_broken(folder, path, before, after)
            holds, _, why, seconds = run(options.cbmc, proof, options.limit, folder)
            shutil.rmtree(folder)
            print(f"{'noticed' if holds is False else 'WRONG  '} {name}: {path}: {after} ({seconds:.1f} s: {why})", flush=True)
            noticed, wrong = noticed + (holds is False), wrong + (holds is not False)
    print(f"{proved} proved, {noticed} broken ones noticed, {wrong} wrong")
    return 0 if wrong == 0 and proved else 1


if __name__ == "__main__":
    sys.exit(main())
