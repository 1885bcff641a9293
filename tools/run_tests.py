#!/usr/bin/env python3
"""Run test programs, read their results, add them up.

    run_tests.py run SUITE --kind cmocka|tap [--jobs N] [--timeout S] [--wrap WORD] PROGRAM...
    run_tests.py check SUITE NAME ok|failed|skipped [REASON]
    run_tests.py summary

Every result is a line in build/test-results/SUITE.json. The summary lists failures and skips with
their reasons and ends with "N passed, N failed, N skipped".

A program prints its checks as cmocka does, or as lines "ok NAME", "not ok NAME",
"skip NAME: reason" (tap). A program that dies, hangs, or prints no check at all is a failed check
of its own.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

RESULTS = pathlib.Path("build/test-results")
TAIL_LINES = 40
CMOCKA_LINE = re.compile(r"^\[\s*(=+|RUN|OK|PASSED|FAILED|ERROR|LINE|SKIPPED)\s*\] (.*)$")
CMOCKA_RUNNING = re.compile(r"(?:Running|.*: Running) (\d+) test\(s\)")
TAP_LINE = re.compile(r"^(ok|not ok|skip) (.+)$")


def read_cmocka(lines):
    """Checks of one cmocka program: [(name, status, reason)]; tests that never ended are failed."""
    checks = {}
    announced = 0
    note = ""
    for line in lines:
        match = CMOCKA_LINE.match(line)
        if not match:
            note = line.strip() or note
            continue
        word, rest = match.groups()
        if word.startswith("="):
            running = CMOCKA_RUNNING.match(rest)
            announced += int(running.group(1)) if running else 0
        elif word == "RUN":
            note = ""
            checks.setdefault(rest, ("failed", "did not end"))
        elif word == "OK":
            checks[rest] = ("ok", "")
        elif word == "SKIPPED" and rest in checks:
            checks[rest] = ("skipped", note)
        elif checks.get(rest, ("",))[0] == "failed":
            checks[rest] = ("failed", note or checks[rest][1])
            note = ""
        elif word in ("ERROR", "LINE"):
            note = f"{note} {rest}".strip() if word == "LINE" else rest
    found = [(name, *result) for name, result in checks.items()]
    if announced != len(found):
        found.append(("all tests", "failed", f"{announced} announced, {len(found)} seen"))
    return found


def read_tap(lines):
    checks = []
    for line in lines:
        match = TAP_LINE.match(line)
        if match and match.group(1) == "skip":
            name, _, reason = match.group(2).partition(": ")
            checks.append((name, "skipped", reason))
        elif match:
            checks.append((match.group(2), "ok" if match.group(1) == "ok" else "failed", ""))
    return checks


def child_environment():
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    # Where the recordings cannot be had, their absence is a skip even in CI.
    if env.get("KANARI_RECORDINGS") == "absent":
        env.pop("CI", None)
    return env


def run_program(args, program):
    """Run one program; its checks, its output, its seconds."""
    start = time.monotonic()
    name = pathlib.Path(program).stem
    process = subprocess.Popen(
        [*args.wrap, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=child_environment(), start_new_session=True)
    try:
        output, _ = process.communicate(timeout=args.timeout)
        ending = f"exit code {process.returncode}" if process.returncode else ""
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        ending = f"no end after {args.timeout} s"
    lines = output.decode("utf-8", "replace").splitlines()
    checks = read_cmocka(lines) if args.kind == "cmocka" else read_tap(lines)
    if ending and not any(status == "failed" for _, status, _ in checks):
        checks.append(("program", "failed", ending))
    if not checks:
        checks.append(("program", "failed", "printed no check"))
    checks = [(f"{name}: {check}", status, reason) for check, status, reason in checks]
    return name, checks, lines, time.monotonic() - start


def store(suite, checks):
    RESULTS.mkdir(parents=True, exist_ok=True)
    with open(RESULTS / f"{suite}.json", "a", encoding="utf-8") as out:
        for name, status, reason in checks:
            out.write(json.dumps({"name": name, "status": status, "reason": reason}) + "\n")


def run(args):
    logs = RESULTS / f"{args.suite}.logs"
    logs.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(run_program, args, program) for program in args.programs]
        for job in concurrent.futures.as_completed(jobs):
            name, checks, lines, seconds = job.result()
            store(args.suite, checks)
            (logs / f"{name}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
            failed = sum(status == "failed" for _, status, _ in checks)
            if failed:
                print("\n".join(f"    | {line}" for line in lines[-TAIL_LINES:]))
            if failed or seconds > 10:
                print(f"    {name}: {len(checks)} checks, {failed} failed, {seconds:.1f} s",
                      flush=True)
    return 0


def check(args):
    store(args.suite, [(args.name, args.status, args.reason)])
    return 0


def summary(_args):
    count = {"ok": 0, "failed": 0, "skipped": 0}
    notes = []
    for path in sorted(RESULTS.glob("*.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            result = json.loads(line)
            count[result["status"]] += 1
            if result["status"] != "ok":
                words = (result["status"], path.stem, result["name"], result["reason"])
                notes.append(": ".join(word for word in words if word))
    for note in sorted(notes):
        print(note)
    print(f"{count['ok']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] or not count["ok"] else 0


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    sub = commands.add_parser("run")
    sub.add_argument("suite")
    sub.add_argument("--kind", choices=("cmocka", "tap"), required=True)
    sub.add_argument("--jobs", type=int, default=2)
    sub.add_argument("--timeout", type=int, default=300)
    sub.add_argument("--wrap", action="append", default=[])
    sub.add_argument("programs", nargs="+")
    sub.set_defaults(act=run)
    sub = commands.add_parser("check")
    sub.add_argument("suite")
    sub.add_argument("name")
    sub.add_argument("status", choices=("ok", "failed", "skipped"))
    sub.add_argument("reason", nargs="?", default="")
    sub.set_defaults(act=check)
    sub = commands.add_parser("summary")
    sub.set_defaults(act=summary)
    args = parser.parse_args()
    return args.act(args)


if __name__ == "__main__":
    sys.exit(main())
