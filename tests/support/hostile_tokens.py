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
ACCESS = {**CLAIMS, "client_id": "app", "jti": "t-1"}
WORKS = {"iss": "https://works.example", "sub": "ana", "aud": "mesh", "exp": NOW + 3600}
DESK = {"iss": "https://desk.example", "sub": "ana", "aud": "mesh", "exp": NOW + 3600}
SVID = {"sub": "spiffe://prod.example/pay/api", "aud": ["mesh"], "exp": NOW + 300}
C1 = {"alg": "ES256", "kid": "c-1", "typ": "JWT"}
D1 = {"alg": "HS256", "kid": "d-1"}
WORKS_KEYS = {"RS512": "rsa-b.test.pem", "PS256": "rsa-c.test.pem", "ES384": "ec-384.test.pem", "ES512": "ec-521.test.pem",
              "EdDSA": "ed-a.test.pem"}
ED_ORDER = 2**252 + 27742317777372353535851937790883648493
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


def works(alg, claims=WORKS, key=None, header=None):
    return mint(header or {"alg": alg, "kid": "w-" + alg.lower()}, claims, alg, key or WORKS_KEYS[alg])


def desk(header, claims=DESK, alg="HS256", key="desk-1.test.secret"):
    return mint(header, claims, alg, key)


def svid(name, code, why, changes=None, drop=(), base=C1, key="ec-b.test.pem"):
    add(name, code, why, es(base, {k: v for k, v in {**SVID, **(changes or {})}.items() if k not in drop}, key))


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
    add("good-at-jwt", "OK", "an access token of RFC 9068", mint({**RS, "typ": "at+jwt"}, ACCESS))
    add("good-at-jwt-es", "OK", "the same by ES256", es({**ES, "typ": "Application/AT+JWT"}, ACCESS))
    for alg in WORKS_KEYS:
        add("good-" + alg.lower(), "OK", alg, works(alg))
    add("good-hs256", "OK", "HS256 with a secret of the host's", desk(D1))
    add("good-hs512", "OK", "HS512 with a secret of the host's", desk({"alg": "HS512", "kid": "d-2"}, alg="HS512", key="desk-2.test.secret"))
    svid("good-svid", "OK", "a JWT-SVID, its issuer by its trust domain")
    svid("good-svid-jose", "OK", "the same of type JOSE", base={**C1, "typ": "JOSE"})
    svid("good-svid-iss", "OK", "the same with an iss that nobody declared", {"iss": "https://oidc.prod.example"})
    add("good-actor", "OK", "a service acts for the subject", works("EdDSA", {**WORKS, "act": {"sub": "svc", "act": {"sub": "front"}}}))
    payload("good-may-act", "OK", "who might act is nobody who does", {"may_act": {"sub": "svc"}})
    header("good-cty", "OK", "a content type of another kind", {"cty": "text/plain"})
    header("good-alg-escaped", "OK", "an escape in the value of alg is the same text", raw='{"\\u0061lg":"\\u0052S256","kid":"rsa-1"}')
    names = [f"{i:04x}" for i in range(1100)]
    payload("good-many-members", "OK", "1100 members", {n: 0 for n in names})
    collide = ["".join(p) for p in __import__("itertools").product(("Aa", "BB"), repeat=9)]
    payload("good-colliding-members", "OK", "512 names of one hash in the manner of Java", {n: 0 for n in collide})
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
    header("alg-none-signed", "R0345", "none with a signature", {"alg": "none"})
    add("alg-none-empty", "R0301", "none, nothing after the second dot", mint({"alg": "none"}, CLAIMS, "none"))
    for i, word in enumerate(("None", "NONE", "nOnE", "none ")):
        header(f"alg-none-{i}", "R0309" if word == "none " else "R0345", f"none spelt {word!r}", {"alg": word})
    add("alg-hs256-public-key", "R0346", "a MAC keyed with the issuer's public key",
        mint({**RS, "alg": "HS256"}, CLAIMS, "HS256", "rsa-a.public.pem"))
    add("alg-hs256-no-kid", "R0346", "the same without kid", mint({"alg": "HS256"}, CLAIMS, "HS256", "rsa-a.public.pem"))
    add("alg-mac-under-rs256", "R0312", "a MAC that says RS256", mint(RS, CLAIMS, "HS256", "rsa-a.public.pem"))
    for i, word in enumerate(("HS384", "RS384", "RS512", "PS256", "ES384", "ES256K", "EdDSA", "rs256", "RS256 ", "")):
        header(f"alg-other-{i}", "R0346" if word == "HS384" else "R0309", f"alg {word!r}", {"alg": word})
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
    add("part-five", "R0329", "five parts, as an encrypted token has", b".".join([head, sig, body, sig, sig]))
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
        payload("json-" + name, "R0347" if name.startswith("dup") else "R0303", why, raw=raw)
    header("json-header-dup-alg", "R0347", "alg twice", raw='{"alg":"none","alg":"RS256","kid":"rsa-1"}')
    header("json-header-dup-escaped", "R0347", "alg twice, once escaped", raw='{"alg":"RS256","kid":"rsa-1","\\u0061lg":"none"}')
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
    header("jku", "R0328", "a URL of keys", {"jku": "https://evil.example/keys"})
    header("x5u", "R0328", "a URL of certificates", {"x5u": "https://evil.example/cert"})
    header("x5c", "R0327", "certificates along with it", {"x5c": ["MIIB"]})
    add("jwk-embedded", "R0327", "brings its own key, and is signed by it", mint({**RS, "jwk": key}, CLAIMS, key="rsa-b.test.pem"))
    header("enc", "R0329", "says that it is encrypted", {"enc": "A256GCM"})
    header("zip", "R0329", "says that it is compressed", {"zip": "DEF"})
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


def families():
    """Each key is for one algorithm: every other one, signed by the same key, is refused."""
    for alg, other, key in (("RS512", "PS256", "rsa-b.test.pem"), ("PS256", "RS512", "rsa-c.test.pem")):
        add(f"family-{alg.lower()}-as-{other.lower()}", "R0311", f"{other} by the key of {alg}",
            works(other, key=key, header={"alg": other, "kid": "w-" + alg.lower()}))
        add(f"family-{alg.lower()}-says-{other.lower()}", "R0320", f"says {alg}, is signed by {other}",
            works(other, key=key, header={"alg": alg, "kid": "w-" + alg.lower()}))
    add("family-es384-says-es512", "R0312", "says ES512, is signed by ES384", works("ES384", header={"alg": "ES512", "kid": "w-es512"}))
    add("family-es256-by-works", "R0309", "ES256, which the issuer does not declare", mint({"alg": "ES256", "kid": "w-es384"}, WORKS, "ES256", "ec-a.test.pem"))
    add("family-hs512-public-ed", "R0346", "a MAC with the bytes of a public key", mint({"alg": "HS512", "kid": "w-eddsa"}, WORKS, "HS512", "works.jwks.json"))
    add("family-rs384", "R0309", "RS384 by the key of RS512", mint({"alg": "RS384", "kid": "w-rs512"}, WORKS, "RS384", "rsa-b.test.pem"))
    add("family-none-works", "R0345", "none to another issuer", mint({"alg": "none"}, WORKS, "RS512", "rsa-b.test.pem"))
    add("family-none-desk", "R0345", "none to an issuer of secrets", desk({"alg": "none"}))
    add("family-eddsa-lower", "R0309", "eddsa in small letters", works("EdDSA", header={"alg": "eddsa", "kid": "w-eddsa"}))
    add("family-ed25519", "R0309", "Ed25519 instead of EdDSA", works("EdDSA", header={"alg": "Ed25519", "kid": "w-eddsa"}))
    add("family-alg-kelvin", "R0309", "ES256K with a sign for Kelvin", works("ES384", header={"alg": "ES256\u212a", "kid": "w-es384"}))
    add("family-alg-wide", "R0309", "RS512 in full-width letters", works("RS512", header={"alg": "\uff32\uff33\uff15\uff11\uff12", "kid": "w-rs512"}))


def curves():
    """Psychic signatures and second forms, for each curve."""
    orders = {"ES384": (48, 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973),
              "ES512": (66, 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409)}
    for alg, (half, order) in orders.items():
        low, good = alg.lower(), works(alg)
        signature(f"curve-{low}-psychic", "R0312", "r and s are zero", lambda raw: bytes(2 * half), good)
        signature(f"curve-{low}-r-order", "R0312", "r is the order", lambda raw: order.to_bytes(half, "big") + raw[half:], good)
        signature(f"curve-{low}-s-order", "R0312", "s is the order", lambda raw: raw[:half] + order.to_bytes(half, "big"), good)
        signature(f"curve-{low}-s-zero", "R0312", "s is zero", lambda raw: raw[:half] + bytes(half), good)
        signature(f"curve-{low}-short", "R0312", "a byte of each number cut", lambda raw: raw[1:half] + raw[half + 1:], good)
        signature(f"curve-{low}-der", "R0312", "64 bytes, as P-256 has", lambda raw: raw[:64], good)
        signature(f"curve-{low}-one", "R0320", "r and s are one", lambda raw: (1).to_bytes(half, "big") * 2, good)
        signature(f"curve-{low}-bit", "R0320", "one bit turned", lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), good)
    good = works("EdDSA")
    add_order = lambda raw: raw[:32] + ((int.from_bytes(raw[32:], "little") + ED_ORDER) % 2**256).to_bytes(32, "little")
    signature("ed-s-plus-order", "R0320", "s and the order: the same signature in a second form", add_order, good)
    signature("ed-zero", "R0320", "all zero", lambda raw: bytes(64), good)
    signature("ed-small-order", "R0320", "R is the point of order one", lambda raw: b"\1" + bytes(63), good)
    signature("ed-r-not-canonical", "R0320", "R above the field's prime", lambda raw: b"\xff" * 31 + b"\x7f" + raw[32:], good)
    signature("ed-short", "R0312", "63 bytes", lambda raw: raw[:63], good)
    signature("ed-long", "R0312", "65 bytes", lambda raw: raw + b"\0", good)
    signature("ed-swapped", "R0320", "s before R", lambda raw: raw[32:] + raw[:32], good)
    good = works("PS256")
    signature("pss-zero", "R0320", "all zero", lambda raw: bytes(256), good)
    signature("pss-bit", "R0320", "one bit turned", lambda raw: bytes([raw[0] ^ 1]) + raw[1:], good)
    signature("pss-short", "R0312", "255 bytes", lambda raw: raw[1:], good)


def secrets():
    good = desk(D1)
    signature("mac-empty-key", "R0320", "a MAC with no key", lambda raw: __import__("hmac").new(b"", good.rsplit(b".", 1)[0], "sha256").digest(), good)
    signature("mac-truncated", "R0312", "the first 16 bytes of the MAC", lambda raw: raw[:16], good)
    signature("mac-zero", "R0320", "all zero", lambda raw: bytes(32), good)
    signature("mac-bit", "R0320", "one bit turned", lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), good)
    add("mac-other-secret", "R0320", "the other secret of the set", desk(D1, key="desk-2.test.secret"))
    add("mac-as-hs512", "R0311", "HS512 with the key of HS256", desk({"alg": "HS512", "kid": "d-1"}, alg="HS512"))
    add("mac-hs384", "R0309", "HS384, which the issuer does not declare", desk({"alg": "HS384", "kid": "d-1"}, alg="HS384"))
    add("mac-asymmetric", "R0309", "RS256 to an issuer of secrets", mint({"alg": "RS256", "kid": "d-1"}, DESK))
    add("mac-jwks-as-secret", "R0320", "the text of a key set as the secret", desk(D1, key="desk.jwks.json"))


def workloads():
    for name, word in (("no-path", "spiffe://prod.example"), ("slash", "spiffe://prod.example/"), ("empty-segment", "spiffe://prod.example/a//b"),
                       ("dot", "spiffe://prod.example/a/./b"), ("dots", "spiffe://prod.example/../b"), ("upper", "spiffe://Prod.example/a"),
                       ("port", "spiffe://prod.example:443/a"), ("user", "spiffe://u@prod.example/a"), ("query", "spiffe://prod.example/a?b"),
                       ("percent", "spiffe://prod.example/%61"), ("scheme", "SPIFFE://prod.example/a"), ("other-domain", "spiffe://dev.example/a"),
                       ("longer-domain", "spiffe://prod.example.evil/a"), ("no-scheme", "prod.example/a")):
        svid("svid-" + name, "R0307", "no id of a workload that is trusted", {"sub": word})
    svid("svid-iss-domain", "R0343", "iss is the trust domain, sub of another", {"iss": "spiffe://prod.example", "sub": "spiffe://dev.example/a"})
    svid("svid-iss-person", "R0343", "iss is the trust domain, sub no workload", {"iss": "spiffe://prod.example", "sub": "ana"})
    svid("svid-no-aud", "R0314", "no aud, which an SVID must have", drop=["aud"])
    svid("svid-no-exp", "R0316", "no exp, which an SVID must have", drop=["exp"])
    svid("svid-access", "R0306", "at+jwt", base={**C1, "typ": "at+jwt"})
    svid("svid-other-key", "R0320", "signed by another key", key="ec-a.test.pem")
    svid("svid-kid", "R0311", "a key that the trust domain does not have", base={**C1, "kid": "c-2"})
    add("svid-of-corp", "R0311", "a workload's sub, signed for another issuer", es({**C1, "kid": "ec-1"}, SVID))
    svid("svid-alg-rs256", "R0309", "RS256, which its issuer does not declare", base={**C1, "alg": "RS256"})


def delegation():
    def act(name, code, why, value, raw=None):
        add("act-" + name, code, why, works("EdDSA", raw or {**WORKS, "act": value}))
    payload("act-unread", "R0325", "somebody acts, and no line of the issuer reads it", {"act": {"sub": "svc"}})
    for name, value in (("text", "svc"), ("null", None), ("list", [{"sub": "svc"}]), ("empty", {}), ("no-sub", {"iss": "https://works.example"}),
                        ("sub-number", {"sub": 7}), ("sub-empty", {"sub": ""}), ("sub-control", {"sub": "a\u0007"}), ("iss-number", {"sub": "svc", "iss": 7}),
                        ("nested-text", {"sub": "svc", "act": "x"}), ("nested-no-sub", {"sub": "svc", "act": {}})):
        act(name, "R0326", "a chain of actors that is none", value)
    act("twice", "R0347", "two actors of one name", None, text(WORKS)[:-1] + ',"act":{"sub":"a"},"act":{"sub":"b"}}')
    deep = {"sub": "last"}
    for _ in range(16):
        deep = {"sub": "svc", "act": deep}
    act("deep", "R0304", "more actors than a token may nest", deep)


def kinds():
    for name in ("client_id", "jti", "iat"):
        add("access-no-" + name, "R0324", "an access token of RFC 9068 without it",
            mint({**RS, "typ": "at+jwt"}, {k: v for k, v in ACCESS.items() if k != name}))
    add("access-jti-number", "R0324", "jti is a number", mint({**RS, "typ": "at+jwt"}, {**ACCESS, "jti": 7}))
    add("access-client-list", "R0324", "client_id in a list", mint({**RS, "typ": "at+jwt"}, {**ACCESS, "client_id": ["app"]}))
    add("access-not-declared", "R0306", "an access token of an issuer of none", works("EdDSA", ACCESS | WORKS, header={"alg": "EdDSA", "kid": "w-eddsa", "typ": "at+jwt"}))
    for i, word in enumerate(("JWT", "jwt", "application/jwt", "at+jwt", "JOSE")):
        header(f"nested-{i}", "R0348", f"cty {word!r}", {"cty": word})
    add("jwe-five-empty", "R0329", "five parts, the key agreed on directly", b".".join([encode(text({"alg": "dir", "enc": "A128GCM"}).encode()), b"", b"AAAA", b"AAAA", b"AAAA"]))
    add("jwe-dots", "R0329", "four dots alone", b"....")
    add("jws-general", "R0301", "the general JSON form", text({"payload": GOOD.split(b".")[1].decode(), "signatures": []}).encode())
    header("jwk-public", "R0327", "brings the right key along", {"jwk": json.loads(pathlib.Path("tests/keys/corp.jwks.json").read_text())["keys"][0]})
    header("jwk-null", "R0327", "jwk null", {"jwk": None})
    header("x5c-escaped", "R0327", "x5c with an escape in its name", raw='{"alg":"RS256","kid":"rsa-1","x5\\u0063":["MIIB"]}')
    header("jku-own", "R0328", "the issuer's own URL of keys", {"jku": "https://login.corp.example/jwks"})
    header("jku-file", "R0328", "a file as the URL of keys", {"jku": "file:///etc/passwd"})
    header("x5u-empty", "R0328", "an empty URL", {"x5u": ""})
    header("crit-b64", "R0305", "crit that names b64 alone", {"crit": ["b64"]})
    header("crit-own", "R0305", "crit that names a parameter of ours", {"crit": ["x-note"], "x-note": 1})
    header("crit-text", "R0305", "crit as a text", {"crit": "exp"})
    payload("json-dup-sub-same", "R0347", "sub twice, the same", raw=text(CLAIMS)[:-1] + ',"sub":"ana"}')
    payload("json-dup-case", "R0347", "a name twice, written in two ways", raw=text(CLAIMS)[:-1] + ',"\\u0078":1,"x":1}')
    payload("json-dup-deep", "R0347", "a name twice in a list of objects", raw=text(CLAIMS)[:-1] + ',"x":[[{"a":1,"a":1}]]}')
    header("json-header-dup-kid", "R0347", "kid twice", raw='{"alg":"RS256","kid":"rsa-1","kid":"ec-1"}')


def numbers():
    for name, raw, code in (("1e400", "1e400", "R0303"), ("minus-zero", "-0", "R0318"), ("2-53", str(2**53), "R0316"), ("2-53-less", str(2**53 - 1), "R0316"),
                            ("2-63-less", str(2**63 - 1), "R0316"), ("minus-2-63", str(-2**63), "R0316"), ("2-64", str(2**64), "R0303"), ("tiny", "1e-400", "R0303"),
                            ("long-fraction", "1." + "0" * 60, "R0303"), ("long", "1" * 41, "R0303"), ("half-minute", f"{NOW + 3600}.999", "R0316"),
                            ("capital-exponent", "1795172400E0", "R0316"), ("hex", "0x6b0", "R0303"), ("octal", "01795172400", "R0303"), ("dot", "1795172400.", "R0303"),
                            ("infinity", "Infinity", "R0303"), ("minus", "-", "R0303"), ("object", '{"seconds":1795172400}', "R0316"), ("last-second", "253402300800", "R0316")):
        payload("number-exp-" + name, code, "exp " + raw[:20], raw=text(CLAIMS).replace(str(NOW + 3600), raw).replace(f',"iat":{NOW - 60}', ""))
    for name, raw, code in (("fraction", f"{NOW}.5", "R0316"), ("1e400", "1e400", "R0303"), ("negative", "-1", "R0316"), ("beyond", str(2**53), "R0316")):
        payload("number-nbf-" + name, code, "nbf " + raw, raw=text(CLAIMS)[:-1] + f',"nbf":{raw}' + "}")


def unicode():
    good = text(CLAIMS)
    head, body = decode(GOOD.split(b".")[0]), decode(GOOD.split(b".")[1])
    header("unicode-alg-nul", "R0303", "alg with an escaped NUL", raw='{"alg":"RS256\\u0000","kid":"rsa-1"}')
    header("unicode-alg-blank", "R0309", "alg with a blank that cannot be seen", {"alg": "RS256\u200b"})
    header("unicode-alg-name", "R0309", "alg in full-width letters", raw='{"\uff41lg":"RS256","kid":"rsa-1"}')
    header("unicode-none-escaped", "R0345", "none with escapes", raw='{"alg":"\\u006eon\\u0065","kid":"rsa-1"}')
    header("unicode-none-wide", "R0309", "none in full-width letters", {"alg": "\uff4e\uff4f\uff4e\uff45"})
    add("unicode-overlong-quote", "R0303", "a quote in an overlong form", with_bytes(head, body.replace(b"ana", b"an\xc0\xa2")))
    add("unicode-cesu", "R0303", "a surrogate pair in UTF-8", with_bytes(head, body.replace(b"ana", b"\xed\xa0\xbd\xed\xb8\x80")))
    add("unicode-beyond", "R0303", "above the last code point", with_bytes(head, body.replace(b"ana", b"\xf4\x90\x80\x80")))
    payload("unicode-low-first", "R0303", "a pair the wrong way round", raw=good.replace("ana", "\\ude00\\ud83d"))
    payload("unicode-short-escape", "R0303", "an escape of three digits", raw=good.replace("ana", "\\u00e"))
    payload("unicode-capital-escape", "R0303", "an escape with a capital U", raw=good.replace("ana", "\\U0061"))
    payload("unicode-aud-confusable", "R0315", "an audience with a Cyrillic letter", {"aud": "m\u0435sh"})
    payload("unicode-aud-composed", "R0315", "an audience with a combining mark", {"aud": "mesh\u0301"})
    header("unicode-kid-wide", "R0311", "a kid in full-width letters", {"kid": "\uff52sa-1"})


def sizes():
    payload("size-depth-mixed", "R0304", "lists and objects in turn", raw=text(CLAIMS)[:-1] + ',"x":' + '[{"a":' * 9 + "1" + "}]" * 9 + "}")
    payload("size-past-limit", "R0300", "a payload that makes the token too long", {"x": "a" * 16384})
    payload("size-many-past-limit", "R0300", "more members than a token holds", {f"{i:05x}": 0 for i in range(3000)})
    add("size-zeros", "R0300", "a signature of 20,000 zeros", GOOD.rsplit(b".", 1)[0] + b"." + b"A" * 20000)
    add("size-dots", "R0301", "10,000 dots", b"." * 10000)


FOLDER.mkdir(parents=True, exist_ok=True)
for old in FOLDER.glob("*.jwt"):
    old.unlink()
GOOD, GOOD_ES = mint(RS, CLAIMS), es(ES, CLAIMS)
for part in (good_ones, algorithms, signatures, forms, json_texts, headers, claims, families, curves, secrets, workloads,
             delegation, kinds, numbers, unicode, sizes):
    part()
(FOLDER / "expected.tsv").write_text("".join(sorted(rows)))
print(len(rows), "tokens")
