#!/bin/sh
# Runs every engine at the same scenarios, one after the other; see make/peers.mk. What is not there is named.
# ENGINES="edict sapl" runs those alone.
set -eu
here=bench/peers
mkdir -p "$OUT/scenarios"
rm -f "$OUT"/scenarios/*.json
python3 $here/scenarios.py "$OUT/scenarios" ${SIZES:+--sizes "$SIZES"} --seeds "${SEEDS:-2}" | tee "$OUT/scenarios.txt"
results=$OUT/results.txt
: >"$results"
{
  echo "# $(date -u +%F), $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ //'), $(nproc) cores"
  echo "# make bench-peers SEEDS=${SEEDS:-2}${SIZES:+ SIZES=$SIZES}"
} >>"$results"

for engine in ${ENGINES:-}; do
  case " edict cedar regorus opa cel-go casbin sapl " in
    *" $engine "*) ;;
    *) echo "bench-peers: no engine $engine" >&2; exit 1 ;;
  esac
done
files=$(ls "$OUT"/scenarios/*.json)
wanted() { case " ${ENGINES:-$1} " in *" $1 "*) ;; *) return 1 ;; esac; }
# What an engine prints; where it ends badly, so does the run, in spite of the pipe.
ask() {
  rm -f "$OUT/failed"
  { "$@" || : >"$OUT/failed"; } | tee -a "$results"
  if [ -e "$OUT/failed" ]; then echo "bench-peers: $1 failed" >&2; exit 1; fi
}
note() { echo "# $*" | tee -a "$results"; }

note "edict $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
if wanted edict; then ask "$PEER" $files; fi

if ! wanted cedar && ! wanted regorus; then :
elif command -v cargo >/dev/null; then
  (cd $here/rust && cargo build --quiet --release --locked --target-dir "$OUT/rust")
  note "cedar-policy, regorus: $(grep -A1 -E 'name = "(cedar-policy|regorus)"' $here/rust/Cargo.lock | grep version | tr '\n' ' ')"
  for engine in cedar regorus; do
    if wanted $engine; then ask "$OUT/rust/release/peers" $engine $here $files; fi
  done
else
  note "cedar, regorus left out: there is no cargo"
fi

if ! wanted opa && ! wanted cel-go && ! wanted casbin; then :
elif command -v go >/dev/null; then
  (cd $here/go && go build -o "$OUT/go-peers" .)
  note "opa, cel-go, casbin: $(grep -E 'opa |cel-go |casbin/v2 ' $here/go/go.mod | tr -s '\t\n' ' ')"
  for engine in opa cel-go casbin; do
    if wanted $engine; then ask "$OUT/go-peers" $engine $here $files; fi
  done
else
  note "opa, cel-go, casbin left out: there is no go"
fi

# Why it is not version 4 is told to whoever reads the results.
if ! wanted sapl; then :
elif command -v mvn >/dev/null && javac --release 17 -version >/dev/null 2>&1; then
  jars=$OUT/java/jars digests=$(pwd)/$here/java/jars.sha256
  rm -rf "$jars"
  (cd $here/java && mvn --quiet --batch-mode --strict-checksums dependency:copy-dependencies -DoutputDirectory="$jars")
  (cd "$jars" && LC_ALL=C sha256sum ./*.jar) | diff "$digests" - >&2 || { echo "bench-peers: other jars than $digests has" >&2; exit 1; }
  javac --release 17 -cp "$jars/*" -d "$OUT/java/classes" $here/java/SaplPeer.java
  note "sapl: $(grep -o 'sapl-pdp-embedded</artifactId><version>[^<]*' $here/java/pom.xml | sed 's/.*>//') with its canonical index;" \
       "of version 4, whose index is the one to compare with, Maven Central has no jars"
  ask java -XX:+UseSerialGC -Xms1g -Dslf4j.internal.verbosity=ERROR -cp "$OUT/java/classes:$jars/*" SaplPeer $here $files
else
  note "sapl left out: there is no mvn, or no javac of Java 17"
fi

python3 $here/summary.py "$results"
