#!/usr/bin/env python3
"""Apply: `edict apply` on files of rows: what is shown, in both formats alike; what stops it, and what is left then; in
little memory, whatever the size of the file.

It works below TMPDIR with the rules of rules/demo, signed, with tokens and a log."""

import csv
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import BUILD, EDICT, HERE, expect, main, read, test, write  # noqa: E402

MINT = os.path.join(BUILD, "mint-token")
SET = ["--bundle", "federal.edb", "--bundle", "sales.edb", "--bundle", "tables/federal.vocabulary.legal-holds.edb", "--trust", "trust"]
RULES = ["--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml"]
WHAT = ["--product", "sales.orders", "--dataset", "customers", "--action", "read", "--context", '{"purpose":"support"}']
SAM = ["--token", "sam.jwt"]
LOG = ["--log", "log", "--log-key", "log.key", "--auditor-key", "auditor.pub"]
SINCE = "2026-06-01T00:00:00Z"


def run(*words, stdin=None, **more):
    return subprocess.run([EDICT, *words], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=100, text=True, **more)


def edict(code, *words, **more):
    r = run(*words, **more)
    expect(r.returncode == code, f"edict {' '.join(words)}: {r.returncode}, not {code}", r.stdout[-2000:], r.stderr[-2000:])
    return r


def apply(code, *words, who=SAM, **more):
    return edict(code, "apply", *SET, *WHAT, *who, *words, **more)


def mint(name, role, purpose, seconds):
    now = int(time.time())
    claims = {"iss": "https://login.corp.example", "sub": name, "aud": "mesh", "iat": now - 7200, "exp": now + seconds,
              "realm_access": {"roles": [role]}, "purposes": [purpose], "regions": ["de", "fr"]}
    done = subprocess.run([MINT, "--key", os.path.join(HERE, "tests/keys/ec-a.test.pem"), "--alg", "ES256", "--kid", "ec-1", "--claims",
                           json.dumps(claims)], stdout=subprocess.PIPE, check=True)
    with open(f"{name}.jwt", "wb") as file:
        file.write(done.stdout)


def set_up():
    shutil.copytree(os.path.join(HERE, "rules/demo/federal"), "federal")
    shutil.copytree(os.path.join(HERE, "rules/demo/sales"), "sales")
    write("sales/edict.yaml", read("sales/edict.yaml").replace("../../../build/demo/federal.edb", "../federal.edb"))
    pub = {}
    for name, key in (("eu.example-a", "federal"), ("eu.example/sales-a", "sales"), ("orders.sales.example/log", "log")):
        pub[key] = edict(0, "keygen", "signing", "--name", name, "--out", f"{key}.key").stdout.strip()
    write("auditor.pub", edict(0, "keygen", "auditor", "--out", "auditor.key").stdout)
    write("trust", f"edict-trust/v1\nfederal eu.example {pub['federal']}\ndomain sales eu.example/sales {pub['sales']}\n")
    os.mkdir("tables")
    edict(0, "build", "federal/edict.yaml", "--out", "federal.edb", "--tables", "tables")
    edict(0, "build", "sales/edict.yaml", "--out", "sales.edb")
    for bundle, key in (("federal.edb", "federal"), ("tables/federal.vocabulary.legal-holds.edb", "federal"), ("sales.edb", "sales")):
        edict(0, "sign", bundle, "--key", f"{key}.key")
    mint("sam", "support", "support", 3600)
    mint("otto", "partner", "marketing", 3600)


# ---- rows, and what becomes of them ----

NAMES = ["customer_id", "name", "email", "phone", "country", "note", "since"]
ROWS = [
    [1, "Ana", "ana@example.com", "+4930123456", "de", 'a, "b"', SINCE],
    [2, "Bo", "bo@example.com", "+12125550100", "us", "hidden", SINCE],
    [3, "Zo\u00eb \U0001F600", None, "+33187654321", "fr", "two\nlines", SINCE],
    [4, "", "d@example.com", "12", "de", None, SINCE],
    [5, "Eve", "e@example.com", None, "de", "", SINCE],
]


def as_csv(rows, names=NAMES, end="\n", null=""):
    def field(value):
        text = null if value is None else str(value)
        quote = value is not None and (text == null or any(c in text for c in ',"\r\n'))
        return '"' + text.replace('"', '""') + '"' if quote else text
    return "".join(",".join(map(field, row)) + end for row in [names, *rows])


def as_jsonl(rows):
    return "".join(json.dumps(dict(zip(NAMES, row))) + "\n" for row in rows)


@test
def the_same_rows_in_both_formats():
    write("in.csv", as_csv(ROWS))
    write("in.jsonl", as_jsonl(ROWS))
    apply(0, "--in", "in.csv", "--out", "out.csv")
    apply(0, "--in", "in.jsonl", "--out", "out.jsonl")
    rows = list(csv.DictReader(io.StringIO(read("out.csv"))))
    events = [json.loads(line) for line in read("out.jsonl").splitlines()]
    expect([r["customer_id"] for r in rows] == ["1", "3", "4", "5"], "rows", rows)
    expect([{k: "" if v is None else str(v) for k, v in e.items()} for e in events] == rows, "the same cells", rows, events)
    expect(events[0]["phone"] == "*******3456" and events[0]["name"] == "Ana", "masked", events[0])
    expect(read("out.csv").splitlines()[0] == ",".join(NAMES), "header")
    for raw in ("ana@", "+4930", "bo@", "+1212", "hidden", "+3318"):
        expect(raw not in read("out.csv") and raw not in read("out.jsonl"), f"{raw} is not there")
    whole = read("out.csv")
    expect('4,"",' in whole and "5,Eve," in whole and whole.count('""') >= 2, "empty and NULL are told apart", whole)
    back = apply(0, "--in", "-", "--out", "-", "--format", "csv", stdin=as_csv(ROWS)).stdout
    expect(back == whole, "standard streams", back)


@test
def arrow_streams():
    """What comes out of them is compared in tests/unit/ipc_test.c and by `make check-arrow`."""
    shutil.copy(os.path.join(HERE, "tests/vectors/people.arrows"), "people.arrows")
    r = apply(0, "--in", "people.arrows", "--out", "seen.arrows", "--receipt", "receipt.json")
    with open("seen.arrows", "rb") as file:
        seen = file.read()
    expect(seen.startswith(b"\xff\xff\xff\xff") and seen.endswith(b"\xff\xff\xff\xff\0\0\0\0") and b"stranger" not in seen, "a stream", seen[:40])
    expect(b"country" in seen and b"a@b.example" not in seen and b"hidden" not in seen, "nothing hidden")
    expect(json.loads(read("receipt.json"))["rows_in"] == 5 and " of 5 rows" in r.stderr, "receipt", r.stderr)
    write("text.arrow", "country,note\nde,SECRET\n")
    r = apply(3, "--in", os.path.join(HERE, "tests/hostile/ipc/union.arrows"), "--out", "none.arrows")
    expect("message 1: field `note`: a union, which is not read: write its members as columns" in r.stderr, "a type that is not read", r.stderr)
    r = apply(3, "--in", "text.arrow", "--out", "none.arrows")
    expect("text.arrow: message 0: it is no stream of Arrow messages" in r.stderr and not os.path.exists("none.arrows"), "no stream", r.stderr)


@test
def how_csv_may_look():
    plain = apply(0, "--in", "-", "--out", "-", "--format", "csv", stdin=as_csv(ROWS)).stdout
    expect(apply(0, "--in", "-", "--out", "-", "--format", "csv", stdin="\ufeff" + as_csv(ROWS)).stdout == plain, "a byte order mark")
    crlf = apply(0, "--in", "-", "--out", "out.csv", stdin=as_csv(ROWS, end="\r\n")).stdout
    with open("out.csv", newline="") as file:
        crlf = file.read()
    expect(crlf.count("\r\n") == 5 and crlf.replace("\r\n", "\n") == plain, "CRLF stays", crlf)
    null = apply(0, "--in", "-", "--out", "-", "--format", "csv", "--null", "\\N", stdin=as_csv(ROWS, null="\\N")).stdout
    expect([row[5] for row in csv.reader(io.StringIO(null))] == ["note", 'a, "b"', "two\nlines", "\\N", ""], "--null", null)
    expect("\n4,,d" in null.replace("*", "d"), "an empty text needs no quotes then", null)
    tabs = apply(0, "--in", "-", "--out", "-", "--format", "csv", "--delimiter", "tab", stdin="country\tnote\tsince\nde\tx,y\t" + SINCE + "\n").stdout
    expect(tabs == "country\tnote\tsince\nde\tx,y\t" + SINCE + "\n", "tabs", tabs)
    mixed = apply(0, "--in", "-", "--out", "-", "--format", "csv", stdin="since,stranger,country\n" + SINCE + ",secret,de\n").stdout
    expect(mixed == "since,country\n" + SINCE + ",de\n", "strangers are left out, the order stays", mixed)
    asked = apply(0, "--in", "-", "--out", "-", "--format", "csv", "--columns", "country,phone", stdin=as_csv(ROWS)).stdout
    expect(asked.splitlines()[:2] == ["phone,country", "*******3456,de"], "--columns", asked)


@test
def values_that_do_not_fit():
    text = as_csv([["x1", "A", "a@b.example", "1", "de", "n", SINCE], [7, "A", "a@b.example", "1", "de", "n", "yesterday"]])
    r = apply(0, "--in", "-", "--out", "-", "--format", "csv", "--receipt", "receipt.json", stdin=text)
    expect(r.stdout.splitlines()[1].startswith("999999999,A,"), "the bottom of a required column", r.stdout)
    expect("1 of 2 rows; 1 value did not fit its column or mask" in r.stderr, "told", r.stderr)
    expect("x1" not in r.stderr and "yesterday" not in r.stderr, "without a value", r.stderr)
    receipt = json.loads(read("receipt.json"))
    expect(receipt["rows_in"] == 2 and receipt["rows_out"] == 1 and receipt["columns"]["customer_id"]["unfit"] == 1, "receipt", receipt)
    expect(receipt["columns"]["phone"] == {"mask": "show-last", "arguments": "4", "epoch": 0, "unfit": 0}, "masks", receipt)


@test
def values_inside_that_do_not_fit():
    shutil.copytree("sales", "parted")
    contract = read("parted/contracts/orders.odcs.yaml")
    name = "- { name: note, logicalType: string, physicalType: TEXT, tags: [ pii.note ] }"
    expect(name in contract, "the column that gets parts", contract)
    write("parted/contracts/orders.odcs.yaml", contract.replace(name, "- { name: note, logicalType: array, tags: [ pii.note ], items: { logicalType: integer } }"))
    sam = json.dumps({"issuer": "corp", "id": "sam", "roles": ["support"], "purposes": ["support"], "regions": ["de"]})
    r = edict(0, "apply", "--rules", "federal/edict.yaml", "--rules", "parted/edict.yaml", *WHAT, "--subject", sam, "--columns", "note", "--in", "-",
              "--out", "-", "--format", "jsonl", stdin=json.dumps({"country": "de", "since": SINCE, "note": [1, "x", 2.5]}) + "\n")
    expect(r.stdout == '{"note":[1,null,null]}\n', "what does not fit", r.stdout)
    expect("1 of 1 rows; 2 values did not fit their columns or masks" in r.stderr, "told", r.stderr)


# ---- what stops it ----

CANNOT = "a row that cannot be read: "
BAD_CSV = [
    ("customer_id,country\n1,de\n2\n", 3, "it has another number of fields"),
    ("customer_id,country\n1,de\n\"2,de\n", 3, "a quote is not closed"),
    ("customer_id,country\n1,\"de\"x\n", 2, "something stands after a closing quote"),
    ("customer_id,country\n1,d\"e\n", 2, "it has a quote inside"),
    ("customer_id,country\n\"a\nb\",de\n1,2,3\n", 4, "it has another number of fields"),
    ("customer_id,customer_id\n1,2\n", 1, "the header names one column twice"),
    ("a,b\n1,2\n", 1, "the header names no column"),
    ("", 1, "there is no header"),
    ("country\n" + "x" * (4 * 1024 * 1024 + 1) + "\n", 2, "it is too long"),
]
BAD_JSON = [
    ('{"country":"de"}\n{"country":"de"\n', 2, "it is not JSON"),
    ('{"country":"de"}\n\n[1]\n', 3, "it is not an object"),
    ('{"country":"de","country":"us"}\n', 1, "a member stands twice"),
    ('{"country":"\\ud83d"}\n', 1, "it holds half a surrogate pair"),
    ('{"x":' + "[" * 70 + "]" * 70 + "}\n", 1, "it is nested too deeply"),
    ('{"x":"' + "x" * (4 * 1024 * 1024) + '"}\n', 1, "it is too long"),
]


@test
def rows_that_are_none():
    for form, cases in (("csv", BAD_CSV), ("jsonl", BAD_JSON)):
        for text, line, said in cases:
            write("in." + form, text)
            write("out." + form, "as before")
            r = apply(3, "--in", "in." + form, "--out", "out." + form)
            expect(f"in.{form}:{line}: {CANNOT}{said}" in r.stderr, "said", r.stderr[-300:], said)
            expect(read("out." + form) == "as before" and not [f for f in os.listdir(".") if ".part-" in f], "the file stays")
    # A byte order mark before the first line, as some editors and shells write it, is passed over; anywhere else it is nonsense.
    write("in.jsonl", '\ufeff\n{"country":"de","since":"%s"}\n' % SINCE)
    expect(len(apply(0, "--in", "in.jsonl", "--out", "-").stdout.splitlines()) == 1, "a mark alone")
    write("in.jsonl", '\ufeff{"country":"de","since":"%s"}\n' % SINCE)
    expect(len(apply(0, "--in", "in.jsonl", "--out", "-").stdout.splitlines()) == 1, "a mark before the row")
    write("in.jsonl", '{"country":"de","since":"%s"}\n\ufeff{}\n' % SINCE)
    expect("in.jsonl:2: a row that cannot be read" in apply(3, "--in", "in.jsonl", "--out", "none.jsonl").stderr, "a mark later")
    write("in.jsonl", '{"country":"de","since":"%s"}\nnonsense SECRET\n{"country":"fr","since":"%s"}\n' % (SINCE, SINCE))
    r = apply(0, "--in", "in.jsonl", "--out", "out.jsonl", "--skip-bad", "--receipt", "-")
    expect(len(read("out.jsonl").splitlines()) == 2 and "1 row could not be read and was passed over" in r.stderr and "SECRET" not in r.stderr, "passed over", r.stderr)
    expect('"rows_in":3,"rows_out":2,"rows_bad":1' in r.stderr, "receipt", r.stderr)
    write("in.csv", "country,since\nde,%s\nde\n\"x\n" % SINCE)
    r = apply(3, "--in", "in.csv", "--out", "out.csv", "--skip-bad")
    expect("in.csv:4: " + CANNOT + "a quote is not closed" in r.stderr, "nobody knows where the next row begins", r.stderr)


@test
def a_denial():
    write("in.csv", as_csv(ROWS))
    write("out.csv", "as before")
    r = apply(1, "--in", "in.csv", "--out", "out.csv", who=["--token", "otto.jwt"])
    expect(r.stderr.startswith("denied by ") and read("out.csv") == "as before" and r.stdout == "", "denied", r.stderr)
    r = apply(1, "--in", "in.csv", "--out", "-", who=["--token", "otto.jwt"])
    expect(r.stdout == "", "nothing comes out", r.stdout)
    if os.path.exists("none.csv"):
        os.remove("none.csv")
    apply(1, "--in", "in.csv", "--out", "none.csv", who=["--token", "otto.jwt"])
    expect(not os.path.exists("none.csv"), "no file is made")


@test
def what_is_supposed():
    write("in.csv", as_csv(ROWS))
    supposed = ["--subject", '{"issuer":"corp","id":"sam","roles":["support"],"purposes":["support"],"regions":["europe"]}']
    files = ["--in", "in.csv", "--out", "-"]
    r = edict(2, "apply", *SET, *WHAT, *supposed, *files)
    expect("takes a --token and the clock" in r.stderr, "refused with bundles", r.stderr)
    edict(2, "apply", *SET, *WHAT, *SAM, "--now", "2026-11-20T10:00:00Z", *files)
    edict(2, "apply", *SET[:-2], "--development", *WHAT, *supposed, *files)
    r = edict(0, "apply", *RULES, *WHAT, *supposed, "--now", "2026-11-20T10:00:00Z", *files)
    expect(len(r.stdout.splitlines()) > 3 and "nothing is signed" in r.stderr, "with rules", r.stdout)
    edict(2, "apply", *RULES, *WHAT, *supposed, *files, *LOG)


@test
def wrong_usage():
    write("in.csv", as_csv(ROWS))
    for words, said in ((["--in", "in.csv"], "--out"), (["--out", "x.csv"], "--in"), (["--in", "in.csv", "--out", "in.csv"], "--out is the file of --in"),
                        (["--in", "-", "--out", "-"], "--format"), (["--in", "in.csv", "--out", "-", "--delimiter", "ab"], "--delimiter"),
                        (["--in", "in.csv", "--out", "-", "--resource", "{}"], "there is no option --resource")):
        expect(said in apply(2, *words).stderr, f"{words} says {said}")
    expect("cannot read `no.csv`" in apply(3, "--in", "no.csv", "--out", "-").stderr, "no such file")
    expect("cannot read `.`" in apply(3, "--in", ".", "--out", "-", "--format", "csv").stderr, "a folder")
    expect("cannot write `tables`" in apply(3, "--in", "in.csv", "--out", "tables").stderr, "into a folder")
    expect("cannot write `none/x.csv`" in apply(3, "--in", "in.csv", "--out", "none/x.csv").stderr, "no such folder")
    os.symlink("in.csv", "alias.csv")
    expect("--out is the file of --in" in apply(2, "--in", "in.csv", "--out", "alias.csv").stderr, "the same file by another name")


# ---- an output that fails ----

def big(name, megabytes, form):
    line = as_jsonl([ROWS[0]]) if form == "jsonl" else as_csv([ROWS[0]]).splitlines()[1] + "\n"
    with open(name, "w") as file:
        if form == "csv":
            file.write(",".join(NAMES) + "\n")
        block = line * (1048576 // len(line) + 1)
        for _ in range(megabytes):
            file.write(block)


def command(*words):
    return [EDICT, "apply", *SET, *WHAT, *SAM, *words]


@test
def an_output_that_fails():
    big("big.csv", 3, "csv")
    r = apply(3, "--in", "big.csv", "--out", "/dev/full")
    expect("cannot write `/dev/full`: No space left" in r.stderr, "a full device", r.stderr)
    expect(not os.path.isfile("/dev/full"), "which is still one")
    with open("/dev/full", "w") as full:
        done = subprocess.run(command("--in", "big.csv", "--out", "-"), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    expect(done.returncode == 3 and "No space left" in done.stderr, "standard output", done.stderr)
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command("--in", "big.csv", "--out", "-")], stderr=subprocess.PIPE, text=True, timeout=60)
    expect(done.returncode == 3 and "cannot write `-`" in done.stderr, "closed", done.stderr)
    reader = subprocess.Popen(command("--in", "big.csv", "--out", "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    reader.stdout.read(1000)
    reader.stdout.close()
    said = reader.stderr.read().decode()
    expect(reader.wait(timeout=60) == 3 and "Broken pipe" in said and "not whole" in said, "a pipe that closes", said)


@test
def a_file_that_does_not_fit():
    big("big.csv", 3, "csv")
    write("out.csv", "as before")
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))  # noqa: E731
    done = subprocess.run(command("--in", "big.csv", "--out", "out.csv"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limit, timeout=60)
    expect(done.returncode == 3 and "cannot write `out.csv`: File too large" in done.stderr, "said", done.stderr)
    expect(read("out.csv") == "as before" and not [f for f in os.listdir(".") if ".part-" in f], "the file stays", os.listdir("."))


@test
def killed_on_the_way():
    """Who is asked to end leaves nothing; a kill leaves the part. The file is what it was."""
    os.mkfifo("slow.csv")
    parts = lambda: [f for f in os.listdir(".") if ".part-" in f]  # noqa: E731
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    heed = lambda: [signal.signal(n, signal.SIG_DFL) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]  # noqa: E731 (nohup)
    for number, prepare, left, code in ((signal.SIGTERM, heed, 0, -15), (signal.SIGINT, heed, 0, -2), (signal.SIGHUP, heed, 0, -1), (signal.SIGHUP, ignore, 0, 0),
                                        (signal.SIGKILL, heed, 1, -9)):
        write("out.csv", "as before")
        worker = subprocess.Popen(command("--in", "slow.csv", "--out", "out.csv"), stderr=subprocess.PIPE, preexec_fn=prepare)
        with open("slow.csv", "w") as pipe:
            pipe.write(as_csv(ROWS) * 1)
            pipe.flush()
            until = time.time() + 20
            while not parts() and time.time() < until:
                time.sleep(0.05)
            time.sleep(0.05)
            worker.send_signal(number)
            if prepare == heed:
                worker.wait()
        worker.wait()
        worker.stderr.close()
        expect(worker.returncode == code and len(parts()) == left, f"after {number}", worker.returncode, parts())
        expect((read("out.csv") == "as before") == (prepare == heed), "the file is what it was")
    for name in parts():
        os.remove(name)


@test
def a_link_and_its_rights():
    os.mkdir("there")
    write("there/real.csv", "as before")
    os.chmod("there/real.csv", 0o640)
    os.symlink("there/real.csv", "link.csv")
    write("in.csv", as_csv(ROWS))
    apply(0, "--in", "in.csv", "--out", "link.csv")
    expect(os.path.islink("link.csv") and read("there/real.csv").startswith("customer_id,"), "what the link leads to is replaced")
    expect(os.stat("there/real.csv").st_mode & 0o777 == 0o640, "rights stay")
    apply(0, "--in", "in.csv", "--out", "fresh.csv")
    expect(os.stat("fresh.csv").st_mode & 0o077 == 0, "a new file is its owner's")


# ---- much and long ----

@test
def little_memory_for_large_files():
    for form in ("csv", "jsonl"):
        big("big." + form, 40, form)
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (160 << 20, 160 << 20))  # noqa: E731
        done = subprocess.run(command("--in", "big." + form, "--out", "out." + form), stderr=subprocess.PIPE, text=True, preexec_fn=limit, timeout=100)
        expect(done.returncode == 0, "40 MB", done.stderr)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        expect(peak < 100, f"{peak} MB at most of all that ran")
        with open("big." + form) as file:
            lines = sum(1 for _ in file)
        with open("out." + form) as file:
            expect(sum(1 for _ in file) == lines, "every row")
        os.remove("big." + form)
        os.remove("out." + form)


@test
def what_runs_out_on_the_way():
    """A token's last seconds: the rows that come after them are not given away."""
    mint("late", "support", "support", -57)
    os.mkfifo("late.csv")
    write("out.csv", "as before")
    worker = subprocess.Popen([EDICT, "apply", *SET, *WHAT, "--token", "late.jwt", "--in", "late.csv", "--out", "out.csv", *LOG], stderr=subprocess.PIPE)
    line = as_csv([ROWS[0]]).splitlines()[1] + "\n"
    with open("late.csv", "w") as pipe:
        pipe.write(",".join(NAMES) + "\n")
        try:
            for _ in range(30):
                pipe.write(line * 2000)
                pipe.flush()
                time.sleep(0.25)
        except BrokenPipeError:
            pass
        try:
            pipe.close()
        except BrokenPipeError:
            pass
    said = worker.stderr.read().decode()
    worker.stderr.close()
    expect(worker.wait(timeout=60) == 1, "stopped", said)
    expect("edict.token-time" in said and "what permitted them no longer stands" in said, "said why", said)
    expect(read("out.csv") == "as before", "the file stays")
    r = edict(0, "log", "verify", "log")
    expect("2 decisions (1 permit, 1 denial)" in r.stdout, "both are on the record", r.stdout)
    r = edict(0, "log", "show", "log")
    receipts = [line for line in map(json.loads, r.stdout.splitlines()) if "receipt" in line]
    expect(len(receipts) == 1 and receipts[0]["rows_in"] > 0, "what was given away before", receipts)
    shutil.rmtree("log")


@test
def on_the_record():
    write("in.csv", as_csv(ROWS))
    apply(0, "--in", "in.csv", "--out", "out.csv", *LOG)
    apply(1, "--in", "in.csv", "--out", "out.csv", *LOG, who=["--token", "otto.jwt"])
    r = edict(0, "log", "verify", "log")
    expect(r.stdout.startswith("whole: 2 decisions (1 permit, 1 denial)"), "log", r.stdout)
    with open("out.csv", newline="") as file:
        shown = len(list(csv.reader(file))) - 1
    r = edict(0, "log", "show", "log")
    receipts = [line for line in map(json.loads, r.stdout.splitlines()) if "receipt" in line]
    expect([(x["receipt"], x["rows_in"], x["rows_out"]) for x in receipts] == [(1, len(ROWS), shown)], "a receipt of the permit alone", receipts)
    shutil.copy(os.path.join(HERE, "tests/vectors/people.arrows"), "logged.arrows")
    apply(0, "--in", "logged.arrows", "--out", "seen.arrows", "--log", "log-2", *LOG[2:])
    r = edict(0, "log", "show", "log-2")
    numbers, rows = zip(*((x["receipt"], x["rows_in"]) for x in map(json.loads, r.stdout.splitlines()) if "receipt" in x))
    expect(list(numbers) == list(range(1, len(numbers) + 1)) and sum(rows) == 5, "one of each batch", r.stdout)
    write("in.jsonl", '{"customer_id":1}\n{"customer_id":2}\n{broken\n')
    apply(3, "--in", "in.jsonl", "--out", "-", "--log", "log-3", *LOG[2:])
    apply(3, "--in", "in.jsonl", "--out", "out.jsonl", "--log", "log-4", *LOG[2:])
    for log, rows in (("log-3", [2]), ("log-4", [])):
        r = edict(0, "log", "show", log)
        given = [x["rows_in"] for x in map(json.loads, r.stdout.splitlines()) if "receipt" in x]
        expect(given == rows, f"{log}: what a stream was given before it broke off, and nothing of a file that is not there", given)
    apply(2, "--in", "in.csv", "--out", "out.csv", *LOG[:4])
    write("out.csv", "as before")
    apply(3, "--in", "in.csv", "--out", "out.csv", "--log", "log", "--log-key", "trust", "--auditor-key", "auditor.pub")
    expect(read("out.csv") == "as before", "without a record nothing is given away")


if __name__ == "__main__":
    sys.exit(main(set_up))
