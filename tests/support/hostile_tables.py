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
CELLS, ROW, HOMES = 128, 4 * 16, 7
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


def marked(offset, text, salt):
    return offset | siphash(salt, text) << 48 & MASK


# person, purpose gives rate, active; a cell is a text, or kind, length and value
ROWS = [
    (b"person-number-1", b"support", (1, 1, 15), (0, 0, 0)),
    (b"person-number-2", b"billing", (0, 0, 0), (1, 0, 0)),
    (b"person-number-2", b"support", (1, 0, 2), (1, 0, 1)),
]


def salt_of(rows):
    told = b""
    for row in rows:
        for one in row:
            told += struct.pack("<II", 2, len(one)) + one if isinstance(one, bytes) else struct.pack("<IIq", *one)
    return hashlib.blake2b(told, digest_size=16).digest()


def hash_of(salt, row):
    return siphash(salt, struct.pack("<QQ", siphash(salt, row[0]), siphash(salt, row[1])))


def cells_of(row, salt, heap):
    """The row's cells; its long texts go into the heap."""
    data = b""
    for column, one in enumerate(row):
        if not isinstance(one, bytes):
            data += cell(*one)
        elif len(one) <= 12:
            data += short(one)
        else:
            data += struct.pack("<IIQ", 2, len(one), marked(len(heap), one, salt) if column < 2 else len(heap))
            heap += one
    return data


def laid_out(salt, rows=ROWS):
    """Places and heap: each row at its home or behind the one before, in the order of hashes."""
    heap, places = bytearray(), []
    for row in sorted(rows, key=lambda row: hash_of(salt, row)):
        home = (hash_of(salt, row) >> 32) * HOMES >> 32
        places += [bytes(ROW)] * (home - len(places))
        places.append(cells_of(row, salt, heap))
    return places + [bytes(ROW)] * max(1, HOMES - len(places)), bytes(heap)


def whole(places, heap, salt, rows=3):
    head = b"EDICTTAB" + struct.pack("<IIIIQQ", 4, 2, 2, 0, rows, len(heap)) + salt + struct.pack("<Q", len(places))
    types = b"".join(struct.pack("<II", base, 0) for base in (ID, NODE, DECIMAL, BOOL))
    return (head + types).ljust(CELLS, b"\0") + b"".join(places) + heap


SALT = salt_of(ROWS)
PLACES, HEAP_TEXT = laid_out(SALT)
GOOD = whole(PLACES, HEAP_TEXT, SALT)
HEAP = CELLS + ROW * len(PLACES)
TAKEN = [i for i, place in enumerate(PLACES) if any(place)]
# Of these rows, where their first cell is.
FIRST, SECOND, THIRD = (CELLS + ROW * next(i for i in TAKEN if PLACES[i][16:32] == short(row[1]) and
                                           PLACES[i][32:48] == cell(*row[2])) for row in ROWS)


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


def with_places(name, code, why, places):
    add(name, code, why, whole(places, HEAP_TEXT, SALT))


def in_a_row(name, why, given):
    """The first row at its home, the others behind it."""
    texts = bytearray()
    home = (hash_of(SALT, given[0]) >> 32) * HOMES >> 32
    placed = [bytes(ROW)] * home + [cells_of(row, SALT, texts) for row in given] + [bytes(ROW)]
    add(name, "R0152", why, whole(placed + [bytes(ROW)] * (HOMES - len(placed)), bytes(texts), SALT))


def place_cases():
    empty = next(i for i in range(len(PLACES)) if i not in TAKEN)
    gone = [bytes(ROW) if i == TAKEN[-1] else place for i, place in enumerate(PLACES)]
    add("place-lost-row", "R0154", "a row that is in no place, so that its subject would be missed", whole(gone, HEAP_TEXT, SALT))
    alone = [place if i == TAKEN[0] else bytes(ROW) for i, place in enumerate(PLACES)]
    add("place-fewer-rows", "R0154", "fewer rows than the header says", whole(alone, HEAP_TEXT[:15], SALT))
    moved = list(gone)
    moved[empty if empty > TAKEN[-1] else -1] = PLACES[TAKEN[-1]]
    with_places("place-further", "R0154", "a row further on than its keys lead to", moved)
    with_places("place-turned", "R0154", "every row one place further", [bytes(ROW)] + PLACES)
    twice = list(PLACES)
    twice[empty] = PLACES[TAKEN[0]]
    with_places("place-twice", "R0154", "one row twice, with one text in the heap", twice)
    by_hash = sorted(ROWS, key=lambda row: hash_of(SALT, row))
    in_a_row("order", "a row before one with a lower hash", [by_hash[1], by_hash[0], by_hash[2]])
    in_a_row("same-keys", "two rows with the same keys, of which a search finds one", [by_hash[0], by_hash[0], by_hash[2]])
    with_places("places-one-less", "R0154", "no empty place for a search to end at", PLACES[:TAKEN[-1] + 1] if TAKEN[-1] >= HOMES - 1 else PLACES[:-1] + [bytes(ROW)] * 2)
    filled = list(PLACES)
    filled[empty] = bytes(ROW - 1) + b"x"
    with_places("place-hidden", "R0151", "something in an empty place", filled)
    other = b"0123456789abcdef"
    add("salt", "R0151", "another salt than the rows were placed with", whole(PLACES, HEAP_TEXT, other))


def home_cases():
    """One column, so four rows to a home: five rows, of which the first homes that are shared have two."""
    names = [(b"p-%d" % i,) for i in range(5)]
    salt, homes = salt_of(names), 3

    def home(row):
        return (siphash(salt, row[0]) >> 32) * homes >> 32

    def lines(rows, first=0):
        places = []
        for row in sorted(rows, key=lambda row: siphash(salt, row[0])):
            places += [bytes(16)] * (4 * home(row) + first - len(places))
            places.append(short(row[0]))
        return places + [bytes(16)] * (-(len(places) + 1) % 4 + 1)

    def one_column(places, rows=5):
        head = b"EDICTTAB" + struct.pack("<IIIIQQ", 4, 1, 0, 0, rows, 0) + salt + struct.pack("<Q", len(places))
        return (head + struct.pack("<II", ID, 0)).ljust(128, b"\0") + b"".join(places)

    good = lines(names)
    assert len(good) == 4 * homes and good[-1] == bytes(16)
    add("good-homes", "OK", "four rows to a home, for mutations to begin with", one_column(good))
    add("home-passed", "R0154", "rows of a home whose first place is empty, so that its search ends before them", one_column(lines(names, 1)))
    add("home-more", "R0154", "a home more than there are", one_column(good + [bytes(16)] * 4))
    add("home-half", "R0150", "a home of two places, which is read as four", one_column(good + [bytes(16)] * 2))
    add("home-less", "R0150", "a home less than there are", one_column(good[:-4]))
    at_the_end = [row for row in ((b"q-%d" % i,) for i in range(99)) if home(row) == 2][:4]
    full = lines(at_the_end + names[:1])
    assert full[11] != bytes(16) and len(full) == 16
    add("good-behind", "OK", "a last home that is full, and so an empty one behind it", one_column(full))
    add("home-full", "R0154", "no empty place for a search to end at, where homes are shared", one_column(full[:12]))


FOLDER.mkdir(parents=True, exist_ok=True)
add("good", "OK", "table data that hold, for mutations to begin with", GOOD)
add("empty", "R0150", "no bytes at all", b"")
patch("magic", "R0150", "another magic", 0, b"e")
patch("format", "R0150", "a format to come", 8, u32(7))
patch("format-1", "R0150", "the format before the index", 8, u32(1))
patch("format-2", "R0150", "the format with an index beside the rows", 8, u32(2))
patch("format-3", "R0150", "the format in which each row has a home of its own", 8, u32(3))
patch("no-keys", "R0150", "rows without keys", 12, u32(0))
patch("columns", "R0150", "4 billion columns", 12, u32(0xFFFFFFFF))
patch("values", "R0150", "columns whose sum overflows", 16, u32(0xFFFFFFFE))
patch("rows", "R0150", "rows that overflow when they are multiplied", 24, u64(MASK))
patch("rows-wrap", "R0150", "rows whose product overflows to the right size", 24, u64(3 + (1 << 58)))
patch("rows-many", "R0150", "more rows than there may be", 24, u64(0xFFFFFFFF))
patch("places", "R0150", "more places than bytes", 56, u64(MASK))
patch("places-wrap", "R0150", "places whose product overflows to the right size", 56, u64(len(PLACES) + (1 << 58)))
patch("between", "R0150", "a byte between types and cells", CELLS - 1, b"x")
patch("heap", "R0150", "a heap beyond all", 32, u64(MASK))
patch("type", "R0150", "a column of subjects", 64, u32(12))
patch("set-type", "R0150", "a column of sets", 64, u32(0x104))
patch("retyped", "R0151", "texts read as numbers", 64, u32(2))
patch("kind", "R0151", "a kind of cell that nobody knows", FIRST, u32(4))
patch("absent-key", "R0151", "a key that is not there", FIRST, cell(0, 0, 0))
patch("length", "R0151", "a text of 4 GiB", FIRST + 4, u32(0xFFFFFFFF))
patch("offset", "R0151", "a text before the heap", FIRST + 8, u64(MASK))
patch("out-of-turn", "R0151", "a text that is not the next one", FIRST, cell(2, 15, 3))
patch("mark", "R0151", "a text with another one's hash", FIRST + 14, b"\xAB\xCD")
patch("decimal", "R0151", "a second way to write a number", FIRST + 2 * 16, cell(1, 1, 150))
patch("bool", "R0151", "a third truth value", SECOND + 3 * 16, cell(1, 0, 2))
patch("rewritten", "R0151", "a text other than the one that was hashed", HEAP, b"q")
patch("utf8", "R0151", "a text that is not UTF-8", HEAP + 1, b"\xc3")
patch("nul", "R0151", "a text with a NUL", HEAP + 1, b"\0")
patch("short-long", "R0151", "a short text of thirteen bytes", FIRST + 16, short(b"supportsuppo", 13))
patch("short-tail", "R0151", "bytes after a short text", FIRST + 16, short(b"support", 6))
patch("short-nul", "R0151", "a NUL in a short text", FIRST + 16, short(b"support", 8))
patch("short-utf8", "R0151", "a short text that is not UTF-8", FIRST + 16, short(b"supp\xc3rt"))
patch("short-number", "R0151", "a number as a text", FIRST + 2 * 16, short(b"1.5"))
patch("short-in-heap", "R0151", "a short text kept in the heap", FIRST + 16, cell(2, 7, 0))
add("truncated", "R0150", "one byte less", GOOD[:-1])
add("longer", "R0150", "one byte more", GOOD + b"x")
add("unused-heap", "R0150", "bytes that belong to no cell",
    patched(32, u64(len(HEAP_TEXT) + 1)) + b"x")
add("no-places", "R0150", "a header and a heap without rows", GOOD[:CELLS] + GOOD[HEAP:])
place_cases()
home_cases()
(FOLDER / "expected.tsv").write_text("".join(rows))
