#!/bin/sh
# Compiler: every source once more with the second compiler (clang beside gcc), warnings as errors.
# A make of its own, so that variables of the outer one (T, flags) do not reach it.
set -u
if env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL "${MAKE:-make}" -k -s -j2 CC="${CC:-cc}" syntax; then
  echo "ok compiler"
  echo "# passed 1 failed 0 skipped 0"
else
  echo "not ok compiler"
  echo "# passed 0 failed 1 skipped 0"
  exit 1
fi
