#!/usr/bin/env python3
"""edict lsp, driven by a client over pipes: findings while typing, names, completion, layout, fixes, tests,
positions in UTF-16 and UTF-8, and what a server does with a client that is gone.

It works on copies of tests/example below TMPDIR. What hostile clients get is in tests/hostile/lsp/."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import EDICT, expect, main, read, test, write  # noqa: E402
from lsp_client import Client, uri_of  # noqa: E402


class Workspace:
    """A copy of the example, with its federal bundle built, and a client on it."""

    def __init__(self, folder, **how):
        self.folder = os.path.realpath(folder)
        for name in ("federal", "sales"):
            shutil.copytree(f"tests/example/{name}", f"{self.folder}/{name}")
        os.mkdir(f"{self.folder}/build")
        self.build()
        self.client = Client([EDICT, "lsp"], self.folder, **how)

    def build(self):
        subprocess.run([EDICT, "build", f"{self.folder}/federal/edict.yaml", "--out", f"{self.folder}/build/federal.edb",
                        "--tables", f"{self.folder}/build"], check=True)

    def path(self, name):
        return f"{self.folder}/{name}"


def place(text, words, which=0, into=0):
    """Line and character (UTF-16) of the nth occurrence of `words`, `into` characters on."""
    at = -1
    for _ in range(which + 1):
        at = text.index(words, at + 1)
    at += into
    begin = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at), len(text[begin:at].encode("utf-16-le")) // 2


def edited(text, edits):
    """The text after the edits of a WorkspaceEdit, positions in UTF-16."""
    def offset(position):
        lines = text.split("\n")
        before = sum(len(line) + 1 for line in lines[:position["line"]])
        units = lines[position["line"]].encode("utf-16-le")[:2 * position["character"]] if position["line"] < len(lines) else b""
        return before + len(units.decode("utf-16-le"))
    for edit in sorted(edits, key=lambda e: (e["range"]["start"]["line"], e["range"]["start"]["character"]), reverse=True):
        begin, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text


def labels(client, path, text, words, which=0):
    """What completion offers after `words`."""
    answer = client.at("completion", path, *place(text, words, which, len(words)))
    return [item["label"] for item in answer["result"]["items"]]


# ---- findings ----

@test
def findings_while_typing(folder):
    w = Workspace(folder)
    path, text = w.path("federal/privacy.edict"), read(w.path("federal/privacy.edict"))
    w.client.open(path)
    expect(w.client.findings(path) is None, "nothing is found in the example", w.client.told)
    w.client.change(path, {"text": text.replace("has analyst", "has anlyst", 1)})
    found = w.client.findings(path)
    [one] = found["diagnostics"]
    line, character = place(text, "has analyst", 0, 4)
    expect(one["code"] == "E0204" and one["severity"] == 1 and one["source"] == "edict" and found["version"] == 2, "a misspelt role", one)
    expect(one["range"] == {"start": {"line": line, "character": character}, "end": {"line": line, "character": character + 6}}, "its place", one)
    expect(one["relatedInformation"][0]["location"]["uri"] == uri_of(w.path("federal/vocabulary.edict")), "what it may mean, in another file", one)
    start, end = place(text, "has analyst", 0, 4), place(text, "has analyst", 0, 10)
    w.client.change(path, {"range": {"start": {"line": start[0], "character": start[1]}, "end": {"line": end[0], "character": end[1]}}, "text": "analyst"})
    expect(w.client.findings(path)["diagnostics"] == [], "mended by an edit of a range")
    w.client.change(path, {"text": text.replace("on      dataset holding pii\n  unless", "on dataset holding\n  unless")})
    expect([d["code"] for d in w.client.findings(path)["diagnostics"]] == ["E0124"], "what does not parse")
    w.client.close(path)
    expect(w.client.findings(path)["diagnostics"] == [], "closed without saving: what is on disk counts")
    expect(w.client.stop() == 0, "it ends as asked")


@test
def findings_in_the_data_of_tables(folder):
    w = Workspace(folder)
    data, rules, words = w.path("federal/holds.csv"), w.path("federal/privacy.edict"), w.path("federal/vocabulary.edict")
    codes = lambda path: [d["code"] for d in (w.client.findings(path) or {"diagnostics": []})["diagnostics"]]
    w.client.open(data, "person\nc-17\nc-17\n")
    found = w.client.findings(data)
    expect([(d["code"], d["range"]["start"]["line"]) for d in found["diagnostics"]] == [("E0614", 2)], "a key twice, on its line", found)
    w.client.open(rules)
    w.client.change(rules, {"text": read(rules) + "\n# and nothing else\n"})
    expect(codes(data) == ["E0614"], "it stays while rules are typed")
    w.client.change(data, {"text": "person\nc-17\nc-18\n"})
    expect(codes(data) == [], "mended")
    w.client.change(rules, {"text": read(rules)})
    expect(codes(data) == [], "and not looked at again")
    w.client.open(words)
    w.client.change(words, {"text": read(words).replace("legal-holds (person:", "legal-holds (whom:")})
    expect("E0603" in codes(data), "what the rules call the columns is felt in the data", w.client.told[-1])
    w.client.change(words, {"text": read(words)})
    expect(codes(data) == [], "and back")
    # More than is read while somebody types: when the file is saved.
    large = "person\n" + "".join(f"c-{i}\n" for i in range(30000)) + "c-7\n"
    w.client.change(data, {"text": large})
    expect(codes(data) == [], "a large table waits")
    write(data, large)
    w.client.tell("textDocument/didSave", textDocument={"uri": uri_of(data)})
    expect(codes(data) == ["E0614"], "until it is saved")
    told = subprocess.run([EDICT, "check", w.path("federal/edict.yaml"), "--format", "json"], capture_output=True, text=True).stderr
    expect('"code":"E0614"' in told, "as the check says", told)
    w.client.stop()


def begin(**params):
    """A client that says this of itself."""
    client = Client([EDICT, "lsp"], start=False)
    client.capabilities = client.ask("initialize", processId=None, **params)["result"]["capabilities"]
    client.tell("initialized")
    return client


def rules_named(client, name):
    return sorted(found["location"]["uri"].rsplit("/", 2)[-2] for found in client.ask("workspace/symbol", query=name)["result"] or [])


@test
def several_folders(folder):
    w = Workspace(folder)
    w.client.stop()
    shutil.copytree(w.path("federal"), w.path("other"))
    folders = [{"uri": uri_of(w.path(name)), "name": name} for name in ("sales", "federal", "other")]
    client = begin(rootUri=None, workspaceFolders=folders[:2], capabilities={})
    expect(client.capabilities["workspace"]["workspaceFolders"] == {"supported": True, "changeNotifications": True}, "it says so", client.capabilities)
    expect(rules_named(client, "purpose-limitation") == ["federal"], "the second folder")
    client.tell("workspace/didChangeWorkspaceFolders", event={"added": folders[2:], "removed": []})
    expect(rules_named(client, "purpose-limitation") == ["federal", "other"], "one more")
    client.tell("workspace/didChangeWorkspaceFolders", event={"added": [], "removed": folders[1:2]})
    expect(rules_named(client, "purpose-limitation") == ["other"], "one less")
    path = w.path("other/privacy.edict")
    client.open(path)
    client.tell("workspace/didChangeWorkspaceFolders", event={"added": [], "removed": folders[2:]})
    expect(rules_named(client, "purpose-limitation") == ["other"], "what is open stays")
    client.stop()
    for params, found in (({"rootPath": w.path("federal")}, ["federal"]), ({"rootPath": 7, "rootUri": None}, []),
                          ({"rootUri": uri_of(w.path("other")), "rootPath": w.path("federal")}, ["other"])):
        client = begin(capabilities={}, **params)
        expect(rules_named(client, "purpose-limitation") == found, f"begun with {params}")
        client.stop()


@test
def projects_that_go(folder):
    w = Workspace(folder)
    yaml, rules = w.path("federal/edict.yaml"), w.path("federal/privacy.edict")
    w.client.open(rules, read(rules).replace("has analyst", "has anlyst"))
    expect(w.client.findings(rules)["diagnostics"] != [], "something is found")
    kept = read(yaml)
    os.remove(yaml)
    w.client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(yaml), "type": 3}])
    expect(w.client.findings(rules)["diagnostics"] == [], "taken back with the project")
    expect(w.client.findings(yaml) is None, "and nothing is said of a file that is gone", w.client.told)
    write(yaml, kept)
    w.client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(yaml), "type": 1}])
    expect(w.client.findings(rules)["diagnostics"] != [], "it is back, with what is open in it")
    # Whichever of several it is, the others stay what they were.
    for name in ("sales", "federal", "sales", "federal"):
        yaml = w.path(f"{name}/edict.yaml")
        kept = read(yaml)
        os.remove(yaml)
        w.client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(yaml), "type": 3}])
        w.client.ask("workspace/symbol", query="x")
        write(yaml, kept)
        w.client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(yaml), "type": 1}])
        expect(rules_named(w.client, "purpose-limitation") == ["federal"], f"{name} goes and comes")
    expect(w.client.stop() == 0, "it ends as asked")


@test
def files_are_watched_where_asked_for(folder):
    w = Workspace(folder)
    w.client.stop()
    for able in (True, False):
        client = begin(rootUri=uri_of(w.folder), capabilities={"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": able}}})
        client.ask("workspace/symbol", query="x")
        asked = [m for m in client.told if m.get("method") == "client/registerCapability"]
        expect(bool(asked) == able, "asked of those that can", client.told)
        if asked:
            [one] = asked[0]["params"]["registrations"]
            expect(one["method"] == "workspace/didChangeWatchedFiles" and "edict" in one["registerOptions"]["watchers"][0]["globPattern"], "what it asks for", one)
            client.send_bytes(client.frame({"jsonrpc": "2.0", "id": asked[0]["id"], "result": None}))
            expect(rules_named(client, "purpose-limitation") == ["federal"], "an answer is no request")
        client.stop()


@test
def as_editors_start_it(folder):
    w = Workspace(folder)
    w.client.stop()
    client = Client([EDICT, "lsp", "--stdio"], w.folder)
    path = w.path("federal/privacy.edict")
    client.open(path)
    expect(client.at("hover", path, *place(read(path), "pii.phone"))["result"] is not None, "it serves")
    expect(client.stop() == 0, "it ends as asked")


@test
def warnings(folder):
    w = Workspace(folder)
    path = w.path("federal/new.edict")
    w.client.open(path, "module federal.new\n\nrule a\n  forbid  read\n  when    purpose is support and purpose is billing\n")
    found = w.client.findings(path)
    expect(found and {d["severity"] for d in found["diagnostics"]} == {2}, "a rule that can never hold is warned about", found)
    w.client.stop()


@test
def a_change_is_felt_in_other_files(folder):
    w = Workspace(folder)
    words = w.path("federal/vocabulary.edict")
    w.client.open(words)
    w.client.change(words, {"text": read(words).replace("pii.phone", "pii.telephone")})
    found = w.client.findings(w.path("federal/privacy.edict"))
    expect(found and [d["code"] for d in found["diagnostics"]] == ["E0204"], "found in a file that is not open", found)
    new = w.path("federal/new.edict")
    w.client.open(new, "module federal.new\n\nrule a\n  forbid  reed\n")
    expect([d["code"] for d in w.client.findings(new)["diagnostics"]] == ["E0204"], "a file that was never saved")
    yaml = w.path("federal/edict.yaml")
    w.client.open(yaml, read(yaml).replace("version: 7", "version: seven"))
    expect(len(w.client.findings(yaml)["diagnostics"]) == 1, "edict.yaml itself")
    w.client.stop()


# ---- names ----

@test
def hover(folder):
    w = Workspace(folder, markdown=True)
    path = w.path("federal/privacy.edict")
    text = read(path).replace("joins customers", "joins *customers* <b>")
    w.client.open(path, text)

    def shown(words, which=0, into=0):
        answer = w.client.at("hover", path, *place(text, words, which, into))["result"]
        return answer and answer["contents"]["value"]
    expect(shown("subject.roles", 0, 9) == "```edict\nsubject.roles: set<role>\n```", "an attribute", shown("subject.roles", 0, 9))
    expect("tag pii" in shown("holding pii", 0, 8) and "Personal data" in shown("holding pii", 0, 8), "a tag with its title")
    expect("internal: levels classification { public < internal" in shown("internal"), "a level", shown("internal"))
    expect("\\*customers\\* \\<b\\>" in shown("pseudonym(contact", 0, 10), "markup in a title is text", shown("pseudonym(contact", 0, 10))
    expect("rule purpose-limitation: forbid access" in shown("rule purpose-limitation", 0, 6)
           and "GDPR Art\\. 5" in shown("rule purpose-limitation", 0, 6), "a rule with its reason", shown("rule purpose-limitation", 0, 6))
    expect("table legal-holds (person: id<person>) complete" in shown("in legal-holds", 0, 4), "a table")
    expect(shown("forbid  access", 0, 1) is None, "nothing has that name")
    w.client.stop()


@test
def definition_and_references(folder):
    w = Workspace(folder)
    path, words = w.path("federal/privacy.edict"), w.path("federal/vocabulary.edict")
    text, vocabulary = read(path), read(words)
    w.client.open(path)
    found = w.client.at("definition", path, *place(text, "pii.phone", 0, 2))["result"]
    line, character = place(vocabulary, "pii.phone")
    expect(found["uri"] == uri_of(words) and found["range"]["start"] == {"line": line, "character": character}, "a definition", found)
    found = w.client.at("references", path, *place(text, "pii.phone"), context={"includeDeclaration": True})["result"]
    files = sorted(f["uri"].rsplit("/", 2)[-1] for f in found)
    expect(files == ["orders.odcs.yaml", "privacy.edict", "vocabulary.edict"], "references, contracts among them", found)
    less = w.client.at("references", path, *place(text, "pii.phone"), context={"includeDeclaration": False})["result"]
    expect(len(less) == len(found) - 1, "without the declaration")
    contract = next(f["uri"] for f in found if f["uri"].endswith(".yaml"))[7:]
    back = w.client.at("definition", contract, *place(read(contract), "pii.phone", 0, 1))["result"]
    expect(back["uri"] == uri_of(words), "from a domain's contract to the federal declaration", back)
    w.client.stop()


@test
def tags_of_a_domain(folder):
    """Its own tags below an open federal one: completed, told, found and renamed like others."""
    w = Workspace(folder)
    words, yaml = w.path("federal/vocabulary.edict"), w.path("sales/edict.yaml")
    write(words, read(words).replace("  pii \"Personal", "  open pii \"Personal"))
    w.build()
    write(yaml, read(yaml) + "rules: [ \"*.edict\" ]\n")
    contract = w.path("sales/contracts/orders.odcs.yaml")
    write(contract, read(contract).replace("pii.phone", "pii.mobile"))
    w.client.tell("workspace/didChangeWatchedFiles",
                  changes=[{"uri": uri_of(path), "type": 2} for path in (words, yaml, contract, w.path("build/federal.edb"))])
    own = w.path("sales/own.edict")
    text = ("module sales.own\n\ntaxonomy tag {\n  pii { pii.mobile \"A phone to carry\": string }\n}\n\n"
            "rule a\n  forbid  export\n  on      dataset holding pii.mobile\n")
    write(own, text)
    w.client.open(own)
    found = w.client.findings(own)
    expect(not found or found["diagnostics"] == [], "nothing is wrong with it", found)
    told = w.client.at("hover", own, *place(text, "holding pii.mobile", 0, 9))["result"]["contents"]["value"]
    expect("tag pii.mobile: string below pii" in told and "A phone to carry" in told, "what it is and below what", told)
    told = w.client.at("hover", own, *place(text, "pii {"))["result"]["contents"]["value"]
    expect("tag open pii" in told, "the federal tag that it stands below", told)
    found = w.client.at("definition", own, *place(text, "pii {"))["result"]
    expect(found["uri"] == uri_of(words), "declared in the federal layer", found)
    found = w.client.at("definition", contract, *place(read(contract), "pii.mobile"))["result"]
    expect(found["uri"] == uri_of(own), "from a contract to the domain's declaration", found)
    for after, wanted, unwanted in (("taxonomy tag { ", {"pii"}, {"geo.country", "pii.mobile", "open"}),
                                    ("taxonomy tag { pii { ", {"abstract"}, {"pii", "open"}),
                                    ("rule b\n  forbid  read\n  on      dataset holding ", {"pii.mobile", "pii.phone"}, {"sales"})):
        whole = text + "\n" + after
        w.client.change(own, {"text": whole})
        offered = set(labels(w.client, own, whole, whole))
        expect(wanted <= offered and not unwanted & offered, f"completion after {after!r}", offered)
    w.client.change(own, {"text": text})
    w.client.open(contract)
    expect("pii.mobile" in labels(w.client, contract, read(contract), "tags: ["), "among the tags of a contract")
    expect("error" in w.client.at("rename", own, *place(text, "pii.mobile"), newName="pii.phone"), "not to a federal name")
    changes = w.client.at("rename", own, *place(text, "pii.mobile"), newName="pii.cell")["result"]["changes"]
    expect(sorted(changes) == sorted([uri_of(own), uri_of(contract)]), "renamed in rules and contracts", changes)
    w.client.stop()


RENAMES = [  # file, words, offset in them, new name, files that change
    ("federal/privacy.edict", "pii.phone", 0, "pii.telephone", 3),
    ("federal/vocabulary.edict", "analyst", 0, "researcher", 2),
    ("federal/vocabulary.edict", "internal", 0, "inside", 3),
    ("federal/privacy.edict", "key contact", 5, "customers", 1),
    ("federal/privacy.edict", "rule support-and-analysis", 6, "support-reads", 1),
    ("federal/vocabulary.edict", "table legal-holds", 7, "holds", 3),
    ("federal/vocabulary.edict", "purposes?: set", 2, "uses", 2),
    ("federal/vocabulary.edict", "billing", 0, "invoicing", 1),
]


@test
def rename_everywhere(folder):
    """After each rename the projects are as sound as before."""
    for number, (name, words, into, new, files) in enumerate(RENAMES):
        w = Workspace(f"{folder}/{number}")
        path = w.path(name)
        w.client.open(path)
        line, character = place(read(path), words, 0, into)
        prepared = w.client.at("prepareRename", path, line, character)["result"]
        answer = w.client.at("rename", path, line, character, newName=new)
        changes = answer.get("result", {}).get("changes", {})
        expect(prepared and prepared["placeholder"] in read(path), f"{words}: may be renamed", prepared)
        expect(len(changes) == files, f"{words} to {new}: files that change", answer)
        for uri, edits in changes.items():
            write(uri[7:], edited(read(uri[7:]), edits))
        w.client.stop()
        checked = subprocess.run([EDICT, "check", w.path("federal/edict.yaml")], capture_output=True, text=True)
        expect(checked.returncode == 0, f"{words} to {new}: the federal project", checked.stderr)
        w.build()
        checked = subprocess.run([EDICT, "check", w.path("sales/edict.yaml")], capture_output=True, text=True)
        expect(checked.returncode == 0, f"{words} to {new}: the domain's project", checked.stderr)


DATA = """module federal.data

table rates (whom: role, what: purpose) gives (level: classification, note: string)

rule rates-hold
  forbid  read
  on      dataset holding pii
  when    rates(role.staff, purpose).level > internal or rates(role.dpo, purpose).note == "level"

test "rates of a test"
  product  sales.orders
  subject  { issuer: corp, id: "sam" }
  context  { now: 2026-11-20T10:00:00Z }
  table    rates { (staff, support): { level: restricted, note: "level" } }
  ask      read orders
  expect   deny
"""
RATES = 'note,"level",what,whom\n"level ""analyst""",restricted,support,analyst\nanalyst,"internal","billing",staff\n'


def with_data(folder):
    w = Workspace(folder)
    yaml = w.path("federal/edict.yaml")
    write(w.path("federal/data.edict"), DATA)
    write(w.path("federal/rates.csv"), RATES)
    write(yaml, re.sub(r"(?m)^tables:\n", "tables:\n  federal.data.rates: { file: rates.csv, version: 1, created: 2026-11-20T00:00:00Z, "
                       "expires: 2027-11-20T00:00:00Z }\n", read(yaml)))
    w.client.open(w.path("federal/data.edict"))
    return w


@test
def rename_reaches_data(folder):
    """Nodes and levels in cells, columns in headers; nothing that only looks like them."""
    wanted = [("federal/vocabulary.edict", "analyst", 0, "researcher", 'note,"level",what,whom\n"level ""analyst""",restricted,support,researcher\nanalyst,"internal","billing",staff\n'),
              ("federal/vocabulary.edict", "internal", 0, "inside", RATES.replace("internal", "inside")),
              ("federal/vocabulary.edict", "billing", 0, "invoicing", RATES.replace("billing", "invoicing")),
              ("federal/data.edict", "level: classification", 0, "grade", RATES.replace('"level",', '"grade",', 1)),
              ("federal/data.edict", ").level", 2, "grade", RATES.replace('"level",', '"grade",', 1)),
              ("federal/data.edict", "{ level: restricted", 3, "grade", RATES.replace('"level",', '"grade",', 1)),
              ("federal/data.edict", "whom: role", 1, "who", RATES.replace("whom", "who"))]
    for number, (name, words, into, new, csv) in enumerate(wanted):
        w = with_data(f"{folder}/{number}")
        path = w.path(name)
        w.client.open(path)
        answer = w.client.at("rename", path, *place(read(path), words, 0, into), newName=new)
        for uri, edits in answer.get("result", {}).get("changes", {}).items():
            write(uri[7:], edited(read(uri[7:]), edits))
        w.client.stop()
        expect(read(w.path("federal/rates.csv")) == csv, f"{words}: the data", read(w.path("federal/rates.csv")), answer)
        built = subprocess.run([EDICT, "build", w.path("federal"), "--out", w.path("out/f.edb"), "--tables", w.path("out")],
                               capture_output=True, text=True)
        expect(built.returncode == 0, f"{words} to {new}: the federal project", built.stderr)


@test
def data_that_cannot_be_read(folder):
    w = with_data(folder)
    path, words = w.path("federal/data.edict"), w.path("federal/vocabulary.edict")
    w.client.open(words)
    hovered = w.client.at("hover", path, *place(DATA, ").level", 0, 2))["result"]["contents"]["value"]
    expect("federal.data.rates.level: classification" in hovered, "a column of a table", hovered)
    found = w.client.at("references", words, *place(read(words), "billing"), context={"includeDeclaration": False})["result"]
    expect([f["uri"].rsplit("/", 1)[-1] for f in found] == ["rates.csv"], "references in data", found)
    csv = w.path("federal/rates.csv")
    back = w.client.at("definition", csv, *place(RATES, "analyst", 1, 3))["result"]
    expect(back["uri"] == uri_of(words), "from a cell to the declaration", back)
    back = w.client.at("definition", csv, *place(RATES, "whom"))["result"]
    expect(back["uri"] == uri_of(path), "from a heading to the declaration", back)
    expect(w.client.at("definition", csv, *place(RATES, "analyst", 0, 3))["result"] is None, "a text that only looks like it")
    write(csv, RATES + "one,two\n")
    w.client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(csv), "type": 2}])
    answer = w.client.at("rename", words, *place(read(words), "billing"), newName="invoicing")
    expect("rates.csv" in answer.get("error", {}).get("message", ""), "data that cannot be read", answer)
    other = w.client.at("rename", words, *place(read(words), "pii.phone"), newName="pii.telephone")
    expect("result" in other, "a name that no table can have", other)
    w.client.stop()


@test
def columns_of_contracts(folder):
    w = Workspace(folder)
    rules, contract = w.path("sales/rules.edict"), w.path("sales/contracts/orders.odcs.yaml")
    write(w.path("sales/edict.yaml"), read(w.path("sales/edict.yaml")) + 'rules: [ "*.edict" ]\n')
    text = "module sales.rules\n\nrule a\n  show only rows\n  on      dataset named \"orders\"\n  where   row.country is de\n"
    w.client.open(rules, text)
    wanted = re.compile(r"column country: string, tagged geo\.country.*, of dataset orders of sales\.orders \(contracts/orders\.odcs\.yaml\)")
    for path, words, which, into in ((rules, "row.country", 0, 6), (contract, "name: country", 0, 8)):
        where = place(text if path == rules else read(path), words, which, into)
        answer = w.client.at("hover", path, *where)["result"]
        expect(answer and wanted.search(answer["contents"]["value"]), f"{path}: hover", answer)
        for method, more in (("prepareRename", {}), ("rename", {"newName": "land"})):
            answer = w.client.at(method, path, *where, **more)
            expect("contracts/orders.odcs.yaml" in answer.get("error", {}).get("message", ""), f"{path}: {method}", answer)
    expect(w.client.at("hover", rules, *place(text, "show only"))["result"] is None, "no column")
    w.client.stop()


@test
def rename_refuses(folder):
    w = Workspace(folder)
    path = w.path("federal/privacy.edict")
    text = read(path)
    w.client.open(path)
    where = place(text, "pii.phone")
    for name in ("", "1a", "a b", "a-", "pii.", "and", "true", "null", "no", "forbid", "subject.x", "purpose", "pii.email",
                 "x" * 129, "a\nb", "ä"):
        answer = w.client.at("rename", path, *where, newName=name)
        expect("error" in answer, f"refuses {name!r}", answer)
    expect("error" in w.client.at("rename", path, *place(text, "access"), newName="x"), "what is built in")
    expect(w.client.at("prepareRename", path, *place(text, "because"))["result"] is None, "a word of the language")
    w.client.change(path, {"text": text + "\nrule broken\n  forbid\n"})
    expect("mend" in w.client.at("rename", path, *where, newName="pii.tel")["error"]["message"], "where a use could be missed")
    w.client.stop()


@test
def symbols(folder):
    w = Workspace(folder)
    path = w.path("federal/privacy.edict")
    w.client.open(path)
    found = w.client.ask("textDocument/documentSymbol", textDocument={"uri": uri_of(path)})["result"]
    names = [(s["detail"], s["name"]) for s in found]
    expect(("rule", "purpose-limitation") in names and ("key", "contact") in names and ("test", "support sees the last four digits") in names,
           "declarations of a file", names)
    expect(all(s["range"]["start"]["line"] <= s["selectionRange"]["start"]["line"] <= s["range"]["end"]["line"] for s in found),
           "names stand within their declarations", found)
    found = w.client.ask("workspace/symbol", query="legal")["result"]
    expect([s["name"] for s in found] == ["federal.vocabulary.legal-holds"], "symbols of the workspace", found)
    w.client.stop()


# ---- writing ----

COMPLETIONS = [  # text that ends at the cursor; some that must be offered; some that must not
    ("rule a\n  ", {"permit", "mask", "retain"}, {"when", "pii"}),
    ("rule a\n  forbid  ", {"access", "read", "export"}, {"pii", "support"}),
    ("rule a\n  forbid  read\n  ", {"on", "when", "because"}, {"forbid", "where "}),
    ("rule a\n  forbid  read\n  when true\n  ", {"unless", "because"}, {"on", "when"}),
    ("rule a\n  forbid  read\n  on      ", {"dataset", "product", "not"}, set()),
    ("rule a\n  forbid  read\n  on      dataset ", {"tagged", "holding", "named", "classified"}, {"in domain"}),
    ("rule a\n  forbid  read\n  on      product ", {"in domain", "tagged"}, {"classified"}),
    ("rule a\n  forbid  read\n  on      dataset holding pii, ", {"pii.phone", "geo.country"}, {"support", "de"}),
    ("rule a\n  forbid  read\n  on      dataset classified <= ", {"public", "restricted"}, {"pii"}),
    ("rule a\n  forbid  read\n  on      product in domain ", {"sales", "finance"}, {"pii"}),
    ("rule a\n  forbid  read\n  when    ", {"subject.roles", "purpose", "now", "dataset.purposes"}, {"support"}),
    ("rule a\n  forbid  read\n  when    subject.ro", {"subject.roles"}, {"support"}),
    ("rule a\n  forbid  read\n  when    subject.roles has ", {"support", "analyst", "staff"}, {"de", "pii", "billing"}),
    ("rule a\n  forbid  read\n  when    purpose is ", {"support", "billing", "not"}, {"analyst", "de"}),
    ("rule a\n  forbid  read\n  when    purpose is not ", {"support", "billing"}, {"analyst", "set"}),
    ("rule a\n  forbid  read\n  when    purpose in [support, ", {"billing"}, {"analyst"}),
    ("rule a\n  forbid  read\n  when    purpose in ", {"billing", "dataset.purposes", "legal-holds"}, {"analyst"}),
    ("rule a\n  forbid  read\n  when    purpose is support ", {"and", "or"}, {"pii"}),
    ("rule a\n  show only rows\n  where   row[", {"geo.country", "time.collected"}, {"de"}),
    ("rule a\n  show only rows\n  where   row[geo.country] is ", {"de", "eu"}, {"support"}),
    ("rule a\n  mask    column tagged pii\n    with  ", {"null", "show-last", "pseudonym"}, {"pii"}),
    ("rule a\n  mask    column tagged pii\n    with  pseudonym(", {"contact"}, {"pii"}),
    ("rule a\n  mask    column tagged pii\n    with  date-trunc(", {"month"}, {"contact"}),
    ("rule a\n  mask    column tagged pii\n    with  null  if subject.roles has ", {"dpo"}, {"de"}),
    ("rule a\n  retain  ", {"at most", "at least", "while"}, {"pii"}),
    ("rule a\n  retain  at most 2 years after row[", {"time.collected"}, {"de"}),
    ("rule a\n  delegate permit read to domain ", {"sales"}, {"pii"}),
    ("rule a\n  because \"", set(), {"pii", "when"}),
    ("# a comment ", set(), {"rule"}),
    ("", {"rule", "taxonomy", "test"}, {"when"}),
    ("taxonomy ", {"tag", "purpose", "role"}, {"rule"}),
    ("taxonomy tag { x: ", {"string", "decimal", "region"}, {"rule"}),
    ("attributes ", {"subject", "dataset"}, {"column"}),
    ("attributes subject { x: set<", {"role", "int"}, {"rule"}),
    ("issuer x \"https://x\"\n  ", {"audience", "subject.roles"}, {"rule"}),
    ("issuer x \"https://x\"\n  algorithms ", {"ES256", "RS256"}, {"HS256"}),
    ("issuer x \"https://x\"\n  subject.roles from \"r\" within ", {"staff", "dpo"}, {"de"}),
    ("key k joinable within ", {"federation", "domain"}, {"pii"}),
    ("domains may state ", {"pii", "dataset.purposes", "classification"}, {"support"}),
    ("let x = subject.roles has ", {"dpo"}, {"de"}),
    ("define f(p: ", {"purpose", "int"}, {"rule"}),
    ("test \"t\"\n  ", {"product", "subject", "expect"}, {"rule"}),
    ("test \"t\"\n  product  x\n  subject  { ", {"issuer", "roles"}, {"subject.roles", "pii"}),
    ("test \"t\"\n  product  x\n  subject  { roles: [", {"support", "dpo"}, {"de"}),
    ("test \"t\"\n  product  x\n  subject  { regions: [de, ", {"fr", "us"}, {"dpo"}),
    ("test \"t\"\n  product  x\n  subject  {}\n  context  { purpose: ", {"billing"}, {"dpo"}),
    ("test \"t\"\n  product  x\n  subject  {}\n  ask      ", {"read", "export"}, {"pii"}),
    ("test \"t\"\n  product  x\n  subject  {}\n  ask      read x\n  expect   ", {"permit", "deny", "row"}, {"pii"}),
    ("test \"t\"\n  product  x\n  subject  {}\n  ask      read x\n  expect   row {} ", {"shown", "hidden", "withheld", "erasable"}, {"pii"}),
    ("rule r\n  mask    column tagged pii\n    with  show-last(4, ", {"rest", "short", "profile"}, {"count", "pii"}),
    ("rule r\n  mask    column tagged pii\n    with  show-last(4, profile: ", {"iceberg", "bigquery"}, {"rest", "pii"}),
    ("rule r\n  mask    column tagged pii with ", {"show-last", "null"}, {"pii"}),
    ("rule r\n  mask    column tagged pii\n    with  token(", {"contact"}, {"pii"}),
    ("rule r\n  mask    column tagged time.collected\n    with  date-trunc(", {"month", "isoweek"}, {"unit", "pii"}),
    ("rule r\n  mask    column tagged time.collected\n    with  date-shift(contact, -3, 3, row[", {"pii", "person.id"}, {"month"}),
    ("test \"t\"\n  product  x\n  subject  {}\n  ask      read x\n  expect   permit by ", {"purpose-limitation"}, {"pii"}),
]


@test
def completion(folder):
    w = Workspace(folder)
    path = w.path("federal/new.edict")
    w.client.open(path, "module federal.new\n")
    for text, wanted, unwanted in COMPLETIONS:
        whole = "module federal.new\n\n" + text
        w.client.change(path, {"text": whole})
        offered = labels(w.client, path, whole, whole)
        expect(wanted <= set(offered) and not unwanted & set(offered), f"completion after {text!r}", offered)
        expect(len(offered) == len(set(offered)), f"nothing twice after {text!r}", offered)
    contract = w.path("sales/contracts/orders.odcs.yaml")
    text = read(contract)
    w.client.open(contract)
    expect({"pii.phone", "geo.country"} <= set(labels(w.client, contract, text, "tags: [")), "tags of a contract")
    w.client.stop()


@test
def completion_replaces_the_word(folder):
    w = Workspace(folder)
    path, text = w.path("federal/new.edict"), "module federal.new\n\nrule a\n  forbid  read\n  when    subject.ro"
    w.client.open(path, text)
    answer = w.client.at("completion", path, *place(text, "subject.ro", 0, 10))["result"]
    item = next(i for i in answer["items"] if i["label"] == "subject.roles")
    expect(edited(text, [item["textEdit"]]).endswith("when    subject.roles"), "the word at the cursor is replaced", item)
    expect("set<role>" in item["detail"], "its type is told", item)
    w.client.stop()


@test
def formatting(folder):
    w = Workspace(folder)
    path, text = w.path("federal/new.edict"), "module   federal.new\nkey k  joinable within domain # é\n"
    w.client.open(path, text)
    edits = w.client.ask("textDocument/formatting", textDocument={"uri": uri_of(path)}, options={})["result"]
    laid = edited(text, edits)
    expect(laid == "module federal.new\n\nkey k joinable within domain  # é\n", "a file is laid out", laid)
    w.client.change(path, {"text": laid})
    expect(w.client.ask("textDocument/formatting", textDocument={"uri": uri_of(path)}, options={})["result"] == [], "once is enough")
    w.client.change(path, {"text": "module federal.new\nrule"})
    expect("error" in w.client.ask("textDocument/formatting", textDocument={"uri": uri_of(path)}, options={}), "what does not parse")
    alone = w.path("alone.edict")
    w.client.open(alone, "module   x.y")
    edits = w.client.ask("textDocument/formatting", textDocument={"uri": uri_of(alone)}, options={})["result"]
    expect(edits[0]["newText"] == "module x.y\n", "a file of no project")
    w.client.stop()


def actions(client, path, only=None):
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
    return client.ask("textDocument/codeAction", textDocument={"uri": uri_of(path)}, range=whole,
                      context={"diagnostics": [], **({"only": only} if only else {})})["result"]


@test
def fixes(folder):
    w = Workspace(folder)
    path = w.path("federal/new.edict")
    text = "module federal.new\n\nrule a\n  forbid  read\n  when    now = now && purpose is suport\n"
    w.client.open(path, text)
    found = actions(w.client, path)
    safe = [a for a in found if a["kind"] == "quickfix" and a.get("isPreferred")]
    suggested = [a for a in found if a["kind"] == "quickfix" and not a.get("isPreferred")]
    every = [a for a in found if a["kind"] == "source.fixAll"]
    expect(len(safe) == 2 and len(every) == 1, "safe fixes are preferred", found)
    expect(all("(a suggestion)" in a["title"] for a in suggested), "suggestions say that they are", suggested)
    expect(actions(w.client, path, ["source.fixAll"]) == every, "what is asked for")
    mended = edited(text, every[0]["edit"]["changes"][uri_of(path)])
    expect("now == now and purpose is suport" in mended, "all safe ones, and no suggestion", mended)
    w.client.change(path, {"text": mended})
    [one] = actions(w.client, path)
    expect(one["kind"] == "quickfix" and not one.get("isPreferred") and "(a suggestion)" in one["title"], "a suggestion alone", one)
    w.client.change(path, {"text": edited(mended, one["edit"]["changes"][uri_of(path)])})
    expect(w.client.findings(path)["diagnostics"] == [], "and then nothing is wrong")
    w.client.stop()


# ---- tests ----

@test
def lenses(folder):
    w = Workspace(folder)
    path = w.path("federal/privacy.edict")
    text = read(path)
    w.client.open(path)

    def titles():
        found = w.client.ask("textDocument/codeLens", textDocument={"uri": uri_of(path)})["result"]
        return [lens["command"]["title"] for lens in found]
    expect(titles() == ["passes"], "a test that passes", titles())
    w.client.change(path, {"text": text.replace("show-last(4)\n", "show-last(3)\n") if "show-last(4)\n" in text else text})
    expect(titles()[0].startswith("fails: line "), "a test that fails", titles())
    answer = w.client.ask("workspace/executeCommand", command="edict.runTests", arguments=[uri_of(path)])["result"]
    expect(answer["passed"] == 0 and answer["failed"] == 1 and list(answer["failures"]), "run by command", answer)
    w.client.change(path, {"text": text + "\nrule broken\n  forbid\n"})
    expect(titles() == ["not run: the project has findings"], "what cannot be run", titles())
    w.client.change(path, {"text": text})
    os.remove(w.path("build/federal.edb"))
    w.client.tell("workspace/didChangeWatchedFiles", changes=[{"uri": uri_of(w.path("build/federal.edb")), "type": 3}])
    expect(len(titles()) == 1 and titles()[0].startswith("not run: line ") and "sales.orders" in titles()[0],
           "a test about a product whose project has findings has not failed", titles())
    w.client.stop()


# ---- the protocol ----

@test
def positions(folder):
    """A comment of four-byte characters before a misspelt word on its line is counted in the agreed units."""
    for encodings, agreed in ((None, "utf-16"), (["utf-8", "utf-16"], "utf-8"), (["utf-32"], "utf-16")):
        w = Workspace(f"{folder}/{agreed}-{encodings and len(encodings)}", encodings=encodings)
        expect(w.client.capabilities["positionEncoding"] == agreed, f"{encodings} agrees on {agreed}")
        path = w.path("federal/new.edict")
        head = 'rule a show only rows on dataset named "\U0001F6B2ü" where row['
        w.client.open(path, f"module federal.new\n\n{head}geo.contry] is de\n")
        [one] = w.client.findings(path)["diagnostics"]
        width = len(head.encode()) if agreed == "utf-8" else len(head.encode("utf-16-le")) // 2
        expect(one["range"]["start"] == {"line": 2, "character": width}, f"a place in {agreed}", one["range"], width)
        begin, end = width, width + len("geo.contry")
        w.client.change(path, {"range": {"start": {"line": 2, "character": begin}, "end": {"line": 2, "character": end}}, "text": "geo.country"})
        expect(w.client.findings(path)["diagnostics"] == [], f"an edit in {agreed}")
        w.client.stop()


@test
def many_changes_at_once(folder):
    w = Workspace(folder)
    path, text = w.path("federal/new.edict"), "module federal.new\n"
    w.client.open(path, text)
    frames = b""
    for i in range(200):
        message = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri_of(path), "version": i + 2},
            "contentChanges": [{"range": {"start": {"line": 1, "character": i}, "end": {"line": 1, "character": i}}, "text": "x"}]}}
        frames += Client.frame(message)
    w.client.send_bytes(frames)
    found = w.client.findings(path)
    expect(found["version"] == 201 and len(found["diagnostics"]) == 1, "all of them are made, in order", found)
    w.client.stop()


@test
def paths_with_odd_characters(folder):
    w = Workspace(f"{folder}/a b%é")
    path = w.path("federal/privacy.edict")
    w.client.open(path)
    text = read(path)
    found = w.client.at("definition", path, *place(text, "pii.phone"))["result"]
    expect(found["uri"] == uri_of(w.path("federal/vocabulary.edict")), "blanks, percent and é in a path", found)
    w.client.stop()


@test
def without_a_root(folder):
    w = Workspace(folder)
    w.client.stop()
    w.client = Client([EDICT, "lsp"])
    path = w.path("federal/privacy.edict")
    w.client.open(path, read(path).replace("forbid  access", "forbid  acess"))
    expect([d["code"] for d in w.client.findings(path)["diagnostics"]] == ["E0204"], "the project above an open file is found")
    w.client.stop()


@test
def ends(folder):
    client = Client([EDICT, "lsp"])
    expect(client.stop() == 0, "shutdown and exit")
    client = Client([EDICT, "lsp"])
    client.tell("exit")
    expect(client.process.wait(timeout=20) == 1, "exit without shutdown")
    client = Client([EDICT, "lsp"], start=False)
    client.process.stdin.close()
    expect(client.process.wait(timeout=20) == 1, "a client that is gone")
    done = subprocess.run([EDICT, "lsp", "x"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    expect(done.returncode == 2, "a word too many")


@test
def memory_stays_bounded(folder):
    """Huge messages and many questions: what the server holds does not grow with them."""
    w = Workspace(folder)
    path, text = w.path("federal/privacy.edict"), read(w.path("federal/privacy.edict"))
    w.client.open(path)

    def resident():
        with open(f"/proc/{w.client.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    where = place(text, "pii.phone")
    before = resident()
    for i in range(600):
        w.client.at("hover", path, *where)
        w.client.at("completion", path, *where)
        w.client.ask("workspace/symbol", query="p")
        if i == 100:
            before = resident()
    expect(resident() - before < 2048, "six hundred questions cost no memory", before, resident())
    w.client.send_bytes(b"Content-Length: 60000000\r\n\r\n")
    for _ in range(60):
        w.client.send_bytes(b"[" * 1000000)
    expect(w.client.read()["error"]["code"] == -32600, "too large a message is refused")
    expect(resident() - before < 24 * 1024, "and not held", before, resident())
    expect(w.client.at("hover", path, *where)["result"] is not None, "and the server goes on")
    w.client.stop()


if __name__ == "__main__":
    sys.exit(main(each=True))
