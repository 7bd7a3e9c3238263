#!/bin/sh
# Runs a command where the cross tools are in place: enter.sh COMMAND...
#
# A private mount namespace in which target/platforms/root/usr is laid over /usr, and in which the kernel starts programs
# of other processors by qemu and those of Windows by wine. The machine itself is left as it is, and no root is needed.
set -eu
[ -n "${TCDB_PLATFORMS:-}" ] || TCDB_PLATFORMS=yes exec unshare -rm -- "$0" "$@"

platforms=$(cd "$(dirname "$0")/../../target/platforms" && pwd)
registry=/proc/sys/fs/binfmt_misc
mount -t overlay overlay -o "lowerdir=$platforms/root/usr:/usr" /usr
# Where only the compiler is installed, there is nothing to emulate.
if [ -e "$platforms/root/usr/bin/qemu-aarch64-static" ]; then
    mount -t binfmt_misc binfmt_misc $registry
    for processor in aarch64 arm s390x; do
        cat "$platforms/root/usr/lib/binfmt.d/qemu-$processor.conf" >$registry/register
    done
    echo ':windows:M::MZ::/usr/lib/wine/wine:' >$registry/register
fi

# Without Mono, a browser and menus; what wine says of itself is not a program's output.
export WINEPREFIX="$platforms/wine" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
exec "$@"
