#!/usr/bin/env python3
"""New: what `edict new` writes checks without a finding, is laid out, builds and passes its tests, for a
federation and for a domain of any federation; names are validated, and nothing is overwritten."""

import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import HERE, edict, expect, main, test  # noqa: E402


def expect_run(words, code, out="", err="", folder="."):
    r = edict(*words, cwd=folder)
    name = "edict " + " ".join(words)
    expect(r.returncode == code, f"{name}: exit code {r.returncode}, not {code}", r.stdout, r.stderr)
    expect(out in r.stdout and err in r.stderr, f"{name}: it says something else", r.stdout, r.stderr)
    return r


def files(folder):
    return sorted(os.path.relpath(os.path.join(root, name), folder) for root, _, names in os.walk(folder) for name in names)


def good_project(folder):
    for words, out in ((["check"], ""), (["fmt", "--check", "."], ""), (["test"], "passed, 0 failed"),
                       (["build", "--out", "build.edb"], "")):
        r = expect_run(words, 0, out, folder=folder)
        if words[0] in ("check", "build"):
            expect(r.stdout == r.stderr == "", f"{words}: it finds something", r.stdout, r.stderr)
    os.remove(os.path.join(folder, "build.edb"))


@test
def a_federation():
    r = expect_run(["new", "eu.example"], 0, err="edict test")
    wanted = ["edict.yaml", "example/customers.odcs.yaml", "example/edict.yaml", "rules.edict", "tests.edict", "vocabulary.edict"]
    expect(r.stdout == "".join(f"eu.example/{name}\n" for name in wanted), "the files are named", r.stdout)
    expect(files("eu.example") == wanted, "files", files("eu.example"))
    expect("\nname: eu.example\n" in open("eu.example/edict.yaml").read(), "its name")
    expect("name: eu.example/example\n" in open("eu.example/example/edict.yaml").read(), "the name of the example")
    good_project("eu.example")
    # As the command says itself, and with folders as names of projects.
    said = re.search(r"edict: next: (.*)", r.stderr).group(1).split(", ")
    expect([line.split()[1] for line in said] == ["check", "test", "build"], "what comes next", said)
    for line in said:
        expect_run(line.split()[1:], 0)
    expect_run(["check", "eu.example/example"], 0)
    r = expect_run(["test", "--coverage"], 0, "4 passed", folder="eu.example")
    expect(not re.search(r"applies +line \d+ +!0", r.stdout), "a rule of the start is not tested", r.stdout)
    # No word of the template is left.
    text = "".join(open(os.path.join("eu.example", name)).read() for name in wanted)
    expect("my." not in text and "my-" not in text, "a word was not replaced")


@test
def a_domain():
    federal = "build/federal.edb"
    expect_run(["new", "sales", "--domain", "sales", "--federal", federal], 3, err="has no domain `sales`")
    expect_run(["new", "sales", "--domain", "exmple", "--federal", federal], 3, err="did you mean `example`?")
    expect(not os.path.exists("sales"), "a folder was made")
    expect_run(["new", "sales", "--domain", "example", "--federal", federal], 0)
    expect(files("sales") == ["edict.yaml", "records.odcs.yaml", "rules.edict"], "files", files("sales"))
    good_project("sales")
    text = "".join(open(os.path.join("sales", name)).read() for name in files("sales"))
    expect("my." not in text and "my-" not in text, "a word was not replaced", text)
    expect('bundle: "../build/federal.edb", least: 1' in text, "its parent", text)
    expect("\nname: eu.example/example\n" in text and "\ndomain: example\n" in text, "its names", text)
    os.makedirs("deep/er")
    expect_run(["new", "deep/er/x y", "--domain", "example", "--federal", os.path.abspath(federal)], 0)
    good_project("deep/er/x y")


@test
def a_domain_of_another_federation():
    """One with other words: no scale, no example, a later start, a domain of several words."""
    shutil.copytree(os.path.join(HERE, "tests/example"), "other")
    expect_run(["build", "other/federal/edict.yaml", "--out", "other.edb", "--tables", "other"], 0)
    expect_run(["new", "finance", "--domain", "finance", "--federal", "other.edb"], 0)
    good_project("finance")
    expect("created: 2026-11-20T00:00:00Z" in open("finance/edict.yaml").read(), "the federation's time")
    os.mkdir("small")
    with open("small/edict.yaml", "w", encoding="utf-8") as file:
        file.write("edict: 1\nname: small\nlayer: federal\nversion: 3\ncreated: 2030-01-01T00:00:00Z\n"
                   "expires: 2030-01-01T12:00:00Z\nrules: [ \"*.edict\" ]\n")
    with open("small/words.edict", "w", encoding="utf-8") as file:
        file.write("module federal.words\n\ntaxonomy domain { human-resources }\n\nissuer host\n")
    expect_run(["build", "small/edict.yaml", "--out", "small.edb"], 0)
    expect_run(["new", "hr", "--domain", "human-resources", "--federal", "small.edb"], 0)
    good_project("hr")
    text = open("hr/records.odcs.yaml").read()
    expect("classification" not in text and "dataProduct: starter" in text, "what the federation lacks is left out", text)
    expect("least: 3" in open("hr/edict.yaml").read(), "the least version")


@test
def names():
    for name in ("Foo", "a b", ".a", "é", "a" * 200, "a:b", "a\nb"):
        expect_run(["new", name], 2, err="cannot be a bundle's name")
        expect(not os.path.exists(name), f"{name!r} was made")
    expect_run(["new", "Foo", "--name", "a//b"], 2, err="cannot be a bundle's name")
    expect_run(["new", "Foo", "--name", "org.example"], 0)
    expect("\nname: org.example\n" in open("Foo/edict.yaml").read(), "--name")
    federal = ["--federal", "build/federal.edb"]
    for name in ("federal", "Sales", "a.b", "1a", "a-", "", "a b", "x" * 200):
        expect_run(["new", "n", "--domain", name, *federal], 2, err="cannot be a domain")
    expect_run(["new"], 2, err="name the folder")
    expect_run(["new", "n", "--domain", "example"], 2, err="go together")
    expect_run(["new", "n", *federal], 2, err="go together")
    expect(not os.path.exists("n"), "something was made")


@test
def nothing_is_overwritten():
    before = {name: open(os.path.join("eu.example", name), "rb").read() for name in files("eu.example")}
    expect_run(["new", "eu.example"], 3, err="not an empty folder: nothing is overwritten")
    expect(before == {name: open(os.path.join("eu.example", name), "rb").read() for name in files("eu.example")}, "changed")
    os.mkdir("hidden")
    open("hidden/.keep", "w").close()
    expect_run(["new", "hidden"], 3, err="not an empty folder")
    expect(files("hidden") == [".keep"], "a folder with a hidden file")
    open("file", "w").close()
    expect_run(["new", "file"], 3, err="not an empty folder")
    os.symlink("nowhere", "dangling")
    expect_run(["new", "dangling"], 3, err="nothing is overwritten")
    expect_run(["new", "no/such/place"], 3, err="cannot be made")
    os.mkdir("empty")
    expect_run(["new", "."], 0, folder="empty")
    good_project("empty")


@test
def what_is_no_federal_bundle():
    for path, message in (("nowhere.edb", "cannot read `nowhere.edb`"), ("eu.example/edict.yaml", "error[R01"), ("file", "error[R01")):
        expect_run(["new", "n", "--domain", "example", "--federal", path], 3, err=message)
    expect_run(["build", "finance/edict.yaml", "--out", "finance.edb"], 0)
    expect_run(["new", "n", "--domain", "finance", "--federal", "finance.edb"], 3, err="is not a federal bundle")
    expect(not os.path.exists("n"), "something was made")


if __name__ == "__main__":
    sys.exit(main())
