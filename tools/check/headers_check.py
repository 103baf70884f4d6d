#!/usr/bin/env python3
"""Headers: each compiles alone. Public ones as C11 and as C++ with nothing but include/ on the path,
internal ones as C with the project's paths.

A header that only compiles after another one hides what it needs. Included from a second file, and
twice, so that a missing guard shows."""

import concurrent.futures
import os
import shutil
import subprocess
import tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Werror", "-fsyntax-only"]


def packages():
    done = subprocess.run([os.environ.get("PKG_CONFIG", "pkg-config"), "--cflags", "libjwt", "jansson", "libcrypto",
                           "libpcre2-8", "libsodium", "yaml-0.1", "sqlite3"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def compiles(root, command, name):
    text = f'#include "{name}"\n#include "{name}"\ntypedef int not_empty;\n'
    done = subprocess.run(command + ["-"], input=text, stderr=subprocess.PIPE, text=True, cwd=root)
    return done.stderr if done.returncode else None


def main():
    root, report = tree.root_argument(), tree.Report("headers")
    c = os.environ.get("CC", "cc").split()
    cxx = [next((x for x in (os.environ.get("CXX", ""), "clang++", "g++") if x and shutil.which(x)), "c++")]
    internal = c + ["-x", "c", "-std=gnu11", "-Iinclude", "-Iruntime", "-I.", "-Itests"] + WARNINGS + packages()
    public = [c + ["-x", "c", "-std=c11", "-Iinclude"] + WARNINGS,
              cxx + ["-x", "c++", "-std=c++11", "-Iinclude"] + WARNINGS]
    work = []
    for path in tree.files(root, ".h"):
        report.looked()
        if path.startswith("include/"):
            work += [(path, command, path[len("include/"):]) for command in public]
        else:
            work.append((path, internal, path))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(lambda w: compiles(root, w[1], w[2]), work)
        for (path, command, _), error in zip(work, outcomes):
            if error is not None:
                report.finding(path, f"does not compile alone with {command[0]} {command[3]}:\n{error.rstrip()}")
    report.done()


main()
