# shellcheck shell=bash
# ./dev lint: what can be checked without running anything. Sourced by ./dev, never run.

lint_c_files() { git ls-files -co --exclude-standard -- "$@" | sort -u; }

lint_format() { lint_c_files '*.c' '*.h' | xargs clang-format-14 --dry-run -Werror; }

lint_source() { python3 tools/check_source.py; }

lint_shell() {
    shellcheck -x dev .ci/run
    git ls-files -co --exclude-standard -- 'tools/*.sh' 'tests/*.sh' | xargs shellcheck -x
}

# Every header compiles when it is the first and only one included; X-macro lists are no headers.
lint_headers() {
    local header bad=0
    for header in $(lint_c_files '*/*.h' | xargs grep -l '^#pragma once'); do
        echo "#include \"$header\"" | gcc -std=c17 -Wall -Wextra -Wpedantic -Werror -I. -Itests \
            -Ibuild/deps/linux/include -fsyntax-only -x c - || bad=1
    done
    return $bad
}

# Values are followed through the code of ours; what is suppressed, and why, is in the file.
lint_cppcheck() {
    lint_c_files '*.c' | grep -v '^tests/' >build/cppcheck.files
    cppcheck --quiet --std=c11 --language=c -I. --enable=warning,performance,portability \
        --inline-suppr --suppressions-list=tools/cppcheck.suppress --error-exitcode=1 -j "$JOBS" \
        --template='{file}:{line}: {id}: {message}' --file-list=build/cppcheck.files
}

# GCC's path-sensitive analyzer on the ground floor, which everything else stands on.
lint_analyzer() {
    lint_c_files 'core/*.c' | xargs -P "$JOBS" -I{} gcc -std=c17 -O1 -fanalyzer -Werror \
        -I. -Ibuild/deps/linux/include -c -o /dev/null {}
}

lint_tidy() {
    lint_c_files '*.c' | grep -v -e '_win\.c$' -e '^tests/' |
        xargs -P "$JOBS" -n 4 clang-tidy-14 --quiet -p build/linux \
            --extra-arg=-Wno-unknown-warning-option 2>/dev/null
}

# What gen_docs writes is what docs/ and messages/ have.
lint_docs() {
    local page bad=0
    rm -rf build/docs build/docs-messages
    mkdir -p build/docs build/docs-messages
    build/linux/tests/gen_docs build/docs build/docs-messages
    diff -u messages/events.mc build/docs-messages/events.mc || bad=1
    for page in build/docs/*; do
        diff -u "docs/$(basename "$page")" "$page" || bad=1
    done
    return $bad
}

# lint_step NAME FUNCTION: a check of its own; the next one runs whatever this one says
lint_step() {
    local name=$1 start=$SECONDS
    printf '==> %s\n' "$name"
    if (
        set -o pipefail
        "$2"
    ); then
        run_tests check lint "$name" ok
    else
        run_tests check lint "$name" failed "see above"
    fi
    printf '    %s: %d s\n' "$name" $((SECONDS - start))
}

cmd_lint() {
    need_build
    need_lint
    install_missing
    rm -rf build/test-results
    stage "dependencies" deps linux
    stage "configure, Linux" configure linux
    lint_step "clang-format" lint_format
    lint_step "house rules" lint_source
    lint_step "shellcheck" lint_shell
    lint_step "headers stand alone" lint_headers
    lint_step "cppcheck" lint_cppcheck
    lint_step "gcc -fanalyzer" lint_analyzer
    lint_step "clang-tidy" lint_tidy
    if [ -f tests/support/gen_docs.c ]; then
        stage "build, Linux" build linux gen_docs
        lint_step "generated docs" lint_docs
    fi
    run_tests summary
}
