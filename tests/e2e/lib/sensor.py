"""The sensor on a simulated Event Log (tests/support/kanari_sim.c): running, killed, asked."""
import contextlib
import json
import pathlib
import sqlite3
import subprocess
import time

from lib.checks import Failure, expect_equal
from lib.programs import (BUILD, RELEASE, TIMEOUT, WINE, environment, query,
                          wine_environment)

SENSOR = BUILD / "linux-asan/tests/kanari_sim"
FAST = BUILD / "linux/tests/kanari_sim"
WINDOWS = BUILD / "windows/tests/kanari_sim.exe"
PAUSE = 0.05


class Sensor:
    """One run in a folder that holds its log, its store and what it reported."""

    def __init__(self, folder, program=SENSOR, since=None, config=None, traces=None):
        wine = program == WINDOWS
        words = [*([WINE] if wine else []), program, "run", "--log", "log", "--store",
                 "kanari.db", "--report", "report"]
        words += ["--since", str(since)] if since else []
        words += ["--config", config] if config else []
        if traces:  # what the ETW sessions of a run before have kept of that computer
            words += ["--host", traces.name, "--process", traces / "process.etl",
                      "--network", traces / "network.etl"]
        self.folder = folder
        self.process = subprocess.Popen([str(w) for w in words], cwd=folder,
                                        env=environment(**wine_environment() if wine else {}),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self._says(b"running\n")

    def _says(self, due):
        line = self.process.stdout.readline().replace(b"\r\n", b"\n")
        if line != due:
            self.process.kill()
            raise Failure(f"said {line!r}, due {due!r}: {self.process.stderr.read().decode()}")

    def stop(self):
        """How long it took."""
        start = time.monotonic()
        self.process.stdin.close()
        self._says(b"stopped\n")
        code = self.process.wait(TIMEOUT)
        expect_equal((code, self.process.stderr.read().decode()), (0, ""), "the end of the sensor")
        return time.monotonic() - start

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT)
        err = self.process.stderr.read().decode()
        expect_equal(err, "", "what the sensor said before it was killed")

    def rss_kib(self):
        status = open(f"/proc/{self.process.pid}/status", encoding="ascii").read()
        return int(status.split("VmRSS:")[1].split()[0])

    def cpu_seconds(self):
        """By thread: its name, its seconds. Those of the simulated Event Log, whose calls are the
        collector's, are "simulator" and not the collector's. Who has ended is missing."""
        self.process.stdin.write(b"cpu\n")
        self.process.stdin.flush()
        taken = {"simulator": int(self.process.stdout.readline()) / 1e9}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # it has just ended
                name = (task / "comm").read_text(encoding="ascii").strip()
                taken[name] = int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
        taken["collector"] -= taken["simulator"]
        return taken


@contextlib.contextmanager
def sensor(folder, **options):
    """Runs, and is stopped at the end; killed when something went wrong before."""
    running = Sensor(folder, **options)
    try:
        yield running
    except BaseException:
        running.process.kill()
        raise
    if running.process.poll() is None:
        running.stop()


def simulator(*words, cwd, program=FAST):
    process = subprocess.run([str(w) for w in (program, *words)], cwd=cwd, env=environment(),
                             stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=TIMEOUT, check=False)
    expect_equal((process.returncode, process.stderr), (0, ""), f"kanari_sim {words[0]}")
    return process.stdout


def append(folder, *files):
    return simulator("append", "log", *files, cwd=folder)


def flood(folder, first, count, per_second=0):
    return simulator("flood", "log", first, count, per_second, cwd=folder)


def past(folder, first, count, seconds):
    return simulator("past", "log", first, count, seconds, cwd=folder)


def flooding(folder, first, count, per_second, how="flood"):
    """The same, while the caller goes on."""
    words = [FAST, how, "log", first, count, per_second]
    return subprocess.Popen([str(w) for w in words], cwd=folder, env=environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def wait_for(what, condition, explain=lambda: "", seconds=TIMEOUT):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"after {seconds} s still not: {what}; {explain()}")
        time.sleep(PAUSE)


def number(folder, sql):
    """One number of the store, by SQLite's own library; 0 while there is no store."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder}/kanari.db?mode=ro", uri=True,
                                                timeout=10)) as db:
            return (db.execute(sql).fetchone() or (0,))[0] or 0
    except sqlite3.OperationalError:
        return 0


def attempts(folder):
    return number(folder, "SELECT count(*) FROM attempt")


def status(folder):
    return dict(query(folder / "kanari.db", "SELECT name, value FROM v_status", RELEASE))


def reported(folder):
    """(rule, id, revision, severity, state) of each event of the log Kanari."""
    report = folder / "report"
    found = []
    for line in report.read_text(encoding="utf-8").splitlines() if report.exists() else ():
        event = json.loads(line)
        expect_equal(event["log"], "Kanari", "log")
        strings = event["strings"]
        found.append((event["id"], strings[1], int(strings[2]), strings[4], strings[5]))
    return found
