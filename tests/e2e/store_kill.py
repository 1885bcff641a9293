#!/usr/bin/env python3
"""A writer of a live store that is killed at any instant: what it acknowledged is stored, what is
stored is the begin of what it sent, nothing is there twice, and the bookmark agrees."""
import os
import random
import sqlite3
import subprocess
import time

from lib import checks
from lib.checks import expect, expect_equal
from lib.programs import (BUILD, TIMEOUT, WINE, environment, wine_environment, wine_ready,
                          workplace)

KILLS = 50
KILLS_WINE = 6
SEED = int(os.environ.get("KANARI_SEED", "1"))
LONGEST = 0.25
WRITER = BUILD / "linux-asan/tests/store_writer"
WRITER_WINDOWS = BUILD / "windows/tests/store_writer.exe"


def killed(words, after, **options):
    """What a writer acknowledged before it was killed."""
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options)
    first = process.stdout.readline()  # the time counts from the first commit
    time.sleep(after)
    process.kill()
    lines = (first + process.stdout.read()).split(b"\n")
    process.wait(TIMEOUT)
    return int(lines[-2]) if len(lines) > 1 else 0  # a line without an end was not said


def stored(folder, words, **options):
    """How many events are there; the checker and SQLite have nothing to say against them."""
    result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            timeout=TIMEOUT, check=False, **options)
    expect_equal((result.returncode, result.stderr), (0, ""), "the store is as it was sent")
    with sqlite3.connect(folder / "kanari.db") as db:
        expect_equal(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)], "integrity")
    db.close()
    expect_equal([p.name for p in folder.iterdir() if "damaged" in p.name], [], "set aside")
    return int(result.stdout)


def rounds(folder, kills, writer, **options):
    rng = random.Random(SEED)
    sent = 0
    for i in range(kills):
        acked = killed([*writer, "write", "kanari.db", str(SEED * 1000 + i)],
                       rng.random() * LONGEST, cwd=folder, **options)
        there = stored(folder, [*writer, "check", "kanari.db"], cwd=folder, **options)
        expect(acked <= there, f"kill {i}: {acked} acknowledged, {there} stored")
        expect(there >= sent, f"kill {i}: {sent} were there, now {there}")
        sent = there
    expect(sent > kills, f"only {sent} events in all")


def a_killed_writer():
    with workplace() as folder:
        rounds(folder, KILLS, [str(WRITER)], env=environment())


def a_killed_writer_under_wine():
    wine_ready()
    with workplace() as folder:
        rounds(folder, KILLS_WINE, [WINE, str(WRITER_WINDOWS)],
               env=environment(**wine_environment()))


if __name__ == "__main__":
    checks.run(a_killed_writer, a_killed_writer_under_wine)
