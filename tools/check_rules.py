#!/usr/bin/env python3
"""What every YARA rule of ours has, and what none may have.

check_rules.py [FILE...]: those of yara-rules/, or those named. One line per finding. Exit code 1
when there is one. yarac, the stock compiler, must take each file without a word.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "yara-rules"

NAME = re.compile(r"^(MAL|HKTL|PUA|SUSP)(_[A-Z][A-Za-z0-9]*)+$")
RULE = re.compile(r"^(?:(?:private|global)\s+)*rule\s+(\w+)[^{]*\{(.*?)^\}", re.M | re.S)
META = re.compile(r'^\s+(\w+) = "(.*)"$')
SECTION = re.compile(r"^    (meta|strings|condition):\s*$", re.M)
# In this order.
META_KEYS = ["description", "author", "date", "version", "family", "severity", "strength", "attack",
             "references", "hazards"]
VALUES = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "version": re.compile(r"[1-9]\d*"),
    "family": re.compile(r"[a-z][a-z0-9_]*"),
    "severity": re.compile(r"low|medium|high|critical"),
    "strength": re.compile(r"weak|medium|strong"),
    "attack": re.compile(r"T\d{4}(\.\d{3})?(, T\d{4}(\.\d{3})?)*"),
}
# What our libyara does not have, or what decides by something that is not in the file's bytes.
BANNED = re.compile(r"\b(pe\.(signatures|number_of_signatures|is_signed|imphash)|hash\.|console\.|"
                    r"elf\.|cuckoo\.|include )")
SIZE = re.compile(r"\bfilesize < \d+(KB|MB)\b")
TYPE = re.compile(r"\bpe\.is_pe\b|\buint16\(0\) != 0x5A4D\b|\buint8\(0\) == |\bat 0\b")
# Of one string alone no rule decides: a number of them, or two that are joined.
ONE_OF = re.compile(r"\b(any|1) of them\b")
COUNTED = re.compile(r"\b([2-9]|all|any) of ")


def externals():
    lines = (RULES / "externals").read_text(encoding="ascii").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def sections(body):
    parts = SECTION.split(body)
    return dict(zip(parts[1::2], parts[2::2]))


def check_meta(text):
    found = [META.match(line) for line in text.strip("\n").split("\n")]
    if not all(found):
        yield "meta that is no line of name = \"text\""
        return
    keys = [match.group(1) for match in found]
    if keys != META_KEYS:
        yield "meta must be, in this order: " + ", ".join(META_KEYS)
    for match in found:
        key, value = match.groups()
        if not value.strip():
            yield f"meta {key} is empty"
        if key in VALUES and not VALUES[key].fullmatch(value):
            yield f"meta {key}: '{value}'"


def check_condition(text):
    if not SIZE.search(text):
        yield "no limit of filesize"
    if not TYPE.search(text):
        yield "no guard of the file's type"
    if ONE_OF.search(text):
        yield "one string alone decides"
    joined = len(re.findall(r"\$\w+", text)) >= 2
    if not (COUNTED.search(text) or joined):
        yield "fewer than two traits decide"


def check_rule(name, body):
    parts = sections(body)
    if list(parts) != ["meta", "strings", "condition"]:
        yield "sections must be meta, strings, condition"
        return
    if not NAME.match(name):
        yield "name is not CATEGORY_Family_Words (MAL, HKTL, PUA, SUSP)"
    yield from check_meta(parts["meta"])
    yield from check_condition(parts["condition"])
    banned = BANNED.search(parts["condition"])
    if banned:
        yield f"{banned.group(0)} is not to be used"


def check_compiles(path):
    defines = [word for line in externals() for word in ("-d", line)]
    done = subprocess.run(["yarac", *defines, str(path), "/dev/null"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0 or done.stderr.strip():
        yield "yarac: " + done.stderr.strip().replace("\n", "; ")


def check_file(path):
    text = path.read_text(encoding="ascii")
    rules = RULE.findall(text)
    if len(rules) != len(re.findall(r"^\s*(?:\w+\s+)*rule\s+\w+\s*$", text, re.M)):
        yield "a rule that is not laid out as the others"
    for name, body in rules:
        for finding in check_rule(name, body):
            yield f"{name}: {finding}"
    yield from check_compiles(path)


def main():
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or sorted(RULES.glob("*.yar"))
    findings = [f"{path.name}: {finding}" for path in paths for finding in check_file(path)]
    names = [name for path in paths for name, _ in RULE.findall(path.read_text(encoding="ascii"))]
    findings += [f"{name}: twice" for name in sorted(set(names)) if names.count(name) > 1]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
