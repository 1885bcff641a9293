#!/usr/bin/env python3
"""One simulated incident with the seed of this round, compared with its truth in everything; every
fifth round both foreign readers read all of its logs (one of them takes 4 ms a record)."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lib import checks, due  # noqa: E402 (found only now)
from lib.checks import expect_equal  # noqa: E402
from lib.programs import CHECKED, foreign_reader, replay, simulate, workplace  # noqa: E402

SEED = int(os.environ.get("KANARI_SEED", "1"))
READER = "/usr/bin/evtx_dump.py"


def the_incident_of_this_round_is_found():
    with workplace() as folder:
        incident = simulate(folder, "--seed", SEED, "--scale", 1 + SEED % 12)
        replay(folder / "k.db", incident.logs, program=CHECKED)
        due.attempts_agree(folder / "k.db", incident.truth, CHECKED)
        due.alerts_agree(folder / "k.db", incident.truth, CHECKED)
        due.story_agrees(folder / "k.db", incident.truth, CHECKED)


def foreign_readers_read_all_of_it():
    with workplace() as folder:
        incident = simulate(folder, "--seed", SEED, "--scale", 100)
        read = exported = 0
        for path in incident.evtx:
            text = subprocess.run([foreign_reader("evtxexport"), path], capture_output=True,
                                  check=True).stdout
            exported += text.count(b"\nEvent number")
            if pathlib.Path(READER).exists():
                text = subprocess.run(["/usr/bin/python3", READER, path], capture_output=True,
                                      check=True).stdout
                read += text.count(b"<EventRecordID>")
        expect_equal(exported, incident.truth["records"], "evtxexport")
        if pathlib.Path(READER).exists():
            expect_equal(read, incident.truth["records"], "python3-evtx")


if __name__ == "__main__":
    if SEED % 5 == 0:
        checks.run(the_incident_of_this_round_is_found, foreign_readers_read_all_of_it)
    else:
        checks.run(the_incident_of_this_round_is_found)
