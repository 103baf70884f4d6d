#!/bin/sh
# Checks: each structure check passes on a small sound tree and fails on the same tree broken on
# purpose, naming the break. A check that cannot fail would prove nothing.
set -u
here=$(pwd) tree=$TMPDIR/tree log=$TMPDIR/log
passed=0 failed=0
export EDICT_BUILD="$tree/build" EDICT_OBJECTS="$tree/build/release"
cc=${CC:-cc}

put() {
  mkdir -p "$(dirname "$tree/$1")"
  cat >"$tree/$1"
}
compile() {
  mkdir -p "$EDICT_OBJECTS/$(dirname "$1")"
  $cc -fPIC -fvisibility=hidden -I"$tree/include" -I"$tree/runtime" -I"$tree" -c \
    -o "$EDICT_OBJECTS/${1%.c}.o" "$tree/$1"
}
link() { $cc -shared -o "$EDICT_BUILD/libedict.so.0" $(find "$EDICT_OBJECTS" -name '*.o'); }

sound_tree() {
  rm -rf "$tree"
  mkdir -p "$tree/tools/check" "$EDICT_BUILD"
  cp -r "$here/Makefile" "$here/make" "$tree"
  put include/edict/thing.h <<'END'
/* Thing: the public header of the small tree. */
#ifndef EDICT_THING_H
#define EDICT_THING_H
#define EDICT_EXPORT __attribute__((visibility("default")))
#ifdef __cplusplus
extern "C" {
#endif
EDICT_EXPORT int edict_thing_count(int first);
#ifdef __cplusplus
}
#endif
#endif
END
  put runtime/base/low.h <<'END'
/* Low: a header of the lowest layer. */
#ifndef EDI_LOW_H
#define EDI_LOW_H
#include <stddef.h>
size_t edi_low_size(void);
#endif
END
  put runtime/base/low.c <<'END'
/* Low: a source of the lowest layer. */
#include "base/low.h"
size_t edi_low_size(void) { return sizeof "malloc(1) strcpy(a, b) /* free */"; }
END
  put runtime/bundle/thing.c <<'END'
/* Thing: a source of the second layer; sprintf(x) in a comment is no call. */
#include "edict/thing.h"
#include "base/low.h"
int edict_thing_count(int first) { return first + (int)edi_low_size(); }
END
  put tools/check/exports.txt <<'END'
libedict.so.0 edict_thing_count
END
  put fuzz/low_fuzz.c <<'END'
/* Low: the harness of the small tree. */
#include "base/low.h"
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) { return data && size > 99 ? -1 : 0; }
END
  mkdir -p "$tree/tests/hostile/low"
  for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15; do
    echo "$i" >"$tree/tests/hostile/low/input-$i"
    printf 'input-%s\tE0001\ta number\n' $i >>"$tree/tests/hostile/low/expected.tsv"
  done
  echo '/* Low. */' | put tests/unit/low_test.c
  mkdir -p "$tree/tests/mutations"
  cp "$here/tests/mutations/run_mutations.py" "$tree/tests/mutations"
  put tests/mutations/table.txt <<'END'
fuzz/low_fuzz.c: low
- size > 99
+ size > 98
END
  compile runtime/base/low.c && compile runtime/bundle/thing.c && link
}

run_check() { (cd "$here" && python3 "tools/check/${1}_check.py" "$tree" >"$log" 2>&1); }
count() {
  if [ "$1" -eq 0 ]; then
    passed=$((passed + 1)) && echo "ok $2"
  else
    failed=$((failed + 1)) && sed 's/^/# /' "$log" && echo "not ok $2"
  fi
}
sound() {
  sound_tree
  run_check "$1" && grep -q '^# passed 1 failed 0' "$log"
  count $? "$1: a sound tree passes"
}
# finds CHECK TEXT NAME: the tree as it is now fails, with that text in the output.
finds() {
  if run_check "$1"; then status=1; else
    grep -qF -- "$2" "$log" && grep -q '^# passed 0 failed 1' "$log"
    status=$?
  fi
  count $status "$1: $3"
}

sound layers
put runtime/base/up.c <<'END'
/* Up: base looks at bundle. */
#include "bundle/high.h"
END
echo '/* High. */' >"$tree/runtime/bundle/high.h"
finds layers 'runtime/base/up.c:2: runtime/base may not include runtime/bundle/high.h' 'an arrow that points up'
sound_tree
echo '/* P. */' | put policy/rule.h
echo '/* A. */ /*
#include "nothing.h" */
#include <policy/rule.h>' | put runtime/eval/asks.c
finds layers 'runtime/eval/asks.c:3: runtime/eval may not include policy/rule.h' 'runtime that sees policy, past a comment'
sound_tree
echo '#include "../nowhere.h"' >>"$tree/runtime/base/low.c"
finds layers '"../nowhere.h" is no file' 'a quoted header that is not there'
sound_tree
echo '/* N. */' | put newroom/a.c
finds layers 'newroom/a.c: its folder is not in' 'a folder outside the picture'
sound_tree
echo 'int edict_thing_count(int first);
void edi_thing_up(void);
void (*edi_low_up)(void) = edi_thing_up;' >>"$tree/runtime/base/low.c"
echo 'void edi_thing_up(void);
void edi_thing_up(void) {}' >>"$tree/runtime/bundle/thing.c"
compile runtime/base/low.c && compile runtime/bundle/thing.c
finds layers 'runtime/base may not use edi_thing_up of runtime/bundle/thing.o' 'a prototype written by hand'
rm -rf "$tree" && mkdir "$tree"
finds layers 'found nothing to look at' 'an empty tree'

sound banned
echo 'int size(char *to); int size(char *to) { return (sprintf) (to, "x") + sprintf (to, "x"); }' >>"$tree/runtime/base/low.c"
finds banned 'low.c:4: `sprintf` is banned' 'a banned call'
sound_tree
echo '#include <stdlib.h>
void (*edi_low_release)(void *) = free;' >>"$tree/runtime/bundle/thing.c"
compile runtime/bundle/thing.c
finds banned 'thing.c: refers to `free`' 'free as a pointer outside base'
sound_tree
echo '#include <time.h>
long edi_low_now(void) { return time(NULL); }' >>"$tree/runtime/base/low.c"
compile runtime/base/low.c
finds banned 'low.c: refers to `time`' 'a clock in the core'
sound_tree
echo 'static const double half = 0.5;' >>"$tree/runtime/base/low.c"
finds banned '`double` is banned' 'floating point outside decimal.c'
sound_tree
rm "$EDICT_OBJECTS/runtime/base/low.o"
finds banned 'low.c: has no object' 'a source that was not built'

sound exports
echo 'EDICT_EXPORT int edict_thing_more(void);
int edict_thing_more(void) { return 1; }' >>"$tree/runtime/bundle/thing.c"
compile runtime/bundle/thing.c && link
finds exports 'shows `edict_thing_more`, which is not in' 'a symbol that nobody reviewed'
sound_tree
echo 'libedict.so.0 edict_thing_gone' >>"$tree/tools/check/exports.txt"
finds exports 'does not show `edict_thing_gone`' 'a symbol that went away'
sound_tree
echo 'EDICT_EXPORT int edi_low_secret(void);
int edi_low_secret(void) { return 1; }' >>"$tree/runtime/bundle/thing.c"
echo 'libedict.so.0 edi_low_secret' >>"$tree/tools/check/exports.txt"
compile runtime/bundle/thing.c && link
finds exports '`edi_low_secret`, which is not named' 'an internal name, even if listed'
sound_tree
sed -i 's/^EDICT_EXPORT int.*/&\nEDICT_EXPORT int edict_thing_promised(void);/' "$tree/include/edict/thing.h"
finds exports 'declares `edict_thing_promised`, which no library shows' 'a declared function that is missing'

sound headers
echo '/* Needs. */
size_t edi_needs(void);' | put runtime/base/needs.h
finds headers 'runtime/base/needs.h: does not compile alone' 'a header that needs another first'
sound_tree
echo '/* Only C. */
int edict_template(int template);' | put include/edict/only_c.h
finds headers 'only_c.h: does not compile alone' 'a public header that is not C++'
sound_tree
echo '/* Inside. */
#include "base/low.h"' | put include/edict/inside.h
finds headers 'inside.h: does not compile alone' 'a public header that needs an internal one'
sound_tree
echo '/* Twice. */
typedef struct twice { int a; } twice;' | put runtime/base/twice.h
finds headers 'twice.h: does not compile alone' 'a header without a guard'

sound files
echo '/* Low again. */' | put policy/low.c
finds files 'has the name of policy/low.c' 'one name twice'
sound_tree
echo 'int edi_bare(void);' | put runtime/base/bare.h
finds files 'bare.h:1: does not start with a comment' 'a file without its comment'
sound_tree
{ echo '/* Long:' && seq 1 11 | sed 's/^/ * /' && echo ' */'; } | put runtime/base/wordy.h
finds files 'wordy.h:1: its first comment has 13 lines' 'a first comment of 13 lines'
sound_tree
{ echo '/* Table:' && seq 1 20 | sed 's/^/ *   /' && echo ' */'; } | put runtime/base/drawn.h
run_check files
count $? 'files: a drawing does not count'
body() { echo '/* Body. */' && echo "int edi_body(int a) {" && seq 1 "$1" | sed 's/.*/  a++;/' && echo '  return a;' && echo '}'; }
body 87 | put runtime/base/body.c
run_check files
count $? 'files: a function of 90 lines passes'
body 88 | put runtime/base/body.c
finds files 'body.c:2: edi_body has 91 lines' 'a function of 91 lines'
sound_tree
{ echo '/* Big. */' && seq 1 800 | sed 's/.*/typedef int edi_big_&;/'; } | put runtime/base/big.h
finds files 'big.h: has 801 lines' 'a file of 801 lines'
sound_tree
echo '// see /root''/notes' >>"$tree/runtime/base/low.c"
finds files 'low.c:4: names a path of one machine' 'a path of one machine'

sound sources
echo '/* Lost. */' | put tests/unit/lost.c
finds sources 'tests/unit/lost.c: is compiled by no target' 'a test that no target builds'
sound_tree
echo x >"$tree/tests/hostile/low/new"
finds sources 'low/new: is not in expected.tsv' 'an input outside the manifest'
sound_tree
rm "$tree/tests/hostile/low/input-07"
finds sources 'names input-07, which is not there' 'a manifest that names a missing input'
finds sources 'has 14 inputs, fewer than 15' 'a door with 14 inputs'
sound_tree
mv "$tree/tests/hostile/low" "$tree/tests/hostile/high"
finds sources 'tests/hostile/high: has no harness' 'inputs without a harness'
finds sources 'fuzz/low_fuzz.c: has no inputs' 'a harness without inputs'

sound mutations
echo '/* size > 99 */' >>"$tree/fuzz/low_fuzz.c"
finds mutations 'table.txt:1: found 2 times: size > 99' 'a mutation that stands in two places'
sound_tree
sed -i 's/98/99/' "$tree/tests/mutations/table.txt"
finds mutations 'changes nothing' 'a mutation that changes nothing'
sound_tree
rm "$tree/tests/unit/low_test.c"
finds mutations 'no such test' 'a mutation whose test is gone'

signature() {
  sound_tree
  put runtime/identity/signature.c <<'END'
/* Signature: a file that holds secrets; memcmp(mac, other) in a comment is none. */
#include <sodium.h>
int edi_low_verify(const unsigned char *signature, const unsigned char *order, const unsigned char *zero) {
  unsigned char mac[32] = {0};
  int same = memcmp(signature, order, 32) >= 0 || memcmp(signature, zero, 32) == 0 || sodium_memcmp(mac, signature, 32);
  sodium_memzero(mac, sizeof mac);
  return same;
}
END
}
signature
run_check secrets && grep -q '^# passed 1 failed 0' "$log"
count $? 'secrets: a sound tree passes'
sed -i 's/sodium_memcmp(mac/memcmp(mac/' "$tree/runtime/identity/signature.c"
finds secrets 'signature.c:5: `memcmp` where secrets are held' 'a secret compared in a time that tells of it'
signature
sed -i '/sodium_memzero/d' "$tree/runtime/identity/signature.c"
finds secrets 'signature.c:4: `mac` is not wiped where the function ends' 'a secret that is left on the stack'
signature
sed -i 's/memcmp(signature, zero, 32) == 0/0/' "$tree/runtime/identity/signature.c"
finds secrets 'says that `zero` is public, and nothing is compared with it' 'an exception that nothing needs'

echo "# passed $passed failed $failed skipped 0"
[ "$failed" -eq 0 ]
