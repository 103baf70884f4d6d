#!/usr/bin/env python3
"""Describe: `edict describe` is true, whole and well written. Each answer of a card is asked again of `edict eval`; each
issuer, role and purpose stands in one answer exactly; the page is parsed and holds nothing that could act.

It works on a copy of tests/codes below TMPDIR. What people read is compared with tests/golden/describe/;
GOLDEN_UPDATE=1 writes those files instead."""

import html.parser
import itertools
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import HERE, edict, expect, golden, main, read, test, write  # noqa: E402

ASKED_MOST = 150


NOW = "2026-11-20T10:00:00Z"
SET = ("--bundle", "build/federal.edb", "--bundle", "build/sales.edb", "--bundle", "build/federal.vocabulary.consent.edb",
       "--bundle", "build/federal.vocabulary.legal-holds.edb", "--development")
SUBJECT = {"regions": ["de"], "clearance": "internal"}
WHAT = ("decision", "reasons", "columns", "rows", "groups", "retention", "obligations", "valid_until")


def describe(*more, form="json"):
    return edict("describe", "sales.orders", *SET, "--now", NOW, "--format", form, *more)


def card(*more):
    r = describe(*more)
    expect(r.returncode == 0, "a card", r.stderr)
    return json.loads(r.stdout)


def cells(answer):
    for a in answer["audience"]:
        yield from itertools.product(a["issuers"], a["roles"], a["purposes"])


def answers(of):
    for dataset in of["datasets"]:
        for action in dataset["actions"]:
            for answer in action["answers"]:
                yield dataset["name"], action["action"], answer


@test
def goldens():
    supposed = ("--subject", json.dumps(SUBJECT))
    golden("describe/card.txt", describe(*supposed, form="text").stdout)
    golden("describe/card.html", describe(*supposed, form="html").stdout)
    golden("describe/card.json", describe(*supposed).stdout)
    expect(describe(form="text").stdout != describe(*supposed, form="text").stdout, "what is supposed matters")


@test
def every_answer_is_the_evaluators():
    """For each answer of the card requests that it is for, asked of `edict eval`: the same decision, member by member."""
    for subject in ({}, SUBJECT):
        of = card("--subject", json.dumps(subject))
        asked = [(dataset, action, answer, cell) for dataset, action, answer in answers(of) for cell in cells(answer)]
        # Each answer by one of its requests at least, and others in between.
        first = {id(answer): index for index, (_, _, answer, _) in reversed(list(enumerate(asked)))}
        chosen = sorted(set(first.values()) | set(range(0, len(asked), max(1, len(asked) // ASKED_MOST * 2))))
        expect(len(chosen) >= len(first), "each answer is asked")
        for index in chosen:
            dataset, action, answer, (issuer, role, purpose) = asked[index]
            who = {**subject, "issuer": issuer, "id": "anybody", "roles": [role] if role else [], "purposes": [purpose] if purpose else []}
            r = edict("eval", *SET, "--product", "sales.orders", "--dataset", dataset, "--action", action, "--now", NOW, "--format", "json",
                      "--subject", json.dumps(who), "--context", json.dumps({"purpose": purpose} if purpose else {}))
            got = json.loads(r.stdout)
            for member in WHAT:
                expect(got[member] == answer[member], f"{dataset} {action} {issuer} {role} {purpose}: {member}", got[member], answer[member])


@test
def everybody_stands_in_one_answer():
    of = card()
    everybody = {}
    for dataset, action, answer in answers(of):
        for cell in cells(answer):
            everybody.setdefault((dataset, action), []).append(cell)
    expect({a for _, a in everybody} == {"read", "export", "unmask"}, "each action", sorted(everybody))
    for key, found in everybody.items():
        wanted = set(itertools.product(of["issuers"], of["roles"], of["purposes"]))
        expect(len(found) == len(set(found)), f"{key}: nobody stands in two answers")
        expect(set(found) == wanted, f"{key}: nobody is left out", wanted - set(found))


@test
def columns_are_the_contracts():
    columns = {c["name"]: c for c in card()["datasets"][0]["columns"]}
    expect(list(columns) == ["order_id", "customer_id", "phone", "country", "amount", "status", "ordered_at"], "in its order", list(columns))
    expect(columns["phone"]["tags"] == ["pii.phone"] and columns["phone"]["type"] == "string", "tags and type", columns["phone"])
    expect(columns["order_id"]["closed"] and columns["order_id"]["tags"] == ["untagged"] and columns["order_id"]["required"], "untagged is closed",
           columns["order_id"])
    expect(card()["datasets"][0]["classification"] == "internal", "the dataset's level")


IN_ORDER = ["id", "contact", "contact.country", "contact.phones", "contact.phones[]", "contact.phones[].number", "contact.phones[].kind", "seen",
            "notes", "notes[key]", "notes[value]"]


@test
def parts_stand_after_what_they_are_inside_of():
    """The evaluator has all parts behind all columns; whoever reads a card looks for them where the contract has them."""
    os.makedirs("people", exist_ok=True)
    write("people/edict.yaml", read("sales/edict.yaml").replace('rules: [ "*.edict" ]\n', ""))
    write("people/people.odcs.yaml", read(os.path.join(HERE, "tests/browser/people.odcs.yaml")))
    r = edict("build", "people/edict.yaml", "--out", "build/people.edb")
    expect(r.returncode == 0, "a product with parts", r.stderr)
    words = ["describe", "sales.people", "--bundle", "build/federal.edb", "--bundle", "build/people.edb", *SET[4:], "--now", NOW,
             "--subject", json.dumps(SUBJECT)]
    of = json.loads(edict(*words, "--format", "json").stdout)
    names = [c["name"] for c in of["datasets"][0]["columns"]]
    expect(names == IN_ORDER, "columns", names)
    permits = [answer for _, _, answer in answers(of) if answer["decision"] == "permit"]
    expect(permits, "somebody may read it")
    for answer in permits:
        expect(list(answer["columns"]) == IN_ORDER, "what they see", list(answer["columns"]))
    golden("describe/parts.txt", edict(*words, "--format", "text").stdout)
    page = edict(*words, "--format", "html").stdout
    depths = [c["depth"] for c in of["datasets"][0]["columns"]]
    expect(depths == [0, 0, 1, 1, 2, 3, 3, 0, 0, 1, 1], "how deep each is", depths)
    places = [page.find(f'<th scope="row"{f" class={chr(34)}in{depth}{chr(34)}" if depth else ""}>{name}</th>') for name, depth in zip(IN_ORDER, depths)]
    expect(-1 not in places and places == sorted(places), "the page has them so", places)


SHOP = """apiVersion: {version}
kind: DataProduct
id: shop-product
{name}domain: sales
version: 2.1.0
{status}inputPorts:
  - {{ name: parcels, version: 1.0.0, contractId: 7b1e0d2c-0000-4000-8000-000000000001 }}
  - {{ name: orders, version: 2.1.0, contractId: {orders} }}
outputPorts:
  - {{ name: orders_sql, type: tables, version: {given}, contractId: {orders} }}
  - {{ name: orders_events, type: topic, contractId: {orders}, deprecated: true }}
  - {{ name: people_sql, type: tables, version: v1.0.0, contractId: 5f1d2c1e-8f1b-4a55-9a53-4f4d3c1a9e09 }}
{more}"""


def shop(path="shop.odps.yaml", version="v1.1.0", name="name: Customer Data Product\n", status="", given="v2.1.0", more=""):
    write(path, SHOP.format(version=version, name=name, status=status, given=given, more=more, orders="5f1d2c1e-8f1b-4a55-9a53-4f4d3c1a9e01"))
    return path


def offer(path, *more, form="json"):
    return edict("describe", path, *SET[:2], "--bundle", "build/both.edb", *SET[4:], "--now", NOW, "--subject", json.dumps(SUBJECT), "--format", form, *more)


@test
def a_data_product_is_its_ports():
    """The card of a descriptor: each port, and of what output ports carry the same answers as on the product's own card."""
    r = offer(shop())
    expect(r.returncode == 0, "all ports have their contracts", r.stderr)
    of = json.loads(r.stdout)
    expect(of["data_product"] == {"file": "shop.odps.yaml", "id": "shop-product", "name": "Customer Data Product", "domain": "sales",
                                  "version": "2.1.0", "status": None, "deprecated": False}, "whose ports", of["data_product"])
    ports = [(p["direction"], p["name"], p["type"], p["product"], p["contract_version"], p["result"], p["deprecated"]) for p in of["ports"]]
    expect(ports == [("output", "orders_sql", "tables", "sales.orders", "2.1.0", "described", False),
                     ("output", "orders_events", "topic", "sales.orders", "2.1.0", "described", True),
                     ("output", "people_sql", "tables", "sales.people", "1.0.0", "described", False),
                     ("input", "parcels", None, None, None, "elsewhere", False),
                     ("input", "orders", None, "sales.orders", "2.1.0", "elsewhere", False)], "ports", ports)
    expect([p["product"] for p in of["products"]] == ["sales.orders", "sales.people"], "each product once")
    for product in of["products"]:
        alone = json.loads(edict("describe", product["product"], *SET[:2], "--bundle", "build/both.edb", *SET[4:], "--now", NOW,
                                 "--subject", json.dumps(SUBJECT), "--format", "json").stdout)
        expect(product["datasets"] == alone["datasets"] and product["tags"] == alone["tags"], f"{product['product']}: as on its own card")
        expect(set(alone["rules"]) <= set(of["rules"]), "with its rules", set(alone["rules"]) - set(of["rules"]))
        expect(all(alone[key] == of[key] for key in ("now", "supposed", "issuers", "roles", "purposes")), "for the same readers")
    golden("describe/offer.txt", offer("shop.odps.yaml", form="text").stdout)
    page = check_page(offer("shop.odps.yaml", form="html").stdout)
    for words in ("Customer Data Product", "orders_events", "output ports orders_sql and orders_events", "sales.people", "show-last(4)"):
        expect(words in page, f"the page says {words}")


@test
def a_port_without_its_contract_stands_on_the_card():
    more = "  - { name: raw }\n  - { name: gone, contractId: nobody }\n"
    cases = [({"given": "2.0.0"}, 1, {"E0973"}, "sales.orders, which is of version 2.1.0"), ({"more": more}, 1, {"E0972"}, "gone: contract nobody, which is in none"),
             ({"more": "  - { name: raw }\n"}, 0, set(), "raw: names no contract"), ({"version": "v1.0.0"}, 1, {"E0971"}, None),
             ({"version": "v1.0.0", "status": "status: active\n", "name": ""}, 0, set(), "data product shop-product of sales"),
             ({"version": "v2.0.0"}, 1, {"E0971"}, None), ({"name": "name: [ shop ]\n"}, 1, {"E0971"}, None)]
    for given, code, codes, said in cases:
        r = offer(shop(**given), form="text")
        found = {c for c in ("E0971", "E0972", "E0973") if c in r.stderr}
        expect(r.returncode == code and found == codes, f"{given}", r.returncode, r.stderr)
        expect(said in r.stdout if said else r.stdout == "", f"{given}: {said}", r.stdout[:900])
    write("empty.odps.yaml", "apiVersion: v1.1.0\nkind: DataProduct\nid: nothing\n")
    r = offer("empty.odps.yaml", form="text")
    expect(r.returncode == 0 and r.stdout.startswith("data product nothing, as its rules have it"), "no ports", r.stdout, r.stderr)
    for path, code, said in (("sales/orders.odcs.yaml", 1, "a data product is another file"), ("none.odps.yaml", 3, "none.odps.yaml"), ("sales", 3, "no bundle")):
        r = offer(path)
        expect(r.returncode == code and said in r.stderr and r.stdout == "", path, r.returncode, r.stderr)


@test
def the_page_of_a_data_product_stays_whole():
    name = json.dumps(HOSTILE)
    page = check_page(offer(shop(name=f"name: {name}\n", more=f"  - {{ name: {name}, type: {name}, version: {name}, contractId: {name} }}\n"), form="html").stdout)
    expect(page.count(HOSTILE) >= 6, "the text is there, as text", page.count(HOSTILE))


@test
def rules_that_mattered_are_told():
    rules = card()["rules"]
    rule = rules["federal.privacy.contact-details"]
    expect(rule["because"] == "GDPR Art. 25" and rule["effect"] == "mask" and rule["file"] == "privacy.edict", "a rule", rule)
    expect(any(c["text"] == "subject.roles has dpo" and c["part"] == "unless" for c in rule["conditions"]), "what it asks", rule["conditions"])


class Page(html.parser.HTMLParser):
    """What is in the page, and whether each element ends."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.words, self.wrong = [], set(), set(), [], []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append(data)


ELEMENTS = {"html", "head", "meta", "style", "title", "body", "main", "h1", "h2", "h3", "h4", "p", "ul", "li", "table", "caption", "thead",
            "tbody", "tr", "th", "td", "code", "span", "section", "br"}
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "scope", "data-name"}


def check_page(text):
    page = Page()
    page.feed(text)
    page.close()
    expect(page.seen <= ELEMENTS, "elements", page.seen - ELEMENTS)
    expect(page.attributes <= ATTRIBUTES, "attributes", page.attributes - ATTRIBUTES)
    expect(not page.open and not page.wrong, "each element ends", page.open, page.wrong)
    expect("default-src 'none'" in text and "@import" not in text and "url(" not in text, "nothing is fetched")
    return "".join(page.words)


HOSTILE = '<script>alert(1)</script>&amp;"\'><img src=x onerror=alert(2)>'


@test
def whatever_a_name_holds_the_page_stays_whole():
    words = check_page(describe(form="html").stdout)
    for name in ("sales.orders", "phone", "show-last(4)", "GDPR Art. 25", "row.status != \"test\"", "whoever has no role"):
        expect(name in words, f"the page says {name}")
    shutil.copytree("federal", "hostile-federal")
    shutil.copytree("sales", "hostile-sales")
    path = "hostile-federal/privacy.edict"
    write(path, read(path).split("\ntest ")[0].replace("GDPR Art. 25", HOSTILE.replace("\\", "\\\\").replace('"', '\\"')))
    path = "hostile-sales/orders.odcs.yaml"
    write(path, read(path).replace("- name: orders", f"- name: {json.dumps(HOSTILE)}").replace("name: phone,", f"name: {json.dumps(HOSTILE)},"))
    write("hostile-sales/sales.edict", "module sales.rules\n")
    write("hostile-sales/edict.yaml", read("hostile-sales/edict.yaml").replace("federal.edb", "hostile.edb"))
    expect(edict("build", "hostile-federal", "--out", "build/hostile.edb", "--tables", "build/hostile").returncode == 0, "build the federation")
    r = edict("build", "hostile-sales", "--out", "build/hostile-sales.edb")
    expect(r.returncode == 0, "build the domain", r.stderr)
    r = edict("describe", "sales.orders", "--bundle", "build/hostile.edb", "--bundle", "build/hostile-sales.edb", "--development", "--now", NOW,
              "--format", "html")
    expect(r.returncode == 0, "a card", r.stderr)
    words = check_page(r.stdout)
    expect(words.count(HOSTILE) >= 3, "the text is there, as text", words.count(HOSTILE))


@test
def wrong_use():
    cases = [((), 2, "the product's name is needed"), (("sales.oders", *SET), 3, "no bundle carries the contract"),
             (("sales.orders",), 2, "give either --bundle"), (("sales.orders", *SET, "--subject", '{"roles":["dpo"]}'), 2, "which the card goes through"),
             (("sales.orders", *SET, "--subject", "[]"), 2, "takes a JSON object"), (("sales.orders", *SET, "--format", "pdf"), 2, "is one of"),
             (("sales.orders", *SET, "--subject", '{"nonsense":"x"}'), 2, "nonsense"),
             (("sales.orders", "--bundle", "build/sales.edb", "--development"), 3, "no federal bundle")]
    for words, code, said in cases:
        r = edict("describe", *words, "--now", NOW) if words else edict("describe")
        expect(r.returncode == code and said in r.stderr and r.stdout == "", f"describe {words}", r.returncode, r.stderr, r.stdout[:200])


def set_up():
    shutil.copytree(os.path.join(HERE, "tests/codes"), ".", dirs_exist_ok=True)
    assert edict("build", "federal/edict.yaml", "--out", "build/federal.edb", "--tables", "build").returncode == 0
    assert edict("build", "sales/edict.yaml", "--out", "build/sales.edb").returncode == 0
    shutil.copytree("sales", "both")
    shutil.copy(os.path.join(HERE, "tests/browser/people.odcs.yaml"), "both")
    assert edict("build", "both/edict.yaml", "--out", "build/both.edb").returncode == 0


if __name__ == "__main__":
    sys.exit(main(set_up))
