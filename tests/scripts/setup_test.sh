#!/bin/sh
# Setup: with nothing missing it is silent; with something missing it installs as root and names the
# one command otherwise. `id` and `apt-get` are stand-ins here, so nothing is installed.
set -u
passed=0 failed=0
setup=$(pwd)/tools/setup.sh
cd "$TMPDIR" || exit 1
mkdir bin

stand_in() { { echo '#!/bin/sh' && cat; } >"bin/$1" && chmod +x "bin/$1"; }
# expect NAME CODE TEXT COMMAND...: "-" is no output at all.
expect() {
  name=$1 code=$2 text=$3
  shift 3
  PATH=$TMPDIR/bin:$PATH "$@" >out 2>&1
  got=$?
  if [ "$text" = - ]; then [ ! -s out ]; else grep -qxF -- "$text" out; fi
  if [ $? -eq 0 ] && [ $got -eq "$code" ]; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    echo "# exit code $got, expected $code"
    sed 's/^/# > /' out
    echo "not ok $name"
  fi
}

echo 'echo "apt-get $*"' | stand_in apt-get
expect "nothing missing" 0 - sh "$setup" check
echo 'echo 1000' | stand_in id
# A pkg-config that does not know two of the packages.
echo 'case "$*" in *libjwt*|*yaml*) exit 1 ;; esac' | stand_in some-config
expect "not root: the exact command" 2 \
  "setup: packages are missing; run: sudo apt-get install -y libjwt-dev libyaml-dev" \
  env PKG_CONFIG=some-config sh "$setup"
expect "not root: a missing compiler" 2 "setup: packages are missing; run: sudo apt-get install -y gcc" \
  env CC=no-such-compiler sh "$setup"
echo 'echo 0' | stand_in id
expect "root: the lists are read first" 0 "apt-get update -q" env PKG_CONFIG=some-config sh "$setup"
expect "root: the packages are installed" 0 \
  "apt-get install -q -y --no-install-recommends libjwt-dev libyaml-dev" env PKG_CONFIG=some-config sh "$setup"
echo 'exit 100' | stand_in apt-get
expect "a failing install fails" 100 "setup: installing libjwt-dev libyaml-dev" env PKG_CONFIG=some-config sh "$setup"
expect "an unknown group" 2 "setup: there is no group 'tests'; the groups are check, fuzz, model, format, tidy and browser" \
  sh "$setup" tests

echo "# passed $passed failed $failed skipped 0"
[ $failed -eq 0 ]
