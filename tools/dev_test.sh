# shellcheck shell=bash
# ./dev test, soak and fuzz. Sourced by ./dev, never run.

COVERAGE_MINIMUM=85
COVERAGE_FOLDERS='core evtlog etw state detectors store scan service'
WINE=/usr/lib/wine/wine64
WINESERVER=/usr/lib/wine/wineserver64
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

run_tests() { python3 tools/run_tests.py "$@"; }

# programs FOLDER PATTERN: what is there, one a line; nothing is an error, for a test that is not
# found would look like a test that passes
programs() {
    compgen -G "$1/$2" || die "no $2 in $1"
}

scripts() { find "$1" -maxdepth 1 -type f '(' -name '*.sh' -o -name '*.py' ')' | sort; }

test_units() {
    local found
    mapfile -t found < <(programs build/linux-asan/unit 'test_*')
    run_tests run linux-asan --kind cmocka --jobs "$JOBS" "${found[@]}"
}

# The unit tests that start threads, by their names: few, for all libraries are built anew for them.
thread_tests() {
    grep -l '"platform/thread.h"' tests/unit/test_*.c | xargs -n 1 basename -s .c
}

test_threads() {
    local found wrap=() bits=/proc/sys/vm/mmap_rnd_bits
    mapfile -t found < <(thread_tests | sed 's:^:build/linux-tsan/unit/:')
    # GCC 12's runtime stops where the kernel places memory more randomly than it knows of.
    if [ "$(cat $bits 2>/dev/null || echo 32)" -gt 28 ]; then
        wrap=(--wrap setarch --wrap=--addr-no-randomize)
    fi
    run_tests run linux-tsan --kind cmocka --jobs "$JOBS" "${wrap[@]}" "${found[@]}"
}

# A prefix of our own: no desktop, no .NET or browser installers, Windows 10. The server stays
# while we test, which makes each program start in 0.1 s instead of 2.
wine_start() {
    export WINEPREFIX=$PWD/build/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' WINESERVER
    [ -f "$WINEPREFIX/ready" ] || rm -rf "$WINEPREFIX"
    mkdir -p "$WINEPREFIX"
    trap '"$WINESERVER" -k || true' EXIT
    "$WINESERVER" -p60 >/dev/null 2>&1
    [ -f "$WINEPREFIX/ready" ] && return 0
    timeout -k 10 180 "$WINE" wineboot -i >/dev/null 2>&1
    timeout -k 10 60 "$WINE" winecfg -v win10 >/dev/null 2>&1
    touch "$WINEPREFIX/ready"
}

test_wine() {
    local found
    wine_start
    mapfile -t found < <(programs build/windows/unit 'test_*.exe')
    KANARI_DATA="Z:${KANARI_DATA//\//\\}" run_tests run wine --kind cmocka --jobs "$JOBS" \
        --wrap "$WINE" "${found[@]}"
}

test_coverage() {
    local found
    find build/linux-coverage -name '*.gcda' -delete
    mapfile -t found < <(programs build/linux-coverage/unit 'test_*')
    # The programs were judged under the sanitizers; here only the lines they reach count.
    run_tests run coverage-units --kind cmocka --jobs "$JOBS" "${found[@]}" >/dev/null
    rm -f build/test-results/coverage-units.json
    # shellcheck disable=SC2086 # a list of folders
    python3 tools/coverage.py build/linux-coverage $COVERAGE_MINIMUM $COVERAGE_FOLDERS \
        >build/coverage.txt || true
    grep -v '^ok' build/coverage.txt || true
    run_tests run coverage --kind tap --wrap cat build/coverage.txt >/dev/null
}

# The sanitizers have a heap of their own: whether two hundred starts and stops leave anything on
# the one that ships is asked of that build.
test_starts() { run_tests run linux --kind cmocka build/linux/unit/test_live_ends; }

# Where the scripts find what they test.
export_programs() {
    export KANARI=$PWD/build/linux-asan/kanari KANARI_RELEASE=$PWD/build/linux/kanari
    export KANARI_WINDOWS=$PWD/build/windows/kanari.exe KANARI_BUILD=$PWD/build
    export KANARI_SIM=$PWD/build/linux-asan/tests/sim_incident
}

test_e2e() {
    local found
    export_programs
    mapfile -t found < <(scripts tests/e2e)
    run_tests run e2e --kind tap --jobs "$JOBS" --timeout 600 "${found[@]}"
}

cmd_test() {
    need_build
    need_windows
    need_test
    install_missing
    rm -rf build/test-results
    stage "dependencies" deps linux windows
    stage "build, sanitizers" build linux-asan kanari unit_tests sim_incident sim_persist \
        store_writer kanari_sim
    stage "unit tests, sanitizers" test_units
    # shellcheck disable=SC2046 # a list of targets
    stage "build, ThreadSanitizer" build linux-tsan $(thread_tests)
    stage "unit tests, ThreadSanitizer" test_threads
    stage "build, Windows" build windows kanari unit_tests store_writer kanari_sim
    stage "unit tests, Wine" test_wine
    stage "build, coverage" build linux-coverage unit_tests
    stage "line coverage" test_coverage
    stage "build, Linux" build linux kanari sim_incident bench_etl kanari_sim test_live_ends
    stage "starts and stops, as it ships" test_starts
    stage "end-to-end checks" test_e2e
    run_tests summary
}

# Random tests with a new seed each round, until the time is up. A program takes part by reading
# KANARI_SOAK (run longer) and KANARI_SEED (the round), which makes every failure repeatable.
soak_rounds() {
    local end=$((SECONDS + $1 * 60)) seed=0 units=() found name
    export KANARI_SOAK=1 KANARI_SEED
    export_programs
    for name in $(grep -l KANARI_SOAK tests/unit/test_*.c || true); do
        units+=("build/linux-asan/unit/$(basename "$name" .c)")
    done
    mapfile -t found < <(scripts tests/soak)
    while [ $SECONDS -lt $end ]; do
        seed=$((seed + 1))
        KANARI_SEED=$seed
        if [ ${#units[@]} -gt 0 ]; then
            run_tests run "soak-$seed" --kind cmocka --jobs "$JOBS" --timeout 600 "${units[@]}"
        fi
        run_tests run "soak-$seed" --kind tap --jobs "$JOBS" --timeout 600 "${found[@]}"
        if grep -q '"failed"' "build/test-results/soak-$seed.json"; then
            say "    repeat with: KANARI_SOAK=1 KANARI_SEED=$seed"
            break
        fi
    done
    say "    $seed rounds"
}

cmd_soak() {
    local minutes=${1:-4}
    need_build
    need_test
    install_missing
    rm -rf build/test-results
    stage "dependencies" deps linux
    stage "build, sanitizers" build linux-asan kanari unit_tests sim_incident
    stage "build, Linux" build linux kanari
    stage "random inputs, $minutes min" soak_rounds "$minutes"
    run_tests summary
}

# fuzz_one NAME SECONDS: new inputs grow in build/fuzz/NAME, beside the seeds that are kept in git.
fuzz_one() {
    local name=$1 seconds=$2 work=build/fuzz/$1 seeds=tests/fuzz/corpus/$1 log=build/fuzz/$1.log
    local options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
        -artifact_prefix="build/fuzz/crashes/$name-")
    mkdir -p "$work" build/fuzz/crashes
    [ -d "$seeds" ] || seeds=
    [ -f "tests/fuzz/$name.dict" ] && options+=("-dict=tests/fuzz/$name.dict")
    if "build/linux-fuzz/fuzz/fuzz_$name" "${options[@]}" "$work" ${seeds:+"$seeds"} \
        >"$log" 2>&1; then
        awk -v name="$name" '/stat::number_of_executed_units/ { inputs = $2 } /cov:/ { edges = $4 }
            END { printf "    %-14s %d inputs, %d edges\n", name, inputs, edges }' "$log"
        run_tests check fuzz "$name" ok
    else
        tail -n 40 "$log"
        say "    $name failed; its input: $(compgen -G "build/fuzz/crashes/$name-*" | tail -1)"
        run_tests check fuzz "$name" failed "$log"
    fi
}

# fuzz_all SECONDS: in total, shared evenly, JOBS targets at a time
fuzz_all() {
    local seconds=$1 found each name
    rm -rf build/fuzz/crashes
    mapfile -t found < <(programs tests/fuzz 'fuzz_*.c')
    each=$((seconds * JOBS / ${#found[@]}))
    [ $each -gt 0 ] || each=1
    [ $each -le "$seconds" ] || each=$seconds
    for name in "${found[@]}"; do
        name=$(basename "$name" .c)
        while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
            wait -n
        done
        fuzz_one "${name#fuzz_}" "$each" &
    done
    wait
}

cmd_fuzz() {
    local seconds=${1:-60}
    need_build
    need_fuzz
    install_missing
    rm -rf build/test-results
    stage "dependencies" deps linux
    stage "build, fuzz targets" build linux-fuzz fuzz_targets
    stage "fuzz, $seconds s" fuzz_all "$seconds"
    run_tests summary
}
