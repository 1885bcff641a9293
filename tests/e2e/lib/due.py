"""Compares what Kanari found in the simulated incident with the simulator's truth."""
import collections
import re

from lib.checks import expect, expect_equal
from lib.programs import alerts, kanari, query

GUESSING = ("logon.burst", "logon.steady", "logon.spray", "logon.stale_credential",
            "logon.success_after_failures")
ENTRY_TIME = "3 Nov 22:41"  # in every story the simulator tells
OUTCOMES = ("failure", "success", "connect")
# A network logon of the LAN speaks SMB; what came through the console has no service.
SERVICES = {"lan": "smb"}


def _counted(rows):
    found = collections.defaultdict(lambda: dict.fromkeys(OUTCOMES, 0))
    for host, name, outcome, count in rows:
        found[f"{host} {name}"][outcome] += count
    return dict(found)


def _due(rows, rename=None):
    return _counted((row["host"], (rename or {}).get(row["name"], row["name"]), outcome,
                     row[outcome]) for row in rows for outcome in OUTCOMES)


def attempts_agree(store, truth, program):
    """Every attempt of every source, account and service of each computer: no more, no less."""
    by = ("SELECT host, {}, outcome, count(*) FROM v_logon_attempts WHERE {} GROUP BY 1, 2, 3")
    remote = "scope <> 'local'"
    found = _counted(query(store, by.format("src", remote), program))
    expect_equal(found, _due(truth["by_source"]), "attempts by source")
    found = _counted(query(store, by.format("account_key", remote + " AND account IS NOT NULL"),
                           program))
    expect_equal(found, _due(truth["by_account"]), "attempts by account")
    services = [row for row in truth["by_service"] if row["name"] != "local"]
    found = _counted(query(store, by.format("service", remote), program))
    expect_equal(found, _due(services, SERVICES), "attempts by service")
    consoles = [row for row in truth["by_service"] if row["name"] == "local"]
    found = _counted(query(store, by.format("'local'", "scope = 'local'"), program))
    expect_equal(found, _due(consoles), "attempts at the console")
    total = query(store, "SELECT count(*) FROM v_logon_attempts", program)
    expect_equal(total, [(truth["attempts"],)], "attempts in all")


class Found:
    """The alerts of a store, taken out one by one: what is left at the end was not due."""

    def __init__(self, rows):
        self.rows = list(rows)

    def take(self, host, rules, **members):
        """The one alert of this kind."""
        matches = [a for a in self.rows if a["host"] == host and a["rule"] in rules and
                   all(a[name] == value for name, value in members.items())]
        expect_equal(len(matches), 1, f"alerts {rules} of {host}, {members}")
        self.rows.remove(matches[0])
        return matches[0]

    def nothing_left(self):
        left = [(a["rule"], a["severity"], a["host"], a["source"], a["account"], a["count"])
                for a in self.rows]
        expect_equal(left, [], "alerts that are not due")


def _campaign(found, truth, campaign):
    host, source = campaign["host"], campaign["source"]
    entries = [e for e in truth["success_after_failures"]
               if (e["host"], e["source"]) == (host, source)]
    alert = found.take(host, GUESSING, source=source)
    if entries:
        expect_equal((alert["rule"], alert["severity"], alert["account"]),
                     ("logon.success_after_failures", "critical", entries[0]["account"]), source)
    else:
        expect(alert["rule"] in campaign["rules"], f"{source}: {alert['rule']} not in {campaign}")
        internal = campaign["rules"] == ["logon.stale_credential"]
        expect_equal((alert["severity"], alert["internet"]),
                     ("informational", False) if internal else ("high", True), source)
    expect_equal(alert["count"], campaign["count"], f"failures counted of {source}")


def alerts_agree(store, truth, program):
    """Each alert that is due, once and exact, and no other."""
    found = Found(alerts(store, program))
    for campaign in truth["campaigns"]:
        _campaign(found, truth, campaign)
    for row in truth["distributed"]:
        alert = found.take(row["host"], ["logon.distributed"], account=row["account"])
        expect_equal(alert["severity"], "high", f"distributed on {row}")
        expect(alert["sources"] >= 3, f"{row}: {alert['sources']} sources")
    for row in truth["dropped"]:
        alert = found.take(row["host"], ["rdp.dropped"], source=row["source"])
        connects = sum(r["connect"] for r in truth["by_source"] if r["name"] == row["source"])
        expect_equal((alert["severity"], alert["count"]), ("medium", connects), f"dropped {row}")
    for row in truth["from_internet"]:
        alert = found.take(row["host"], ["logon.from_internet"])
        expect_equal((alert["severity"], alert["sources"]), (row["severity"], row["sources"]),
                     f"from the internet to {row['host']}")
    found.nothing_left()


def numbers(text):
    """All numbers of a text, thousands separators taken out."""
    return {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)}


def started_agrees(blocks, host, truth):
    """ENTRY names the intruder's processes in the order of their start, and nobody else's."""
    intruders = sorted((p for p in truth["processes"] if p["of_story"]), key=lambda p: p["start"])
    names = list(dict.fromkeys(p["image"] for p in intruders))
    expect(f"; then started: {', '.join(names)} (processes: {len(intruders)})" in blocks[host],
           f"not {names}, {len(intruders)} processes: {blocks[host]}")
    for other, block in blocks.items():
        expect(other == host or "started" not in block, f"processes on {other}: {block}")


def story_agrees(store, truth, program):
    """The page says which computer, how many tries from how many addresses, and who got in."""
    text = kanari("story", "--store", store, "--lang", "en", program=program).text
    blocks = {block.split()[0]: block for block in text.strip().split("\n\n")}
    expect_equal(sorted(blocks), sorted(row["host"] for row in truth["from_internet"]), "stories")
    entry = truth["success_after_failures"][0]
    lines = {line.split()[0]: line for line in blocks[entry["host"]].splitlines()
             if line and not line.startswith(" ")}
    tries = [row["failure"] + row["connect"] for row in truth["by_source"]
             if row["host"] == entry["host"] and not row["name"].startswith("10.")]
    expect({sum(tries), len(tries)} <= numbers(lines["GUESS"]),
           f"GUESS does not say {sum(tries)} from {len(tries)}: {lines['GUESS']}")
    before = next(c["count"] for c in truth["campaigns"]
                  if (c["host"], c["source"]) == (entry["host"], entry["source"]))
    expect(before in numbers(lines["ENTRY"]), f"not after {before} failures: {lines['ENTRY']}")
    for word in (ENTRY_TIME, entry["account"], entry["source"], "CRITICAL"):
        expect(word in lines["ENTRY"], f"ENTRY does not say {word}: {lines['ENTRY']}")
    started_agrees(blocks, entry["host"], truth)
    others = [block for host, block in blocks.items() if host != entry["host"]]
    expect(all(entry["source"] not in block for block in others), "an intruder elsewhere")


def adapters_agree(store, truth, program):
    """Each adapter as it stands, and the router first without and then with its address."""
    rows = kanari("adapters", "--store", store, "-o", "json", program=program).json()
    times = query(store, "SELECT name, first_seen_ft, since_ft FROM v_adapters ORDER BY name",
                  program)
    expect_equal([{"host": r["host"], "name": r["name"], "kind": r["kind"],
                   "addresses": r["addresses"], "gateway": r["gateways"] or "",
                   "internet": r["internet"]} for r in rows],
                 [{name: value for name, value in a.items() if name not in ("came", "addressed")}
                  for a in truth["adapters"]], "adapters")
    expect_equal([(r["up"], r["gone"]) for r in rows], [(True, None)] * len(rows), "there and up")
    expect_equal([(name, int(came), int(since)) for name, came, since in times],
                 [(a["name"], a["came"], a["addressed"]) for a in truth["adapters"]], "since when")
    history = kanari("adapters", "--history", "--store", store, "-o", "json",
                     program=program).json()
    expect_equal([(r["addresses"], r["to_time"] is None) for r in history if r["kind"] == "rndis"],
                 [(None, False)] + [(a["addresses"], True) for a in truth["adapters"]
                                    if a["kind"] == "rndis"], "the router")
    page = kanari("adapters", "--store", store, program=program).text
    expect(all(a["addresses"] in page for a in truth["adapters"]), page)
