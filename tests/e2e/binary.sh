#!/usr/bin/env bash
# The programs as they ship: size, mitigations, and what they ask of the system they run on.
set -euo pipefail
cd "$(dirname "$0")/../.."
linux=${KANARI_RELEASE:-build/linux/kanari}
windows=${KANARI_WINDOWS:-build/windows/kanari.exe}
messages=${windows%/*}/kanari-messages.dll
size_max=$((6 * 1024 * 1024))
# Windows' own libraries that every edition has, Server Core included.
dlls='ADVAPI32|bcrypt|IPHLPAPI|KERNEL32|msvcrt|ntdll|ole32|SETUPAPI|SHELL32|USER32|WS2_32'
dll_allowed="^($dlls)\\.dll\$"

# check NAME COMMAND...: one check; the command's output says what is wrong
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1) && [ -z "$output" ]; then
        echo "ok $name"
    else
        echo "not ok $name"
        printf '    %s\n' "${output//$'\n'/$'\n    '}"
    fi
}

has() { grep -q "$2" <<<"$1" || echo "missing: $2"; }

pe_mitigations() {
    local headers
    headers=$(x86_64-w64-mingw32-objdump -p "$1")
    has "$headers" 'HIGH_ENTROPY_VA'
    has "$headers" 'DYNAMIC_BASE'
    has "$headers" 'NX_COMPAT'
}

pe_imports() {
    x86_64-w64-mingw32-objdump -p "$windows" | sed -n 's/.*DLL Name: //p' |
        grep -Eiv "$dll_allowed" || true
}

pe_timestamp() {
    x86_64-w64-mingw32-objdump -p "$1" | grep -E '^Time/Date' |
        grep -Ev '1970|00000000|stamp[[:space:]]+0$' || true
}

# A file of messages: nothing in it runs, whoever loads it.
pe_no_code() {
    local headers
    headers=$(x86_64-w64-mingw32-objdump -p "$messages")
    has "$headers" '^AddressOfEntryPoint[[:space:]]*0*$'
    has "$headers" '^SizeOfCode[[:space:]]*0*$'
    sed -n 's/.*DLL Name: /imports /p' <<<"$headers"
}

pe_size() { [ "$(stat -c %s "$windows")" -le $size_max ] || stat -c '%s bytes' "$windows"; }

# A path of the machine that built it would make every build different, and tells of the builder.
no_build_path() { grep -c -a -F "$PWD" "$1" | grep -v '^0$' || true; }

elf_mitigations() {
    local headers
    headers=$(readelf -W -h -l -d "$linux")
    has "$headers" 'DYN (Position-Independent Executable'
    has "$headers" 'GNU_RELRO'
    has "$headers" 'BIND_NOW'
    has "$headers" 'GNU_STACK .* RW '
}

elf_libraries() {
    readelf -d "$linux" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
        grep -Ev '^(libc|libm)\.so\.6$' || true
}

check "kanari.exe: ASLR with high entropy, NX" pe_mitigations "$windows"
check "kanari.exe: imports Windows' own libraries only" pe_imports
check "kanari.exe: no time of the build" pe_timestamp "$windows"
check "kanari.exe: at most 6 MB" pe_size
check "kanari.exe: no path of the build machine" no_build_path "$windows"
check "kanari-messages.dll: ASLR with high entropy, NX" pe_mitigations "$messages"
check "kanari-messages.dll: no code, no imports" pe_no_code
check "kanari-messages.dll: no time of the build" pe_timestamp "$messages"
check "kanari-messages.dll: no path of the build machine" no_build_path "$messages"
check "kanari: PIE, RELRO, NX" elf_mitigations
check "kanari: needs the C library only" elf_libraries
