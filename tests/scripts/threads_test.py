#!/usr/bin/env python3
"""Threads: `edict check` and `edict build` say the same, to the byte, on one processor and on all there are.

The command starts as many threads as processors it may run on; here it is held to one, and then to none but what the
machine has. Beside the projects of the tree stands one of 1,400 rules, made here, in which rules are shadowed, swallowed
and can never hold, so that requests are asked of both engines."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.getcwd(), "tests", "support"))
from cases import EDICT, HERE, Skip, expect, main, test, write

RULES, FILES = 1400, 7
YAML = """edict: 1
name: eu.example
layer: federal
version: 1
created: 2026-01-01T00:00:00Z
expires: 2030-01-01T00:00:00Z
rules: [ "*.edict" ]
"""
WORDS = """module federal.vocabulary
taxonomy action { export }
taxonomy domain { sales finance }
taxonomy tag { %s }
taxonomy role { %s }
levels classification { public < internal < restricted }
attributes subject { roles: set<role> age?: int }
issuer host
key contact joinable within federation
domains may state classification, %s
"""
TAGS, ROLES = 40, 12


def rule(i):
    tag, role = i // 5 * 7 % TAGS, i * 5 % ROLES
    target = f"  on dataset holding t{tag}" + (f" and dataset classified <= {['public', 'internal'][i % 2]}" if i % 3 else "")
    kinds = [
        f"  permit read\n{target}\n  when subject.roles has r{role}",
        f"  forbid access\n{target}" + (f"\n  unless subject.roles has r{role}" if i % 200 != 1 else ""),
        f"  mask column tagged t{tag}\n    with null if subject.roles has r{role}\n    with keep otherwise\n{target}",
        f"  permit export\n{target}\n  when subject.roles has r{role} and subject.age < {i % 9} and subject.age > {8 - i % 5}",
        f"  forbid read\n  on dataset named \"set-{i % 30}-*\"\n  when subject.age < {14 + i % 4}",
    ]
    return f"rule r{i}\n{kinds[i % len(kinds)]}\n  because \"Standard {i}\"\n\n"


def processors():
    return sorted(os.sched_getaffinity(0))


def run(words, only):
    env = dict(os.environ, SOURCE_DATE_EPOCH="1795168800")
    hold = (lambda: os.sched_setaffinity(0, only)) if only else None
    r = subprocess.run([EDICT, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                       timeout=120, preexec_fn=hold)
    return r.returncode, r.stdout


def compare(folder, yaml):
    """What check and build say and write, on one processor and on all."""
    if len(processors()) < 2:
        raise Skip("one processor")
    said = []
    for only in ({processors()[0]}, None):
        said.append(run(["check", yaml, "--unused", "--format", "json"], only))
        out = os.path.join(folder, "out.edb")
        said[-1] += run(["build", yaml, "--out", out, "--tables", os.path.join(folder, "tables")], only)
        said[-1] += (open(out, "rb").read(),)
        os.unlink(out)
    expect(said[0] == said[1], f"{yaml}: one processor and several differ")
    return said[0]


@test
def many_rules(folder):
    yaml = write(os.path.join(folder, "edict.yaml"), YAML)
    tags = [f"t{i}" for i in range(TAGS)]
    write(os.path.join(folder, "words.edict"), WORDS % (" ".join(tags), " ".join(f"r{i}" for i in range(ROLES)), ", ".join(tags)))
    each = RULES // FILES
    for f in range(FILES):
        write(os.path.join(folder, f"m{f}.edict"), f"module federal.m{f}\n\n" + "".join(rule(i) for i in range(f * each, (f + 1) * each)))
    code, said, built, _, bundle = compare(folder, yaml)
    text = said.decode()
    expect(code == 0 and built == 0, "the project that is made here is good", text[:2000])
    for wanted in ("W0301", "W0302", "W0303"):
        expect(wanted in text, f"{wanted} is among what is said of it", text[:2000])
    expect(len(bundle) > 100000, "its bundle holds the rules")


@test
def many_rules_with_mistakes(folder):
    """A mistake among many rules is told as if they were checked one by one, whatever it is; so are several."""
    mistakes = ["  permit read\n  on dataset holding t1\n  when subject.roles has nobody", "  forbid access\n  on dataset holding t99",
                "  permit read\n  on dataset classified <= internal and dataset named \"a\"\n  when dataset.owner == \"x\"",
                "  permit read\n  on dataset holding t1\n  when subject.age < \"old\" or purpose is nothing",
                "  permit read\n  on product holding unsaid\n  when subject.age > 1"]
    tags = [f"t{i}" for i in range(TAGS)]
    words = (WORDS % (" ".join(tags), " ".join(f"r{i}" for i in range(ROLES)), ", ".join(tags))).replace("taxonomy tag {", "taxonomy tag { unsaid")
    each = RULES // FILES
    for chosen in [[m] for m in range(len(mistakes))] + [[0, 3, 1], [4, 2, 0]]:
        where = os.path.join(folder, "-".join(map(str, chosen)))
        os.mkdir(where)
        yaml = write(os.path.join(where, "edict.yaml"), YAML)
        write(os.path.join(where, "words.edict"), words)
        for f in range(FILES):
            more = "".join(f"rule wrong{m}\n{mistakes[m]}\n\n" for k, m in enumerate(chosen) if f == (2 * k + 1) % FILES)
            write(os.path.join(where, f"m{f}.edict"), f"module federal.m{f}\n\n" + "".join(rule(i) for i in range(f * each, (f + 1) * each)) + more)
        one, all_ = (run(["check", yaml, "--format", "json"], only) for only in ({processors()[0]}, None))
        expect(one == all_, f"mistakes {chosen} are told the same by one thread and several", one[1].decode()[:1000], all_[1].decode()[:1000])
        expect(one[0] == 1 and one[1].count(b'"severity":"error"') >= len(chosen), f"each of the mistakes {chosen} is told", one[1].decode()[:1000])


@test
def projects_of_the_tree(folder):
    for yaml in ("rules/standard/federal/edict.yaml", "rules/demo/federal/edict.yaml"):
        compare(folder, os.path.join(HERE, yaml))


if __name__ == "__main__":
    sys.exit(main(each=True))
