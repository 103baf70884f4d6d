#!/bin/sh
# Setup: finds what the build needs and installs the missing Debian packages.
#
# As root it runs apt-get; otherwise it prints the one command to run and exits with 2. Nothing
# missing: it prints nothing and takes milliseconds. `tools/setup.sh GROUP...` asks for further
# groups: fuzz, tidy. A package counts as there when what it is needed for works, wherever it came from.
set -eu

# Prints the package after the first argument when the command in the rest fails.
need() {
  package=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}
has() { command -v "$1"; }
# The package's own path first: a shim on PATH may answer for a program that is not there.
header() { [ -e "/usr/include/$1" ] || [ -e "/usr/include/$(uname -m)-linux-gnu/$1" ]; }

missing=
need gcc has "${CC:-gcc}"
need g++ has g++
need libc6-dev header stdio.h
need binutils has nm
need make has make
need pkg-config has "${PKG_CONFIG:-pkg-config}"
need python3 has python3
need sqlite3 has sqlite3
if command -v "${PKG_CONFIG:-pkg-config}" >/dev/null 2>&1; then
  if ! "${PKG_CONFIG:-pkg-config}" --exists libjwt jansson libcrypto libpcre2-8 yaml-0.1 libsodium sqlite3; then
    need libjwt-dev "${PKG_CONFIG:-pkg-config}" --exists libjwt
    need libjansson-dev "${PKG_CONFIG:-pkg-config}" --exists jansson
    need libssl-dev "${PKG_CONFIG:-pkg-config}" --exists libcrypto
    need libpcre2-dev "${PKG_CONFIG:-pkg-config}" --exists libpcre2-8
    need libyaml-dev "${PKG_CONFIG:-pkg-config}" --exists yaml-0.1
    need libsodium-dev "${PKG_CONFIG:-pkg-config}" --exists libsodium
    need libsqlite3-dev "${PKG_CONFIG:-pkg-config}" --exists sqlite3
  fi
else
  missing="$missing libjwt-dev libjansson-dev libssl-dev libpcre2-dev libyaml-dev libsodium-dev libsqlite3-dev"
fi
for group in "$@"; do
  case $group in
    clang) need clang has clang ;;
    format) need clang-format has clang-format ;;
    tidy) need clang-tidy has clang-tidy ;;
    *) echo "setup: no group '$group'; there are clang, format and tidy" >&2; exit 2 ;;
  esac
done

[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "setup: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # shellcheck disable=SC2086 # one word a package
  exec apt-get install -q -y --no-install-recommends $missing
fi
echo "setup: these packages are missing; run: sudo apt-get install -y$missing" >&2
exit 2
