#!/usr/bin/env python3
"""Retention that crosses, against the calendar laid beside it day by day: `edict check` warns of a pair of months and days
(W0306) if there is a row that has to be kept longer than it may be shown, and of no other.

EDICT_SEED chooses the pairs."""

import calendar
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta

sys.path.insert(0, os.path.join(os.getcwd(), "tests/support"))
from cases import EDICT, expect, main, test, write  # noqa: E402

NOW, LOOKED = date(2026, 11, 20), 9 * 366
YAML = """edict: 1
name: eu.example
layer: federal
version: 1
created: 2026-11-20T00:00:00Z
expires: 2027-11-20T00:00:00Z
rules: [ "*.edict" ]
keys: [ "corp.jwks.json" ]
"""


def after(day, duration):
    number, unit = duration
    if unit == "days":
        return day + timedelta(number)
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def crosses(least, most):
    """Whether on some day from NOW on a row has to be kept that was past `most` the day before."""
    day, end = NOW - timedelta(2000), NOW + timedelta(LOOKED)
    while day < end:
        if after(day, most) < after(day, least) and NOW <= after(day, least) < end:
            return True
        day += timedelta(1)
    return False


def some_pairs(chance, count):
    for _ in range(count):
        months = chance.choice([1, 2, 3, 5, 6, 11, 12, 13, 24, 36, 48])
        pair = [(months, "months"), (round(months * 30.44) + chance.randrange(-4, 6), "days")]
        chance.shuffle(pair)
        yield tuple(pair)


@test
def months_against_days(folder):
    shutil.copy("tests/golden/analysis/base/vocabulary.edict", folder)
    shutil.copy("tests/keys/corp.jwks.json", folder)
    write(f"{folder}/edict.yaml", YAML)
    pairs = list(some_pairs(random.Random(int(os.environ.get("EDICT_SEED", "1"))), 60))
    rules = "".join(f'\nrule {name}{i}\n  retain  {word} {number} {unit} after row[time.collected]\n  on      dataset named "d{i}"\n  because "x"\n'
                    for i, (least, most) in enumerate(pairs)
                    for name, word, (number, unit) in (("keeps", "at least", least), ("ends", "at most", most)))
    write(f"{folder}/rules.edict", "module federal.rules\n" + rules)
    done = subprocess.run([EDICT, "check", f"{folder}/edict.yaml", "--now", f"{NOW}T10:00:00Z"], capture_output=True, text=True)
    told = {int(number) for number in re.findall(r"W0306\]: rule `keeps(\d+)`", done.stderr)}
    wanted = {i for i, (least, most) in enumerate(pairs) if crosses(least, most)}
    expect(told == wanted, "those that cross are told", [pairs[i] for i in told ^ wanted], done.stderr[:400])
    expect(10 < len(wanted) < 50, "there are both kinds", len(wanted))


if __name__ == "__main__":
    sys.exit(main(each=True))
