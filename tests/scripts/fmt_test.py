#!/usr/bin/env python3
"""edict fmt: files, folders, links, standard input, what is refused; programs drawn from the grammar of
docs/grammar.md with comments between their words; and the tree's own rule files are laid out.

The programs are derived from the rules of the document alone, so some are refused for what its prose
says; of each kind of declaration enough are not."""

import json
import os
import random
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import EDICT, expect, main, read, test, write  # noqa: E402

UGLY, LAID = "module   a.b\nkey k #x\n\n\n\n", "module a.b\n\nkey k  #x\n"


def fmt(*words, text="", folder=None):
    done = subprocess.run([EDICT, "fmt", *words], input=text.encode(), capture_output=True, timeout=60, cwd=folder)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# ---- the command ----

@test
def formats_in_place_and_says_which(folder):
    one, two = write(f"{folder}/a/one.edict", UGLY), write(f"{folder}/two.edict", LAID)
    write(f"{folder}/a/other.txt", UGLY), write(f"{folder}/.hidden/x.edict", UGLY)
    os.chmod(one, 0o640)
    before = os.stat(two).st_mtime_ns
    expect(fmt(folder=folder) == (0, "a/one.edict\n", ""), "a folder", fmt(folder=folder))
    expect(read(one) == LAID and read(f"{folder}/a/other.txt") == UGLY and read(f"{folder}/.hidden/x.edict") == UGLY,
           "rule files alone, and none that is hidden")
    expect(stat.S_IMODE(os.stat(one).st_mode) == 0o640, "permissions stay")
    expect(os.stat(two).st_mtime_ns == before, "what is laid out is not written")
    expect(fmt(folder=folder) == (0, "", ""), "a second time there is nothing to do")
    expect(not [n for n in os.listdir(f"{folder}/a") if n.endswith(".tmp")], "nothing is left aside")


@test
def check_and_stdout_change_nothing(folder):
    one = write(f"{folder}/one.edict", UGLY)
    write(f"{folder}/two.edict", LAID)
    expect(fmt("--check", folder) == (1, f"{one}\n", ""), "--check names what differs", fmt("--check", folder))
    expect(fmt("--stdout", one) == (0, LAID, ""), "--stdout")
    expect(read(one) == UGLY, "the file is as it was")
    expect(fmt("--check", f"{folder}/two.edict")[0] == 0, "--check of what is laid out")
    expect(fmt("--check", "--stdout", one)[0] == 2, "both at once")


@test
def standard_input(folder):
    expect(fmt("-", text=UGLY) == (0, LAID, ""), "`-`")
    expect(fmt("-", "--check", text=UGLY)[:2] == (1, "-\n"), "`- --check`")
    expect(fmt("-", "--check", text=LAID)[0] == 0, "`- --check` of what is laid out")
    code, out, err = fmt("-", text="module a.b\nrule")
    expect(code == 1 and out == "" and "<standard input>:2" in err, "what does not parse", code, out, err)
    expect(fmt("-", "x")[0] == 2, "`-` beside a name")
    expect(fmt("-", text="module a.b\n" + "#" * (4 << 20))[0] == 3, "too much")


@test
def what_does_not_parse_is_left(folder):
    bad, good = write(f"{folder}/a.edict", "module a.b\nrule r\n permit   read\n"), write(f"{folder}/b.edict", UGLY)
    code, out, err = fmt(folder)
    expect(code == 1 and out == f"{good}\n" and "E0136" in err, "the others are formatted", code, out, err)
    expect(read(bad).endswith(" permit   read\n"), "it is as it was")
    expect(fmt("--check", "--format", "json", bad)[2].startswith("{"), "findings as JSON")


@test
def links_and_what_cannot_be_written(folder):
    target = write(f"{folder}/far/target.edict", UGLY)
    os.mkdir(f"{folder}/near")
    os.symlink("../far/target.edict", f"{folder}/near/link.edict")
    os.symlink("..", f"{folder}/near/loop")
    os.symlink("..", f"{folder}/near/loop.edict")
    expect(fmt(f"{folder}/near")[:2] == (0, f"{folder}/near/link.edict\n"), "a link", fmt(f"{folder}/near"))
    expect(os.path.islink(f"{folder}/near/link.edict") and read(target) == LAID, "the file behind it, and not the link")
    os.symlink("nowhere", f"{folder}/near/broken.edict")
    expect(fmt(f"{folder}/near")[0] == 3, "a link to nothing")
    expect(fmt(f"{folder}/missing.edict")[0] == 3, "a file that is not there")
    if os.geteuid() != 0:
        write(f"{folder}/far/target.edict", UGLY)
        os.chmod(target, 0o400)
        expect(fmt(target)[0] == 3 and read(target) == UGLY, "a file that may not be written")


@test
def a_project_stands_for_its_folder(folder):
    write(f"{folder}/edict.yaml", "edict: 1\n")
    one = write(f"{folder}/rules/one.edict", UGLY)
    expect(fmt(f"{folder}/edict.yaml") == (0, f"{one}\n", ""), "edict.yaml")


@test
def the_tree_is_laid_out(folder):
    code, out, err = fmt("--check", "rules", "tests/example", "tests/sqlite")
    expect(code == 0, "edict fmt rules tests/example tests/sqlite", out, err)


# ---- programs drawn from the grammar ----

NAMES = ["a", "pii", "support", "order-by", "pii.email", "person.id", "federal.x.y", "x1", "note", "on", "federal.y"]
WORDS = {
    "name": lambda r: r.choice(NAMES[:4] if r.random() < 0.8 else NAMES),
    "word": lambda r: r.choice(["a", "pii", "support", "order-by", "x1", "note", "on"]),
    "value-name": lambda r: r.choice(["a", "pii", "support", "order-by", "pii.email", "federal.x.y", "x1"]),
    "string": lambda r: r.choice(['"x"', '"# no comment"', '"a \\" b"', '"\\u{e4}"', '"https://x.example"', '""']),
    "integer": lambda r: r.choice(["0", "7", "24", "9000"]),
    "decimal": lambda r: r.choice(["2.50", "0.1"]),
    "date": lambda r: "2027-12-31",
    "timestamp": lambda r: r.choice(["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.5+02:00"]),
    "pattern": lambda r: r.choice(["/[a-z]+/", "/a\\/b #/"]),
}
TOKEN = re.compile(r'#[^\n]*|"(?:\\.|[^"\\\n])*"|/(?:\\.|[^/\\\n])+/|\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d))?'
                   r"|\d+(?:\.\d+)?|[A-Za-z_](?:[\w-]*\w)?(?:\.[A-Za-z_](?:[\w-]*\w)?)*|[=!<>]=|[^\s]")


def parse_grammar():
    """{name: tree}; a tree is ("or" | "all", [trees]), ("may" | "many", tree), ("word", text), ("rule", name)."""
    rules = {}
    for block in re.findall(r"```ebnf\n(.*?)```", read("docs/grammar.md"), re.S):
        for name, body in re.findall(r"^([a-z][a-z-]*) = (.*?) ;$", block, re.S | re.M):
            rules[name] = parse_body(re.findall(r'"[^"]*"|[a-z][a-z-]*|[\[\]{}()|]', body))
    return rules


def parse_body(tokens):
    options, parts = [], []
    while tokens and tokens[0] not in ("]", "}", ")"):
        token = tokens.pop(0)
        if token == "|":
            options.append(("all", parts))
            parts = []
        elif token in "[{(":
            inner = parse_body(tokens)
            tokens.pop(0)
            parts.append({"[": ("may", inner), "{": ("many", inner), "(": inner}[token])
        else:
            parts.append(("word", token[1:-1]) if token[0] == '"' else ("rule", token))
    return ("or", options + [("all", parts)])


HEAD = "module federal.x\n"
DRAWN = {"rule": 3000, "table": 800}  # the prose of the grammar refuses most
HEIGHTS = {}
DEEP = 14


def height(grammar, tree, within=()):
    """The fewest rules that a derivation of the tree nests."""
    kind, body = tree
    if kind in ("word", "may", "many") or kind == "rule" and body in WORDS:
        return 0
    if kind == "rule":
        if body in within:
            return 99
        if body not in HEIGHTS or within:
            found = 1 + height(grammar, grammar[body], (*within, body))
            if within:
                return found
            HEIGHTS[body] = found
        return HEIGHTS[body]
    heights = [height(grammar, part, within) for part in body] or [0]
    return max(heights) if kind == "all" else min(heights)


def derive(grammar, r, tree, depth, out):
    kind, body = tree
    if kind == "word":
        out.append(body)
    elif kind == "rule" and body in WORDS:
        out.append(WORDS[body](r))
    elif kind == "rule":
        derive(grammar, r, grammar[body], depth + 1, out)
    elif kind == "all":
        for part in body:
            derive(grammar, r, part, depth, out)
    elif kind == "or":
        derive(grammar, r, min(body, key=lambda t: height(grammar, t)) if depth > DEEP else r.choice(body), depth, out)
    else:
        while r.random() < (0.5 if depth < 5 else 0.2 if depth < DEEP else 0):
            derive(grammar, r, body, depth, out)
            if kind == "may":
                break


def spell(r, words):
    """The words with blanks between them, and now and then a line end with a comment."""
    text, comments, glued = "", [], True
    for word in words:
        if not glued:
            if r.random() < 0.04 and TOKEN.fullmatch(word) and word not in LINE_WORDS:
                comments.append(f"# {len(comments)} é")
                text += " " + comments[-1] + "\n   "
            else:
                text += r.choice([" ", " ", "  "])
        text += word
        glued = word.endswith(".") or word == "-" and r.random() < 0.5
    return text, comments


LINE_WORDS = set(re.findall(r'^KEYWORD\(\w+, "([^"]+)", (?:CLAUSE|EFFECT|DECLARATION)', read("policy/tokens.def"), re.M))
LINE_WORDS |= {"with", ".", "row.", "subject."}


@test
def programs_of_the_grammar(folder):
    grammar, r = parse_grammar(), random.Random(20261129)
    kinds = [part[1][0][1] for part in grammar["declaration"][1]]
    drawn = {}
    for kind in kinds:
        for i in range(DRAWN.get(kind, 250)):
            words = []
            derive(grammar, r, ("rule", kind), 0, words)
            text, comments = spell(r, words)
            path = write(f"{folder}/drawn/{kind}-{i}.edict", HEAD + text + "\n")
            drawn[path] = (kind, text, comments)
    code, _, err = fmt("--check", "--format", "json", f"{folder}/drawn")
    expect(code == 1, "no defect", code, err[-2000:])
    refused = {json.loads(line)["file"] for line in err.splitlines()}
    for kind in kinds:
        check_kind(folder, kind, [(text, comments) for path, (k, text, comments) in drawn.items()
                                  if k == kind and path not in refused])


def check_kind(folder, kind, programs):
    """All programs of one kind in one file keep their words and comments."""
    print(f"# {kind}: {len(programs)} accepted")
    expect(len(programs) >= 25, f"too few programs with {kind} are accepted to be believed", len(programs))
    path = write(f"{folder}/{kind}.edict", HEAD + "\n".join(text for text, _ in programs) + "\n")
    before = TOKEN.findall(read(path))
    code, _, err = fmt(path)
    expect(code == 0, f"accepted together too: {kind}", err[-2000:])
    after = TOKEN.findall(read(path))
    for comments in (False, True):
        expect([t for t in after if (t[0] == "#") == comments] == [t for t in before if (t[0] == "#") == comments],
               f"the {'comments' if comments else 'words'} of {path} stay")
    expect(fmt("--check", path)[:2] == (0, ""), f"a second time there is nothing to do: {kind}")


if __name__ == "__main__":
    sys.exit(main(each=True))
