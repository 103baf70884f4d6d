#!/bin/sh
# Install: a staged `make install` is enough to compile, link and run a program of a stranger.
#
# In: the tree, built. The program finds headers and libraries through pkg-config alone, once with
# the shared library and once with the archives. `make uninstall` then leaves no file behind.
set -u
passed=0 failed=0
stage=$TMPDIR/stage prefix=/opt/edict
log=$TMPDIR/log

check() {
  name=$1
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    sed 's/^/# /' "$log"
    echo "not ok $name"
  fi
}
run_make() { env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL "${MAKE:-make}" -s "$@" DESTDIR="$stage" PREFIX=$prefix; }
# The packages of the system first, ours in front, all paths below the stage.
packages() {
  PKG_CONFIG_PATH=$stage$prefix/lib/pkgconfig "${PKG_CONFIG:-pkg-config}" \
    --define-variable=prefix="$stage$prefix" --define-variable=libdir="$stage$prefix/lib" \
    --define-variable=includedir="$stage$prefix/include" "$@"
}

check "make install" run_make install
root=$stage$prefix

cat >"$TMPDIR/host.c" <<'END'
#include <edict/edict.h>
#include <stdio.h>
int main(void) {
  edict_diagnostics *list = edict_diagnostics_create();
  if (!list) return 1;
  printf("%s %zu\n", edict_status_name(EDICT_OK), edict_diagnostics_count(list));
  edict_diagnostics_destroy(&list);
  return list != NULL;
}
END
# shellcheck disable=SC2046 # flags are words
shared() {
  ${CC:-cc} -Wall -Wextra -Werror -o "$TMPDIR/shared" "$TMPDIR/host.c" $(packages --cflags --libs edict) &&
    [ "$(LD_LIBRARY_PATH=$root/lib "$TMPDIR/shared")" = "ok 0" ]
}
# The archive of edict, the shared libraries of what it needs.
# shellcheck disable=SC2046
static() {
  mkdir -p "$TMPDIR/archives" && cp "$root"/lib/*.a "$TMPDIR/archives" &&
    ${CC:-cc} -o "$TMPDIR/static" "$TMPDIR/host.c" $(packages --cflags edict) \
      -L"$TMPDIR/archives" -ledict -pthread $(packages --libs $(packages --print-requires-private edict)) &&
    ! readelf -d "$TMPDIR/static" | grep libedict &&
    [ "$("$TMPDIR/static")" = "ok 0" ]
}
every_header() {
  for header in "$root"/include/edict/*.h; do
    echo "#include <edict/$(basename "$header")>"
  done >"$TMPDIR/all.c"
  echo 'int main(void) { return 0; }' >>"$TMPDIR/all.c"
  ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" -o "$TMPDIR/all" "$TMPDIR/all.c"
}
# Both libraries in one program: they share no symbol but the public ones.
# shellcheck disable=SC2046
both() {
  ${CC:-cc} -o "$TMPDIR/both" "$TMPDIR/host.c" $(packages --cflags edict-policy) -Wl,--no-as-needed \
    $(packages --libs edict-policy) && [ "$(LD_LIBRARY_PATH=$root/lib "$TMPDIR/both")" = "ok 0" ]
}
only_public_symbols() {
  for library in "$root"/lib/libedict*.so.0; do
    "${NM:-nm}" -D -P --defined-only "$library" | awk -v at="$library" '
      { seen++ } $1 !~ /^edict_[a-z0-9_]+$/ { print at " shows " $1; bad = 1 }
      END { if (!seen) print at " shows nothing"; exit bad || !seen }' || return 1
  done
}
sonames() {
  for library in "$root"/lib/libedict*.so; do
    [ -L "$library" ] && [ "$(readlink "$library")" = "$(basename "$library").0" ] || return 1
    objdump -p "$library" | grep "SONAME *$(basename "$library").0$" || return 1
  done
}
no_build_paths() {
  ! grep -rnF -e "$stage" -e "$EDICT_BUILD" "$root"/lib/pkgconfig "$root"/include
}
nothing_left() {
  run_make uninstall && [ -z "$(find "$stage" ! -type d)" ] || { find "$stage" ! -type d; return 1; }
}

# The version in edict.pc is the one that the headers state.
version() {
  printf '#include <edict/edict.h>\nEDICT_RELEASE\n' | ${CC:-cc} -E -P -I"$root/include" - | tail -n 1 >"$TMPDIR/version"
  [ "$(cat "$TMPDIR/version")" = "\"$(packages --modversion edict)\"" ] && [ -n "$(packages --modversion edict)" ]
}

check "one version" version
check "a program links the shared library" shared
check "a program links the archive" static
check "all headers together compile as C11" every_header
check "installed files name no build path" no_build_paths
check "only public symbols show" only_public_symbols
check "sonames and links" sonames
if [ -e "$root/lib/libedict-policy.so" ]; then
  check "both libraries in one program" both
fi
if [ -e "$root/bin/edict" ]; then
  check "the installed command runs" "$root/bin/edict" help
fi
check "make uninstall leaves no file" nothing_left

echo "# passed $passed failed $failed skipped 0"
[ "$failed" -eq 0 ]
