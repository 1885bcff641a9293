#!/usr/bin/env python3
"""`kanari query`: the documented views are there, and nothing but reading is possible."""
import hashlib
import re

from lib import checks
from lib.checks import expect, expect_equal
from lib.programs import ACCESS, CHECKED, DONE, ROOT, USAGE, kanari, replay, simulate, workplace

VIEWS = ("v_alerts", "v_stories", "v_logon_attempts", "v_logon_sources", "v_events",
         "v_processes", "v_adapters", "v_adapter_history", "v_coverage", "v_health", "v_daily",
         "v_sources", "v_status")
REFUSED = (
    "DELETE FROM event", "INSERT INTO inbox VALUES (1)", "UPDATE alert SET severity='low'",
    "DROP VIEW v_alerts", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "VACUUM",
    "VACUUM INTO 'copy.db'", "ATTACH 'other.db' AS other", "DETACH main",
    "PRAGMA user_version=7", "PRAGMA writable_schema=1", "PRAGMA journal_mode=WAL",
    "BEGIN IMMEDIATE", "REINDEX", "ANALYZE", "ALTER TABLE event RENAME TO x",
    "SELECT load_extension('x')", "SELECT writefile('x', 'y')", "SELECT readfile('/etc/passwd')",
    "SELECT 1; DELETE FROM event", "WITH x AS (SELECT 1) DELETE FROM event",
    "EXPLAIN DELETE FROM event", "SELECT * FROM no_such_view", "SELECT", "", ";",
    "nonsense \x1b[2J",
    "SELECT 'unfinished", "SELECT fts3_tokenizer('x')", "CREATE VIRTUAL TABLE x USING fts5(y)",
)
ENDLESS = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM x) SELECT count(*) FROM x"


def store_in(folder):
    simulate(folder, "--seed", 7, "--scale", 100)
    replay(folder / "k.db", folder / "logs" / "PC-B")
    return folder / "k.db"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def a_write_is_refused_in_one_line():
    with workplace() as folder:
        store = store_in(folder)
        before = digest(store)
        for sql in REFUSED:
            result = kanari("query", sql, "--store", store, code=None, cwd=folder)
            expect(result.code in (USAGE, ACCESS), f"{sql}: exit code {result.code}")
            expect_equal(len(result.err_lines), 1, f"{sql}: {result.err!r}")
            expect(result.err_lines[0].startswith("kanari query: ") and
                   result.err_lines[0].isprintable(), f"{sql}: {result.err!r}")
        expect_equal(digest(store), before, "the store")
        expect_equal(sorted(p.name for p in folder.iterdir()), ["k.db", "logs", "truth.json"],
                     "files beside the store")


def reading_works():
    with workplace() as folder:
        store = store_in(folder)
        for sql, due in (("SELECT 1 AS one", [{"one": 1}]),
                         ("SELECT count(*) AS n FROM v_alerts WHERE 0", [{"n": 0}]),
                         ("SELECT host FROM v_coverage GROUP BY 1;", [{"host": "PC-B"}]),
                         ("WITH x AS (SELECT 2 AS y) SELECT y FROM x", [{"y": 2}])):
            found = kanari("query", sql, "--store", store, "-o", "json", code=DONE).json()
            expect_equal(found, due, sql)
        kinds = kanari("query", "SELECT kind, count(*) AS n FROM v_events GROUP BY 1 ORDER BY 1",
                           "--store", store, "-o", "csv").text
        expect("logon_attempt" in kinds, "v_events holds no attempts")


def a_read_only_copy_can_be_asked():
    with workplace() as folder:
        store = store_in(folder)
        store.chmod(0o400)
        found = kanari("query", "SELECT count(*) AS n FROM v_alerts", "--store", store,
                       "-o", "json").json()
        expect(found[0]["n"] > 0, "no alerts")
        expect_equal([p.name for p in folder.glob("k.db?*")], [], "files beside the store")


def a_query_without_end_is_ended():
    with workplace() as folder:
        result = kanari("query", ENDLESS, "--store", store_in(folder), code=None, timeout=300,
                        program=CHECKED)
        expect(result.code != DONE and len(result.err_lines) == 1, f"{result.code} {result.err!r}")


def documented_columns():
    """View -> columns, from the tables of docs/OUTPUT.md."""
    text = (ROOT / "docs/OUTPUT.md").read_text(encoding="utf-8")
    found = {}
    for section in re.split(r"^#+ ", text, flags=re.M):
        view = re.match(r"`?(v_\w+)`?", section)
        if view:
            found[view.group(1)] = re.findall(r"^\| `(\w+)` \|", section, re.M)
    return found


def views_are_as_documented():
    due = documented_columns()
    expect_equal(sorted(due), sorted(VIEWS), "documented views")
    with workplace() as folder:
        store = store_in(folder)
        for view, columns in due.items():
            text = kanari("query", f"SELECT * FROM {view} LIMIT 1", "--store", store,
                          "-o", "csv").text
            header = text.splitlines()[0].removeprefix("\ufeff")
            expect_equal(header.split(","), columns, view)


if __name__ == "__main__":
    checks.run(a_write_is_refused_in_one_line, reading_works, a_read_only_copy_can_be_asked,
               views_are_as_documented)
