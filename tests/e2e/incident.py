#!/usr/bin/env python3
"""The simulated incident, compared with its truth in everything."""
from lib import checks, due
from lib.checks import expect_equal
from lib.programs import CHECKED, RELEASE, alerts, replay, simulate, workplace


def everything_in_the_incident_is_found():
    with workplace() as folder:
        incident = simulate(folder, "--seed", 1)
        report = replay(folder / "k.db", incident.logs, program=CHECKED)
        for form, name in (("evtx", "records"), ("etl", "trace_records"),
                           ("ndjson", "adapter_records")):
            expect_equal(sum(f["records"] for f in report["files"] if f["format"] == form),
                         incident.truth[name], name)
        expect_equal([f["path"] for f in report["files"] if f["errors"] or f["lost"]], [],
                     "damaged files")
        expect_equal(report["events"]["logon_attempt"], incident.truth["attempts"], "attempts")
        due.attempts_agree(folder / "k.db", incident.truth, CHECKED)
        due.alerts_agree(folder / "k.db", incident.truth, CHECKED)
        due.story_agrees(folder / "k.db", incident.truth, CHECKED)
        due.adapters_agree(folder / "k.db", incident.truth, CHECKED)


def another_incident_too():
    with workplace() as folder:
        incident = simulate(folder, "--seed", 20261101)
        replay(folder / "k.db", incident.logs, program=RELEASE)
        due.attempts_agree(folder / "k.db", incident.truth, RELEASE)
        due.alerts_agree(folder / "k.db", incident.truth, RELEASE)
        due.story_agrees(folder / "k.db", incident.truth, RELEASE)


def of_events(alert):
    """How often it was sent on depends on the minutes, and these on all computers."""
    return {name: value for name, value in alert.items() if name != "revision"}


def alerts_of_a_computer_are_the_same_without_the_others():
    with workplace() as folder:
        incident = simulate(folder, "--seed", 2, "--scale", 10)
        replay(folder / "both.db", incident.logs, program=RELEASE)
        both = alerts(folder / "both.db", RELEASE)
        for host in ("PC-A", "PC-B"):
            replay(folder / f"{host}.db", incident.logs / host, program=RELEASE)
            found = alerts(folder / f"{host}.db", RELEASE)
            expect_equal([of_events(a) for a in found],
                         [of_events(a) for a in both if a["host"] == host], host)


if __name__ == "__main__":
    checks.run(everything_in_the_incident_is_found, another_incident_too,
               alerts_of_a_computer_are_the_same_without_the_others)
