#!/usr/bin/env python3
"""check_rules.py refuses what it is for: one good rule, and what one change makes of it."""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOOD = '''rule MAL_Fox_Den
{
    meta:
        description = "a fox"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "fox"
        severity = "high"
        strength = "strong"
        attack = "T1496.001, T1105"
        references = "a book"
        hazards = "dogs"
    strings:
        $a = "quick brown fox"
        $b = "lazy dog"
    condition:
        uint16(0) != 0x5A4D and filesize < 1MB and 2 of them
}
'''
# what is replaced, by what, and what is said of it
CHANGES = [
    ("MAL_Fox_Den", "Fox", "name is not"),
    ('"T1496.001, T1105"', '"1496"', "meta attack"),
    ('"high"', '"huge"', "meta severity"),
    ('        hazards = "dogs"\n', "", "in this order"),
    ('"dogs"', '""', "hazards is empty"),
    ("filesize < 1MB and ", "", "no limit of filesize"),
    ("uint16(0) != 0x5A4D and ", "", "no guard"),
    ("2 of them", "any of them", "one string alone"),
    ("2 of them", "nothing", "yarac"),
    ("2 of them", "pe.is_signed and 2 of them", "not to be used"),
    ('"lazy dog"', "{ 00 ?? ?? ?? 00 }", "yarac"),
]


def check(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.yar"
        path.write_text(text, encoding="ascii")
        done = subprocess.run([sys.executable, ROOT / "tools/check_rules.py", path],
                              capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    wrong = 0
    if check(GOOD) != (0, ""):
        print("the good rule is refused:", check(GOOD)[1])
        wrong += 1
    for old, new, due in CHANGES:
        status, said = check(GOOD.replace(old, new))
        if status != 1 or due not in said:
            print(f"{old!r} -> {new!r}: {said!r}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
