#!/usr/bin/env python3
"""Writes tests/hostile/state/: state files that each differ from a good one in one thing, and expected.tsv.

    python3 tests/support/hostile_states.py

The same bytes at every run. But for those whose names begin with `check`, the check is right: a damaged file is
found by it, and here is what somebody wrote who can compute it."""

import hashlib
import pathlib

FOLDER = pathlib.Path("tests/hostile/state")
rows = []


def digest(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def put(name, code, why, data):
    (FOLDER / (name + ".state")).write_bytes(data)
    rows.append(f"{name}.state\t{code}\t{why}\n")


def add(name, code, why, body, form="v1"):
    body = body if isinstance(body, bytes) else body.encode()
    put(name, code, why, f"edict-state/{form}\ncheck {digest(body)}\n".encode() + body)


A, B = digest(b"a"), digest(b"b")
TIME, NONE, ROOT = "time 2026-11-20T10:00:00Z\n", "root -\n", f"root 3 {A}\n"
F, S = f"bundle 42 {A} eu.example federal\n", f"bundle 7 {B} eu.example/sales domain sales\n"
T = f"bundle 1 {B} eu.example table federal.vocabulary.holds\n"
DOC = "document 5\nabcd\n"
GOOD = TIME + ROOT + F + T + S + DOC

FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.state"):
    old.unlink()
add("good", "OK", "the state that all others differ from", GOOD)
add("least", "OK", "a state that has seen nothing but the time", TIME + NONE)
add("two-documents", "OK", "two roots that followed", TIME + ROOT + DOC + DOC)
add("never", "OK", "the first second that there is", TIME.replace("2026-11-20T10", "1970-01-01T00") + NONE)
put("empty", "R0240", "no bytes", b"")
put("another-format", "R0240", "a version that is not known", f"edict-state/v3\ncheck {digest(GOOD.encode())}\n{GOOD}".encode())
put("no-check", "R0240", "a state without its check", f"edict-state/v1\n{GOOD}".encode())
put("check-other", "R0240", "a check of another state", f"edict-state/v1\ncheck {A}\n{GOOD}".encode())
put("check-short", "R0240", "a check of 31 bytes", f"edict-state/v1\ncheck {A[:62]}\n{GOOD}".encode())
put("check-upper", "R0240", "a check in capitals", f"edict-state/v1\ncheck {digest(GOOD.encode()).upper()}\n{GOOD}".encode())
put("check-alone", "R0240", "nothing after the check", f"edict-state/v1\ncheck {digest(b'')}\n".encode())
put("bom", "R0240", "a byte order mark", b"\xef\xbb\xbfedict-state/v1\n")
add("crlf", "R0240", "line ends of another system", GOOD.replace("\n", "\r\n"))
add("no-time", "R0240", "no time", NONE)
add("time-date", "R0240", "a day and no time", TIME.replace("T10:00:00Z", "") + NONE)
add("time-fraction", "R0240", "a time with a fraction", TIME.replace("00Z", "00.5Z") + NONE)
add("time-year-10000", "R0240", "a time beyond the calendar", TIME.replace("2026", "10000") + NONE)
add("no-root", "R0240", "no line of a root", TIME + F)
add("root-zero", "R0240", "a root below all versions", TIME + f"root 0 {A}\n")
add("root-overflow", "R0240", "a version that is no number any more", TIME + f"root 18446744073709551616 {A}\n")
add("root-no-digest", "R0240", "a root without its digest", TIME + "root 3\n")
add("root-more", "R0240", "more than a digest", TIME + f"root 3 {A} x\n")
add("root-twice", "R0240", "two roots", TIME + ROOT + ROOT)
add("bundle-zero", "R0240", "a bundle below all versions", TIME + NONE + F.replace("42", "0"))
add("bundle-padded", "R0240", "a number in a second form", TIME + NONE + F.replace("42", "042"))
add("bundle-negative", "R0240", "a version below zero", TIME + NONE + F.replace("42", "-42"))
add("bundle-twice", "R0240", "two floors of one bundle", TIME + NONE + F + F.replace("42", "1"))
add("bundle-unsorted", "R0240", "floors out of order", TIME + NONE + S + F)
add("bundle-no-layer", "R0240", "a bundle of no layer", TIME + NONE + F.replace(" federal", ""))
add("bundle-other-layer", "R0240", "a layer that there is not", TIME + NONE + F.replace(" federal", " global"))
add("bundle-domain-federal", "R0240", "the federation as a domain", TIME + NONE + S.replace("domain sales", "domain federal"))
add("bundle-climbs", "R0240", "a name that climbs", TIME + NONE + F.replace("eu.example", "../eu.example"))
add("bundle-upper", "R0240", "a name in capitals", TIME + NONE + F.replace("eu.example", "EU.example"))
add("bundle-no-name", "R0240", "no name", TIME + NONE + f"bundle 42 {A}\n")
add("bundle-two-blanks", "R0240", "two blanks between words", TIME + NONE + F.replace(" eu", "  eu"))
add("bundle-after-document", "R0240", "a bundle behind a document", TIME + ROOT + DOC + F)
add("document-under-none", "R0240", "a root that followed none", TIME + NONE + DOC)
add("document-beyond", "R0240", "a document that reaches beyond the end", TIME + ROOT + "document 6\nabcd\n")
add("document-huge", "R0240", "a length that overflows when it is added", TIME + ROOT + "document 18446744073709551615\nabcd\n")
add("document-zero", "R0240", "a document of no bytes", TIME + ROOT + "document 0\n")
add("document-short", "R0240", "bytes behind the last document", TIME + ROOT + "document 4\nabcd\n")
add("no-line-end", "R0240", "the last line does not end", (TIME + NONE + F)[:-1])
add("comment", "R0240", "a comment", TIME + NONE + "# mine\n")
add("nul", "R0240", "a NUL in a name", (TIME + NONE + F).replace("eu.example", "eu\0example"))
LOW, HIGH = f"keyring 3 {min(A, B)}\n", f"keyring 18446744073709551615 {max(A, B)}\n"
add("keyrings", "OK", "keyrings of two federations", TIME + ROOT + LOW + HIGH + F + DOC, "v2")
add("keyring-first-form", "R0240", "a keyring in the form that has none", TIME + NONE + LOW)
add("keyring-none", "R0240", "the form that has keyrings, and none of them", TIME + NONE + F, "v2")
add("keyring-zero", "R0240", "a keyring below all versions", TIME + NONE + LOW.replace("3", "0", 1), "v2")
add("keyring-overflow", "R0240", "a version that is no number any more", TIME + NONE + LOW.replace("3", "18446744073709551616", 1), "v2")
add("keyring-more", "R0240", "more than a digest", TIME + NONE + LOW.replace("\n", " x\n"), "v2")
add("keyring-no-digest", "R0240", "a keyring of nobody", TIME + NONE + "keyring 3\n", "v2")
add("keyring-twice", "R0240", "two floors of one keyring", TIME + NONE + LOW + LOW.replace("3", "4", 1), "v2")
add("keyring-unsorted", "R0240", "keyrings out of order", TIME + NONE + HIGH + LOW, "v2")
add("keyring-after-bundle", "R0240", "a keyring behind a bundle", TIME + NONE + F + LOW, "v2")
add("keyrings-65", "R0240", "one keyring too many", TIME + NONE + "".join(f"keyring 1 {i:064x}\n" for i in range(65)), "v2")
add("keyrings-64", "OK", "as many keyrings as there may be", TIME + NONE + "".join(f"keyring 1 {i:064x}\n" for i in range(64)), "v2")
(FOLDER / "expected.tsv").write_text("".join(rows))
