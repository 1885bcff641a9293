#!/usr/bin/env python3
"""The simulated logs are real .evtx files: two foreign readers read them in full, and read the
same values as Kanari. So what the other checks conclude from these logs holds for real ones."""
import collections
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from xml.etree import ElementTree

from lib import checks
from lib.checks import Skip, expect, expect_equal
from lib.programs import RELEASE, foreign_reader, kanari, replay, simulate, workplace

NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
PYTHON_READER = "/usr/bin/evtx_dump.py"
PYTHON_SCALE = 100  # values are compared on the smaller computer's logs at this scale
PYTHON_TIMEOUT = 800  # seconds for one log: it takes about 6 ms a record
COMPARED = 200  # records of each log whose values are compared
# Names in the record, and in our events.
FIELDS = {"TargetUserName": "account", "TargetUserSid": "sid", "LogonType": "logon_type",
          "IpAddress": "src", "IpPort": "src_port", "SubStatus": "sub_status",
          "LogonProcessName": "logon_process", "IPString": "src", "UserName": "account"}


def evtxexport(path):
    """(record number -> event id) as evtxexport reads them."""
    text = subprocess.run([foreign_reader("evtxexport"), path], capture_output=True, check=True,
                          timeout=120).stdout.decode("utf-8", "replace")
    numbers = re.findall(r"^Event number\s*: (\d+)", text, re.M)
    ids = re.findall(r"^Event identifier.*\((\d+)\)", text, re.M)
    expect_equal(len(numbers), len(ids), f"{path.name}: records without an id")
    return dict(zip(map(int, numbers), map(int, ids)))


def python_evtx(path):
    """(record number -> its XML) as python3-evtx reads them."""
    try:
        done = subprocess.run(["/usr/bin/python3", PYTHON_READER, path], capture_output=True,
                              check=True, timeout=200)
    except FileNotFoundError as missing:
        raise Skip("python3-evtx is not installed") from missing
    except subprocess.CalledProcessError as failed:
        if b"No such file" in failed.stderr or b"No module" in failed.stderr:
            raise Skip("python3-evtx is not installed") from failed
        raise
    found = {}
    for event in ElementTree.fromstring(done.stdout):
        number = event.find(f"{NAMESPACE}System/{NAMESPACE}EventRecordID")
        found[int(number.text)] = event
    return found


def our_events(store, host):
    """(channel, record number) -> event."""
    rows = kanari("events", "--store", store, "--host", host, "-o", "json",
                  program=RELEASE).json()
    return {(row["channel"], int(row["record_id"])): row for row in rows if "record_id" in row}


def evtxexport_reads_every_record():
    with workplace() as folder:
        incident = simulate(folder, "--seed", 3, "--scale", 10)
        ids = collections.Counter()
        for path in incident.evtx:
            found = evtxexport(path)
            expect_equal(sorted(found), list(range(1, len(found) + 1)), f"{path.name}: numbers")
            ids.update(found.values())
        expect_equal(sum(ids.values()), incident.truth["records"], "records")
        report = replay(folder / "k.db", *incident.evtx, program=RELEASE, options=["--records"])
        ours = collections.Counter()
        for row in report["records"]:
            ours[row["id"]] += row["count"]
        expect_equal(ours, ids, "records by event id")


def same_value(name, theirs, ours):
    if name == "SubStatus":
        return int(theirs, 16) == int(ours, 16)
    return theirs == str(ours)


def compare(event, ours):
    names = {data.get("Name"): data.text for data in event.iter(f"{NAMESPACE}Data")}
    for name, field in FIELDS.items():
        value = names.get(name)
        if value in (None, "-", "0", "") or (name == "LogonProcessName" and field not in ours):
            continue
        if name == "LogonProcessName":
            value = value.strip()
        expect(field in ours, f"{name}={value} is missing in {ours}")
        expect(same_value(name, value, str(ours[field]).strip()),
               f"{name}: {value!r}, ours {ours[field]!r}")
    theirs = event.find(f"{NAMESPACE}System/{NAMESPACE}TimeCreated").get("SystemTime")
    apart = datetime.fromisoformat(theirs) - datetime.fromisoformat(ours["time"][:26])
    expect(abs(apart) < timedelta(milliseconds=1), f"time {theirs}, ours {ours['time']}")


def python_evtx_count(path):
    """How many records python3-evtx prints, without parsing what it prints."""
    try:
        done = subprocess.run(["/usr/bin/python3", PYTHON_READER, path], capture_output=True,
                              check=True, timeout=PYTHON_TIMEOUT)
    except FileNotFoundError as missing:
        raise Skip("python3-evtx is not installed") from missing
    return done.stdout.count(b"<EventRecordID")


def both_read_the_whole_incident():
    with workplace() as folder:
        incident = simulate(folder, "--seed", 1)
        with ThreadPoolExecutor(2) as pool:
            counts = list(pool.map(python_evtx_count, incident.evtx))
        expect_equal(sum(counts), incident.truth["records"], "records that python3-evtx read")
        expect_equal(counts, [len(evtxexport(path)) for path in incident.evtx],
                     "records that evtxexport read, log by log")


def python_evtx_reads_the_same_values():
    with workplace() as folder:
        incident = simulate(folder, "--seed", 4, "--scale", PYTHON_SCALE)
        replay(folder / "k.db", incident.logs, program=RELEASE)
        ours = our_events(folder / "k.db", "PC-B")
        compared = 0
        for path in incident.evtx:
            if path.parent.name != "PC-B":
                continue
            found = python_evtx(path)
            expect_equal(sorted(found), list(range(1, len(found) + 1)), f"{path.name}: numbers")
            channel = path.stem.replace("%4", "/")
            for number in list(found)[:COMPARED]:
                if (channel, number) in ours:
                    compare(found[number], ours[channel, number])
                    compared += 1
        expect(compared >= 300, f"only {compared} records were compared")


if __name__ == "__main__":
    checks.run(evtxexport_reads_every_record, python_evtx_reads_the_same_values,
               both_read_the_whole_incident)
