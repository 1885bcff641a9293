"""Reporting: each check is a function; its name is what the reader sees.

Prints "ok NAME", "not ok NAME" or "skip NAME: reason"; details follow, indented.
"""
import difflib
import json
import os
import sys
import time
import traceback

DETAIL_LINES = 30


class Skip(Exception):
    """Something outside the project is missing; with CI=true that is a failure."""


class Failure(Exception):
    """What was found is not what was due."""


def detail(text):
    for line in str(text).splitlines()[:DETAIL_LINES]:
        print("    " + line.encode("ascii", "backslashreplace").decode())


def expect(condition, what):
    if not condition:
        raise Failure(what)


def expect_equal(found, due, what):
    if found == due:
        return
    left, right = (json.dumps(v, indent=1, sort_keys=True, default=str) for v in (due, found))
    diff = difflib.unified_diff(left.splitlines(), right.splitlines(), "due", "found", "", "", 1)
    raise Failure("\n".join([what, *diff]))


def expect_same_bytes(found, due, what):
    if found == due:
        return
    at = next((i for i, (a, b) in enumerate(zip(found, due)) if a != b), min(len(found), len(due)))
    raise Failure(f"{what}: differs at byte {at} (lengths {len(found)}, due {len(due)})\n"
                  f"due   {due[max(0, at - 60):at + 100]!r}\n"
                  f"found {found[max(0, at - 60):at + 100]!r}")


def run_one(function):
    name = function.__name__.replace("_", " ")
    start = time.monotonic()
    try:
        function()
        print(f"ok {name}")
    except Skip as reason:
        if os.environ.get("CI") == "true":
            print(f"not ok {name}")
            detail(f"cannot be skipped in CI: {reason}")
        else:
            print(f"skip {name}: {reason}")
    except Failure as failure:
        print(f"not ok {name}")
        detail(failure)
    except Exception:  # a broken check is a failed check; the others still run
        print(f"not ok {name}")
        detail("\n".join(traceback.format_exc().splitlines()[-DETAIL_LINES:]))
    print(f"    {time.monotonic() - start:.1f} s", flush=True)


def run(*functions):
    """Runs the checks in order, or those whose names hold a word of the command line."""
    words = sys.argv[1:]
    for function in functions:
        if not words or any(word in function.__name__ for word in words):
            run_one(function)
