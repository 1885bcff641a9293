"""Running Kanari (native, or its .exe under Wine), the simulator and foreign readers."""
import contextlib
import functools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from lib.checks import Failure, Skip

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("KANARI_BUILD", ROOT / "build")).resolve()
# With the sanitizers, for what is small or hostile; as it ships, for the rest.
CHECKED = pathlib.Path(os.environ.get("KANARI", BUILD / "linux-asan/kanari")).resolve()
RELEASE = pathlib.Path(os.environ.get("KANARI_RELEASE", CHECKED)).resolve()
WINDOWS = pathlib.Path(os.environ.get("KANARI_WINDOWS", BUILD / "windows/kanari.exe")).resolve()
SIM = pathlib.Path(os.environ.get("KANARI_SIM", BUILD / "linux/tests/sim_incident")).resolve()
DATA = pathlib.Path(os.environ.get("KANARI_DATA", ROOT / "../shared/data")).resolve() / "evtx"
WINE = "/usr/lib/wine/wine64"
WINESERVER = "/usr/lib/wine/wineserver64"
TIMEOUT = 120

DONE, USAGE, NOT_FOUND, ACCESS, BAD_INPUT, INTERNAL = 0, 2, 3, 4, 5, 6

_home = tempfile.TemporaryDirectory(prefix="kanari-e2e-home-")


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self):
        return self.out.decode("utf-8")

    @property
    def err_lines(self):
        return self.err.decode("utf-8").splitlines()

    def json(self):
        return json.loads(self.out)


def environment(**more):
    """The same on every machine: no language, no time zone, no store or settings of the user."""
    keep = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH", "TMPDIR")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    return env | {"HOME": _home.name, "LC_ALL": "C.UTF-8", "TZ": "UTC"} | more


def _finish(words, process, code):
    if b"Sanitizer" in process.stderr or b"runtime error:" in process.stderr:
        raise Failure(process.stderr.decode("utf-8", "replace"))
    if code is not None and process.returncode != code:
        raise Failure(f"exit code {process.returncode}, due {code}: {' '.join(map(str, words))}\n"
                      + process.stderr.decode("utf-8", "replace"))
    return Result(process.returncode, process.stdout, process.stderr)


def kanari(*words, program=None, code=DONE, cwd=None, env=None, timeout=TIMEOUT):
    """One run; code=None takes any exit code. `program` is CHECKED unless named."""
    words = [program or CHECKED, *map(str, words)]
    process = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd,
                             env=environment(**(env or {})), timeout=timeout, check=False)
    return _finish(words, process, code)


def wine_environment():
    prefix = os.environ.get("WINEPREFIX", str(BUILD / "wine"))
    return {"WINEPREFIX": prefix, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}


@functools.cache
def wine_ready():
    """The first start in a new prefix takes long and talks; it is over before anything counts."""
    if not pathlib.Path(WINE).exists():
        raise Skip(f"no {WINE}")
    if not WINDOWS.exists():
        raise Skip(f"no {WINDOWS}")
    # A server that outlives its programs by a few seconds makes each start in 0.1 s.
    subprocess.run([WINESERVER, "-p15"], env=environment(**wine_environment()), check=False)
    subprocess.run([WINE, str(WINDOWS), "version"], stdin=subprocess.DEVNULL, capture_output=True,
                   env=environment(**wine_environment()), timeout=TIMEOUT, check=True)


def kanari_wine(*words, code=DONE, cwd=None, env=None, timeout=TIMEOUT):
    """The Windows program. Name files by relative paths: they read the same on both systems."""
    wine_ready()
    words = [WINE, str(WINDOWS), *map(str, words)]
    process = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd,
                             env=environment(**wine_environment(), **(env or {})),
                             timeout=timeout, check=False)
    return _finish(words, process, code)


@contextlib.contextmanager
def workplace():
    """A folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kanari-e2e-") as name:
        yield pathlib.Path(name)


class Incident:
    """The simulated incident: where its logs are, and what must be found in them."""

    def __init__(self, folder):
        self.folder = folder
        self.logs = folder / "logs"
        self.evtx = sorted(self.logs.rglob("*.evtx"))
        self.traces = sorted(self.logs.rglob("*.etl"))
        self.events = sorted(self.logs.rglob("*.ndjson"))
        self.files = sorted([*self.evtx, *self.traces, *self.events])
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def simulate(folder, *options):
    subprocess.run([SIM, *map(str, options), folder], check=True, stdout=subprocess.DEVNULL,
                   env=environment(), timeout=TIMEOUT)
    return Incident(pathlib.Path(folder))


def recording(name):
    path = (DATA.parent / "etl" if name.endswith(".etl") else DATA) / name
    if not path.exists():
        raise Skip(f"no recording {path}")
    return path


def foreign_reader(name):
    path = shutil.which(name)
    if path is None:
        raise Skip(f"{name} is not installed")
    return path


def replay(store, *paths, program=None, code=DONE, options=()):
    """Replays into a store; the report as an object."""
    words = ["replay", *paths, "--store", store, "-o", "json", *options]
    return kanari(*words, program=program, code=code).json()


def query(store, sql, program=None):
    """Rows of a query as tuples."""
    rows = kanari("query", sql, "--store", store, "-o", "json", program=program).json()
    return [tuple(row.values()) for row in rows]


def alerts(store, program=None):
    return kanari("alerts", "--store", store, "-o", "json", "--lang", "en",
                  program=program).json()
