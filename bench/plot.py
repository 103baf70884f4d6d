#!/usr/bin/env python3
"""Plot: growth with the rules, the entities and the rows as SVG, both axes logarithmic.

In: bench/results/hospital.txt, lines `N rules, with an index, handles held ... ns` and `by names`, and those `without`,
bench/results/peers.txt, a line for each engine, scenario, size and seed, and bench/results/batch.txt, lines
`N rows, LANES ... least ... ns` below `growth`. Out: a drawing of docs/ for each.
`python3 bench/plot.py` from the top of the tree; the same results give the same bytes, and `--check` writes nothing and fails where
a drawing is not of the results that are there."""

import math
import re
import statistics
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 70, 20, 30, 50
RULES = {"with": ("prepared", "#1b6ca8"), "names": ("with the index, by names", "#5aa7d6"), "without": ("every rule looked at, by names", "#b5432a")}
LANES = {"by hand": ("by hand, without branches", "#b5432a"), "portable": ("portable", "#7a5ca8"), "avx2": ("AVX2", "#5aa7d6"),
         "avx512": ("AVX-512", "#1b6ca8")}
ENGINES = {"edict": ("edict, prepared", "#1b6ca8"), "edict-names": ("edict, by names", "#5aa7d6"), "cedar": ("Cedar", "#b5432a"),
           "regorus": ("regorus", "#7a5ca8"), "opa": ("OPA", "#6b7f2a"), "sapl": ("SAPL 3", "#c28a1e")}


def read_rules():
    points = {name: [] for name in RULES}
    kinds = {"with an index, handles held": "with", "with an index, by names": "names", "without an index, by names": "without"}
    pattern = re.compile(r"(\d+) rules, (with.* an index, .*?) +([0-9.]+) ns")
    with open("bench/results/hospital.txt", encoding="utf-8") as file:
        for match in pattern.finditer(file.read()):
            if match.group(2) in kinds:
                points[kinds[match.group(2)]].append((int(match.group(1)), float(match.group(3))))
    return points


def read_entities():
    """github: the median over seeds of the median request."""
    found = {name: {} for name in ENGINES}
    with open("bench/results/peers.txt", encoding="utf-8") as file:
        for words in (line.split() for line in file if not line.startswith("#")):
            if words[1] == "github" and words[0] in found:
                found[words[0]].setdefault(int(words[2]), []).append(float(words[9]))
    return {name: sorted((n, statistics.median(times)) for n, times in sizes.items()) for name, sizes in found.items() if sizes}


def read_rows():
    points = {name: [] for name in LANES}
    pattern = re.compile(r"^  (\d+) rows, (by hand|portable|avx2|avx512) .*least +([0-9.]+)", re.M)
    with open("bench/results/batch.txt", encoding="utf-8") as file:
        for match in pattern.finditer(file.read()):
            points[match.group(2)].append((int(match.group(1)), float(match.group(3))))
    return points


def scale(low, high, start, end):
    low, high = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return range(low, high + 1), lambda v: start + (math.log10(v) - low) / (high - low) * (end - start)


def amount(power):
    return ("{:,}".format(10 ** power)) if power >= 0 else str(10.0 ** power)


def draw(points, series, axis, unit="nanoseconds a decision"):
    every = [p for series in points.values() for p in series]
    columns, x = scale(min(p[0] for p in every), max(p[0] for p in every), LEFT, WIDTH - RIGHT)
    lines, y = scale(min(p[1] for p in every), max(p[1] for p in every), HEIGHT - BOTTOM, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>']
    for power in columns:
        at = x(10.0 ** power)
        out.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{amount(power)}</text>')
    for power in lines:
        at = y(10.0 ** power)
        out.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{amount(power)}</text>')
    shown = [(name, *look) for name, look in series.items() if points.get(name)]
    for number, (name, title, colour) in enumerate(shown):
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points[name])
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.extend(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.5" fill="{colour}"/>' for a, b in points[name])
        out.append(f'<text x="{LEFT + 14}" y="{TOP + 20 + 18 * number}" fill="{colour}">{title}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{axis}</text>')
    out.append(f'<text x="{LEFT - 60}" y="{TOP - 12}">{unit}</text>')
    return "\n".join(out + ["</svg>", ""])


def write(path, text):
    if "--check" in sys.argv[1:]:
        with open(path, encoding="utf-8") as drawing:
            if drawing.read() != text:
                sys.exit(f"plot.py: {path} is not drawn of what is in bench/results")
        return
    with open(path, "w", encoding="utf-8") as drawing:
        drawing.write(text)


if __name__ == "__main__":
    write("docs/growth-rules.svg", draw(read_rules(), RULES, "rules"))
    write("docs/growth-entities.svg", draw(read_entities(), ENGINES, "entities of each type, github"))
    write("docs/growth-rows.svg", draw(read_rows(), LANES, "rows of a batch", "nanoseconds a row"))
