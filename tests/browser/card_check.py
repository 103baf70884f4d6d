#!/usr/bin/env python3
"""Card check: the policy card in Chromium, for `make check-browser`.

The page is opened on its own, and in frames as wide as a telephone and a desk, in light and in dark. What the browser
shows must be what the card says; nothing may be wider than its frame; nothing may be fetched or run. Screenshots go
to build/browser/ for people to look at."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.getcwd()
BUILD = os.environ.get("EDICT_BUILD", os.path.join(HERE, "build"))
EDICT = os.path.join(BUILD, "edict")
OUT = os.path.join(BUILD, "browser")
NOW = "2026-11-20T10:00:00Z"
WIDTHS = (360, 1280)
SHOP = """apiVersion: v1.1.0
kind: DataProduct
id: shop
name: Customer Data Product
domain: sales
inputPorts: [ { name: parcels, version: 1.0.0, contractId: 7b1e0d2c-0000-4000-8000-000000000001 } ]
outputPorts:
  - { name: orders_sql, type: tables, version: 2.1.0, contractId: 5f1d2c1e-8f1b-4a55-9a53-4f4d3c1a9e01 }
  - { name: orders_events_with_a_long_name, type: topic, version: 2.1.0, contractId: 5f1d2c1e-8f1b-4a55-9a53-4f4d3c1a9e01 }
  - { name: people_sql, type: tables, version: 1.0.0, contractId: 5f1d2c1e-8f1b-4a55-9a53-4f4d3c1a9e09 }
"""
results = {True: 0, False: 0}


def report(name, good, *lines):
    results[bool(good)] += 1
    for line in () if good else lines:
        print(f"# {line}")
    print(("ok " if good else "not ok ") + name)


def run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=120)


def chromium(profile, *words):
    return run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
               "--disable-background-networking", "--allow-file-access-from-files", f"--user-data-dir={profile}", *words)


def make_cards(folder):
    """Pages and cards of a product of plain columns, and of one with parts inside of columns."""
    shutil.copytree(os.path.join(HERE, "tests/codes"), folder, dirs_exist_ok=True)
    shutil.copy(os.path.join(HERE, "tests/browser/people.odcs.yaml"), os.path.join(folder, "sales"))
    here = os.getcwd()
    os.chdir(folder)
    for words in (("build", "federal", "--out", "build/federal.edb", "--tables", "build"), ("build", "sales", "--out", "build/sales.edb")):
        assert run(EDICT, *words).returncode == 0, words
    cards = []
    for product in ("sales.orders", "sales.people"):
        words = ["describe", product, "--bundle", "build/federal.edb", "--bundle", "build/sales.edb", "--development", "--now", NOW,
                 "--subject", json.dumps({"regions": ["de"]})]
        page, card = (run(EDICT, *words, "--format", form).stdout for form in ("html", "json"))
        cards.append((product, page, json.loads(card)))
    with open("shop.odps.yaml", "w", encoding="utf-8") as file:
        file.write(SHOP)
    words = ["describe", "shop.odps.yaml", "--bundle", "build/federal.edb", "--bundle", "build/sales.edb", "--development", "--now", NOW]
    page, card = (run(EDICT, *words, "--format", form).stdout for form in ("html", "json"))
    cards.append(("shop", page, json.loads(card)))
    os.chdir(here)
    return cards


FRAME = """<!DOCTYPE html><html><body style="margin:0">
<iframe id="f" style="border:0;width:{width}px;height:6000px" srcdoc="{page}"></iframe><pre id="seen"></pre>
<script>onload = () => {{
  const d = document.getElementById("f").contentDocument, wide = [...d.querySelectorAll("*")].filter(
    e => e.getBoundingClientRect().right > {width} + 0.5).map(e => e.tagName);
  const ink = getComputedStyle(d.body).color, back = getComputedStyle(d.body).backgroundColor;
  document.getElementById("seen").textContent = JSON.stringify({{
    scroll: d.documentElement.scrollWidth, height: d.documentElement.scrollHeight, wide, ink, back, text: d.body.innerText,
    fetched: d.defaultView.performance.getEntriesByType("resource").length}});
}}</script></body></html>"""


def look(folder, page, width, *words):
    """What the browser makes of the page in a frame of this width."""
    path = os.path.join(folder, f"frame-{width}.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(FRAME.format(width=width, page=html.escape(page, quote=True)))
    done = chromium(os.path.join(folder, "profile"), *words, "--virtual-time-budget=3000", "--dump-dom", f"file://{path}")
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.S)
    return (json.loads(html.unescape(found.group(1))) if found else None), path, done.stderr


def brightness(color):
    return sum(int(n) for n in re.findall(r"\d+", color)[:3])


def words_of(card):
    if "ports" in card:
        yield card["data_product"]["name"]
        for port in card["ports"]:
            yield from (port[key] for key in ("name", "direction", "type", "version", "contract" if port["product"] is None else "product") if port[key])
        for product in card["products"]:
            yield from words_of(product)
        return
    yield card["product"]
    for dataset in card["datasets"]:
        for column in dataset["columns"]:
            yield column["name"]
            yield from column["tags"]
        for action in dataset["actions"]:
            for answer in action["answers"]:
                yield f"{action['action']} is {'permitted' if answer['decision'] == 'permit' else 'denied'} to"
                yield from (c["mask"] for c in answer["columns"].values() if c["mask"] not in (None, "null", "varies"))
                if answer["rows"]["where"]:
                    yield answer["rows"]["where"]
                yield from (r["because"] for r in answer["reasons"] if r["because"])
                yield from (r["cutoff"] for r in answer["retention"] if r["cutoff"])


def look_at_card(folder, product, page, card):
    for width in WIDTHS:
        seen, path, said = look(folder, page, width)
        name = f"{product}, {width}"
        report(f"{name}: the page is shown", seen, said)
        if not seen:
            continue
        report(f"{name}: nothing is wider than its frame", seen["scroll"] <= width and not seen["wide"], seen["scroll"], seen["wide"][:9])
        missing = sorted({word for word in words_of(card) if word not in seen["text"]})
        report(f"{name}: it shows what the card says", not missing, *missing)
        first = card["products"][0] if "products" in card else card
        names = [column["name"] for column in first["datasets"][0]["columns"]]
        places = [seen["text"].find(column, seen["text"].find("Dataset ")) for column in names]
        report(f"{name}: columns stand in the contract's order", sorted(places) == places, names, places)
        report(f"{name}: nothing is fetched", seen["fetched"] == 0, seen["fetched"])
        report(f"{name}: dark ink on light paper", brightness(seen["ink"]) < 200 < 600 < brightness(seen["back"]), seen["ink"], seen["back"])
        shot = os.path.join(OUT, f"{product}-{width}.png")
        chromium(os.path.join(folder, "profile"), f"--window-size={max(width, 500)},2400", "--virtual-time-budget=3000", f"--screenshot={shot}", f"file://{path}")
        report(f"{name}: a screenshot", os.path.exists(shot) and os.path.getsize(shot) > 10000)


def look_at_dark_and_paper(folder, page):
    seen, path, said = look(folder, page, WIDTHS[1], "--blink-settings=preferredColorScheme=0")
    report("light ink on dark paper", seen and brightness(seen["ink"]) > 550 > 200 > brightness(seen["back"]), seen and (seen["ink"], seen["back"]), said)
    shot = os.path.join(OUT, "card-dark.png")
    chromium(os.path.join(folder, "profile"), "--window-size=1280,2400", "--blink-settings=preferredColorScheme=0", "--virtual-time-budget=3000",
             f"--screenshot={shot}", f"file://{path}")
    paper = os.path.join(OUT, "card.pdf")
    alone = os.path.join(folder, "card.html")
    with open(alone, "w", encoding="utf-8") as file:
        file.write(page)
    chromium(os.path.join(folder, "profile"), f"--print-to-pdf={paper}", "--no-pdf-header-footer", f"file://{alone}")
    report("it prints", os.path.exists(paper) and os.path.getsize(paper) > 5000)


def main():
    os.makedirs(OUT, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cards = make_cards(folder)
        for product, page, card in cards:
            look_at_card(folder, product, page, card)
        look_at_dark_and_paper(folder, cards[0][1])
    print(f"# passed {results[True]} failed {results[False]} skipped 0")
    return results[False] > 0


if __name__ == "__main__":
    sys.exit(main())
