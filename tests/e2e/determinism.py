#!/usr/bin/env python3
"""The same records give the same bytes: whatever the order, number and split of the files, in one
step or two, from .evtx or from NDJSON, on Linux or on Windows."""
import random

from lib import checks, evtx
from lib.checks import expect, expect_equal, expect_same_bytes
from lib.programs import (RELEASE, kanari, kanari_wine, query, recording, replay, simulate,
                          workplace)

SEED, SCALE = 5, 20
LANGUAGES = ("en", "ja")


def conclusions(store):
    """Alerts and stories, byte for byte."""
    return b"\n".join(kanari(command, "--store", store, "-o", "json", "--lang", "en",
                             program=RELEASE).out for command in ("alerts", "story"))


def events_of(store):
    return kanari("events", "--store", store, "-o", "ndjson", program=RELEASE).out


def coverage_of(store):
    return query(store, "SELECT host, source, from_time, to_time, state, records, first_record_id, "
                 "last_record_id FROM v_coverage ORDER BY 1, 2, 3", RELEASE)


class Case:
    """One incident, replayed plainly: what every other way must equal."""

    def __init__(self, folder):
        self.folder = folder
        self.incident = simulate(folder / "incident", "--seed", SEED, "--scale", SCALE)
        self.stores = 0
        self.due = conclusions(self.replay(self.incident.logs))
        expect(len(self.due) > 10_000, "hardly anything was concluded")

    def replay(self, *paths, store=None):
        self.stores += 1
        store = store or self.folder / f"{self.stores}.db"
        replay(store, *paths, program=RELEASE)
        return store

    def same(self, store, what):
        expect_same_bytes(conclusions(store), self.due, what)


def order_and_repetition_of_files_do_not_matter():
    with workplace() as folder:
        case = Case(folder)
        files = list(case.incident.files)
        random.Random(SEED).shuffle(files)
        case.same(case.replay(*files), "files singly, shuffled")
        case.same(case.replay(*reversed(files), case.incident.logs), "files and their folder")
        copy = folder / "copy"
        copy.mkdir()
        for i, path in enumerate(files):
            (copy / f"{i}{path.suffix}").write_bytes(path.read_bytes())
        store = case.replay(case.incident.logs, copy)
        case.same(store, "every file twice")
        expect_equal(coverage_of(store), coverage_of(folder / "1.db"), "coverage")
        expect_same_bytes(events_of(store), events_of(folder / "1.db"), "events of both")


def the_split_of_files_does_not_matter():
    with workplace() as folder:
        case = Case(folder)
        pieces = folder / "pieces"
        pieces.mkdir()
        made = [p for f in case.incident.evtx for p in evtx.split(f, pieces, 5)]
        expect(len(made) >= 15, f"only {len(made)} pieces")
        store = case.replay(pieces, *case.incident.traces, *case.incident.events)
        case.same(store, "cut at chunk borders")
        expect_equal(coverage_of(store), coverage_of(folder / "1.db"), "coverage")


def ndjson_gives_what_evtx_gave():
    with workplace() as folder:
        case = Case(folder)
        events = events_of(folder / "1.db")
        lines = events.splitlines(keepends=True)
        random.Random(SEED).shuffle(lines)
        (folder / "events.ndjson").write_bytes(b"".join(lines))
        store = case.replay(folder / "events.ndjson")
        case.same(store, "events fed back")
        expect_same_bytes(events_of(store), events, "events fed back twice")


def two_steps_into_one_store_are_one_replay():
    with workplace() as folder:
        case = Case(folder)
        # One computer after the other: only together do its traces say which one it is.
        hosts = [[f for f in case.incident.files if f.parent.name == host]
                 for host in ("PC-A", "PC-B")]
        for number, first in enumerate(hosts):
            second = [f for f in case.incident.files if f not in first]
            store = folder / f"steps-{number}.db"
            case.replay(*first, store=store)
            case.replay(*second, store=store)
            case.same(store, f"two steps, {number}")
            expect_same_bytes(events_of(store), events_of(folder / "1.db"), "events")
        case.replay(case.incident.logs, store=store)
        case.same(store, "the same logs once more")
        expect_equal(coverage_of(store), coverage_of(folder / "1.db"), "coverage")


def a_store_is_an_input_too():
    with workplace() as folder:
        case = Case(folder)
        case.same(case.replay(folder / "1.db"), "replay of a store")


def time_zone_and_language_do_not_touch_json():
    with workplace() as folder:
        Case(folder)
        words = ("alerts", "--store", folder / "1.db", "-o", "json", "--lang", "en")
        plain = kanari(*words, program=RELEASE).out
        for env in ({"TZ": "Asia/Tokyo", "LC_ALL": "ja_JP.UTF-8"}, {"TZ": "America/Caracas"}):
            expect_same_bytes(kanari(*words, program=RELEASE, env=env).out, plain, str(env))
        expect(plain.isascii(), "JSON is not ASCII")


def both_systems(cwd, *words, lang=None):
    words = [*words, *(["--lang", lang] if lang else [])]
    linux = kanari(*words, program=RELEASE, cwd=cwd, code=None)
    windows = kanari_wine(*words, cwd=cwd, code=None)
    what = " ".join(map(str, words))
    expect_equal(windows.code, linux.code, f"{what}: exit code")
    expect_same_bytes(windows.out, linux.out, what)
    expect_same_bytes(windows.err, linux.err, f"{what}: stderr")


def windows_prints_what_linux_prints():
    with workplace() as folder:
        simulate(folder, "--seed", SEED, "--scale", 100)
        replay(folder / "k.db", folder / "logs", program=RELEASE)
        both_systems(folder, "replay", "logs", "--records", "-o", "json", lang="en")
        both_systems(folder, "events", "--store", "k.db", "-o", "ndjson", "--since", "12h")
        for lang in LANGUAGES:
            both_systems(folder, "story", "--store", "k.db", lang=lang)
            both_systems(folder, "story", "--store", "k.db", "-o", "json", lang=lang)
            both_systems(folder, "replay", "logs", lang=lang)
            for form in ("table", "list", "csv", "json"):
                both_systems(folder, "alerts", "--store", "k.db", "-o", form, lang=lang)
            both_systems(folder, "logons", "--store", "k.db", "--by", "source", lang=lang)


def windows_reads_the_recordings_as_linux_does():
    names = ("rdp-131-burst-templateless.evtx", "rdp-internet-2018-rcm.evtx",
             "benign-security.evtx")
    with workplace() as folder:
        for name in names:
            (folder / name).write_bytes(recording(name).read_bytes())
        both_systems(folder, "replay", *names, "--records", "-o", "json", lang="en")


def windows_writes_the_store_that_linux_writes():
    with workplace() as folder:
        simulate(folder, "--seed", SEED, "--scale", 100)
        kanari_wine("replay", "logs", "--store", "w.db", "-o", "json", cwd=folder)
        replay(folder / "l.db", folder / "logs", program=RELEASE)
        expect_same_bytes(conclusions(folder / "w.db"), conclusions(folder / "l.db"), "stores")


if __name__ == "__main__":
    checks.run(order_and_repetition_of_files_do_not_matter, the_split_of_files_does_not_matter,
               ndjson_gives_what_evtx_gave, two_steps_into_one_store_are_one_replay,
               a_store_is_an_input_too, time_zone_and_language_do_not_touch_json,
               windows_prints_what_linux_prints, windows_reads_the_recordings_as_linux_does,
               windows_writes_the_store_that_linux_writes)
