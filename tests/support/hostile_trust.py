#!/usr/bin/env python3
"""Writes tests/hostile/trust/: trust stores that each differ from a good one in one thing, and expected.tsv.

    python3 tests/support/hostile_trust.py

The same bytes at every run. Keys are digests of their number: a store is read without using them."""

import base64
import hashlib
import pathlib

FOLDER = pathlib.Path("tests/hostile/trust")
HEAD = "edict-trust/v1\n"
rows = []


def add(name, code, why, text):
    data = text if isinstance(text, bytes) else text.encode()
    (FOLDER / (name + ".trust")).write_bytes(data)
    rows.append(f"{name}.trust\t{code}\t{why}\n")


def public(number):
    return hashlib.sha256(b"key %d" % number).digest()


def key(name, number, algorithm=1, hint=None, raw=None):
    raw = bytes([algorithm]) + public(number) if raw is None else raw
    hint = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] if hint is None else hint
    return f"{name}+{hint}+{base64.b64encode(raw).decode()}"


A, B, C = key("eu.example-a", 1), key("eu.example/sales-a", 2), key("orders-log-1", 3)
GOOD = f"{HEAD}federal eu.example {A}\ndomain sales eu.example/sales {B}\nlog {C}\n"


def line(name, code, why, text):
    add(name, code, why, HEAD + text + "\n")


FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.trust"):
    old.unlink()
add("good", "OK", "the store that all others differ from", GOOD)
add("nobody", "OK", "a store that trusts nobody", HEAD)
add("no-line-end", "OK", "the last line does not end", GOOD[:-1])
add("comments", "OK", "comments, blank lines, blanks and tabs", f"{HEAD}\n# a\n \t\n  federal \t eu.example   {A}  \n")
line("several-for-one", "OK", "several keys for one role", f"federal eu.example {A}\nfederal eu.example {B}")
line("name-128", "OK", "the longest name of a bundle", f"federal {'x' * 128} {A}")
line("many-4096", "OK", "as many keys as are allowed", "\n".join(f"log {key('l', n)}" for n in range(4096)))
line("many-4097", "R0203", "one key too many", "\n".join(f"log {key('l', n)}" for n in range(4097)))
add("empty", "R0200", "no bytes", "")
add("head-alone-without-end", "OK", "a head without a line end", HEAD[:-1])
add("another-version", "R0200", "a version that is not known", GOOD.replace("/v1", "/v2"))
add("version-blank", "R0200", "a blank after the version", GOOD.replace("/v1", "/v1 "))
add("crlf", "R0200", "line ends of another system", GOOD.replace("\n", "\r\n"))
add("bom", "R0200", "a byte order mark", "\ufeff" + GOOD)
add("utf16", "R0200", "another encoding", GOOD.encode("utf-16"))
add("nul-before", "R0200", "a NUL before the head", "\0" + GOOD)
add("pem", "R0200", "a PEM file", "-----BEGIN PUBLIC KEY-----\n")
line("word", "R0200", "no statement", f"trust eu.example {A}")
line("upper", "R0200", "a statement in capitals", f"FEDERAL eu.example {A}")
line("nul-in-word", "R0200", "a NUL in a statement", f"federal\0 eu.example {A}")
line("root", "R0200", "a role of a later version", f"root {A}")
line("federal-without-name", "R0200", "no name of a bundle", f"federal {A}")
line("federal-without-key", "R0200", "no key", "federal eu.example")
line("federal-two-keys", "R0200", "two keys on a line", f"federal eu.example {A} {B}")
line("federal-comment", "R0200", "a comment after a statement", f"federal eu.example {A} # mine")
line("domain-without-domain", "R0200", "no domain", f"domain eu.example/sales {B}")
line("domain-federal", "R0200", "the federation as a domain", f"domain federal eu.example/sales {B}")
line("domain-slash", "R0200", "a slash in a domain's name", f"domain sales/shop eu.example/sales {B}")
line("domain-129", "R0200", "a domain's name that is too long", f"domain {'x' * 129} eu.example/sales {B}")
line("domain-hidden", "R0200", "a letter that cannot be seen", f"domain sa\u200bles eu.example/sales {B}")
line("bundle-upper", "R0200", "a bundle's name in capitals", f"federal EU.example {A}")
line("bundle-up", "R0200", "a bundle's name that climbs", f"federal ../eu.example {A}")
line("bundle-empty-part", "R0200", "a bundle's name with an empty part", f"federal eu.example//a {A}")
line("bundle-129", "R0200", "one past the longest name", f"federal {'x' * 129} {A}")
line("log-with-name", "R0200", "a log with the name of a bundle", f"log eu.example {C}")
line("key-no-parts", "R0201", "a key without hint and bytes", "log orders-log-1")
line("key-bad-hint", "R0201", "a hint of another key", f"log {key('orders-log-1', 3, hint='00000000')}")
line("key-hint-upper", "R0201", "a hint in capitals", f"log {key('orders-log-1', 3, hint='ABCDEF01')}")
line("key-hint-short", "R0201", "a hint of 7 digits", f"log {key('orders-log-1', 3, hint='abcdef0')}")
line("key-other-name", "R0201", "a key under another name", f"log {C.replace('orders', 'Orders')}")
line("key-algorithm", "R0201", "a key of another algorithm", f"log {key('orders-log-1', 3, algorithm=2)}")
line("key-short", "R0201", "31 bytes of a key", f"log {key('l', 3, raw=bytes([1]) + public(3)[:31])}")
line("key-long", "R0201", "33 bytes of a key", f"log {key('l', 3, raw=bytes([1]) + public(3) + b'x')}")
line("key-empty", "R0201", "no bytes of a key", f"log {key('l', 3, raw=b'')}")
line("key-not-padded", "R0201", "base64 without its padding", f"log {key('l', 3, raw=bytes([1]) + public(3) + b'xx').rstrip('=')}")
line("key-base64url", "R0201", "base64 of another alphabet", f"log {C[:23]}+{C[24:].replace('/', '_').replace('+', '-')}_")
line("key-spare-bits", "R0201", "spare bits that are not zero", f"log {key('l', 3, raw=bytes([1]) + public(3)[:31])[:-2]}9=")
line("key-no-name", "R0201", "a key without a name", f"log {key('', 3)}")
line("key-secret", "R0200", "a secret key", "edict-secret-key/v1 a " + base64.b64encode(public(1) * 2).decode())
line("twice", "R0202", "the same line twice", f"federal eu.example {A}\nfederal eu.example {A}")
line("two-roles", "R0202", "one key for a bundle and for logs", f"federal eu.example {A}\nlog {A}")
line("two-names", "R0202", "one key under two names", f"federal eu.example {key('a', 1)}\nfederal eu.example {key('b', 1)}")
line("two-domains", "R0202", "one key for two domains", f"domain sales eu.example/sales {B}\ndomain shop eu.example/shop {B}")
F2 = f"federal eu.example {A}\nfederal eu.example {B}\n"
line("threshold", "OK", "two of two keys", F2 + "threshold federal eu.example 2")
line("threshold-first", "OK", "a threshold before its keys, in a line with tabs", "threshold\tfederal eu.example  2\n" + F2)
line("threshold-domain", "OK", "a threshold of a domain", f"domain sales eu.example/sales {B}\nthreshold domain sales eu.example/sales 1")
line("threshold-zero", "R0204", "a threshold that believes everybody", F2 + "threshold federal eu.example 0")
line("threshold-above", "R0204", "more than there are keys", F2 + "threshold federal eu.example 3")
line("threshold-wraps", "R0204", "a threshold that would wrap to a small one", F2 + "threshold federal eu.example 4294967297")
line("threshold-twice", "R0204", "two thresholds for one role", F2 + "threshold federal eu.example 2\nthreshold federal eu.example 1")
line("threshold-other", "R0204", "a threshold of a bundle that nobody signs", F2 + "threshold federal us.example 1")
line("threshold-alone", "R0200", "a threshold of nothing", F2 + "threshold")
line("threshold-no-number", "R0200", "a threshold without its number", F2 + "threshold federal eu.example")
line("threshold-word", "R0200", "a threshold in words", F2 + "threshold federal eu.example two")
line("threshold-padded", "R0200", "a threshold in a second form", F2 + "threshold federal eu.example 02")
line("threshold-overflow", "R0200", "a threshold that is no number any more", F2 + "threshold federal eu.example 18446744073709551616")
line("threshold-log", "R0200", "a threshold of logs", f"log {C}\nthreshold log 1")
line("threshold-root", "R0200", "a threshold of a root's keys", F2 + "threshold root 1")
line("threshold-key", "R0200", "a key in the place of the number's words", f"threshold federal eu.example {A} 1")
line("second-line-bad", "R0200", "a good line before a bad one", f"federal eu.example {A}\nnonsense")
(FOLDER / "expected.tsv").write_text("".join(rows))
