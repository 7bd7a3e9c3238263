#!/bin/sh
# Runs a command where the cross tools are in place: enter.sh COMMAND...
#
# A private mount namespace in which target/platforms/root/usr is laid over /usr, and in which the kernel starts programs
# of other processors by qemu. The machine itself is left as it is, and no root is needed.
set -eu
[ -n "${TCDB_PLATFORMS:-}" ] || TCDB_PLATFORMS=yes exec unshare -rm -- "$0" "$@"

root=$(cd "$(dirname "$0")/../../target/platforms/root" && pwd)
mount -t overlay overlay -o "lowerdir=$root/usr:/usr" /usr
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
for processor in aarch64 arm s390x; do
    cat "$root/usr/lib/binfmt.d/qemu-$processor.conf" >/proc/sys/fs/binfmt_misc/register
done
exec "$@"
