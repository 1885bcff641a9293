#!/usr/bin/env python3
"""Input that is damaged, hostile, or no log at all: one clear line each, the right exit code, the
other files still read, and no control character on anybody's screen. Under the sanitizers."""
import csv
import io
import json
import os
import random
import re
import struct
import unicodedata

from lib import checks, evtx
from lib.checks import expect, expect_equal
from lib.programs import BAD_INPUT, CHECKED, DONE, NOT_FOUND, USAGE, kanari, simulate, workplace

BIDI = {chr(c) for c in (0x061c, 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x206a))}
CUTS, FLIPS = 80, 60
# What a reader of a log file meets as sizes: all of them lie.
LIES = (0, 1, 23, 24, 25, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff)


def sound_log(folder):
    """A small log of which everything can be read, in a folder of its own."""
    incident = simulate(folder / "incident", "--seed", 6, "--scale", 100)
    path = next(p for p in incident.files if p.parent.name == "PC-B" and "SMB" in p.name)
    logs = folder / "logs"
    logs.mkdir()
    sound = logs / "sound.evtx"
    sound.write_bytes(path.read_bytes())
    report = kanari("replay", sound, "-o", "json").json()
    expect_equal(report["files"][0]["errors"], 0, "the sound log")
    return sound, report["files"][0]["records"]


def one_line_a_file(result, folder):
    """Every line of stderr is one whole sentence about one file; no file has two."""
    seen = set()
    for line in result.err_lines:
        expect(line.startswith("kanari replay: "), f"no message: {line!r}")
        expect(len(line) < 400 and line.isprintable(), f"no clean line: {line!r}")
        named = re.findall(re.escape(str(folder)) + r"[^:\s]*", line)
        expect(len(named) == 1, f"names no file: {line!r}")
        expect(named[0] not in seen, f"two lines about {named[0]}")
        seen.add(named[0])
    return {name.rpartition("/")[2] for name in seen}


def replay_all(folder, *paths, code=BAD_INPUT):
    result = kanari("replay", *paths, "-o", "json", code=code)
    lines = one_line_a_file(result, folder)
    return {f["path"].rpartition("/")[2]: f for f in result.json()["files"]}, lines


def what_is_no_log_gets_one_line_each():
    with workplace() as folder:
        sound, records = sound_log(folder)
        (folder / "empty.evtx").write_bytes(b"")
        (folder / "text.evtx").write_text("Dear log,\n" * 1000, encoding="ascii")
        (folder / "zeros.evtx").write_bytes(bytes(300_000))
        (folder / "short.evtx").write_bytes(b"ElfFile\0")
        (folder / "noise.bin").write_bytes(random.Random(1).randbytes(100_000))
        (folder / "other.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
        (folder / "nologs").mkdir()
        (folder / "folder.evtx").mkdir()
        names = ["empty.evtx", "text.evtx", "zeros.evtx", "short.evtx", "noise.bin", "other.db",
                 "nologs", "folder.evtx"]
        files, lines = replay_all(folder, sound, *[folder / n for n in names])
        expect_equal(sorted(lines), sorted(names), "lines on stderr")
        for name in names:
            expect(files[name]["error"] is not None and files[name]["why"], f"{name}: no reason")
            expect_equal(files[name]["events"], 0, f"{name}: events")
        expect_equal(files["sound.evtx"]["records"], records, "the sound log")


def what_is_no_file_does_not_hang():
    with workplace() as folder:
        sound, records = sound_log(folder)
        os.mkfifo(folder / "pipe.evtx")
        (folder / "socket.evtx").symlink_to("/dev/zero")
        (folder / "dangling.evtx").symlink_to(folder / "nowhere.evtx")
        (folder / "logs/inner.evtx").symlink_to(folder / "nowhere.evtx")
        os.mkfifo(folder / "logs/inner-pipe.evtx")
        names = ["pipe.evtx", "socket.evtx", "dangling.evtx"]
        files, lines = replay_all(folder, *[folder / n for n in names], folder / "logs")
        expect_equal(sorted(lines), sorted(names), "lines on stderr")
        expect_equal(files["sound.evtx"]["records"], records, "the sound log")
        kanari("replay", folder / "pipe.evtx", code=BAD_INPUT, timeout=20)


def what_is_not_there_is_not_found():
    with workplace() as folder:
        sound, records = sound_log(folder)
        files, lines = replay_all(folder, folder / "absent.evtx", sound, code=NOT_FOUND)
        expect_equal(lines, {"absent.evtx"}, "lines on stderr")
        expect_equal(files["sound.evtx"]["records"], records, "the sound log")
        (folder / "empty.evtx").write_bytes(b"")
        replay_all(folder, folder / "absent.evtx", folder / "empty.evtx", sound, code=BAD_INPUT)


def a_log_cut_anywhere_gives_what_is_left():
    with workplace() as folder:
        sound, records = sound_log(folder)
        data = sound.read_bytes()
        rng = random.Random(2)
        cuts = sorted({rng.randrange(1, len(data)) for _ in range(CUTS)} |
                      {8, 128, 4095, 4096, 4097, 4096 + 512, 4096 + 65535, 4096 + 65536})
        for cut in cuts:
            (folder / f"logs/cut-{cut}.evtx").write_bytes(data[:cut])
        files, _ = replay_all(folder, folder / "logs")
        expect_equal(files["sound.evtx"]["records"], records, "the sound log")
        found = [files[f"cut-{cut}.evtx"]["records"] for cut in cuts]
        expect_equal(found, sorted(found), "a longer piece gives fewer records")
        expect(found[-1] > 0 and found[0] == 0, "nothing was read at all")


def patched(data, offset, value):
    """The log with a lying 32-bit size; checksums left as they are."""
    copy = bytearray(data)
    struct.pack_into("<I", copy, offset, value)
    return bytes(copy)


def damaged_regions_cost_only_themselves():
    with workplace() as folder:
        sound, records = sound_log(folder)
        data = sound.read_bytes()
        rng = random.Random(3)
        for i in range(FLIPS):
            copy = bytearray(data)
            at = rng.randrange(len(copy) - 600)
            if i % 2:
                copy[at:at + 512] = bytes(512)
            else:
                for k in range(at, at + 64, 4):
                    copy[k] ^= 1 << rng.randrange(8)
            (folder / f"logs/damage-{i}.evtx").write_bytes(copy)
        files, lines = replay_all(folder, folder / "logs")
        expect_equal(files["sound.evtx"]["records"], records, "the sound log")
        told = {name for name, f in files.items() if f["errors"] or f["error"]}
        expect_equal(lines, told, "files with errors, and lines about them")
        lost = [name for name, f in files.items() if f["records"] + f["errors"] == 0]
        expect_equal(lost, [], "files of which nothing came and nothing was said")
        expect(len(told) > FLIPS // 2, f"only {len(told)} damages were noticed")


def sizes_that_lie_are_not_believed():
    with workplace() as folder:
        sound, records = sound_log(folder)
        data = sound.read_bytes()
        record = evtx.HEADER_LEN + 512
        places = {"chunks": 40, "header": 36, "names": evtx.HEADER_LEN + 128,
                  "free": evtx.HEADER_LEN + 48, "last": evtx.HEADER_LEN + 44,
                  "record": record + 4, "template": record + 24 + 10, "tree": record + 24 + 14,
                  "inner": record + 24 + 60}
        for name, offset in places.items():
            for lie in LIES:
                path = folder / f"logs/{name}-{lie}.evtx"
                path.write_bytes(patched(data, offset, lie))
        files, _ = replay_all(folder, folder / "logs")
        expect_equal(files["sound.evtx"]["records"], records, "the sound log")
        expect_equal(len(files), len(places) * len(LIES) + 1, "files")


def ndjson_of_any_kind_is_bounded():
    event = {"time": "2026-11-01T00:00:00.0000000Z", "kind": "logon_failure", "host": "PC-A"}
    lines = ["{", "[]", "null", '{"time": 1}', '{"a":' * 5000 + "1" + "}" * 5000,
             json.dumps(event | {"unknown": 1}), json.dumps(event | {"logon_type": "x"}),
             json.dumps(event | {"account": "a" * 300_000}), json.dumps(event | {"host": "\0"}),
             '{"kind":"logon_failure","kind":"logon_failure"}', "\x7f\x80\xff",
             json.dumps(event | {"account": "\ud800"}), json.dumps(event | {"src": "999.1.1.1"})]
    with workplace() as folder:
        path = folder / "bad.ndjson"
        text = "\n".join([json.dumps(event), *lines, json.dumps(event)])
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        files, told = replay_all(folder, path)
        expect_equal(told, {"bad.ndjson"}, "lines on stderr")
        expect(files["bad.ndjson"]["records"] >= 2, "the sound lines were not read")
        expect(files["bad.ndjson"]["errors"] >= 8, f"errors: {files['bad.ndjson']}")


def shown_clean(words, store):
    """Nothing that a terminal would obey, or that would turn the direction of text."""
    result = kanari(*words, "--store", store)
    text = result.out.decode("utf-8") + result.err.decode("utf-8")
    for c in text:
        bad = c in BIDI or (unicodedata.category(c) in ("Cc", "Cs") and c != "\n")
        expect(not bad, f"{' '.join(words)} shows U+{ord(c):04X}")
    return text


def hostile_names_never_reach_a_screen():
    with workplace() as folder:
        simulate(folder, "--hostile", 1)
        result = kanari("replay", folder / "logs", "--store", folder / "k.db", "-o", "json")
        expect(result.out.isascii(), "JSON is not ASCII")
        attempts = json.loads(result.out)["events"]["logon_attempt"]
        expect_equal(attempts, json.loads((folder / "truth.json").read_text())["attempts"], "tries")
        for lang in ("en", "ja"):
            for words in (["alerts"], ["alerts", "-o", "list"], ["story"], ["logons"],
                          ["logons", "--by", "account"], ["events"], ["events", "-o", "list"],
                          ["story", "-o", "list"], []):
                text = shown_clean([*words, "--lang", lang], folder / "k.db")
                expect(all(len(line) < 20_000 for line in text.splitlines()), "endless lines")
        text = kanari("replay", folder / "logs").text
        expect(not any(unicodedata.category(c) == "Cc" and c != "\n" for c in text), "replay")


def hostile_names_stay_data_for_programs():
    with workplace() as folder:
        simulate(folder, "--hostile", 1)
        kanari("replay", folder / "logs", "--store", folder / "k.db")
        rows = kanari("events", "--store", folder / "k.db", "-o", "json").json()
        accounts = [row["account"] for row in rows if row["kind"] == "logon_failure"]
        for due in ("\x1b]0;owned\x07", "%n%n%s%s", "two\nlines", "=cmd|' /C calc'!A0",
                    "'; DROP TABLE event;--"):
            expect(due in accounts, f"{due!r} did not come through")
        expect(max(map(len, accounts)) <= 512, "a name is longer than the cap")
        text = kanari("events", "--store", folder / "k.db", "-o", "csv").text
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
            for cell in row:
                expect(cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), f"csv cell {cell!r}")


def words_of_the_command_line_are_checked():
    with workplace() as folder:
        for words in (["replay"], ["replay", "--nonsense", "x"], ["nonsense"],
                      ["alerts", "--severity", "awful"], ["alerts", "\x1b[2J", "x"],
                      ["alerts", "--since", "%n"], ["--lang", "xx"], ["query"]):
            result = kanari(*words, code=USAGE, env={"KANARI_STORE": str(folder / "k.db")})
            expect_equal(len(result.err_lines), 1, f"{words}: lines on stderr")
            expect(result.err_lines[0].isprintable(), f"{words}: {result.err!r}")
            expect_equal(result.out, b"", f"{words}: output")
        kanari("alerts", "--store", folder / "none.db", code=NOT_FOUND)
        kanari("version", code=DONE, program=CHECKED)


if __name__ == "__main__":
    checks.run(what_is_no_log_gets_one_line_each, what_is_no_file_does_not_hang,
               what_is_not_there_is_not_found, a_log_cut_anywhere_gives_what_is_left,
               damaged_regions_cost_only_themselves, sizes_that_lie_are_not_believed,
               ndjson_of_any_kind_is_bounded, hostile_names_never_reach_a_screen,
               hostile_names_stay_data_for_programs, words_of_the_command_line_are_checked)
