#!/bin/sh
# Makes the root filesystem of an image that holds the command-line programs and nothing else: root.sh FOLDER ARCHIVE
# ARCHIVE is the static library, as it is installed. The programs are linked statically; the certificates are this
# machine's. Run from the root of the source tree.
set -eu
to=$1 archive=$2
bundle=/etc/ssl/certs/ca-certificates.crt
[ -e "$bundle" ] || { echo "root.sh: $bundle is missing: install ca-certificates" >&2; exit 1; }
# libgcc_eh is libgcc_s for programs that are static altogether.
libraries=$(sed -n -e 's/-lgcc_s/-lgcc_eh/' -e 's/^Libs.private: //p' packaging/tcdb_async.pc.in)

rm -rf "$to"
mkdir -p "$to/bin" "$to/etc/ssl/certs" "$to/tmp"
chmod 1777 "$to/tmp"
cp "$bundle" "$to/etc/ssl/certs/"
echo "nobody:x:65534:65534::/:" >"$to/etc/passwd"
for program in query wait; do
    # glibc warns that getaddrinfo loads modules for sources other than files and DNS; an image without them uses these two.
    # shellcheck disable=SC2086
    ${CC:-cc} -static -O2 -Iinclude "examples-c/$program.c" "$archive" -Wl,--gc-sections -s $libraries -o "$to/bin/tcdb-$program" \
        2>"$to/said" || { cat "$to/said" >&2; exit 1; }
    rm -f "$to/said"
done
