#!/usr/bin/env python3
"""Arrow: batches that pyarrow makes go through a decision and back, by the C interface. What comes out is validated in
full by pyarrow and compared with what the masks mean. `make check-arrow` installs pyarrow into the build folder.

Usage: arrow_check.py LIBRARY"""

import ctypes
import datetime
import decimal
import re
import sys

import pyarrow as pa

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: c-1
version: 1.0.0
status: active
domain: sales
dataProduct: orders
schema:
  - name: orders
    logicalType: object
    physicalName: orders
    customProperties: [ { property: classification, value: internal } ]
    properties:
      - { name: shown, logicalType: string, tags: [ geo.country ] }
      - { name: kept, logicalType: array, tags: [ plain ] }
      - { name: text, logicalType: string, tags: [ pii.email ] }
      - { name: count, logicalType: integer, tags: [ num.count ] }
      - { name: amount, logicalType: number, tags: [ num.amount ] }
      - { name: day, logicalType: date, tags: [ time.day ] }
      - { name: at, logicalType: timestamp, tags: [ time.collected ] }
      - { name: address, logicalType: object, properties: [ { name: street, logicalType: string, tags: [ pii.email ] }, { name: zip, logicalType: string, tags: [ plain ] } ] }
      - { name: mails, logicalType: array, items: { logicalType: string, tags: [ pii.email ] } }
      - { name: prefs, logicalType: map, map: { key: { logicalType: string, tags: [ plain ] }, value: { logicalType: string, tags: [ pii.email ] } } }
"""
RULES = """rule open
 permit read
 on dataset classified <= internal
 because "x"
rule rows
 show only rows
 where row[geo.country] in subject.regions
 because "x"
rule mails
 mask column tagged pii.email
 with show-last(2)
 because "x"
rule counts
 mask column tagged num.count
 with round(10)
 because "x"
rule amounts
 mask column tagged num.amount
 with round(1, mode: floor)
 because "x"
rule days
 mask column tagged time.day
 with date-trunc(month)
 because "x"
rule times
 mask column tagged time.collected
 with date-trunc(day)
 because "x"
"""

passed = failed = 0


def report(name, good, said=""):
    global passed, failed
    passed += bool(good)
    failed += not good
    print(f"{'ok' if good else 'not ok'} {name}" + (f"\n# {said}" if not good else ""))


class Host:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.host_open.restype = ctypes.c_void_p
        self.library.host_apply.argtypes = [ctypes.c_void_p] * 6 + [ctypes.c_size_t]
        self.library.host_close.argtypes = [ctypes.c_void_p]
        self.mesh = self.library.host_open(RULES.encode(), CONTRACT.encode(), b"*")
        assert self.mesh, "no decision"

    def apply(self, batch):
        """The batch that comes out; a text: it was refused."""
        schema, array, out_schema, out = (ctypes.create_string_buffer(80) for _ in range(4))
        why = ctypes.create_string_buffer(1024)
        batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
        status = self.library.host_apply(self.mesh, schema, array, out_schema, out, why, len(why))
        if status:
            return why.value.decode()
        result = pa.RecordBatch._import_from_c(ctypes.addressof(out), ctypes.addressof(out_schema))
        result.validate(full=True)
        return result


def masked_text(text):
    if text is None:
        return None
    shown = min(2, len(text) // 2)
    return "*" * (len(text) - shown) + text[len(text) - shown:]


def ten(number):
    """To a multiple of ten, of two as near the even one."""
    if number is None:
        return None
    return int((decimal.Decimal(number) / 10).quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_EVEN) * 10)


ROWS = ["de", "fr", "de", None, "de", "us", "de"]
SHOWN = [i for i, country in enumerate(ROWS) if country == "de"]
TEXTS = ["ann@example.org", "secret", "", "hidden", None, "x", "a text that is longer than twelve bytes \u00e4\u00f6"]
NUMBERS = [5, 1, 15, 2, None, 3, -25]
DAYS = [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31), None, None, None, datetime.date(2026, 11, 20)]
TIMES = [datetime.datetime(2024, 2, 29, 12, 30, 1), None, datetime.datetime(1969, 12, 31, 23, 59, 59), None, None, None, datetime.datetime(2026, 11, 20)]
AMOUNTS = [decimal.Decimal("12.50"), None, decimal.Decimal("-0.25"), None, None, decimal.Decimal("7.00"), decimal.Decimal("100.99")]


def month(day):
    return day and day.replace(day=1)


def midnight(time):
    return time and time.replace(hour=0, minute=0, second=0)


def floor(number):
    return None if number is None else number.to_integral_value(rounding=decimal.ROUND_FLOOR)


def plain(value):
    """Times without their zone, and numbers as decimals."""
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return decimal.Decimal(str(value)) if isinstance(value, float) else value


COLUMNS = [
    ("text", TEXTS, masked_text, [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.uint32(), pa.large_string())]),
    ("count", NUMBERS, ten, [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.dictionary(pa.int16(), pa.int64())]),
    ("count", [n and abs(n) for n in NUMBERS], ten, [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]),
    ("amount", AMOUNTS, floor, [pa.decimal128(10, 2), pa.decimal256(40, 2), pa.float64(), pa.float32()]),
    ("day", DAYS, month, [pa.date32(), pa.date64()]),
    ("at", TIMES, midnight, [pa.timestamp(u, tz) for u in ("s", "ms", "us", "ns") for tz in (None, "UTC", "Europe/Berlin")]),
]

KEPT = [
    (pa.null(), [None] * 7), (pa.bool_(), [True, False, None, True, False, True, True]), (pa.float16(), [1.5, 2, None, 0, -1, 3, 4]),
    (pa.binary(), [b"a", b"secret", b"", None, b"\xff", b"b", b"c" * 20]), (pa.large_binary(), [b"a", None, b"", b"x", b"y", b"z", b"q"]),
    (pa.binary_view(), [b"a", b"secret", b"", None, b"\xff", b"b", b"c" * 20]), (pa.binary(3), [b"abc", b"def", None, b"ghi", b"jkl", b"mno", b"pqr"]),
    (pa.time32("s"), [datetime.time(1, 2, 3)] * 7), (pa.time64("us"), [None, None, datetime.time(1, 2, 3, 4)] * 2 + [None]),
    (pa.duration("ms"), [datetime.timedelta(seconds=5)] * 7), (pa.month_day_nano_interval(), [(1, 2, 3)] * 7),
    (pa.list_(pa.int64()), [[1, 2], [9], [], None, [3, None], [8], [4]]), (pa.large_list(pa.string()), [["a"], ["secret"], [], None, ["b", None], ["x"], ["c"]]),
    (pa.list_(pa.int32(), 2), [[1, 2], [3, 4], None, [5, 6], [7, None], [9, 10], [11, 12]]),
    (pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))]), [{"a": 1, "b": ["x"]}, {"a": 2, "b": None}, None, {"a": 3, "b": []}, {"a": None, "b": ["y", "z"]}, None, {"a": 9, "b": ["q"]}]),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1)], [("secret", 2)], [], None, [("b", None), ("c", 3)], [], [("d", 4)]]),
    (pa.dictionary(pa.int8(), pa.string()), ["a", "secret", "a", None, "b", "hidden", "a"]),
]


def batch_of(name, array, slicing):
    shown = pa.array(ROWS)
    if slicing:  # the same rows as a slice of more
        shown = pa.concat_arrays([pa.array(["de"] * 3), shown, pa.array(["de"])]).slice(3, len(ROWS))
        array = pa.concat_arrays([array.slice(0, 3), array, array.slice(2, 1)]).slice(3, len(ROWS))
    return pa.RecordBatch.from_arrays([shown, array], names=["shown", name])


def clean(batch):
    """No buffer that pyarrow sees holds a text of a hidden row."""
    for column in batch.columns:
        for buffer in column.buffers():
            if buffer is not None and re.search(rb"secret|hidden", buffer.to_pybytes()):
                return False
    return True


def check(host, label, batch, name, wanted):
    out = host.apply(batch)
    if isinstance(out, str):
        return report(label, False, out)
    got = [plain(v) for v in out.column(name).to_pylist()] if name in out.schema.names else None
    report(label, got == wanted and clean(out) and out.column("shown").to_pylist() == ["de"] * len(SHOWN), f"{got}\n# {wanted}")


def test_masks(host):
    for name, values, mask, types in COLUMNS:
        for kind in types:
            given = [float(v) if v is not None and pa.types.is_floating(kind) else v for v in values]
            array = pa.array(given, type=kind.value_type).dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else pa.array(given).cast(kind) if pa.types.is_timestamp(kind) else pa.array(given, type=kind)
            for slicing in (False, True):
                wanted = [mask(values[i]) for i in SHOWN]
                if name == "at" and kind.tz:  # pyarrow took the times as UTC
                    wanted = [plain(w) for w in wanted]
                check(host, f"{name} as {kind}{', a slice' if slicing else ''}", batch_of(name, array, slicing), name, wanted)


def test_kept(host):
    for kind, values in KEPT:
        array = pa.array(values, type=kind.value_type).dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else pa.array(values, type=kind)
        for slicing in (False, True):
            check(host, f"kept as {kind}{', a slice' if slicing else ''}", batch_of("kept", array, slicing), "kept",
                  [array.to_pylist()[i] for i in SHOWN])


def test_parts(host):
    address = pa.array([{"street": t, "zip": "1", "more": "secret"} for t in TEXTS])
    check(host, "address by parts", batch_of("address", address, True), "address", [{"street": masked_text(TEXTS[i]), "zip": "1"} for i in SHOWN])
    mails = pa.array([[t, "second"] for t in TEXTS])
    check(host, "items of a list", batch_of("mails", mails, True), "mails", [[masked_text(TEXTS[i]), "****nd"] for i in SHOWN])
    prefs = pa.array([[("k", t)] for t in TEXTS], type=pa.map_(pa.string(), pa.string()))
    check(host, "values of a map", batch_of("prefs", prefs, True), "prefs", [[("k", masked_text(TEXTS[i]))] for i in SHOWN])


def test_closed(host):
    union = pa.UnionArray.from_sparse(pa.array([0] * 7, pa.int8()), [pa.array(["secret"] * 7)])
    check(host, "a union is closed", batch_of("kept", union, False), "kept", [None] * len(SHOWN))
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([3, 7], pa.int32()), pa.array(["secret", "b"]))
    check(host, "runs are closed", batch_of("kept", runs, False), "kept", [None] * len(SHOWN))


def test_many(host):
    rows = 200_000
    batch = pa.RecordBatch.from_arrays([pa.array(["de", "fr"] * (rows // 2)), pa.array([f"a-text-{i}" for i in range(rows)])], names=["shown", "text"])
    out = host.apply(batch)
    report("200,000 rows", not isinstance(out, str) and out.num_rows == rows // 2 and out.column("text")[777].as_py() == masked_text("a-text-1554"))


def main():
    host = Host(sys.argv[1])
    for test in (test_masks, test_kept, test_parts, test_closed, test_many):
        test(host)
    host.library.host_close(host.mesh)
    report("what pyarrow has is given back", pa.total_allocated_bytes() == 0, f"{pa.total_allocated_bytes()} bytes")
    print(f"# passed {passed} failed {failed} skipped 0")
    return 1 if failed or passed < 80 else 0


sys.exit(main())
