#!/usr/bin/env python3
"""Writes tests/hostile/ipc: streams of Arrow record batches as pyarrow writes them, and what is made of them by changing
bytes. Needs pyarrow; the folder is part of the tree, and no test needs this file."""

import io
import os
import struct
import sys

import pyarrow as pa

FOLDER = sys.argv[1] if len(sys.argv) > 1 else "tests/hostile/ipc"
LINES = pa.list_(pa.struct([("sku", pa.utf8()), ("for", pa.utf8()), ("steps", pa.list_(pa.int64()))]))
ADDRESS = pa.struct([("city", pa.utf8()), ("s", pa.utf8()), ("geo", pa.struct([("lat", pa.float64()), ("lon", pa.float64())]))])
TABLE = pa.table({
    "id": pa.array([1, 2, 3], pa.int64()),
    "country": pa.array(["de", "us", "fr"]),
    "note": pa.array(["a", None, "c"]),
    "e_mail": pa.array(["HIDDEN-a", "HIDDEN-b", None]),
    "amount": pa.array([1234, 5, None], pa.int64()),
    "ok": pa.array([True, False, None]),
    "address": pa.array([{"city": "Bonn", "s": "HIDDEN-", "geo": {"lat": 1.5, "lon": 2.5}}, None, {"city": None}], ADDRESS),
    "phones": pa.array([["HIDDEN-1", None], [], None], pa.list_(pa.utf8())),
    "lines": pa.array([[{"sku": "a", "for": "HIDDEN-", "steps": [1]}], None, []], LINES),
    "labels": pa.array([[("k", "HIDDEN-")], [], None], pa.map_(pa.utf8(), pa.utf8())),
    "undeclared": pa.array([b"x", b"y", None], pa.binary()),
})
rows = []


def stream(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def file(table):
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def add(name, data, code, why):
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, name), "wb") as out:
        out.write(data)
    rows.append((name, code, why))


def messages(data):
    at, found = 0, []
    while at + 8 <= len(data):
        length = struct.unpack_from("<i", data, at + 4)[0]
        if length == 0:
            break
        body = pa.ipc.read_message(pa.py_buffer(data[at:])).body
        found.append((at, at + 8, length, at + 8 + length, len(body) if body else 0))
        at += 8 + length + (len(body) if body else 0)
    return found


def patched(data, at, raw):
    return data[:at] + raw + data[at + len(raw):]


good = stream(TABLE)
schema, batch = messages(good)
coded = TABLE.set_column(1, "country", TABLE["country"].dictionary_encode())
add("good.arrows", good, "OK", "as pyarrow writes it")
add("file.arrow", file(TABLE), "OK", "the file format: a stream with a mark before it")
add("dictionary.arrows", stream(coded), "OK", "a column with a dictionary")
views = TABLE.set_column(2, "note", pa.array(["a", "x" * 40, None], pa.string_view()))
add("views.arrows", stream(views), "OK", "texts as views")
add("no-rows.arrows", stream(TABLE.slice(0, 0)), "OK", "a schema and no rows")
add("no-end.arrows", good[:-8], "OK", "without the mark of the end")
add("large.arrows", stream(TABLE.set_column(2, "note", pa.array(["a", None, "c"], pa.large_utf8()))), "OK", "offsets of 64 bits")
add("version-4.arrows", stream(TABLE, metadata_version=pa.ipc.MetadataVersion.V4), "OK", "metadata of version 4")
add("legacy.arrows", stream(TABLE, use_legacy_format=True), "unsupported", "framed as before 0.15")
add("compressed.arrows", stream(TABLE, compression="zstd"), "unsupported", "bodies under zstd")
add("union.arrows", stream(pa.table({"note": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])})), "unsupported", "a union")
add("empty.arrows", b"", "format", "nothing")
add("text.arrows", b"country,note\nde,HIDDEN-\n", "format", "a file of another kind")
add("mark-alone.arrows", b"\xff\xff\xff\xff", "format", "half of a mark")
add("end-alone.arrows", b"\xff\xff\xff\xff\0\0\0\0", "format", "an end without a schema")
add("file-cut.arrow", file(TABLE)[:8], "format", "the mark of a file and no more")
add("head-huge.arrows", patched(good, 4, struct.pack("<i", 0x7FFFFFF8)), "format", "metadata of two gigabytes")
add("head-negative.arrows", patched(good, 4, struct.pack("<i", -8)), "format", "metadata of a negative length")
add("head-cut.arrows", good[:40], "format", "the schema is cut")
add("body-cut.arrows", good[:batch[3] + 16], "format", "the body is cut")
add("batch-first.arrows", good[batch[0]:], "format", "a batch without a schema")
add("schema-twice.arrows", good[:schema[3]] + good, "format", "two schemas")
add("root-outside.arrows", patched(good, 8, struct.pack("<I", 0x7FFFFFFF)), "format", "a root beyond the message")
add("root-unaligned.arrows", patched(good, 8, struct.pack("<I", 17)), "format", "a root where none can be")
head = good[batch[1]:batch[1] + batch[2]]
root = struct.unpack_from("<I", head, 0)[0]
vtable = root - struct.unpack_from("<i", head, root)[0]
body_slot = root + struct.unpack_from("<H", head, vtable + 4 + 2 * 3)[0]
add("body-huge.arrows", patched(good, batch[1] + body_slot, struct.pack("<q", 1 << 40)), "format", "a body of a terabyte")
add("body-negative.arrows", patched(good, batch[1] + body_slot, struct.pack("<q", -8)), "format", "a body of a negative length")
header = root + struct.unpack_from("<H", head, vtable + 4 + 2 * 2)[0]
record = header + struct.unpack_from("<I", head, header)[0]
rtable = record - struct.unpack_from("<i", head, record)[0]


def vector(number):
    at = record + struct.unpack_from("<H", head, rtable + 4 + 2 * number)[0]
    return at + struct.unpack_from("<I", head, at)[0]


nodes, buffers = vector(1), vector(2)
put = lambda at, value: patched(good, batch[1] + at, struct.pack("<q", value))  # noqa: E731
add("rows-negative.arrows", put(record + struct.unpack_from("<H", head, rtable + 4)[0], -1), "format", "a batch of minus one row")
add("rows-other.arrows", put(record + struct.unpack_from("<H", head, rtable + 4)[0], 1 << 33), "format", "more rows than its columns have")
add("node-negative.arrows", put(nodes + 4, -3), "format", "a column of a negative length")
add("nulls-many.arrows", put(nodes + 12, 9), "format", "more nulls than values")
add("buffer-outside.arrows", put(buffers + 4 + 16, 1 << 30), "format", "a buffer beyond the body")
add("buffer-long.arrows", put(buffers + 4 + 24, 1 << 40), "format", "a buffer longer than the body")
add("buffer-negative.arrows", put(buffers + 4 + 16, -8), "format", "a buffer before the body")
add("buffer-unaligned.arrows", put(buffers + 4 + 16, 4), "format", "a buffer that begins at 4")
add("buffer-short.arrows", put(buffers + 4 + 24, 8), "R0442", "three numbers in eight bytes")
add("nodes-few.arrows", patched(good, batch[1] + nodes, struct.pack("<I", 2)), "format", "fewer columns than the schema says")
add("nodes-many.arrows", patched(good, batch[1] + nodes, struct.pack("<I", 0x0FFFFFFF)), "format", "more columns than fit")
offsets = good.index(struct.pack("<4i", 0, 2, 4, 6), batch[3])
add("offsets-fall.arrows", patched(good, offsets, struct.pack("<4i", 0, 4, 2, 6)), "R0442", "offsets that fall")
add("offsets-beyond.arrows", patched(good, offsets, struct.pack("<4i", 0, 2, 4, 1 << 30)), "R0442", "offsets beyond the bytes")
add("offsets-negative.arrows", patched(good, offsets, struct.pack("<4i", -8, 2, 4, 6)), "R0442", "offsets before the bytes")
spoilt = stream(coded)
parts = messages(spoilt)
add("dictionary-missing.arrows", spoilt[:parts[1][0]] + spoilt[parts[2][0]:], "format", "a dictionary that is not there")
add("dictionary-after.arrows", spoilt[:parts[1][0]] + spoilt[parts[2][0]:-8] + spoilt[parts[1][0]:parts[2][0]], "format", "a dictionary after its batch")
index = spoilt.index(struct.pack("<3i", 0, 1, 2), parts[2][3])
add("index-beyond.arrows", patched(spoilt, index, struct.pack("<3i", 0, 1, 77)), "R0442", "an index beyond the dictionary")


# Files go by their footer: a vector of places for dictionaries, then one for batches, each of (offset, metadata, body).
whole = file(coded)
footer_length = struct.unpack_from("<i", whole, len(whole) - 10)[0]
footer_at = len(whole) - 10 - footer_length
spots = messages(whole[8:])
of_dictionary, of_batch = 8 + spots[1][0], 8 + spots[2][0]
dictionary_place, batch_place = (whole.index(struct.pack("<q", at), footer_at) for at in (of_dictionary, of_batch))
ends = 8 + spots[2][3] + spots[2][4]
shuffled = bytearray(whole)
shuffled[of_dictionary:ends] = whole[of_batch:ends] + whole[of_dictionary:of_batch]
shuffled[dictionary_place:dictionary_place + 8] = struct.pack("<q", of_dictionary + ends - of_batch)
shuffled[batch_place:batch_place + 8] = struct.pack("<q", of_dictionary)
add("file-shuffled.arrow", bytes(shuffled), "OK", "a file with a dictionary behind its batch, as some write it")
twice = file(pa.concat_tables([TABLE, TABLE]))
twice_at = len(twice) - 10 - struct.unpack_from("<i", twice, len(twice) - 10)[0]
first, second = (8 + m[0] for m in messages(twice[8:])[1:3])
second_place = twice.index(struct.pack("<q", second), twice_at)
add("file-footer-twice.arrow", patched(twice, second_place, struct.pack("<q", first)), "format", "a batch that is named twice")
add("file-footer-within.arrow", patched(twice, second_place, struct.pack("<q", first + 8)), "format", "a batch within another")
add("file-no-footer.arrow", whole[:footer_at], "format", "a file whose end is missing")
add("file-footer-outside.arrow", patched(whole, batch_place, struct.pack("<q", 1 << 40)), "format", "a batch beyond the file")
add("file-footer-negative.arrow", patched(whole, batch_place, struct.pack("<q", -8)), "format", "a batch before the file")
add("file-footer-odd.arrow", patched(whole, batch_place, struct.pack("<q", of_batch + 4)), "format", "a batch that begins at 4")
add("file-footer-kind.arrow", patched(whole, dictionary_place, struct.pack("<q", of_batch)), "format", "a batch in the place of a dictionary")
add("file-footer-itself.arrow", patched(whole, batch_place, struct.pack("<q", footer_at // 8 * 8 - 8)), "format", "the end of the stream as a batch")
add("file-footer-long.arrow", patched(whole, len(whole) - 10, struct.pack("<i", 1 << 30)), "format", "a footer longer than the file")
add("file-footer-negative-length.arrow", patched(whole, len(whole) - 10, struct.pack("<i", -1)), "format", "a footer of minus one byte")
add("file-footer-root.arrow", patched(whole, footer_at, struct.pack("<I", 0x7FFFFFFF)), "format", "a footer whose root is elsewhere")

with open(os.path.join(FOLDER, "expected.tsv"), "w") as out:
    out.write("".join("\t".join(row) + "\n" for row in sorted(rows)))
