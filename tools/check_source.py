#!/usr/bin/env python3
"""House rules that no compiler checks: sizes, layers, includes, banned calls, words.

check_source.py [FILE...]: all files that git knows, or those named. One line per finding:
path:line: what. Exit code 1 when there is one.
"""
import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES = 600
FUNCTION_LINES = 60
LINE_COLUMNS = 100
NESTING = 3
PARAMETERS = 5
SOURCES = (".c", ".h", ".py", ".sh", ".cmake", ".ps1", ".cs")
# Callbacks whose type is the library's, not ours.
FOREIGN_TYPES = {"store/store_query.c": "authorize", "store/event_table.c": "table_connect",
                 "scan/rules.c": "on_problem"}

# DESIGN: who may include whom. A folder may always include itself.
BASE = {"core"}
PILLAR = BASE | {"platform", "messages"}
LAYERS = {
    "core": set(),
    "platform": BASE,
    "messages": BASE,
    "etw": PILLAR,
    "evtlog": PILLAR,
    "posture": PILLAR,
    "state": PILLAR,
    "scan": PILLAR,
    "store": PILLAR,
    "detectors": {"core", "state", "messages"},
}
LAYERS["engine"] = set(LAYERS)
LAYERS["service"] = LAYERS["engine"] | {"engine"}
LAYERS["cli"] = LAYERS["engine"] | {"engine"}
FOLDERS = set(LAYERS)

WINDOWS_HEADER = re.compile(
    r"^(windows|win[a-z0-9]*|ws2tcpip|iphlpapi|netioapi|evntrace|evntcons|tdh|shlobj|shellapi|"
    r"aclapi|sddl|bcrypt|wtsapi32|psapi|tlhelp32|io|direct|process|conio|ntstatus)\.h$", re.I)
POSIX_HEADER = re.compile(
    r"^(unistd|dirent|fcntl|pthread|poll|dlfcn|pwd|grp|netdb|termios|libgen|strings|langinfo|"
    r"(sys|arpa|netinet|net)/.*)\.h$")
# Each library's header, and where alone the product may include it.
LIBRARY_HEADERS = {"sqlite3.h": "store/", "yara.h": "scan/", "cJSON.h": "core/"}

BANNED = {
    "unbounded or truncating copy": "strcpy strncpy stpcpy stpncpy strcat strncat lstrcpyW lstrcatW"
                                    " wcscpy wcsncpy wcscat wcsncat StrCpyW StrCatW",
    "unbounded format": "sprintf vsprintf wsprintfW wvsprintfW swprintf",
    "no error result": "atoi atol atoll atof",
    "unbounded or stateful input": "gets strtok scanf sscanf",
    "starts a shell": "system popen _popen _wsystem",
    "stack by input": "alloca _alloca",
    "leaves locks and memory behind": "TerminateThread",
    "depends on the locale": "setlocale strcoll toupper tolower isalpha isalnum isspace strcasecmp"
                             " _stricmp strncasecmp _strnicmp",
    "not ours to repeat": "rand srand random srandom",
}
BANNED_CALLS = {name: why for why, names in BANNED.items() for name in names.split()}
HEAP_CALLS = set("malloc calloc realloc free strdup strndup aligned_alloc _wcsdup _strdup".split())
HEAP_HOME = ("core/mem.c", "tests/")  # test programs stand outside the product's accounting
CALL = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
ANSI_API = re.compile(r"^[A-Z][a-z]\w*[a-z0-9]A$")
LOAD_LIBRARY = re.compile(r"^LoadLibrary(Ex)?[AW]?$")

# Split so that this file does not contain the words.
LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
TICKET = re.compile(r"\bissue #?\d+", re.I)
PACKAGE_HOST = re.compile(r"\b(deb|ftp|snapshot|security)\.([a-z]+\.)?(debian|ubuntu)\.(org|com)\b")
COMMON_PARENTS = {"/", "/home", "/mnt", "/opt", "/root", "/src", "/srv", "/tmp", "/usr", "/var"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """The text with comments and the insides of literals blanked; lines keep their numbers."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(blank, text)


class Checker:
    def __init__(self):
        self.findings = []

    def say(self, path, line, what):
        self.findings.append(f"{path}:{line}: {what}")

    def check(self, path):
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.say(path, 1, "not UTF-8")
            return
        lines = text.split("\n")
        self.check_words(path, lines)
        suffix = pathlib.PurePath(path).suffix
        if suffix == ".py":
            ast.parse(text, path)
        if suffix in SOURCES or path in ("dev", ".ci/run"):
            self.check_lines(path, lines)
        if suffix in (".c", ".h"):
            code = code_only(text).split("\n")
            self.check_c_text(path, lines, code)
            self.check_includes(path, lines)
            self.check_calls(path, code)
            self.check_functions(path, code)

    def check_words(self, path, lines):
        parent = str(ROOT.parent)
        for number, line in enumerate(lines, 1):
            if LATER.search(line):
                self.say(path, number, "a note for later: do it, or file it")
            if TICKET.search(line):
                self.say(path, number, "a ticket number: say what and why instead")
            if PACKAGE_HOST.search(line):
                self.say(path, number, "names a package host: take the mirror from the machine")
            if parent not in COMMON_PARENTS and parent + "/" in line:
                self.say(path, number, "an absolute path of this machine")

    def check_lines(self, path, lines):
        if len(lines) - 1 > FILE_LINES:
            self.say(path, FILE_LINES + 1, f"{len(lines) - 1} lines, at most {FILE_LINES}")
        if lines[-1] != "":
            self.say(path, len(lines), "no newline at the end")
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS and pathlib.PurePath(path).suffix != "":
                self.say(path, number, f"{len(line)} columns, at most {LINE_COLUMNS}")
            if line != line.rstrip():
                self.say(path, number, "space at the end of the line")

    def check_c_text(self, path, lines, code):
        if not lines[0].startswith(("/*", "//")):
            self.say(path, 1, "the first line does not say what the file is")
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                self.say(path, number, "tab")
        # A list included several times (X-macro) holds nothing but calls of a macro.
        is_list = all(re.match(r"^\s*($|#|[A-Z_]+\(|[^;{}]*$)", line) for line in code)
        if path.endswith(".h") and "#pragma once" not in lines and not is_list:
            self.say(path, 1, "header without #pragma once")

    def check_includes(self, path, lines):
        folder = path.split("/")[0] if "/" in path else ""
        is_header = path.endswith(".h")
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            kind, name = match.groups()
            if kind == '"' and "/" in name and name.split("/")[0] in FOLDERS:
                self.check_layer(path, number, folder, name.split("/")[0])
            where = LIBRARY_HEADERS.get(name)
            if where and (is_header or not path.startswith((where, "tests/"))):
                self.say(path, number, f"{name} belongs into the .c files of {where} alone")
            if WINDOWS_HEADER.match(name) and not path.endswith("_win.c"):
                self.say(path, number, f"{name} outside a *_win.c")
            # mingw has some of these too, so the Windows half may use them.
            posix_home = path.endswith(("_posix.c", "_win.c")) or path.startswith("tests/bench/")
            if POSIX_HEADER.match(name) and not posix_home:
                self.say(path, number, f"{name} outside a *_posix.c")

    def check_layer(self, path, number, folder, target):
        if folder in LAYERS and target != folder and target not in LAYERS[folder]:
            self.say(path, number, f"{folder} may not include {target}")
        if path.startswith("tests/support/sim") and target in ("etw", "evtlog"):
            self.say(path, number, "a simulator that shares code with the reader proves nothing")

    def check_calls(self, path, code):
        for number, line in enumerate(code, 1):
            for name in CALL.findall(line):
                if name in BANNED_CALLS:
                    self.say(path, number, f"{name}: {BANNED_CALLS[name]}")
                elif name in HEAP_CALLS and not path.startswith(HEAP_HOME):
                    self.say(path, number, f"{name}: heap memory comes from core/mem.h")
                elif ANSI_API.match(name):
                    self.say(path, number, f"{name}: the ANSI form of a Windows function")
                elif LOAD_LIBRARY.match(name):
                    near = " ".join(code[number - 1:number + 2])
                    # As data nothing of it runs: how a test reads our message file.
                    data = path.startswith("tests/") and "LOAD_LIBRARY_AS_DATAFILE" in near
                    if "LOAD_LIBRARY_SEARCH_SYSTEM32" not in near and not data:
                        self.say(path, number, f"{name}: libraries come from System32 only")

    def check_functions(self, path, code):
        """A body is what stands between a "{" and a "}" in the first column; tables are exempt."""
        start = None
        table = False
        length = depth = deepest = 0
        for number, line in enumerate(code, 1):
            if line == "{" and start is None:
                start, length, depth, deepest = number, -2, 0, 0
                self.check_parameters(path, number, code)
            if start is None:
                continue
            if table:
                table = not line.strip().endswith("};")
                continue
            table = line.endswith("= {")
            line = line.removesuffix("= {")
            length += 1
            for char in line:
                depth += (char == "{") - (char == "}")
                deepest = max(deepest, depth)
            if line == "}":
                if length > FUNCTION_LINES:
                    self.say(path, start, f"function of {length} lines, at most {FUNCTION_LINES}")
                if deepest - 1 > NESTING:
                    self.say(path, start, f"{deepest - 1} levels of braces, at most {NESTING}")
                start = None

    def check_parameters(self, path, number, code):
        head = ""
        line = number - 1
        while line > 0 and not re.match(r"^\w+\(", head):
            line -= 1
            head = code[line] + " " + head
        if head.startswith(FOREIGN_TYPES.get(str(path), "\n")):
            return
        depth = commas = 0
        for char in head:
            depth += (char == "(") - (char == ")")
            commas += char == "," and depth == 1
        if commas + 1 > PARAMETERS:
            self.say(path, number, f"{commas + 1} parameters, at most {PARAMETERS}")


def known_files():
    output = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    binary = (".evtx", ".etl", ".db", ".ico", ".png")
    for name in sorted(set(output.split("\0"))):
        if name and not name.endswith(binary) and not name.startswith("tests/fuzz/corpus/"):
            if (ROOT / name).is_file():
                yield name


def main():
    checker = Checker()
    for path in sys.argv[1:] or known_files():
        checker.check(path)
    print("\n".join(checker.findings), end="\n" if checker.findings else "")
    return 1 if checker.findings else 0


if __name__ == "__main__":
    sys.exit(main())
