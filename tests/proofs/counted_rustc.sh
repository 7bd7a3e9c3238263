#!/bin/sh
# RUSTC_WORKSPACE_WRAPPER for coverage: only this workspace's own crates count their lines.
exec "$@" -Cinstrument-coverage
