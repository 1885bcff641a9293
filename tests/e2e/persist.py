#!/usr/bin/env python3
"""Tasks, WMI consumers, script blocks, devices and networks: from logs to events, in exact numbers,
the same however the logs are split and in however many steps they are read."""
import hashlib
import json
import subprocess

from lib import checks
from lib.checks import expect, expect_equal, expect_same_bytes
from lib.programs import SIM, environment, kanari, query, replay, workplace

HEAD, CHUNK, PART = 4096, 65536, 15000
GAP = "\n[...]\n"
KINDS = {"task_change": 4, "wmi_consumer": 1, "script_block": 5, "device_arrival": 3,
         "adapter_change": 1}


def logs_in(folder):
    folder.mkdir()
    subprocess.run([SIM.with_name("sim_persist"), folder], check=True, env=environment())
    return folder


def events_of(store, *options):
    lines = kanari("events", "--store", store, "-o", "ndjson", *options).out.splitlines()
    return [json.loads(line) for line in lines]


def part(number):
    return chr(ord("a") + number) * PART


def scripts_due():
    """id -> text, bytes of the whole, parts, parts missing, level, record id."""
    long = "".join(part(i) for i in range(1, 7))
    texts = {"0000": (f"Get-Process # {block_id('0000')}", None, None, None, 5, "1"),
             "0002": (part(1) + part(2), None, 2, None, 5, "5"),
             "0001": (part(1) + part(2) + part(3), None, 3, None, 3, "6"),
             "0004": (long[:40000] + GAP + long[-(60000 - 40000 - len(GAP)):], long, 6, None, 3,
                      "14"),
             "0003": (part(1) + GAP + part(3), part(1) + part(3), 3, 1, 3, "8")}
    return {block_id(key): value for key, value in texts.items()}


def block_id(number):
    return f"00000000-0000-0000-{number}-000000000000"


def every_record_becomes_its_event():
    with workplace() as folder:
        logs, store = logs_in(folder / "logs"), folder / "k.db"
        report = replay(store, logs, options=["--records"])
        expect_equal(sum(file["records"] for file in report["files"]), 23, "records")
        expect_equal(sum(file["events"] for file in report["files"]), 23, "records mapped")
        expect_equal({k: n for k, n in report["events"].items() if n}, KINDS, "events")
        expect_equal([(r["id"], r["count"]) for r in report["records"]],
                     [(400, 1), (420, 1), (10000, 1), (4104, 14), (106, 1), (140, 2), (141, 1),
                      (5861, 1), (2003, 1)], "records by id")
        expect_equal(report["alerts"], [], "alerts")
        expect_equal(query(store, "SELECT name, value FROM v_health ORDER BY 1"),
                     [("scripts_cut", 1), ("scripts_incomplete", 1)], "health")
        expect_equal(query(store, "SELECT action, task, subject_domain, subject_account "
                           "FROM v_events WHERE kind='task_change'"),
                     [("registered", "\\\x1b[2Jevil", "ACME", "kumi"),
                      ("changed", "\\\x1b[2Jevil", "ACME", "kumi"),
                      ("changed", "\\\x1b[2Jevil", "ACME", "kumi"),
                      ("deleted", "\\\x1b[2Jevil", None, "S-1-5-18")], "tasks")
        expect_equal(query(store, "SELECT path, object, parent_object, query, command_line "
                           "FROM v_events WHERE kind='wmi_consumer'"),
                     [("//./root/subscription", 'CommandLineEventConsumer="blackball"', "blackball",
                       "SELECT * FROM X", 'powershell -w hidden -c "IEX"')], "consumers")
        expect_equal(query(store, "SELECT action, object, object_name, text FROM v_events WHERE "
                           "kind IN ('device_arrival','adapter_change') ORDER BY time_ft"),
                     [("configured", "USB\\VID_12D1&PID_14DC\\0", None,
                       "usb\\class_e0&subclass_01&prot_03"),
                      ("removed", "USB\\VID_12D1&PID_14DC\\0", None, None),
                      ("arrived", "{12345678-1234-5678-0102-030405060708}", "LTE Modem", None),
                      ("connected", "{12345678-1234-5678-0102-030405060708}", "Network 3",
                       "hotspot")], "devices and networks")


def script_blocks_are_whole():
    with workplace() as folder:
        store = folder / "k.db"
        replay(store, logs_in(folder / "logs"))
        found = events_of(store, "--kind", "script_block")
        due = scripts_due()
        expect_equal([e["object"] for e in found], list(due), "order")
        for e in found:
            text, whole, parts, missing, level, record = due[e["object"]]
            whole = (text if whole is None else whole).encode()
            expect_equal(e["script"], text, "script of " + e["object"])
            expect_equal((e["script_len"], e["sha256"], e.get("parts"), e.get("parts_missing"),
                          e["level"], e["record_id"], e.get("part")),
                         (len(whole), hashlib.sha256(whole).hexdigest(), parts, missing, level,
                          record, None), e["object"])


def halves(path, folder):
    """A log as two files, cut between two of its chunks."""
    data = path.read_bytes()
    chunks = [data[at:at + CHUNK] for at in range(HEAD, len(data), CHUNK)]
    middle = len(chunks) // 2
    names = []
    for i, some in enumerate((chunks[:middle], chunks[middle:])):
        names.append(folder / f"half-{i}.evtx")
        names[-1].write_bytes(data[:HEAD] + b"".join(some))
    return names


def splits_and_steps_do_not_matter():
    with workplace() as folder:
        logs = logs_in(folder / "logs")
        others = [p for p in sorted(logs.iterdir()) if p.name != "PowerShell.evtx"]
        first, second = halves(logs / "PowerShell.evtx", folder)
        due = folder / "due.db"
        replay(due, logs)
        ways = {"halves": [[second, *others, first]],
                "twice": [[first, second, logs]],
                "again": [[logs], [logs]],
                "half, then all": [[first], [logs]],
                "all, then half": [[logs], [second]]}
        for name, steps in ways.items():
            store = folder / f"{name}.db"
            for paths in steps:
                replay(store, *paths)
            expect_same_bytes(kanari("events", "--store", store, "-o", "ndjson").out,
                              kanari("events", "--store", due, "-o", "ndjson").out, name)


def ndjson_is_read_again():
    with workplace() as folder:
        store, again = folder / "k.db", folder / "again.db"
        replay(store, logs_in(folder / "logs"))
        lines = kanari("events", "--store", store, "-o", "ndjson").out
        (folder / "k.ndjson").write_bytes(lines)
        replay(again, folder / "k.ndjson")
        expect_same_bytes(kanari("events", "--store", again, "-o", "ndjson").out, lines, "events")


def tables_escape_and_have_titles():
    with workplace() as folder:
        store = folder / "k.db"
        replay(store, logs_in(folder / "logs"))
        for kind in KINDS:
            for lang in ("en", "ja"):
                text = kanari("events", "--store", store, "--kind", kind, "--lang", lang).text
                expect("\x1b" not in text, f"{kind}: a control character")
                expect("_" not in text.splitlines()[0], f"{kind}: a column without a title")
        text = kanari("events", "--store", store, "--kind", "task_change").text
        expect(r"\x1B[2Jevil" in text, "the task is not shown")


if __name__ == "__main__":
    checks.run(every_record_becomes_its_event, script_blocks_are_whole,
               splits_and_steps_do_not_matter, ndjson_is_read_again,
               tables_escape_and_have_titles)
