#!/usr/bin/env python3
"""Log format: docs/log-format.md has the list of frames of the sources, and a verifier written from it
alone verifies what the library wrote and finds what is changed.

In: the packed directories of tests/hostile/log/ (their packing is tests/support/disk.h's), the document,
log/frames.def. The verifier knows the document's text and nothing of the library; Ed25519 is RFC 8032's."""

import base64
import hashlib
import re
import struct
import sys

DOCUMENT = "docs/log-format.md"
FRAMES = "runtime/log/frames.def"
FOLDER = "tests/hostile/log/"
TYPES = {1: "RECORD", 2: "COMMIT", 3: "CHECKPOINT", 4: "BUNDLE", 5: "RECEIPT", 6: "RECOVERY", 7: "ERASURE", 8: "DROP",
         9: "CLOSE", 10: "SEGMENT", 11: "PAYLOAD", 12: "REFUSAL", 13: "SWEEP"}
NOT_LEAVES = ("COMMIT", "CHECKPOINT", "SEGMENT")


class Bad(Exception):
    """What is wrong with a log."""


def need(condition, what):
    if not condition:
        raise Bad(what)


# ---- Ed25519, RFC 8032, section 6, verification only ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    x, y, z, t = f - e, h - g, h + g, f + e
    return x * y % P, z * t % P, y * z % P, x * t % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    need(y < P, "a point is not canonical")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0, "not a point")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public, message, signature):
    try:
        a, r = decompress(public), decompress(signature[:32])
    except Bad:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = multiply(s, BASE), add(r, multiply(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- the parts that the document describes ----

def open_note(data, name, public):
    """The text of a note with exactly one signature, by this key."""
    text, _, lines = data.rpartition(b"\n\n")
    text += b"\n"
    match = re.fullmatch(rb"\xe2\x80\x94 ([^ \n]+) ([A-Za-z0-9+/=]+)\n", lines)
    need(match and match.group(1).decode() == name, "not a note with one signature of the log's")
    raw = base64.b64decode(match.group(2), validate=True)
    need(base64.b64encode(raw) == match.group(2), "base64 is not canonical")
    hint = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    need(raw[:4] == hint and signed(public, text, raw[4:]), "the signature does not verify")
    return text.decode()


def open_checkpoint(data, name, public):
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]{44})\n", open_note(data, name, public))
    need(match and match.group(1) == name, "not a checkpoint of this log")
    return int(match.group(2)), base64.b64decode(match.group(3), validate=True)


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Tree:
    """Peaks as (number of leaves, hash), the largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, kind, payload):
        node = 1, hashlib.sha256(bytes([0, kind]) + payload).digest()
        while self.peaks and self.peaks[-1][0] == node[0]:
            left = self.peaks.pop()
            node = 2 * node[0], hashlib.sha256(b"\x01" + left[1] + node[1]).digest()
        self.peaks.append(node)
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            root = hashlib.sha256(b"\x01" + left + root).digest()
        return root


def frames(data, seed):
    at = 64
    while at < len(data):
        need(len(data) - at >= 24, "bytes after the last frame")
        length, kind, reserved, index, batch, crc = struct.unpack_from("<IB3sQII", data, at)
        size = 24 + (length + 7) // 8 * 8
        need(kind in TYPES and reserved == bytes(3) and length <= 65535 and size <= len(data) - at, "not a frame")
        payload, padding = data[at + 24:at + 24 + length], data[at + 24 + length:at + size]
        need(crc == crc32c(payload, crc32c(data[at:at + 20], seed)) and not any(padding), "checksum or padding")
        yield TYPES[kind], kind, index, batch, payload, data[at:at + 24 + length]
        at += size


class Log:
    """Verifies a closed log as `Verifying` says."""

    def __init__(self, files, name, public):
        self.files, self.name, self.public = files, name, public
        self.tree, self.spine, self.batch, self.dropped, self.first = Tree(), bytes(32), 0, 0, 0
        self.committed, self.heads, self.payloads, self.erased, self.cuts = 0, {}, {}, set(), {}
        self.last = []

    def verify(self):
        need(self.files.get("lock") == b"", "not closed")
        text = open_note(self.files["ident"], self.name, self.public)
        match = re.fullmatch(r"edict-log/v1\norigin (\S+)\nid ([0-9a-f]{32})\nkey (\S+)\n", text)
        need(match and match.group(1) == self.name, "not this log's identity")
        hint = hashlib.sha256(self.name.encode() + b"\n\x01" + self.public).digest()[:4]
        key = f"{self.name}+{hint.hex()}+{base64.b64encode(b'%c' % 1 + self.public).decode()}"
        need(match.group(3) == key, "the identity names another key")
        self.log_id = bytes.fromhex(match.group(2))
        names = sorted(n for n in self.files if re.fullmatch(r"seg-\d{20}\.edl", n))
        for number, name in enumerate(names):
            self.segment(number, int(name[4:24]), self.files[name])
        need(self.last[-3:] == ["CLOSE", "COMMIT", "CHECKPOINT"], "does not end as a closed log")
        size, root = open_checkpoint(self.files["checkpoint"], self.name, self.public)
        need(size == self.tree.size and root == self.tree.root(), "the checkpoint is of other leaves")
        self.others(set(names) | {"lock", "ident", "checkpoint"})

    def chain(self, data):
        self.spine = hashlib.sha256(b"\x02" + self.spine + data).digest()

    def segment(self, number, first, data):
        magic, version, zero, log_id, index, salt, zero2, crc = struct.unpack_from("<8sII16sQ16sII", data)
        need(magic == b"EDICTSEG" and version == 1 and zero == zero2 == 0 and crc == crc32c(data[:60]), "a header")
        need(log_id == self.log_id and index == first == self.tree.size == self.committed, "leaves are missing")
        seed, before, begun = crc32c(log_id + struct.pack("<Q", index) + salt), self.spine, False
        self.chain(data[:64])
        for kind, code, index, batch, payload, raw in frames(data, seed):
            need(batch == self.batch and index == self.tree.size, "a frame out of order")
            need(begun != (kind == "SEGMENT"), "a segment begins with SEGMENT and has one")
            if not begun:
                self.begin(number, payload, before)
            elif kind not in NOT_LEAVES:
                self.leaf(kind, code, payload)
            elif kind == "COMMIT":
                self.commit(payload)
            else:
                need(self.committed == self.tree.size, "a CHECKPOINT among leaves")
                need(open_checkpoint(payload, self.name, self.public) == (self.tree.size, self.tree.root()), "CHECKPOINT")
            if kind in NOT_LEAVES:
                self.chain(raw)
            begun = True
            self.last.append(kind)
        need(self.last[-1] == "CHECKPOINT", "a finished segment ends in a CHECKPOINT")
        self.segments = number + 1

    def begin(self, number, payload, before):
        _, ordinal, dropped, _, spine, count = struct.unpack_from("<qQQQ32sQ", payload)
        at = 72 + 8 * count
        peaks = b"".join(p[1] for p in self.tree.peaks)
        need((ordinal, dropped, spine) == (number, self.dropped, before), "SEGMENT does not continue the log")
        need(payload[at:at + len(peaks)] == peaks, "SEGMENT has another tree")
        head = open_checkpoint(payload[at + len(peaks):], self.name, self.public)
        need(head == (self.tree.size, self.tree.root()), "SEGMENT's checkpoint")

    def leaf(self, kind, code, payload):
        if kind == "DROP":
            _, count, total = struct.unpack("<qQQ", payload)
            self.dropped += count
            need(total == self.dropped, "DROP does not add up")
        elif kind == "PAYLOAD":
            number, length, digest = struct.unpack("<QQ32s", payload)
            self.payloads[f"pay-{number:020}.edp"] = length, digest
        elif kind == "ERASURE":
            self.erased.add(f"pay-{struct.unpack('<qQqII', payload)[1]:020}.edp")
        elif kind == "RECOVERY":
            _, segment, offset, length, ordinal, zero, digest = struct.unpack("<qQQQII32s", payload)
            need(zero == 0, "RECOVERY")
            if length:
                self.cuts[f"cut-{segment:020}-{offset:012}-{ordinal:02}.edt"] = length, digest
        elif kind == "CLOSE":
            _, segments, dropped, spine = struct.unpack("<qQQ32s", payload)
            newest = len([n for n in self.files if n.startswith("seg-")])
            need((segments, dropped, spine) == (newest, self.dropped, self.spine), "CLOSE")
        self.tree.append(code, payload)

    def commit(self, payload):
        first, last, size, root, dropped = struct.unpack("<QQQ32sQ", payload)
        need((first, last, size) == (self.committed, self.tree.size - 1, self.tree.size), "COMMIT counts other leaves")
        need(root == self.tree.root() and dropped == self.dropped and size > first, "COMMIT")
        self.committed = size
        self.batch = (self.batch + 1) % 2**32

    def others(self, known):
        expected = {n: v for n, v in self.payloads.items() if n not in self.erased}
        expected.update(self.cuts)
        need(set(self.files) - known == set(expected), "a file is missing or does not belong")
        for name, (length, digest) in expected.items():
            data = self.files[name]
            need(len(data) == length and hashlib.blake2b(data, digest_size=32).digest() == digest, name)
            if name.startswith("pay-"):
                magic, version, _, log_id, number = struct.unpack_from("<8sII16sQ", data)
                need(magic == b"EDICTPAY" and version == 1 and log_id == self.log_id and int(name[4:24]) == number, name)
                need(struct.unpack_from("<I", data, 172)[0] == crc32c(data[:172]), name)


# ---- the checks ----

def unpack(path):
    with open(path, "rb") as file:
        data = file.read()
    files, at = {}, 8
    assert data[:8] == b"EDICTDIR"
    while at < len(data):
        length, = struct.unpack_from("<H", data, at)
        name = data[at + 2:at + 2 + length].decode()
        size, = struct.unpack_from("<I", data, at + 2 + length)
        at += 6 + length
        files[name], at = data[at:at + size], at + size
    return files


def key_of(files):
    """The log's key, which a test may take from the log itself."""
    name, _, encoded = re.search(rb"\nkey (\S+)\n", files["ident"]).group(1).decode().split("+", 2)
    return name, base64.b64decode(encoded)[1:]


def verifies(files, name, public):
    try:
        Log(files, name, public).verify()
        return True
    except (Bad, struct.error, KeyError, ValueError, IndexError, UnicodeDecodeError):
        return False


def check_closed():
    files = unpack(FOLDER + "closed.dir")
    log = Log(files, *key_of(files))
    log.verify()
    assert log.segments == 2 and log.erased and log.cuts and log.dropped == 3, "the log has less than it should"


def check_changes():
    files = unpack(FOLDER + "closed.dir")
    name, public = key_of(files)
    changed = 0
    for victim, data in files.items():
        for at in range(0, len(data), 97):
            flipped = bytearray(data)
            flipped[at] ^= 1 << at % 8
            changed += 1
            assert not verifies({**files, victim: bytes(flipped)}, name, public), f"{victim}, byte {at}"
    assert changed > 60


def check_refused():
    """What the library refuses in a packed directory, the document's reader refuses."""
    name, public = key_of(unpack(FOLDER + "closed.dir"))
    with open(FOLDER + "expected.tsv", encoding="utf-8") as file:
        rows = [line.split("\t") for line in file if ".dir\t" in line]
    assert len(rows) > 40
    for row in rows:
        assert verifies(unpack(FOLDER + row[0]), name, public) == (row[1] == "OK"), row[0]


def check_table():
    with open(FRAMES, encoding="utf-8") as file:
        listed = re.findall(r'^FRAME\((\w+), (\d+), (\w+), "(.*)"\)$', file.read(), re.M)
    with open(DOCUMENT, encoding="utf-8") as file:
        shown = re.findall(r"^\| ([A-Z]+) \| (\d+) \| (yes|no) \| (callers|the log) \| (.*) \|$", file.read(), re.M)
    expected = [(n, v, "no" if k == "SPINE" else "yes", "callers" if k == "CALLER" else "the log", t)
                for n, v, k, t in listed]
    assert shown == expected, "the document's frames are not those of the sources"
    assert {int(v): n for n, v, *_ in listed} == TYPES


def main():
    results = {True: 0, False: 0}
    for check in (check_table, check_closed, check_changes, check_refused):
        try:
            check()
            good = True
        except (AssertionError, Bad, OSError, KeyError, struct.error) as error:
            good = False
            print(f"# {type(error).__name__}: {error}")
        results[good] += 1
        print(f"{'ok' if good else 'not ok'} {check.__name__}")
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


if __name__ == "__main__":
    sys.exit(main())
