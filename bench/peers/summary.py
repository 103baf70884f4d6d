#!/usr/bin/env python3
"""The results of bench-peers as one table: for each scenario and size the median over seeds of each engine's median
request, and how many times Edict's that is. Exits 1 if an engine gave a wrong answer."""
import statistics, sys

rows, wrong = {}, []
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("#"):
        print(line.rstrip())
        continue
    engine, name, n, seed, _, right, _, _, _, p50, _, p99, *_ = line.split() # Edict tells its mean too
    if len(set(right.split("/"))) > 1:
        wrong.append(line.rstrip())
    rows.setdefault((name, int(n)), {}).setdefault(engine, []).append((float(p50), float(p99)))
print(f"{'scenario':20} {'n':>4}  {'engine':10} {'p50 ns':>10} {'p99 ns':>10} {'x edict':>8}")
for (name, n), engines in sorted(rows.items()):
    base = statistics.median(p for p, _ in engines["edict"]) if "edict" in engines else None
    for engine, times in engines.items():
        p50, p99 = (statistics.median(t[i] for t in times) for i in (0, 1))
        print(f"{name:20} {n:4}  {engine:10} {p50:10.0f} {p99:10.0f} {p50 / base if base else 0:8.1f}")
for line in wrong:
    print("wrong:", line)
sys.exit(1 if wrong else 0)
