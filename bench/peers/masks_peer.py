#!/usr/bin/env python3
"""Masks peer: the batch of 20 columns of bench/columns_bench.c, masked by hand in DuckDB and in pandas, on one thread.

In: the number of rows. Out: million rows a second of processor time, the best of three. DuckDB has no keyed hash: its
pseudonym is SHA-256 over a secret and the value, which is less than a MAC; in pandas it is Python's keyed BLAKE2b, value by
value. Neither checks what it reads, and a text of other characters than ASCII fares otherwise in some columns."""

import hashlib
import sys
import time

import duckdb
import numpy
import pandas

SMALL = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split()
TREE = {"de": "eu", "fr": "eu", "eu": "eu", "us": "us"}


def table(rows, distinct):
    r = numpy.random.default_rng(1)
    which = r.integers(0, distinct, rows) if distinct < rows else numpy.arange(rows)
    mixed = (which.astype(numpy.uint64) + 1) * numpy.uint64(0x9E3779B97F4A7C15) >> numpy.uint64(20)
    text = pandas.Series(mixed.astype(str)).str.zfill(14)
    mail = "a" + text.str[-6:] + ".smith@post.example"
    name = "Ana M. Muster" + text.str[-4:]
    day = pandas.Timestamp("1970-01-01") + pandas.to_timedelta(mixed % 20000, unit="D")
    number = pandas.Series((mixed % 120).astype("int64"))
    country = pandas.Series(numpy.array(["de", "fr", "us", "eu"])[mixed % 4])
    return pandas.DataFrame({
        "mail": mail, "mail2": mail, "name": name, "name2": name, "phone": "+49301" + text.str[-6:], "nick": name, "note": name,
        "card": "4111" + text.str[-12:], "zip": text.str[-5:], "country": country, "day": day, "time": day + pandas.Timedelta(12345, "us"),
        "age": number, "count": number, "raw1": number, "raw2": number, "raw3": name, "raw4": country, "raw5": day, "raw6": day})


SQL = """
SELECT left(sha256('secret' || mail), 32) AS mail, left(sha256('secret' || mail2), 32) AS mail2, NULL AS name, NULL AS name2,
  repeat('*', greatest(length(phone) - 4, 0)) || right(phone, 4) AS phone,
  regexp_replace(regexp_replace(regexp_replace(nick, '[A-Z]', 'X', 'g'), '[a-z]', 'x', 'g'), '[0-9]', '0', 'g') AS nick,
  'XXXXXXXX' AS note, left(card, 6) || repeat('*', greatest(length(card) - 10, 0)) || right(card, 4) AS card,
  CASE WHEN left(zip, 3) IN ({small}) THEN '000' ELSE left(zip, 3) END AS zip,
  CASE country WHEN 'us' THEN 'us' ELSE 'eu' END AS country, date_trunc('year', day) AS day, date_trunc('month', time) AS time,
  least(greatest(age, 0), 90) AS age, round(count, -1) AS count, raw1, raw2, raw3, raw4, raw5, raw6
FROM t"""


def by_duckdb(frame):
    con = duckdb.connect(config={"threads": 1})
    con.execute("CREATE TABLE t AS SELECT * FROM frame")
    query = SQL.format(small=", ".join(f"'{s}'" for s in SMALL))
    return lambda: con.execute(f"CREATE OR REPLACE TABLE out AS {query}")


def digest(value):
    return hashlib.blake2b(value.encode(), digest_size=16, key=b"secret").hexdigest()


def by_pandas(f):
    def work():
        out = pandas.DataFrame({"mail": f.mail.map(digest), "mail2": f.mail2.map(digest)})
        out["name"] = out["name2"] = None
        out["phone"] = f.phone.str[:-4].str.replace(".", "*", regex=True) + f.phone.str[-4:]
        out["nick"] = f.nick.str.replace("[A-Z]", "X", regex=True).str.replace("[a-z]", "x", regex=True).str.replace("[0-9]", "0", regex=True)
        out["note"] = "XXXXXXXX"
        out["card"] = f.card.str[:6] + f.card.str[6:-4].str.replace(".", "*", regex=True) + f.card.str[-4:]
        area = f.zip.str[:3]
        out["zip"] = area.where(~area.isin(SMALL), "000")
        out["country"] = f.country.map(TREE)
        out["day"] = f.day.dt.to_period("Y").dt.start_time
        out["time"] = f.time.dt.to_period("M").dt.start_time
        out["age"] = f.age.clip(0, 90)
        out["count"] = f["count"].round(-1)
        for raw in ("raw1", "raw2", "raw3", "raw4", "raw5", "raw6"):
            out[raw] = f[raw]
        return out
    return work


def best(work, rows):
    least = None
    for _ in range(3):
        start = time.process_time()
        work()
        spent = time.process_time() - start
        least = spent if least is None else min(least, spent)
    return rows / least / 1e6


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    for distinct, what in ((rows, "values of their own"), (200, "200 values that come again")):
        frame = table(rows, distinct)
        print(f"  duckdb {duckdb.__version__}, one thread, {what:<30} {best(by_duckdb(frame), rows):8.2f} million rows a second")
        print(f"  pandas {pandas.__version__}, {what:<42} {best(by_pandas(frame), rows):8.2f} million rows a second", flush=True)


main()
