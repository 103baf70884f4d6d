#!/bin/sh
# Runner: tests/run counts a program that dies, hangs, lies or runs nothing as a failure, and its
# last line and exit code say so.
set -u
passed=0 failed=0
cd "$TMPDIR" || exit 1
run=$OLDPWD/tests/run

program() {
  { echo '#!/bin/sh' && cat; } >"$1.sh"
}
# expect NAME CODE LAST_LINE TEXT PROGRAM...: exit code, last line, and a text anywhere.
expect() {
  name=$1 code=$2 last=$3 text=$4
  shift 4
  python3 "$run" --limit 1 "$@" >out 2>&1
  got=$?
  if [ $got -eq "$code" ] && [ "$(tail -n 1 out)" = "$last" ] && grep -qF -- "$text" out; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    echo "# exit code $got, expected $code"
    sed 's/^/# > /' out
    echo "not ok $name"
  fi
}

echo 'echo "ok a"; echo "# passed 2 failed 0 skipped 0"' | program good
echo 'echo "not ok b"; echo "# passed 1 failed 2 skipped 0"; exit 1' | program bad
echo 'echo "# skipped: no such thing"; echo "# passed 1 failed 0 skipped 1"' | program skips
echo 'echo "# passed 9 failed 0 skipped 0"; kill -SEGV $$' | program dies
echo 'echo "# passed 9 failed 0 skipped 0"; exit 3' | program liar
echo 'echo "# passed 1 failed 1 skipped 0"; exit 0' | program hides
echo 'echo hello' | program silent
echo 'echo "# passed 0 failed 0 skipped 0"' | program empty
echo 'sleep 30 & sleep 30' | program hangs
echo 'read line; test -z "$line" && test -d "$TMPDIR" && touch "$TMPDIR/x" && echo "# passed 1 failed 0 skipped 0"' | program alone
echo 'print("# passed 3 failed 0 skipped 0")' >python.py

expect "sums of good programs" 0 "5 passed, 0 failed, 0 skipped" "ok  good.sh  2 passed" good.sh python.py
expect "failures are counted and shown" 1 "3 passed, 2 failed, 0 skipped" "not ok b" good.sh bad.sh
expect "a failing program is named at the end" 1 "3 passed, 2 failed, 0 skipped" "failed: bad.sh" good.sh bad.sh
expect "a skip is counted and its reason shown" 0 "1 passed, 0 failed, 1 skipped" "no such thing" skips.sh
expect "a death is a failure" 1 "9 passed, 1 failed, 0 skipped" "died of signal 11" dies.sh
expect "an exit code against its summary" 1 "9 passed, 1 failed, 0 skipped" "exit code 3 with 0 failures" liar.sh
expect "success despite failures" 1 "1 passed, 2 failed, 0 skipped" "exit code 0 with 1 failures" hides.sh
expect "no summary line" 1 "2 passed, 1 failed, 0 skipped" "printed no" good.sh silent.sh
expect "no test ran" 1 "0 passed, 1 failed, 0 skipped" "ran no test" empty.sh
expect "a program past its limit" 1 "0 passed, 1 failed, 0 skipped" "ran longer than 1.0 s" hangs.sh
expect "no program at all" 1 "0 passed, 0 failed, 0 skipped" ""
expect "a missing program" 1 "2 passed, 1 failed, 0 skipped" "cannot start" good.sh nowhere
expect "no input, a folder of its own" 0 "1 passed, 0 failed, 0 skipped" "" alone.sh

echo "# passed $passed failed $failed skipped 0"
[ $failed -eq 0 ]
