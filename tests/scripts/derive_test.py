#!/usr/bin/env python3
"""Derive: the parser accepts every program that docs/grammar.md derives.

In: the rules of the document and what it says of tokens, lines and blanks. Out: several thousand random
programs, from the letters of a name up, laid out at random, each of which the parser must take. A rule
that somebody adds to the document is derived from the next day on. `--seed N` tries others.

What the prose of the document says beside its rules is said here once: in TOKENS, SMALL, SIGNED, CALLED,
`lines` and `may_begin_line`."""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unicodedata

HERE = os.getcwd()
EDICT = os.path.join(os.environ.get("EDICT_BUILD", os.path.join(HERE, "build")), "edict")
PROGRAMS = 5000
TOGETHER = 50 # in one file
DEEP = 14  # rules nested below which the shortest derivation is taken: far from 128 levels of expressions

# ---- the rules ----


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def parse_body(tokens):
    """("or" | "all", [trees]), ("may" | "many", tree), ("word", text), ("rule", name)."""
    options, parts = [], []
    while tokens and tokens[0] not in ("]", "}", ")"):
        token = tokens.pop(0)
        if token == "|":
            options.append(("all", parts))
            parts = []
        elif token in ("[", "{", "("):
            inner = parse_body(tokens)
            tokens.pop(0)
            parts.append({"[": ("may", inner), "{": ("many", inner), "(": inner}[token])
        else:
            parts.append(("word", token[1:-1]) if token[0] == '"' else ("rule", token))
    return ("or", options + [("all", parts)])


def read_grammar():
    rules = {}
    for block in re.findall(r"```ebnf\n(.*?)```", read("docs/grammar.md"), re.S):
        for name, body in re.findall(r"^([a-z][a-z-]*) = (.*?) ;$", block, re.S | re.M):
            rules[name] = parse_body(re.findall(r'"[^"]*"|[a-z][a-z-]*|[\[\]{}()|]', body))
    return rules


def keywords(*groups):
    return {text for text, group in re.findall(r'^KEYWORD\(\w+, "([^"]+)", (\w+)', read("policy/tokens.def"), re.M)
            if not groups or group in groups}


# ---- the lexical level ----

LINE = keywords("CLAUSE", "EFFECT", "DECLARATION") | {"with"}
RESERVED = keywords("CLAUSE", "OPERATOR", "CLOSER", "ENTITY", "EFFECT")
# Words with a meaning where a value may stand: as names there they would be read as that.
MEANT = keywords() | {"column", "row", "every", "some", "any", "all", "exists", "tag"}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
SEEN = [chr(c) for c in [*range(0x20, 0x7F), *range(0xA1, 0x500, 3), *range(0x3041, 0x9000, 177), *range(0x1F300, 0x1F5F0, 7)]
        if unicodedata.category(chr(c))[0] in "LNPS" and chr(c) not in '"\\']


def word(r):
    length = r.choice([1, 1, 2, 3, 5, 9, 20])
    text = r.choice(LETTERS) + "".join(r.choice(LETTERS + "0123456789-") for _ in range(length - 1))
    return text.rstrip("-")


def free_word(r):
    while (text := word(r)) in MEANT:
        pass
    return text


def name(r):
    """Any word but one that the grammar gives a meaning there; those are tried by `value-name` not at all."""
    return ".".join(free_word(r) for _ in range(r.choice([1, 1, 1, 2, 3])))


def plain(r):
    """A character that stands for itself in a string or a comment."""
    return " " if r.random() < 0.1 else r.choice(SEEN)


def escape(r):
    code = r.choice([1, 0x7F, 0x202E, 0xE4, 0x10FFFF, 0xFFFF])
    digits = f"{code:x}".rjust(r.randrange(1, 7), "0")
    return r.choice(['\\"', "\\\\", "\\n", "\\t", "\\u{" + r.choice([digits, digits.upper()]) + "}"])


def string(r):
    return '"' + "".join(escape(r) if r.random() < 0.15 else plain(r) for _ in range(r.choice([0, 1, 4, 12, 40]))) + '"'


def digits(r, most):
    return str(r.randrange(10 ** r.randrange(1, most + 1)))


def date(r):
    return f"{r.randrange(1, 10000):04d}-{r.randrange(1, 13):02d}-{r.randrange(1, 29):02d}"


def timestamp(r):
    fraction = "." + "".join(r.choice("0123456789") for _ in range(r.randrange(1, 7))) if r.random() < 0.3 else ""
    offset = "Z" if r.random() < 0.6 else f"{r.choice('+-')}{r.randrange(0, 15):02d}:{r.choice(['00', '30', '45'])}"
    day = f"{r.randrange(1900, 2200):04d}-{r.randrange(1, 13):02d}-{r.randrange(1, 29):02d}"
    return f"{day}T{r.randrange(24):02d}:{r.randrange(60):02d}:{r.randrange(60):02d}{fraction}{offset}"


def pattern(r):
    return "/" + "".join(r.choice(["a", "[a-z]+", "\\/", "b*", "(c|d)", ".", "\\.", "x{2,3}", "#", " ", '"']) for _ in range(r.randrange(1, 6))) + "/"


TOKENS = {"name": name, "word": free_word, "value-name": name, "string": string,
          "integer": lambda r: r.choice(["0", "9223372036854775807", digits(r, 18)]),
          "decimal": lambda r: f"{digits(r, 6)}.{''.join(r.choice('0123456789') for _ in range(r.randrange(1, 12)))}",
          "date": date, "timestamp": timestamp, "pattern": pattern}
SMALL = {"duration"}      # rules whose integers are a number of years, or less
SIGNED = {"number"}       # rules whose sign stands right before the digits
CALLED, PARENTHESES = {"arguments", "call"}, {"parentheses", "list"}  # among arguments a comma ends the tags of an atom


# ---- deriving ----

class Deriver:
    def __init__(self, grammar, r):
        self.grammar, self.r, self.heights = grammar, r, {}
        self.short, self.used = {}, set()
        self.called = False

    def height(self, tree, within=()):
        """The fewest rules that a derivation nests; 99: none ends."""
        kind, body = tree
        if kind in ("word", "may", "many") or kind == "rule" and body in TOKENS:
            return 0
        if kind == "rule":
            if body in within:
                return 99
            if body not in self.heights:
                found = 1 + self.height(self.grammar[body], (*within, body))
                if within:
                    return found
                self.heights[body] = found
            return self.heights[body]
        heights = [self.height(part, within) for part in body] or [0]
        return max(heights) if kind == "all" else min(heights)

    def shortest(self, options):
        if id(options) not in self.short:  # the grammar's own lists, which stay
            least = min(self.height(option) for option in options)
            self.short[id(options)] = [option for option in options if self.height(option) == least]
        return self.short[id(options)]

    def derive(self, tree, depth, out):
        """Appends (text, glued): glued to what comes before it."""
        kind, body = tree
        if kind == "word":
            out.append((body, False))
        elif kind == "rule" and body in TOKENS:
            small = body == "integer" and self.within in SMALL
            out.append((digits(self.r, 4) if small else TOKENS[body](self.r), False))
        elif kind == "rule":
            self.rule(body, depth + 1, out)
        elif kind == "all":
            for part in body:
                self.derive(part, depth, out)
        elif kind == "or":
            self.derive(self.r.choice(self.shortest(body) if depth > DEEP else body), depth, out)
        else:
            self.repeat(kind, body, depth, out)

    def repeat(self, kind, body, depth, out):
        if body == ("or", [("all", [("rule", "issuer-line")])]):  # each of them stands once
            return self.lines(depth, out)
        comma = body[1][0][1][:1] == [("word", ",")]
        if kind == "many" and comma and self.called and self.in_tags:
            return None
        while self.r.random() < (0.5 if depth < 5 else 0.2 if depth < DEEP else 0):
            self.derive(body, depth, out)
            if kind == "may":
                break
        return None

    in_tags, within = False, ""

    def lines(self, depth, out):
        """Each of them at most once, in any order; what is a rule of its own any number of times."""
        self.used.add("issuer-line")
        options = list(self.grammar["issuer-line"][1])
        self.r.shuffle(options)
        for option in options:
            many = option[1][0][0] == "rule"
            for _ in range(self.r.randrange(4) if many else self.r.randrange(2)):
                self.derive(option, depth, out)

    def rule(self, body, depth, out):
        self.used.add(body)
        before = self.called, self.in_tags, self.within
        self.within = body
        self.in_tags = body == "tags"
        if body in CALLED:
            self.called = True
        elif body in PARENTHESES:
            self.called = False
        begin = len(out)
        self.derive(self.grammar[body], depth, out)
        if body in SIGNED and out[begin][0] == "-":
            out[begin + 1] = (out[begin + 1][0], True)
        self.called, self.in_tags, self.within = before


# ---- laying out ----

def comment(r):
    return "#" + "".join(plain(r) for _ in range(r.randrange(0, 30))) + '"\\'[: r.randrange(3)]


def may_begin_line(text):
    return text not in LINE


def lay_out(r, tokens):
    """Blanks, line ends and comments between the tokens; a declaration begins a line and the rest is deeper."""
    text = ""
    for number, (token, glued) in enumerate(tokens):
        joined = glued or number == 0 or text.endswith(("row.", "subject.")) or tokens[number - 1][0] == "." or token == "."
        tight = text and (text[-1] in "([{" or token in (")", "]", "}", ",", "(")) and token not in "([{" and r.random() < 0.7
        if joined or tight:
            pass
        elif may_begin_line(token) and r.random() < 0.15:
            more = " " + comment(r) if r.random() < 0.3 else ""
            text += r.choice(["", " "]) + more + r.choice(["\n", "\n\n", "\r\n"]) + r.choice([" ", "   ", "\t"])
        else:
            text += r.choice([" ", " ", "  ", "\t"])
        text += token
    return text


def programs(seed):
    """(kind, text) of each declaration, from every alternative of `declaration`."""
    grammar, r = read_grammar(), random.Random(seed)
    deriver = Deriver(grammar, r)
    kinds = [option[1][0][1] for option in grammar["declaration"][1]]
    for number in range(PROGRAMS):
        kind = "rule" if number % 2 else kinds[number // 2 % len(kinds)]
        out = []
        deriver.called = deriver.in_tags = False
        deriver.rule(kind, 0, out)
        yield kind, lay_out(r, out)
    unused = set(grammar) - deriver.used - {"declaration", "module", "file"}
    yield "unused", unused


def run(folder, seed):
    """The programs with the first finding of each that was refused, rules that none used, how the command ended.
    Files hold many declarations, and a finding is of the one on whose lines it stands."""
    every = list(programs(seed))
    unused = every.pop()[1]
    for first in range(0, len(every), TOGETHER):
        with open(os.path.join(folder, f"{first:05d}.edict"), "w", encoding="utf-8", newline="") as file:
            file.write("module federal.x\n" + "".join(text + "\n" for _, text in every[first:first + TOGETHER]))
    done = subprocess.run([EDICT, "fmt", "--check", "--format", "json", folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=300)
    refused = {}
    for finding in map(json.loads, filter(lambda line: line.startswith("{"), done.stderr.splitlines())):
        if finding["code"] == "E0841":
            continue  # the layout's business
        number, line = int(os.path.basename(finding["file"])[:5]), 2
        while number < len(every) and line + every[number][1].count("\n") < (finding["line"] or 0):
            line += every[number][1].count("\n") + 1
            number += 1
        refused.setdefault(every[min(number, len(every) - 1)][1], finding)
    return [text for _, text in every], refused, unused, done


def main():
    seed = int(sys.argv[2]) if sys.argv[1:2] == ["--seed"] else 20261129
    failures = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        texts, refused, unused, done = run(folder, seed)
        for text, finding in sorted(refused.items(), key=lambda item: len(item[0]))[:12]:
            failures.append(f"{finding['code']} {finding['message']}, at {finding['line']}:{finding['column']} of: {text!r}")
        if len(refused) > 12:
            failures.append(f"and {len(refused) - 12} more")
        if unused:
            failures.append(f"rules that no program used: {', '.join(sorted(unused))}")
        if len(texts) != PROGRAMS or done.returncode not in (0, 1, 4):
            failures.append(f"{len(texts)} programs, exit code {done.returncode}: {done.stderr[-500:]}")
        if len(max(texts, key=len)) < 400:
            failures.append("the programs are too short to be believed")
    for failure in failures:
        print("# " + failure)
    print(("not ok" if failures else "ok") + f" {PROGRAMS} programs of the grammar are accepted (seed {seed})")
    print(f"# passed {0 if failures else 1} failed {1 if failures else 0} skipped 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
