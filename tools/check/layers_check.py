#!/usr/bin/env python3
"""Layers: every #include of a project's file, and every internal symbol that an object asks for,
follows an arrow of layers.txt.

In: layers.txt beside this file, the tree, and the objects below $EDICT_OBJECTS (they catch a
prototype written by hand). A source in a folder that the table does not name is a finding, so that
a new folder cannot stand outside the picture."""

import os
import re
import subprocess
import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"\n]+)"|<([^>\n]+)>)', re.M)
SEARCHED = ("include", "runtime", "", "tests")


def folder_of(path, allowed):
    """The longest folder of the table that holds the file."""
    holding = [folder for folder in allowed if path.startswith(folder + "/")]
    return max(holding, key=len, default=None)


def resolve(root, path, name):
    """The project's file that the name means, or None."""
    for folder in (os.path.dirname(path),) + SEARCHED:
        candidate = os.path.normpath(os.path.join(folder, name))
        if not candidate.startswith("..") and os.path.isfile(os.path.join(root, candidate)):
            return candidate.replace(os.sep, "/")
    return None


def look_at_symbols(root, report, objects, allowed):
    """edi_ symbols: the folder that defines one must be open to each folder that asks for it."""
    made = [path for path in tree.files(objects, ".o")
            if folder_of(path, allowed) and os.path.exists(os.path.join(root, path[:-2] + ".c"))]
    if not made:
        report.finding(objects, "holds no objects")
        return
    done = subprocess.run([os.environ.get("NM", "nm"), "-A", "-P", "-g", *made], cwd=objects,
                          stdout=subprocess.PIPE, check=True, text=True)
    asked, defined = [], {}
    for line in done.stdout.splitlines():
        path, rest = line.split(": ", 1)
        name, kind = rest.split()[:2]
        if name.startswith("edi_") and kind == "U":
            asked.append((path, name))
        elif name.startswith("edi_") and (name not in defined or not path.startswith("tests/")):
            defined[name] = path  # a test may carry a copy, as one that counts what a code costs
    for path, name in asked:
        folder, to = folder_of(path, allowed), folder_of(defined.get(name, path), allowed)
        if "*" not in allowed[folder] and to not in allowed[folder]:
            report.finding(path, f"{folder} may not use {name} of {defined[name]}")


def main():
    root, report = tree.root_argument(), tree.Report("layers")
    allowed = {row[0]: set(row[1:]) | {row[0]} for row in tree.own_table("layers.txt")}
    for path in tree.files(root, *tree.C_ENDINGS):
        report.looked()
        folder = folder_of(path, allowed)
        if folder is None:
            report.finding(path, "its folder is not in tools/check/layers.txt")
            continue
        text = tree.read(root, path)
        # Only what is left of comments counts, but the quoted name is a literal: match in the
        # text, and look in the blanked text for the directive itself.
        blanked = tree.code_only(text)
        for match in INCLUDE.finditer(text):
            if "#" not in blanked[match.start():match.end()]:
                continue
            place = f"{path}:{tree.line_of(text, match.start(0))}"
            target = resolve(root, path, match.group(1) or match.group(2))
            if target is None:
                if match.group(1):
                    report.finding(place, f'"{match.group(1)}" is no file of the project; write <...>')
                continue
            to = folder_of(target, allowed)
            if "*" not in allowed[folder] and to not in allowed[folder]:
                report.finding(place, f"{folder} may not include {target} ({to})")
    if report.looked_at:
        objects = os.environ.get("EDICT_OBJECTS", os.path.join(root, "build/release"))
        look_at_symbols(root, report, objects, allowed)
    report.done()


main()
