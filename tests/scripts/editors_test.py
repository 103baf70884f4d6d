#!/usr/bin/env python3
"""Editors: the grammar for colours knows every word of policy/tokens.def, colours samples as it should, and
the extension's files hold together. `--write` puts the words of tokens.def into the grammar."""

import json
import os
import re
import sys

FOLDER = "editors/vscode"
GRAMMAR = f"{FOLDER}/syntaxes/edict.tmLanguage.json"
# Groups of tokens.def and the scope that each is coloured as.
SCOPES = {"DECLARATION": "keyword.control.declaration.edict", "EFFECT": "keyword.control.effect.edict",
          "CLAUSE": "keyword.control.clause.edict", "CLOSER": "keyword.control.clause.edict",
          "OPERATOR": "keyword.operator.word.edict", "PLAIN": "keyword.other.edict",
          "ENTITY": "variable.language.edict", "UNIT": "constant.other.unit.edict"}
BEFORE, AFTER = r"(?<![\w.-])", r"(?![\w-]|\.[A-Za-z_])"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def words():
    groups = {}
    for text, group in re.findall(r'^KEYWORD\(\w+, "([^"]+)", (\w+)', read("policy/tokens.def"), re.M):
        groups.setdefault(SCOPES[group], []).append(text)
    groups["constant.language.edict"] = ["true", "false"]
    groups["keyword.other.edict"] = [w for w in groups["keyword.other.edict"] if w not in ("true", "false")]
    return groups


def grammar():
    """The whole grammar: what can be told from a line alone."""
    word = r"[A-Za-z_](?:[\w-]*\w)?"
    patterns = [
        {"name": "comment.line.number-sign.edict", "match": "#.*$"},
        {"name": "string.quoted.double.edict", "begin": '"', "end": '"|$', "patterns": [
            {"name": "constant.character.escape.edict", "match": r'\\(?:["\\nt]|u\{[0-9A-Fa-f]{1,6}\})'},
            {"name": "invalid.illegal.escape.edict", "match": r"\\."}]},
        {"match": r"(?<![\w.-])(matches)\s+(/(?:\\.|[^/\\\n])+/)", "captures": {
            "1": {"name": "keyword.operator.word.edict"}, "2": {"name": "string.regexp.edict"}}},
        {"name": "string.regexp.edict", "match": r"(?<=\()/(?:\\.|[^/\\\n])+/"},
        {"name": "constant.numeric.timestamp.edict",
         "match": r"\b\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})"},
        {"name": "constant.numeric.date.edict", "match": r"\b\d{4}-\d{2}-\d{2}\b"},
        {"name": "constant.numeric.edict", "match": r"(?<![\w.])-?\d+(?:\.\d+)?\b"},
        {"match": rf"^(rule|shadow rule|key|table|let|define|obligation|resource|issuer|levels|taxonomy|module)\s+({word}(?:\.{word})*)",
         "captures": {"1": {"name": "keyword.control.declaration.edict"}, "2": {"name": "entity.name.edict"}}},
        {"name": "variable.other.attribute.edict",
         "match": rf"(?<![\w.-])(?:subject|context|product|dataset|row)\.{word}(?:\.{word})*"},
        {"name": "entity.other.attribute-name.edict", "match": rf"(?<![\w.-]){word}(?=\??:)"},
    ]
    for scope, texts in words().items():
        texts = sorted(texts, key=lambda t: (-len(t), t))
        patterns.append({"name": scope, "match": f"{BEFORE}(?:{'|'.join(texts)}){AFTER}"})
    patterns.append({"name": "entity.name.function.edict", "match": rf"(?<![\w.-]){word}(?=\()"})
    patterns.append({"name": "variable.other.edict", "match": rf"(?<![\w.-]){word}(?:\.{word})*"})
    patterns.append({"name": "keyword.operator.edict", "match": "==|!=|<=|>=|[<>=+*-]"})
    return {"$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
            "name": "Edict", "scopeName": "source.edict", "fileTypes": ["edict"], "patterns": patterns}


def scope_at(patterns, line, at):
    """The scope of one character of a line, as an editor would find it: the first of the earliest matches."""
    begin = 0
    while begin <= at:
        best = None
        for pattern in patterns:
            found = re.compile(pattern.get("match") or pattern["begin"]).search(line, begin)
            if found and found.end() > found.start() and (best is None or found.start() < best[0].start()):
                best = (found, pattern)
        if not best or best[0].start() > at:
            return ""
        found, pattern = best
        end = found.end()
        if "begin" in pattern:
            close = re.compile(r'(?:\\.|[^"\\])*"').match(line, end)
            end = close.end() if close else len(line)
        if at < end:
            for number, capture in pattern.get("captures", {}).items():
                if found.start(int(number)) <= at < found.end(int(number)):
                    return capture["name"]
            return pattern.get("name", "")
        begin = end
    return ""


SAMPLES = [  # a line; a text in it; the scope that it has
    ('rule support-reads  # why', "support-reads", "entity.name.edict"),
    ('rule support-reads  # why', "# why", "comment.line.number-sign.edict"),
    ("  permit  read, export", "permit", "keyword.control.effect.edict"),
    ("  permit  read, export", "export", "variable.other.edict"),
    ("  when    subject.roles has analyst", "when", "keyword.control.clause.edict"),
    ("  when    subject.roles has analyst", "subject.roles", "variable.other.attribute.edict"),
    ("  when    subject.roles has analyst", "has", "keyword.operator.word.edict"),
    ("  unless  purpose in dataset.purposes", "in ", "keyword.operator.word.edict"),
    ("  on      dataset holding pii.in-transit", "pii.in-transit", "variable.other.edict"),
    ('  because "a rule # \\" of when"', "of when", "string.quoted.double.edict"),
    ("  retain  at most 24 months after row[time.collected]", "months", "constant.other.unit.edict"),
    ("  retain  at most 24 months after row[time.collected]", "24", "constant.numeric.edict"),
    ("  until   2027-12-31", "2027", "constant.numeric.date.edict"),
    ("  context  { now: 2026-11-20T10:00:00Z }", "2026", "constant.numeric.timestamp.edict"),
    ("  when    x matches /[a-z]#+/ and true", "[a-z]#", "string.regexp.edict"),
    ("  when    x matches /[a-z]#+/ and true", "true", "constant.language.edict"),
    ("    with  pseudonym(contact)  if true", "pseudonym", "entity.name.function.edict"),
    ("attributes subject { roles: set<role> }", "roles", "entity.other.attribute-name.edict"),
]


def check(failures):
    written = json.loads(read(GRAMMAR))
    if written != grammar():
        failures.append(f"{GRAMMAR} is not what its words and patterns make: run tests/scripts/editors_test.py --write")
    patterns = written["patterns"]
    for scope, texts in words().items():
        for text in texts:
            got = scope_at(patterns, text, 0)
            if got != scope:
                failures.append(f"`{text}` is coloured as {got!r}, not {scope}")
    for line, text, scope in SAMPLES:
        got = scope_at(patterns, line, line.index(text))
        if got != scope:
            failures.append(f"{text!r} of {line!r} is {got!r}, not {scope}")
    package = json.loads(read(f"{FOLDER}/package.json"))
    json.loads(read(f"{FOLDER}/language-configuration.json"))
    contributed = package["contributes"]
    for path in [package["main"], contributed["languages"][0]["configuration"], contributed["grammars"][0]["path"]]:
        if not os.path.exists(os.path.join(FOLDER, path)):
            failures.append(f"package.json names {path}, which is not there")
    script = read(f"{FOLDER}/extension.js")
    for command in contributed["commands"]:
        if f"'{command['command']}'" not in script:
            failures.append(f"extension.js does not register {command['command']}")
    # A transport that is named makes the client add an argument for it; a command has standard input and output anyway.
    if "transport:" in script or not re.search(r"\{ command, args: \['lsp'\] \}", script):
        failures.append("extension.js starts another command than `edict lsp`")
    if contributed["grammars"][0]["scopeName"] != written["scopeName"]:
        failures.append("the grammar has another scope than package.json says")


def main():
    if sys.argv[1:] == ["--write"]:
        with open(GRAMMAR, "w", encoding="utf-8") as file:
            file.write(json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n")
        return 0
    failures = []
    check(failures)
    for failure in failures:
        print("# " + failure)
    print(("not ok" if failures else "ok") + " editors")
    print(f"# passed {0 if failures else 1} failed {1 if failures else 0} skipped 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
