#!/usr/bin/env python3
"""The examples that the Open Data Contract Standard ships, as people meet them: each is held to rules by `edict comply`
and served and described from a domain's project, though most of them name no domain and some only an id."""

import glob
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import HERE, edict, expect, main, read, test, write  # noqa: E402

FEDERAL = """edict: 1
name: eu.example
layer: federal
version: 1
created: 2026-01-01T00:00:00Z
expires: 2031-01-01T00:00:00Z
rules: [ "*.edict" ]
"""

# The tags are those of the examples: they are a federation's own words, which no standard can know.
RULES = """module federal.words

taxonomy domain { mesh seller }
taxonomy role   { staff }
taxonomy tag {
  finance payments master-data receivers transactions nyc regional
  business "Says nothing about a person"
}
levels classification { public < internal < confidential < restricted < sensitive }
attributes subject { roles: set<role> }
attributes product { owner?: string from "team.name" }
domains may state classification, product.owner
issuer host
untagged columns are business

rule staff
  permit  read
  on      dataset classified <= sensitive
  when    subject.roles has staff
  because "Standard 1"

rule owned
  require product.owner is set
  because "Standard 2"
"""

DOMAIN = """edict: 1
name: eu.example.{domain}
layer: domain
domain: {domain}
version: 1
created: 2026-01-01T00:00:00Z
expires: 2031-01-01T00:00:00Z
parent: {{ bundle: ../build/federal.edb, least: 1 }}
rules: []
contracts: [ contract.yaml ]
"""

EXAMPLES = sorted(glob.glob(os.path.join(HERE, "tests/odcs/*.yaml")))


def names(path, key):
    return next((line.split(":", 1)[1].split("#")[0].strip(" \"'") for line in read(path).splitlines()
                 if line.startswith(key + ":")), None)


def set_up():
    write("federal/edict.yaml", FEDERAL)
    write("federal/words.edict", RULES)
    r = edict("build", "federal", "--out", "build/federal.edb")
    expect(r.returncode == 0, "the federation", r.stderr)


@test
def each_is_held_to_rules():
    expect({names(path, "apiVersion") for path in EXAMPLES} >= {"v3.0.0", "v3.0.2", "v3.1.0", "v3.2.0"}, "each version", EXAMPLES)
    for path in EXAMPLES:
        r = edict("comply", "--rules", "federal/edict.yaml", "--domain", "mesh", "--lenient", path)
        expect(r.returncode in (0, 1) and "could not be read" not in r.stdout, path, r.stdout, r.stderr)
        expect("error[E04" not in r.stderr, path, r.stderr)
    r = edict("comply", "--rules", "federal/edict.yaml", "--domain", "mesh", "--lenient", *EXAMPLES)
    expect(f"{len(EXAMPLES)} contracts" in r.stdout, "all at once", r.stdout, r.stderr[-300:])


@test
def whose_it_is_has_to_be_said():
    path = os.path.join(HERE, "tests/odcs/kafka-server.odcs.yaml")
    r = edict("comply", "--rules", "federal/edict.yaml", path)
    expect(r.returncode == 1 and "E0431" in r.stderr and "--domain NAME" in r.stderr, "nobody said it", r.stdout, r.stderr)
    r = edict("comply", "--rules", "federal/edict.yaml", "--domain", "sellr", path)
    expect(r.returncode == 1 and "there is no domain `sellr`" in r.stderr and "seller" in r.stderr, "nobody declared it", r.stderr)
    write("own.yaml", "domain: seller\n" + read(path))
    r = edict("comply", "--rules", "federal/edict.yaml", "--domain", "mesh", "--format", "json", "own.yaml")
    expect('"product":"seller.' in r.stdout.replace(" ", ""), "what the contract says counts", r.stdout, r.stderr)


@test
def each_is_served_and_described():
    for path in EXAMPLES:
        domain, folder = names(path, "domain") or "mesh", os.path.basename(path)[:-5].replace(".", "-")
        os.makedirs(folder)
        shutil.copy(path, os.path.join(folder, "contract.yaml"))
        write(os.path.join(folder, "edict.yaml"), DOMAIN.format(domain=domain))
        r = edict("check", "--lenient", folder)
        expect(r.returncode == 0, f"check {path}", r.stdout, r.stderr)
        r = edict("build", "--lenient", folder, "--out", f"build/{folder}.edb")
        expect(r.returncode == 0, f"build {path}", r.stdout, r.stderr)
        product = f"{domain}." + (names(path, "dataProduct") or names(path, "name") or names(path, "id"))
        r = edict("describe", product, "--bundle", "build/federal.edb", "--bundle", f"build/{folder}.edb", "--development",
                  "--now", "2026-11-20T10:00:00Z", "--format", "json")
        card = json.loads(r.stdout or "{}")
        expect(r.returncode == 0 and card["product"] == product, f"describe {product}", r.stdout[:300], r.stderr)
        r = edict("comply", "--rules", "federal/edict.yaml", "--domain", "mesh", "--lenient", "--format", "json", path)
        expect(len(card["datasets"]) == json.loads(r.stdout.splitlines()[-1])["datasets"], f"{path}: each dataset is on the card")


if __name__ == "__main__":
    sys.exit(main(set_up))
