#!/usr/bin/env python3
"""Runs every benchmark and shows one table: run_bench.py OUT.json

A benchmark is build/linux/bench/bench_* (a program) or tests/bench/bench_*.py. It prints lines of
JSON, each an object of numbers and texts; a member "budget_met": false fails the run, as a
non-zero exit code does. Each runs alone.
"""
import json
import os
import pathlib
import subprocess
import sys
import time


def benchmarks():
    yield from sorted(p for p in pathlib.Path("build/linux/bench").glob("bench_*")
                      if p.is_file() and os.access(p, os.X_OK))
    yield from sorted(pathlib.Path("tests/bench").glob("bench_*.py"))


def rows_of(output):
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def show(name, row):
    for key, value in row.items():
        if isinstance(value, float):
            value = f"{value:,.2f}"
        elif isinstance(value, int) and not isinstance(value, bool):
            value = f"{value:,}"
        print(f"    {name:<20} {key:<32} {value}")
        name = ""


def main():
    env = dict(os.environ, KANARI=os.path.abspath("build/linux/kanari"),
               KANARI_RELEASE=os.path.abspath("build/linux/kanari"),
               KANARI_SIM=os.path.abspath("build/linux/tests/sim_incident"),
               KANARI_BUILD=os.path.abspath("build"))
    results, failed = [], 0
    for program in benchmarks():
        start = time.monotonic()
        process = subprocess.run([str(program.resolve())], stdin=subprocess.DEVNULL, env=env,
                                 stdout=subprocess.PIPE, text=True, check=False)
        rows = list(rows_of(process.stdout))
        bad = process.returncode != 0 or not rows or any(r.get("budget_met") is False for r in rows)
        failed += bad
        results.append({"name": program.stem, "seconds": round(time.monotonic() - start, 2),
                        "exit_code": process.returncode, "results": rows})
        for row in rows or [{}]:
            show(program.stem, row)
        if bad:
            print(f"    {program.stem}: failed (exit code {process.returncode})")
    pathlib.Path(sys.argv[1]).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
