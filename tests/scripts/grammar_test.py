#!/usr/bin/env python3
"""Grammar: docs/grammar.md says what the comments above the parse functions say, and nothing else.

In: lines that begin with three blanks in the comments of policy/parse*.c, and the blocks marked ebnf
of the document. Every rule stands in both, every name used is a rule or one of the tokens that the
document describes, every word in quotes is in policy/tokens.def. `--write` puts the rules of the
sources into the document."""

import glob
import re
import sys

DOCUMENT = "docs/grammar.md"
# In the order of reading, from the file down.
SOURCES = ["parse", "parse_decl", "parse_source", "parse_define", "parse_rule", "parse_effect", "parse_expr", "parse_atom",
           "parse_operand", "parse_testcase"]
TOKENS = {"name", "word", "value-name", "string", "integer", "decimal", "date", "timestamp", "pattern"}
RULE = re.compile(r"^([a-z][a-z-]*) = (.*?) ;", re.S | re.M)


def rules_of_comments(text):
    """The rules, each with its line breaks, as they stand above the functions."""
    found = []
    for comment in re.findall(r"/\*.*?\*/", text, re.S):
        lines = re.sub(r"\*/$", "", comment[2:]).split("\n")
        lines = [re.sub(r"^ \*", "", line) if i else line for i, line in enumerate(lines)]
        block = "\n".join(line[3:].rstrip() for line in lines if line.startswith("   ") and line.strip())
        found += [match.group(0) for match in RULE.finditer(block)]
    return found


def sections():
    for source in SOURCES:
        with open(f"policy/{source}.c", encoding="utf-8") as file:
            yield source, rules_of_comments(file.read())


def write(document):
    for source, rules in sections():
        block = f"<!-- {source} -->\n```ebnf\n" + "\n".join(rules) + "\n```\n"
        document = re.sub(rf"<!-- {source} -->\n(```ebnf\n.*?```\n)?", lambda _: block, document, flags=re.S)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(document)


def keywords():
    with open("policy/tokens.def", encoding="utf-8") as file:
        return set(re.findall(r'^KEYWORD\(\w+, "([^"]+)"', file.read(), re.M))


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        document = file.read()
    if sys.argv[1:] == ["--write"]:
        return write(document)
    failures = []

    def expect(condition, message):
        if not condition:
            failures.append(message)

    expect(sorted(glob.glob("policy/parse*.c")) == sorted(["policy/parser.c"] + [f"policy/{s}.c" for s in SOURCES]),
           "a file of the parser is not in the list of this test")
    written = [rule for block in re.findall(r"```ebnf\n(.*?)```", document, re.S)
               for rule in (match.group(0) for match in RULE.finditer(block))]
    above = [rule for _, rules in sections() for rule in rules]
    expect(len(above) > 50, "the comments hold too few rules to be believed")
    for rule in above:
        expect(rule in written, f"not in {DOCUMENT}: {rule}")
    for rule in written:
        expect(rule in above, f"above no function: {rule}")
    names = [rule.split(" ")[0] for rule in above]
    words = keywords()
    for rule in above:
        name, body = rule.split(" = ", 1)
        expect(names.count(name) == 1, f"defined twice: {name}")
        for word in re.findall(r'"([^"]*)"', body):
            known = word == "tag" or word in words or word.rstrip(".") in words or not re.search(r"[a-z]", word)
            expect(known, f"no keyword: {word}")
        for used in re.findall(r"[a-z][a-z-]*", re.sub(r'"[^"]*"', "", body)):
            expect(used in names or used in TOKENS, f"{name} uses {used}, which is no rule")
    for name in names:
        uses = sum(bool(re.search(rf"(?<![a-z-]){name}(?![a-z-])", re.sub(r'"[^"]*"', "", r.split(" = ", 1)[1])))
                   for r in above)
        expect(uses or name == "file", f"nothing uses {name}")
    for failure in failures:
        print("# " + failure)
    print(("not ok" if failures else "ok") + " grammar")
    print(f"# passed {0 if failures else 1} failed {1 if failures else 0} skipped 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
