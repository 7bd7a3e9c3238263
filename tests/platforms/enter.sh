#!/bin/sh
# Runs a command where the cross tools are in place: enter.sh [--plain] COMMAND...
#
# A private mount namespace in which target/platforms/root/usr is laid over /usr, and in which the kernel starts programs
# of other processors by qemu and those of Windows by wine. The machine itself is left as it is, and no root is needed.
#
# --plain: nothing is emulated, and root needs no user namespace. There a kernel may refuse packet filters, with which tests
# stall a connect.
set -eu
kind=emulating
if [ "$1" = --plain ]; then
    shift
    [ "$(id -u)" != 0 ] || kind=plain
fi
if [ -z "${TCDB_PLATFORMS:-}" ]; then
    if [ $kind = plain ]; then
        TCDB_PLATFORMS=plain exec unshare -m -- "$0" "$@"
    fi
    TCDB_PLATFORMS=emulating exec unshare -rm -- "$0" "$@"
fi

platforms=$(cd "$(dirname "$0")/../../target/platforms" && pwd)
registry=/proc/sys/fs/binfmt_misc
mount -t overlay overlay -o "lowerdir=$platforms/root/usr:/usr" /usr
# Where only the compiler is installed, there is nothing to emulate.
if [ "$TCDB_PLATFORMS" = emulating ] && [ -e "$platforms/root/usr/bin/qemu-aarch64-static" ]; then
    mount -t binfmt_misc binfmt_misc $registry
    for processor in aarch64 arm s390x; do
        cat "$platforms/root/usr/lib/binfmt.d/qemu-$processor.conf" >$registry/register
    done
    echo ':windows:M::MZ::/usr/lib/wine/wine:' >$registry/register
fi

# Without Mono, a browser and menus; what wine says of itself is not a program's output.
export WINEPREFIX="$platforms/wine" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
exec "$@"
