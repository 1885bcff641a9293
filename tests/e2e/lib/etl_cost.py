"""Instructions for each Kernel-Network record, and allocations, from traces of two lengths.

Counted by callgrind, so the machine's load does not matter. The difference between a longer and a
shorter trace leaves out what a program does once. "bare" goes from record to record by their sizes
and does nothing else: the peer. "replay" is all of `kanari replay`: order, state, detectors, store.
"""
import json
import os
import pathlib
import re
import subprocess
import tempfile

TRACE = "etl/kernel-network-win7-7601.etl"
SHORT, LONG = 2, 10
BUDGET = 600
TIMEOUT = 300


class Cost:
    """Of each further record, between two lengths of one trace."""

    def __init__(self, instructions, allocations):
        self.instructions, self.allocations = instructions, allocations


def count(words):
    """Instructions of a run, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(["valgrind", "--tool=callgrind",
                              f"--callgrind-out-file={folder}/out", *map(str, words)],
                             capture_output=True, text=True, timeout=TIMEOUT, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        raise RuntimeError(f"{' '.join(map(str, words))}: {run.stderr[-500:]}")
    return int(found.group(1)), json.loads(run.stdout)


class Meter:
    def __init__(self, build, data):
        self.bench = pathlib.Path(build) / "linux/bench/bench_etl"
        self.trace = pathlib.Path(data) / TRACE

    def of_pass(self, what):
        (few, short), (many, long) = (count([self.bench, what, times, self.trace])
                                      for times in (SHORT, LONG))
        return Cost((many - few) / (long["records"] - short["records"]),
                    long["allocations"] - short["allocations"])

    def of_replay(self, kanari):
        taken = []
        with tempfile.TemporaryDirectory() as folder:
            for times in (SHORT, LONG):
                trace = f"{folder}/{times}.etl"
                subprocess.run([self.bench, "write", str(times), self.trace, trace], check=True,
                               stdout=subprocess.DEVNULL, timeout=TIMEOUT)
                instructions, report = count([kanari, "replay", "-o", "json", trace])
                taken.append((instructions, report["files"][0]["records"]))
        return (taken[1][0] - taken[0][0]) / (taken[1][1] - taken[0][1])


def measure():
    meter = Meter(os.environ["KANARI_BUILD"], os.environ.get("KANARI_DATA", "../shared/data"))
    bare, walk, decode = (meter.of_pass(what) for what in ("bare", "walk", "decode"))
    return {"record": "Kernel-Network", "instructions_bare": bare.instructions,
            "instructions_walk": walk.instructions,
            "instructions_walk_and_decode": decode.instructions,
            "instructions_replay": meter.of_replay(os.environ["KANARI_RELEASE"]),
            "times_bare": decode.instructions / bare.instructions,
            "more_allocations": walk.allocations + decode.allocations}
