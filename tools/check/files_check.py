#!/usr/bin/env python3
"""Files: names are unique in the tree, each source starts with a comment of at most 12 lines (not
counting drawings and tables, indented by three), no file and no function is too long, and no path
of somebody's machine stands in the text.

Exceptions stand in long.txt, one a line with its reason."""

import re
import tree

TOP_LINES, FILE_LINES, FUNCTION_LINES = 12, 800, 90
# Names that tools give a meaning of their own, once a folder.
SHARED_NAMES = {"README.md", "Makefile", "expected.tsv", "edict.yaml", ".gitignore", ".gitattributes"}
# Inputs of tests and rules take their names from what they stand for.
DATA = ("tests/", "rules/", "docs/", "fuzz/", "bench/")
SOURCES = (".c", ".h", ".def", ".py", ".sh", ".mk")
# Put together from parts, so that this file does not find itself.
MACHINE_PATH = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + r"home/\w", "/" + "Users/", "C:" + r"\\Users"]))


def unique_names(root, report):
    seen = {}
    for path in tree.files(root):
        name = path.rsplit("/", 1)[-1]
        if name in SHARED_NAMES or (path.startswith(DATA) and not name.endswith(SOURCES)):
            continue
        if name in seen:
            report.finding(path, f"has the name of {seen[name]}")
        seen.setdefault(name, path)


def top_comment(path, text, report):
    lines = text.splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    first = lines[0] if lines else ""
    if path.endswith((".c", ".h", ".def")):
        length = next((i + 1 for i, line in enumerate(lines) if "*/" in line), 0) if first.startswith("/*") else 0
    elif path.endswith(".py"):
        length = next((i + 1 for i, line in enumerate(lines) if line.count('"""') == (2 if i == 0 else 1) and
                       (i or line.count('"""') == 2)), 0) if first.startswith('"""') else 0
    else:
        length = next((i for i, line in enumerate(lines + [""]) if not line.startswith("#")), 0)
    drawn = sum(1 for line in lines[:length] if re.match(r" \*   |#   | {4}", line))
    length -= min(drawn, length - 1) if length else 0
    if not length:
        report.finding(f"{path}:1", "does not start with a comment that says what the file is")
    elif length > TOP_LINES:
        report.finding(f"{path}:1", f"its first comment has {length} lines, more than {TOP_LINES}")


def functions(text):
    """(name, first line, length in lines) of each function with a body."""
    code = tree.code_only(text)
    code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m.group()), code, flags=re.M)
    depth, start, after = 0, None, 0
    for match in re.finditer(r"[{};]", code):
        if match.group() == "{":
            if depth == 0:
                start = match.start()
            depth += 1
        elif match.group() == "}":
            depth = max(0, depth - 1)
            if depth == 0:
                head = code[after:start]
                name = re.search(r"(\w+)\s*\(", head)
                # extern "C" { and initialisers have no parameter list before the brace.
                if name and head.rstrip().endswith(")"):
                    first = tree.line_of(code, after + len(head) - len(head.lstrip()))
                    yield name.group(1), first, tree.line_of(code, match.start()) - first + 1
                after = match.end()
        elif depth == 0:
            after = match.end()


def main():
    root, report = tree.root_argument(), tree.Report("files")
    allowed = {tuple(row[:2]) for row in tree.own_table("long.txt")}
    unique_names(root, report)
    for path in tree.files(root):
        if path.endswith(SOURCES):
            text = tree.read(root, path)
            report.looked()
            top_comment(path, text, report)
            if path.endswith((".c", ".h")):
                count = text.count("\n")
                if count > FILE_LINES and (path, "-") not in allowed:
                    report.finding(path, f"has {count} lines, more than {FILE_LINES}")
            if path.endswith(".c"):
                for name, first, length in functions(text):
                    if length > FUNCTION_LINES and (path, name) not in allowed:
                        report.finding(f"{path}:{first}", f"{name} has {length} lines, more than {FUNCTION_LINES}")
        for number, line in enumerate(tree.read(root, path).splitlines(), 1):
            if MACHINE_PATH.search(line):
                report.finding(f"{path}:{number}", "names a path of one machine")
    report.done()


main()
