# shellcheck shell=bash
# The libraries we link: from Debian's source packages, upstream files pinned by checksum, Debian's
# security patches on top. Sourced by ./dev, never run.
#
#   $cache/sources-KEY/       patched sources; SOURCES names each Debian revision
#   $cache/deps-PLATFORM-KEY/ include/, lib/; SHA256SUMS is verified at each use
#   build/deps/PLATFORM       a link to the latter, for plain `cmake --preset`

# package, release that has it, upstream version, compression, SHA-256 of the upstream file
DEPS_PINS='sqlite3 trixie 3.46.1 xz d0cdd2ece271b29e7ce18095745d892517ee26d0f270065b3a25c2e9eb11639c
cjson trixie 1.7.18 gz 3aa806844a03442c00769b83e99970be70fbef03735ff898f4811dd03b9f5ee5
yara trixie 4.5.2 gz 1f87056fcb10ee361936ee7b0548444f7974612ebb0e681734d8de7df055d1ec
cmocka bookworm 1.1.5 xz f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6'

DEPS_CFLAGS='-O2 -g -fstack-protector-strong'
DEPS_SQLITE='-DSQLITE_THREADSAFE=2 -DSQLITE_DQS=0 -DSQLITE_DEFAULT_MEMSTATUS=0
-DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_DEPRECATED -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
-DSQLITE_OMIT_SHARED_CACHE -DSQLITE_MAX_EXPR_DEPTH=200'
# No cryptography, so no OpenSSL: what needs it (pe.signatures, pe.imphash, the hash module) exists
# on neither platform. No reading of other processes. Its heap is scan/heap.c.
DEPS_YARA='-O2 -DNDEBUG -DUSE_NO_PROC -DHAVE_STDBOOL_H=1'
DEPS_YARA_LINUX='-D_GNU_SOURCE -DHAVE_MEMMEM=1 -DHAVE_TIMEGM=1 -DHAVE_CLOCK_GETTIME=1'
DEPS_YARA_WINDOWS='-D_WIN32_WINNT=0x0A00 -DHAVE__MKGMTIME=1'
DEPS_YARA_MODULES='pe math string time'
DEPS_CMOCKA='-DHAVE_INTTYPES_H -DHAVE_STDINT_H -DHAVE_SETJMP_H -DHAVE_STRING_H -DHAVE_SIGNAL_H
-DHAVE_STDIO_H -DHAVE_STDLIB_H -DHAVE_TIME_H -DHAVE_MALLOC_H -DHAVE_SNPRINTF -DHAVE_VSNPRINTF
-DHAVE_STRUCT_TIMESPEC'
DEPS_CMOCKA_LINUX='-D_GNU_SOURCE -DHAVE_GCC_THREAD_LOCAL_STORAGE -DHAVE_CLOCK_GETTIME_REALTIME'
DEPS_CMOCKA_WINDOWS='-D__USE_MINGW_ANSI_STDIO=1'

deps_cache() {
    if [ -n "${KANARI_CACHE:-}" ]; then
        realpath -m "$KANARI_CACHE"
    elif ci; then
        say "$PWD/build/cache"
    else
        say "${XDG_CACHE_HOME:-$HOME/.cache}/kanari"
    fi
}

deps_key() { printf '%s\n' "$@" | sha256sum | cut -c1-16; }

# CI starts empty, once per run of .ci/run (which sets KANARI_CI_RUN) or of ./dev.
deps_start_empty() {
    ci && [ -z "${KANARI_CACHE:-}" ] || return 0
    local run=${KANARI_CI_RUN:-$$}
    [ "$(cat build/cache/run 2>/dev/null)" = "$run" ] && return 0
    rm -rf build/cache
    mkdir -p build/cache
    say "$run" >build/cache/run
}

deps_good() { [ -f "$1/SHA256SUMS" ] && (cd "$1" && sha256sum --quiet --strict -c SHA256SUMS); }

# deps_fill DIR FUNCTION ARG...: FUNCTION fills a folder beside DIR, which is then renamed: other
# runs see all of it or nothing.
deps_fill() {
    local dir=$1 new
    shift
    if deps_good "$dir" >/dev/null 2>&1; then
        return 0
    fi
    mkdir -p "$(dirname "$dir")"
    new=$(mktemp -d "$dir.new.XXXXXX")
    chmod 755 "$new"
    # shellcheck disable=SC2064 # the name of now
    trap "rm -rf '$new' '$new.sums'" EXIT
    "$@" "$new"
    (cd "$new" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$new.sums"
    mv "$new.sums" "$new/SHA256SUMS"
    # A folder that is damaged, or that another run finished meanwhile, makes room.
    if [ -e "$dir" ]; then
        mv "$dir" "$new.old"
        rm -rf "$new.old"
    fi
    mv -T "$new" "$dir" 2>/dev/null || deps_good "$dir" || die "$dir: cannot be put in place"
    rm -rf "$new"
    trap - EXIT
}

# Debian's mirror as this machine's apt knows it, whichever form its lists have.
deps_mirror() {
    local codename
    codename=$(. /etc/os-release && say "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016 # apt expands these
    apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
        'Created-By: Packages' |
        awk -v here="$codename" '$2 != "main" { next }
            $1 == here || $1 ~ /^(bookworm|trixie|(old)?stable|testing)$/ { print $3; exit }'
}

deps_download() {
    local dir=$1 apt=$1/.apt mirror wanted package release version ext sum file try
    mirror=$(deps_mirror)
    [ -n "$mirror" ] || die "no Debian mirror in this machine's apt configuration"
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc}
    cat >"$apt/etc/src.sources" <<TEXT
Types: deb-src
URIs: $mirror
Suites: $(awk '{ print $2 }' <<<"$DEPS_PINS" | sort -u | tr '\n' ' ')
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
TEXT
    # A private state: the machine's own lists and sources stay as they are.
    local options=(-qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt/etc"
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache"
        -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)")
    mapfile -t wanted < <(awk '{ print $1 "/" $2 }' <<<"$DEPS_PINS")
    for try in 1 2 3; do
        if apt-get "${options[@]}" update &&
            (cd "$dir" && apt-get "${options[@]}" --download-only source "${wanted[@]}"); then
            break
        fi
        [ "$try" -lt 3 ] || die "cannot download the source packages from $mirror"
        say "    try $try failed"
        sleep $((try * 2))
    done
    rm -rf "$apt"
    while read -r package release version ext sum; do
        file=${package}_$version.orig.tar.$ext
        [ -f "$dir/$file" ] ||
            die "$package: $release no longer has $file; see the pins in tools/dev_deps.sh"
        echo "$sum  $dir/$file" | sha256sum --quiet --strict -c - ||
            die "$file: not the pinned file"
    done <<<"$DEPS_PINS"
}

# deps_yara_sources FROM TO: libyara without its heap, and with the modules named above only.
deps_yara_sources() {
    local from=$1 to=$2 module
    mkdir -p "$to/modules" "$to/proc"
    cp "$from"/*.[ch] "$to/"
    rm "$to/mem.c"
    cp -r "$from/include" "$to/"
    cp "$from/proc/none.c" "$to/proc/"
    for module in $DEPS_YARA_MODULES; do
        mkdir "$to/modules/$module"
        cp "$from/modules/$module"/*.[ch] "$to/modules/$module/"
        echo "MODULE($module)" >>"$to/modules/module_list"
    done
}

# The sources, unpacked with Debian's patches; SQLite as its one-file amalgamation.
deps_sources() {
    local dir=$1 package version ext sum dsc revision
    mkdir "$dir/tmp"
    deps_download "$dir/tmp"
    while read -r package _ version ext sum; do
        dsc=$(compgen -G "$dir/tmp/${package}_*.dsc")
        (cd "$dir/tmp" && dpkg-source --no-check -x "$(basename "$dsc")" "$package" >/dev/null)
        revision=$(sed -n 's/^Version: //p' "$dsc" | tail -1)
        echo "$package $revision ${package}_$version.orig.tar.$ext $sum" >>"$dir/SOURCES"
    done <<<"$DEPS_PINS"
    mkdir "$dir/tmp/amalgamation"
    (cd "$dir/tmp/amalgamation" && make -s -f ../sqlite3/main.mk TOP=../sqlite3 BCC='gcc -O1' \
        TCLSH_CMD=tclsh sqlite3.c sqlite3.h >/dev/null)
    cp "$dir"/tmp/amalgamation/sqlite3.[ch] "$dir"/tmp/cjson/cJSON.[ch] "$dir/"
    mkdir "$dir/cmocka"
    cp "$dir/tmp/cmocka/src/cmocka.c" "$dir"/tmp/cmocka/include/*.h "$dir/cmocka/"
    deps_yara_sources "$dir/tmp/yara/libyara" "$dir/yara"
    rm -rf "$dir/tmp"
    sed 's/^/    /' "$dir/SOURCES"
}

# deps_build_yara SOURCES CC AR FLAGS DIR
# shellcheck disable=SC2086,SC2016,SC2153 # the flags are lists, $1 is of the inner shell
deps_build_yara() {
    local sources=$1/yara cc=$2 ar=$3 flags=$4 dir=$5
    mkdir "$dir/yara"
    (cd "$sources" && find ./* -name '*.c' -print0) |
        xargs -0 -P "$JOBS" -I{} sh -c '
            object=$2/$(echo "${3#./}" | tr / _).o source=$1/$3
            shift 3
            exec "$@" -c "$source" -o "$object"' \
            - "$sources" "$dir/yara" {} $cc $flags -w -I"$sources" -I"$sources/include"
    $ar rcsD "$dir/lib/libyara.a" "$dir"/yara/*.o
    rm -r "$dir/yara"
    cp -r "$sources/include/yara" "$sources/include/yara.h" "$dir/include/"
}

# deps_build SOURCES CC AR CMOCKA YARA DIR: the last two are what the platform adds to the flags
# shellcheck disable=SC2086 # the flags are lists
deps_build() {
    local sources=$1 cc=$2 ar=$3 cmocka=$4 yara=$5 dir=$6 name flags
    mkdir -p "$dir/include" "$dir/lib"
    flags="$DEPS_CFLAGS -ffile-prefix-map=$sources=deps"
    $cc $flags $DEPS_SQLITE -c "$sources/sqlite3.c" -o "$dir/sqlite3.o" &
    $cc $flags -c "$sources/cJSON.c" -o "$dir/cJSON.o"
    $cc $flags $DEPS_CMOCKA $cmocka -I"$sources/cmocka" -c "$sources/cmocka/cmocka.c" \
        -o "$dir/cmocka.o"
    deps_build_yara "$sources" "$cc" "$ar" "$flags $DEPS_YARA $yara" "$dir"
    wait $!
    for name in sqlite3 cJSON cmocka; do
        $ar rcsD "$dir/lib/lib$name.a" "$dir/$name.o"
        rm "$dir/$name.o"
    done
    cp "$sources"/*.h "$sources"/cmocka/*.h "$dir/include/"
    cp "$sources/SOURCES" "$dir/"
}

# deps_platform PLATFORM: make sure of its libraries; build/deps/PLATFORM leads to them.
deps_platform() {
    local platform=$1 cache sources built cc ar cmocka yara
    case $platform in
    linux) cc=gcc ar=ar cmocka=$DEPS_CMOCKA_LINUX yara=$DEPS_YARA_LINUX ;;
    windows)
        cc=x86_64-w64-mingw32-gcc ar=x86_64-w64-mingw32-ar
        cmocka=$DEPS_CMOCKA_WINDOWS yara=$DEPS_YARA_WINDOWS
        ;;
    esac
    cache=$(deps_cache)
    sources=$cache/sources-$(deps_key "$DEPS_PINS" "$DEPS_YARA_MODULES" \
        "$(declare -f deps_sources deps_yara_sources)")
    built=$cache/deps-$platform-$(deps_key "$DEPS_PINS" "$DEPS_CFLAGS" "$DEPS_SQLITE" \
        "$DEPS_CMOCKA" "$cmocka" "$DEPS_YARA" "$DEPS_YARA_MODULES" "$yara" \
        "$($cc --version | head -1)" "$(declare -f deps_build deps_build_yara)")
    if ! deps_good "$built" >/dev/null 2>&1; then
        # Platforms are built side by side, but only one of them fetches the sources.
        mkdir -p "$cache"
        (
            flock 9
            deps_fill "$sources" deps_sources
        ) 9>"$cache/lock"
        deps_fill "$built" deps_build "$sources" "$cc" "$ar" "$cmocka" "$yara"
    fi
    mkdir -p build/deps
    ln -sfnT "$built" "build/deps/$platform"
}

# deps PLATFORM...
deps() {
    local platform job jobs=()
    deps_start_empty
    for platform in "$@"; do
        deps_platform "$platform" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job"
    done
}
