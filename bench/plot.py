#!/usr/bin/env python3
"""Plot: growth with the rules as SVG, from bench/results/hospital.txt.

In: lines `N rules, with an index, handles held ... ns` and the same `without`. Out: docs/growth-rules.svg, both axes
logarithmic. `python3 bench/plot.py` from the top of the tree; the same results give the same bytes."""

import math
import re

RESULTS, DRAWING = "bench/results/hospital.txt", "docs/growth-rules.svg"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 70, 20, 30, 50
SERIES = {"with": ("with the index", "#1b6ca8"), "without": ("every rule looked at", "#b5432a")}


def read_points():
    points = {name: [] for name in SERIES}
    pattern = re.compile(r"(\d+) rules, (with|without) an index, handles held +([0-9.]+) ns")
    with open(RESULTS, encoding="utf-8") as file:
        for match in pattern.finditer(file.read()):
            points[match.group(2)].append((int(match.group(1)), float(match.group(3))))
    return points


def scale(low, high, start, end):
    low, high = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return range(low, high + 1), lambda v: start + (math.log10(v) - low) / (high - low) * (end - start)


def amount(power):
    return ("{:,}".format(10 ** power)) if power >= 0 else str(10.0 ** power)


def draw(points):
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
    for number, (name, (title, colour)) in enumerate(SERIES.items()):
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points[name])
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.extend(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.5" fill="{colour}"/>' for a, b in points[name])
        out.append(f'<text x="{LEFT + 14}" y="{TOP + 20 + 18 * number}" fill="{colour}">{title}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">rules</text>')
    out.append(f'<text x="{LEFT - 60}" y="{TOP - 12}">nanoseconds a decision</text>')
    return "\n".join(out + ["</svg>", ""])


if __name__ == "__main__":
    with open(DRAWING, "w", encoding="utf-8") as drawing:
        drawing.write(draw(read_points()))
