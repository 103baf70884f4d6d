#!/usr/bin/env python3
"""Writes tests/hostile/lsp/: what a client of the language server could send, and expected.tsv.

    python3 tests/support/hostile_lsp.py

Names that begin with `open-` are sent to a server that holds a small project."""

import json
import pathlib

FOLDER = pathlib.Path("tests/hostile/lsp")
URI = "file:///no-such-folder/rules.edict"
rows = []


def add(name, code, why, data):
    (FOLDER / (name + ".lsp")).write_bytes(data)
    rows.append(f"{name}.lsp\t{code}\t{why}\n")


def frame(body, head=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (head or b"Content-Length: %d\r\n\r\n" % len(body)) + body


def call(method, number=1, **params):
    return frame({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def tell(method, **params):
    return frame({"jsonrpc": "2.0", "method": method, "params": params})


START = call("initialize", 0, capabilities={})
DOCUMENT = {"uri": URI}


def at(method, line, character, **more):
    return call("textDocument/" + method, textDocument=DOCUMENT, position={"line": line, "character": character}, **more)


def change(*changes):
    return tell("textDocument/didChange", textDocument={"uri": URI, "version": 2}, contentChanges=list(changes))


def place(a, b, c, d):
    return {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}}


# headers
add("header-none", "format", "no header", b"hello\r\n\r\n")
add("header-empty", "format", "a header of nothing", b"\r\n\r\n")
add("header-no-length", "format", "a header without a length", b"Content-Type: x\r\n\r\n{}")
add("header-negative", "format", "a length below zero", b"Content-Length: -5\r\n\r\n{}")
add("header-words", "format", "a length in words", b"Content-Length: five\r\n\r\n{}")
add("header-twice", "format", "two lengths", b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")
add("header-long", "format", "a header without an end", b"Content-Length: 2" + b" " * 5000)
add("header-digits", "format", "a length of forty digits", b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}")
add("header-garbage-between", "format", "garbage, and then a request that is answered", b"\0\xff garbage\n" + START)
add("header-lower", "OK", "a header in small letters", START.replace(b"Content-Length", b"content-length"))
add("header-line-feeds", "OK", "line feeds alone", START.replace(b"\r\n", b"\n"))
add("length-huge", "limit", "a length of nine terabytes", b"Content-Length: 9999999999999\r\n\r\n{}")
add("length-one-past", "limit", "one byte more than is taken", b"Content-Length: 16777217\r\n\r\n{}")
add("length-short", "format", "a length that cuts the message", frame(b'{"jsonrpc":"2.0"}', b"Content-Length: 5\r\n\r\n"))
add("length-long", "OK", "a length past the end: it waits", frame(b"{}", b"Content-Length: 50\r\n\r\n"))
add("length-zero", "format", "nothing", b"Content-Length: 0\r\n\r\n")
# JSON
add("json-none", "format", "no JSON", frame(b"hello"))
add("json-cut", "format", "JSON that is cut", frame(b'{"jsonrpc":"2.0","id":1,'))
add("json-deep", "format", "a hundred thousand brackets", frame(b"[" * 100000))
add("json-nul", "format", "a NUL", frame(b'{"jsonrpc":"2.0","id":1,"method":"a\\u0000b"}'))
add("json-not-utf8", "format", "bytes that are no UTF-8", frame(b'{"jsonrpc":"2.0","id":1,"method":"\xff"}'))
add("json-many-values", "limit", "half a million values", frame(b"[" + b"0," * 500000 + b"0]"))
add("json-array", "argument", "a batch, which the protocol does not have", frame([{"jsonrpc": "2.0"}]))
add("json-number", "argument", "a number", frame(b"[12345678]"))
# requests
add("request-no-method", "argument", "no method", frame({"jsonrpc": "2.0", "id": 1}))
add("request-method-number", "argument", "a method that is a number", frame({"jsonrpc": "2.0", "id": 1, "method": 7}))
add("request-no-version", "argument", "no version", frame({"id": 1, "method": "initialize"}))
add("request-version-1", "argument", "version 1", frame({"jsonrpc": "1.0", "id": 1, "method": "initialize"}))
add("request-id-object", "argument", "an id that is an object", frame({"jsonrpc": "2.0", "id": {}, "method": "x"}))
add("request-id-null", "argument", "an id of null", frame({"jsonrpc": "2.0", "id": None, "method": "x"}))
add("request-before", "expired", "before initialize", call("textDocument/hover"))
add("request-unknown-before", "expired", "before initialize, and unknown", call("nonsense"))
add("request-twice", "argument", "initialize twice", START + START)
add("request-unknown", "unsupported", "an unknown method", START + call("nonsense/method"))
add("request-dollar", "unsupported", "an unknown method of the protocol's own", START + call("$/nonsense"))
add("request-after", "expired", "after shutdown", START + call("shutdown") + call("textDocument/hover", 2))
add("request-no-params", "argument", "no parameters", START + frame({"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover"}))
add("request-params-list", "argument", "parameters in a list", START + frame({"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": [1]}))
add("request-id-text", "unsupported", "an id that is a text", START + call("nonsense", "one"))
add("cancel-waits", "busy", "a request that is cancelled while it waits",
    START + call("workspace/symbol", 5, query="x") + tell("$/cancelRequest", id=5))
add("cancel-unknown", "OK", "a cancel of nothing", START + tell("$/cancelRequest", id=99) + tell("$/cancelRequest"))
add("notice-unknown", "OK", "an unknown notification", START + tell("nonsense") + tell("$/nonsense"))
add("notice-before", "OK", "a notification before initialize", tell("textDocument/didOpen", textDocument={}))
add("answer", "OK", "an answer to nothing", START + frame({"jsonrpc": "2.0", "id": 7, "result": None}))
add("exit-at-once", "OK", "exit at once", tell("exit") + call("nonsense"))
add("initialize-odd", "OK", "capabilities of other shapes",
    call("initialize", capabilities=[1], rootUri=7, workspaceFolders={"a": 1}))
add("initialize-uri", "OK", "a root that is no file", call("initialize", capabilities={}, rootUri="http://x/%"))
# documents
add("open-position-negative", "argument", "a line below zero", at("hover", -1, 0))
add("open-position-text", "argument", "a line that is a text", at("hover", "1", 0))
add("open-position-far", "OK", "a place behind everything", at("hover", 2**40, 2**40) + at("completion", 2**31, 0))
add("open-position-in-character", "OK", "a place within a character", at("hover", 6, 13) + at("completion", 6, 12))
add("open-no-position", "argument", "no place", call("textDocument/completion", textDocument=DOCUMENT))
add("open-other-uri", "OK", "a file of no project", call("textDocument/hover", textDocument={"uri": "file:///x"},
                                                       position={"line": 0, "character": 0}))
add("open-bad-uri", "OK", "URIs that are none", b"".join(
    call("textDocument/documentSymbol", textDocument={"uri": u}) for u in ("", "file:", "file://%", "file:///%00", "x", "file:///" + "a" * 5000)))
add("open-format-unknown", "argument", "layout of what is not open", call("textDocument/formatting", textDocument={"uri": "file:///x"}))
add("open-change-back", "OK", "a range that ends before it begins", change({"range": place(3, 0, 1, 0), "text": "x"}))
add("open-change-far", "OK", "a range behind the end", change({"range": place(900, 0, 901, 5), "text": "rule"}) + at("hover", 0, 0))
add("open-change-odd", "OK", "changes of other shapes", change({"text": 7}, {"range": 1, "text": ""}, None, []))
add("open-change-bytes", "OK", "a text of hidden characters", change({"text": "module a.b\n\u202e\u0007\u200b"}) + at("hover", 1, 1))
add("open-change-empty", "OK", "an empty text", change({"text": ""}) + at("completion", 0, 0) + at("hover", 0, 0))
add("open-change-deep", "OK", "an expression that is nested too deeply",
    change({"text": "module federal.rules\nrule r\n  forbid read\n  when " + "(" * 5000}) + at("completion", 3, 3000))
add("open-change-yaml", "OK", "an edict.yaml that is none",
    tell("textDocument/didChange", textDocument={"uri": "file:///no-such-folder/edict.yaml", "version": 2},
         contentChanges=[{"text": "a: [ *b"}]) + at("hover", 3, 30) + at("completion", 3, 30))
add("open-close", "OK", "everything is closed", b"".join(
    tell("textDocument/didClose", textDocument={"uri": "file:///no-such-folder/" + n}) for n in ("edict.yaml", "rules.edict", "words.edict"))
    + at("hover", 3, 30))
add("open-rename-none", "findings", "nothing to rename", at("rename", 0, 0, newName="x"))
add("open-rename-no-name", "argument", "no new name", at("rename", 3, 30))
add("open-rename-invalid", "findings", "a name that is none", at("rename", 3, 30, newName="a b\n"))
add("open-rename-word", "findings", "a word of the language", at("rename", 3, 30, newName="and"))
add("open-rename-taken", "findings", "a name that is taken", at("rename", 3, 30, newName="pii"))
add("open-rename-long", "findings", "a name of a thousand bytes", at("rename", 3, 30, newName="a" * 1000))
add("open-command", "argument", "an unknown command", call("workspace/executeCommand", command="rm", arguments=["-rf", "/"]))
add("open-command-odd", "argument", "a command without a file", call("workspace/executeCommand", command="edict.runTests", arguments={}))
add("open-actions-odd", "OK", "a range of another shape", call("textDocument/codeAction", textDocument=DOCUMENT, range=7, context=[]))
add("open-good", "OK", "requests that are answered", b"".join([
    at("hover", 3, 30), at("definition", 3, 30), at("references", 3, 30, context={"includeDeclaration": True}),
    at("prepareRename", 3, 30), at("rename", 3, 30, newName="pii.mail"), at("completion", 3, 28),
    call("textDocument/documentSymbol", textDocument=DOCUMENT), call("textDocument/codeLens", textDocument=DOCUMENT),
    call("textDocument/formatting", textDocument=DOCUMENT, options={}), call("workspace/symbol", query="p"),
    call("textDocument/codeAction", textDocument=DOCUMENT, range=place(0, 0, 9, 0), context={"diagnostics": []}),
    call("workspace/executeCommand", command="edict.runTests", arguments=[URI]), call("shutdown"), tell("exit")]))

(FOLDER / "expected.tsv").write_text("".join(sorted(rows)))
