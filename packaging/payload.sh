#!/bin/sh
# Lays out what install.sh installs: payload.sh FOLDER SHARED_LIBRARY STATIC_LIBRARY COMPILER...
# Run from the root of the source tree; man pages are taken from target/man.
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
cp LICENSE-MIT LICENSE-APACHE "$to/doc/"
if command -v python3 >/dev/null; then
    python3 bindings/python/crate_licences.py >"$to/doc/LICENSES-OF-CRATES.txt"
else
    echo "no licences of the crates that are linked in: python3 is not installed"
fi
# Documents and examples lie as they do in the source tree, so that their links hold.
copy_below() { # FILE...
    for file in "$@"; do
        # docs/site is the source of the HTML site.
        case $file in docs/site/*) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "$to/doc/$(dirname "$file")"
        cp "$file" "$to/doc/$file"
    done
}
copy_below README*.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs/*.md docs/*.svg docs/*/*.md examples-c/*.[ch] examples-c/*.cpp
copy_below bindings/README.md bindings/python/README.md tests/mock-server/README.md
for folder in bindings/*/; do
    case $folder in *python*) ;; *) copy_below "$folder"query.* "$folder"Query.java "$folder"*.json "$folder"go.mod ;; esac
done
# What a document links and is not one: examples in folders, files of tests.
(cd "$to/doc" && grep -roE --include='*.md' '\]\([^):#]+' . | sed 's/:\](/ /') | while read -r document target; do
    linked=${document%/*}/$target
    [ ! -e "$to/doc/$linked" ] && [ -e "$linked" ] || continue
    mkdir -p "$to/doc/$(dirname "$linked")"
    cp -R "$linked" "$to/doc/$linked"
done
find "$to" -type d -exec chmod 755 {} +
find "$to" -type f ! -perm -u+x -exec chmod 644 {} +
