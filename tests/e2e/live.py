#!/usr/bin/env python3
"""The live sensor on a simulated Event Log: it finds what a replay of the same logs finds, reads
the past as history, and loses or doubles nothing when it is killed at any instant."""
import os
import random
import time

from lib import checks
from lib.checks import expect, expect_equal
from lib.programs import NOT_FOUND, RELEASE, kanari, query, replay, simulate, wine_ready, workplace
from lib.sensor import (FAST, WINDOWS, append, attempts, flood, flooding, number, reported, sensor,
                        status, wait_for)

KILLS_WINE = 6
BURST = 5  # failures within two minutes are an alert
KILLS = int(os.environ.get("KANARI_KILLS", "50"))
SEED = int(os.environ.get("KANARI_SEED", "1"))
LONGEST = 0.6
SOURCE = 50  # failures of one source address, tests/support/sim_failure.h
RATE = 2000
OPENED, ESCALATED = range(1000, 1011), range(2000, 3000)
LOGS = ("logon_failure", "logon_success", "logoff", "rdp_auth_failure", "rdp_connect",
        "smb_auth_failure")
FOUND = ("SELECT rule, id, severity, count, sources, accounts FROM v_alerts "
         "WHERE rule_id BETWEEN 2000 AND 2999 ORDER BY id")
RAN = ("SELECT started, pid, image, command_line, parent_pid, sid, ended FROM v_processes "
       "ORDER BY 1, 2")
TRIED = ("SELECT time, host, account, src, src_port, outcome, service, scope "
         "FROM v_logon_attempts ORDER BY 1, 2, 3, 4, 5, 6")


def events(store):
    rows = query(store, "SELECT kind, count(*) FROM v_events GROUP BY 1", RELEASE)
    return {kind: count for kind, count in rows if kind in LOGS}


def incident(folder):
    """One computer's logs of the simulated incident, and a replay of them."""
    made = simulate(folder / "made", "--seed", SEED)
    files = [f for f in made.evtx if f.parent.name == "PC-A"]
    replay(folder / "replayed.db", *files, program=RELEASE)
    return files


def same_as_replayed(folder, store):
    expect_equal(events(store), events(folder / "replayed.db"), "events")
    expect_equal(query(store, TRIED, RELEASE), query(folder / "replayed.db", TRIED, RELEASE),
                 "attempts")
    expect_equal(query(store, FOUND, RELEASE), query(folder / "replayed.db", FOUND, RELEASE),
                 "alerts")


def live_finds_what_a_replay_finds():
    with workplace() as folder:
        files = incident(folder)
        due = len(query(folder / "replayed.db", TRIED, RELEASE))
        append(folder, *files)
        with sensor(folder, since=1):
            wait_for("all attempts", lambda: attempts(folder) >= due)
            story = kanari("story", "--store", folder / "kanari.db", "--since", "365d",
                           "--lang", "en", program=RELEASE).text
            expect("ENTRY" in story and "CRITICAL" in story, f"told while it runs: {story}")
        same_as_replayed(folder, folder / "kanari.db")
        rules = {rule for rule, *_ in reported(folder)}
        expect({1000, 1010, 1001, 2004, 2006, 3000} <= rules, f"reported: {sorted(rules)}")
        expect_equal(status(folder)["state"], "stopped", "state")


def live_traces_find_what_a_replay_finds():
    """Two ETW sessions that kept the incident, and the Event Log, as one computer's story."""
    with workplace() as folder:
        files = incident(folder)
        pc = files[0].parent
        (folder / "replayed.db").unlink()
        replay(folder / "replayed.db", pc, program=RELEASE)
        due = [len(query(folder / "replayed.db", sql, RELEASE)) for sql in (TRIED, RAN)]
        append(folder, *files)
        with sensor(folder, since=1, traces=pc):
            wait_for("all attempts", lambda: attempts(folder) >= due[0])
            wait_for("all processes",
                     lambda: number(folder, "SELECT count(*) FROM process") >= due[1])
        same_as_replayed(folder, folder / "kanari.db")
        expect_equal(query(folder / "kanari.db", RAN, RELEASE),
                     query(folder / "replayed.db", RAN, RELEASE), "processes")
        story = kanari("story", "--store", folder / "kanari.db", "--since", "365d", "--lang", "en",
                       program=RELEASE).text
        expect("then started:" in story, f"the story names what was started: {story}")
        expect_equal((status(folder)["late"], status(folder)["trace_shed"]), ("0", "0"), "order")


def the_past_is_history():
    with workplace() as folder:
        files = incident(folder)
        append(folder, *files)
        with sensor(folder):
            wait_for("the summary", lambda: any(r[0] == 1020 for r in reported(folder)))
        same_as_replayed(folder, folder / "kanari.db")
        expect_equal(query(folder / "kanari.db", "SELECT DISTINCT retro FROM v_alerts WHERE "
                           "rule_id BETWEEN 2000 AND 2999", RELEASE), [(True,)], "marked")
        expect_equal([r for r in reported(folder) if r[0] in ESCALATED], [], "one by one")
        expect_equal([r[3] for r in reported(folder) if r[0] == 1020], ["critical"], "summary")
        with sensor(folder):  # and not once more
            time.sleep(1)
        same_as_replayed(folder, folder / "kanari.db")
        expect_equal(len([r for r in reported(folder) if r[0] == 1020]), 1, "summaries")


def killed_while_it_reads_history():
    with workplace() as folder:
        files = incident(folder)
        append(folder, *files)
        rng = random.Random(SEED)
        for _ in range(6):
            with sensor(folder, program=FAST) as running:
                time.sleep(rng.random() * 0.3)
                running.kill()
        with sensor(folder, program=FAST):
            wait_for("the summary", lambda: any(r[0] == 1020 for r in reported(folder)))
        same_as_replayed(folder, folder / "kanari.db")


def what_history_counted_is_not_counted_again():
    """An attack that goes on over the first start, a kill, and the handing over."""
    with workplace() as folder:
        flood(folder, 0, 9)
        with sensor(folder) as running:
            wait_for("the summary", lambda: any(r[0] == 1020 for r in reported(folder)))
            running.kill()
        with sensor(folder):
            flood(folder, 9, 41)
            wait_for("all attempts", lambda: attempts(folder) >= SOURCE)
        nothing_is_lost_or_doubled(folder, SOURCE)


def kill_and_check(kills, program):
    """Records keep coming, also while it is dead."""
    with workplace() as folder:
        rng = random.Random(SEED)
        sent = 0
        (folder / "log").touch()
        with sensor(folder):
            pass  # the first start says what is history
        for _ in range(kills):
            count = rng.randrange(1, 40)
            with flooding(folder, sent, count, RATE) as writing:
                with sensor(folder, program=program) as running:
                    time.sleep(rng.random() * LONGEST)
                    running.kill()
                writing.wait()
            sent += count
        with sensor(folder):
            wait_for("all attempts", lambda: attempts(folder) >= sent,
                     lambda: f"{attempts(folder)} of {sent} attempts, {status(folder)}")
        nothing_is_lost_or_doubled(folder, sent)


def nothing_is_lost_or_doubled(folder, sent):
    store = folder / "kanari.db"
    ids = query(store, "SELECT record_id FROM v_events WHERE kind='logon_failure' "
                "ORDER BY CAST(record_id AS INTEGER)", RELEASE)
    expect_equal([int(i) for i, in ids], list(range(1, sent + 1)), "each record once")
    ports = query(store, "SELECT src_port FROM v_logon_attempts ORDER BY 1", RELEASE)
    expect_equal([p for p, in ports], [1024 + n for n in range(sent)], "each attempt once")
    twice = query(store, "SELECT host, key, count(*) FROM v_alerts WHERE state='open' AND "
                  "rule_id>=2000 GROUP BY 1, 2 HAVING count(*)>1", RELEASE)
    expect_equal(twice, [], "campaigns with two open alerts")
    counted = [c for c, in query(store, "SELECT count FROM v_alerts WHERE rule_id IN (2000, 2001) "
                                 "ORDER BY count DESC", RELEASE)]
    due = [min(SOURCE, sent - s) for s in range(0, sent, SOURCE) if sent - s >= BURST]
    expect_equal(counted, due, "what each campaign counted")


def killed_at_any_instant():
    kill_and_check(KILLS, FAST)


def killed_at_any_instant_under_wine():
    wine_ready()
    kill_and_check(KILLS_WINE, WINDOWS)


def a_window_survives_a_kill():
    with workplace() as folder:
        slow = folder / "slow.json"
        slow.write_text('{"rules": {"burst": {"count": 1000}, "steady": {"count": 30}}}')
        (folder / "log").touch()
        with sensor(folder, config=slow) as running:
            flood(folder, 0, 29)
            wait_for("29 attempts", lambda: attempts(folder) == 29)
            running.kill()
        fired = "SELECT count(*) FROM alert WHERE rule='logon.steady'"
        expect_equal(number(folder, fired), 0, "not yet")
        with sensor(folder, config=slow):
            flood(folder, 29, 1)
            wait_for("logon.steady", lambda: number(folder, fired) == 1)
        counts = query(folder / "kanari.db", "SELECT count FROM v_alerts WHERE "
                       "rule='logon.steady'", RELEASE)
        expect_equal(counts, [(30,)], "its count")
        unclean = [r for r in reported(folder) if r[0] == 1002]
        expect_equal(len(unclean), 1, "the unclean stop is told")


def a_clean_stop_is_fast():
    with workplace() as folder:
        (folder / "log").touch()
        with sensor(folder) as running:
            with flooding(folder, 0, 4000, RATE):
                time.sleep(1)
                taken = running.stop()
        expect(taken < 5, f"stopping took {taken:.1f} s")
        expect_equal([r[0] for r in reported(folder)][-1], 1001, "the last word")


def status_and_a_test_alert():
    """Asked from another process, while it runs and afterwards."""
    with workplace() as folder:
        store = folder / "kanari.db"
        (folder / "log").touch()
        expect_equal(kanari("status", "--store", store, code=None).code, NOT_FOUND, "no store yet")
        with sensor(folder):
            wait_for("its first word", lambda: number(
                folder, "SELECT count(*) FROM source WHERE name='security'") == 1)
            flood(folder, 0, 3)
            said = kanari("status", "--store", store, "-o", "json", program=RELEASE).json()[0]
            expect_equal((said["verdict"], said["state"]), ("healthy", "running"), said)
            made = kanari("test-alert", "--store", store, "--lang", "en", program=RELEASE)
            wait_for("its event", lambda: any(r[0] == 1030 for r in reported(folder)))
            id_ = next(r[1] for r in reported(folder) if r[0] == 1030)
            expect(id_ in made.text, f"{made.text}: {id_}")
        gone = kanari("status", "--store", store, "--lang", "en", program=RELEASE, code=None)
        expect_equal(gone.code, NOT_FOUND, gone.text)
        none = kanari("test-alert", "--store", store, program=RELEASE, code=None)
        expect_equal(none.code, NOT_FOUND, none.text)


if __name__ == "__main__":
    checks.run(live_finds_what_a_replay_finds, live_traces_find_what_a_replay_finds,
               the_past_is_history, killed_while_it_reads_history,
               what_history_counted_is_not_counted_again,
               killed_at_any_instant, killed_at_any_instant_under_wine, a_window_survives_a_kill,
               a_clean_stop_is_fast, status_and_a_test_alert)
