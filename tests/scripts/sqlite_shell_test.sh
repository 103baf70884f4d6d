#!/bin/sh
# SQLite's shell: the extension is loaded as people load it, and none of what the shell adds to SQL
# gets around it. Skipped, visibly, where there is no shell or it loads no extensions.
set -u
passed=0 failed=0
root=$(pwd)
build=${EDICT_BUILD:-$root/build}
shop=$TMPDIR/shop

finish() {
  echo "# passed $passed failed $failed skipped ${1:-0}"
  [ "$failed" = 0 ]
  exit
}
if ! command -v sqlite3 > "$TMPDIR/which"; then
  echo "# skipped: there is no sqlite3"
  finish 1
fi
if sqlite3 :memory: "SELECT sqlite_compileoption_used('OMIT_LOAD_EXTENSION')" | grep -q 1; then
  echo "# skipped: this sqlite3 loads no extensions"
  finish 1
fi

good() { passed=$((passed + 1)); echo "ok $1"; }
bad() { failed=$((failed + 1)); echo "not ok $1"; sed 's/^/#   /' "$TMPDIR/out"; }
need() { "$@" > "$TMPDIR/out" 2>&1 || { bad "$*"; finish; }; }

cp -r tests/sqlite "$shop"
mkdir "$shop/build"
keygen() { "$build/edict" keygen "$@" > "$TMPDIR/key" || bad "keygen $*"; }
cd "$shop" || exit 1
need "$build/edict" build federal/edict.yaml --out build/federal.edb
need "$build/edict" build sales/edict.yaml --out build/sales.edb
keygen signing --name mesh.test-a --out federal.key
{ echo edict-trust/v1; echo "federal mesh.test $(cat "$TMPDIR/key")"; } > trust
keygen signing --name mesh.test/sales-a --out sales.key
echo "domain sales mesh.test/sales $(cat "$TMPDIR/key")" >> trust
keygen signing --name shop.test/log --out log.key
cp "$TMPDIR/key" log.pub
keygen auditor --out auditor.key
cp "$TMPDIR/key" auditor.pub
keygen keyring --name mesh.test --out keyring
need "$build/edict" sign build/federal.edb --key federal.key
need "$build/edict" sign build/sales.edb --key sales.key
sqlite3 shop.db < base.sql
cat > shop.conf <<CONF
edict-sqlite/v1
database shop.db
product sales.shop
bundle build/federal.edb
bundle build/sales.edb
trust trust
keyring keyring
log log
log-key log.key
auditor-key auditor.pub
CONF
now=$(date +%s)
token=$("$build/mint-token" --key "$root/tests/keys/ec-a.test.pem" --alg ES256 --kid ec-1 --claims \
  "{\"iss\":\"https://login.corp.example\",\"aud\":\"mesh\",\"sub\":\"ana\",\"iat\":$now,\"exp\":$((now + 600)),\
\"roles\":[\"support\"],\"purposes\":[\"support\"],\"regions\":[\"de\",\"fr\"]}")

# shell TEXT: runs it on a guarded connection; all it prints is in $TMPDIR/out.
shell() {
  {
    echo ".load $build/edict_sqlite"
    echo ".once $TMPDIR/opened"
    echo "SELECT edict_open('shop.conf', '$token');"
    echo ".once $TMPDIR/purpose"
    echo "SELECT edict_purpose('support');"
    echo "$1"
  } | sqlite3 -batch > "$TMPDIR/out" 2>&1
}
# gives NAME TEXT EXPECTED: all that is printed.
gives() {
  shell "$2"
  if [ "$(cat "$TMPDIR/out")" = "$3" ]; then good "$1"; else bad "$1"; fi
}
# refuses NAME TEXT WORDS: the words are in the error, and nothing secret is printed.
refuses() {
  shell "$2"
  if grep -q "$3" "$TMPDIR/out" && ! grep -Eq "MARKER|HIDDEN|SQLite format" "$TMPDIR/out"; then good "$1"; else bad "$1"; fi
}

gives "rows" "SELECT id, phone FROM orders WHERE country = 'de';" "11|***********1234
19|
20|****000"
gives "tables" ".tables" "countries  customers  orders   "
gives "a join" "SELECT count(*) FROM orders JOIN customers USING (customer);" "4"
refuses "readfile" "SELECT readfile('shop.db');" "not authorized to use function: readfile"
refuses "writefile" "SELECT writefile('copy', (SELECT group_concat(phone) FROM orders));" "not authorized to use function: writefile"
refuses "edit" "SELECT edit('x', 'cat');" "not authorized to use function: edit"
refuses "fsdir" "SELECT * FROM fsdir('.');" "rror"
refuses "fsdir counted" "SELECT count(*) FROM fsdir('.');" "rror"
refuses "generate_series" "SELECT * FROM generate_series(1, 3);" "rror"
refuses "sqlar" "SELECT sqlar_uncompress(x'00', 1);" "not authorized to use function"
refuses "zipfile" "SELECT * FROM zipfile('x.zip');" "rror"
refuses "load_extension" "SELECT load_extension('$build/edict_sqlite');" "not authorized to use function: load_extension"
refuses ".load again" ".load $build/edict_sqlite" "not authorized"
refuses "ATTACH" "ATTACH 'shop.db' AS base; SELECT * FROM base.base_orders;" "not authorized"
refuses "VACUUM INTO" "VACUUM INTO 'copy.db';" "authorization denied"
printf 'x\n1\n' > data.csv
refuses ".import" ".import --csv data.csv t" "not authorized"
refuses ".dump" ".dump" "USING edict_dataset"
[ ! -e copy ] && [ ! -e copy.db ]
case $? in 0) good "nothing was written" ;; *) bad "nothing was written" ;; esac
need "$build/edict" log verify log --key "$(cat log.pub)"
good "the log is whole"
finish
