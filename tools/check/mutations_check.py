#!/usr/bin/env python3
"""Mutations: each line of tests/mutations/table.txt is found once in its file, changes it, and names tests that exist.

In: the table, through run_mutations.py of the same tree. `make mutations` runs for minutes and not at each check; a
line whose text has moved on would be noticed when somebody next runs it, by somebody who knows nothing of the change."""

import importlib.util
import os
import tree


def runner(root):
    path = os.path.join(os.path.abspath(root), "tests/mutations/run_mutations.py")
    if not os.path.exists(path):
        return None
    spec = importlib.util.spec_from_file_location("run_mutations", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    report = tree.Report("mutations")
    run = runner(tree.root_argument())
    for mutation in run.read_table() if run else []:
        report.looked()
        trouble = run.wrong_with(mutation)
        if trouble:
            report.finding(f"tests/mutations/table.txt:{mutation[0]}", f"{trouble}: {mutation[3]}")
    report.done()


main()
