#!/usr/bin/env python3
"""Writes tests/hostile/token/: tokens that each differ from a good one in one thing, and expected.tsv.

    python3 tests/support/hostile_tokens.py build/mint-token

The good one is signed for issuer corp of tests/support/trusted.h. Every bad header and payload is signed
properly too, so that nothing but the one thing can be what refuses it. The same bytes at every run."""

import base64
import json
import pathlib
import subprocess
import sys

MINT = sys.argv[1]
FOLDER = pathlib.Path("tests/hostile/token")
NOW = 1795168800  # 2026-11-20T10:00:00Z, the time of the test
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CLAIMS = {"iss": "https://login.corp.example", "sub": "ana", "aud": "mesh", "exp": NOW + 3600, "iat": NOW - 60,
          "realm_access": {"roles": ["support"]}}
PARTNER = {"iss": "https://id.partner.example", "sub": "pia", "aud": "mesh-eu", "exp": NOW + 3600}
RS, ES = {"alg": "RS256", "typ": "JWT", "kid": "rsa-1"}, {"alg": "ES256", "typ": "JWT", "kid": "ec-1"}
rows = []


def text(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def mint(header, claims, alg="RS256", key="rsa-a.test.pem"):
    command = [MINT, "--alg", alg, "--header", text(header), "--claims", text(claims)]
    command += ["--key", "tests/keys/" + key] if alg != "none" else []
    return subprocess.run(command, check=True, capture_output=True).stdout.strip()


def es(header, claims, key="ec-a.test.pem"):
    return mint(header, claims, "ES256", key)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decode(part):
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def add(name, code, why, token):
    (FOLDER / (name + ".jwt")).write_bytes(token)
    rows.append(f"{name}.jwt\t{code}\t{why}\n")


def with_bytes(header, payload, alg="RS256"):
    """Bytes that are no text, signed by nobody: the gate refuses them before it looks."""
    return encode(header) + b"." + encode(payload) + b"." + GOOD.split(b".")[2]


def header(name, code, why, changes=None, drop=(), base=RS, raw=None):
    made = {k: v for k, v in {**base, **(changes or {})}.items() if k not in drop}
    add(name, code, why, (es if base is ES else mint)(raw or made, CLAIMS))


def payload(name, code, why, changes=None, drop=(), raw=None):
    made = {k: v for k, v in {**CLAIMS, **(changes or {})}.items() if k not in drop}
    add(name, code, why, mint(RS, raw or made))


def signature(name, code, why, change, base):
    parts = base.split(b".")
    add(name, code, why, b".".join(parts[:2] + [encode(change(decode(parts[2])))]))


def der(raw):
    def number(part):
        part = part.lstrip(b"\0")
        part = (b"\0" if part[0] >= 0x80 else b"") + part
        return b"\2" + bytes([len(part)]) + part
    body = number(raw[:32]) + number(raw[32:])
    return b"\x30" + bytes([len(body)]) + body


def good_ones():
    add("good-rs256", "OK", "the token that all others differ from", GOOD)
    add("good-es256", "OK", "the same with the other algorithm", GOOD_ES)
    add("good-partner", "OK", "another issuer, two keys, kid given", es({**ES, "kid": "p-2"}, PARTNER, "ec-c.test.pem"))
    header("good-no-kid", "OK", "one key of its algorithm needs no kid", drop=["kid"])
    header("good-no-typ", "OK", "typ may be left out", drop=["typ"])
    header("good-at-jwt", "OK", "an access token of RFC 9068", {"typ": "at+jwt"})
    header("good-at-jwt-es", "OK", "the same by ES256", {"typ": "Application/AT+JWT"}, base=ES)
    header("good-unknown-parameter", "OK", "unknown parameters are ignored as RFC 7515 says", {"x-note": [1]})
    payload("good-aud-array", "OK", "an array that holds the audience", {"aud": ["other", "mesh"]})
    payload("good-aud-first", "OK", "the audience and then another", {"aud": ["mesh", "other"]})
    payload("good-exp-within-leeway", "OK", "59 seconds past exp", {"exp": NOW - 59, "iat": NOW - 600})
    payload("good-nbf-within-leeway", "OK", "60 seconds before nbf", {"nbf": NOW + 60})
    payload("good-sub-255", "OK", "the longest subject", {"sub": "s" * 255})
    payload("good-escaped-name", "OK", "an escape in a name is the same name", raw=text(CLAIMS).replace('"iss"', '"\\u0069ss"'))
    deep = {"x": None}
    for _ in range(14):
        deep = {"x": deep}
    payload("good-depth-16", "OK", "nested as deep as allowed", {"x": deep})


def algorithms():
    header("alg-none-signed", "R0309", "none with a signature", {"alg": "none"})
    add("alg-none-empty", "R0301", "none, nothing after the second dot", mint({"alg": "none"}, CLAIMS, "none"))
    for i, word in enumerate(("None", "NONE", "nOnE", "none ")):
        header(f"alg-none-{i}", "R0309", f"none spelt {word!r}", {"alg": word})
    add("alg-hs256-public-key", "R0309", "a MAC keyed with the issuer's public key",
        mint({**RS, "alg": "HS256"}, CLAIMS, "HS256", "rsa-a.public.pem"))
    add("alg-hs256-no-kid", "R0309", "the same without kid", mint({"alg": "HS256"}, CLAIMS, "HS256", "rsa-a.public.pem"))
    add("alg-mac-under-rs256", "R0312", "a MAC that says RS256", mint(RS, CLAIMS, "HS256", "rsa-a.public.pem"))
    for i, word in enumerate(("HS384", "RS384", "RS512", "PS256", "ES384", "ES256K", "EdDSA", "rs256", "RS256 ", "")):
        header(f"alg-other-{i}", "R0309", f"alg {word!r}", {"alg": word})
    header("alg-missing", "R0309", "no alg", drop=["alg"])
    header("alg-null", "R0309", "alg null", {"alg": None})
    header("alg-array", "R0309", "alg in an array", {"alg": ["RS256"]})
    header("alg-of-other-key", "R0311", "ES256 by name, the RSA key by kid", {"alg": "ES256"})
    header("alg-in-other-case-name", "R0309", "Alg is not alg", raw='{"Alg":"RS256","kid":"rsa-1"}')
    add("alg-not-of-issuer", "R0309", "RS256 by an issuer that declares ES256 alone", mint({**RS, "kid": "p-1"}, PARTNER))


def signatures():
    def numbers(r, s):
        return lambda _: r.to_bytes(32, "big") + s.to_bytes(32, "big")
    signature("sig-psychic", "R0312", "r and s are zero", numbers(0, 0), GOOD_ES)
    signature("sig-r-zero", "R0312", "r is zero", lambda raw: bytes(32) + raw[32:], GOOD_ES)
    signature("sig-s-zero", "R0312", "s is zero", lambda raw: raw[:32] + bytes(32), GOOD_ES)
    signature("sig-r-order", "R0312", "r is the order", lambda raw: ORDER.to_bytes(32, "big") + raw[32:], GOOD_ES)
    signature("sig-s-order", "R0312", "s is the order", lambda raw: raw[:32] + ORDER.to_bytes(32, "big"), GOOD_ES)
    signature("sig-s-above-order", "R0312", "s is above the order", numbers(1, 2**256 - 1), GOOD_ES)
    signature("sig-one-one", "R0320", "r and s are one", numbers(1, 1), GOOD_ES)
    signature("sig-der", "R0312", "DER instead of r and s", der, GOOD_ES)
    signature("sig-es-short", "R0312", "63 bytes", lambda raw: raw[:63], GOOD_ES)
    signature("sig-es-long", "R0312", "65 bytes", lambda raw: raw + b"\0", GOOD_ES)
    signature("sig-swapped", "R0320", "s before r", lambda raw: raw[32:] + raw[:32], GOOD_ES)
    signature("sig-rsa-short", "R0312", "255 bytes", lambda raw: raw[:255], GOOD)
    signature("sig-rsa-long", "R0312", "257 bytes", lambda raw: b"\0" + raw, GOOD)
    signature("sig-rsa-one-byte", "R0312", "one byte", lambda raw: raw[:1], GOOD)
    signature("sig-rsa-zero", "R0320", "all zero", lambda raw: bytes(256), GOOD)
    signature("sig-rsa-one", "R0320", "the number one, a root of one", lambda raw: bytes(255) + b"\1", GOOD)
    signature("sig-rsa-ones", "R0320", "all ones, above the modulus", lambda raw: b"\xff" * 256, GOOD)
    signature("sig-bit", "R0320", "one bit turned", lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), GOOD)
    add("sig-other-rsa-key", "R0320", "signed by a key of nobody's set", mint(RS, CLAIMS, key="rsa-b.test.pem"))
    add("sig-other-ec-key", "R0320", "signed by another issuer's key", es(ES, CLAIMS, "ec-b.test.pem"))
    add("sig-wrong-key-of-set", "R0320", "kid names the set's other key", es({**ES, "kid": "p-1"}, PARTNER, "ec-c.test.pem"))
    other = mint(RS, {**CLAIMS, "sub": "bo"})
    add("sig-of-other-token", "R0320", "a good signature, of another payload", GOOD.rsplit(b".", 1)[0] + b"." + other.split(b".")[2])
    raised = encode(text({**CLAIMS, "realm_access": {"roles": ["dpo"]}}).encode())
    add("payload-changed", "R0320", "a role added after signing", GOOD.split(b".")[0] + b"." + raised + b"." + GOOD.split(b".")[2])
    add("header-changed", "R0320", "kid dropped after signing", encode(text({"alg": "RS256"}).encode()) + GOOD[GOOD.index(b"."):])


def forms():
    head, body, sig = GOOD.split(b".")
    add("part-empty", "R0301", "no bytes", b"")
    add("part-one", "R0301", "the header alone", head)
    add("part-two", "R0301", "no signature part", head + b"." + body)
    add("part-four", "R0301", "one part too many", GOOD + b"." + sig)
    add("part-five", "R0301", "five parts, as an encrypted token has", b".".join([head, sig, body, sig, sig]))
    add("part-no-header", "R0301", "nothing before the first dot", b"." + body + b"." + sig)
    add("part-no-payload", "R0301", "detached payload", head + b".." + sig)
    add("part-dots", "R0301", "dots alone", b"..")
    add("part-json", "R0301", "the flattened JSON form", text({"protected": head.decode(), "payload": body.decode(), "signature": sig.decode()}).encode())
    add("b64-header-padded", "R0302", "`=` after the header", head + b"=." + body + b"." + sig)
    add("b64-payload-padded", "R0302", "`=` after the payload", head + b"." + body + b"==." + sig)
    add("b64-signature-padded", "R0302", "`=` after the signature", GOOD + b"==")
    add("b64-standard-alphabet", "R0302", "`+` and `/`", head + b"." + body + b"." + sig.replace(b"-", b"+").replace(b"_", b"/"))
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = digits[digits.index(sig[-1]) | 1:][:1]
    add("b64-spare-bits", "R0302", "spare bits of the last digit are not zero", GOOD[:-1] + spare)
    add("b64-one-digit-left", "R0302", "a length that no bytes have", GOOD + b"AAA")
    add("b64-newline-after", "R0302", "a line feed after the token", GOOD + b"\n")
    add("b64-blank-before", "R0302", "a blank before the token", b" " + GOOD)
    add("b64-blank-inside", "R0302", "a blank within the payload", head + b"." + body[:8] + b" " + body[8:] + b"." + sig)
    add("b64-nul-inside", "R0302", "a NUL within the payload", head + b"." + body[:8] + b"\0" + body[8:] + b"." + sig)
    add("b64-nul-after", "R0302", "a NUL after the token", GOOD + b"\0")
    add("b64-bearer", "R0302", "the word Bearer before it", b"Bearer " + GOOD)
    add("b64-high-bytes", "R0302", "bytes above 127", b"\xff\xfe." + body + b"." + sig)
    add("form-truncated", "R0302", "cut in the signature", GOOD[:-2] + b"%")


def json_texts():
    good = text(CLAIMS)
    for name, why, raw in (
            ("array", "an array", "[" + good + "]"), ("string", "a string", '"x"'), ("trailing", "something after the object", good + "x"),
            ("two", "two objects", good + good), ("comment", "a comment", "/**/" + good), ("quotes", "single quotes", good.replace('"', "'")),
            ("comma", "a comma too many", good[:-1] + ",}"), ("nan", "NaN", good[:-1] + ',"x":NaN}'), ("unquoted", "a bare name", good.replace('"sub"', "sub")),
            ("leading-zero", "a number with a leading zero", good[:-1] + ',"x":01}'), ("plus", "a number with a sign", good[:-1] + ',"x":+1}'),
            ("control", "a raw control character", good.replace("ana", "an\ta")),
            ("surrogate", "half a surrogate pair", good.replace("ana", "\\ud800")), ("nul-value", "an escaped NUL in a value", good.replace("ana", "an\\u0000a")),
            ("nul-name", "an escaped NUL in a name", good[:-1] + ',"iss\\u0000x":1}'), ("huge", "a number above all", good[:-1] + ',"x":1e999}'),
            ("dup-iss", "iss twice, the second unknown", good[:-1] + ',"iss":"https://other.example"}'), ("dup-exp", "exp twice", '{"exp":1,' + good[1:]),
            ("dup-escaped", "aud twice, once escaped", good[:-1] + ',"\\u0061ud":"other"}'),
            ("dup-nested", "a claim's member twice", good.replace('"roles"', '"roles":[],"roles"')),
            ("int64", "exp is 2^63", good.replace(str(NOW + 3600), "9223372036854775808"))):
        payload("json-" + name, "R0303", why, raw=raw)
    header("json-header-dup-alg", "R0303", "alg twice", raw='{"alg":"none","alg":"RS256","kid":"rsa-1"}')
    header("json-header-dup-escaped", "R0303", "alg twice, once escaped", raw='{"alg":"RS256","kid":"rsa-1","\\u0061lg":"none"}')
    header("json-header-array", "R0303", "the header in an array", raw='[{"alg":"RS256","kid":"rsa-1"}]')
    head, body = decode(GOOD.split(b".")[0]), decode(GOOD.split(b".")[1])
    add("json-bom", "R0303", "a byte order mark", with_bytes(head, b"\xef\xbb\xbf" + body))
    add("json-utf16", "R0303", "UTF-16", with_bytes(head, body.decode().encode("utf-16-le")))
    add("json-not-utf8", "R0303", "a byte that is no UTF-8", with_bytes(head, body.replace(b"ana", b"an\xff")))
    add("json-overlong", "R0303", "an overlong form", with_bytes(head, body.replace(b"ana", b"an\xc0\xae")))
    add("json-header-not-utf8", "R0303", "the same in the header", with_bytes(head.replace(b"rsa-1", b"rsa-\xff"), body))
    payload("depth-17", "R0304", "one level too deep", raw=good[:-1] + ',"x":' + "[" * 16 + "]" * 16 + "}")
    payload("depth-5000", "R0304", "deep enough to end a stack", raw=good[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}")
    payload("depth-open", "R0304", "brackets that nobody closes", raw='{"x":' + "[" * 6000)
    header("depth-header", "R0304", "the header too deep", {"x": json.loads("[" * 17 + "]" * 17)})


def headers():
    key = json.loads(pathlib.Path("tests/keys/corp.jwks.json").read_text())["keys"][2]
    header("crit-exp", "R0305", "crit with a name we know", {"crit": ["exp"]})
    header("crit-empty", "R0305", "crit without names", {"crit": []})
    header("crit-null", "R0305", "crit null", {"crit": None})
    header("b64-false", "R0305", "an unencoded payload of RFC 7797", {"b64": False, "crit": ["b64"]})
    header("b64-alone", "R0305", "b64 without crit", {"b64": True})
    header("jku", "R0305", "a URL of keys", {"jku": "https://evil.example/keys"})
    header("x5u", "R0305", "a URL of certificates", {"x5u": "https://evil.example/cert"})
    header("x5c", "R0305", "certificates along with it", {"x5c": ["MIIB"]})
    add("jwk-embedded", "R0305", "brings its own key, and is signed by it", mint({**RS, "jwk": key}, CLAIMS, key="rsa-b.test.pem"))
    header("enc", "R0305", "says that it is encrypted", {"enc": "A256GCM"})
    header("zip", "R0305", "says that it is compressed", {"zip": "DEF"})
    for i, word in enumerate(("JOSE", "JWS", "id+jwt", "dpop+jwt", "at+jwt ", "", "application/", "text/jwt")):
        header(f"typ-{i}", "R0306", f"typ {word!r}", {"typ": word})
    header("typ-number", "R0306", "typ is a number", {"typ": 1})
    header("typ-null", "R0306", "typ null", {"typ": None})
    for i, word in enumerate(("rsa-2", "RSA-1", "rsa-1 ", "", "../../../../dev/null", "p-1", "enc-1", "' OR '1'='1", "rsa-1,ec-1")):
        header(f"kid-{i}", "R0311", f"kid {word!r}", {"kid": word})
    header("kid-number", "R0311", "kid is a number", {"kid": 1})
    header("kid-null", "R0311", "kid null", {"kid": None})
    header("kid-array", "R0311", "kid in an array", {"kid": ["rsa-1"]})
    header("kid-nul", "R0303", "kid with a NUL after it", raw='{"alg":"RS256","kid":"rsa-1\\u0000"}')
    add("kid-missing", "R0310", "two keys, and none named", es({"alg": "ES256"}, PARTNER, "ec-b.test.pem"))


def claims():
    payload("iss-missing", "R0307", "no iss", drop=["iss"])
    payload("iss-null", "R0307", "iss null", {"iss": None})
    payload("iss-array", "R0307", "iss in an array", {"iss": [CLAIMS["iss"]]})
    payload("iss-dotless", "R0307", "a name with a dotless i", raw=text(CLAIMS).replace('"iss"', '"\u0131ss"'))
    payload("iss-upper-name", "R0307", "Iss is not iss", raw=text(CLAIMS).replace('"iss"', '"Iss"'))
    payload("payload-empty", "R0307", "an empty object", raw="{}")
    for i, word in enumerate(("https://other.example", CLAIMS["iss"] + "/", CLAIMS["iss"].upper(), "http://login.corp.example", "",
                              "host", "corp", CLAIMS["iss"] + "\u200b", "https://login.c\u043erp.example", CLAIMS["iss"] + "@evil.example")):
        payload(f"iss-{i}", "R0308", "iss that is none or near one", {"iss": word})
    for name, value in (("missing", None), ("empty", ""), ("number", 7), ("array", ["ana"]), ("256", "s" * 256), ("newline", "an\na"),
                        ("escape", "an\u001b[0m"), ("delete", "an\u007f"), ("c1", "an\u0085a")):
        payload("sub-" + name, "R0313", "sub that names nobody", {"sub": value}, drop=["sub"] if name == "missing" else [])
    for name, value in (("missing", 0), ("null", None), ("number", 7), ("object", {"mesh": 1}), ("mixed", ["mesh", 7]), ("nested", [["mesh"]])):
        payload("aud-" + name, "R0314", "aud that is no list of strings", {"aud": value}, drop=["aud"] if name == "missing" else [])
    for name, value in (("empty", []), ("other", "other"), ("prefix", "mes"), ("longer", "meshed"), ("case", "MESH"), ("blank", "mesh "),
                        ("joined", "mesh other"), ("of-partner", "mesh-eu"), ("others", ["a", "b"]), ("void", "")):
        payload("aud-" + name, "R0315", "aud without the audience", {"aud": value})
    payload("aud-wide", "R0314", "aud in full-width letters", raw=text(CLAIMS).replace('"aud"', '"\uff41\uff55\uff44"'))
    for name, raw in (("string", f'"{NOW + 3600}"'), ("exponent", "1e3"), ("exponent-late", "1.7951724e9"), ("fraction", f"{NOW + 3600}.5"),
                      ("real", f"{NOW + 3600}.0"), ("negative", "-1"), ("beyond", "253402300800"), ("int64-max", "9223372036854775807"),
                      ("null", "null"), ("true", "true"), ("array", f"[{NOW + 3600}]")):
        payload("exp-" + name, "R0316", "exp " + raw, raw=text(CLAIMS).replace(str(NOW + 3600), raw))
    payload("exp-missing", "R0316", "no exp", drop=["exp"])
    payload("exp-zero-width", "R0316", "a name with a space of no width", raw=text(CLAIMS).replace('"exp"', '"exp\u200b"'))
    payload("exp-past", "R0318", "expired an hour ago", {"exp": NOW - 3600, "iat": NOW - 7200})
    payload("exp-just-past", "R0318", "expired 60 seconds ago", {"exp": NOW - 60, "iat": NOW - 600})
    payload("exp-zero", "R0318", "exp zero", {"exp": 0}, drop=["iat"])
    payload("exp-milliseconds", "R0316", "milliseconds, a date after the calendar", {"exp": (NOW + 3600) * 1000})
    payload("nbf-future", "R0319", "not valid for a minute and a second", {"nbf": NOW + 61})
    payload("nbf-string", "R0316", "nbf is a string", {"nbf": str(NOW)})
    payload("nbf-null", "R0316", "nbf null", {"nbf": None})
    payload("nbf-exp", "R0317", "valid at no time", {"nbf": NOW + 3600})
    payload("iat-future", "R0319", "issued in the future", {"iat": NOW + 61})
    payload("iat-real", "R0316", "iat with a fraction", raw=text(CLAIMS).replace(str(NOW - 60), f"{NOW - 60}.25"))
    payload("iat-after-exp", "R0317", "expired before it was issued", {"exp": NOW + 10, "iat": NOW + 10})


FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.jwt"):
    old.unlink()
GOOD, GOOD_ES = mint(RS, CLAIMS), es(ES, CLAIMS)
for part in (good_ones, algorithms, signatures, forms, json_texts, headers, claims):
    part()
(FOLDER / "expected.tsv").write_text("".join(sorted(rows)))
print(len(rows), "tokens")
