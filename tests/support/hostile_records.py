#!/usr/bin/env python3
"""Writes tests/hostile/record/: records, answers, inputs, refusals and steps of sweeps of a decision log that each differ from a good
one in one thing, and expected.tsv.

    python3 tests/support/hostile_records.py

It encodes by docs/log-records.md alone, so the good ones also show that the document is enough. The
vocabulary of the inputs is that of tests/support/record_door.c. The same bytes at every run."""

import pathlib
import struct

FOLDER = pathlib.Path("tests/hostile/record")
rows = []
U64 = 2**64 - 1
U32 = 2**32 - 1


def add(name, code, why, data):
    (FOLDER / (name + ".bin")).write_bytes(data)
    rows.append(f"{name}.bin\t{code}\t{why}\n")


def u8(n): return struct.pack("<B", n)
def u16(n): return struct.pack("<H", n)
def u32(n): return struct.pack("<I", n)
def u64(n): return struct.pack("<Q", n)


def text(s):
    data = s if isinstance(s, bytes) else s.encode()
    return u32(len(data)) + data


def listed(items):
    return u32(len(items)) + b"".join(items)


# ---- answers ----

def reason(rule="federal.a.b", holds=1): return text(rule) + u8(holds)
def column(number=0, transform=1, flags=0, arguments=""): return u32(number) + u8(transform) + u8(flags) + text(arguments)
def retention(index=0, holds=1, cutoff=0): return u32(index) + u8(holds) + u64(cutoff)


def group(column=0, least=2): return u32(column) + u32(least)


def shadow(rule="federal.a.c", holds=1, would=2, columns=()):
    return text(rule) + u8(holds) + u8(would) + listed([u32(c) for c in columns])


def obligation(name="federal.a.watermark", rule="federal.a.b"): return text(name) + text(rule)


def answer(effect=1, until=5, reasons=None, columns=None, rows_=None, retentions=None, obligations=None,
           group_rules=None, groups=None, shadows=None, tail=b""):
    reasons = [reason()] if reasons is None else reasons
    columns = [column(0), column(2, 4, 0, "4")] if columns is None else columns
    rows_ = [u32(0)] if rows_ is None else rows_
    retentions = [retention()] if retentions is None else retentions
    return u8(effect) + u64(until) + listed(reasons) + listed(columns) + listed(rows_) + listed(retentions) + \
        listed([u32(0)] if group_rules is None else group_rules) + \
        listed([group(1, 5), group(U32, 2)] if groups is None else groups) + \
        listed([obligation()] if obligations is None else obligations) + \
        listed([shadow(), shadow(would=4, columns=[0, 2])] if shadows is None else shadows) + tail


def deny(**changes):
    return answer(**{"effect": 0, "columns": [], "rows_": [], "retentions": [], "group_rules": [], "groups": [], **changes})


def answers():
    add("answer-good", "OK", "the answer that all others differ from", answer())
    add("answer-deny", "OK", "a denial", deny())
    add("answer-unmet", "OK", "a denial for an obligation that cannot be met", deny(reasons=[reason(holds=5)]))
    add("answer-no-reason", "OK", "a denial without a reason", deny(reasons=[]))
    add("answer-empty", "format", "no bytes", b"")
    add("answer-effect", "format", "an effect that there is not", answer(effect=2))
    add("answer-reasons-lie", "format", "more reasons than bytes", u8(1) + u64(5) + u32(U32))
    add("answer-columns-lie", "format", "more columns than bytes", u8(1) + u64(5) + u32(0) + u32(U32 // 10))
    add("answer-text-lie", "format", "a rule's name longer than everything", u8(1) + u64(5) + u32(1) + u32(U32) + b"abcdefgh")
    add("answer-holds", "format", "a truth that there is not", answer(reasons=[reason(holds=3)]))
    add("answer-holds-flag", "format", "a flag beside a truth that nobody knows", answer(reasons=[reason(holds=9)]))
    add("answer-obligations-lie", "format", "more obligations than bytes", answer(obligations=[], shadows=[])[:-8] + u32(U32 // 8))
    add("answer-no-obligations", "format", "it ends where obligations begin", answer(obligations=[], shadows=[])[:-8])
    add("answer-no-shadows", "format", "it ends where rules in shadow begin", answer(shadows=[])[:-4])
    add("answer-shadows-lie", "format", "more rules in shadow than bytes", answer(shadows=[])[:-4] + u32(U32 // 10))
    add("answer-shadow-holds", "format", "a truth that there is not, of a rule in shadow", answer(shadows=[shadow(holds=3)]))
    add("answer-shadow-nothing", "format", "a rule in shadow that would change nothing", answer(shadows=[shadow(would=0)]))
    add("answer-shadow-unknown", "format", "a change that nobody knows", answer(shadows=[shadow(would=128)]))
    add("answer-shadow-columns", "format", "masked columns of a rule that masks nothing", answer(shadows=[shadow(columns=[1])]))
    add("answer-shadow-no-columns", "format", "a mask of no column", answer(shadows=[shadow(would=4)]))
    add("answer-shadow-order", "format", "masked columns in another order", answer(shadows=[shadow(would=4, columns=[2, 1])]))
    add("answer-shadow-columns-lie", "format", "more masked columns than bytes",
        answer(shadows=[shadow()])[:-4] + u32(U32 // 4))
    add("answer-group-reason", "format", "a rule about groups without a reason", answer(group_rules=[u32(1)]))
    add("answer-groups-twice", "format", "groups by a column twice", answer(groups=[group(1), group(1)]))
    add("answer-groups-order", "format", "groups in another order", answer(groups=[group(2), group(1)]))
    add("answer-groups-lie", "format", "more groups than bytes",
        answer(groups=[], obligations=[], shadows=[])[:-12] + u32(U32 // 8))
    add("answer-deny-groups", "format", "a denial that shows groups", deny(groups=[group()]))
    add("answer-retention-holds", "format", "a truth that there is not, of a retention", answer(retentions=[retention(holds=9)]))
    add("answer-transform-none", "format", "no transform", answer(columns=[column(transform=0)]))
    add("answer-transform-unknown", "format", "a transform that nobody knows", answer(columns=[column(transform=200)]))
    add("answer-flags", "format", "a flag that nobody knows", answer(columns=[column(flags=4)]))
    add("answer-columns-twice", "format", "a column twice", answer(columns=[column(1), column(1)]))
    add("answer-columns-order", "format", "columns in another order", answer(columns=[column(2), column(1)]))
    add("answer-row-reason", "format", "a row rule without a reason", answer(rows_=[u32(1)]))
    add("answer-row-reason-none", "format", "a row rule whose reason is nothing", answer(rows_=[u32(U32)]))
    add("answer-retention-reason", "format", "a retention without a reason", answer(retentions=[retention(index=1)]))
    add("answer-deny-columns", "format", "a denial that shows columns", deny(columns=[column()]))
    add("answer-deny-rows", "format", "a denial that shows rows", deny(rows_=[u32(0)]))
    add("answer-deny-retention", "format", "a denial that keeps rows", deny(retentions=[retention()]))
    add("answer-tail", "format", "a byte after its end", answer(tail=b"\0"))
    add("answer-cut", "format", "its last byte is missing", answer()[:-1])


# ---- records ----

FIELDS = ["version", "semantics", "flags", "now", "bundles", "set", "commitment", "pointer", "product", "dataset",
          "action", "purpose", "answer"]


def pointer(file=1, offset=176, size_class=2, zero=0):
    return u64(file) + u64(offset) + u32(size_class) + u32(zero) + bytes(32)


def parts(**changes):
    fields = {"version": u16(1), "semantics": u16(1), "flags": u32(1), "now": u64(7), "bundles": u64(0), "set": bytes(32),
              "commitment": bytes(32), "pointer": pointer(), "product": text("sales.orders"), "dataset": text("orders"),
              "action": text("read"), "purpose": text("support"), "answer": text(answer())}
    fields.update(changes)
    return b"".join(fields[name] for name in FIELDS)


def padded(data):
    return data + bytes(-len(data) % 256)


def record(**changes):
    return padded(parts(**changes))


def records():
    add("record-good", "OK", "the record that all others differ from", record())
    add("record-deny", "OK", "a denial by unsigned bundles", record(flags=u32(2), answer=text(deny())))
    add("record-no-names", "OK", "nothing was named", record(action=text(""), purpose=text("")))
    add("record-empty", "format", "no bytes", b"")
    add("record-zeroes", "format", "256 zero bytes", bytes(256))
    add("record-version", "format", "a version that is not known", record(version=u16(2)))
    add("record-flag", "format", "a flag that nobody knows", record(flags=u32(0x80000001)))
    add("record-says-permit", "format", "a permit whose answer denies", record(answer=text(deny())))
    add("record-says-deny", "format", "a denial whose answer permits", record(flags=u32(0)))
    add("record-no-answer", "format", "no answer", record(answer=text("")))
    add("record-pointer-zero", "format", "a payload that is nowhere", record(pointer=bytes(56)))
    add("record-pointer-reserved", "format", "reserved bytes of the pointer", record(pointer=pointer(zero=1)))
    add("record-pointer-odd", "format", "a payload in no place where one begins", record(pointer=pointer(offset=177)))
    add("record-text-lie", "format", "a name longer than everything", record(product=u32(U32)))
    add("record-text-overflow", "format", "a name that ends after the bytes do", record(answer=u32(4000) + answer()))
    add("record-not-padded", "format", "no padding", parts())
    add("record-padding-set", "format", "padding that is not zero", record()[:-1] + b"\x01")
    add("record-padded-twice", "format", "a block of padding too many", record() + bytes(256))
    add("record-cut", "format", "half of it", record()[:128])
    add("record-tail", "format", "a byte after its end", record() + b"\0")
    add("record-all-ones", "format", "512 bytes of ones", b"\xff" * 512)


# ---- inputs ----

ATTRIBUTES = [("roles", 2, ["analyst", "dpo"]), ("purposes", 2, ["support"]), ("regions", 3, ["de", "us"]),
              ("grade", 1, ["high"]), ("age", 1, ["42"]), ("name", 1, ["Ana"]), ("score", 1, ["3.25"]),
              ("member", 1, ["2001-02-03"]), ("seen", 1, ["2026-11-19T08:00:00Z"]), ("vip", 1, ["true"]),
              ("home", 1, ["00000000000000000000ffff0a000001"]), ("person", 1, ["p-17"]), ("nicks", 2, ["a", "b"])]


def attribute(name, form, values):
    return text(name) + u8(form) + listed([text(v) for v in values])


def changed(name, form, values, rename=None):
    return [attribute(rename or name if n == name else n, form if n == name else f, values if n == name else v)
            for n, f, v in ATTRIBUTES]


def request(dataset=0, columns=(0, 1), action="read", context=(("purpose", ("support",)),), tail=b"\0"):
    return (u32(dataset) + listed([u32(c) for c in columns]) + text(action) +
            listed([text(n) + listed([text(v) for v in vs]) for n, vs in context]) + tail)


def resource(kind="model", attributes=(("owner", ("bo",)),)):
    return text(kind) + listed([text(n) + listed([text(v) for v in vs]) for n, vs in attributes])


def arguments(*items): return listed([text(part) for item in items for part in item])[4:]


def duties(*each):
    return listed([u32(len(one)) + arguments(*one) for one in each])


GOOD_DUTIES = (("text", "string", "seen"), ("until", "timestamp", "2026-11-20T10:00:00Z")), ()


def inputs(issuer="host", id_="ana", attributes=None, asked=None, meets=("federal.a.watermark",), done=None, tail=b""):
    attributes = [attribute(*a) for a in ATTRIBUTES] if attributes is None else attributes
    return (bytes(range(32)) + text(issuer) + text(id_) + u64(0) + u64(9) + bytes(32) + listed(attributes) +
            (request() if asked is None else asked) + listed([text(m) for m in meets]) +
            (duties(*GOOD_DUTIES) if done is None else done) + tail)


def all_inputs():
    add("inputs-good", "OK", "the inputs that all others differ from", inputs())
    add("inputs-unknown", "OK", "nothing is known of the subject", inputs(attributes=[attribute(n, 0, []) for n, _, _ in ATTRIBUTES]))
    add("inputs-odd-request", "OK", "a request that was refused", inputs(asked=request(7, (9, 9), "fly", (("shoe", ()),))))
    add("inputs-empty", "format", "no bytes", b"")
    add("inputs-r-alone", "format", "r and nothing else", bytes(32))
    add("inputs-no-issuer", "format", "an issuer that the federation does not have", inputs(issuer="corp"))
    add("inputs-id-lie", "format", "an id longer than everything", bytes(32) + text("host") + u32(U32))
    add("inputs-count-lie", "format", "more attributes than bytes", bytes(32) + text("host") + text("a") + bytes(48) + u32(U32))
    add("inputs-attribute-missing", "format", "an attribute too few", inputs(attributes=[attribute(*a) for a in ATTRIBUTES[:-1]]))
    add("inputs-attribute-twice", "format", "an attribute twice",
        inputs(attributes=[attribute(*a) for a in ATTRIBUTES[:-1]] + [attribute(*ATTRIBUTES[0])]))
    add("inputs-attribute-order", "format", "attributes in another order",
        inputs(attributes=[attribute(*a) for a in ATTRIBUTES[::-1]]))
    add("inputs-attribute-unknown", "format", "an attribute that is not declared", inputs(attributes=changed("age", 1, ["42"], "shoe")))
    add("inputs-attribute-issuer", "format", "the issuer as an attribute", inputs(attributes=changed("age", 1, ["42"], "issuer")))
    add("inputs-form", "format", "a form that there is not", inputs(attributes=changed("age", 4, [])))
    add("inputs-scalar-set", "format", "a set of what is no set", inputs(attributes=changed("age", 2, ["42"])))
    add("inputs-set-scalar", "format", "one value of what is a set", inputs(attributes=changed("roles", 1, ["dpo"])))
    add("inputs-scalar-twice", "format", "two values of what has one", inputs(attributes=changed("age", 1, ["42", "43"])))
    add("inputs-scalar-none", "format", "no value where one is said to be", inputs(attributes=changed("age", 1, [])))
    add("inputs-unknown-value", "format", "a value of what is unknown", inputs(attributes=changed("age", 0, ["42"])))
    add("inputs-node-unknown", "format", "a node that there is not", inputs(attributes=changed("roles", 2, ["king"])))
    add("inputs-node-twice", "format", "a member twice", inputs(attributes=changed("roles", 2, ["dpo", "dpo"])))
    add("inputs-nodes-order", "format", "members in another order", inputs(attributes=changed("roles", 2, ["dpo", "analyst"])))
    add("inputs-texts-order", "format", "texts in another order", inputs(attributes=changed("nicks", 2, ["b", "a"])))
    add("inputs-level-unknown", "format", "a level that there is not", inputs(attributes=changed("grade", 1, ["top"])))
    for name, value, why in (("age", "4x", "no number"), ("age", "9223372036854775808", "a number that is too large"),
                             ("score", "1e3", "no decimal"), ("member", "2001-02-29", "no day"), ("seen", "soon", "no time"),
                             ("vip", "yes", "no truth value"), ("home", "10.0.0.1", "an address in another form"),
                             ("home", "00", "an address that is too short"), ("home", "A" * 32, "capitals in an address"),
                             ("name", b"\xff", "a text that is not UTF-8")):
        add(f"inputs-{name}-{why.split(' ')[-1]}", "format", why, inputs(attributes=changed(name, 1, [value])))
    add("inputs-many-members", "format", "more members than a set has", inputs(attributes=changed("nicks", 2, [f"{n:05}" for n in range(4097)])))
    add("inputs-members-lie", "format", "more members than bytes", inputs()[:140] + u32(U32))
    add("inputs-columns-lie", "format", "more columns than bytes", inputs(asked=u32(0) + u32(U32)))
    add("inputs-context-lie", "format", "more attributes of the context than bytes",
        inputs(asked=u32(0) + u32(0) + text("read") + u32(U32 // 8)))
    add("inputs-values-lie", "format", "more values than bytes",
        inputs(asked=u32(0) + u32(0) + text("read") + u32(1) + text("purpose") + u32(U32)))
    add("inputs-no-duties", "OK", "nothing is met and nothing obliged to", inputs(meets=(), done=u32(0)))
    add("inputs-meets-lie", "format", "more obligations that are met than bytes",
        inputs(meets=(), done=b"")[:-4] + u32(U32 // 4))
    add("inputs-duties-lie", "format", "more obligations than bytes", inputs(done=u32(U32 // 4)))
    add("inputs-arguments-lie", "format", "more arguments than bytes", inputs(done=u32(1) + u32(U32 // 12)))
    add("inputs-argument-cut", "format", "an argument without a value",
        inputs(done=u32(1) + u32(1) + text("text") + text("string")))
    add("inputs-argument-text-lie", "format", "a value longer than everything",
        inputs(done=u32(1) + u32(1) + text("text") + text("string") + u32(U32)))
    add("inputs-resource", "OK", "about a resource", inputs(asked=request(0, (), tail=b"\x01" + resource())))
    add("inputs-seed", "OK", "with a seed", inputs(asked=request(tail=b"\x02" + bytes(32))))
    add("inputs-both", "OK", "about a resource, with a seed", inputs(asked=request(0, (), tail=b"\x03" + resource() + bytes(32))))
    add("inputs-no-flags", "format", "nothing says what follows the context", inputs(asked=request(tail=b"")))
    add("inputs-odd-flags", "format", "a flag that nobody knows", inputs(asked=request(tail=b"\x04")))
    add("inputs-no-resource", "format", "the resource is missing", inputs(asked=request(tail=b"\x01")))
    add("inputs-short-seed", "format", "a seed of 31 bytes", inputs(asked=request(tail=b"\x02" + bytes(31))))
    add("inputs-resource-lies", "format", "more attributes of the resource than bytes",
        inputs(asked=request(tail=b"\x01" + text("model") + u32(U32 // 8))))
    add("inputs-no-request", "format", "no request", inputs(asked=b""))
    add("inputs-tail", "format", "a byte after its end", inputs(tail=b"\0"))
    add("inputs-cut", "format", "its last byte is missing", inputs()[:-1])


# ---- refusals ----

def offered(length=5, digest=bytes(range(32))): return u64(length) + digest


def refusal(version=1, what=1, status=8, code="R0242", message="bundle `eu.example`: older", bundles=None, tail=b""):
    return (u16(version) + u16(what) + u64(1795168800000000) + u32(status) + text(code) + text(message) +
            listed([offered()] if bundles is None else bundles) + tail)


def refusals():
    add("refusal-good", "OK", "a load that all others differ from", refusal())
    add("refusal-token", "OK", "a token", refusal(what=2, status=6, code="R0301", message="the signature", bundles=[]))
    add("refusal-bare", "OK", "nobody said why", refusal(code="", message=""))
    add("refusal-most", "OK", "as many bundles as are told", refusal(bundles=[offered()] * 256))
    add("refusal-more", "format", "one bundle more", refusal(bundles=[offered()] * 257))
    add("refusal-long", "OK", "the longest message", refusal(message="x" * 2048))
    add("refusal-longer", "format", "a message one byte longer", refusal(message="x" * 2049))
    add("refusal-empty", "format", "no bytes", b"")
    add("refusal-version", "format", "a version that is not known", refusal(version=2))
    add("refusal-nothing", "format", "neither a load nor a token", refusal(what=0))
    add("refusal-keys", "OK", "a key set", refusal(what=3, code="R0335", message="an RSA key has at least 2048 bits", bundles=[]))
    add("refusal-keys-offered", "format", "a key set with a digest", refusal(what=3))
    add("refusal-fourth", "format", "a fourth kind", refusal(what=4, bundles=[]))
    add("refusal-done", "format", "a refusal that was none", refusal(status=0))
    add("refusal-status", "format", "a status that there is not", refusal(status=14))
    add("refusal-status-negative", "format", "a status below all", refusal(status=U32))
    add("refusal-code", "format", "a code that is none", refusal(code="R024"))
    add("refusal-code-quote", "format", "a quote in a code", refusal(code='R"242'))
    add("refusal-not-utf8", "format", "a message that is no text", refusal(message=b"\xff\xfe"))
    add("refusal-lie", "format", "more bundles than there are", refusal()[:-44] + u32(U32) + offered())
    add("refusal-tail", "format", "a byte after its end", refusal(tail=b"\0"))
    add("refusal-cut", "format", "its last byte is missing", refusal()[:-1])


# ---- sweeps ----

def kept(rule="federal.a.old", bound=0, holds=1, erases=1, cutoff=1732147200000000):
    return text(rule) + u8(bound) + u8(holds) + u8(erases) + u64(cutoff & U64)


COUNTS = ["seen", "withheld", "undecided", "erasable", "erased", "spared", "blocked", "along"]
NO_CUTOFF = -62135596800000000  # the calendar's first instant


def step(version=1, semantics=1, what=2, flags=0, number=1, now=1795168800000000, commitment=b"\1" * 32, payload=None, erased=2,
         product="sales.orders", dataset="orders", table="orders", rules=None, tail=b"", **counts):
    numbers = dict.fromkeys(COUNTS, 0) | {"erased": erased} | counts
    return (u16(version) + u16(semantics) + u16(what) + u16(flags) + bytes(range(16)) + u64(number) + u64(now) + bytes(32) + commitment +
            (pointer() if payload is None else payload) + b"".join(u64(numbers[c]) for c in COUNTS) + text(product) + text(dataset) +
            text(table) + (listed([kept()]) if rules is None else rules) + tail)


def bare(**changes):
    return step(**{"commitment": bytes(32), "payload": bytes(56), **changes})


def begun(**changes):
    return bare(**{"what": 1, "number": 0, "erased": 0, "seen": 9, "withheld": 3, "undecided": 1, "erasable": 2, **changes})


def ended(**changes):
    return bare(**{"what": 3, "flags": 3, "number": 4, "erased": 70000, "seen": 9, **changes})


def note(leaf=None, sealed=bytes(64), tail=b""):
    return text(bare() if leaf is None else leaf) + sealed + tail


def swept():
    add("swept-good", "OK", "the batch that all others differ from", step())
    add("swept-begun", "OK", "a sweep that begins", begun())
    add("swept-ended", "OK", "one that ended", ended())
    add("swept-nothing", "OK", "a batch of which nothing went", bare(erased=0, spared=2))
    add("swept-most", "OK", "as many rows as a batch has", step(erased=50000))
    add("swept-more", "format", "one row more", step(erased=50001))
    add("swept-bounds", "OK", "a rule of each bound",
        step(rules=listed([kept(), kept(bound=1, erases=0, cutoff=NO_CUTOFF), kept(bound=2, holds=2, erases=0, cutoff=NO_CUTOFF)])))
    add("swept-empty", "format", "no bytes", b"")
    add("swept-version", "format", "a version that is not known", step(version=2))
    add("swept-step", "format", "a step that there is not", step(what=4))
    add("swept-no-step", "format", "no step", step(what=0))
    add("swept-flag", "format", "a flag that nobody knows", ended(flags=16))
    add("swept-flag-batch", "format", "a batch that is said to be vacuumed", step(flags=1))
    add("swept-number-none", "format", "a batch without a number", step(number=0))
    add("swept-number-begun", "format", "a beginning with a number", begun(number=1))
    add("swept-begun-erased", "format", "a beginning that erased", begun(erased=1))
    add("swept-undecided", "format", "more undecided than withheld", begun(undecided=4))
    add("swept-withheld", "format", "more withheld than seen", begun(withheld=10))
    add("swept-erasable", "format", "more erasable than seen", begun(erasable=7))
    add("swept-counts-overflow", "format", "counts that overflow together", begun(withheld=2, erasable=U64 - 1))
    add("swept-unsealed", "format", "rows were erased, and no key is sealed", bare())
    add("swept-no-commitment", "format", "sealed keys without a commitment", step(commitment=bytes(32)))
    add("swept-sealed-nothing", "format", "keys of no row", step(erased=0))
    add("swept-sealed-end", "format", "an end with keys", ended(commitment=b"\1" * 32, payload=pointer()))
    add("swept-pointer", "format", "a payload in no place where one begins", step(payload=pointer(offset=177)))
    add("swept-time", "format", "a time beyond the calendar", step(now=U64 >> 1))
    add("swept-no-table", "format", "no table", step(table=""))
    add("swept-table-most", "OK", "the longest name of a table", step(table="t" * 4096))
    add("swept-table-long", "format", "a name one byte longer", step(table="t" * 4097))
    add("swept-table-not-utf8", "format", "a table's name that is no text", step(table=b"\xff"))
    add("swept-rule-empty", "format", "a rule without a name", step(rules=listed([kept(rule="")])))
    add("swept-rule-bound", "format", "a bound that there is not", step(rules=listed([kept(bound=3, erases=0, cutoff=NO_CUTOFF)])))
    add("swept-rule-no", "format", "a rule that does not hold", step(rules=listed([kept(holds=0)])))
    add("swept-rule-erases", "format", "an `at least` that erases", step(rules=listed([kept(bound=1, cutoff=NO_CUTOFF)])))
    add("swept-rule-cutoff", "format", "a cutoff of a `while`", step(rules=listed([kept(bound=2, erases=0, cutoff=5)])))
    add("swept-rules-lie", "format", "more rules than bytes", step(rules=u32(U32)))
    add("swept-tail", "format", "a byte after its end", step(tail=b"\0"))
    add("swept-cut", "format", "its last byte is missing", step()[:-1])
    add("note-good", "OK", "the note that all others differ from", note())
    add("note-begun", "OK", "of a beginning", note(begun(), b""))
    add("note-empty", "format", "no bytes", b"")
    add("note-leaf-lie", "format", "a leaf longer than everything", u32(U32) + bare())
    add("note-keys-few", "format", "a key too few", note(sealed=bytes(48)))
    add("note-keys-many", "format", "a key too many", note(sealed=bytes(80)))
    add("note-keys-none", "format", "no keys", note(sealed=b""))
    add("note-begun-keys", "format", "a beginning with keys", note(begun()))
    add("note-sealed", "format", "a leaf that is sealed already", note(step()))
    add("note-tail", "format", "a byte after its end", note(tail=b"\0"))


# ---- receipts ----

def received(column=0, transform=1, epoch=0, failed=0):
    return u32(column) + u8(transform) + u64(epoch) + u64(failed)


def receipt(version=1, zero=0, number=1, now=1795168800000000, rows_in=9, rows_out=5, product="sales.orders", dataset="orders", action="read",
            columns=None, tail=b""):
    return (u16(version) + u16(zero) + u64(number) + u64(now & U64) + bytes(64) + u64(rows_in) + u64(rows_out) + text(product) + text(dataset) +
            text(action) + (listed([received(), received(2, 7, 3, 1)]) if columns is None else columns) + tail)


def receipts():
    add("receipt-good", "OK", "the receipt that all others differ from", receipt())
    add("receipt-no-columns", "OK", "one of no columns", receipt(columns=listed([])))
    add("receipt-varies", "OK", "a mask that varies with the row", receipt(columns=listed([received(transform=0)])))
    add("receipt-all-rows", "OK", "every row came out", receipt(rows_out=9))
    add("receipt-empty", "format", "no bytes", b"")
    add("receipt-version", "format", "a version that is not known", receipt(version=2))
    add("receipt-zero", "format", "what is reserved is not zero", receipt(zero=1))
    add("receipt-number", "format", "no number", receipt(number=0))
    add("receipt-time", "format", "a time beyond the calendar", receipt(now=U64 >> 1))
    add("receipt-rows", "format", "more rows out than in", receipt(rows_out=10))
    add("receipt-no-product", "format", "no product", receipt(product=""))
    add("receipt-not-utf8", "format", "a dataset that is no text", receipt(dataset=b"\xff"))
    add("receipt-transform", "format", "a mask that there is not", receipt(columns=listed([received(transform=99)])))
    add("receipt-twice", "format", "a column twice", receipt(columns=listed([received(), received()])))
    add("receipt-order", "format", "columns out of order", receipt(columns=listed([received(2), received(1)])))
    add("receipt-lie", "format", "more columns than bytes", receipt(columns=u32(U32)))
    add("receipt-tail", "format", "a byte after its end", receipt(tail=b"\0"))
    add("receipt-cut", "format", "its last byte is missing", receipt()[:-1])


FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.bin"):
    old.unlink()
answers()
records()
all_inputs()
refusals()
swept()
receipts()
(FOLDER / "expected.tsv").write_text("".join(rows))
