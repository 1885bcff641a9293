#!/usr/bin/env python3
"""Kernel traces: what a walker of our own in Python and a foreign reader find in the recordings and
in the simulated incident is what Kanari finds; processes, accepts and names equal the truth."""
import collections
import json
import pathlib
import random
import subprocess
import sys

from lib import checks, etl
from lib.checks import detail, expect, expect_equal, expect_same_bytes
from lib.programs import (BUILD, CHECKED, RELEASE, alerts, kanari, kanari_wine, query, recording,
                          replay, simulate, workplace)

SEED = 3
KERNEL_PROCESS = "Microsoft-Windows-Kernel-Process"
KERNEL_NETWORK = "Microsoft-Windows-Kernel-Network"
TCPIP = "Microsoft-Windows-TCPIP"
DNS = "Microsoft-Windows-DNS-Client"
NT_PROCESS, NT_IMAGE = "NT Kernel/Process", "NT Kernel/Image"

# As the README beside the recordings counts them: (provider, id, version or None) -> how many.
DUE = {
    "kernel-network-win7-7601.etl": (8924, {
        (KERNEL_NETWORK, i, 0): n for i, n in
        {11: 7968, 10: 575, 43: 149, 27: 134, 59: 61, 26: 26, 42: 8, 29: 2}.items()}),
    "kernel-process-win7-7600.etl": (10344, {
        (KERNEL_PROCESS, 1, 0): 4, (KERNEL_PROCESS, 2, 1): 4,
        **{(KERNEL_PROCESS, i, None): n for i, n in
           {3: 287, 4: 264, 5: 1115, 6: 1153, 7: 810, 8: 5088, 9: 838, 10: 780}.items()}}),
    "kernel-process-win11-26200.etl": (4915, {
        (KERNEL_PROCESS, 1, 4): 2, (KERNEL_PROCESS, 2, 2): 1, (KERNEL_PROCESS, 3, 1): 40,
        (KERNEL_PROCESS, 4, 1): 43,
        **{(KERNEL_PROCESS, i, None): n for i, n in
           {5: 62, 6: 51, 21: 3656, 8: 864, 7: 174, 9: 20}.items()}}),
    "ntkernel-compressed-win11-22000.etl": (75930, {
        (NT_PROCESS, 1, 4): 124, (NT_PROCESS, 2, 4): 118, (NT_PROCESS, 3, 4): 396,
        (NT_PROCESS, 4, 4): 402}),
    "ntkernel-win10-18362.etl": (17078, {
        (NT_PROCESS, 3, 4): 94, (NT_PROCESS, 2, 4): 60, (NT_PROCESS, 4, 4): 37}),
}
IMAGES_WIN10 = 13_681  # Image v3 of types 2, 3 and 4 together

# The foreign reader, pinned. It reads a buffer up to Offset where SavedOffset says less: one record
# more in the relogged recording's first buffer (SavedOffset 440, Offset 520).
DISSECT = ("dissect.etl==3.14", "dissect.cstruct==4.7", "dissect.util==3.24")
DISSECT_READS_MORE = {"ntkernel-compressed-win11-22000.etl": {"system": 1}}


def counted(report):
    return {(row["provider"], row["id"], row["version"]): row["count"]
            for row in report["records"]}


def named(counts):
    return {f"{provider} {event_id} v{version}": n
            for (provider, event_id, version), n in counts.items()}


def sum_of(counts, due):
    """The counts, of any version where the due one names none."""
    provider, event_id, version = due
    return sum(n for (p, i, v), n in counts.items()
               if (p, i) == (provider, event_id) and version in (None, v))


# -- recordings -----------------------------------------------------------------------------------


def recordings_hold_what_their_readme_counts():
    with workplace() as folder:
        for name, (records, due) in DUE.items():
            report = replay(folder / (name + ".db"), recording(name), program=CHECKED,
                            options=["--records"])
            (file,) = report["files"]
            expect_equal((file["format"], file["records"], file["errors"], file["lost"],
                          file["error"]), ("etl", records, 0, 0, None), name)
            counts = counted(report)
            expect_equal({str(k): sum_of(counts, k) for k in due},
                         {str(k): n for k, n in due.items()}, name)
            expect_equal(report["alerts"], [], f"{name}: alerts")
            if name == "ntkernel-win10-18362.etl":
                expect_equal(sum(counts[NT_IMAGE, i, 3] for i in (2, 3, 4)), IMAGES_WIN10, name)


def a_walker_of_our_own_counts_the_same():
    for name in DUE:
        report = kanari("replay", recording(name), "--records", "-o", "json",
                        program=RELEASE).json()
        trace = etl.read(recording(name))
        expect_equal(named(counted(report)), named(trace.counts()), name)
        expect_equal(dict(trace.skipped), {}, f"{name}: records stepped over")


def every_recorded_start_has_its_command_line():
    name = "ntkernel-compressed-win11-22000.etl"
    due = collections.Counter()
    for record in etl.read(recording(name)).of(NT_PROCESS, 1):
        process = etl.classic_process(record)
        due[process["pid"], process["parent_pid"], process["command_line"], process["sid"]] += 1
    with workplace() as folder:
        replay(folder / "k.db", recording(name), program=CHECKED)
        rows = query(folder / "k.db", "SELECT process_id, parent_process_id, command_line, sid "
                     "FROM v_events WHERE kind='process_start'", CHECKED)
        expect_equal(len(rows), 124, "starts")
        expect(all(row[2] for row in rows), "a start without command line")
        found = collections.Counter(tuple(row) for row in rows)
        expect_equal(sorted(map(str, found.items())), sorted(map(str, due.items())), "starts")


def windows_reads_traces_as_linux_does():
    with workplace() as folder:
        for name in DUE:
            (folder / name).write_bytes(recording(name).read_bytes())
        words = ("replay", *DUE, "--records", "-o", "json", "--lang", "en")
        linux = kanari(*words, program=RELEASE, cwd=folder)
        windows = kanari_wine(*words, cwd=folder)
        expect_same_bytes(windows.out, linux.out, "replay")
        expect_same_bytes(windows.err, linux.err, "stderr")
        simulate(folder / "i", "--seed", SEED, "--scale", 20)
        kanari_wine("replay", "i/logs", "--store", "w.db", cwd=folder)
        replay(folder / "l.db", folder / "i/logs", program=RELEASE)
        for command in ("processes", "events"):
            written, due = (kanari(command, "--store", folder / store, "-o", "ndjson",
                                   program=RELEASE).out for store in ("w.db", "l.db"))
            expect_same_bytes(written, due, command)


# -- the incident ---------------------------------------------------------------------------------


class Case:
    """The incident once replayed; its traces as the walker reads them."""

    def __init__(self, folder):
        self.folder = folder
        self.incident = simulate(folder / "i", "--seed", SEED, "--scale", 20)
        self.truth = self.incident.truth
        self.traces = {path: etl.read(path) for path in self.incident.traces}
        self.store = folder / "k.db"
        self.report = replay(self.store, self.incident.logs, program=CHECKED,
                             options=["--records"])

    def trace(self, host, name):
        return self.traces[self.incident.logs / host / name]

    def query(self, sql):
        return query(self.store, sql, CHECKED)


def the_simulated_traces_hold_the_truth():
    with workplace() as folder:
        case = Case(folder)
        counts = sum((collections.Counter(t.counts()) for t in case.traces.values()),
                     collections.Counter())
        found = {k: n for k, n in counted(case.report).items() if k in counts}
        expect_equal(named(found), named(counts), "records")
        for host in ("PC-A", "PC-B"):
            trace = case.trace(host, "process.etl")
            expect_equal(trace.computer, host, "computer")
            expect_equal(case.trace(host, "network.etl").computer, None, "network.etl's computer")
            due = sorted((p["pid"], p["parent_pid"], p["sid"], p["image"], p["command_line"])
                         for p in case.truth["processes"] if p["host"] == host)
            told = sorted(tuple(etl.classic_process(r)[k] for k in
                                ("pid", "parent_pid", "sid", "image", "command_line"))
                          for r in trace.of(NT_PROCESS, 1, 3))
            expect_equal(told, due, f"processes of {host}")
            starts = sorted((p["pid"], p["start"]) for p in case.truth["processes"]
                            if p["host"] == host and not p["running"])
            told = sorted((p["pid"], p["start"]) for p in
                          map(etl.kernel_process_start, trace.of(KERNEL_PROCESS, 1)))
            expect_equal(told, starts, f"starts of {host}")
        expect({t.compressed > 0 for t in case.traces.values()} == {True, False},
               "not both plain and compressed")


def every_process_is_known_once_and_whole():
    with workplace() as folder:
        case = Case(folder)
        rows = case.query("SELECT host, pid, started_ft, ended_ft, parent_pid, sid, command_line, "
                          "image FROM v_processes")
        due = collections.Counter(
            (p["host"], p["pid"], p["start"] or None, p["end"] or None, p["parent_pid"] or None,
             p["sid"], p["command_line"] or None) for p in case.truth["processes"])
        found = collections.Counter(
            (host, pid, started and int(started), ended and int(ended), *rest[:3])
            for host, pid, started, ended, *rest in rows)
        expect_equal(sorted(map(str, found.items())), sorted(map(str, due.items())), "processes")
        images = {(row[0], row[1], row[7]) for row in rows}
        for p in case.truth["processes"]:
            if p["of_story"]:
                path = "C:" + p["folder"] + p["image"]
                expect((p["host"], p["pid"], path) in images, f"not there: {path}")


def children_stand_under_their_parents():
    with workplace() as folder:
        case = Case(folder)
        rows = kanari("processes", "--tree", "--store", case.store, "--host", "PC-A", "-o", "json",
                      program=CHECKED).json()
        above, chains = [], {}
        for row in rows:
            del above[row["depth"]:]
            above.append(row["image"].rsplit("\\", 1)[-1])
            chains.setdefault(above[-1], " ".join(above))
        expect_equal(chains["mimikatz.exe"], "explorer.exe cmd.exe mimikatz.exe", "the tool")
        expect_equal(chains["schtasks.exe"], "schtasks.exe", "a task whose parent had ended")
        expect_equal(chains["sqhost.exe"],
                     "System smss.exe wininit.exe services.exe sqhost.exe", "the miner")
        at = kanari("processes", "--store", case.store, "--host", "PC-A", "-o", "json", "--at",
                    "2026-11-03T22:43:30Z", program=CHECKED).json()
        running = {row["image"].rsplit("\\", 1)[-1] for row in at}
        expect("mimikatz.exe" in running and "sqhost.exe" not in running, f"running: {running}")


def accepts_and_names_equal_the_truth():
    with workplace() as folder:
        case = Case(folder)
        kinds = {"accept": "net_accept", "connect": "net_connect", "close": "net_close"}
        for row in case.truth["flows"]:
            found = case.query(f"SELECT count(*) FROM v_events WHERE kind='{kinds[row['kind']]}' "
                               f"AND host='{row['host']}'")
            expect_equal(found, [(row["count"],)], f"{row['host']}: {row['kind']}")
        due = collections.Counter()
        for host in ("PC-A", "PC-B"):
            for record in case.trace(host, "network.etl").of(TCPIP, 1017):
                e = etl.tcpip_ends(record)
                due[host, etl.iso(record.time), e["remote"], e["remote_port"], e["local"],
                    e["local_port"], e["pid"]] += 1
        rows = kanari("events", "--kind", "net_accept", "--store", case.store, "-o", "json",
                      program=CHECKED).json()
        found = collections.Counter((r["host"], r["time"], r["src"], r["src_port"], r["dst"],
                                     r["dst_port"], r["process_id"]) for r in rows)
        expect_equal(sorted(map(str, found.items())), sorted(map(str, due.items())), "accepts")
        entry = case.truth["success_after_failures"][0]
        of_intruder = sum(r["src"] == entry["source"] for r in rows)
        expect_equal(of_intruder, case.truth["accepts_of_intruder"], "accepts of the intruder")
        names = case.query("SELECT host, process_id, query, count(*) FROM v_events "
                           "WHERE kind='dns_query' GROUP BY 1, 2, 3")
        due = collections.Counter((q["host"], q["pid"], q["name"])
                                  for q in case.truth["queries"])
        expect_equal({str(row[:3]): row[3] for row in names},
                     {str(k): 2 * n for k, n in due.items()}, "names, asked and answered")


def two_sessions_and_the_logs_are_one_timeline():
    with workplace() as folder:
        case = Case(folder)
        hosts = case.query("SELECT DISTINCT host FROM v_events ORDER BY 1")
        expect_equal(hosts, [("PC-A",), ("PC-B",)], "computers")
        expect_equal([f["host"] for f in case.report["files"] if f["format"] == "etl"],
                     ["PC-A", "PC-A", "PC-B", "PC-B"], "computers of the traces")
        files = list(case.incident.files)
        random.Random(SEED).shuffle(files)
        replay(folder / "s.db", *files, program=CHECKED)
        for command in ("events", "processes", "adapters", "alerts", "story"):
            words = ("-o", "ndjson", "--lang", "en")
            expect_same_bytes(
                kanari(command, "--store", folder / "s.db", *words, program=CHECKED).out,
                kanari(command, "--store", case.store, *words, program=CHECKED).out, command)


def traces_change_no_alert():
    with workplace() as folder:
        case = Case(folder)
        replay(folder / "logs.db", *case.incident.evtx, program=CHECKED)
        expect_equal(alerts(case.store, CHECKED), alerts(folder / "logs.db", CHECKED), "alerts")
        replay(folder / "traces.db", *case.incident.traces, program=CHECKED)
        expect_equal(alerts(folder / "traces.db", CHECKED), [], "alerts of the traces alone")


# -- the foreign reader ---------------------------------------------------------------------------


def dissect_python():
    """The reader in an environment of its own, or None where no package index can be reached."""
    home = BUILD / "dissect"
    python = home / "bin/python"
    ready = home / "ready"
    if not ready.exists():
        for words in ([sys.executable, "-m", "venv", "--clear", home],
                      [python, "-m", "pip", "-q", "install", *DISSECT]):
            if subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=180,
                              check=False).returncode != 0:
                return None
        ready.touch()
    return python


def a_foreign_reader_counts_the_same():
    with workplace() as folder:
        incident = simulate(folder / "i", "--seed", SEED, "--scale", 20)
        paths = [*(recording(name) for name in DUE), *incident.traces]
        tool = pathlib.Path(__file__).resolve().parent / "lib/dissect_counts.py"
        out = subprocess.run([dissect_python(), tool, *paths], stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=300, check=True).stdout
        found = json.loads(out)
        for path in paths:
            due = collections.Counter(r.form for r in etl.read(path).records)
            due.update(DISSECT_READS_MORE.get(path.name, {}))
            expect_equal(found[str(path)], dict(due), path.name)


if __name__ == "__main__":
    foreign = [a_foreign_reader_counts_the_same]
    if dissect_python() is None:
        detail("dissect.etl was not asked: no package index can be reached")
        foreign = []
    checks.run(recordings_hold_what_their_readme_counts, a_walker_of_our_own_counts_the_same,
               every_recorded_start_has_its_command_line, windows_reads_traces_as_linux_does,
               the_simulated_traces_hold_the_truth, every_process_is_known_once_and_whole,
               children_stand_under_their_parents, accepts_and_names_equal_the_truth,
               two_sessions_and_the_logs_are_one_timeline, traces_change_no_alert, *foreign)
