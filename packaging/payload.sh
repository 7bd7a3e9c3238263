#!/bin/sh
# Lays out what install.sh installs: payload.sh FOLDER SHARED_LIBRARY STATIC_LIBRARY [TCDB]
# Run from the root of the source tree; man pages are taken from target/man. With TCDB, the command-line tool goes with the
# libraries. For another processor BINUTILS is what its tools' names begin with, TCDB_ASYNC_TARGET Rust's name of the
# platform, and TCDB_HERE a tcdb that runs here.
set -eu
to=$1 shared=$2 static=$3 tool=${4:-}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)

rm -rf "$to"
mkdir -p "$to/include" "$to/lib" "$to/doc" "$to/man"
echo "$version" >"$to/VERSION"
cp packaging/install.sh "$to/"
cp include/tcdb_async.h "$to/include/"
[ ! -e include/tcdb_async.hpp ] || cp include/tcdb_async.hpp "$to/include/"
cp "$shared" "$to/lib/libtcdb_async.so.$version"
packaging/static_library.sh symbols.txt "$static" "$to/lib/libtcdb_async.a"
cp packaging/*.in "$to/lib/"
[ -z "$tool" ] || DESTDIR='' PREFIX=$to/tool sh packaging/tool.sh "$tool"
cp -R target/man/man[0-9] "$to/man/"
packaging/documents.sh "$to/doc" ${tool:+tcdb}
find "$to" -type d -exec chmod 755 {} +
find "$to" -type f ! -perm -u+x -exec chmod 644 {} +
