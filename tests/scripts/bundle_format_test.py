#!/usr/bin/env python3
"""Bundle format: docs/bundle-format.md has the tables of the sources, and a reader written from it
alone reads what the library wrote.

In: the .def lists and program.h, the document, bundles and programs of tests/hostile/ whose manifest
says OK. `--write` puts the tables of the sources into the document. The reader at the end knows the
document's text and nothing of the library."""

import base64
import hashlib
import re
import struct
import sys

DOCUMENT = "docs/bundle-format.md"
BUNDLE = "runtime/bundle/"
SIZES = {"edi_ref": 8, "edi_range": 8, "uint32_t": 4, "int32_t": 4, "int64_t": 8, "uint8_t": 1, "edi_type": 4}
SHOWN = {"edi_ref": "text", "edi_range": "range", "uint32_t": "u32", "int32_t": "i32", "int64_t": "i64",
         "uint8_t": "u8", "edi_type": "type"}
LIMITS = ["BUNDLE_FILE", "BUNDLE_FILES", "MANIFEST", "SIGNATURES", "NOTE_SIGNATURES", "TRUST_FILE", "TRUST_KEYS",
          "TABLE_FILE", "TABLE_COLUMNS", "EXPRESSION_DEPTH", "CODE_ATTRS", "CODE_REGISTERS", "CODE_INSTRS", "RULE_COST", "RULES",
          "OBLIGATION_PARAMETERS", "RULE_OBLIGATIONS", "RULE_EXEMPTS", "GROUP", "RESOURCES", "NAME", "EXTERNAL_NAME", "STRING",
          "PATTERN", "PATTERNS", "SET_MEMBERS", "COLUMNS"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell(str(c)) for c in row) + " |" for row in rows]) + "\n"


# ---- the lists of the sources ----

def entries(name, word):
    """Each WORD(...) of a list: its arguments as written, and the comment after it."""
    text = read(BUNDLE + name)
    text = text[text.index("*/") + 2:]
    for match in re.finditer(rf"^{word}\((.*)\)[ \t]*(?:/\* (.*) \*/)?$", text, re.M):
        arguments = re.findall(r'"(?:\\.|[^"\\])*"|[^,\s][^,]*', match.group(1))
        yield [a.strip() for a in arguments], match.group(2) or ""


def plain(argument):
    return argument[1:-1].replace('\\"', '"') if argument.startswith('"') else argument


def records():
    """Section name, record type, fields: (offset, bytes, name, type, meaning), bytes of a record."""
    header = read(BUNDLE + "program.h")
    structs = {}
    for match in re.finditer(r"typedef struct (edi_\w+) \{(.*?)\} \1;", header, re.S):
        body, fields, offset = match.group(2), [], 0
        for line in re.finditer(r"(\w+) ([\w, ]+);[ \t]*(?:/\*(.*?)\*/)?", body, re.S):
            for name in line.group(2).split(","):
                size = SIZES.get(line.group(1))
                if size is None:
                    break
                fields.append((offset, size, name.strip(), SHOWN[line.group(1)], line.group(3) or ""))
                offset += size
        structs[match.group(1)] = (fields, offset)
    sections = re.findall(r"SECTION\((\w+), (\w+), (\w+)\)", header[header.index("#define EDI_SECTIONS"):])
    for number, (name, kind, _) in enumerate(sections[:sections.index(("STRINGS", "char", "strings")) + 1]):
        fields, size = structs.get(kind, ([], {"uint32_t": 4, "char": 1}.get(kind)))
        yield number, name, fields, size


def constants():
    """Flags and numbers of program.h: #define NAME 4u, and enums that no list fills."""
    header = read(BUNDLE + "program.h")
    found = [(name, int(value, 0)) for name, value in
             re.findall(r"^#define (EDI_[A-Z_0-9]+) (0x[0-9A-F]+|\d+)u?\b", header, re.M)]
    for body in re.findall(r"enum(?: \w+)? \{([^}#]*)\}", header):
        value = -1
        for item in filter(None, (i.strip() for i in body.split(","))):
            name, _, given = (part.strip() for part in item.partition("="))
            value = int(given) if given else value + 1
            found.append((name, value))
    return found


def tables():
    found = {"constants": table(["name", "value"], constants())}
    found["sections"] = table(["number", "section", "bytes of a record"],
                              [(number, name, size) for number, name, _, size in records()])
    for _, name, fields, _ in records():
        if fields:
            found[f"record {name}"] = table(["at", "bytes", "field", "type", "meaning"], fields)
    found["types"] = table(["number", "type", "ordered", ""],
                           [(a[1], plain(a[2]), "yes" if a[3] == "1" else "no", c) for a, c in entries("types.def", "TYPE")])
    found["algorithms"] = table(["bit", "algorithm", "keys", "curve"],
                                [(a[1], plain(a[2]), {"RSA": "RSA", "PSS": "RSA", "ECDSA": "EC", "EDDSA": "OKP", "HMAC": "oct"}[a[3]], plain(a[4]))
                                 for a, _ in entries("algorithms.def", "ALGORITHM")])
    found["effects"] = table(["number", "effect", "opens"],
                             [(a[1], plain(a[2]), "yes" if a[3] == "1" else "no") for a, _ in entries("effects.def", "EFFECT")])
    found["guards"] = table(["number", "test", "for bounds", "what is needed"],
                            [(a[1], a[0], "yes" if "between" in a[4] else "", plain(a[4])) for a, _ in entries("guards.def", "GUARD")])
    found["transforms"] = table(["number", "transform", "keyed", "fits", "parameters"],
                                [(a[1], plain(a[2]), "yes" if a[3] == "K" else "no", plain(a[4]), plain(a[5]))
                                 for a, _ in entries("transforms.def", "TRANSFORM")])
    found["builtins"] = table(["owner", "name", "type", "parameter", "may be declared"],
                              [(a[0].lower(), plain(a[1]), ("set of " if a[3] == "1" else "") + a[2].lower(), plain(a[4]),
                                "yes" if a[5] == "1" else "no") for a, _ in entries("builtins.def", "BUILTIN")])
    found["opcodes"] = table(["number", "instruction", "dst", "a", "b", "imm", "cost", "meaning"],
                             [(n, a[0], *("" if f == "NONE" else f for f in a[1:5]), a[5], c)
                              for n, (a, c) in enumerate(entries("opcodes.def", "OP"))])
    limits = {a[0]: a for a, _ in entries("limits.def", "LIMIT")}
    found["limits"] = table(["limit", "at most"], [(plain(limits[n][2]), f"{eval(limits[n][1]):,}") for n in LIMITS])
    return found


def block(name):
    return re.compile(rf"(<!-- {re.escape(name)} -->\n)(.*?)(?=\n\n|\n?\Z)", re.S)


def write():
    document = read(DOCUMENT)
    for name, text in tables().items():
        document = block(name).sub(lambda m: m.group(1) + text.rstrip("\n"), document)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(document)


# ---- a reader from the document ----

def read_bundle(data):
    """The container and its manifest; each file by name, its digest checked."""
    magic, form, manifest, signatures, zero, total = struct.unpack_from("<8sIIIIQ", data)
    assert magic == b"EDICTBDL" and form == 1 and zero == 0 and total == len(data) and not any(data[32:64])
    text = data[64:64 + manifest].decode("ascii")
    lines = text.split("\n")
    assert lines[0] == "edict-bundle/v1" and lines[-1] == ""
    words = [line.split(" ")[0] for line in lines[1:-1]]
    fixed = "name layer version prev created not-before expires on-expiry semantics format cost parent".split()
    assert words[:12] == fixed and set(words[12:]) == {"file"}
    at, files = 64 + manifest + signatures, {}
    for line in lines[13:-1]:
        _, size, digest, name = line.split(" ")
        begin = (at + 63) // 64 * 64
        assert not any(data[at:begin])
        files[name] = data[begin:begin + int(size)]
        assert hashlib.blake2b(files[name], digest_size=32).hexdigest() == digest
        at = begin + int(size)
    assert at == len(data) and list(files) == sorted(files)
    note = data[64 + manifest:64 + manifest + signatures].decode("utf-8")
    assert note.startswith("\n\u2014 ") and note.endswith("\n")
    for line in note[1:-1].split("\n"):
        dash, name, raw = line.split(" ")
        assert dash == "\u2014" and name and len(base64.b64decode(raw, validate=True)) == 68
    return dict(line.split(" ", 1) for line in lines[1:13]), files


FORMATS = {"text": "II", "range": "II", "u32": "I", "i32": "i", "i64": "q", "u8": "B", "type": "I"}


class Columns:
    """Packed records, read one after the other."""

    def __init__(self, data, at):
        self.data, self.at = data, at

    def number(self, count):
        self.at += count
        return int.from_bytes(self.data[self.at - count:self.at], "little")

    def block(self, count, before):
        head = self.number(1)
        width, steps, common = head & 7, head & 8, head >> 4
        assert width <= 4 and common <= 4
        base, values = self.number(common), []
        for _ in range(count):
            before = (self.number(width) + base + (before if steps else 0)) % 2 ** 32
            values.append(before)
        return values

    def records(self, count, columns):
        found, before = [], [0] * columns
        for done in range(0, count, 128):
            block = [self.block(min(128, count - done), b) for b in before]
            before = [column[-1] for column in block]
            found += zip(*block)
        return found


def read_codes(columns, count, shape_count, instr_count):
    """The records of CODES and of INSTRS."""
    shapes, instrs, own, at = columns.records(shape_count, 5), columns.records(instr_count, 5), [], 0
    for shape in shapes:
        own.append(instrs[at:at + shape[0]])
        at += shape[0]
    assert at == instr_count
    of = [shape for shape, in columns.records(count, 1)]
    constants = iter(columns.records(sum(i[0] == 1 for shape in of for i in own[shape]), 1))
    codes, found = b"", b""
    for shape in of:
        codes += struct.pack("<6I", len(found) // 8, *shapes[shape])
        for op, dst, a, b, imm in own[shape]:
            found += struct.pack("<4BI", op, dst, a, b, next(constants)[0] if op == 1 else imm)
    return codes, found


def unpack(data, rows):
    """The bytes of each section's records, by its name."""
    magic, form, sections, length = struct.unpack_from("<8sIIQ", data)
    assert magic == b"EDICTPRG" and form == 2 and length == len(data) and sections == len(rows)
    *counts, shapes, instrs = struct.unpack_from(f"<{sections + 2}I", data, 24)
    columns, found = Columns(data, 32 + 4 * sections), {}
    counts = dict(zip((name for _, name, _ in rows), counts))
    found["CODES"], found["INSTRS"] = read_codes(columns, counts["CODES"], shapes, instrs)
    assert len(found["INSTRS"]) == 8 * counts["INSTRS"]
    for _, name, size in rows:
        if name not in ("CODES", "INSTRS", "STRINGS"):
            records = columns.records(counts[name], int(size.strip(" |")) // 4)
            found[name] = b"".join(struct.pack(f"<{len(r)}I", *r) for r in records)
    found["STRINGS"] = data[columns.at:]
    assert len(found["STRINGS"]) == counts["STRINGS"]
    return found


def read_program(data, document):
    """Sections as lists of records, each a dictionary, by the tables of the document."""
    rows = [line.split(" | ") for line in block("sections").search(document).group(2).split("\n")[2:]]
    packed, sections = unpack(data, rows), {}
    for _, name, size in rows:
        fields = block(f"record {name}").search(document)
        fields = [line.strip("| ").split(" | ") for line in fields.group(2).split("\n")[2:]] if fields else []
        if not fields:
            sections[name] = packed[name]
            continue
        sections[name] = []
        for at in range(0, len(packed[name]), int(size.strip(" |"))):
            record = {}
            for where, _, field, kind, *_ in fields:
                values = struct.unpack_from("<" + FORMATS[kind.strip(" |")], packed[name], at + int(where))
                record[field] = values if len(values) > 1 else values[0]
            sections[name].append(record)
    return sections


def names(sections, section):
    strings = sections["STRINGS"]
    return [strings[off:off + length].decode("utf-8") for off, length in (r["name"] for r in sections[section])]


def check_reader(document):
    for layer in ("federal", "domain"):
        with open(f"tests/hostile/bundle/good-{layer}.edb", "rb") as file:
            values, files = read_bundle(file.read())
        assert values["layer"] == ("federal" if layer == "federal" else "domain sales")
        sections = read_program(files["program"], document)
        listing = read(f"tests/golden/program/{layer}.txt")
        listed = re.findall(r"^(?:shadow )?rule (\S+) at", listing, re.M)
        assert names(sections, "RULES") == listed, (names(sections, "RULES"), listed)
        assert names(sections, "COLUMNS") == re.findall(r"^    column (\S+):", listing, re.M)
        assert len(sections["INSTRS"]) == len(re.findall(r"^ +\d+  [A-Z]", listing, re.M))
        lists = struct.unpack(f"<{len(sections['LISTS']) // 4}I", sections["LISTS"])
        filed = [rule for b in sections["BRANCHES"] for rule in lists[b["rules"][0]:sum(b["rules"])]]
        assert sorted(filed) == list(range(len(listed))) and sections["BRANCHES"][0]["end"] == len(sections["BRANCHES"])
        assert sections["SETTINGS"][0]["cost"] == int(re.search(r"cost (\d+)", listing).group(1))


def check_table():
    with open("tests/hostile/tablefile/good.tab", "rb") as file:
        data = file.read()
    magic, form, keys, values, zero, rows, heap = struct.unpack_from("<8sIIIIQQ", data)
    places, = struct.unpack_from("<Q", data, 56)
    assert magic == b"EDICTTAB" and form == 4 and zero == 0
    columns = keys + values
    at = (64 + 8 * columns + 63) // 64 * 64
    start, seen, cursor = at + 16 * columns * places, [], 0
    assert start + heap == len(data) and not any(data[64 + 8 * columns:at])
    for place in range(places):
        row = data[at + 16 * columns * place:at + 16 * columns * (place + 1)]
        if not any(row):
            continue
        texts = []
        for c in range(keys):
            first, length, value = struct.unpack_from("<IIQ", row, 16 * c)
            if first & 255 == 3:
                texts.append(row[16 * c + 4:16 * c + 4 + (first >> 8)].decode("utf-8"))
                continue
            assert first == 2 and value & (1 << 48) - 1 == cursor
            texts.append(data[start + cursor:start + cursor + length].decode("utf-8"))
            cursor += length
        seen.append(texts)
    assert len(seen) == rows and cursor == heap and not any(data[start - 16 * columns:start])
    assert ["person-number-1", "support"] in seen # the hash itself: tests/support/hostile_tables.py writes it


def main():
    if sys.argv[1:] == ["--write"]:
        return write()
    document, results = read(DOCUMENT), {True: 0, False: 0}
    checks = {f"table of {name}": lambda n=name, t=text: compare(document, n, t) for name, text in tables().items()}
    checks["a reader of bundles and programs"] = lambda: check_reader(document)
    checks["a reader of table data"] = check_table
    for name, check in checks.items():
        try:
            check()
            good = True
        except (AssertionError, ValueError, KeyError, OSError, struct.error) as error:
            good = False
            print(f"# {type(error).__name__}: {error}")
        results[good] += 1
        print(f"{'ok' if good else 'not ok'} {name}")
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return 1 if results[False] else 0


def compare(document, name, text):
    found = block(name).search(document)
    assert found, "the document has no such table"
    assert found.group(2).rstrip("\n") == text.rstrip("\n"), "the document's table is not that of the sources (--write)"


if __name__ == "__main__":
    sys.exit(main())
