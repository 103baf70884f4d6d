#!/bin/sh
# Embed pages: writes the pages named as a C file, so that the command needs none of them to be installed.
#
#   tools/embed_pages.sh docs/codes/E0203.md ...     each becomes a list of its lines; the code is its name
#
# Pages come out in the order in which they are named.
set -eu
echo '/* Written by tools/embed_pages.sh. */'
echo '#include "cli/pages.h"'
for page in "$@"; do
  printf '\nstatic const char *const %s[] = {\n' "$(basename "$page" .md)"
  sed -e 's/[\\"]/\\&/g' -e 's/	/\\t/g' -e 's/??/?\\?/g' -e 's/^.*$/    "&",/' "$page"
  echo '    NULL,'
  echo '};'
done
printf '\nconst cli_page cli_pages[] = {\n'
for page in "$@"; do
  code=$(basename "$page" .md)
  printf '    {"%s", %s},\n' "$code" "$code"
done
echo '    {NULL, NULL},'
echo '};'
