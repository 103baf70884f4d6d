#!/usr/bin/env python3
"""Secrets: in the files that hold them nothing is compared with memcmp but what secrets.txt says is public, and each array of a
function that is named like a secret is wiped in that function.

What stands in memory that is given back is looked at by tests/unit/wiped_test.c; arrays on the stack only here."""

import os
import re
import tree

NAMES = {"key", "keys", "secret", "secret_key", "seed", "root", "mac", "material", "again", "random", "stream", "password", "derived"}
ARRAY = re.compile(r"^\s+(?:unsigned char|uint8_t|char)\s+([^;(]*\[[^;]*);", re.M)
NAME = re.compile(r"(\w+)\s*\[")
COMPARED = re.compile(r"(?<!sodium_)\bmemcmp\s*\(")
FUNCTION = re.compile(r"^[a-z][^\n;]*\([^;{}]*\)\s*\{\n.*?^\}", re.M | re.S)


def read_table():
    holds, public = [], set()
    for row in tree.own_table("secrets.txt"):
        if row[0] == "holds":
            holds.append(row[1])
        else:
            public.add((row[1], row[2]))
    return holds, public


def arguments(code, begin):
    """What stands between a parenthesis, which is behind, and its other half."""
    depth, at = 1, begin
    while depth and at < len(code):
        depth += (code[at] == "(") - (code[at] == ")")
        at += 1
    return code[begin:at]


def look_at(path, text, public, report):
    used = set()
    code = tree.code_only(text)
    for match in COMPARED.finditer(code):
        compared = arguments(code, match.end())
        words = [word for file, word in public if file == path and re.search(rf"\b{word}\b", compared)]
        used.update(words)
        if not words:
            report.finding(f"{path}:{tree.line_of(code, match.start())}", "`memcmp` where secrets are held: sodium_memcmp, or say in secrets.txt why it is none")
    for function in FUNCTION.finditer(code):
        begin = function.group().index("{\n") + 1  # parameters are the caller's
        for array in ARRAY.finditer(function.group(), begin):
            for name in NAME.findall(array.group(1)):
                if name not in NAMES:
                    continue
                if (path, name) in public:
                    used.add(name)
                elif not re.search(rf"(?:sodium_memzero|explicit_bzero)\s*\(\s*&?{name}\b", function.group()):
                    report.finding(f"{path}:{tree.line_of(code, function.start() + array.start() + 1)}", f"`{name}` is not wiped where the function ends")
    for file, word in public:
        if file == path and word not in used:
            report.finding(path, f"secrets.txt says that `{word}` is public, and nothing is compared with it")


def main():
    root, report = tree.root_argument(), tree.Report("secrets")
    holds, public = read_table()
    whole = os.path.exists(os.path.join(root, "tools/check/secrets.txt"))
    for path in holds:
        if os.path.exists(os.path.join(root, path)):
            report.looked()
            look_at(path, tree.read(root, path), public, report)
        elif whole:
            report.finding(path, "holds secrets, and is not there")
    report.done()


main()
