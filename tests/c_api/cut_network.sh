#!/bin/sh
# The network is cut silently under a wait, and comes back: a behaviour test in a network of its own, where cutting
# harms nothing else. Needs root and tc.
program=$1
command -v tc > /dev/null && command -v ip > /dev/null || { echo "skipped: machine: no tc or ip here (iproute2)"; exit 77; }
unshare -n true 2> /dev/null || { echo "skipped: machine: no network of its own can be made (needs root)"; exit 77; }
TCDB_OWN_NETWORK=1 exec unshare -n sh -c 'ip link set lo up && exec "$0" --ignored --nocapture when_the_network_was_cut' "$program"
