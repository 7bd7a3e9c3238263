#!/bin/sh
# Lays out what install.sh installs: payload.sh FOLDER SHARED_LIBRARY STATIC_LIBRARY COMPILER...
# Run from the root of the source tree; man pages are taken from target/man if they were made.
set -eu
to=$1 shared=$2 static=$3
shift 3
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
libraries=$(sed -n 's/^Libs.private: //p' packaging/tcdb_async.pc.in)

rm -rf "$to"
mkdir -p "$to/include" "$to/lib" "$to/bin" "$to/doc" "$to/man3"
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
if [ -d target/man/man3 ]; then
    cp target/man/man3/tcdb_* target/man/man3/TCDB_* "$to/man3/"
fi
cp LICENSE-MIT LICENSE-APACHE "$to/doc/"
if command -v python3 >/dev/null; then
    python3 bindings/python/crate_licences.py >"$to/doc/LICENSES-OF-CRATES.txt"
else
    echo "no licences of the crates that are linked in: python3 is not installed"
fi
for text in README.md docs/*.md; do [ ! -e "$text" ] || cp "$text" "$to/doc/"; done
find "$to" -type d -exec chmod 755 {} +
find "$to" -type f ! -perm -u+x -exec chmod 644 {} +
