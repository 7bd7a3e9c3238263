#!/bin/sh
# Installs tcdb with its man pages and completions: tool.sh TCDB; with --uninstall TCDB removes the same files.
#
#   PREFIX=/usr/local      where to
#   DESTDIR=               a folder to stage into, as packagers do
#   TCDB_HERE=TCDB         a tcdb that runs here and writes the pages, where TCDB is for another kind of machine
set -eu
is_removal=no
[ "${1:-}" != --uninstall ] || { is_removal=yes; shift; }
[ $# = 1 ] && [ -x "$1" ] || { echo "tool.sh: give it the program, like target/release/tcdb" >&2; exit 1; }
tool=$1
here=${TCDB_HERE:-$tool}
to=${DESTDIR:-}${PREFIX:-/usr/local}
case $to in /*) ;; *) to=$PWD/$to ;; esac
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

mkdir -p "$made/bin" "$made/share/man/man1" "$made/share/bash-completion/completions" \
    "$made/share/zsh/vendor-completions" "$made/share/fish/vendor_completions.d"
cp "$tool" "$made/bin/tcdb"
"$here" man-pages "$made/share/man/man1"
"$here" completions bash >"$made/share/bash-completion/completions/tcdb"
"$here" completions zsh >"$made/share/zsh/vendor-completions/_tcdb"
"$here" completions fish >"$made/share/fish/vendor_completions.d/tcdb.fish"

cd "$made"
find . -type f | while read -r file; do
    if [ "$is_removal" = yes ]; then
        rm -f "$to/$file"
        continue
    fi
    case $file in ./bin/*) mode=755 ;; *) mode=644 ;; esac
    mkdir -p "$to/$(dirname "$file")"
    install -m "$mode" "$file" "$to/$file"
done
