#!/usr/bin/env python3
"""Writes tests/hostile/tablefile/: table data that each differ from a good one in one thing, and expected.tsv.

    python3 tests/support/hostile_tables.py

The same bytes at every run. The writer below follows docs/bundle-format.md and nothing else."""

import hashlib
import pathlib
import struct

FOLDER = pathlib.Path("tests/hostile/tablefile")
MASK = (1 << 64) - 1
ID, NODE, DECIMAL, BOOL = 11, 9, 3, 1
CELLS, SLOTS, HEAP = 88, 88 + 12 * 16, 88 + 12 * 16 + 5 * 8
rows = []


def siphash(key, data):
    """SipHash-2-4 as https://www.aumasson.jp/siphash/siphash.pdf gives it."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    rotate = lambda x, n: (x << n | x >> (64 - n)) & MASK

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 255])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def cell(kind, length, value):
    return struct.pack("<IIq", kind, length, value)


def short(text, length=None):
    return struct.pack("<I12s", 3 | (len(text) if length is None else length) << 8, text)


HEAP_TEXT = b"person-number-1person-number-2"
GOOD_CELLS = [  # person, purpose gives rate, active
    cell(2, 15, 0), short(b"support"), cell(1, 1, 15), cell(0, 0, 0),
    cell(2, 15, 15), short(b"billing"), cell(0, 0, 0), cell(1, 0, 0),
    cell(2, 15, 15), short(b"support"), cell(1, 0, 2), cell(1, 0, 1),
]
KEYS = [(b"person-number-1", b"support"), (b"person-number-2", b"billing"), (b"person-number-2", b"support")]


def slots_of(salt):
    slots = [0] * 5
    for row, (person, purpose) in enumerate(KEYS):
        key = siphash(salt, struct.pack("<QQ", siphash(salt, person), siphash(salt, purpose)))
        at = (key & 0xFFFFFFFF) * 5 >> 32
        while slots[at]:
            at = (at + 1) % 5
        slots[at] = key >> 32 << 32 | row + 1
    return slots


def good():
    body = b"".join(GOOD_CELLS)
    salt = hashlib.blake2b(body + HEAP_TEXT, digest_size=16).digest()
    head = b"EDICTTAB" + struct.pack("<IIIIQQ", 2, 2, 2, 0, 3, len(HEAP_TEXT)) + salt
    types = b"".join(struct.pack("<II", base, 0) for base in (ID, NODE, DECIMAL, BOOL))
    return head + types + body + struct.pack("<5Q", *slots_of(salt)) + HEAP_TEXT


GOOD = good()


def add(name, code, why, data):
    (FOLDER / (name + ".tab")).write_bytes(bytes(data))
    rows.append(f"{name}.tab\t{code}\t{why}\n")


def patched(at, data):
    changed = bytearray(GOOD)
    changed[at:at + len(data)] = data
    return changed


def patch(name, code, why, at, data):
    add(name, code, why, patched(at, data))


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def with_slots(name, why, slots):
    patch(name, "R0154", why, SLOTS, struct.pack("<5Q", *slots))


def index_cases():
    slots = list(struct.unpack("<5Q", GOOD[SLOTS:HEAP]))
    full = [i for i, s in enumerate(slots) if s]
    with_slots("index-empty", "an index that finds nothing", [0] * 5)
    with_slots("index-full", "an index without an empty slot, in which a search would not end",
               [s or slots[full[0]] for s in slots])
    lost = list(slots)
    lost[full[1]] = 0
    with_slots("index-lost-row", "a row that is in no slot, so that its subject would be missed", lost)
    twice = list(slots)
    twice[full[1]] = slots[full[0]]
    with_slots("index-twice", "one row twice and another not at all", twice)
    beyond = list(slots)
    beyond[full[0]] = slots[full[0]] >> 32 << 32 | 4
    with_slots("index-row-beyond", "a slot for a row that there is not", beyond)
    hashed = list(slots)
    hashed[full[0]] ^= 1 << 40
    with_slots("index-hash", "a slot with another hash than its row's", hashed)
    moved = [slots[-1]] + slots[:-1]
    with_slots("index-turned", "every slot one further", moved)
    patch("salt", "R0154", "another salt than the slots were made with", 40, b"0123456789abcdef")


FOLDER.mkdir(parents=True, exist_ok=True)
add("good", "OK", "table data that hold, for mutations to begin with", GOOD)
add("empty", "R0150", "no bytes at all", b"")
patch("magic", "R0150", "another magic", 0, b"e")
patch("format", "R0150", "a format to come", 8, u32(7))
patch("format-1", "R0150", "the format before the index", 8, u32(1))
patch("no-keys", "R0150", "rows without keys", 12, u32(0))
patch("columns", "R0150", "4 billion columns", 12, u32(0xFFFFFFFF))
patch("values", "R0150", "columns whose sum overflows", 16, u32(0xFFFFFFFE))
patch("rows", "R0150", "rows that overflow when they are multiplied", 24, u64(MASK))
patch("rows-wrap", "R0150", "rows whose product overflows to the right size", 24, u64(3 + (1 << 58)))
patch("rows-many", "R0150", "more rows than a slot can name", 24, u64(0xFFFFFFFF))
patch("heap", "R0150", "a heap beyond all", 32, u64(MASK))
patch("type", "R0150", "a column of subjects", 56, u32(12))
patch("set-type", "R0150", "a column of sets", 56, u32(0x104))
patch("retyped", "R0151", "texts read as numbers", 56, u32(2))
patch("kind", "R0151", "a kind of cell that nobody knows", CELLS, u32(4))
patch("absent-key", "R0151", "a key that is not there", CELLS, cell(0, 0, 0))
patch("length", "R0151", "a text of 4 GiB", CELLS + 4, u32(0xFFFFFFFF))
patch("offset", "R0151", "a text before the heap", CELLS + 8, u64(MASK))
patch("out-of-turn", "R0151", "a text that is neither next nor the one above", CELLS + 4 * 16, cell(2, 15, 3))
patch("decimal", "R0151", "a second way to write a number", CELLS + 2 * 16, cell(1, 1, 150))
patch("bool", "R0151", "a third truth value", CELLS + 7 * 16, cell(1, 0, 2))
patch("order", "R0152", "rows out of order, which a reader of ranges would miss", HEAP, b"q")
patch("order-of-last", "R0152", "the second row before the first", CELLS + 5 * 16, short(b"zilling"))
patch("utf8", "R0151", "a text that is not UTF-8", HEAP + 1, b"\xc3")
patch("nul", "R0151", "a text with a NUL", HEAP + 1, b"\0")
patch("short-long", "R0151", "a short text of thirteen bytes", CELLS + 16, short(b"supportsuppo", 13))
patch("short-tail", "R0151", "bytes after a short text", CELLS + 16, short(b"support", 6))
patch("short-nul", "R0151", "a NUL in a short text", CELLS + 16, short(b"support", 8))
patch("short-utf8", "R0151", "a short text that is not UTF-8", CELLS + 16, short(b"supp\xc3rt"))
patch("short-number", "R0151", "a number as a text", CELLS + 2 * 16, short(b"1.5"))
patch("short-in-heap", "R0151", "a short text kept in the heap", CELLS + 16, cell(2, 7, 0))
add("truncated", "R0150", "one byte less", GOOD[:-1])
add("longer", "R0150", "one byte more", GOOD + b"x")
add("unused-heap", "R0150", "bytes that belong to no cell",
    patched(32, u64(len(HEAP_TEXT) + 1)) + b"x")
add("no-slots", "R0150", "rows and a heap without the index", GOOD[:SLOTS] + GOOD[HEAP:])
index_cases()
(FOLDER / "expected.tsv").write_text("".join(rows))
