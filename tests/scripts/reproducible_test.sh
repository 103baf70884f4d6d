#!/bin/sh
# Reproducible: a project's bundle depends on edict.yaml and the files it names, and on nothing else:
# not on the folder, the time, the locale, the umask, the order or the times of files. One byte of a
# rule changes the digest; a file that nothing names does not.
set -u
passed=0 failed=0
here=$(pwd)
edict=${EDICT_BUILD:-$here/build}/edict
cd "$TMPDIR" || exit 1

check() { # name, command...
  name=$1
  shift
  if "$@" >out 2>&1; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    sed 's/^/# > /' out
    echo "not ok $name"
  fi
}

# The demonstration's projects in a folder of their own; a domain names its federal bundle by a path.
copy() { # folder
  mkdir -p "$1" && cp -r "$here/rules/demo/federal" "$here/rules/demo/sales" "$1" &&
    sed 's|bundle: [^,]*|bundle: ../out/federal.edb|' "$here/rules/demo/sales/edict.yaml" >"$1/sales/edict.yaml"
}
# Both bundles and the table, from within the folder or by its path.
build() { # folder, prefix of paths
  mkdir -p "$1/out" &&
    "$edict" build "$2federal/edict.yaml" --out "$1/out/federal.edb" --tables "$1/out" &&
    "$edict" build "$2sales/edict.yaml" --out "$1/out/sales.edb"
}
same() { # folder, folder
  for file in federal.edb federal.vocabulary.legal-holds.edb sales.edb; do
    cmp "$1/out/$file" "$2/out/$file" || return 1
  done
}
digest() { "$edict" inspect "$1" | sed -n 's/^digest //p'; }

copy first && copy "a much longer name/second" && copy third && copy fourth || exit 1
check "a project builds" build "$TMPDIR/first" "$TMPDIR/first/"
second="$TMPDIR/a much longer name/second"
check "from within, by a relative path" eval '(cd "$second" && build "$second" "")'
check "the same bytes in another folder" same first "$second"

# Another clock's zone, another locale, other permissions, an environment that is nearly empty.
elsewhere() {
  (cd / && umask 077 && env -i PATH="$PATH" TZ=Asia/Kolkata LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 HOME=/nowhere \
    sh -c '"$0" build "$1/federal/edict.yaml" --out "$1/out/federal.edb" --tables "$1/out" &&
           "$0" build "$1/sales/edict.yaml" --out "$1/out/sales.edb"' "$edict" "$TMPDIR/third")
}
mkdir third/out
check "in another zone, locale and environment" elsewhere
check "the same bytes there" same first third

# Files made in another order, of other times and permissions.
find fourth -type f | sort -r | while read -r path; do
  cp "$path" "$path.new" && rm "$path" && mv "$path.new" "$path"
  touch -t 199912312359 "$path"
  chmod 600 "$path"
done
echo 'rule not-there forbid read' >fourth/federal/notes.txt
echo 'x' >fourth/federal/.hidden.edict
check "from files of other times and order" build "$TMPDIR/fourth" "$TMPDIR/fourth/"
check "the same bytes from them" same first fourth

# A test that can fail: one byte changes what it should, and nothing else.
before=$(digest first/out/federal.edb) sales=$(digest first/out/sales.edb)
sed -i 's/at most 24 months/at most 25 months/' fourth/federal/privacy.edict
check "it builds with one byte of a rule changed" build "$TMPDIR/fourth" "$TMPDIR/fourth/"
check "the digest is another" test "$(digest fourth/out/federal.edb)" != "$before"
check "the table's bytes are the same" cmp first/out/federal.vocabulary.legal-holds.edb \
  fourth/out/federal.vocabulary.legal-holds.edb
check "the domain's bundle is the same: it names its parent, not the parent's bytes" \
  test "$(digest fourth/out/sales.edb)" = "$sales"
sed -i 's/# What holds/# what holds/' third/federal/privacy.edict
check "it builds with a comment changed" build "$TMPDIR/third" "$TMPDIR/third/"
check "a comment is a source too: it is signed along" test "$(digest third/out/federal.edb)" != "$before"
echo 999999 >>"$second/federal/holds.csv"
check "it builds with table data changed" build "$second" "$second/"
check "the rules are the same" cmp first/out/federal.edb "$second/out/federal.edb"

# What is built is what is carried: a bundle is built again from the sources in it.
again() {
  mkdir -p again/rules && "$edict" inspect first/out/federal.edb |
    sed -n 's/^file [0-9]* [0-9a-f]* //p' | grep -v '^program$' | while read -r name; do
    "$edict" inspect first/out/federal.edb --file "$name" >"again/$(basename "$name")" || exit 1
  done
  cp first/federal/holds.csv again/ && "$edict" build again/edict.yaml --out again/federal.edb --tables again &&
    cmp again/federal.edb first/out/federal.edb
}
check "built again from its own sources" again

echo "# passed $passed failed $failed skipped 0"
[ $failed -eq 0 ]
