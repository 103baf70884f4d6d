#!/bin/sh
# Build: the makefiles do what packagers and incremental work rely on: what changed is built again
# and nothing else, removed sources leave, bytes do not depend on the place, failures are not silent.
#
# In: the makefiles, copied beside a small tree of two sources and a test.
set -u
here=$(pwd) tree=$TMPDIR/tree log=$TMPDIR/log
passed=0 failed=0
unset MAKEFLAGS MFLAGS MAKELEVEL T # T picks tests, and make hands it down

mk() { "${MAKE:-make}" -C "$tree" V=1 CC="${CC:-cc}" "$@" >"$log" 2>&1; }
check() {
  name=$1
  shift
  if "$@" >>"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    tail -n 30 "$log" | sed 's/^/# > /'
    echo "not ok $name"
  fi
}
put() {
  mkdir -p "$(dirname "$tree/$1")"
  cat >"$tree/$1"
}
compiled() { grep -c -- ' -c -o ' "$log"; }
members() { ar t "$tree/build/libedict.a" | tr '\n' ' '; }

mkdir -p "$tree"
cp -r "$here/Makefile" "$here/make" "$here/tools" "$tree"
put runtime/base/one.h <<'END'
/* One. */
int edict_one(void);
END
put runtime/base/one.c <<'END'
/* One. */
#include "base/one.h"
__attribute__((visibility("default"))) int edict_one(void) { return 1; }
END
put runtime/base/two.c <<'END'
/* Two. */
int edict_two(void);
int edict_two(void) { return 2; }
END
mkdir -p "$tree/tests"
cp "$here/tests/run" "$here/tests/harness.h" "$tree/tests"
put tests/unit/one_test.c <<'END'
/* One. */
#include "harness.h"
#include "base/one.h"
TEST(one) { CHECK_INT(edict_one(), 1); }
HARNESS_MAIN
END

check "builds" mk all
check "nothing changed, nothing built" eval 'mk all && [ "$(compiled)" = 0 ] && ! grep -q -- "-shared" "$log"'
check "WERROR changes no object" eval 'mk all WERROR=1 && [ "$(compiled)" = 0 ]'
echo '/* more */' >>"$tree/runtime/base/one.h"
check "a changed header builds what includes it" eval 'mk all && [ "$(compiled)" = 1 ]'
check "other flags build everything" eval 'mk all CFLAGS=-O1 && [ "$(compiled)" = 2 ]'
check "a test program runs" eval 'mk test && grep -q "^1 passed, 0 failed, 0 skipped$" "$log"'
check "T picks by name" eval 'mk test T=one && grep -q "^1 passed, 0 failed, 0 skipped$" "$log"'
check "T that picks nothing fails" eval '! mk test T=none && grep -q "^0 passed, 0 failed, 0 skipped$" "$log"'

cp -r "$tree" "$TMPDIR/a-much-longer-name" && rm -rf "$TMPDIR/a-much-longer-name/build"
same_bytes() {
  mk clean && mk lib && "${MAKE:-make}" -C "$TMPDIR/a-much-longer-name" CC="${CC:-cc}" BUILD="$TMPDIR/out" lib &&
    cmp "$tree/build/libedict.a" "$TMPDIR/out/libedict.a"
}
check "the same bytes in another place" same_bytes

rm "$tree/runtime/base/two.c"
check "a removed source leaves the archive" eval 'mk all && [ "$(members)" = "one.o " ]'
echo 'int broken(void) { return }' >>"$tree/runtime/base/one.c"
check "a source that does not compile fails the build" eval '! mk all'
put runtime/base/one.c <<'END'
/* One. */
#include "base/one.h"
static int unused(void) { return 3; }
int edict_one(void) { return 1; }
END
check "a warning is an error with WERROR=1" eval '! mk all WERROR=1 && grep -q unused "$log"'
put runtime/base/one.c <<'END'
/* One. */
#include "base/one.h"
int edict_two(void);
int edict_one(void) { return edict_two(); }
END
check "a symbol that nobody defines fails the link" eval '! mk all && grep -q edict_two "$log"'
printf '#!/bin/sh\nexit 1\n' >"$TMPDIR/no-config" && chmod +x "$TMPDIR/no-config"
check "missing packages are said plainly" eval '! mk all PKG_CONFIG="$TMPDIR/no-config" BUILD=b2 &&
  grep -q "make setup" "$log"'
check "help needs nothing" eval 'mk help PKG_CONFIG="$TMPDIR/no-config" && grep -q "^  check  *set up" "$log"'

echo "# passed $passed failed $failed skipped 0"
[ $failed -eq 0 ]
