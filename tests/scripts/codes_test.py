#!/usr/bin/env python3
"""Codes: each code of runtime/base/diagnostics.def has a page docs/codes/CODE.md that is true.

A page is `# CODE: title`, what it means, `## Why`, `## Example`, `## It says`, `## Mend`. Its example gives
the code and no other, its message is the one given, and what it mends is without a finding. Blocks are

    ```edict [sales]             a rule file of the project tests/codes, of the federal layer or the domain's
    ```edict|yaml|csv PATH       the same, in the place of PATH
    ```sh                        commands there; the last one is the edict that gives the message
    ```input DOOR/FILE           a file of tests/hostile/, which tests/unit/codes_test.c brings to its door
    ```test PATH                 a code that only a failing system or a crafted call gives: the test that does
    ```defect                    a code whose title says that it is a defect of Edict: nothing known gives it

The findings as JSON lines are in tests/golden/codes/; GOLDEN_UPDATE=1 writes those and the messages anew."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.getcwd()
BUILD = os.environ.get("EDICT_BUILD", os.path.join(HERE, "build"))
PAGES = "docs/codes"
GOLDEN = "tests/golden/codes"
UPDATE = bool(os.environ.get("GOLDEN_UPDATE"))
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```[ \t]*$", re.S | re.M)
SECTIONS = ["Why", "Example", "It says", "Mend"]
results = {True: 0, False: 0}
sys.path.insert(0, os.path.join(HERE, "tests/support"))
import sarif_schema  # noqa: E402


def report(name, good, *lines):
    results[bool(good)] += 1
    for text in () if good else lines:
        for line in text.splitlines():
            print(f"# {line}")
    if not good:
        print(f"not ok {name}")
    return bool(good)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Page:
    def __init__(self, path):
        self.path, self.text = path, read(path)
        head, *parts = re.split(r"^## (.*)\n", self.text, flags=re.M)
        first, _, self.meaning = head.partition("\n")
        self.code, _, self.title = first.removeprefix("# ").partition(": ")
        self.order = parts[::2]
        self.sections = dict(zip(parts[::2], parts[1::2]))

    def blocks(self, section):
        return [(m.group(1).split(), m.group(2)) for m in FENCE.finditer(self.sections.get(section, ""))]

    def message(self):
        found = [body for words, body in self.blocks("It says") if words == ["text"]]
        return found[0] if found else None

    def set_message(self, message):
        text = re.sub(r"(## It says\n\n```text\n).*?(^```$)", lambda m: m.group(1) + message + m.group(2), self.text,
                      flags=re.S | re.M)
        write(self.path, text)


# ---- the project ----

def start_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree("tests/codes", folder)
    os.makedirs(os.path.join(folder, "build"))
    for command in ("edict build federal/edict.yaml --out build/federal.edb --tables build",
                    "edict build sales/edict.yaml --out build/sales.edb"):
        done = run(command, folder)
        if done.returncode:
            print(done.stdout + done.stderr)
            return False
    return True


def run(command, folder):
    environment = {**os.environ, "PATH": BUILD + os.pathsep + os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return subprocess.run(["sh", "-euc", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)


def place_of(words):
    """The file that a block is, and the layer that is checked with it."""
    if len(words) == 2 and "/" in words[1]:
        return words[1], words[1].split("/")[0]
    layer = "sales" if "sales" in words else "federal"
    return f"{layer}/example.edict", layer


class Example:
    """Blocks of a section, put into a copy of the project and run in each form."""

    def __init__(self, blocks, master, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(master, folder)
        self.setup, self.command = "", None
        for words, body in blocks:
            if words[0] == "sh":
                *before, last = body.rstrip("\n").split("\n")
                self.setup, self.command = "\n".join(before), last
            elif words[0] in ("edict", "yaml", "csv"):
                path, layer = place_of(words)
                write(os.path.join(folder, path), body)
                self.command = self.command or f"edict check {layer}/edict.yaml"
        self.prepared = run(self.setup or "true", folder)

    def run(self, more=""):
        return run(self.command + more, self.folder)


def findings_of(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"code"')]


def keep_golden(code, text):
    path = os.path.join(GOLDEN, f"{code}.jsonl")
    if UPDATE:
        write(path, text)
        return True, ""
    wanted = read(path) if os.path.exists(path) else ""
    return wanted == text, f"{path} differs:\n{text}"


def only_findings(text):
    """What the command says besides findings: words of `edict:` about unsigned bundles and the like."""
    return "".join(line + "\n" for line in text.split("\n")[:-1] if not line.startswith("edict: "))


def test_example(page, severity, master, folder):
    example = Example(page.blocks("Example"), master, folder)
    if not report(f"{page.code}: its example can be set up", example.prepared.returncode == 0, example.prepared.stderr):
        return
    done = example.run()
    got = only_findings(done.stderr)
    if UPDATE:
        page.set_message(got)
    else:
        report(f"{page.code}: its message", page.message() == got, got)
    # A warning ends nothing: 1 is then a denial, which the request would get without it too.
    report(f"{page.code}: how it ends", (done.returncode != 0) if severity == "error" else done.returncode in (0, 1),
           f"exit {done.returncode}", got)
    done = example.run(" --format json")
    found = findings_of(done.stderr)
    report(f"{page.code}: its example gives it and nothing else", {f["code"] for f in found} == {page.code},
           f"{[f['code'] for f in found]}", done.stderr)
    for finding in found if example.command.startswith("edict check ") else ():
        test_fix(page, finding, example)
    report(f"{page.code}: as JSON lines", *keep_golden(page.code, only_findings(done.stderr)))
    if example.command.split()[1] in ("check", "build", "comply"):
        test_sarif(page, found, example.run(" --format sarif"))


def test_fix(page, finding, example):
    """What a fix puts in the place of the mistake mends it: the finding is gone, and no other comes."""
    if not finding["fix"] or finding["fix"]["replace"] is None:
        return
    project = example.command.split()[-1]
    name = finding["file"] if finding["file"] == project else f"{os.path.dirname(project)}/{finding['file']}"
    path = os.path.join(example.folder, name)
    before = read(path)
    lines = before.split("\n")
    line = lines[finding["line"] - 1]
    report(f"{page.code}: its fix is in one line", finding["line"] == finding["end_line"])
    lines[finding["line"] - 1] = line[:finding["column"] - 1] + finding["fix"]["replace"] + line[finding["end_column"] - 1:]
    write(path, "\n".join(lines))
    done = example.run()
    write(path, before)
    report(f"{page.code}: its fix mends it", done.returncode == 0 and not only_findings(done.stderr), lines[finding["line"] - 1],
           done.stderr)


def test_sarif(page, found, done):
    try:
        log = json.loads(done.stdout)
    except ValueError as error:
        report(f"{page.code}: as SARIF", False, str(error), done.stdout)
        return
    trouble = sarif_schema.validate(log)
    run_ = log["runs"][0] if not trouble else {"results": []}
    if not trouble and [r["ruleId"] for r in run_["results"]] != [f["code"] for f in found]:
        trouble.append("other results than findings")
    for result in run_["results"]:
        rule = run_["tool"]["driver"]["rules"][result["ruleIndex"]]
        if rule["id"] != result["ruleId"] or rule.get("shortDescription", {}).get("text") != page.title:
            trouble.append(f"the rule of {result['ruleId']} is another one")
    report(f"{page.code}: as SARIF", not trouble, "\n".join(trouble))


def test_mended(page, master, folder):
    blocks = page.blocks("Mend")
    if not blocks:
        return
    example = Example(blocks, master, folder)
    done = example.run() if example.prepared.returncode == 0 else example.prepared
    report(f"{page.code}: what it mends", done.returncode == 0 and not only_findings(done.stderr), done.stdout,
           done.stderr)


def names_code(path, code):
    return os.path.exists(path) and re.search(rf"(?<![A-Z0-9])(EDI_)?{code}\b", read(path)) is not None


def test_page(page, title, severity, master, folder):
    report(f"{page.code}: its file and title", page.path.endswith(f"/{page.code}.md") and page.title == title,
           f"{page.path} is headed {page.code}: {page.title}, and the list says: {title}")
    prose = [FENCE.sub("", part).strip() for part in [page.meaning, *(page.sections.get(s, "") for s in ("Why", "Mend"))]]
    report(f"{page.code}: its sections", page.order in (SECTIONS, [s for s in SECTIONS if s != "It says"]) and all(prose),
           f"{page.order}")
    kinds = {words[0] for words, _ in page.blocks("Example")}
    if "defect" in kinds:
        report(f"{page.code}: it is a defect", title.endswith("a defect of Edict"), f"the list says: {title}")
    elif "test" in kinds:
        for words, body in page.blocks("Example"):
            report(f"{page.code}: its test", names_code(words[1], page.code) and body.strip(), f"{words[1]} does not name it")
    elif "input" in kinds:
        for words, _ in page.blocks("Example"):
            door, name = words[1].split("/", 1)
            listed = [line.split("\t") for line in read(f"tests/hostile/{door}/expected.tsv").splitlines()]
            report(f"{page.code}: its input", [name, page.code] in [line[:2] for line in listed], words[1])
    elif report(f"{page.code}: it has an example", kinds):
        test_example(page, severity, master, folder)
    test_mended(page, master, folder)


def main():
    listed = re.findall(r'^DIAGNOSTIC\((\w+), (\w+), "([^"]*)"\)', read("runtime/base/diagnostics.def"), re.M)
    folder = os.path.join(os.environ["TMPDIR"], "codes")
    only = sys.argv[1:]
    if not report("the project of the examples", start_folder(folder)):
        return 1
    report("the list is there", len(listed) > 300)
    paths = {os.path.basename(path)[:-3]: path for path in glob.glob(f"{PAGES}/*.md")}
    report("every page is of a code", not paths.keys() - {"README"} - {code for code, _, _ in listed},
           f"{sorted(paths.keys() - {code for code, _, _ in listed})}")
    for code, severity, title in listed:
        if only and code not in only:
            continue
        if report(f"{code} has a page", code in paths, f"write {PAGES}/{code}.md; CONTRIBUTING.md tells how"):
            test_page(Page(paths[code]), title, severity.lower(), folder, folder + ".page")
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
