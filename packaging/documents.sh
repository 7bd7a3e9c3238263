#!/bin/sh
# Lays out licences, documents and examples as every archive has them: documents.sh FOLDER [tcdb]
# With "tcdb" also the licences of what the command-line tool contains.
# Run from the root of the source tree. TCDB_ASYNC_TARGET is Rust's name of the platform, if it is not this one.
set -eu
to=$1 with_tool=${2:-}
mkdir -p "$to"
cp LICENSE-MIT LICENSE-APACHE "$to/"
if command -v python3 >/dev/null; then
    python3 bindings/python/crate_licences.py >"$to/LICENSES-OF-CRATES.txt"
    [ -z "$with_tool" ] || python3 bindings/python/crate_licences.py cli |
        sed 's/^The shared library in this package/The program tcdb in this package/' >"$to/LICENSES-OF-CRATES-OF-TCDB.txt"
else
    echo "no licences of the crates that are linked in: python3 is not installed"
fi
# Documents and examples are placed as they are in the source tree, so that their links hold.
copy_below() { # FILE...
    for file in "$@"; do
        # docs/site is the source of the HTML site.
        case $file in docs/site/*) continue ;; esac
        [ -f "$file" ] || continue
        mkdir -p "$to/$(dirname "$file")"
        cp "$file" "$to/$file"
    done
}
copy_below README*.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs/*.md docs/*.svg docs/*/*.md examples-c/*.[ch] examples-c/*.cpp
copy_below bindings/README.md bindings/python/README.md tests/mock-server/README.md
for folder in bindings/*/; do
    case $folder in *python*) ;; *) copy_below "$folder"query.* "$folder"Query.java "$folder"*.json "$folder"go.mod ;; esac
done
# What a document links and is not one: examples in folders, files of tests.
(cd "$to" && grep -roE --include='*.md' '\]\([^):#]+' . | sed 's/:\](/ /') | while read -r document target; do
    linked=${document%/*}/$target
    [ ! -e "$to/$linked" ] && [ -e "$linked" ] || continue
    mkdir -p "$to/$(dirname "$linked")"
    cp -R "$linked" "$to/$linked"
done
