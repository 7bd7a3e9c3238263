#!/bin/sh
# Lays out what install.sh installs: payload.sh FOLDER SHARED_LIBRARY STATIC_LIBRARY COMPILER...
# Run from the root of the source tree; man pages are taken from target/man. For another processor BINUTILS is what its
# tools' names begin with, and TCDB_ASYNC_TARGET Rust's name of the platform.
set -eu
to=$1 shared=$2 static=$3
shift 3
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
libraries=$(sed -n 's/^Libs.private: //p' packaging/tcdb_async.pc.in)

rm -rf "$to"
mkdir -p "$to/include" "$to/lib" "$to/bin" "$to/doc" "$to/man"
echo "$version" >"$to/VERSION"
cp packaging/install.sh "$to/"
cp include/tcdb_async.h "$to/include/"
[ ! -e include/tcdb_async.hpp ] || cp include/tcdb_async.hpp "$to/include/"
cp "$shared" "$to/lib/libtcdb_async.so.$version"
packaging/static_library.sh symbols.txt "$static" "$to/lib/libtcdb_async.a"
cp packaging/*.in "$to/lib/"
# Linked statically, so that they run from wherever they are put.
for program in query wait; do
    [ -e "examples-c/$program.c" ] || continue
    # shellcheck disable=SC2086
    "$@" -O2 -Iinclude "examples-c/$program.c" "$to/lib/libtcdb_async.a" -Wl,--gc-sections -s $libraries \
        -o "$to/bin/tcdb-$program"
done
cp -R target/man/man[0-9] "$to/man/"
packaging/documents.sh "$to/doc"
find "$to" -type d -exec chmod 755 {} +
find "$to" -type f ! -perm -u+x -exec chmod 644 {} +
