#!/bin/sh
# Installs what is next to this script; with --uninstall removes exactly what that put. Needs no cargo and no compiler.
#
#   PREFIX=/usr/local      where to
#   LIBDIR=$PREFIX/lib     where the libraries go
#   DESTDIR=               a folder to stage into, as packagers do; it appears in no installed file
#   SHARED=yes STATIC=yes  "no" leaves that library out
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PREFIX=${PREFIX:-/usr/local}
LIBDIR=${LIBDIR:-$PREFIX/lib}
DESTDIR=${DESTDIR:-}
SHARED=${SHARED:-yes}
STATIC=${STATIC:-yes}
manifest=$PREFIX/share/tcdb-async/installed

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

for folder in "$PREFIX" "$LIBDIR"; do
    case $folder in /*) ;; *) fail "$folder is not an absolute path" ;; esac
done

# Makes a folder; notes every one that was not there, so that it can go again.
make_folder() {
    [ -d "$DESTDIR$1" ] && return
    make_folder "$(dirname "$1")"
    mkdir "$DESTDIR$1"
    echo "d $1" >>"$notes"
}

put() { # MODE SOURCE TARGET
    make_folder "$(dirname "$3")"
    install -m "$1" "$2" "$DESTDIR$3"
    echo "f $3" >>"$notes"
}

put_tree() { # FOLDER TARGET
    for entry in "$1"/*; do
        if [ -d "$entry" ]; then put_tree "$entry" "$2/${entry##*/}"
        elif [ -x "$entry" ]; then put 755 "$entry" "$2/${entry##*/}"
        else put 644 "$entry" "$2/${entry##*/}"; fi
    done
}

link() { # TARGET NAME
    ln -sf "$1" "$DESTDIR$2"
    echo "f $2" >>"$notes"
}

# Fills the @NAMES@ of a template.
fill() { # TEMPLATE TARGET
    make_folder "$(dirname "$2")"
    sed -e "s|@VERSION@|$version|g" -e "s|@PREFIX@|$PREFIX|g" -e "s|@LIBDIR@|$LIBDIR|g" \
        -e "s|@PC_PREFIX@|$pc_prefix|g" -e "s|@PC_LIBDIR@|$pc_libdir|g" -e "s|@CMAKE_PREFIX@|$cmake_prefix|g" "$1" >"$filled"
    put 644 "$filled" "$2"
}

# How the .pc and CMake files name PREFIX and LIBDIR: as seen from their own folder, so that a staged or moved tree works.
name_folders() {
    case $LIBDIR in
    "$PREFIX"/*)
        below=${LIBDIR#"$PREFIX"/}
        pc_prefix="\${pcfiledir}/$(echo "$below/pkgconfig" | sed 's|[^/][^/]*|..|g')"
        pc_libdir="\${prefix}/$below"
        cmake_prefix="\${CMAKE_CURRENT_LIST_DIR}/$(echo "$below/cmake/tcdb_async" | sed 's|[^/][^/]*|..|g')"
        ;;
    *)
        pc_prefix=$PREFIX
        pc_libdir=$LIBDIR
        cmake_prefix=$PREFIX
        ;;
    esac
}

put_all() {
    version=$(cat "$here/VERSION")
    name_folders
    for header in "$here"/include/*; do put 644 "$header" "$PREFIX/include/${header##*/}"; done
    if [ "$SHARED" = yes ]; then
        put 755 "$here/lib/libtcdb_async.so.$version" "$LIBDIR/libtcdb_async.so.$version"
        link "libtcdb_async.so.$version" "$LIBDIR/libtcdb_async.so.${version%%.*}"
        link "libtcdb_async.so.${version%%.*}" "$LIBDIR/libtcdb_async.so"
    fi
    if [ "$STATIC" = yes ]; then put 644 "$here/lib/libtcdb_async.a" "$LIBDIR/libtcdb_async.a"; fi
    fill "$here/lib/tcdb_async.pc.in" "$LIBDIR/pkgconfig/tcdb_async.pc"
    for part in config config-version; do
        fill "$here/lib/tcdb_async-$part.cmake.in" "$LIBDIR/cmake/tcdb_async/tcdb_async-$part.cmake"
    done
    [ ! -d "$here/tool" ] || put_tree "$here/tool" "$PREFIX"
    put_tree "$here/man" "$PREFIX/share/man"
    put_tree "$here/doc" "$PREFIX/share/doc/tcdb-async"
}

# What an older version put and this one does not is removed; folders made then are still ours.
take_over() {
    old=$DESTDIR$manifest
    [ -e "$old" ] || return 0
    grep '^f ' "$old" | grep -vxFf "$notes" | cut -c3- | while read -r file; do rm -f "$DESTDIR$file"; done
    { grep '^d ' "$old"; grep -v '^d ' "$notes"; grep '^d ' "$notes" | grep -vxFf "$old"; } >"$filled" || :
    cp "$filled" "$notes"
}

install_all() {
    [ -z "$DESTDIR" ] || mkdir -p "$DESTDIR"
    notes=$(mktemp) filled=$(mktemp)
    trap 'rm -f "$notes" "$filled"' EXIT
    put_all
    make_folder "$(dirname "$manifest")"
    echo "f $manifest" >>"$notes"
    take_over
    install -m 644 "$notes" "$DESTDIR$manifest"
    echo "installed into $DESTDIR$PREFIX: $(grep -c '^f ' "$notes") files, listed in $manifest"
}

uninstall_all() {
    list=$DESTDIR$manifest
    [ -e "$list" ] || fail "$list is missing: nothing was installed there"
    files=$(sed -n 's/^f //p' "$list")
    folders=$(sed -n 's/^d //p' "$list" | sort -r)
    echo "$files" | while read -r file; do rm -f "$DESTDIR$file"; done
    # A folder that has other files in it stays.
    echo "$folders" | while read -r folder; do
        [ -z "$folder" ] || rmdir "$DESTDIR$folder" 2>/dev/null || :
    done
    echo "removed from $DESTDIR$PREFIX: $(echo "$files" | wc -l) files"
}

case ${1:-} in
--uninstall) uninstall_all ;;
"") install_all ;;
*) fail "unknown argument $1; --uninstall is the only one" ;;
esac
