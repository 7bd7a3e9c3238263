#!/usr/bin/env bash
# Builds the library once more, from a copy of the sources in another folder, and compares bit for bit.
# usage: reproducible.sh LIBRARY-SO LIBRARY-A    as the ordinary release build made them
set -eu
elsewhere=target/elsewhere/another-folder
rm -rf "$elsewhere" && mkdir -p "$elsewhere"
cp -r Cargo.toml Cargo.lock build.rs cbindgen.toml src include "$elsewhere"
mkdir -p "$elsewhere/tests" && cp -r tests/mock-server tests/header.rs tests/c_api tests/models "$elsewhere/tests/"
for more in benches examples; do if [ -e "$more" ]; then cp -r "$more" "$elsewhere/"; fi; done
(cd "$elsewhere" && "${CARGO:-cargo}" build --release --lib --locked --target-dir ../target)
failed=0
for one in "$1" "$2"; do
  if cmp "$one" "target/elsewhere/target/release/$(basename "$one")"; then sha256sum "$one"; else failed=$((failed + 1)); fi
done
echo "$((2 - failed)) passed, $failed failed"
[ "$failed" = 0 ]
