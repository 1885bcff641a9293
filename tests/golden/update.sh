#!/usr/bin/env bash
# Writes the expected results anew from the build in KANARI. Called by ./dev golden.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
export KANARI=${KANARI:-$PWD/build/linux/kanari}
KANARI_RELEASE=$KANARI exec python3 -B tests/e2e/golden.py --write
