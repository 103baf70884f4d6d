#!/bin/sh
# Replay: a harness that crashes or breaks its contract is found and the input named; mutations are
# the same at each run; a door without inputs is refused.
set -u
passed=0 failed=0
replay=$(pwd)/fuzz/replay_inputs.c
cd "$TMPDIR" || exit 1
mkdir -p inputs empty

# harness NAME BODY: BODY sees `data` and `size`.
harness() {
  cat >"$1.c" <<END
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  (void)data, (void)size;
  $2
  return 0;
}
END
  ${CC:-cc} -o "$1" "$1.c" "$replay"
}
check() {
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    sed 's/^/# > /' out
    echo "not ok $name"
  fi
}

printf 'one' >inputs/a
printf 'BOOM' >inputs/b
printf '' >inputs/c

harness calm 'fwrite(data, 1, size, stderr);'
calm() { ./calm inputs >out 2>"$1" && grep -q '^# passed 3 failed 0 skipped 0$' out; }
check "three files pass" calm first
check "the same mutations again" eval 'calm second && cmp first second'
check "mutations differ from their file" eval '[ "$(wc -c <first)" -gt 500 ]'

harness crash 'if (size == 4 && memcmp(data, "BOOM", 4) == 0) abort();'
crash() {
  ./crash inputs >out 2>&1
  [ $? -gt 128 ] && grep -q 'died on inputs/b, as it is' out
}
check "a crash names its file" crash

harness shorter 'if (size == 2) *(volatile int *)0 = 1;'
shorter() {
  ./shorter inputs >out 2>&1
  [ $? -gt 128 ] && grep -q 'died on inputs/a, mutation [0-9]' out
}
check "a truncation is found" shorter

harness refuses 'if (size == 4) return 7;'
refuses() {
  ./refuses inputs >out 2>&1
  [ $? -eq 1 ] && grep -q '^not ok inputs/b' out && grep -q '^# passed 2 failed 1' out
}
check "a result outside the contract" refuses

no_inputs() {
  ./calm empty >out 2>&1
  [ $? -eq 2 ] && grep -q 'no inputs' out
}
check "an empty folder is refused" no_inputs
no_door() {
  cp calm nodoor_fuzz && ./nodoor_fuzz >out 2>&1
  [ $? -eq 2 ] && grep -q 'no folder tests/hostile/nodoor' out
}
check "a door without a folder is refused" no_door
own_door() {
  mkdir -p tests/hostile/calm && cp inputs/a tests/hostile/calm && echo x >tests/hostile/calm/expected.tsv
  cp calm calm_fuzz && ./calm_fuzz >out 2>/dev/null && grep -q '^# passed 1 failed 0' out
}
check "a program finds its own door, without the manifest" own_door

echo "# passed $passed failed $failed skipped 0"
[ $failed -eq 0 ]
