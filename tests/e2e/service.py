#!/usr/bin/env python3
"""The service of the shipped program in a real Service Control Manager: Wine's."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from lib import checks
from lib.checks import Skip, expect, expect_equal
from lib.programs import (CHECKED, DONE, NOT_FOUND, USAGE, WINDOWS, WINE, WINESERVER, environment,
                          kanari, simulate, wine_environment, workplace)
from lib.sensor import WINDOWS as SIMULATOR
from lib.sensor import append, reported, wait_for

CYCLES = 50 if os.environ.get("CI") == "true" else 5
STOP_LIMIT = 5.0
CALL_LIMIT = 60
RUNNING_ALREADY = "Kanari was running already."
UNKNOWN_TO_WINE = 4  # settings: failure actions on errors, delayed start, SID, privileges


class Windows:
    """A prefix of its own, so that whatever is left running can be ended."""

    def __init__(self, folder):
        self.prefix = folder / "wine"
        self.env = environment(**wine_environment() | {"WINEPREFIX": str(self.prefix)})

    def open(self):
        base = pathlib.Path(wine_environment()["WINEPREFIX"])
        if not pathlib.Path(WINE).exists() or not WINDOWS.exists():
            raise Skip(f"no {WINE} or no {WINDOWS}")
        if not (base / "ready").exists():
            raise Skip(f"no prefix in {base}: run the unit tests under Wine first")
        subprocess.run(["cp", "-a", "--reflink=auto", base, self.prefix], check=True,
                       timeout=CALL_LIMIT)
        shutil.rmtree(self.data, ignore_errors=True)
        # Services end a second after the last program unless the server stays. What the first
        # program starts keeps its outputs open: they are nobody's.
        self.server("-p")
        subprocess.run([WINE, str(WINDOWS), "version"], env=self.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=CALL_LIMIT,
                       check=True)

    @property
    def data(self):
        return self.prefix / "drive_c/ProgramData/Kanari"

    def server(self, *words):
        subprocess.run([WINESERVER, *words], env=self.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=CALL_LIMIT,
                       check=False)

    def close(self):
        self.server("-k")
        self.server("-w")

    def run(self, *words):
        return subprocess.run([WINE, *map(str, words)], env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=CALL_LIMIT, check=False)

    def service(self, *words, code=DONE):
        """Lines of both outputs."""
        done = self.run(WINDOWS, "service", *words)
        out, err = (text.decode().splitlines() for text in (done.stdout, done.stderr))
        expect_equal(done.returncode, code, f"service {words}: {out} {err}")
        return out, err

    def state(self):
        """What the manager says, by another program than ours; None: no such service."""
        done = self.run("sc", "query", "kanari")
        words = done.stdout.decode(errors="replace").split()
        return words[words.index("STATE") + 3] if "STATE" in words else None

    def value(self, name):
        done = self.run("reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\kanari", "/v",
                        name)
        lines = [line.split(None, 2) for line in done.stdout.decode(errors="replace").splitlines()]
        return next((line[2] for line in lines if line[:1] == [name]), None)


@contextlib.contextmanager
def windows():
    with workplace() as folder:
        w = Windows(folder)
        try:
            w.open()
            yield w
        finally:
            w.close()


def one_life(w):
    """Seconds of the stop."""
    out, _ = w.service("install")
    expect(out[0].startswith("Kanari is installed"), out)
    expect_equal(w.service("start")[0], ["Kanari is running."], "start")
    expect_equal(w.state(), "RUNNING", "state")
    began = time.monotonic()
    expect_equal(w.service("stop")[0], ["Kanari is stopped."], "stop")
    took = time.monotonic() - began
    expect_equal(w.state(), "STOPPED", "state")
    out, _ = w.service("uninstall")
    expect(out[0].startswith("Kanari is removed."), out)
    return took


def it_lives_again_and_again():
    with windows() as w:
        times = [one_life(w) for _ in range(CYCLES)]
        expect(max(times) < STOP_LIMIT, f"a stop took {max(times):.2f} s")
        expect_equal((w.state(), w.value("ImagePath")), (None, None), "nothing is left")
        print(f"    {CYCLES} lives; a stop takes {sorted(times)[len(times) // 2]:.2f} s, "
              f"at most {max(times):.2f} s")


def it_is_installed_as_documented():
    with windows() as w:
        _, notes = w.service("install")
        expect_equal(len(notes), UNKNOWN_TO_WINE, notes)
        path = "Z:" + str(WINDOWS).replace("/", "\\")
        expect_equal(w.value("ImagePath"), f'"{path}" service run', "command line")
        expect_equal(w.value("Start"), "0x2", "starts with Windows")
        expect_equal(w.value("Type"), "0x10", "own process")
        expect_equal(w.value("ObjectName"), "LocalSystem", "account")
        expect_equal(w.value("DependOnService"), "EventLog", "depends on")
        expect_equal(w.value("DisplayName"), "Kanari intrusion sensor", "name")
        expect(w.value("Description").startswith("Watches who gets into this PC"), "description")
        expect_equal(w.value("PreshutdownTimeout"), "0x2710", "time before shutdown")
        out, _ = w.service("install", "--store", r"x y\k.db", "--config", r"C:\k.json")
        expect(out[0].startswith("Kanari was installed already"), out)
        cwd = "Z:" + os.getcwd().replace("/", "\\")
        expect_equal(w.value("ImagePath"), rf'"{path}" service run --store "{cwd}\x y\k.db" '
                     r"--config C:\k.json", "command line with paths")
        expect_equal(w.service("start")[0], ["Kanari is running."], "it starts with them")
        w.service("uninstall")
        expect_equal(w.state(), None, "a running one is stopped and removed")


def errors_are_one_line_and_a_code():
    with windows() as w:
        for word in ("start", "stop", "reload", "uninstall"):
            out, err = w.service(word, code=NOT_FOUND)
            expect_equal((out, err), ([], [f"kanari service {word}: Kanari is not installed; "
                                           "first: kanari service install"]), word)
        w.service("install")
        for word in ("stop", "reload"):
            out, err = w.service(word, code=NOT_FOUND)
            expect_equal((out, err), ([], [f"kanari service {word}: Kanari is not running; start "
                                           "it: kanari service start"]), word)
        w.service("start")
        expect_equal(w.service("start")[0], [RUNNING_ALREADY], "a second start")
        w.service("reload")
        expect_equal(w.state(), "RUNNING", "after a reload")


def the_data_folder_is_its_own():
    with windows() as w:
        w.service("install")
        for _ in range(3):
            w.service("start")
            w.service("stop")
        expect(w.data.is_dir(), f"no {w.data}")
        expect_equal([p.name for p in w.data.parent.glob("Kanari*")], ["Kanari"], "kept")
        (w.data / "note.txt").write_text("kept")
        w.service("start")
        w.service("stop")
        expect_equal((w.data / "note.txt").read_text(), "kept", "its content")
        shutil.rmtree(w.data)
        w.data.write_text("a file in its place")
        w.service("start")
        w.service("stop")
        aside = list(w.data.parent.glob("Kanari.foreign-*"))
        expect_equal([p.read_text() for p in aside], ["a file in its place"], "moved aside")
        expect(w.data.is_dir(), "a new folder in its place")


def unsupported(w, name):
    said = w.run(WINDOWS, "status", "-o", "json").stdout
    return name in said and b"unsupported" in said


def it_says_what_wine_has_not():
    """No Event Log, no audit policy: it stays up and says so."""
    with windows() as w:
        w.service("install")
        w.service("start")
        for source in (b"Security", b"Kanari-Process"):
            wait_for(f"what it cannot read: {source}",
                     lambda name=source: unsupported(w, name))
        said = w.run(WINDOWS, "status", "-o", "json")
        state = json.loads(said.stdout)[0]["state"]
        expect_equal((said.returncode, state), (1, "running"), "status")
        expect_equal(w.state(), "RUNNING", "state")
        w.service("stop")
        expect_equal(w.run(WINDOWS, "status").returncode, NOT_FOUND, "status of a stopped one")


def the_incident_live():
    """The simulator's build, run by the Service Control Manager; the shipped program tells."""
    with windows() as w, workplace() as folder:
        made = simulate(folder / "made", "--seed", 1)
        append(folder, *[f for f in made.evtx if f.parent.name == "PC-A"])
        path = "Z:" + str(folder).replace("/", "\\")
        words = rf"{windows_path(SIMULATOR)} service --log {path}\log --store {path}\kanari.db " \
            rf"--report {path}\report --since 1"
        w.run("sc", "create", "kanari", "binPath=", words, "type=", "own")
        w.run("sc", "start", "kanari")
        expect_equal(w.state(), "RUNNING", "state")
        wait_for("the story", lambda: b"CRITICAL" in w.run(
            WINDOWS, "story", "--store", rf"{path}\kanari.db", "--since", "365d").stdout)
        wait_for("its events", lambda: {2004, 2006, 3000} <= {r[0] for r in reported(folder)},
                 lambda: f"{sorted({r[0] for r in reported(folder)})}")
        w.run("sc", "stop", "kanari")
        wait_for("its end", lambda: w.state() == "STOPPED", seconds=STOP_LIMIT)
        expect_equal(reported(folder)[-1][0], 1001, "its last word")


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def the_console_runs_it():
    words = [CHECKED, "service", "run", "--console"]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment(), text=True)
        first = process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=CALL_LIMIT)
        expect_equal((first + out, err, process.returncode),
                     ("Kanari runs in this console; Ctrl-C stops it.\nKanari has stopped.\n", "",
                      DONE), number)
    for word in ("install", "uninstall", "start", "stop", "reload"):
        result = kanari("service", word, code=USAGE)
        expect_equal(len(result.err_lines), 1, word)


if __name__ == "__main__":
    checks.run(the_console_runs_it, it_says_what_wine_has_not, the_incident_live,
               it_is_installed_as_documented, errors_are_one_line_and_a_code,
               the_data_folder_is_its_own, it_lives_again_and_again)
