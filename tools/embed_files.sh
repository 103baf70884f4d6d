#!/bin/sh
# Embed files: writes the files of a folder as a C file, so that the command needs none of them to be installed.
#
#   tools/embed_files.sh rules/starter FILE...     each becomes a list of its lines, under its path in the folder
set -eu
folder=$1
shift
echo '/* Written by tools/embed_files.sh. */'
echo '#include "cli/starter.h"'
number=0
for file in "$@"; do
  printf '\nstatic const char *const lines_%d[] = {\n' $number
  sed -e 's/[\\"]/\\&/g' -e 's/	/\\t/g' -e 's/??/?\\?/g' -e 's/^.*$/    "&",/' "$file"
  echo '    NULL,'
  echo '};'
  number=$((number + 1))
done
printf '\nconst cli_starter cli_starters[] = {\n'
number=0
for file in "$@"; do
  printf '    {"%s", lines_%d},\n' "${file#"$folder"/}" $number
  number=$((number + 1))
done
echo '    {NULL, NULL},'
echo '};'
