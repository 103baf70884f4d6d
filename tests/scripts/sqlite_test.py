#!/usr/bin/env python3
"""SQLite: the extension as people load it, from Python: built, signed and opened with the command.

The product is that of tests/sqlite/. The statements of docs/sqlite.md are run, and its table of lines is
compared with the sources. Python's own sqlite3 may lack load_extension: then the system's is tried, and
without one that has it the test is skipped, visibly."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

BUILD = os.environ.get("EDICT_BUILD", os.path.abspath("build"))
EXTENSION = os.path.join(BUILD, "edict_sqlite")
FOLDER = os.path.join(os.environ.get("TMPDIR", "/tmp"), "shop")
AGAIN = "EDICT_SQLITE_TEST_AGAIN"
results = {True: 0, False: 0}


def can_load():
    return hasattr(sqlite3.Connection, "enable_load_extension")


def find_python():
    """Another Python whose sqlite3 loads extensions, or None."""
    program = "import sqlite3, sys; sys.exit(not hasattr(sqlite3.Connection, 'enable_load_extension'))"
    for path in ("/usr/bin/python3", "/usr/local/bin/python3", shutil.which("python3")):
        if path and os.path.exists(path) and subprocess.run([path, "-c", program], check=False).returncode == 0:
            return path
    return None


def report(name, good, note=""):
    results[bool(good)] += 1
    if not good:
        print(f"# {note}")
    print(f"{'ok' if good else 'not ok'} {name}")


def expect(name, got, wanted):
    report(name, got == wanted, f"{got!r}, expected {wanted!r}")


# ---- the product ----

def edict(*words, out=None):
    done = subprocess.run([os.path.join(BUILD, "edict"), *words], cwd=FOLDER, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"edict {' '.join(words)}: {done.stdout}")
    if out:
        with open(os.path.join(FOLDER, out), "w", encoding="utf-8") as file:
            file.write(done.stdout)
    return done.stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(name, text):
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
        file.write(text)


def make_product():
    shutil.copytree("tests/sqlite", FOLDER)
    os.mkdir(os.path.join(FOLDER, "build"))
    for layer, name in (("federal", "mesh.test"), ("sales", "mesh.test/sales")):
        edict("build", f"{layer}/edict.yaml", "--out", f"build/{layer}.edb")
        edict("keygen", "signing", "--name", f"{name}-a", "--out", f"{layer}.key", out=f"{layer}.pub")
        edict("sign", f"build/{layer}.edb", "--key", f"{layer}.key")
    edict("keygen", "signing", "--name", "shop.test/log", "--out", "log.key", out="log.pub")
    edict("keygen", "auditor", "--out", "auditor.key", out="auditor.pub")
    edict("keygen", "keyring", "--name", "mesh.test", "--out", "keyring")
    keys = {name: read(os.path.join(FOLDER, f"{name}.pub")) for name in ("federal", "sales", "log")}
    write("trust", f"edict-trust/v1\nfederal mesh.test {keys['federal']}domain sales mesh.test/sales {keys['sales']}log {keys['log']}")
    document = read("docs/sqlite.md")
    write("shop.conf", re.search(r"^```text\n(edict-sqlite/v1\n.*?)^```", document, re.S | re.M).group(1))
    base = sqlite3.connect(os.path.join(FOLDER, "shop.db"))
    base.executescript(read("tests/sqlite/base.sql"))
    base.close()


def token(subject="ana", role="support", purposes=("support",), regions=("de", "fr"), seconds=600):
    now = int(time.time())
    claims = {"iss": "https://login.corp.example", "aud": "mesh", "sub": subject, "iat": now - 5, "exp": now + seconds,
              "roles": [role], "purposes": list(purposes), "regions": list(regions)}
    done = subprocess.run([os.path.join(BUILD, "mint-token"), "--key", "tests/keys/ec-a.test.pem", "--alg", "ES256",
                           "--kid", "ec-1", "--claims", json.dumps(claims)], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def plain():
    connection = sqlite3.connect(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(EXTENSION)
    return connection


def guarded(bearer, purpose="support", config="shop.conf"):
    connection = plain()
    name = connection.execute("SELECT edict_open(?, ?)", (os.path.join(FOLDER, config), bearer)).fetchone()
    assert name == ("sales.shop",), name
    if purpose:
        connection.execute("SELECT edict_purpose(?)", (purpose,)).fetchone()
    return connection


def failure(call):
    """The class and the words of what a call raises."""
    try:
        call()
        return None, "no error"
    except sqlite3.Error as error:
        return type(error), str(error)


# ---- tests ----

def answer(connection, sql):
    """As docs/sqlite.md writes answers."""
    lines = []
    for statement in filter(None, (part.strip() for part in sql.split(";"))):
        try:
            rows = connection.execute(statement).fetchall()
        except sqlite3.Error as error:
            return "\n".join([*lines, f"error: {error}"])
        lines += ["|".join("NULL" if value is None else str(value) for value in row) for row in rows]
    return "\n".join(lines)


def test_document():
    document, count = read("docs/sqlite.md"), 0
    for sql, wanted in re.findall(r"^```sql\n(.*?)^```\n\n^```text\n(.*?)^```", document, re.S | re.M):
        connection = guarded(token())
        expect(f"docs/sqlite.md: {sql.splitlines()[0]}", answer(connection, sql), wanted.rstrip("\n"))
        connection.close()
        count += 1
    report("docs/sqlite.md has statements", count >= 3, f"{count} of them")
    rows = re.findall(r"^\| `([a-z-]+)` \| (yes|no) \| (.*) \|$", document, re.M)
    lines = re.findall(r'^LINE\(\w+, "([a-z-]+)", ([01]), "(.*)"\)$', read("adapters/sqlite/sqlite_config.def"), re.M)
    expect("docs/sqlite.md tells every line of a configuration", rows,
           [(word, "yes" if needed == "1" else "no", what) for word, needed, what in lines])


def test_rows():
    connection = guarded(token())
    rows = connection.execute("SELECT id, phone, amount, note FROM orders WHERE country = ? ORDER BY id", ("de",)).fetchall()
    expect("rows and types", rows, [(11, "***********1234", 10.5, None), (19, "", 30.0, None), (20, "****000", 40.0, None)])
    connection.row_factory = sqlite3.Row
    expect("names of columns", connection.execute("SELECT * FROM countries").fetchone().keys(), ["code", "title"])
    connection.close()


def test_refusals():
    connection = guarded(token(), None)
    kind, words = failure(lambda: connection.execute("SELECT * FROM orders").fetchall())
    expect("a denial is a DatabaseError", kind, sqlite3.DatabaseError)
    report("a denial names the rule", words.startswith("edict: denied by federal.privacy.purpose-limitation"), words)
    for sql in ("ATTACH ? AS other", "SELECT load_extension(?)", "SELECT edict_open(?, '')"):
        kind, words = failure(lambda sql=sql: connection.execute(sql, (os.path.join(FOLDER, "shop.db"),)))
        report(f"refused: {sql}", "not authorized" in words, words)
    kind, words = failure(lambda: connection.load_extension(EXTENSION))
    report("a second load is refused", words == "not authorized", words)
    connection.create_function("host_secret", 0, lambda: "MARKER")
    kind, words = failure(lambda: connection.execute("SELECT host_secret()"))
    report("functions of the host are refused", words == "not authorized to use function: host_secret", words)
    connection.close()
    kind, words = failure(lambda: guarded("no token"))
    report("no token", words.startswith("edict: the token: R03"), words)
    kind, words = failure(lambda: plain().execute("SELECT edict_open('nowhere', '')").fetchone())
    report("no configuration", words == "edict: the configuration `nowhere` cannot be found", words)


def test_hosts():
    """What a host does to connections: transactions, another authorizer, a dump, a backup."""
    connection = guarded(token())
    with connection:
        connection.execute("BEGIN")
        expect("in a transaction", connection.execute("SELECT count(*) FROM orders").fetchone(), (4,))
    connection.set_authorizer(None)
    expect("without the authorizer values are masked", connection.execute("SELECT phone FROM orders WHERE id = 11").fetchone(),
           ("***********1234",))
    kind, words = failure(lambda: connection.execute("ATTACH ? AS other", (os.path.join(FOLDER, "shop.db"),)))
    report("without the authorizer nothing is attached", "too many attached databases" in words, words)
    kind, words = failure(lambda: connection.execute("CREATE TABLE t(x)"))
    report("without the authorizer nothing is written", "readonly" in words, words)
    target = sqlite3.connect(":memory:")
    connection.backup(target)
    kind, words = failure(lambda: target.execute("SELECT * FROM orders").fetchall())
    report("a backup holds no rows", "no such module" in words, words)
    connection.close()


def test_threads():
    """Connections of several threads, one log."""
    counts, bearers = [], [token(f"t-{i}") for i in range(4)]

    def work(bearer):
        connection = guarded(bearer)
        for _ in range(5):
            counts.append(connection.execute("SELECT count(*) FROM orders o JOIN customers USING (customer)").fetchone()[0])
        connection.close()

    threads = [threading.Thread(target=work, args=(bearer,)) for bearer in bearers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("threads", counts, [4] * 20)


def test_state():
    """What was seen is kept in a file: without it, with another in its place, and after a new version of the bundles."""
    base = re.sub(r"^log log$", "log log-state", read(os.path.join(FOLDER, "shop.conf")), flags=re.M) + "state shop.state\n"
    path = os.path.join(FOLDER, "shop.state")

    def attempt(more=""):
        write("state.conf", base + more)
        try:
            guarded(token(), config="state.conf").close()
            return "opened"
        except sqlite3.Error as error:
            return str(error)

    words = attempt()
    report("no state, and not the first start", words.startswith("edict: the bundles: R0241"), words)
    expect("the first start", attempt("begin-state yes\n"), "opened")
    report("the state is there", read(path).startswith("edict-state/v1\n") and "mesh.test/sales domain sales" in read(path), read(path))
    expect("the second start", attempt(), "opened")
    good = read(path)
    write("shop.state", good.replace("bundle ", "bundle 9", 1))
    words = attempt()
    report("a state that was changed", words.startswith("edict: the bundles: R0240"), words)
    write("shop.state", good)
    words = attempt("root trust\n")
    report("roots, and no root before them", words.startswith("edict: the bundles"), words)
    words = attempt("issuer-keys nobody trust\n")
    report("keys of an issuer that there is not", words.startswith("edict: the bundles"), words)
    expect("after all that", attempt(), "opened")


def test_log():
    verified = edict("log", "verify", "log", "--key", read(os.path.join(FOLDER, "log.pub")).strip())
    report("the log is whole", verified.startswith("whole:") and "closed" in verified, verified)
    replayed = edict("replay", "log", "--bundle", "build/federal.edb", "--bundle", "build/sales.edb", "--trust", "trust",
                     "--auditor-key", "auditor.key")
    report("every decision replays", re.match(r"[1-9]\d* identical, 0 different, 0 corrupt, 0 unreplayable, 0 gaps", replayed), replayed)
    shown = [json.loads(line) for line in edict("log", "show", "log", "--auditor-key", "auditor.key").splitlines()]
    refused = [r for r in shown if r.get("refused") == "token"]
    report("the log tells of refused tokens, and nothing of them", refused and all(set(r) == {"index", "time", "refused", "status", "code", "message", "offered"} for r in refused), str(refused))
    report("the log tells purpose and dataset", {"orders", "customers", "countries"} <= {r.get("dataset") for r in shown} and
           "support" in {r.get("purpose") for r in shown}, str(shown[:1]))
    raw = b"".join(open(os.path.join(FOLDER, "log", name), "rb").read() for name in os.listdir(os.path.join(FOLDER, "log")))
    report("the log holds no value of the tables", b"MARKER" not in raw and b"HIDDEN" not in raw)


def main():
    if not can_load():
        other = None if AGAIN in os.environ else find_python()
        if other:
            os.environ[AGAIN] = "1"
            os.execv(other, [other, os.path.abspath(__file__)])
        print("# skipped: no Python here has a sqlite3 that loads extensions")
        print("# passed 0 failed 0 skipped 1")
        return 0
    make_product()
    for test in (test_document, test_rows, test_refusals, test_hosts, test_threads, test_state, test_log):
        test()
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
