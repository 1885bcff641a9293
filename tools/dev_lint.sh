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

# What judges workflows and PowerShell is pinned by checksum in tools/lint/.
lint_make_actionlint() {
    local dir=$1
    (cd tools/lint && GOPATH=$dir/go GOCACHE=$dir/cache GOTOOLCHAIN=local CGO_ENABLED=0 \
        GOFLAGS='-mod=readonly -modcacherw -buildvcs=false' \
        go build -trimpath -o "$dir/actionlint" github.com/rhysd/actionlint/cmd/actionlint) \
        2>"$dir/log" || { cat "$dir/log" && exit 1; }
    rm -rf "$dir/go" "$dir/cache" "$dir/log"
}

lint_make_powershell() {
    local dir=$1
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/python" -m pip -q --disable-pip-version-check --retries 1 install --no-deps \
        --only-binary :all: --require-hashes --no-compile -r tools/lint/requirements.txt \
        --target "$dir/lib"
    rm -rf "$dir/venv"
}

# lint_get NAME FUNCTION PINS...: build/lint/NAME leads to what FUNCTION makes of the pinned things,
# and to nothing where their registry cannot be reached.
lint_get() {
    local name=$1 function=$2 dir status
    shift 2
    dir=$(deps_cache)/lint-$name-$(deps_key "$(cat "$@")" "$(python3 --version)" \
        "$(declare -f "$function")")
    mkdir -p build/lint
    rm -f "build/lint/$name"
    set +e
    (
        set -e
        deps_fill "$dir" "$function"
    )
    status=$?
    set -e
    [ $status -ne 0 ] || ln -sT "$dir" "build/lint/$name"
}

# What the sample is refused for stands in its first line.
lint_workflows() {
    local linter=build/lint/actionlint/actionlint sample=tests/lint/broken.yml due found
    lint_c_files '.github/workflows/*.yml' | xargs "$linter" -no-color || return 1
    due=$(sed -n '1s/^# refused for: //p' $sample)
    found=$("$linter" -format '{{range $}}{{.Line}}:{{.Kind}} {{end}}' $sample) || true
    found=${found% }
    [ "$found" = "$due" ] || { say "$sample is refused for: $found" && return 1; }
}

lint_powershell() {
    export PYTHONPATH=build/lint/powershell/lib PYTHONDONTWRITEBYTECODE=1
    lint_c_files '*.ps1' | xargs python3 tools/check_powershell.py &&
        python3 tests/lint/test_check_powershell.py
}

lint_rules() {
    export PYTHONDONTWRITEBYTECODE=1
    python3 tools/check_rules.py && python3 tests/lint/test_check_rules.py
}

# lint_with TOOL NAME FUNCTION: a step that needs what lint_get brought; without it CI fails.
lint_with() {
    if [ -e "build/lint/$1" ] || ci; then
        lint_step "$2" "$3"
    else
        run_tests check lint "$2" skipped "its pinned tool cannot be had: no registry is reached"
    fi
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
    lint_get actionlint lint_make_actionlint tools/lint/go.mod tools/lint/go.sum
    lint_with actionlint "workflows" lint_workflows
    lint_get powershell lint_make_powershell tools/lint/requirements.txt
    lint_with powershell "PowerShell" lint_powershell
    lint_step "YARA rules" lint_rules
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
