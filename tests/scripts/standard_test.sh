#!/bin/sh
# Standard: the rule sets of rules/standard check without a word, build, and pass their own tests; every
# rule cites what it rests on, and each is reached by some test.
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

silent() { # command...: done, and nothing said
  "$@" >said 2>&1 && test ! -s said || { cat said; return 1; }
}
says() { # last line, command...
  wanted=$1
  shift
  "$@" >said 2>/dev/null
  status=$?
  tail -n 1 said | grep -qx "$wanted" && test "$status" -eq 0 || { cat said; return 1; }
}
cites() { # folder: each rule has its because
  for file in "$1"/*.edict; do
    rules=$(grep -c '^rule ' "$file")
    reasons=$(grep -c '^  because "' "$file")
    test "$rules" -eq "$reasons" || { echo "$file: $rules rules, $reasons reasons"; return 1; }
  done
}
covered() { # every rule applies in some test, and all outcomes are seen but those that cannot be
  "$edict" test standard/federal/edict.yaml --with standard/shop/edict.yaml --with standard/clinic/edict.yaml \
    --coverage --coverage-min 95 >said 2>&1 || { cat said; return 1; }
  test "$(grep -c '^    applies ' said)" -gt 30 && ! grep -E '^    applies +line +[0-9]+ +!0' said
}
modest() { # every file of rules about law says what it is not
  for file in access gdpr hipaa pci break-glass partners; do
    grep -q 'no legal advice' "$1/$file.edict" || { echo "$file"; return 1; }
  done
}

cp -r "$here/rules/standard" standard && mkdir -p standard/build || exit 1
for domain in shop clinic; do
  sed -i 's|bundle: [^,]*|bundle: ../build/federal.edb|' "standard/$domain/edict.yaml"
done
check "the federation is checked" silent "$edict" check standard/federal/edict.yaml
check "the federation is built" "$edict" build standard/federal/edict.yaml --out standard/build/federal.edb --tables standard/build
for domain in shop clinic; do
  check "$domain is checked" silent "$edict" check "standard/$domain/edict.yaml"
  check "$domain is built" "$edict" build "standard/$domain/edict.yaml" --out "standard/build/$domain.edb"
  check "$domain passes its tests" says '1 passed, 0 failed' "$edict" test "standard/$domain/edict.yaml"
done
check "the federation passes its tests" says '[1-9][0-9]* passed, 0 failed' \
  "$edict" test standard/federal/edict.yaml --with standard/shop/edict.yaml --with standard/clinic/edict.yaml
check "every rule is reached" covered
for folder in federal shop clinic; do check "rules of $folder cite" cites "standard/$folder"; done
check "what is no legal advice says so" modest standard/federal

echo "# passed $passed failed $failed skipped 0"
test "$failed" -eq 0
