#!/bin/sh
# Makes the root filesystem of an image that holds tcdb and nothing else: root.sh FOLDER TCDB
# TCDB is linked statically (`make static-tcdb`); the certificates are this machine's.
set -eu
to=$1 tool=$2
bundle=/etc/ssl/certs/ca-certificates.crt
[ -e "$bundle" ] || { echo "root.sh: $bundle is missing: install ca-certificates" >&2; exit 1; }

rm -rf "$to"
mkdir -p "$to/bin" "$to/etc/ssl/certs" "$to/tmp"
chmod 1777 "$to/tmp"
install -m 755 "$tool" "$to/bin/tcdb"
cp "$bundle" "$to/etc/ssl/certs/"
echo "nobody:x:65534:65534::/:" >"$to/etc/passwd"
