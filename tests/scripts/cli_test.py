#!/usr/bin/env python3
"""Command: each verb of `edict` as people and scripts call it: help, wrong use, exit codes, what goes to
which stream, JSON shapes, files that cannot be read or written, keys, signatures, trust, decisions.

It works on a copy of tests/example below TMPDIR. What people read is compared with tests/golden/cli/;
GOLDEN_UPDATE=1 writes those files instead."""

import itertools
import json
import os
import pty
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import BUILD, EDICT, HERE, Skip, edict, expect, expect_run, golden, main, test  # noqa: E402

MINT = os.path.join(BUILD, "mint-token")
NOW = "2026-11-21T10:00:00Z"
SAM = {"issuer": "corp", "id": "sam", "roles": ["support"], "purposes": ["support"], "regions": ["de"]}


def write(path, text, mode="w"):
    with open(path, mode) as file:
        file.write(text)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def seed(number):
    return f"{number:064x}"


def key(name, number, path):
    """A signing key made from a number; its verifier key."""
    r = edict("keygen", "signing", "--name", name, "--out", path, "--seed", seed(number))
    assert r.returncode == 0, r.stderr
    return r.stdout.strip()


def set_up():
    """The example, its bundles unsigned and signed, keys and a trust store."""
    shutil.copytree(os.path.join(HERE, "tests/example"), ".", dirs_exist_ok=True)
    os.mkdir("build")
    for words in (["federal/edict.yaml", "--out", "build/federal.edb", "--tables", "build"],
                  ["sales/edict.yaml", "--out", "build/sales.edb"]):
        r = edict("build", *words)
        assert r.returncode == 0, r.stderr
    federal, sales = key("eu.example-a", 1, "federal.key"), key("eu.example/sales-a", 2, "sales.key")
    write("trust", f"edict-trust/v1\nfederal eu.example {federal}\ndomain sales eu.example/sales {sales}\n")
    for name, by in (("federal", "federal"), ("sales", "sales"), ("federal.vocabulary.legal-holds", "federal")):
        r = edict("sign", f"build/{name}.edb", "--key", f"{by}.key", "--out", f"{name}.edb")
        assert r.returncode == 0, r.stderr


SET = ["--bundle", "federal.edb", "--bundle", "sales.edb", "--bundle", "federal.vocabulary.legal-holds.edb"]
ASK = ["--product", "sales.orders", "--dataset", "orders", "--action", "read"]


def asking(subject=SAM, context=None, now=NOW, more=(), ask=ASK):
    return ["eval", *SET, "--trust", "trust", *ask, "--subject", json.dumps(subject), "--context",
            json.dumps({"purpose": "support"} if context is None else context), "--now", now, *more]


# ---- help and wrong use ----

def verbs():
    text = read(os.path.join(HERE, "cli/verbs.def")).decode()
    return re.findall(r'^VERB\((\w+), "', text, re.M)


@test
def help_of_every_verb():
    overview = expect_run(["help"], 0, "usage: edict VERB").stdout
    expect_run(["--help"], 0, overview)
    expect(len(verbs()) >= 10, "verbs.def could not be read")
    for verb in verbs():
        expect(f"\n  {verb} " in overview, f"`edict help` does not list {verb}")
        text = expect_run(["help", verb], 0, f"usage: edict {verb} ").stdout
        expect_run([verb, "--help"], 0, text)
        for option in re.findall(r"^  (--[a-z-]+)", text, re.M):
            expect("usage" not in edict(verb, option + "=").stdout, f"{verb} {option}: prints help")
        golden(f"cli/help-{verb}.txt", text)
    expect_run(["help", "nothing"], 2, None, "there is no verb `nothing`")
    expect_run(["help", "eval", "more"], 2, None, "there is no verb `more`")
    expect_run(["version"], 0, "edict ")
    expect_run(["--version"], 0, "edict ")


@test
def version_is_one():
    header = read(os.path.join(HERE, "include/edict/release.h")).decode()
    release = re.search(r'^#define EDICT_RELEASE "([0-9.]+)"$', header, re.M).group(1)
    expect(edict("version").stdout == f"edict {release}\n", "the command is of another release than the header")


@test
def wrong_use():
    expect_run([], 2, None, "usage: edict VERB")
    expect_run(["evla"], 2, None, "did you mean `eval`?")
    expect_run(["x" * 1000], 2, None, "there is no verb")
    expect_run([""], 2, None, "there is no verb ``")
    for verb in verbs():
        formats = {"test": "text|json|tap|junit", "apply": "csv|jsonl|arrow"}.get(verb, "text|json")
        one, other = formats.split("|")[:2]
        expect_run([verb, "--nonsense"], 2, None, f"edict {verb}: there is no option --nonsense")
        many = {"fmt": 256, "import": 256, "trust": 32, "unmask": 64}.get(verb, 2)
        if verb != "comply":
            expect_run([verb, *["a"] * (many + 1)], 2, None, "is one word too many")
        if verb == "lsp":
            continue  # it takes no options: what is wrong it tells its client
        expect_run([verb, "--formta", "json"], 2, None, "did you mean --format?")
        expect_run([verb, "--format", "xml"], 2, None, f"--format is one of {formats}")
        expect_run([verb, "--format", ""], 2, None, f"--format is one of {formats}")
        expect_run([verb, "--format", "text|json"], 2, None, f"--format is one of {formats}")
        expect_run([verb, "--format"], 2, None, f"--format needs a value: {formats}")
        expect_run([verb, "--format", one, "--format", other], 2, None, "--format is given twice")
    expect_run(["eval", "--" + "x" * 5000], 2, None, "there is no option")
    expect_run(["eval", "--devel"], 2, None, "did you mean --development?")
    expect_run(["eval", "--development=1"], 2, None, "--development takes no value")
    expect_run(["check", "--", "--format"], 3, None, "`--format` cannot be read")
    expect_run(["eval", *["--bundle=x"] * 257], 2, None, "too many options")


@test
def missing_options():
    for words, missing in ((["build"], "--out"), (["keygen", "signing", "--name", "a"], "--out"),
                           (["keygen", "signing", "--out", "a"], "--name"), (["trust", "init", "r"], "--name"),
                           (["trust", "init", "r", "--name", "x"], "--expires"),
                           (["keygen", "keyring", "--out", "a"], "--name"), (["eval"], "--product"),
                           (["eval", "--product", "p", "--dataset", "d"], "--action"),
                           (["replay", "log"], "--auditor-key")):
        expect_run(words, 2, None, f"{missing} is needed")
    subject = ["--subject", "{}"]
    for words, message in ((["keygen"], "say which"), (["keygen", "sining", "--out", "a"], "say which"),
                           (["keygen", "auditor", "--out", "a", "--name", "b"], "has no name"),
                           (["sign"], "name one bundle"), (["sign", "federal.edb"], "one of --key, --request and --add"),
                           (["sign", "x", "--request", "y", "--out", "z"], "there is no --out"), (["trust"], "say which"),
                           (["trust", "show"], "name the file"), (["trust", "add", "x", "root"], "the words of a role, and a key"),
                           (["verify", "x", "--root", "y"], "--root follows what --trust names"),
                           (["verify", "x", "--federal", "y"], "--federal is for --rebuild"), (["verify"], "name one bundle"),
                           (["inspect"], "name one bundle"), (["log"], "say `verify` or `show`"),
                           (["log", "verify"], "say `verify` or `show`"), (["log", "look", "x"], "say `verify` or `show`"),
                           (["replay"], "name the log's folder"),
                           (["log", "verify", "x", "--auditor-key", "k"], "is for `show`"),
                           (["log", "show", "x", "--key", "k"], "is for `verify`"),
                           (["inspect", "x", "--file", "y", "--disassemble"], "one of --file, --disassemble and --cost"),
                           (["eval", *ASK], "either --token or --subject"),
                           (["eval", *ASK, *subject, "--where", "mysql"], "--where is one of sqlite|postgresql"),
                           (["eval", *ASK, *subject, "--token", "x"], "either --token or --subject"),
                           (["eval", *ASK, *subject], "either --bundle FILE... or --rules"),
                           (["eval", *ASK, *subject, "--bundle", "x", "--rules", "y"], "either --bundle FILE... or --rules"),
                           (["eval", *ASK, *subject, "--bundle", "x"], "--trust FILE is needed"),
                           (["eval", *ASK, *subject, "--rules", "x", "--trust", "y"], "--rules signs nothing"),
                           (["build", "federal/edict.yaml", "--out", "x"], "--tables FOLDER says where it goes")):
        expect_run(words, 2, None, message)
    expect(not os.path.exists("x"), "a build that was called wrongly has written")


@test
def forms_of_now():
    for now in ("2026-11-21T10:00:00Z", "2026-11-21T11:00:00+01:00", "2026-11-21T10:00:00.000001Z"):
        expect_run(asking(now=now), 0, "permitted by")
    for now in ("", "2026-11-21", "2026-11-21T10:00:00", "2026-11-21 10:00:00Z", "2026-02-29T10:00:00Z",
                "2026-11-21T24:00:00Z", "2026-11-21T10:00:60Z", "2026-11-21T10:00:00z", "now", "1795168800",
                "2026-11-21T10:00:00Z ", "0000-01-01T00:00:00Z", "2026-11-21T10:00:00.0000001Z"):
        expect_run(asking(now=now), 2, None, "--now takes a time such as 2026-11-20T10:00:00Z")
    expect_run(["verify", "federal.edb", "--now", "soon"], 2, None, "--now takes a time")
    expect_run(["replay", "x", "--auditor-key", "k", "--now", "soon"], 2, None, "--now takes a time")


@test
def rows_as_sql():
    """What eval prints is run by SQLite: the rows that the rules show, and none on a deny."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE orders (number, country, phone, collected_at)")
    rows = [(1, "de", "2026-03-01T00:00:00Z"), (2, "us", "2026-03-01T00:00:00Z"), (3, b"de", "2026-03-01T00:00:00Z"), (4, "de", "2020-03-01T00:00:00Z"),
            (5, "de", None), (6, "DE", "2026-03-01T00:00:00Z"), (7, "de", "2026-03-01 00:00"), (8, "de", "2027-03-01T00:00:00Z")]
    db.executemany("INSERT INTO orders (number, country, collected_at) VALUES (?, ?, ?)", rows)

    def shown(**how):
        r = edict(*asking(more=["--where", "sqlite"], **how))
        return r.returncode, [row[0] for row in db.execute(f"SELECT number FROM orders WHERE {r.stdout} ORDER BY 1")]
    expect(shown() == (0, [1, 7]), "rows of a permit", shown())
    expect(shown(subject={**SAM, "roles": ["partner"]}) == (1, []), "rows of a deny", shown(subject={**SAM, "roles": ["partner"]}))
    expect_run(asking(more=["--where", "postgresql"]), 0, 'COLLATE "C" IN (E\'de\'::text)')
    expect_run(["eval", *SET, "--trust", "trust", "--product", "sales.orders", "--resource", '{"kind":"model"}', "--action", "read", "--subject",
                json.dumps(SAM), "--now", NOW, "--where", "sqlite"], 3, None, "--where is about the rows of a dataset")


# ---- streams and files ----

@test
def day_of_a_check():
    """What has ended is told by --now, else by SOURCE_DATE_EPOCH, else by the clock."""
    def told(epoch, *more):
        r = edict("check", "federal/edict.yaml", *more, env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
        return r.returncode, "W0314" in r.stderr
    expect(told("1795168800") == (0, False), "before the end of the delegate", told("1795168800"))
    expect(told("4102444800") == (0, True), "after it", told("4102444800"))
    expect(told("4102444800", "--now", NOW) == (0, False), "--now wins", told("4102444800", "--now", NOW))
    for epoch in ("", "x", "-1", "1795168800.5", " 1795168800", "253402300800", "9" * 40):
        expect(told(epoch)[0] == 2, f"SOURCE_DATE_EPOCH={epoch!r} is refused", told(epoch))
    expect(told("253402300799")[0] == 0, "the last second of 9999", told("253402300799"))


@test
def data_of_tables_is_checked():
    """What is wrong in a table's file is found without building it; rules are looked at all the same."""
    shutil.copytree("federal", "data")
    expect_run(["check", "data/edict.yaml"], 0)
    path = "data/" + re.search(r"file: *([a-z./-]+\.csv)", read("data/edict.yaml").decode()).group(1)
    good = read(path).decode()
    write(path, good + "one,two,three,four,five\n")
    r = expect_run(["check", "data/edict.yaml"], 1, err="it has 5 fields")
    built = edict("build", "data/edict.yaml", "--out", "data/out.edb", "--tables", "data/out")
    expect(r.stderr == built.stderr, "check and build say the same of a table", r.stderr, built.stderr)
    write("data/more.edict", "module federal.more\nrule never\n  forbid access\n  when now < 2020-01-01 and now > 2021-01-01\n")
    r = expect_run(["check", "data/edict.yaml"], 1, err="rule `never` can never hold")
    expect("it has 5 fields" in r.stderr, "the table is told of beside the rules", r.stderr)


WRONG = """module federal.wrong
taxonomy season { spring, summer, autumn, winter }
attributes context { when?: season  where?: string }
rule a # \u00e9\U0001F600 stay
  forbid read
  when subject.roles has analyst && !(context.where == 'spring')
  because 'it''s so'
"""
MENDED = """module federal.wrong
taxonomy season { spring summer autumn winter }
attributes context { when?: season  where?: string }
rule a # \u00e9\U0001F600 stay
  forbid read
  when subject.roles has analyst and not (context.where == "spring")
  because "it's so"
"""


@test
def fixes_are_applied():
    """What a tool may mend is mended, round by round; files are replaced through their links, with their permissions."""
    shutil.copytree("federal", "fixed")
    write("elsewhere.edict", WRONG)
    os.chmod("elsewhere.edict", 0o640)
    os.symlink("../elsewhere.edict", "fixed/wrong.edict")
    before = {name: read("fixed/" + name) for name in os.listdir("fixed")}
    expect(edict("check", "fixed").returncode == 1 and read("elsewhere.edict").decode() == WRONG, "without --fix nothing is written")
    expect_run(["check", "fixed", "--fix"], 0, "fixed/wrong.edict\n")
    expect(read("elsewhere.edict").decode() == MENDED, "mended", read("elsewhere.edict").decode())
    expect(os.path.islink("fixed/wrong.edict") and os.stat("elsewhere.edict").st_mode & 0o777 == 0o640, "the link and the permissions stay")
    expect(all(read("fixed/" + name) == text for name, text in before.items() if name != "wrong.edict"), "no other file is touched")
    expect_run(["check", "fixed", "--fix"], 0, "")
    write("elsewhere.edict", WRONG + "rule b\n  forbid raed\n")
    r = expect_run(["check", "fixed/edict.yaml", "--fix"], 1, "fixed/wrong.edict\n", "no node `raed`")
    expect(read("elsewhere.edict").decode() == MENDED + "rule b\n  forbid raed\n", "a suggestion is nobody's to apply")
    write("elsewhere.edict", WRONG)
    r = edict("check", "fixed", "--fix", "--format", "sarif")
    expect(r.returncode == 0 and json.loads(r.stdout)["runs"] and read("elsewhere.edict").decode() == MENDED, "a log alone with SARIF", r.stdout)
    if os.geteuid():
        write("elsewhere.edict", WRONG)
        os.chmod("elsewhere.edict", 0o440)
        expect_run(["check", "fixed", "--fix"], 3, None, "cannot be written")


@test
def fixes_do_no_damage():
    """What is put into a file is what was meant: nothing is escaped, cut off or written twice; what is in doubt stays."""
    head = "module federal.wrong\nattributes context { a?: bool  n?: int  s?: string }\nrule a\n  forbid read\n  when "
    mask = "module federal.wrong\nattributes context { a?: bool  s?: string }\nrule a\n  mask column tagged pii.email\n    "
    shutil.copytree("federal", "harmless")
    for wrong, mended in [
        ("(context.n\t+ context.n) is not set\n", "not (context.n\t+ context.n) is set\n"),
        ("context.n # why\n    + context.n is not set\n", None),
        ("context.s == 'a\tb'\n", 'context.s == "a\tb"\n'),
        ("context.s == 'a\\\\b'\n", None),             # what a backslash means is another matter in each language
        ("context.s == 'a\u200bb'\n", None),           # somebody has to look at what cannot be seen
        ("context.a is not set\n", "not context.a is set\n"),
        ("context.a;because 'x';\n", 'context.a because "x"\n'),   # words stay apart
        ("context.a&&!context.a\r\n", "context.a and  not context.a\r\n"),
    ]:
        write("harmless/wrong.edict", head + wrong)
        edict("check", "harmless", "--fix")
        expect(read("harmless/wrong.edict").decode() == head + (mended or wrong), repr(wrong), read("harmless/wrong.edict").decode())
    write("harmless/wrong.edict", "module federal.wrong\ntaxonomy season { spring,summer, autumn,winter{cold,dark},}\n")
    expect_run(["check", "harmless", "--fix"], 0, "harmless/wrong.edict\n")
    text = read("harmless/wrong.edict").decode()
    expect(text.split("{", 1)[1] == " spring summer autumn winter{cold dark} }\n", "words in braces stay words", text)
    for case, mended in [("with\tnull otherwise\n", "with\tnull\n"), ('with constant("%s") otherwise\n' % ("x" * 4090), None)]:
        write("harmless/wrong.edict", mask + case)
        edict("check", "harmless", "--fix")
        text = read("harmless/wrong.edict").decode()
        expect(text == mask + (mended or case), case[-60:], text[-300:])


@test
def fixes_stay_out_of_files_that_change():
    """What somebody else saves while files are mended is never mended by the places of what was there before."""
    shutil.copytree("federal", "busy")
    head = "module federal.wrong\nattributes context { a?: bool  b?: bool }\n"
    body = "".join("rule r%d\n  forbid read\n  when context.a && context.b\n" % i for i in range(300))
    texts = [head + body, head + "# one\n# two\n" + body]
    whole = texts + [text.replace("&&", "and") for text in texts]
    told = threading.Event()

    def save_again_and_again():
        for k in itertools.count():
            write("busy/saved", texts[k % 2])
            os.rename("busy/saved", "busy/wrong.edict")
            if told.wait(0.004):
                return

    for _ in range(200):
        told.clear()
        saver = threading.Thread(target=save_again_and_again)
        saver.start()
        r = edict("check", "busy", "--fix")
        told.set()
        saver.join()
        expect(read("busy/wrong.edict").decode() in whole, "damaged", read("busy/wrong.edict").decode()[:400])
        if "changed meanwhile" in r.stderr:
            expect(r.returncode == 3, "refused", r.stderr)
            return
    expect(False, "no change was noticed in 200 tries")


@test
def output_that_cannot_be_written():
    bundle = "build/federal.edb"
    for words in (["help"], ["version"], ["help", "eval"], ["verify", bundle], ["inspect", bundle], asking(),
                  asking(more=["--format", "json"]), ["check", "federal/edict.yaml", "--openings"],
                  ["test", "federal/edict.yaml", "--with", "sales/edict.yaml"],
                  ["inspect", bundle, "--disassemble"], ["keygen", "auditor", "--out", "full.key", "--force"]):
        with open("/dev/full", "wb") as full:
            expect_run(words, 3, None, "standard output cannot be written", stdout=full)
        done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", EDICT, *words], stderr=subprocess.PIPE)
        expect(done.returncode == 3, f"{words[0]}: a closed output is no failure", done.stderr)
    # A closed stream must not become the file that is written.
    done = subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", EDICT, "build", "sales/edict.yaml", "--out", "c.edb"])
    expect(done.returncode == 0 and read("c.edb") == read("build/sales.edb"), "closed streams spoil a build")


@test
def data_and_findings_stay_apart():
    broken = write("broken.edict", "module federal.x\nrule a\n  permit reed\n  on dataset holding pii\n")
    shutil.copytree("federal", "apart")
    shutil.move(broken, "apart/broken.edict")
    r = expect_run(["check", "apart/edict.yaml"], 1, None, "error[E0")
    expect("broken.edict:3" in r.stderr and "\x1b" not in r.stderr, "no place, or colours into a pipe", r.stderr)
    r = expect_run(["check", "apart/edict.yaml", "--format", "json"], 1, None, "{")
    lines = [json.loads(line) for line in r.stderr.splitlines()]
    expect(lines and {"code", "severity", "message", "file", "line", "column"} <= set(lines[0]), "not a finding", lines)
    expect_run(["check", "federal/edict.yaml"], 0)
    r = expect_run(["check", "federal/edict.yaml", "--openings"], 0, "geo.country\n")
    golden("cli/openings.txt", r.stdout)
    expect_run(["test", "apart/edict.yaml"], 1, None, "error[E0")
    expect_run(["build", "apart/edict.yaml", "--out", "apart.edb", "--tables", "."], 1, None, "error[E0")
    expect(not os.path.exists("apart.edb"), "a project with findings was built")
    expect_run(["eval", "--rules", "apart/edict.yaml", *ASK, "--subject", json.dumps(SAM)], 1, None, "error[E0")


@test
def colour_is_for_terminals():
    def on_a_terminal(environment):
        try:
            master, slave = pty.openpty()
        except OSError as error:  # a container without pseudo-terminals
            raise Skip(str(error)) from error
        child = subprocess.Popen([EDICT, "check", "apart/edict.yaml"], stderr=slave, stdin=subprocess.DEVNULL,
                                 env={**os.environ, **environment})
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 65536):
                text += chunk
        except OSError:
            pass
        os.close(master)
        child.wait()
        return text

    expect(b"\x1b[" in on_a_terminal({"NO_COLOR": ""}), "no colour on a terminal")
    expect(b"\x1b[" not in on_a_terminal({"NO_COLOR": "1"}), "NO_COLOR is not honoured")


@test
def files_that_cannot_be_read():
    write("empty", "")
    write("text", "hello\n")
    write("huge", "")
    os.truncate("huge", 300 * 1024 * 1024)
    os.makedirs("folder", exist_ok=True)
    for path in ("nowhere", "empty", "text", "huge", "folder", "/dev/zero", "trust", "federal.key"):
        for words in (["verify", path], ["inspect", path], ["sign", path, "--key", "federal.key", "--out", "y"],
                      ["inspect", path, "--file", "program"],
                      ["eval", "--bundle", path, "--development", *ASK, "--subject", json.dumps(SAM)]):
            r = edict(*words)
            expect(r.returncode == 3 and r.stdout == "" and "error[" in r.stderr, f"{words}: taken, or silent", r.returncode, r.stderr)
        expect(not os.path.exists("y"), f"{path}: something was signed")
    for path in ("nowhere", "empty", "text", "huge", "folder", "/dev/zero", "federal.edb"):
        for words in (["verify", "federal.edb", "--trust", path, "--now", NOW],
                      ["sign", "federal.edb", "--key", path, "--out", "y"],
                      ["eval", *SET, "--trust", "trust", *ASK, "--token", path, "--now", NOW],
                      ["eval", *SET, "--trust", "trust", "--keyring", path, *ASK, "--subject", json.dumps(SAM)],
                      ["replay", "log", "--auditor-key", path]):
            r = edict(*words)
            expect(r.returncode == 3 and r.stdout == "" and r.stderr != "", f"{words}: taken, or silent", r.returncode, r.stderr)
        expect(not os.path.exists("y"), f"{path}: something was signed")
    for path in ("nowhere", "huge", "folder", "/dev/zero"):
        for verb in ("check", "test"):
            r = edict(verb, path)
            expect(r.returncode == 3 and "error[" in r.stderr, f"{verb} {path}", r.returncode, r.stderr)
    for path in ("empty", "text", "federal.edb"):
        r = edict("check", path)
        expect(r.returncode in (1, 3) and "error[" in r.stderr, f"check {path}", r.returncode, r.stderr)
    for verb in ("verify", "show"):
        for path in ("nowhere", "folder", "text"):
            r = edict("log", verb, path)
            expect(r.returncode == 3 and "error[" in r.stderr, f"log {verb} {path}", r.returncode, r.stderr)


@test
def files_that_cannot_be_written():
    os.mkfifo("pipe")
    for out, reason in (("pipe", "not supported"), ("folder", "directory"), ("nowhere/x", "No such file"), ("text/x", "directory"),
                        ("x" * 300, "too long")):
        if out != "nowhere/x":  # a build makes the folders of what it writes
            expect_run(["build", "sales/edict.yaml", "--out", out], 3, None, reason)
        expect_run(["sign", "build/sales.edb", "--key", "sales.key", "--out", out], 3, None, reason)
        r = edict("keygen", "auditor", "--out", out)
        expect(r.returncode == 3 and r.stdout == "", f"keygen to {out[:20]}", r.returncode, r.stdout)
    expect(stat.S_ISFIFO(os.stat("pipe").st_mode), "a pipe was replaced by a file")
    expect_run(["build", "federal/edict.yaml", "--out", "t.edb", "--tables", "text"], 3, None, "directory")
    expect(not os.path.exists("t.edb"), "a bundle was written without its tables")
    expect_run(["build", "nowhere/edict.yaml", "--out", "not/made/t.edb"], 3, None, "error[E0500]")
    expect(not os.path.exists("not"), "a folder was made for nothing")
    expect_run(["build", "federal", "--out", "made/for/t.edb", "--tables", "made/tables"], 0)
    expect(os.path.exists("made/for/t.edb") and os.listdir("made/tables"), "folders are made")


# ---- what was meant ----

@test
def names_that_are_near():
    words = ["eval", "--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml", "--action", "read", "--subject", json.dumps(SAM), "--now", NOW]
    expect_run([*words, "--product", "sales.order", "--dataset", "orders"], 3, "", "there is `sales.orders`")
    expect_run([*words, "--product", "sales.orders", "--dataset", "order"], 2, "", "no dataset `order`; did you mean `orders`?")
    expect_run([*words, "--product", "sales.orders", "--dataset", "orders", "--columns", "phnoe"], 2, "", "no column `phnoe`; did you mean `phone`?")
    expect_run(["check", "federal/privacy.edict"], 1, "", "is a file of rules, and no edict.yaml")
    expect_run(["check", "sales/contracts/orders.odcs.yaml"], 1, "", "is a contract, or another document of a standard")


# ---- unmask ----

@test
def unmasking():
    rules = ("module federal.giving-back\n\nkey given joinable within product\n\nrule back\n  permit unmask\n"
             "  on      dataset named \"orders\"\n  when    subject.roles has dpo\n  because \"x\"\n\n"
             "obligation tell(whom: role)\n\nrule back-on-notice\n  permit unmask\n  on      dataset named \"orders\"\n"
             "  when    subject.roles has support\n  oblige  tell(dpo)\n  because \"x\"\n\n"
             "rule tokens\n  mask    column tagged pii.email\n    with  token(given)\n  because \"x\"\n")
    write("federal/giving-back.edict", rules)
    expect_run(["keygen", "keyring", "--name", "eu.example", "--out", "ku"], 0)
    words = ["unmask", "--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml", "--keyring", "ku", *ASK[:4], "--column", "phone",
             "--context", '{"purpose":"support"}', "--now", NOW]
    dpo = json.dumps({**SAM, "roles": ["dpo"]})
    expect_run([*words, "--subject", json.dumps(SAM), "e1~AAAA"], 1, "", "denied")
    expect_run([*words, "--subject", dpo, "e1~AAAA"], 3, "", "value 1: no mask of the column made it")
    expect_run([*words, "--subject", json.dumps(SAM), "--meets", "federal.giving-back.tell", "e1~AAAA"], 3, "", "value 1: no mask of the column made it")
    expect_run([*words, "--subject", dpo], 2, None, "give the values")
    expect_run([*words, "--subject", dpo, "--log", "log", "x"], 2, None, "what is supposed is not logged")
    expect_run([*words, "--subject", dpo, "--epoch", "x", "y"], 2, None, "--epoch takes a number")
    expect_run(["unmask", "--bundle", "build/federal.edb", "--trust", "trust", *ASK[:4], "--column", "phone", "--token", "t", "x"], 2, None, "--log")
    os.remove("federal/giving-back.edict")


# ---- keyrings ----

@test
def keyrings():
    expect_run(["keygen", "keyring", "--name", "eu.example", "--out", "kr"], 0)
    show = "federation eu.example\nsealed with a key\nepoch 1 current\n"
    expect(expect_run(["keyring", "show", "kr"], 0, "").stdout == show, "not what is in it")
    expect_run(["keyring", "rotate", "kr"], 0)
    expect(expect_run(["keyring", "show", "kr"], 0, "").stdout.endswith("epoch 1 past\nepoch 2 current\nversion 1\n"), "not rotated")
    expect_run(["keyring", "destroy", "kr", "--subject", "person.id=c-17"], 0, "", "")
    expect_run(["keyring", "destroy", "kr", "--subject", "person.id=c-17"], 0, "", "")
    expect(expect_run(["keyring", "show", "kr"], 0, "").stdout.endswith("version 3\ndestroyed keys of subjects: 1\n"), "not destroyed")
    for wrong in ("person.id", "=c-17", "person.id="):
        expect_run(["keyring", "destroy", "kr", "--subject", wrong], 2, None, "--subject takes TAG=ID")
    expect_run(["keyring", "destroy", "kr", "--subject", "a=b", "--epoch", "1"], 2, None, "either --epoch or --subject")
    expect_run(["keyring", "show", "kr", "--subject", "a=b"], 2, None, "--subject whose key")
    expect_run(["keyring", "destroy", "kr", "--epoch", "2"], 3, None, "rotate first")
    expect_run(["keyring", "destroy", "kr", "--epoch", "9"], 3, None, "no such epoch")
    expect_run(["keyring", "destroy", "kr", "--epoch", "x"], 2, None, "takes a number")
    expect_run(["keyring", "destroy", "kr"], 2, None, "says which epoch")
    expect_run(["keyring", "destroy", "kr", "--epoch", "1"], 0)
    expect("epoch 1 destroyed\n" in expect_run(["keyring", "show", "kr"], 0, "").stdout, "not destroyed")
    write("phrase", "correct horse battery\n")
    write("short", "too short\n")
    expect_run(["keyring", "seal", "kr", "--new-passphrase", "short"], 2, None, "at least 12 bytes")
    expect_run(["keyring", "seal", "kr", "--new-passphrase", "phrase"], 0)
    expect_run(["keyring", "show", "kr"], 3, None, "error[R0603]")
    expect("sealed with a passphrase" in expect_run(["keyring", "show", "kr", "--passphrase", "phrase"], 0, "").stdout, "not sealed")
    expect(stat.S_IMODE(os.stat("kr").st_mode) == 0o600, "a keyring may be read by others")
    write("plain", f"edict-keyring/v1\nfederation eu.example\nepoch 4 {'07' * 32}\n")
    expect_run(["keyring", "rotate", "plain"], 2, None, "give --new-key")
    expect_run(["keyring", "seal", "plain", "--new-key", "kr.key"], 0)
    expect("epoch 4 current\n" in expect_run(["keyring", "show", "plain", "--key", "kr.key"], 0, "").stdout, "another epoch")
    expect_run(["keyring", "turn", "kr"], 2, None, "say what to do")
    expect_run(["keyring", "show", "kr", "--key", "a", "--passphrase", "b"], 2, None, "give either")
    expect_run(["keygen", "keyring", "--name", "eu.example", "--out", "kp", "--passphrase", "phrase"], 0)
    expect(not os.path.exists("kp.key"), "a key that nothing is sealed with")
    expect_run(["keygen", "keyring", "--name", "eu.example", "--out", "kq", "--key", "kr.key"], 0)
    expect_run(["keyring", "show", "kq", "--key", "kr.key"], 0, "epoch 1 current")
    expect_run(["keygen", "auditor", "--out", "kx", "--key", "kr.key"], 2, None, "seal a keyring")


# ---- keys and signatures ----

@test
def keys():
    r = expect_run(["keygen", "signing", "--name", "k-1", "--out", "k-1"], 0, "k-1+")
    expect(re.fullmatch(r"k-1\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n", r.stdout), "not a verifier key", r.stdout)
    expect(re.fullmatch(rb"edict-secret-key/v1 k-1 [A-Za-z0-9+/=]{88}\n", read("k-1")), "not a secret key")
    r = expect_run(["keygen", "auditor", "--out", "k-2"], 0, "")
    expect(re.fullmatch(r"[0-9a-f]{64}\n", r.stdout), "not a public key", r.stdout)
    expect(re.fullmatch(rb"[0-9a-f]{64}\n", read("k-2")), "not an auditor's key")
    expect_run(["keygen", "keyring", "--name", "eu.example", "--out", "k-3"], 0)
    expect(re.fullmatch(rb"edict-keyring/v2\nfederation eu.example\nsealed key\nbody [0-9A-Za-z+/=]+\n", read("k-3")), "no keyring")
    expect(re.fullmatch(rb"edict-keyring-key/v1\n[0-9a-f]{64}\n", read("k-3.key")), "no key beside the keyring")
    for path in ("k-1", "k-2", "k-3", "k-3.key"):
        expect(stat.S_IMODE(os.stat(path).st_mode) == 0o600, f"{path} may be read by others")
    before = read("k-2")
    expect_run(["keygen", "auditor", "--out", "k-2"], 2, None, "--force replaces the secret in it")
    expect(read("k-2") == before, "a secret was overwritten")
    os.chmod("k-2", 0o644)
    r = expect_run(["keygen", "auditor", "--out", "k-2", "--force", "--format", "json"], 0, "")
    expect(len(json.loads(r.stdout)["public"]) == 64, "no public key as JSON", r.stdout)
    expect(read("k-2") != before and stat.S_IMODE(os.stat("k-2").st_mode) == 0o600, "not replaced, or left open")
    r = expect_run(["keygen", "signing", "--name", "n", "--out", "k-4", "--format", "json"], 0, "")
    expect(json.loads(r.stdout)["verifier"].startswith("n+"), "no verifier key as JSON", r.stdout)
    expect(edict("keygen", "auditor", "--out", "k-5").stdout != edict("keygen", "auditor", "--out", "k-6").stdout, "one key twice")
    for name in ("", "a b", "a+b", "a\nb", "x" * 256):
        expect_run(["keygen", "signing", "--name", name, "--out", "k-7"], 2, None, "a key's name is")
        if name != "a+b":
            expect_run(["keygen", "keyring", "--name", name, "--out", "k-7"], 2, None, "a federation's name is")
    for text in ("", "0" * 63, "0" * 65, "g" * 64, "A" * 64):
        expect_run(["keygen", "auditor", "--out", "k-7", "--seed", text], 2, None, "--seed takes 64 hex digits")
    expect(not os.path.exists("k-7"), "a wrong call left a key behind")
    os.symlink("nowhere", "link")
    expect_run(["keygen", "auditor", "--out", "link"], 3, None, "is no plain file")


def manifest(path):
    data = read(path)
    length = int.from_bytes(data[12:16], "little")
    return data[64:64 + length]


def carried(path):
    """The files after manifest and signatures."""
    data = read(path)
    at = 64 + int.from_bytes(data[12:16], "little") + int.from_bytes(data[16:20], "little")
    return data[(at + 63) // 64 * 64:]


@test
def signing():
    key("eu.example-b", 3, "b.key")
    shutil.copy("build/federal.edb", "s.edb")
    expect_run(["sign", "s.edb", "--key", "federal.key"], 0, None, "signed: eu.example, federal, version 7; 1 signature\n")
    once = read("s.edb")
    expect_run(["sign", "s.edb", "--key", "federal.key"], 3, None, "this key has signed it already")
    expect(read("s.edb") == once, "a refused signature changed the file")
    for mode, said in ((0o640, True), (0o602, True), (0o600, False)):
        os.chmod("b.key", mode)
        for form in (), ("--format", "json"):
            r = edict("sign", "s.edb", "--key", "b.key", "--out", "open.edb", *form)
            expect(r.returncode == 0 and ("b.key is a secret that others" in r.stderr) == (said and not form), f"a key of mode {mode:o}", r.stderr)
    expect_run(["sign", "s.edb", "--key", "b.key"], 0, None, "version 7; 2 signatures\n")
    text = edict("inspect", "s.edb").stdout
    expect(text.count("\n— eu.example-") == 2, "not two signatures", text)
    for signed in ("s.edb", "federal.edb"):
        expect(manifest(signed) == manifest("build/federal.edb"), f"{signed}: signing changed the manifest")
        expect(carried(signed) == carried("build/federal.edb"), f"{signed}: signing changed what is carried")
    digest = lambda path: edict("inspect", path).stdout.split("\n")[0]
    expect(digest("s.edb") == digest("build/federal.edb"), "signing changed the digest")
    expect_run(["verify", "s.edb", "--trust", "trust", "--now", NOW], 0, "signed by who may")


@test
def a_key_that_counts_for_nothing():
    """`sign --trust` warns of a key that may not sign this, and signs all the same; of a root document it is the document itself that names
    the keys, and the version before."""
    stranger, again = key("eu.example-a", 21, "twenty-one.key"), key("root-2", 22, "twenty-two.key")
    cases = [("federal", "federal.key", None), ("federal", "sales.key", "the key is of `domain sales eu.example/sales`"), ("sales", "sales.key", None),
             ("sales", "federal.key", "the key is of `federal eu.example`"), ("federal", "twenty-one.key", "names no such key"),
             ("federal.vocabulary.legal-holds", "federal.key", None), ("federal.vocabulary.legal-holds", "sales.key", "the key is of `domain")]
    for name, by, note in cases:
        r = edict("sign", f"build/{name}.edb", "--key", by, "--out", "counted.edb", "--trust", "trust", "--format", "json")
        warned = [json.loads(line) for line in r.stderr.splitlines()]
        expect(r.returncode == 0 and [w["code"] for w in warned] == (["W0253"] if note else []), f"{name} by {by}", r.stderr)
        expect(not note or note in warned[0]["notes"][0], f"{name} by {by}: why", warned)
        r = edict("verify", "counted.edb", "--trust", "trust", "--now", NOW)
        expect(r.returncode == (3 if note else 0), f"{name} by {by}: what an engine says", r.stdout, r.stderr)
        expect("W0253" not in edict("sign", f"build/{name}.edb", "--key", by, "--out", "counted.edb").stderr, "nothing is known without --trust")
    edict("trust", "init", "counting.root", "--name", "eu.example", "--expires", "2027-11-20T00:00:00Z")
    write("stranger.pub", stranger + "\n")
    write("again.pub", again + "\n")
    edict("trust", "add", "counting.root", "root", "stranger.pub", "--threshold", "1")
    for by, warned in (("twenty-one.key", False), ("twenty-two.key", True)):
        r = edict("sign", "counting.root", "--key", by, "--out", "counted.root")
        expect(r.returncode == 0 and ("W0253" in r.stderr) == warned, f"a root by {by}", r.stderr)
    edict("sign", "counting.root", "--key", "twenty-one.key")
    edict("trust", "rotate", "counting.root", "--expires", "2028-11-20T00:00:00Z", "--out", "next.root")
    edict("trust", "add", "next.root", "root", "again.pub")
    edict("trust", "revoke", "next.root", "eu.example-a")
    for by, more, warned in (("twenty-one.key", (), "keys of the version before sign it too"), ("twenty-one.key", ("--trust", "counting.root"), None),
                             ("twenty-two.key", (), None), ("federal.key", ("--trust", "counting.root"), "does not name the key")):
        r = edict("sign", "next.root", "--key", by, "--out", "counted.root", *more)
        expect(r.returncode == 0 and ("W0253" in r.stderr) == bool(warned) and (warned or "") in r.stderr, f"the next root by {by} {more}", r.stdout, r.stderr)
    expect_run(["sign", "federal.edb", "--request", "x", "--trust", "trust"], 2, None, "--trust says whether")
    r = edict("sign", "build/federal.edb", "--key", "federal.key", "--out", "counted.edb", "--trust", "federal.edb")
    expect(r.returncode == 3 and "error[R02" in r.stderr, "no trust store", r.returncode, r.stderr)


@test
def verifying():
    whole = ["verify", "federal.edb", "--trust", "trust"]
    expect_run([*whole, "--now", NOW], 0, "whole, verified and signed by who may\n")
    expect_run(["verify", "sales.edb", "--trust", "trust", "--now", NOW], 0, "signed by who may")
    expect_run(["verify", "federal.vocabulary.legal-holds.edb", "--trust", "trust", "--now", NOW], 0, "signed by who may")
    r = expect_run([*whole, "--now", NOW, "--format", "json"], 0, "")
    expect(json.loads(r.stdout) == {"whole": True, "trusted": True, "rebuilt": None}, "shape", r.stdout)
    r = expect_run(["verify", "build/federal.edb"], 0, "signatures were not looked at")
    r = expect_run(["verify", "build/federal.edb", "--format", "json"], 0, "")
    expect(json.loads(r.stdout) == {"whole": True, "trusted": None, "rebuilt": None}, "shape", r.stdout)
    expect_run(["verify", "build/federal.edb", "--trust", "trust", "--now", NOW], 3, None, "error[R02")
    expect_run([*whole, "--now", "2026-11-19T23:59:59Z"], 3, None, "error[R02")
    expect_run([*whole, "--now", "2027-11-20T00:00:00Z"], 3, None, "error[R02")
    expect_run([*whole, "--now", "2027-11-19T23:59:59Z"], 0, "signed by who may")
    stranger = key("eu.example-a", 9, "stranger.key")
    write("other", f"edict-trust/v1\nfederal eu.example {stranger}\n")
    expect_run(["verify", "federal.edb", "--trust", "other", "--now", NOW], 3, None, "error[R02")
    # The domain's key cannot sign for the federation, nor the federation's for a domain.
    expect_run(["sign", "build/federal.edb", "--key", "sales.key", "--out", "forged.edb"], 0, None, "1 signature")
    expect_run(["verify", "forged.edb", "--trust", "trust", "--now", NOW], 3, None, "error[R02")
    expect_run(["sign", "build/sales.edb", "--key", "federal.key", "--out", "forged.edb"], 0, None, "1 signature")
    expect_run(["verify", "forged.edb", "--trust", "trust", "--now", NOW], 3, None, "error[R02")
    write("twice", read("trust").decode() + read("trust").decode().split("\n")[1] + "\n")
    expect_run(["verify", "federal.edb", "--trust", "twice", "--now", NOW], 3, None, "error[R02")
    data = bytearray(read("federal.edb"))
    for at in range(0, len(data), 509):
        data[at] ^= 1
        write("flipped.edb", bytes(data), "wb")
        data[at] ^= 1
        r = edict("verify", "flipped.edb", "--trust", "trust", "--now", NOW)
        expect(r.returncode == 3 and r.stdout == "", f"byte {at} flipped: taken", r.returncode, r.stdout)
    r = edict("verify", "flipped.edb", "--trust", "trust", "--now", NOW, "--format", "json")
    expect(json.loads(r.stderr.splitlines()[0])["code"][0] == "R", "not a finding as JSON", r.stderr)


@test
def inspecting():
    for name in ("federal", "sales", "federal.vocabulary.legal-holds"):
        r = expect_run(["inspect", f"build/{name}.edb"], 0, "digest blake2b:")
        listing = expect_run(["inspect", f"build/{name}.edb", "--disassemble"], 0, r.stdout).stdout
        golden(f"cli/inspect-{name}.txt", listing)
    expect_run(["inspect", "federal.edb"], 0, "\nsignatures\n")
    for name in ("rules/privacy.edict", "edict.yaml", "keys/corp.jwks.json"):
        r = expect_run(["inspect", "federal.edb", "--file", name], 0, "")
        source = name.split("/")[-1]
        expect(r.stdout.encode() == read(f"federal/{source}"), f"{name} came out differently")
    expect_run(["inspect", "federal.edb", "--file", "rules/nothing"], 3, None, "has no file `rules/nothing`")


# ---- decisions ----

MEMBERS = ["decision", "default", "hypothetical", "development", "reasons", "columns", "rows", "groups", "retention",
           "obligations", "shadow", "valid_until", "bundles", "product", "dataset", "resource", "subject"]


def decide(code, *words, more=(), **keywords):
    r = edict(*asking(*words, **keywords, more=["--format", "json", *more]))
    expect(r.returncode == code, f"decision: exit code {r.returncode}, not {code}", r.stdout, r.stderr)
    answer = json.loads(r.stdout) if r.stdout else {}
    expect(list(answer) == MEMBERS, "members of the decision", list(answer))
    expect(r.stdout.count("\n") == 1, "not one line")
    for reason in answer.get("reasons", []):
        expect(list(reason) == ["rule", "effect", "holds", "because", "at", "unmet", "unknown"], "a reason", reason)
    expect(list(answer.get("rows", {})) == ["where", "rules"], "rows", answer.get("rows"))
    return answer


@test
def permits():
    r = expect_run(asking(), 0, "permitted by federal.privacy.support-and-analysis (Data access standard DA-1)")
    d = decide(0)
    expect(d["decision"] == "permit" and d["default"] is False and d["hypothetical"] and not d["development"], "head", d)
    expect(d["columns"]["phone"] == {"mask": "show-last", "args": "4", "rules": ["federal.privacy.contact-details"],
                                     "met": False}, "phone", d["columns"])
    expect(d["columns"]["country"] == {"mask": None, "args": "", "rules": [], "met": False}, "country", d["columns"])
    expect(d["rows"] == {"where": "row.country in [de]", "rules": ["federal.privacy.residency"]}, "rows", d["rows"])
    expect(d["retention"] == [{"bound": "at most", "column": "collected_at", "cutoff": "2024-11-22T00:00:00Z",
                               "then": "erase", "rule": "federal.privacy.personal-data-retention"}], "retention",
           d["retention"])
    expect(d["subject"] == {"issuer": "corp", "id": "sam"} and d["product"] == "sales.orders", "who and what", d)
    expect([b["layer"] for b in d["bundles"]] == ["federal", "domain sales", "table federal.vocabulary.legal-holds"],
           "bundles", d["bundles"])
    expect(d["reasons"][0] == {"rule": "federal.privacy.support-and-analysis", "effect": "permit", "holds": "yes",
                               "because": "Data access standard DA-1", "at": "privacy.edict:5:1", "unmet": None, "unknown": []},
           "the first reason", d["reasons"])
    expect(list(decide(0, more=["--columns", "phone"])["columns"]) == ["phone"], "columns that were asked for")
    expect(decide(0, more=["--columns", ""])["columns"] == {}, "no column")
    expect(decide(0) == d, "equal requests give equal bytes")


@test
def resources():
    write("federal/models.edict", """module federal.models
resource model { owner?: string  size?: int  ready?: bool }
rule owners
  permit  read
  on      model
  when    model.owner == "bo" and model.size > 1 and model.ready
  because "owned"
test "an owner"
  product sales.orders
  subject { issuer: corp, id: "bo" }
  context { now: 2026-11-20T10:00:00Z }
  ask     read model { owner: "bo", size: 2, tags: [pii], ready: true }
  expect  permit by owners
test "no size"
  product sales.orders
  subject { issuer: corp, id: "bo" }
  context { now: 2026-11-20T10:00:00Z }
  ask     read model { owner: "bo" }
  expect  deny
""")
    os.makedirs("models", exist_ok=True)
    expect_run(["build", "federal/edict.yaml", "--out", "build/models.edb", "--tables", "models"], 0, "")
    expect_run(["test", "federal/edict.yaml", "--with", "sales/edict.yaml"], 0, "")
    os.remove("federal/models.edict")
    asked = ["eval", "--bundle", "build/models.edb", "--bundle", "build/sales.edb", "--development", "--product",
             "sales.orders", "--action", "read", "--subject", '{"issuer":"corp","id":"bo"}', "--now", "2026-11-20T10:00:00Z"]
    expect_run(asked + ["--resource", '{"kind":"model","owner":"bo","size":2,"ready":true,"tags":["pii"]}'], 0,
               "permitted by federal.models.owners (owned)", "development mode")
    expect_run(asked + ["--resource", '{"kind":"model","owner":"bo"}'], 1, "not known: model.size, model.ready", "development mode")
    expect_run(asked + ["--resource", '{"kind":"modle"}'], 1, "denied by edict.resource", "development mode")
    r = edict("explain", *asked[1:], "--resource", '{"kind":"model","owner":"x","size":2,"ready":true}', "--all")
    for line in ("on       yes      model\n", 'no       model.owner == "bo"', "It would be permitted if\n  model.owner is bo\n"):
        expect(r.returncode == 1 and line in r.stdout, line, r.stdout)
    r = edict(*asked, "--resource", '{"kind":"model"}', "--format", "json")
    expect(json.loads(r.stdout)["resource"] == "model" and json.loads(r.stdout)["dataset"] is None, "as JSON", r.stdout)
    for more, message in ((["--resource", "{}"], "--resource needs `kind`"), ([], "give either --dataset or --resource"),
                          (["--resource", '{"kind":"model"}', "--dataset", "orders"], "give either"),
                          (["--resource", '{"kind":3}'], "`kind` is a text"),
                          (["--resource", '{"kind":"model"}', "--columns", "a"], "a resource has no columns")):
        expect_run(asked + more, 2, None, message)


@test
def denials():
    d = decide(1, {**SAM, "roles": []})
    expect(d["decision"] == "deny" and d["default"] is True and d["columns"] == {} and d["rows"]["rules"] == [], "default", d)
    d = decide(1, context={"purpose": "billing"})
    expect(d["default"] is False and d["reasons"][0]["holds"] == "unknown" and d["reasons"][0]["unknown"] == ["purpose"],
           "a purpose that the subject does not hold is unknown", d["reasons"])
    subject = {k: v for k, v in SAM.items() if k != "roles"}
    d = decide(1, subject)
    expect(d["reasons"][0]["unknown"] == ["subject.roles"], "an attribute that is not there", d["reasons"])
    expect_run(asking(subject), 1, "not known: subject.roles")
    d = decide(1, context={"purpose": "support", "nonsense": "x"})
    expect(d["reasons"][0] == {"rule": "edict.context", "effect": "forbid", "holds": "yes",
                               "because": "the context names an attribute that the vocabulary does not declare",
                               "at": None, "unmet": None, "unknown": []}, "an undeclared context", d["reasons"])
    d = decide(1, ask=ASK[:-1] + ["fly"])
    expect(d["reasons"][0]["rule"] == "edict.action", "an unknown action", d["reasons"])
    d = decide(1, {**SAM, "regions": ["mars"], "roles": ["king"]})
    expect(d["decision"] == "deny", "values that name no node", d)


@test
def requests_that_cannot_be_meant():
    expect_run(asking(ask=["--product", "sales.order", *ASK[2:]]), 3, None, "error[R0504]")
    expect_run(asking(ask=[*ASK[:2], "--dataset", "order", *ASK[4:]]), 2, None, "has no dataset `order`")
    expect_run(asking(more=["--columns", "phone,fax"]), 2, None, "has no column `fax`")
    expect_run(asking(more=["--columns", "phone,,country"]), 2, None, "has no column ``")
    expect_run(asking(more=["--columns", "x" * 5000]), 2, None, "has no column `xxx")
    for subject in ([], "sam", 1, None):
        expect_run(asking(subject), 2, None, "--subject takes a JSON object")
    expect_run([*asking()[:-6], "--subject", "{", "--now", NOW], 2, None, "--subject takes a JSON object")
    expect_run([*asking()[:-6], "--subject", '{"id":"a","id":"b"}', "--now", NOW], 2, None, "--subject takes a JSON object")
    expect_run(asking(context=[]), 2, None, "--context takes a JSON object")
    expect_run(asking({**SAM, "id": 7}), 2, None, "`id` is a text")
    expect_run(asking({**SAM, "roles": {}}), 2, None, "`roles` is no text, integer, boolean or list of them")
    expect_run(asking({**SAM, "roles": [1.5]}), 2, None, "write a decimal as text")
    expect_run(asking({"issuer": "corp"}), 2, None, "--subject needs `issuer` and `id`")
    expect_run(asking({**SAM, "issuer": "nobody"}), 2, None, "error[R03")
    expect_run(asking({**SAM, "shoe": "x"}), 2, None, "error[R03")
    expect_run(asking({**SAM, "roles": ["support"] * 5000}), 2, None, "--subject: `roles`")


@test
def sets_that_do_not_fit():
    ask = [*ASK, "--subject", json.dumps(SAM), "--now", NOW]
    trust = ["--trust", "trust"]
    expect_run(["eval", "--bundle", "sales.edb", *trust, *ask], 3, None, "error[R0503]")
    expect_run(["eval", *SET, "--bundle", "federal.edb", *trust, *ask], 3, None, "error[R0503]")
    expect_run(["eval", *SET, "--bundle", "sales.edb", *trust, *ask], 3, None, "error[R0503]")
    expect_run(["eval", "--bundle", "build/federal.edb", "--bundle", "build/sales.edb", *trust, *ask], 3, None, "error[R02")
    r = expect_run(["eval", "--bundle", "build/federal.edb", "--bundle", "build/sales.edb", "--development", *ask,
                    "--context", '{"purpose":"support"}', "--format", "json"], 0, "", "unsigned bundles are accepted")
    expect(json.loads(r.stdout)["development"] is True, "a development decision does not say so")
    expect_run([*asking(now="2027-12-01T00:00:00Z")], 3, None, "error[R02")


@test
def rules_on_the_fly():
    words = ["eval", "--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml", *ASK, "--subject", json.dumps(SAM),
             "--context", '{"purpose":"support"}', "--now", NOW]
    expect_run(words, 0, "permitted by", "nothing is signed")
    r = expect_run([*words, "--format", "json"], 0, "", "nothing is signed")
    expect(json.loads(r.stdout)["development"] is True, "it does not say that nothing was signed")
    expect_run(["eval", "--rules", "sales/edict.yaml", *words[5:]], 0, "permitted by", "nothing is signed")
    expect_run(["eval", "--rules", "sales/edict.yaml", "--rules", "federal/edict.yaml", *words[5:]], 2, "",
               "there is one federal project, and it comes before")
    key_words = ["keygen", "keyring", "--name", "eu.example", "--out", "ring"]
    expect_run(key_words, 0)
    expect_run([*words, "--keyring", "ring"], 0, "permitted by", "nothing is signed")
    expect_run([*words, "--keyring", "ring", "--keyring-key", "ring.key"], 0, "permitted by", "nothing is signed")
    expect_run([*words, "--keyring", "trust"], 3, None, "error[R06")


@test
def tokens():
    if not os.path.exists(MINT):
        print("# mint-token is not built")
        expect(False, "no mint-token")
        return
    claims = {"iss": "https://login.corp.example", "sub": "sam", "aud": "mesh", "iat": 1795168800, "exp": 1826704800,
              "realm_access": {"roles": ["support"]}, "purposes": ["support"], "regions": ["de"]}
    kid = json.loads(read("federal/corp.jwks.json"))["keys"][0]["kid"]
    mint = subprocess.run([MINT, "--key", os.path.join(HERE, "tests/keys/ec-a.test.pem"), "--alg", "ES256", "--kid", kid,
                           "--claims", json.dumps(claims)], stdout=subprocess.PIPE, check=True)
    write("token", mint.stdout, "wb")
    words = ["eval", *SET, "--trust", "trust", *ASK, "--token", "token", "--context", '{"purpose":"support"}', "--now"]
    r = expect_run([*words, NOW, "--format", "json"], 0, "")
    expect(json.loads(r.stdout)["hypothetical"] is True, "a supposed time makes a decision hypothetical", r.stdout)
    expect(json.loads(r.stdout)["subject"] == {"issuer": "corp", "id": "sam"}, "who asks", r.stdout)
    expect_run([*words, "2026-11-20T09:00:00Z"], 3, None, "error[R03")
    text = bytearray(mint.stdout.strip())
    text[-5] = ord("A") if text[-5] != ord("A") else ord("B")
    write("token", bytes(text), "wb")
    r = expect_run([*words, NOW], 3, None, "error[R03")
    expect("sam" not in r.stderr and text.decode() not in r.stderr, "the token is told", r.stderr)


@test
def keys_from_the_host():
    kept = read("federal/vocabulary.edict").decode()
    claims = {"iss": "https://desk.example", "sub": "sam", "aud": "mesh", "exp": 1826704800, "roles": ["support"],
              "purposes": ["support"], "regions": ["de"]}
    mint = subprocess.run([MINT, "--key", os.path.join(HERE, "tests/keys/desk-1.test.secret"), "--alg", "HS256", "--kid", "d-1",
                           "--claims", json.dumps(claims)], stdout=subprocess.PIPE, check=True)
    write("token", mint.stdout, "wb")
    write("desk.json", open(os.path.join(HERE, "tests/keys/desk.jwks.json"), encoding="utf-8").read())
    write("federal/vocabulary.edict", kept + """
issuer desk "https://desk.example"
  audience   "mesh"
  keys       from host
  algorithms HS256, HS512
  subject.roles    from "roles"
  subject.purposes from "purposes"
  subject.regions  from "regions"
""")
    words = ["eval", "--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml", *ASK, "--token", "token", "--context",
             '{"purpose":"support"}', "--now", NOW]
    expect_run([*words, "--keys", "desk=desk.json"], 0, "permitted by", "nothing is signed")
    expect_run(words, 3, None, "error[R0341]")
    expect_run([*words, "--keys", "desk=token"], 3, None, "error[R0331]")
    expect_run([*words, "--keys", "corp=desk.json"], 3, None, "error[R0342]")
    expect_run([*words, "--keys", "nobody=desk.json"], 2, None, "error[R0355]")
    expect_run([*words, "--keys", "desk.json"], 2, None, "NAME=FILE")
    write("federal/vocabulary.edict", kept)


if __name__ == "__main__":
    sys.exit(main(set_up))
