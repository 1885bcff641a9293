#!/usr/bin/env python3
"""What can be said of PowerShell scripts without PowerShell: they parse, run in 5.1 as in 7, and
call and read only what exists.

check_powershell.py FILE...: the files are one program (they dot-source each other). One line per
finding: path:line: what. Exit code 1 when there is one. Needs tree-sitter and its grammar; ./dev
lint brings both. The grammar wants a new line behind a function's param block.
"""
import pathlib
import re
import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser

# What the scripts may call, with the parameters they may use. Each is in Windows PowerShell 5.1 and
# in PowerShell 7, and means the same in both.
CMDLETS = {name.lower(): {word.lower() for word in words.split()} for name, words in {
    "Add-Content": "LiteralPath Value Encoding",
    "Add-Type": "LiteralPath",
    "ConvertFrom-Json": "",
    "Copy-Item": "LiteralPath Destination Force",
    "ForEach-Object": "",
    "Get-Acl": "LiteralPath",
    "Get-ChildItem": "LiteralPath Filter File",
    "Get-CimInstance": "ClassName Filter",
    "Get-Content": "LiteralPath",
    "Get-Date": "",
    "Get-ItemProperty": "LiteralPath",
    "Get-NetTCPConnection": "OwningProcess ErrorAction",
    "Get-NetUDPEndpoint": "OwningProcess ErrorAction",
    "Get-Process": "Id ErrorAction",
    "Get-Service": "Name ErrorAction",
    "Get-WinEvent": "LogName FilterXPath ErrorAction",
    "Join-Path": "Path ChildPath",
    "New-Item": "ItemType Path Force",
    "New-Object": "TypeName ArgumentList",
    "Out-Null": "",
    "Remove-Item": "LiteralPath Recurse Force",
    "Resolve-Path": "LiteralPath",
    "Select-Object": "ExpandProperty First Last",
    "Set-Content": "LiteralPath Value Encoding",
    "Set-StrictMode": "Version",
    "Sort-Object": "Property Unique",
    "Start-Service": "Name",
    "Start-Sleep": "Seconds Milliseconds",
    "Stop-Process": "Id Force",
    "Test-Path": "LiteralPath",
    "Where-Object": "",
    "Write-Host": "",
}.items()}
AUTOMATIC = set("_ true false null args error input matches psscriptroot pscommandpath pid "
                "psversiontable lastexitcode erroractionpreference progresspreference host "
                "myinvocation psitem".split())
NAME = re.compile(r"^[A-Z][A-Za-z]+-[A-Z]\w*$")
# PowerShell's own: writing them fails, or changes what it does.
RESERVED = AUTOMATIC - {"erroractionpreference", "progresspreference"} | set(
    "home pshome profile shellid event sender this foreach switch psitem ofs pwd psculture "
    "psuiculture executioncontext consolefilename nestedpromptlevel stacktrace".split())
ONLY_IN_7 = {"&&", "||"}  # the grammar knows no ternary and no "??": they do not parse
LANGUAGE = Language(tree_sitter_powershell.language())


def walk(node):
    stack = [node]
    while stack:
        at = stack.pop()
        yield at
        stack.extend(reversed(at.children))


def text(node):
    return node.text.decode("utf-8")


def variable_name(node):
    """`script:x` and `x` are one here; other drives ($env:) are no variables."""
    name = re.sub(r"^[$@]\{?|\}$", "", text(node)).lower()
    scope, colon, rest = name.rpartition(":")
    if colon and scope not in ("script", "local", "global"):
        return None
    return rest


def owner(node):
    """The function that a node stands in, or the script: their names live there."""
    while node.parent is not None:
        node = node.parent
        if node.type == "function_statement":
            return node
    return node


def written(node):
    """Whether this variable is given its value here."""
    if node.parent.type in ("script_parameter", "foreach_statement"):
        return True
    at = node.parent
    while at.type != "left_assignment_expression":
        cast = at.type == "cast_expression"
        if at.child_count > 1 and not cast and at.type != "array_literal_expression":
            return False
        at = at.parent
        if at is None:
            return False
    return True


class Program:
    def __init__(self):
        self.findings = []
        self.functions = {}  # lower-case name -> its parameters
        self.script_names = set()
        self.trees = []

    def say(self, path, node, what):
        self.findings.append(f"{path}:{node.start_point.row + 1}: {what}")

    def add(self, path, data):
        try:
            data.decode("ascii")
        except UnicodeDecodeError as error:
            line = data[:error.start].count(b"\n") + 1
            self.findings.append(f"{path}:{line}: not ASCII: 5.1 reads it in the code page")
        tree = Parser(LANGUAGE).parse(data)
        self.trees.append((path, tree.root_node))
        for node in walk(tree.root_node):
            if node.type == "function_statement":
                name = text(next(c for c in node.children if c.type == "function_name"))
                self.functions[name.lower()] = self.parameters(node)
            elif node.type == "variable" and written(node):
                if owner(node).type == "program" or text(node).lower().startswith("$script:"):
                    self.script_names.add(variable_name(node))
        if tree.root_node.type != "program":
            self.say(path, tree.root_node, "does not parse at all")

    @staticmethod
    def parameters(function):
        return {variable_name(child)
                for node in walk(function) if node.type == "script_parameter"
                for child in node.children if child.type == "variable"}

    def check(self):
        for path, root in self.trees:
            self.check_tree(path, root)
        return sorted(set(self.findings))

    def check_tree(self, path, root):
        own = {}
        for node in walk(root):
            if node.type == "variable" and written(node):
                own.setdefault(owner(node).id, set()).add(variable_name(node))
        for node in walk(root):
            if node.type == "ERROR" or node.is_missing:
                self.say(path, node, f"does not parse: {text(node)[:40]!r}")
            elif node.type in ONLY_IN_7:
                self.say(path, node, f"{text(node)!r}: only PowerShell 7 knows it")
            elif node.type == "function_name" and not NAME.match(text(node)):
                self.say(path, node, f"{text(node)}: a function is a Verb-Noun")
            elif node.type == "command":
                self.check_command(path, node)
            elif node.type == "variable":
                self.check_variable(path, node, own)

    def check_command(self, path, command):
        name = next((text(c) for c in command.children if c.type == "command_name"), None)
        if name is None or name.lower().endswith(".exe"):
            return  # "&" and "." with an expression, or a program of Windows
        known = self.functions.get(name.lower(), CMDLETS.get(name.lower()))
        if known is None:
            self.say(path, command, f"{name}: neither ours nor a command that both versions have")
            return
        for node in command.children:
            if node.type != "command_elements":
                continue
            for word in node.children:
                option = text(word).strip("-:").lower()
                if word.type == "command_parameter" and option not in known:
                    self.say(path, word, f"{name} has no parameter {text(word)}")

    def check_variable(self, path, node, own):
        name = variable_name(node)
        if name in RESERVED and written(node):
            self.say(path, node, f"{text(node)}: PowerShell's own, never to be written")
        if name is None or name in AUTOMATIC or name in self.script_names:
            return
        if name not in own.get(owner(node).id, set()):
            self.say(path, node, f"{text(node)}: read, and nothing here gives it a value")


def main():
    program = Program()
    for path in sys.argv[1:]:
        program.add(path, pathlib.Path(path).read_bytes())
    findings = program.check()
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings or not program.trees else 0


if __name__ == "__main__":
    sys.exit(main())
