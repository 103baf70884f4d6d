#!/bin/sh
# CBMC: prints the command that runs the model checker, and provides it where it is missing.
#
#   tools/get_cbmc.sh FOLDER
#
# A `cbmc` that is there is taken. Debian 12 has no package of it: there Debian 13's, and the libraries that it needs, are
# unpacked below FOLDER and run from there; nothing of the system is changed, and root is not needed. Packages are
# checked against Debian's keys by apt-get, as always.
set -eu

folder=${1:?usage: tools/get_cbmc.sh FOLDER}
if command -v cbmc >/dev/null 2>&1; then
  command -v cbmc
  exit 0
fi
folder=$(mkdir -p "$folder" && cd "$folder" && pwd)
if [ ! -x "$folder/cbmc" ]; then
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1 || [ ! -r "$keys" ]; then
    echo "setup: there is no cbmc, and this is no Debian to take its package from: install CBMC 6" >&2
    exit 2
  fi
  echo "setup: unpacking cbmc of Debian 13 into $folder" >&2
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/unpacked"
  echo "deb [signed-by=$keys] http://deb.debian.org/debian trixie main" > "$folder/sources.list"
  cat > "$folder/apt.conf" <<END
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$folder/lists";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
END
  export APT_CONFIG="$folder/apt.conf"
  apt-get update -qq >&2
  (cd "$folder/cache" && apt-get download -qq cbmc minisat libc6 libgcc-s1 libstdc++6 zlib1g >&2)
  for package in "$folder"/cache/*.deb; do dpkg -x "$package" "$folder/unpacked"; done
  loader=$(find "$folder/unpacked" -name 'ld-linux*.so.*' -type f | head -n 1)
  libraries=$(dirname "$loader"):$folder/unpacked/usr/lib
  # In one step, so that what was cut short is begun anew.
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$libraries" "$folder/unpacked/usr/bin/cbmc" > "$folder/cbmc.new"
  chmod +x "$folder/cbmc.new"
  mv "$folder/cbmc.new" "$folder/cbmc"
  rm -rf "$folder/lists" "$folder/cache"
fi
echo "$folder/cbmc"
