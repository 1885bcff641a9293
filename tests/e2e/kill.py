#!/usr/bin/env python3
"""A replay that is killed at any moment: the store that was there stays whole, or there is none; a
second try gives what it would have given, and leaves nothing behind.

What a killed replay may leave: NAME.new and NAME.new-journal beside the store, which the next
replay of that store removes, and, when no store was named, its temporary store.
"""
import os
import random
import subprocess
import time

from lib import checks
from lib.checks import expect, expect_equal, expect_same_bytes
from lib.programs import RELEASE, environment, kanari, replay, simulate, workplace

ROUNDS = 20
LEFT = {"k.db.new", "k.db.new-journal"}
SEED = 8


def conclusions(store):
    return kanari("alerts", "--store", store, "-o", "json", "--lang", "en", program=RELEASE).out


def killed_replay(words, after, env):
    """True when the replay was killed, False when it was faster."""
    process = subprocess.Popen([RELEASE, "replay", *words], stdin=subprocess.DEVNULL, env=env,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after)
    process.kill()
    return process.wait() != 0


class Case:
    def __init__(self, folder):
        incident = simulate(folder / "incident", "--seed", SEED, "--scale", 2)
        self.store, self.temp = folder / "work/k.db", folder / "temp"
        self.store.parent.mkdir()
        self.temp.mkdir()
        self.env = environment(TMPDIR=str(self.temp))
        self.logs = incident.logs
        replay(folder / "old.db", incident.logs / "PC-B", program=RELEASE)
        start = time.monotonic()
        replay(folder / "new.db", incident.logs, program=RELEASE)
        self.seconds = time.monotonic() - start
        self.old_bytes = (folder / "old.db").read_bytes()
        self.old, self.new = conclusions(folder / "old.db"), conclusions(folder / "new.db")

    def beside(self):
        return {p.name for p in self.store.parent.iterdir()}

    def rerun(self):
        replay(self.store, self.logs, program=RELEASE)
        expect_same_bytes(conclusions(self.store), self.new, "after a second try")
        expect_equal(self.beside(), {"k.db"}, "files after a second try")


def an_existing_store_survives():
    with workplace() as folder:
        case = Case(folder)
        rng = random.Random(SEED)
        killed = 0
        for round_number in range(ROUNDS):
            case.store.write_bytes(case.old_bytes)
            killed += killed_replay([case.logs, "--store", case.store],
                                    rng.uniform(0, case.seconds * 1.1), case.env)
            expect(conclusions(case.store) in (case.old, case.new), f"round {round_number}: store")
            expect(case.beside() <= LEFT | {"k.db"}, f"left behind: {case.beside()}")
        case.rerun()
        expect(killed >= ROUNDS // 2, f"only {killed} of {ROUNDS} were killed in time")
        expect_equal(os.listdir(case.temp), [], "temporary files")


def a_new_store_is_whole_or_not_there():
    with workplace() as folder:
        case = Case(folder)
        rng = random.Random(SEED + 1)
        for round_number in range(ROUNDS):
            killed_replay([case.logs, "--store", case.store], rng.uniform(0, case.seconds * 1.1),
                          case.env)
            if case.store.exists():
                expect_same_bytes(conclusions(case.store), case.new, f"round {round_number}")
                case.store.unlink()
            expect(case.beside() <= LEFT, f"left behind: {case.beside()}")
        case.rerun()


def without_a_store_at_most_one_temporary_store_is_left():
    with workplace() as folder:
        case = Case(folder)
        kanari("replay", case.logs, "-o", "json", program=RELEASE,
               env={"TMPDIR": str(case.temp)})
        expect_equal(os.listdir(case.temp), [], "temporary files of a replay that ended")
        killed_replay([case.logs], case.seconds / 2, case.env)
        left = os.listdir(case.temp)
        expect(len(left) <= 3, f"left behind: {left}")


if __name__ == "__main__":
    checks.run(an_existing_store_survives, a_new_store_is_whole_or_not_there,
               without_a_store_at_most_one_temporary_store_is_left)
