"""The expected results kept in tests/golden: what they are made from, and how."""
import json

from lib.programs import RELEASE, ROOT, kanari, recording, simulate, workplace

FOLDER = ROOT / "tests/golden"
RECORDINGS = {
    "smb-guessing": ["smb-guessing-security.evtx"],
    "kerberos-guessing": ["kerberos-4771-guessing.evtx"],
    "rdp-burst": ["rdp-131-burst-templateless.evtx"],
    "rdp-internet": ["rdp-internet-2018-corets.evtx", "rdp-internet-2018-rcm.evtx"],
    "benign": ["benign-security.evtx"],
}
INCIDENT = "incident"
INCIDENT_SCALE = 20  # the goldens stay readable


def names():
    return [*RECORDINGS, INCIDENT]


def brief(alerts):
    """One line an alert: the members that a reader judges. The rest is checked elsewhere."""
    members = ("rule", "severity", "state", "host", "key", "count", "sources", "accounts", "hosts",
               "account", "service", "first_seen", "last_seen", "id", "sentence")
    lines = [json.dumps({name: alert[name] for name in members}) for alert in alerts]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def _render(store, *paths):
    kanari("replay", *paths, "--store", store, "-o", "json", program=RELEASE, code=None)
    made = {f"story.{lang}.txt": kanari("story", "--store", store, "--lang", lang,
                                        program=RELEASE).out for lang in ("en", "ja")}
    found = kanari("alerts", "--store", store, "-o", "json", "--lang", "en", program=RELEASE)
    return made | {"alerts.json": brief(found.json())}


def make(name):
    """File name -> bytes, as this build of Kanari has it."""
    with workplace() as folder:
        if name == INCIDENT:
            paths = [simulate(folder, "--seed", 1, "--scale", INCIDENT_SCALE).logs]
        else:
            paths = [recording(part) for part in RECORDINGS[name]]
        made = _render(folder / "k.db", *paths)
    return {f"{name}.{part}": data for part, data in made.items()}
