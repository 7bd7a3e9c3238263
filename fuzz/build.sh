#!/usr/bin/env bash
# Builds the fuzz targets as cargo-fuzz does, without cargo-fuzz: instrumented for coverage, with AddressSanitizer.
# usage: build.sh TARGET-FOLDER [--without-compares]
# Following every comparison finds keywords and takes half of the time; where bytes go through a connection, executions are worth more.
set -eu
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1
compares="-Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares"
[ "${2-}" != --without-compares ] || compares="-Cllvm-args=-sanitizer-coverage-level=3"
export RUSTFLAGS="-Cpasses=sancov-module $compares -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer --cfg fuzzing"
exec ${CARGO:-cargo} build --release --bins --target "$host" --target-dir "$1"
