#!/bin/sh
# The main job on one screen: a governance group's rules become signed bundles, a data product
# enforces them on every SQL query, an auditor verifies and replays what was decided.
#
# Everything is made anew below $DEMO (build/demo): keys, bundles, data, tokens, the log.
set -eu
cd "$(dirname "$0")/../.."
B=${BUILD:-build}
EDICT=${EDICT:-$B/edict}
DEMO=${DEMO:-$B/demo}
here=rules/demo
keys=tests/keys

rm -rf "$DEMO"
mkdir -p "$DEMO"
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$*"; }

# ---- the governance group and the domain: rules into signed bundles ----
say "1. Rules are checked, tested, built and signed"
"$EDICT" keygen signing --name eu.example-a --out "$DEMO/federal.key" > "$DEMO/federal.pub"
"$EDICT" keygen signing --name eu.example/sales-a --out "$DEMO/sales.key" > "$DEMO/sales.pub"
"$EDICT" keygen signing --name orders.sales.example/log --out "$DEMO/log.key" > "$DEMO/log.pub"
"$EDICT" keygen auditor --out "$DEMO/auditor.key" > "$DEMO/auditor.pub"
"$EDICT" keygen keyring --name eu.example --out "$DEMO/keyring"
{
  echo edict-trust/v1
  echo "federal eu.example $(cat "$DEMO/federal.pub")"
  echo "domain sales eu.example/sales $(cat "$DEMO/sales.pub")"
} > "$DEMO/trust"

"$EDICT" build $here/federal/edict.yaml --out "$DEMO/federal.edb" --tables "$DEMO"
"$EDICT" build $here/sales/edict.yaml --out "$DEMO/sales.edb"
printf '   test blocks: '
"$EDICT" test $here/federal/edict.yaml --with $here/sales/edict.yaml
holds=$DEMO/federal.vocabulary.legal-holds.edb
"$EDICT" sign "$DEMO/federal.edb" --key "$DEMO/federal.key"
"$EDICT" sign "$holds" --key "$DEMO/federal.key"
"$EDICT" sign "$DEMO/sales.edb" --key "$DEMO/sales.key"
for bundle in "$DEMO/federal.edb" "$DEMO/sales.edb"; do
  printf '   %-24s %s\n' "$(basename "$bundle")" "$("$EDICT" verify "$bundle" --trust "$DEMO/trust")"
done

# ---- the data product and three people ----
say "2. A data product of 20,000 customers and 100,000 orders; three people with signed tokens"
"$B/demo-data" "$DEMO/orders.db" "$(date -u +%Y-%m-%d)"
now=$(date +%s)
mint() { # name role purpose region key kid alg
  "$B/mint-token" --key "$keys/$5" --alg "$7" --kid "$6" --claims \
    "{\"iss\":\"https://login.corp.example\",\"sub\":\"$1\",\"aud\":\"mesh\",\"iat\":$now,\"exp\":$((now + 3600)),\"realm_access\":{\"roles\":[\"$2\"]},\"purposes\":[\"$3\"],\"regions\":[$4]}" > "$DEMO/$1.jwt"
}
mint ana analyst analytics '"de","fr"' ec-a.test.pem ec-1 ES256
mint sam support support '"de"' rsa-a.test.pem rsa-1 RS256
mint otto partner marketing '"europe"' ec-a.test.pem ec-1 ES256
echo "   ana   analyst, for analytics, of Germany and France"
echo "   sam   support agent, for support, of Germany"
echo "   otto  of a partner, for marketing"

config() { # name
  cat > "$DEMO/$1.conf" <<CONF
edict-sqlite/v1
database $PWD/$DEMO/orders.db
product sales.orders
bundle $PWD/$DEMO/federal.edb
bundle $PWD/$DEMO/sales.edb
bundle $PWD/$holds
trust $PWD/$DEMO/trust
keyring $PWD/$DEMO/keyring
log $PWD/$DEMO/log-$1
log-key $PWD/$DEMO/log.key
auditor-key $PWD/$DEMO/auditor.pub
CONF
}

# The same question of everybody. ask NAME PURPOSE
query="SELECT c.country AS land, coalesce(c.name, '-') AS name, coalesce(c.phone, '-') AS phone, count(*) AS orders,
       max(o.ordered_at) AS latest
FROM customers c JOIN orders o USING (customer_id)
GROUP BY c.customer_id ORDER BY orders DESC, c.customer_id LIMIT 4"
ask() {
  config "$1"
  sqlite3 -batch :memory: > "$DEMO/$1.out" 2>&1 <<SQL || true
.load $B/edict_sqlite
.once /dev/null
SELECT edict_open('$PWD/$DEMO/$1.conf', '$(cat "$DEMO/$1.jwt")');
.once /dev/null
SELECT edict_purpose('$2');
.mode column
$query;
SQL
}

say "3. They ask the same question"
echo "$query" | sed 's/^/   /'
ask ana analytics
ask sam support
ask otto marketing
for who in ana sam otto; do
  printf '\n   %s sees\n' "$who"
  fold -s -w 100 "$DEMO/$who.out" | sed 's/^/     /'
done

# ---- the auditor ----
say "4. The auditor verifies the logs and decides every record again"
for who in ana sam otto; do
  printf '   %-5s' "$who"
  "$EDICT" log verify "$DEMO/log-$who" --key "$(cat "$DEMO/log.pub")"
  printf '        replay: '
  "$EDICT" replay "$DEMO/log-$who" --bundle "$DEMO/federal.edb" --bundle "$DEMO/sales.edb" --bundle "$holds" \
    --trust "$DEMO/trust" --auditor-key "$DEMO/auditor.key"
done

say "5. Somebody changes one byte of a copy of a log"
cp -r "$DEMO/log-sam" "$DEMO/log-forged"
segment=$(ls "$DEMO"/log-forged/seg-*.edl | head -1)
size=$(wc -c < "$segment")
at=$((size / 2))
old=$(od -An -tu1 -j "$at" -N 1 "$segment" | tr -d ' ')
printf "\\$(printf %o $(((old + 1) % 256)))" | dd of="$segment" bs=1 seek="$at" conv=notrunc 2> /dev/null
if "$EDICT" log verify "$DEMO/log-forged" --key "$(cat "$DEMO/log.pub")" > "$DEMO/forged.out" 2>&1; then
  echo "   the change was NOT found: this is a defect"
  exit 1
fi
sed 's/^/   /' "$DEMO/forged.out" | head -4
