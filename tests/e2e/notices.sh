#!/usr/bin/env bash
# Every archive whose code is in a program is named in THIRD-PARTY-NOTICES, and none is named that
# is in neither: read from the linker's own maps.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${KANARI_BUILD:-build}
# Our own libraries, which carry our own licence.
ours="^lib($(printf '%s\n' */CMakeLists.txt | xargs -n 1 dirname | paste -sd '|'))\.a$"

archives_of_map() {
    sed -n 's|^[^ ].*/\(lib[^/]*\.a\)(.*|\1|p' "$1" | sort -u | grep -Ev "$ours"
}

archives_named() { sed -n 's/^Archives: //p' THIRD-PARTY-NOTICES | tr ' ' '\n' | sort -u; }

for map in "$build/linux/kanari.map" "$build/windows/kanari.map"; do
    name="notices name what $(basename "$(dirname "$map")") links"
    # A map without SQLite was not read right: then nothing below would mean anything.
    if ! archives_of_map "$map" | grep -qx libsqlite3.a; then
        echo "not ok $name"
        echo "    no libsqlite3.a in $map"
    elif missing=$(comm -23 <(archives_of_map "$map") <(archives_named)) && [ -z "$missing" ]; then
        echo "ok $name"
    else
        echo "not ok $name"
        printf '    not named:\n%s\n' "$missing"
    fi
done
