#!/usr/bin/env python3
"""Copies a source of the evaluator without the lines that note the reasons of a permit, for decide_bench to measure
what they cost.

reasonless.py SOURCE COPY
The copy is for the bench alone. A line that is not found as often as it should be is an error, so this list follows the code."""
import pathlib
import sys

LINES = {
    "plan.c": {"    if (effect == EDICT_PERMIT) add_reason(plan, entry);\n": 1},
    "residue.c": {"    plan->reasons[reasons] = (edi_reason){step->entry, t, EDI_SYSTEM_NONE, 0};\n": 1},
    "swift.c": {"    plan->reasons[reasons] = (edi_reason){t->entry, truth, EDI_SYSTEM_NONE, 0};\n": 1},
}


def main():
    source, copy = map(pathlib.Path, sys.argv[1:])
    text = source.read_text(encoding="utf-8")
    for line, times in LINES[source.name].items():
        if text.count(line) != times:
            sys.exit(f"reasonless.py: {source}: not {times} of: {line.strip()}")
        text = text.replace(line, "    (void)effect;\n" if "effect" in line else "")
    copy.write_text(f'#line 1 "{source}"\n{text}', encoding="utf-8")


main()
