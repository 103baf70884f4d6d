"""Tree: what the structure checks share: the files of the project, C text without comments, tables
of exceptions, and the report that tests/run adds up.

A check is a program `<noun>_check.py [ROOT]`: it looks at the tree at ROOT (default: the current
folder), prints each finding as `file:line: what`, and ends with the summary line. A check that has
looked at nothing fails: silence must mean that all is well."""

import os
import re
import sys

# What holds no text of the project's own; `.git` is a file in a linked worktree.
PRUNED = {".git", "build", "__pycache__", ".cache"}
C_ENDINGS = (".c", ".h", ".def")


def root_argument():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    return arguments[0] if arguments else "."


def files(root, *endings, under=("",)):
    """Paths below root, with slashes and without it, that end so and start with one of `under`."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in PRUNED)
        for name in (n for n in names if n not in PRUNED):
            path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
            if path.endswith(endings or ("",)) and path.startswith(tuple(under)):
                found.append(path)
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as text:
        return text.read()


# A literal is a token, so that a quote in a comment and a comment in a string both come out right.
TOKEN = re.compile(r'//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """C text with comments and literals blanked; lines and columns stay where they were."""
    return TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def table(path):
    """Rows of a table file: the words of each line, without `#` comments and empty lines."""
    with open(path, encoding="utf-8") as text:
        rows = [line.split("#", 1)[0].split() for line in text]
    return [row for row in rows if row]


def own_table(name):
    """A table that stands beside the checks."""
    return table(os.path.join(os.path.dirname(os.path.abspath(__file__)), name))


class Report:
    """Findings of one check; done() prints the summary and exits."""

    def __init__(self, name):
        self.name, self.findings, self.looked_at = name, 0, 0

    def looked(self, number=1):
        self.looked_at += number

    def finding(self, place, what):
        self.findings += 1
        print(f"{place}: {what}")

    def done(self):
        if not self.looked_at:
            self.finding(self.name, "found nothing to look at")
        good = not self.findings
        print(f"{'ok' if good else 'not ok'} {self.name} ({self.looked_at} looked at, {self.findings} findings)")
        print(f"# passed {int(good)} failed {int(not good)} skipped 0")
        sys.exit(not good)
