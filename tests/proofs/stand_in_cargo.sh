#!/bin/sh
# Stands in for cargo in a mirrored tree (mirror.py): hands over what was built before.
set -eu
mkdir -p target/debug
case "$*" in
"build --lib")
  cp "$MIRROR_LIBRARY/libtcdb_async.so" "$MIRROR_LIBRARY/libtcdb_async.a" target/debug/ ;;
"build -p tcdb-mock-server")
  cp "$MIRROR_ENDPOINT" target/debug/tcdb-mock-server
  if [ "$MIRROR_KIND" = memcheck ]; then
    mv target/debug/tcdb-mock-server target/debug/tcdb-mock-server.real
    cp tests/proofs/stand_in_endpoint.py target/debug/tcdb-mock-server
  fi ;;
*)
  echo "no cargo in a mirrored tree: $*" >&2
  exit 1 ;;
esac
