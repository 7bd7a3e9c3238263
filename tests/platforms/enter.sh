#!/bin/sh
# Runs a command where the cross tools are in place: enter.sh COMMAND...
#
# A private mount namespace in which target/platforms/root/usr is laid over /usr, and in which the kernel starts programs
# of other processors by qemu and those of Windows by wine. The machine itself is left as it is, and no root is needed.
set -eu
[ -n "${TCDB_PLATFORMS:-}" ] || TCDB_PLATFORMS=yes exec unshare -rm -- "$0" "$@"

platforms=$(cd "$(dirname "$0")/../../target/platforms" && pwd)
register=/proc/sys/fs/binfmt_misc/register
mount -t overlay overlay -o "lowerdir=$platforms/root/usr:/usr" /usr
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
for processor in aarch64 arm s390x; do
    cat "$platforms/root/usr/lib/binfmt.d/qemu-$processor.conf" >$register
done
echo ':windows:M::MZ::/usr/lib/wine/wine:' >$register

# Without Mono, a browser and menus; what wine says of itself is not a program's output.
export WINEPREFIX="$platforms/wine" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
exec "$@"
