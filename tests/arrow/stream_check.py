#!/usr/bin/env python3
"""Arrow streams: what `edict apply` makes of streams that pyarrow writes, read again by pyarrow, and compared with what it
makes of the same rows as JSON lines. Not part of `make check`: it needs pyarrow, which `make check-arrow` installs into the
build folder."""

import datetime
import decimal
import json
import os
import shutil
import subprocess
import sys

import pyarrow as pa

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import EDICT, HERE, expect, main, test, write  # noqa: E402

RULES = ["--rules", "federal/edict.yaml", "--rules", "sales/edict.yaml"]
WHO = ["--product", "sales.orders", "--dataset", "customers", "--action", "read", "--context", '{"purpose":"support"}', "--subject",
       '{"issuer":"corp","id":"sam","roles":["support"],"purposes":["support"],"regions":["europe"]}', "--now", "2026-11-20T10:00:00Z"]
ROWS = [{"customer_id": i, "name": None if i % 7 == 0 else f"Zo\u00eb {i}", "email": f"p{i}@people.example", "phone": None if i % 5 == 0 else f"+49{i:08}",
         "country": ["de", "us", "fr"][i % 3], "note": "x" * (i % 40), "since": datetime.datetime(2026, 6, 1 + i % 28, tzinfo=datetime.timezone.utc)}
        for i in range(1000)]


def apply(code, name, out):
    r = subprocess.run([EDICT, "apply", *RULES, *WHO, "--in", name, "--out", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    expect(r.returncode == code, f"{name}: {r.returncode}", r.stderr)
    return r.stderr


def stream(name, table, rows=None, **options):
    with pa.ipc.new_stream(name, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows)


def shown(name):
    with pa.ipc.open_stream(name) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def as_events(table):
    def text(v):
        return v.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(v, datetime.datetime) else v
    return [{k: text(v) for k, v in row.items()} for row in table.to_pylist()]


def events():
    write("in.jsonl", "".join(json.dumps({**row, "since": row["since"].strftime("%Y-%m-%dT%H:%M:%SZ")}) + "\n" for row in ROWS))
    apply(0, "in.jsonl", "out.jsonl")
    with open("out.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


TABLE = pa.Table.from_pylist(ROWS, schema=pa.schema([("customer_id", pa.int64()), ("name", pa.utf8()), ("email", pa.utf8()), ("phone", pa.utf8()),
                                                     ("country", pa.utf8()), ("note", pa.utf8()), ("since", pa.timestamp("us", "UTC"))]))
FORMS = {
    "plain": TABLE,
    "large texts": TABLE.set_column(1, "name", TABLE["name"].cast(pa.large_utf8())),
    "dictionaries": TABLE.set_column(4, "country", TABLE["country"].dictionary_encode()).set_column(3, "phone", TABLE["phone"].dictionary_encode()),
    "views": TABLE.set_column(3, "phone", TABLE["phone"].cast(pa.string_view())).set_column(5, "note", TABLE["note"].cast(pa.string_view())),
    "small integers": TABLE.set_column(0, "customer_id", TABLE["customer_id"].cast(pa.int16())),
    "milliseconds": TABLE.set_column(6, "since", TABLE["since"].cast(pa.timestamp("ms", "UTC"))),
    "metadata": TABLE.replace_schema_metadata({"hidden": "SECRET", "pandas": '{"index_columns": []}'}),
    "slices": pa.concat_tables([TABLE.slice(0, 3), TABLE.slice(3, 500), TABLE.slice(503)]),
    "another order": TABLE.select(["since", "country", "phone", "customer_id", "note", "email", "name"]),
}


@test
def each_form_is_the_events():
    wanted = events()
    expect(0 < len(wanted) < len(ROWS), "some are hidden")
    for form, table in FORMS.items():
        for rows in (None, 7):
            stream("in.arrows", table, rows)
            apply(0, "in.arrows", "out.arrows")
            got = shown("out.arrows")
            expect(as_events(got) == [{k: row[k] for k in got.column_names} for row in wanted], f"{form} in batches of {rows}")
            expect(not got.schema.metadata, f"{form}: no metadata", got.schema.metadata)
            with open("out.arrows", "rb") as file:
                bytes_ = file.read()
            expect(b"SECRET" not in bytes_ and b"+4900000001" not in bytes_, f"{form}: nothing hidden")


@test
def files_too():
    with pa.ipc.new_file("in.arrow", TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=100)
    apply(0, "in.arrow", "out.arrows")
    expect(as_events(shown("out.arrows")) == events(), "a file is read as its stream")


@test
def what_is_not_read():
    stream("in.arrows", TABLE, compression="lz4")
    expect("it is compressed" in apply(3, "in.arrows", "out2.arrows"), "compressed")
    stream("in.arrows", TABLE, use_legacy_format=True)
    expect("framed as before" in apply(3, "in.arrows", "out2.arrows"), "legacy")
    with open("in.arrows", "wb") as file:
        file.write(b"customer_id,name\n")
    expect("no stream" in apply(3, "in.arrows", "out2.arrows"), "no stream")
    stream("in.arrows", TABLE)
    with open("in.arrows", "r+b") as file:
        file.truncate(os.path.getsize("in.arrows") // 2)
    expect("within a message" in apply(3, "in.arrows", "out2.arrows"), "cut")
    expect(not os.path.exists("out2.arrows"), "nothing is left")


@test
def other_types():
    """Types of columns that no contract of this test has are left out; those that it has come as they may."""
    more = TABLE.append_column("d", pa.array([decimal.Decimal("1.50")] * len(ROWS), pa.decimal128(10, 2)))
    more = more.append_column("l", pa.array([[1, 2]] * len(ROWS), pa.list_(pa.int32())))
    stream("in.arrows", more)
    apply(0, "in.arrows", "out.arrows")
    expect(shown("out.arrows").column_names == TABLE.column_names, "strangers are left out")


def set_up():
    shutil.copytree(os.path.join(HERE, "rules/demo/federal"), "federal")
    shutil.copytree(os.path.join(HERE, "rules/demo/sales"), "sales")
    with open("sales/edict.yaml", encoding="utf-8") as file:
        text = file.read()
    write("sales/edict.yaml", text.replace("../../../build/demo/federal.edb", "../federal.edb"))
    r = subprocess.run([EDICT, "build", "federal/edict.yaml", "--out", "federal.edb", "--tables", "."], stdout=subprocess.DEVNULL)
    expect(r.returncode == 0, "the federation builds")


if __name__ == "__main__":
    sys.exit(main(set_up))
