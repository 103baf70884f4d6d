#!/bin/sh
# Runs every engine at the same scenarios, one after the other; see make/peers.mk. What is not there is named.
set -eu
here=bench/peers
mkdir -p "$OUT/scenarios"
python3 $here/scenarios.py "$OUT/scenarios" ${SIZES:+--sizes "$SIZES"} --seeds "${SEEDS:-2}" | tee "$OUT/scenarios.txt"
results=$OUT/results.txt
: >"$results"
{
  echo "# $(date -u +%F), $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ //'), $(nproc) cores"
  echo "# make bench-peers SEEDS=${SEEDS:-2}${SIZES:+ SIZES=$SIZES}"
} >>"$results"

files=$(ls "$OUT"/scenarios/*.json)
note() { echo "# $*" | tee -a "$results"; }

note "edict $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
"$PEER" $files | tee -a "$results"

if command -v cargo >/dev/null; then
  (cd $here/rust && cargo build --quiet --release --locked --target-dir "$OUT/rust")
  note "cedar-policy, regorus: $(grep -A1 -E 'name = "(cedar-policy|regorus)"' $here/rust/Cargo.lock | grep version | tr '\n' ' ')"
  "$OUT/rust/release/peers" cedar $here $files | tee -a "$results"
  "$OUT/rust/release/peers" regorus $here $files | tee -a "$results"
else
  note "cedar, regorus left out: there is no cargo"
fi

if command -v go >/dev/null; then
  (cd $here/go && go build -o "$OUT/go-peers" .)
  note "opa, cel-go, casbin: $(grep -E 'opa |cel-go |casbin/v2 ' $here/go/go.mod | tr -s '\t\n' ' ')"
  for engine in opa cel-go casbin; do "$OUT/go-peers" $engine $here $files | tee -a "$results"; done
else
  note "opa, cel-go, casbin left out: there is no go"
fi

note "sapl left out: of version 4, whose index is the one to compare with, Maven Central has no artifacts"
python3 $here/summary.py "$results"
