#!/usr/bin/env python3
"""Event logs to logon attempts in the store, against evtxexport printing the same files.

Both on one core, one after the other, files in the page cache. Kanari: the median of five runs,
each into a new store. evtxexport takes a minute or two and runs once; `evtx_dump` (Rust), with one
thread, is measured too where it is installed. The number of attempts is compared with the
simulator's truth and the number of records with evtxinfo's, in the same run.
"""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

KANARI = os.environ["KANARI_RELEASE"]
SIM = os.environ["KANARI_SIM"]
TIMES = int(os.environ.get("KANARI_BENCH_TIMES", "12"))  # stories of 18 MB each
BYTES_MIN = 200_000_000
RUNS = 5
RATIO_MIN = 40


class Run:
    """Seconds by the clock and of the processor, and peak memory."""

    def __init__(self, seconds, usage):
        self.seconds = seconds
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024


def timed(words):
    """One run; its output goes nowhere."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{words[0]} failed with exit code {process.returncode}")
    return Run(time.perf_counter() - start, usage)


def records_told(files):
    """What evtxinfo counts."""
    total = 0
    for path in files:
        text = subprocess.run(["evtxinfo", path], capture_output=True, check=True, text=True).stdout
        total += int(re.search(r"Number of records\s*: (\d+)", text).group(1))
    return total


def attempts_in(store):
    rows = subprocess.run([KANARI, "query", "SELECT count(*) AS n FROM v_logon_attempts", "--store",
                           store, "-o", "json"], capture_output=True, check=True).stdout
    return json.loads(rows)[0]["n"]


def kanari_runs(files, store):
    runs = []
    for _ in range(RUNS):
        store.unlink(missing_ok=True)
        runs.append(timed([KANARI, "replay", *files, "--store", store]))
    return runs


def median(runs, member):
    return statistics.median(getattr(run, member) for run in runs)


def rust_seconds(files):
    reader = shutil.which("evtx_dump")
    if reader is None:
        return {}
    return {"evtx_dump_s": sum(timed([reader, "-t", "1", path]).seconds for path in files)}


def measure(folder):
    subprocess.run([SIM, "--seed", "1", "--times", str(TIMES), folder], check=True,
                   stdout=subprocess.DEVNULL)
    truth = json.loads((folder / "truth.json").read_text())
    files = sorted((folder / "logs").rglob("*.evtx"))
    size = sum(len(path.read_bytes()) for path in files)  # into the page cache
    runs = kanari_runs(files, folder / "k.db")
    exports = [timed(["evtxexport", path]) for path in files]
    attempts, records = attempts_in(folder / "k.db"), records_told(files)
    equal = attempts == truth["attempts"] and records == truth["records"]
    kanari_s, kanari_cpu = median(runs, "seconds"), median(runs, "cpu")
    export_s, export_cpu = (sum(getattr(run, member) for run in exports)
                            for member in ("seconds", "cpu"))
    ratio = export_s / kanari_s
    return {"bench": "evtx", "mb": round(size / 1e6, 1), "records": records, "attempts": attempts,
            "results_equal": equal, "evtxexport_s": round(export_s, 2),
            "kanari_s": round(kanari_s, 3), "ratio": round(ratio, 1),
            "evtxexport_cpu_s": round(export_cpu, 2), "kanari_cpu_s": round(kanari_cpu, 3),
            "ratio_cpu": round(export_cpu / kanari_cpu, 1), **rust_seconds(files),
            "mb_per_s": round(size / 1e6 / kanari_s, 1),
            "peak_rss_bytes": max(run.peak for run in runs),
            "store_bytes": (folder / "k.db").stat().st_size,
            "budget_met": equal and size >= BYTES_MIN and ratio >= RATIO_MIN}


def main():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="kanari-bench-") as name:
        row = measure(pathlib.Path(name))
    print(json.dumps(row))
    return 0 if row["budget_met"] else 1


if __name__ == "__main__":
    sys.exit(main())
