#!/usr/bin/env python3
"""The recordings of real attacks and of an honest PC: exact counts, the right alerts, no others.

What is due stands in the README beside the recordings; independent readers counted it.
"""
import collections
import ipaddress
import re
import subprocess

from lib import checks
from lib.checks import expect, expect_equal
from lib.programs import RELEASE, alerts, foreign_reader, query, recording, replay, workplace

SECURITY = "Microsoft-Windows-Security-Auditing"
EVENTLOG = "Microsoft-Windows-Eventlog"
CORETS = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS"
RCM = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
LOW_AND_SLOW = "212.92.115.217"

# Every (provider, id) of every file. evtxexport reads nothing of the templateless file; of the
# two of 2018 it reads what is here, but for the last record before a torn page.
RECORDS = {
    "smb-guessing-security.evtx": {(SECURITY, 4625): 3561},
    "kerberos-4771-guessing.evtx": {(SECURITY, 4771): 54},
    "rdp-131-burst-templateless.evtx": {(CORETS, 131): 154},
    "rdp-internet-2018-rcm.evtx": {(RCM, 261): 1770, (RCM, 1149): 5},
    "rdp-internet-2018-corets.evtx": {
        (CORETS, event_id): count for event_id, count in {
            65: 124, 72: 379, 102: 124, 103: 129, 107: 1, 131: 126, 132: 1, 140: 126, 141: 124,
            142: 1, 143: 119, 145: 124, 148: 398, 226: 118, 227: 15, 228: 1}.items()},
    "benign-security.evtx": {
        (EVENTLOG, 1101): 1, (EVENTLOG, 1102): 1, **{
            (SECURITY, event_id): count for event_id, count in {
                4608: 1, 4616: 3, 4624: 197, 4625: 15, 4627: 194, 4634: 8, 4648: 12, 4672: 184,
                4688: 11, 4696: 1, 4719: 14, 4776: 23, 4798: 11, 4799: 44, 4826: 1, 4902: 1,
                5024: 1, 5033: 1, 5038: 1, 5058: 5, 5059: 4, 5061: 5}.items()}},
}


# Copied while Windows had them open: pages of another age lie between the others. Records whose end
# such a page took away, what was found behind it, and what the chunks count and no longer hold.
TORN = {"rdp-internet-2018-rcm.evtx": {"unreadable": 0, "recovered": 21, "lost": 22},
        "rdp-internet-2018-corets.evtx": {"unreadable": 2, "recovered": 0, "lost": 66}}
WHOLE = {"unreadable": 0, "recovered": 0, "lost": 0}


def replayed(store, *names):
    """A replay of recordings; the report and the alerts."""
    report = replay(store, *[recording(name) for name in names], program=RELEASE,
                    options=["--records"])
    found = alerts(store, program=RELEASE)
    expect_equal(report["alerts"], found, "replay and alerts disagree")
    return report, found


def counted(report):
    counts = collections.Counter()
    for row in report["records"]:
        counts[row["provider"], row["id"]] += row["count"]
    return dict(counts)


def named(found, rule):
    return [alert for alert in found if alert["rule"] == rule]


def counts_of_every_record_kind():
    with workplace() as folder:
        for name, due in RECORDS.items():
            report, _ = replayed(folder / (name + ".db"), name)
            (file,) = report["files"]
            expect_equal({f"{p} {i}": n for (p, i), n in counted(report).items()},
                         {f"{p} {i}": n for (p, i), n in due.items()}, name)
            expect_equal((file["format"], file["error"]), ("evtx", None), name)
            page = TORN.get(name, WHOLE)
            expect_equal({"unreadable": file["records"] - sum(due.values()),
                          "recovered": file["recovered"], "lost": file["lost"]}, page, name)
            expect_equal(file["events"] + file["skipped"],
                         sum(due.values()) + file["recovered"], f"{name}: events")
            expect_equal(file["errors"], file["torn"], f"{name}: damages of another kind")
            expect_equal(file["errors"] > 0, name in TORN, f"{name}: errors")
            expect_equal(report["duplicates"], 0, f"{name}: duplicates")


def counts_of_evtxexport_are_ours():
    reader = foreign_reader("evtxexport")
    for name in ("smb-guessing-security.evtx", "benign-security.evtx",
                 "kerberos-4771-guessing.evtx"):
        text = subprocess.run([reader, recording(name)], capture_output=True, check=True).stdout
        ids = collections.Counter(int(i) for i in re.findall(rb"^Event identifier.*\((\d+)\)",
                                                             text, re.M))
        due = collections.Counter()
        for (_, event_id), count in RECORDS[name].items():
            due[event_id] += count
        expect_equal(dict(ids), dict(due), name)


def smb_guessing_is_one_campaign():
    with workplace() as folder:
        _, found = replayed(folder / "k.db", "smb-guessing-security.evtx")
        expect_equal([(a["source"], a["count"], a["accounts"], a["internet"]) for a in found],
                     [("192.168.198.149", 3561, 3, False)], "alerts")
        expect(found[0]["rule"] in ("logon.burst", "logon.steady"), found[0]["rule"])
        expect_equal(found[0]["service"], "smb", "service")
        rows = query(folder / "k.db", "SELECT outcome, status, count(*) FROM v_logon_attempts "
                     "WHERE src='192.168.198.149' GROUP BY 1, 2 ORDER BY 3", RELEASE)
        expect_equal(rows, [("failure", "0xc0000064", 1), ("failure", "0xc0000072", 2),
                            ("failure", "0xc000006a", 3558)], "attempts by status")


def kerberos_guessing_is_a_burst_on_the_kdc():
    with workplace() as folder:
        _, found = replayed(folder / "k.db", "kerberos-4771-guessing.evtx")
        expect_equal([(a["rule"], a["source"], a["service"], a["count"], a["host"])
                      for a in found],
                     [("logon.burst", "10.23.123.11", "kdc", 54, "rootdc1.offsec.lan")], "alerts")


def rdp_burst_is_seen_on_eleven_computers():
    with workplace() as folder:
        _, found = replayed(folder / "k.db", "rdp-131-burst-templateless.evtx")
        expect_equal({a["rule"] for a in found}, {"rdp.dropped"}, "rules")
        expect_equal({a["source"] for a in found}, {"10.23.123.11"}, "sources")
        expect_equal(max(a["hosts"] for a in found), 11, "computers")
        rows = query(folder / "k.db", "SELECT host, count(*) FROM v_logon_attempts "
                     "WHERE src='10.23.123.11' AND outcome='connect' AND service='rdp' "
                     "GROUP BY 1", RELEASE)
        expect_equal([n for _, n in rows], [14] * 11, "connections of each computer")


def rdp_from_the_internet_got_in():
    with workplace() as folder:
        _, found = replayed(folder / "k.db", "rdp-internet-2018-corets.evtx",
                            "rdp-internet-2018-rcm.evtx")
        (reached,) = named(found, "logon.from_internet")
        expect_equal((reached["severity"], reached["internet"]), ("critical", True), "severity")
        expect(reached["sources"] >= 63, f"{reached['sources']} sources")
        expect("1149 only" in reached["sentence"], reached["sentence"])
        for row in query(folder / "k.db", "SELECT DISTINCT src FROM v_logon_attempts", RELEASE):
            expect(ipaddress.ip_address(row[0]).is_global, f"{row[0]} is not of the internet")
        steady = [a for a in found if a["source"] == LOW_AND_SLOW]
        expect(any(a["rule"] == "logon.steady" and a["severity"] in ("high", "critical")
                   for a in steady), f"no logon.steady of {LOW_AND_SLOW}")


def rdp_successes_are_known_from_1149_alone():
    with workplace() as folder:
        replayed(folder / "k.db", "rdp-internet-2018-corets.evtx", "rdp-internet-2018-rcm.evtx")
        rows = query(folder / "k.db", "SELECT lower(account), nla_only, count(*) "
                     "FROM v_logon_attempts WHERE outcome='success' GROUP BY 1, 2 ORDER BY 1",
                     RELEASE)
        expect_equal(rows, [("a", True, 1), ("administrator", True, 2), ("mpowers", True, 2)],
                     "successes")


def an_honest_pc_raises_no_alert():
    with workplace() as folder:
        _, found = replayed(folder / "k.db", "benign-security.evtx")
        expect_equal([(a["rule"], a["severity"], a["sentence"]) for a in found], [], "alerts")


if __name__ == "__main__":
    checks.run(counts_of_every_record_kind, counts_of_evtxexport_are_ours,
               smb_guessing_is_one_campaign, kerberos_guessing_is_a_burst_on_the_kdc,
               rdp_burst_is_seen_on_eleven_computers, rdp_from_the_internet_got_in,
               rdp_successes_are_known_from_1149_alone, an_honest_pc_raises_no_alert)
