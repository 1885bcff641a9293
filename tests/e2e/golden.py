#!/usr/bin/env python3
"""Stories and alerts of the recordings and of the simulated incident, byte for byte.

./dev golden writes them anew; then read the difference: each line of it is a claim about a PC.
"""
import sys

from lib import checks, golden
from lib.checks import expect, expect_same_bytes


def compare(name):
    for part, found in golden.make(name).items():
        path = golden.FOLDER / part
        expect(path.exists(), f"no {path.name}: ./dev golden makes it")
        expect_same_bytes(found, path.read_bytes(), part)


def check_of(name):
    def check():
        compare(name)
    check.__name__ = f"{name.replace('-', '_')}_is_told_as_before"
    return check


def write_all():
    golden.FOLDER.mkdir(exist_ok=True)
    for name in golden.names():
        for part, data in golden.make(name).items():
            (golden.FOLDER / part).write_bytes(data)
            print(f"tests/golden/{part}: {len(data)} bytes")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_all()
    else:
        checks.run(*[check_of(name) for name in golden.names()])
