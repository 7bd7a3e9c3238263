#!/bin/sh
# Builds the Debian packages from the tree it is run in: build.sh FOLDER. The packages go to FOLDER, which is made again.
# TCDB_PAYLOAD and TCDB_TOOL name a payload and a tool that are built already.
set -eu
to=$1
source=$to/source
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
grep -q "^tcdb-async ($version)" packaging/debian/changelog || {
    echo "packaging/debian/changelog does not begin with version $version of Cargo.toml" >&2
    exit 1
}
rm -rf "$to"
mkdir -p "$source"
git ls-files -z | xargs -0 tar -cf - --ignore-failed-read 2>/dev/null | tar -xf - -C "$source"
cp -R packaging/debian "$source/debian"
sed -e 's/^$/./' -e 's/^/ /' LICENSE-MIT >"$to/mit"
sed -i -e "/^@MIT@/{r $to/mit" -e 'd}' "$source/debian/copyright"
rm -f "$to/mit" "$source/debian/build.sh"
cd "$source"
# Not checked: cargo may be there without being a package of Debian's.
dpkg-buildpackage --build=binary --no-sign --no-check-builddeps
