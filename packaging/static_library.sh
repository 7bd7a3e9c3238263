#!/bin/sh
# Makes the static library that is shipped from the one that cargo builds: static_library.sh SYMBOLS FROM.a TO.a
#
# One object in which the listed symbols alone are global, so that it goes into one program with any other Rust static
# library, whatever compiler that was built by. What none of them reaches is left out, and so are debug information and
# bitcode, which are mostly those of Rust's std: 5 MB in place of 38. BINUTILS: what the names of ld, objcopy and ar
# begin with, for another processor.
set -eu
symbols=$1 from=$2 to=$3
object=${to%.a}.o
roots=$(awk '!/^#/ { print "-u", $1 }' "$symbols")
# Groups are resolved here: a group whose symbols have become local could be dropped for one of the same name elsewhere.
# shellcheck disable=SC2086
"${BINUTILS:-}ld" -r --force-group-allocation --gc-sections $roots "$from" -o "$object"
"${BINUTILS:-}objcopy" --strip-unneeded --remove-section='.debug_*' --remove-section=.llvmbc --remove-section=.llvmcmd \
    --wildcard --keep-global-symbol='tcdb_*' "$object"
rm -f "$to"
"${BINUTILS:-}ar" rcsD "$to" "$object"
rm -f "$object"
