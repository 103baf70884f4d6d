#!/usr/bin/env python3
"""Sweep: `edict sweep` from outside, on the project of docs/sweep.md: what it takes and what it refuses, what nothing
unsigned may do, its forms, and that it is killed and run again. What it does to rows is tested through C."""

import glob
import hashlib
import json
import os
import re
import signal
import sqlite3
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import BUILD, EDICT, HERE, edict, expect, expect_run, main, test, write  # noqa: E402

TRUSTED = ["--bundle", "build/federal.edb", "--bundle", "build/federal.rules.legal-holds.edb", "--bundle", "build/sales.edb",
           "--trust", "trust"]
WHAT = ["--product", "sales.shop", "--database", "shop.db"]
LOG = ["--log", "log", "--log-key", "log.key", "--auditor-key", "auditor.pub", "--state", "state", "--begin-state"]
RULES = ["--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml"]
OLD = "2019-05-01T10:00:00Z"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sweep(code, *words, out=None, err=None, bundles=TRUSTED, what=WHAT):
    return expect_run(["sweep", *bundles, *what, *words], code, out, err)


def apply(code, *words, out=None, err=None, bundles=TRUSTED, what=WHAT):
    return sweep(code, "--apply", *LOG, *words, out=out, err=err, bundles=bundles, what=what)


def fill(rows, more=""):
    """A new database with so many old rows and as many new ones, and no log or state."""
    for path in glob.glob("shop.db*") + glob.glob("log/*") + glob.glob("state*"):
        os.remove(path)
    with sqlite3.connect("shop.db") as db:
        db.execute("CREATE TABLE base_orders(id INTEGER PRIMARY KEY, customer_id TEXT, ordered TEXT)")
        db.executemany("INSERT INTO base_orders VALUES(?,?,?)", [(i, f"p-{i + 100}", OLD) for i in range(1, rows + 1)])
        db.executemany("INSERT INTO base_orders VALUES(?,?,strftime('%Y-%m-%dT%H:%M:%SZ','now'))",
                       [(i, f"p-{i + 100}") for i in range(rows + 1, 2 * rows + 1)])
        db.executescript(more)
    db.close()


def ids():
    db = sqlite3.connect("shop.db")
    found = [row[0] for row in db.execute("SELECT id FROM base_orders ORDER BY id")]
    db.close()
    return found


def set_up():
    """The files and keys that the document gives, up to its first sweep."""
    text = read(os.path.join(HERE, "docs/sweep.md"))
    os.environ["PATH"] = BUILD + os.pathsep + os.environ["PATH"]
    for words, body in re.findall(r"^```([^\n`]*)\n(.*?)^```[ \t]*$", text, re.S | re.M):
        kind, *rest = words.split() or [""]
        if kind in ("yaml", "edict", "csv") and rest:
            write(rest[0], body)
        if kind == "sh":
            subprocess.run(["sh", "-euc", body], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            break


# ---- how it is called ----

@test
def nothing_unsigned_and_nothing_supposed_erases():
    fill(3)
    apply(2, err="nobody signed", bundles=RULES)
    apply(2, err="nobody signed", bundles=TRUSTED[:6] + ["--development"])
    sweep(2, "--now", "2030-01-01T00:00:00Z", err="--now is for listing with --rules")
    apply(2, "--now", "2030-01-01T00:00:00Z", err="--now is for listing with --rules")
    sweep(2, "--subject", "{}", err="no option --subject")
    apply(2, "--subject", "{}", err="no option --subject")
    sweep(3, err="error[R0", bundles=TRUSTED[:6] + ["--trust", "other"])
    expect(len(ids()) == 6 and not os.path.exists("log/ident"), "something was erased or logged", ids())


@test
def what_is_missing_or_does_not_go_together_is_said():
    fill(3)
    for at, name in ((0, "--log"), (2, "--log-key"), (4, "--auditor-key"), (6, "--state")):
        sweep(2, "--apply", *LOG[:at], *LOG[at + 2:6], *(LOG[6:8] if at != 6 else []), err=f"{name} is needed")
    for words in (["--confirm"], ["--vacuum"], ["--batch", "3"], ["--share", "3"], LOG[:2]):
        sweep(2, *words, err=f"{words[0]} is for --apply")
    for words in (["--batch", "0"], ["--batch", "50001"], ["--batch", "x"], ["--share", "101"], ["--share", "-1"]):
        apply(2, *words, err="takes a number from")
    apply(2, "--each", err="--each lists")
    sweep(2, err="the product has no dataset `order`", what=WHAT + ["--dataset", "order"])
    sweep(2, err="--database is needed", what=WHAT[:2])
    sweep(2, err="--product is needed", what=WHAT[2:])
    sweep(3, err="error[R0504]", what=["--product", "sales.shops", *WHAT[2:]])
    sweep(3, err="error[R0544]: database `none.db`: the database cannot be opened", what=[*WHAT[:2], "--database", "none.db"])
    for name in ("file:shop.db", ":memory:", "file:shop.db?mode=memory"):
        sweep(3, err="the database cannot be opened", what=[*WHAT[:2], "--database", name])
    sweep(3, err="error[R0542]: database `trust`: the database refused: file is not a database", what=[*WHAT[:2], "--database", "trust"])
    expect(not os.path.exists("none.db"), "a database was made")


@test
def supposed_times_list():
    fill(2)
    for now, due in (("2021-04-30T23:59:59Z", 0), ("2021-05-01T00:00:00Z", 2)):
        for layer in ("federal", "sales"):
            write(f"{layer}/then.yaml", read(f"{layer}/edict.yaml").replace("2026-01-01", "2016-01-01"))
        # A new row is of the future then, and so undecided.
        sweep(1 if due else 0, "--now", now, bundles=["--rules", "federal/then.yaml", "--rules", "sales/then.yaml"],
              out=f"orders: {due} of 4 rows are due; 2 withheld, 2 of them", err="nothing is signed")


@test
def what_lies_inside_of_a_column_is_not_known():
    """A contract with an object: its parts are no columns of the table, and a time in one is missing, so nothing is due."""
    fill(2, "ALTER TABLE base_orders ADD COLUMN extra TEXT")
    contract = read("sales/shop.odcs.yaml")
    for tag, due in (("plain", 2), ("time.collected", 0)):
        inside = f"{{ name: seen, logicalType: timestamp, tags: [{tag}] }}"
        write("sales/inside.odcs.yaml", contract + f"      - {{ name: extra, logicalType: object, properties: [ {inside} ] }}\n")
        write("sales/inside.yaml", read("sales/edict.yaml").replace("shop.odcs.yaml", "inside.odcs.yaml"))
        sweep(1 if due else 0, "--now", "2026-11-20T10:00:00Z", bundles=["--rules", "federal/edict.yaml", "--rules", "sales/inside.yaml"],
              out=f"orders: {due} of 4 rows are due", err="nothing is signed")
    os.remove("sales/inside.odcs.yaml")
    os.remove("sales/inside.yaml")


# ---- what it says ----

@test
def forms():
    fill(2, "INSERT INTO base_orders VALUES(9,'p-3','2018-01-01T00:00:00Z'),(10,'p-9',7)")
    r = sweep(1, "--format", "json", "--each", out="")
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    expect(lines[:2] == [{"dataset": "orders", "key": "1"}, {"dataset": "orders", "key": "2"}], "keys", lines)
    counts = {"seen": 6, "withheld": 2, "undecided": 1, "erasable": 2, "erased": 0, "spared": 0, "blocked": 0, "along": 0}
    last = lines[2]
    expect({name: last[name] for name in counts} == counts and last["applied"] is False and last["left"] is False, "counts", last)
    expect([rule["bound"] for rule in last["rules"]] == ["at most", "while"] and last["rules"][0]["then"] == "erase", "rules", last)
    fill(0)
    sweep(0, out="orders: 0 of 0 rows are due; 0 withheld\n")


@test
def progress_on_a_terminal_alone():
    fill(300)
    apply(0, "--confirm", "--batch", "7", out="orders: 300 of 600 rows erased")
    fill(300)
    ours, theirs = os.openpty()
    command = [EDICT, "sweep", *TRUSTED, *WHAT, "--apply", *LOG, "--confirm", "--batch", "50"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, timeout=60)
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    expect(done.returncode == 0 and "orders: 250 rows erased" in seen and seen.endswith("\r\x1b[K"), "progress", seen)


# ---- what it does ----

def entries(auditor=True):
    words = ["--auditor-key", "auditor.key"] if auditor else []
    return [json.loads(line) for line in edict("log", "show", "log", *words).stdout.splitlines()]


def pseudonym(random, number):
    """By docs/log-records.md alone."""
    return hashlib.blake2b(b"i" + struct.pack("<q", number), key=bytes.fromhex(random), digest_size=16).hexdigest()


@test
def the_auditor_finds_each_row_once():
    fill(25)
    apply(0, "--confirm", "--batch", "10", out="orders: 25 of 50 rows erased")
    expect(ids() == list(range(26, 51)), "what is left", ids())
    steps = entries()
    expect([s["step"] for s in steps] == ["begun", "batch", "batch", "batch", "ended"], "steps", steps)
    batches = [s for s in steps if s["step"] == "batch"]
    for number in range(1, 51):
        told = sum(pseudonym(s["random"], number) in s["keys"] for s in batches)
        expect(told == (1 if number <= 25 else 0), f"row {number} is told {told} times")
    expect(all(s["keys"] is None for s in entries(False)), "keys without the auditor's")
    expect_run(["log", "verify", "log", "--key", read("log.pub").strip()], 0, "1 sweep, which erased 25 rows")
    expect_run(["replay", "log", *TRUSTED, "--auditor-key", "auditor.key"], 0, "5 identical, 0 different")


@test
def a_key_of_text_is_what_the_auditor_knows():
    fill(0, "DROP TABLE base_orders; CREATE TABLE base_orders(id TEXT PRIMARY KEY, customer_id TEXT, ordered TEXT);"
            f"INSERT INTO base_orders VALUES('order-7','p-1','{OLD}'),('order-8','p-3','{OLD}');")
    sweep(1, "--each", out="orders order-7\norders: 1 of 2 rows is due")
    apply(0, "--confirm", out="orders: 1 of 2 rows erased")
    batch = next(step for step in entries() if step["step"] == "batch")
    for name, told in (("order-7", 1), ("order-8", 0)):
        key = b"t" + struct.pack("<I", len(name)) + name.encode()
        found = hashlib.blake2b(key, key=bytes.fromhex(batch["random"]), digest_size=16).hexdigest()
        expect(batch["keys"].count(found) == told, f"{name} is told otherwise", batch)


@test
def datasets_of_views_and_cascades_are_refused():
    fill(3, "CREATE TABLE parts(o REFERENCES base_orders ON DELETE CASCADE); INSERT INTO parts VALUES(1),(1);")
    apply(3, "--confirm", err="table `parts`, which was not declared")
    apply(3, "--confirm", "--declare", "part", err="no table or trigger `part`")
    expect(len(ids()) == 6, "something was erased", ids())
    apply(0, "--confirm", "--declare", "parts", out="2 rows elsewhere went or changed along")
    expect(len(ids()) == 3, "what is left", ids())


@test
def a_row_that_the_database_keeps_is_told():
    fill(3, "CREATE TABLE parts(o REFERENCES base_orders); INSERT INTO parts VALUES(2);")
    apply(1, "--confirm", out="orders: 2 of 6 rows erased; 0 withheld; 1 blocked by the database")
    expect(ids() == [2, 4, 5, 6], "what is left", ids())


@test
def somebody_else_holds_the_database_or_the_log():
    fill(3)
    db = sqlite3.connect("shop.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    apply(3, "--confirm", err="error[R0540]: database `shop.db`: the database refused: somebody else holds the database")
    db.execute("ROLLBACK")
    db.close()
    apply(0, "--confirm", out="orders: 3 of 6 rows erased")


def count():
    db = sqlite3.connect("shop.db", timeout=60)
    number = db.execute("SELECT count(*) FROM base_orders").fetchone()[0]
    db.close()
    return number


def kill_on_its_way(command):
    """Kills a sweep once it has erased something. Whether it was killed, and had not ended."""
    before, process = count(), subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and count() == before:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@test
def killed_and_run_again():
    fill(400)
    killed = sum(kill_on_its_way([EDICT, "sweep", *TRUSTED, *WHAT, "--apply", *LOG, "--confirm", "--batch", "1"]) for _ in range(6))
    left = count() - 400
    apply(0, "--confirm", "--batch", "30", out="rows erased", err="")
    batches = [step for step in entries() if step["step"] == "batch"]
    told = [key for step in batches for key in step["keys"]]
    names = {(step["sweep"], step["number"]) for step in batches}
    expect(killed > 0 and left < 400, f"nothing was killed on its way: {killed}, {left}")
    expect(ids() == list(range(401, 801)), "what is left", len(ids()))
    expect(len(told) == 400 and len(names) == len(batches), "the log", len(told), len(names), len(batches))


if __name__ == "__main__":
    sys.exit(main(set_up))
