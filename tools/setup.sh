#!/bin/sh
# Setup: finds what the build needs and installs the Debian packages that are missing.
#
#   tools/setup.sh [GROUP...]     the build's packages, and those of check, fuzz, model, format, tidy or browser
#
# As root it runs apt-get; otherwise it prints the one command to run and exits with 2. With nothing
# missing it prints nothing and takes milliseconds. A package counts as there when what it is needed
# for works, wherever that came from.
set -eu

pkg_config=${PKG_CONFIG:-pkg-config}
missing=

# need PACKAGE COMMAND...: the package is missing when the command fails.
need() {
  package=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}
has() { command -v "$1"; }

need gcc has "${CC:-cc}"
need libc6-dev test -e /usr/include/stdio.h
need binutils has nm
need pkg-config has "$pkg_config"
need sqlite3 has sqlite3
# One question for all of them is the fast path.
if ! "$pkg_config" --exists libjwt jansson libcrypto libpcre2-8 libsodium yaml-0.1 sqlite3 2>/dev/null; then
  need libjwt-dev "$pkg_config" --exists libjwt
  need libjansson-dev "$pkg_config" --exists jansson
  need libssl-dev "$pkg_config" --exists libcrypto
  need libpcre2-dev "$pkg_config" --exists libpcre2-8
  need libsodium-dev "$pkg_config" --exists libsodium
  need libyaml-dev "$pkg_config" --exists yaml-0.1
  need libsqlite3-dev "$pkg_config" --exists sqlite3
fi

for group in "$@"; do
  case $group in
    check)
      need python3 has python3
      need gcc has gcc
      need clang has clang
      # For the test that manual pages are set without a complaint.
      need groff-base has groff
      # For the test that JUnit reports are what their schema says.
      need libxml2-utils has xmllint
      # For the test that numbers read the same where the decimal sign is a comma.
      need locales test -e /usr/share/i18n/locales/de_DE
      ;;
    fuzz)
      need clang has clang
      runtime=$(clang -print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null || true)
      # Without clang the version is not known yet; Debian 12 has 14.
      version=$(clang -dumpversion 2>/dev/null | cut -d. -f1 || true)
      need "libclang-rt-${version:-14}-dev" test -e "$runtime"
      ;;
    model) need python3 has python3 ;; # and CBMC, which tools/get_cbmc.sh provides
    format) need clang-format has clang-format ;;
    browser) need chromium has chromium ;;
    tidy) need clang-tidy has clang-tidy ;;
    *)
      echo "setup: there is no group '$group'; the groups are check, fuzz, model, format, tidy and browser" >&2
      exit 2
      ;;
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
echo "setup: packages are missing; run: sudo apt-get install -y$missing" >&2
exit 2
