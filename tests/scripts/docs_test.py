#!/usr/bin/env python3
"""Docs: every block of code in README.md and docs/*.md does what the text around it says.

    ```edict PATH, yaml PATH, csv PATH, json PATH   a file of the example project
    ```edict fragment [sales]                       declarations, checked with the project
    ```edict refused CODE [sales]                   the same, refused; a ```text after it is the message
    ```sh [exit N]                                  run; a ```text after it is what it prints (… is anything)
    ```c [PATH]                                     compiled; with a path also there for commands
    ```json                                         read
A document that holds `<!-- folder: NAME -->` starts in an empty folder of that name. There a block with a path is a
file that the reader writes on the way, and one with `PATH more` is added to it; commands run there too.
Tables that begin `| condition | answer |`, `| written | code |` and those of lists that the sources
hold (*.def, keys of edict.yaml, members of a decision) are compared too. A block that nothing looks
at is marked `text`; grammar_test.py looks at `ebnf`, the adapter's own tests at `sql`."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.getcwd()
BUILD = os.environ.get("EDICT_BUILD", os.path.join(HERE, "build"))
EDICT = os.path.join(BUILD, "edict")
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```[ \t]*$", re.S | re.M)
results = {True: 0, False: 0}


def report(name, good, lines=()):
    results[bool(good)] += 1
    if good:
        print(f"ok {name}")
        return
    for line in lines:
        print(f"# {line}")
    print(f"not ok {name}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Block:
    """One fence: where it is, the words after its marks, its text, and the ```text right after it."""

    def __init__(self, document, text, match):
        self.document = document
        self.words = match.group(1).split()
        self.kind = self.words[0] if self.words else ""
        self.body = match.group(2)
        self.name = f"{document}:{text.count(chr(10), 0, match.start()) + 1} {' '.join(self.words)}"
        start = re.search(r"<!-- folder: ([a-z]+) -->", text)
        self.folder = start.group(1) if start else None
        self.expected = None
        after = FENCE.match(text, match.end() + len(text[match.end():]) - len(text[match.end():].lstrip()))
        if after and after.group(1).split() == ["text"]:
            self.expected = after.group(2)

    def adds(self):
        return self.folder is not None and self.words[2:] == ["more"]

    def path(self):
        """The file of the example that it is, if it is one."""
        named = len(self.words) == (3 if self.adds() else 2) and ("/" in self.words[1] or "." in self.words[1])
        return self.words[1] if named else None


def read_blocks(documents):
    return [Block(document, text, match) for document, text in documents.items() for match in FENCE.finditer(text)]


# ---- the example project ----

def run(command, folder, **more):
    # What a reader's shell has: the command, the library, and pkg-config that finds both.
    environment = {**os.environ, "PATH": BUILD + os.pathsep + os.environ["PATH"], "LD_LIBRARY_PATH": BUILD,
                   "PKG_CONFIG_PATH": os.path.join(os.environ["TMPDIR"], "pkgconfig"), "LC_ALL": "C.UTF-8",
                   "CC": os.environ.get("CC", "cc"), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, **more)


def make_pkg_config():
    text = read("tools/edict.pc.in")
    for word, value in {"PREFIX": HERE, "LIBDIR": BUILD, "INCLUDEDIR": os.path.join(HERE, "include"), "VERSION": "0",
                        "RUNTIME": ""}.items():
        text = text.replace(f"@{word}@", value)
    write(os.path.join(os.environ["TMPDIR"], "pkgconfig", "edict.pc"), text)


def make_example(folder, blocks):
    """The files that documents give, and the key set, which nobody wants to read."""
    for block in blocks:
        if block.path() and block.kind != "c" and not block.folder:
            write(os.path.join(folder, block.path()), block.body)
    shutil.copy("tests/keys/corp.jwks.json", os.path.join(folder, "federal"))
    os.makedirs(os.path.join(folder, "build"))
    for tree in ("rules/demo", "rules/across", "tests/keys"):
        shutil.copytree(tree, os.path.join(folder, tree))


BUILDS = ["edict build federal/edict.yaml --out build/federal.edb --tables build",
          "edict build sales/edict.yaml --out build/sales.edb",
          "edict test federal/edict.yaml --with sales/edict.yaml", "edict test sales/edict.yaml"]


def test_example(folder):
    for command in BUILDS:
        done = run(command.split(), folder)
        report(f"the example project: {command}", done.returncode == 0, done.stdout.splitlines())
    return results[False] == 0


# ---- edict ----

def check_source(folder, layer, text):
    """Findings of the project of `layer` with one more file, which is put away again."""
    path = os.path.join(folder, layer, "example.edict")
    write(path, text)
    done = run(["edict", "check", f"{layer}/edict.yaml"], folder)
    os.remove(path)
    return done


def wrapped(text, layer):
    return f"module {layer}.example\n\n{text}"


def codes_of(output):
    return set(re.findall(r"^error\[(\w+)\]", output, re.M))


def test_layout(block, before=""):
    """`edict fmt` has nothing to do. What does not parse has no layout. `before`: what it is added to."""
    head = before if block.path() else "module federal.example\n\n"
    done = subprocess.run([EDICT, "fmt", "-"], input=head + block.body, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=60)
    if done.returncode != 1 or block.words[1:2] != ["refused"]:
        report(f"{block.name}: laid out", done.stdout == head + block.body, done.stdout.splitlines() or [done.stderr])


def test_fragment(block, folder):
    layer = "sales" if "sales" in block.words else "federal"
    done = check_source(folder, layer, wrapped(block.body, layer))
    # Alone among the others of a page an example may deserve a warning; wrong it may not be.
    report(block.name, done.returncode == 0 and not codes_of(done.stdout), done.stdout.splitlines())


def test_refused(block, folder):
    layer = "sales" if "sales" in block.words else "federal"
    done = check_source(folder, layer, wrapped(block.body, layer))
    report(block.name, done.returncode == 1 and codes_of(done.stdout) == {block.words[2]}, done.stdout.splitlines())
    if block.expected is not None:
        report(f"{block.name}: its message", matches(done.stdout, block.expected), done.stdout.splitlines())


# ---- commands ----

def matches(got, expected):
    """Line by line; `…` in what is expected stands for anything within its line."""
    pattern = ".*".join(re.escape(part) for part in expected.rstrip("\n").split("…"))
    return re.fullmatch(pattern, got.rstrip("\n")) is not None


def test_commands(block, folder):
    code = int(block.words[2]) if block.words[1:2] == ["exit"] else 0
    done = run(["sh", "-uc", block.body], folder)
    report(block.name, done.returncode == code, [f"exit code {done.returncode}"] + done.stdout.splitlines())
    if block.expected is not None:
        report(f"{block.name}: what it prints", matches(done.stdout, block.expected), done.stdout.splitlines())


def test_c(block, folder):
    path = os.path.join(folder, block.path() or "block.c")
    write(path, block.body)
    done = run([os.environ.get("CC", "cc"), "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                "-I", os.path.join(HERE, "include"), path], folder)
    report(block.name, done.returncode == 0, done.stdout.splitlines())


def test_json(block):
    try:
        json.loads(block.body)
        report(block.name, True)
    except ValueError as error:
        report(block.name, False, [str(error)])


def write_on_the_way(block, folder):
    path = os.path.join(folder, block.path())
    write(path, (read(path) if block.adds() else "") + block.body)


def test_block(block, folder):
    if block.folder:
        folder = os.path.join(folder, block.folder)
        os.makedirs(folder, exist_ok=True)
    if block.kind == "edict":
        test_layout(block, read(os.path.join(folder, block.path())) if block.adds() else "")
    if block.folder and block.path() and block.kind != "c":
        write_on_the_way(block, folder)
    elif block.path() and block.kind in ("edict", "yaml", "csv", "json"):
        pass  # a file of the example, which was built
    elif block.kind == "edict" and block.words[1:2] == ["fragment"]:
        test_fragment(block, folder)
    elif block.kind == "edict" and block.words[1:2] == ["refused"]:
        test_refused(block, folder)
    elif block.kind == "sh":
        test_commands(block, folder)
    elif block.kind == "c":
        test_c(block, folder)
    elif block.kind == "json":
        test_json(block)
    elif block.kind not in ("text", "ebnf", "sql"):
        report(block.name, False, ["nothing looks at such a block: mark it `text`, or say what it is"])


# ---- tables ----

def tables(text, header):
    """Rows, as lists of cells, of each table whose first line is `header`."""
    for match in re.finditer(rf"^{re.escape(header)}\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.M):
        yield [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in match.group(1).splitlines()]


def rows(text, header):
    return [row for table in tables(text, header) for row in table]


def code(cell):
    return cell.strip("`").replace("\\|", "|")


def answers(folder, conditions):
    """What each condition is for the example's request: rules that forbid say it among their reasons."""
    rules = "".join(f"\nrule c{i}\n  forbid access\n  when {text}\n" for i, text in enumerate(conditions))
    write(os.path.join(folder, "sales", "example.edict"), wrapped(rules, "sales"))
    done = run(["edict", "build", "sales/edict.yaml", "--out", "build/conditions.edb"], folder)
    os.remove(os.path.join(folder, "sales", "example.edict"))
    if done.returncode != 0:
        return None, done.stdout
    request = json.loads(read(os.path.join(folder, "request.json")))
    bundles = [f"build/{name}.edb" for name in ("federal", "conditions", "federal.vocabulary.legal-holds",
                                                "federal.vocabulary.consent")]
    done = run(["edict", "eval", *(word for path in bundles for word in ("--bundle", path)), "--development",
                "--product", "sales.orders", "--dataset", "orders", "--action", "read", "--format", "json",
                "--now", request["now"], "--subject", json.dumps(request["subject"]),
                "--context", json.dumps(request["context"])], folder)
    found = re.search(r"^\{.*\}$", done.stdout, re.M)
    if not found:
        return None, done.stdout
    holds = {reason["rule"]: reason["holds"] for reason in json.loads(found.group())["reasons"]}
    return [holds.get(f"sales.example.c{i}", "no") for i in range(len(conditions))], ""


def test_conditions(documents, folder):
    wanted = [(code(row[0]), row[1]) for text in documents.values() for row in rows(text, "| condition | answer |")]
    got, trouble = answers(folder, [condition for condition, _ in wanted])
    report("the conditions of the tables", got is not None and len(wanted) > 60, trouble.splitlines())
    for (condition, answer), found in zip(wanted, got or []):
        report(f"condition {condition}", found == answer, [f"it is {found}, the table says {answer}"])


def test_written(documents, folder):
    for text in documents.values():
        for written, wanted, *_ in rows(text, "| written | code |"):
            done = check_source(folder, "federal", wrapped(code(written) + "\n", "federal"))
            report(f"refused {written}", codes_of(done.stdout) == {code(wanted)}, done.stdout.splitlines())


def entries(path, macro):
    """The arguments of each line of a .def file."""
    found = re.findall(rf"^{macro}\((.*)\)(?: */\*.*)?$", read(path), re.M)
    return [re.findall(r'"(?:[^"\\]|\\.)*"|[^,]+', line) for line in found]


def text_of(argument):
    return argument.strip().strip('"').replace('\\"', '"')


def bytes_of(expression):
    value = 1
    for factor in expression.split("*"):
        value *= int(factor)
    return f"{value:,}"


TYPES = {"s": "string", "i": "int", "n": "decimal", "b": "bool", "d": "date", "t": "timestamp", "c": "time", "f": "float", "y": "binary"}


def types_of(letters):
    return "all" if set(letters) == set(TYPES) else ", ".join(TYPES[letter] for letter in letters)


def compare_lists(name, got, wanted):
    trouble = [f"not in the document: {row}" for row in wanted if row not in got]
    trouble += [f"not in the sources: {row}" for row in got if row not in wanted]
    report(name, got == wanted and len(wanted) > 2, trouble or ["in another order"])


def test_lists(documents):
    language, masks = documents["docs/language.md"], documents["docs/masks.md"]
    titles = dict(re.findall(r"^# (\w+): (.*)\n", "".join(read(path) for path in sorted(glob.glob("docs/codes/*.md"))), re.M))
    compare_lists("docs/codes: a page for each code (codes_test tells how they are written)", sorted(titles.items()),
                  sorted((e[0].strip(), text_of(",".join(e[2:]))) for e in entries("runtime/base/diagnostics.def", "DIAGNOSTIC")))
    compare_lists("docs/language.md: limits", [row[:2] for row in rows(language, "| what | at most |")],
                  [[text_of(e[2]), bytes_of(e[1])] for e in entries("runtime/bundle/limits.def", "LIMIT")])
    transforms = [[f"`{text_of(e[2])}`", types_of(text_of(e[4])),
                   "yes" if e[3].strip() == "K" else "no"] for e in entries("runtime/bundle/transforms.def", "TRANSFORM")]
    compare_lists("docs/masks.md: transforms", [row[:3] for row in rows(masks, "| transform | columns | keyed | what it gives |")],
                  transforms)
    words = {e[0].strip(): text_of(e[2]) for e in entries("runtime/bundle/transforms.def", "TRANSFORM")}
    compare_lists("docs/masks.md: ordered pairs", [row[:2] for row in rows(masks, "| below | above | where |")],
                  [[f"`{words[e[0].strip()]}`", f"`{words[e[1].strip()]}`"] for e in entries("runtime/eval/meets.def", "MEET")])
    builtins = [f"{e[0].strip().lower()}.{text_of(e[1])}" for e in entries("runtime/bundle/builtins.def", "BUILTIN")]
    compare_lists("docs/language.md: built-in attributes",
                  [code(row[0]) for row in rows(language, "| attribute | type | what it is |")], builtins)
    compare_lists("docs/arrow.md: types", rows(documents["docs/arrow.md"], "| type | format | cells |"),
                  [[text_of(e[5]), f"`{text_of(e[1])}`", text_of(",".join(e[6:]))] for e in entries("runtime/enforce/arrow_types.def", "ARROW")])
    keys = [re.findall(r'\{"([a-z-]+)", (?:NULL|"[^"]*")\}', part) for part in
            re.findall(r"key_rule (?:project|table|parent)_keys\[\] = \{(.*?)\n?\};", read("policy/project.c"), re.S)]
    project = documents["docs/edict-yaml.md"]
    compare_lists("docs/edict-yaml.md: keys",
                  sorted({code(row[0]) for row in rows(project, "| key | needed | value |")}),
                  sorted({key for part in keys for key in part}))


def test_promises(documents):
    """Each promise of the threat model names what holds it: tests or folders of bad inputs that are there."""
    promises = rows(documents["docs/threat-model.md"], "| promise | held by |")
    trouble = []
    for promise, holders in promises:
        named = re.findall(r"`([^`]+)`", holders)
        if not named:
            trouble.append(f"nothing holds it: {promise}")
        for path in named:
            is_test = re.match(r"tests/(unit|property)/\w+_test\.c$|tests/scripts/\w+_test\.(py|sh)$|tests/hostile/(\w+/)?$|fuzz/(\w+_fuzz\.c)?$|tools/check/\w+_check\.py$", path)
            if not is_test or not os.path.exists(path):
                trouble.append(f"`{path}` is no test that is there, of: {promise}")
            elif path.endswith("_test.c") and not re.search(r"^TEST\(", read(path), re.M):
                trouble.append(f"`{path}` has no test, of: {promise}")
    report(f"docs/threat-model.md: {len(promises)} promises, each held by a test that is there", promises and len(promises) > 30 and not trouble, trouble)


def members(value, path=""):
    """Paths of all members: `a.b`, and `a[].b` for members of lists; names of columns are *."""
    if isinstance(value, dict):
        for key, item in value.items():
            named = path in ("columns", "obligations[].args")
            inner = f"{path}.{'*' if named else key}".lstrip(".")
            yield inner
            yield from members(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, path + "[]")


def test_members(documents, folder):
    document = documents["docs/decision-json.md"]
    paths = [os.path.join(folder, name) for name in ("decision.json", "partner.json")]
    good = all(os.path.exists(path) for path in paths)
    report("docs/decision-json.md: its commands leave decision.json and partner.json", good)
    if not good:
        return
    described = [code(row[0]) for row in rows(document, "| member | value | what it says |")]
    compare_lists("docs/decision-json.md: members", sorted(set(described)),
                  sorted({member for path in paths for member in members(json.loads(read(path)))}))


# ---- references ----

def test_references(documents):
    for document, text in documents.items():
        prose = FENCE.sub("", text)
        named = set(re.findall(r"`((?:tests|fuzz|runtime|policy|cli|adapters|include|rules|tools|workbench|docs|make)"
                               r"/[\w./-]*[\w/])`", prose))
        linked = {os.path.normpath(os.path.join(os.path.dirname(document), link.split("#")[0]))
                  for link in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", prose)}
        missing = sorted(path for path in named | linked if not os.path.exists(path))
        report(f"{document}: what it names is there", not missing, missing)


def test_drawings():
    drawn = subprocess.run([sys.executable, "bench/plot.py", "--check"], capture_output=True, text=True, check=False)
    report("drawings are of the results that are there", drawn.returncode == 0, drawn.stderr.splitlines())


def main():
    documents = {path: read(path) for path in ["README.md", *sorted(glob.glob("docs/*.md"))]}
    blocks = read_blocks(documents)
    folder = os.path.join(os.environ["TMPDIR"], "docs")
    make_pkg_config()
    make_example(folder, blocks)
    report("README.md has fewer than 150 lines", documents["README.md"].count("\n") < 150)
    if test_example(folder):
        for block in blocks:
            test_block(block, folder)
        test_conditions(documents, folder)
        test_written(documents, folder)
        test_members(documents, folder)
    test_lists(documents)
    test_promises(documents)
    test_references(documents)
    test_drawings()
    report("there are blocks to look at", len(blocks) > 40)
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
