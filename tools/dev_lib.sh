# shellcheck shell=bash
# What every command of ./dev shares: output, timing, packages, builds. Sourced, never run.

JOBS=${KANARI_JOBS:-2}
# "../shared/data" is the documented place of the recordings; programs get an absolute path.
KANARI_DATA=$(realpath -m "${KANARI_DATA:-../shared/data}")
export KANARI_DATA JOBS

say() { printf '%s\n' "$*"; }

die() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

ci() { [ "${CI:-}" = true ]; }

# stage NAME COMMAND...: run it, say how long it took, stop with one clear line if it fails.
# The command runs in a shell of its own: `set -e` would not hold inside an `if`.
stage() {
    local name=$1 start=$SECONDS status
    shift
    printf '==> %s\n' "$name"
    set +e
    (
        set -e
        "$@"
    )
    status=$?
    set -e
    [ $status -eq 0 ] || die "$name: failed (exit code $status after $((SECONDS - start)) s)"
    printf '    %s: %d s\n' "$name" $((SECONDS - start))
}

# need WHAT:PACKAGE...: note the packages whose WHAT (a command, or a path with /) is missing, for
# install_missing. Looking at the files and not at the package database lets other installations
# count, and makes the usual case, nothing missing, free.
MISSING=()
need() {
    local item what
    for item in "$@"; do
        what=${item%%:*}
        case $what in
        */*) compgen -G "$what" >/dev/null || MISSING+=("${item#*:}") ;;
        *) command -v "$what" >/dev/null || MISSING+=("${item#*:}") ;;
        esac
    done
}

install_missing() {
    local packages
    [ ${#MISSING[@]} -gt 0 ] || return 0
    mapfile -t packages < <(printf '%s\n' "${MISSING[@]}" | sort -u)
    MISSING=()
    stage "install ${packages[*]}" install_packages "${packages[@]}"
}

install_packages() {
    local sudo=() try
    command -v apt-get >/dev/null || die "this machine has no apt; install by hand: $*"
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null ||
            die "needs root; first run: sudo apt-get install -y --no-install-recommends $*"
        sudo=(sudo -n)
    fi
    for try in 1 2 3; do
        if "${sudo[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update &&
            "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
                -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
                --no-install-recommends install "$@" >/dev/null </dev/null; then
            return 0
        fi
        say "    try $try failed"
        sleep $((try * 2))
    done
    die "could not install: $*"
}

need_build() {
    need gcc:gcc /usr/include/stdio.h:libc6-dev cmake:cmake ninja:ninja-build make:make \
        tclsh:tcl dpkg-source:dpkg-dev xz:xz-utils flock:util-linux
}

need_windows() {
    need x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32
}

need_test() {
    need python3:python3 /usr/lib/wine/wine64:wine64 evtxexport:libevtx-utils \
        evtx_dump.py:python3-evtx valgrind:valgrind \
        '/usr/lib/python3*/ensurepip/__init__.py:python3-venv'
}

need_fuzz() {
    local runtime='/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a'
    need clang:clang "$runtime:libclang-rt-14-dev" '/usr/bin/llvm-symbolizer*:llvm-14' \
        python3:python3
}

need_lint() {
    need git:git python3:python3 clang:clang clang-format-14:clang-format-14 \
        clang-tidy-14:clang-tidy-14 cppcheck:cppcheck shellcheck:shellcheck go:golang-go \
        yarac:yara \
        /etc/ssl/certs/ca-certificates.crt:ca-certificates \
        '/usr/lib/python3*/ensurepip/__init__.py:python3-venv'
}

need_bench() {
    need python3:python3 evtxexport:libevtx-utils valgrind:valgrind
}

configure() {
    local preset=$1 werror=OFF
    # Coverage counters confuse the optimizer's warnings; the other builds have shown the real ones.
    ci && [ "$preset" != linux-coverage ] && werror=ON
    cmake --preset "$preset" -DKANARI_WERROR=$werror --log-level=WARNING \
        --no-warn-unused-cli >/dev/null
}

# build PRESET TARGET...
build() {
    local preset=$1
    shift
    configure "$preset"
    cmake --build "build/$preset" -j "$JOBS" --target "$@" -- --quiet
}
