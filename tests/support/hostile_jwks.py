#!/usr/bin/env python3
"""Writes tests/hostile/jwks/: key sets that each differ from a good one in one thing, and expected.tsv.

    python3 tests/support/hostile_jwks.py

The good one is tests/keys/corp.jwks.json. The same bytes at every run."""

import base64
import json
import pathlib

FOLDER = pathlib.Path("tests/hostile/jwks")
RSA, EC, ENC = json.loads(pathlib.Path("tests/keys/corp.jwks.json").read_text())["keys"]
rows = []


def add(name, code, why, content):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (FOLDER / (name + ".json")).write_bytes(data)
    rows.append(f"{name}.json\t{code}\t{why}\n")


def key(name, code, why, base, changes=None, drop=()):
    add(name, code, why, {"keys": [{k: v for k, v in {**base, **(changes or {})}.items() if k not in drop}]})


def number(value):
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def guessable():
    """2048 bits that are a power of 65537 modulo each of the first 126 primes, as keys of CVE-2017-15361 are."""
    product = 1
    for p in range(2, 702):
        if all(p % d for d in range(2, p)):
            product *= p
    return (2**2047 // product + 1) * product + pow(65537, 12345, product)


FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.json"):
    old.unlink()
add("good", "OK", "the set that all others differ from", {"keys": [RSA, EC, ENC]})
add("good-64-keys", "OK", "as many keys as are allowed", {"keys": [{**EC, "kid": f"k{i}"} for i in range(64)]})
add("many-65-keys", "R0330", "one key too many", {"keys": [{**EC, "kid": f"k{i}"} for i in range(65)]})
add("empty", "R0331", "no bytes", b"")
add("array", "R0331", "the keys without their object", [RSA])
add("twice-keys", "R0331", "keys twice, the first good", b'{"keys":[' + json.dumps(RSA).encode() + b'],"keys":[]}')
add("twice-kty", "R0331", "kty twice", b'{"keys":[{"kty":"RSA","kty":"oct","k":"AA"}]}')
add("not-utf8", "R0331", "a byte that is no UTF-8", b'{"keys":["\xff"]}')
add("deep", "R0331", "nested too deeply", b'{"keys":' + b"[" * 3000 + b"]" * 3000 + b"}")
add("pem", "R0331", "a PEM file", pathlib.Path("tests/keys/rsa-a.public.pem").read_bytes())
add("no-keys", "R0332", "an object of another kind", RSA)
add("keys-object", "R0332", "keys as an object", {"keys": {"a": RSA}})
add("key-number", "R0332", "a key that is a number", {"keys": [7]})
key("private-rsa", "R0333", "a private exponent", RSA, {"d": "AQAB"})
key("private-ec", "R0333", "a private scalar", EC, {"d": "AQAB"})
key("private-enc", "R0333", "a private key for encryption", ENC, {"d": "AQAB"})
add("symmetric", "R0333", "a key that whoever verifies can sign with", {"keys": [{"kty": "oct", "k": "AAAA", "alg": "HS256"}]})
add("symmetric-enc", "R0333", "the same for encryption", {"keys": [RSA, {"kty": "oct", "k": "AAAA", "use": "enc"}]})
key("okp", "R0334", "an Ed25519 key", {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
key("alg-other", "R0334", "RS512", RSA, {"alg": "RS512"})
key("alg-of-type", "R0334", "ES256 by an RSA key", RSA, {"alg": "ES256"})
key("use-other", "R0334", "a use that is none", RSA, {"use": "signature"})
key("key-ops-sign", "R0334", "may sign, not verify", RSA, {"key_ops": ["sign"]})
key("rsa-1024", "R0335", "1024 bits", RSA, {"n": RSA["n"][:171]})
key("rsa-16384", "R0335", "16384 bits", RSA, {"n": RSA["n"][:340] * 8})
key("rsa-e-one", "R0335", "an exponent of one", RSA, {"e": "AQ"})
key("rsa-e-even", "R0335", "an even exponent", RSA, {"e": "AQAA"})
key("rsa-n-padded", "R0335", "a number with a zero byte in front", RSA, {"n": "AA" + RSA["n"]})
key("rsa-n-equals", "R0335", "base64 with padding", RSA, {"n": RSA["n"] + "=="})
key("rsa-guessable", "R0335", "primes that can be found", RSA, {"n": number(guessable())})
key("rsa-no-n", "R0335", "no modulus", RSA, drop=["n"])
key("ec-off-curve", "R0335", "no point of the curve", EC, {"x": EC["y"], "y": EC["x"]})
key("ec-infinity", "R0335", "zero and zero", EC, {"x": "A" * 43, "y": "A" * 43})
key("ec-other-curve", "R0335", "P-384", EC, {"crv": "P-384"})
key("ec-short", "R0335", "31 bytes", EC, {"x": EC["x"][:41] + "A"})
add("kid-twice", "R0336", "two keys of one name", {"keys": [RSA, {**EC, "kid": RSA["kid"]}]})
key("kid-empty", "R0332", "a name of no bytes", RSA, {"kid": ""})
add("none", "R0337", "no keys", {"keys": []})
add("enc-alone", "R0337", "keys for encryption alone", {"keys": [ENC]})
(FOLDER / "expected.tsv").write_text("".join(sorted(rows)))
print(len(rows), "key sets")
