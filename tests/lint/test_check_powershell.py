#!/usr/bin/env python3
"""check_powershell.py finds what it is there to find, and nothing in what is sound."""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check_powershell  # noqa: E402 (its folder is known only now)

SOUND = b"""# sound
param(
    [string]$Path,
    [switch]$Force
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$script:Count = 0
function Add-One {
    param(
        [int]$Number = 1
    )
    [int]$sum, $rest = ($script:Count + $Number), $null
    foreach ($item in @($rest, $sum)) {
        Write-Host "$item of $(Join-Path $Path 'a') in $env:TEMP, ${sum}"
    }
    $script:Count++
    try {
        & $Path -x | ForEach-Object { $_.Name }
        sc.exe query
    }
    catch {
        Write-Host $_.Exception.Message
    }
}
Add-One -Number 2
if ($Force) {
    Add-One
}
"""
# What is put in place of a part of it, and the one finding there is to be.
BROKEN = [
    (b"catch {", b"catch", "does not parse"),
    (b"$item of", b"\xe3\x81\x82 of", "not ASCII"),
    (b"Add-One -Number 2", b"Add-Two -Number 2", "Add-Two: neither ours"),
    (b"Add-One -Number 2", b"ls $Path", "ls: neither ours"),
    (b"Add-One -Number 2", b"Get-Error", "Get-Error: neither ours"),
    (b"Add-One -Number 2", b"Add-One -Nubmer 2", "Add-One has no parameter -Nubmer"),
    (b"-Version Latest", b"-Vresion Latest", "Set-StrictMode has no parameter -Vresion"),
    (b"Add-One -Number 2", b"Add-One && Add-One", "'&&': only PowerShell 7"),
    (b"$script:Count++", b"$script:Cuont++", "$script:Cuont: read"),
    (b"in $env:TEMP", b"in $temp", "$temp: read"),
    (b"($script:Count + $Number)", b"$item.Sum + $numbre", "$numbre: read"),
    (b"if ($Force)", b"if ($sum)", "$sum: read"),  # of the function, and read outside
    (b"$script:Count = 0", b"$script:Count = 0; $Home = 1", "$Home: PowerShell's own"),
    (b"foreach ($item in", b"foreach ($input in", "$input: PowerShell's own"),
    (b"function Add-One", b"function addone { }\nfunction Add-One", "addone: a function is"),
]


def findings_of(files):
    program = check_powershell.Program()
    for name, data in files.items():
        program.add(name, data)
    return program.check()


def findings(data):
    return findings_of({"x.ps1": data})


def our_scripts():
    return subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.ps1"], cwd=ROOT,
                          check=True, capture_output=True, text=True).stdout.split()


class Checks(unittest.TestCase):
    def test_sound(self):
        self.assertEqual(findings(SOUND), [])

    def test_broken(self):
        for old, new, due in BROKEN:
            self.assertEqual(SOUND.count(old), 1, old)
            found = findings(SOUND.replace(old, new))
            self.assertTrue(any(due in finding for finding in found), (new, found))

    def test_functions_of_other_files(self):
        self.assertEqual(findings_of({
            "a.ps1": b"$script:Shared = 1\nfunction Get-A {\n    $script:Shared\n}\n",
            "b.ps1": b"function Get-B {\n    Get-A\n    $script:Shared\n}\n"}), [])

    def test_a_bracket_less(self):
        """Whichever bracket is taken out of our own scripts, they no longer pass."""
        ours = {name: (ROOT / name).read_bytes() for name in our_scripts()}
        self.assertEqual(findings_of(ours), [])
        parser = check_powershell.Parser(check_powershell.LANGUAGE)
        taken = 0
        for name, data in ours.items():
            for node in check_powershell.walk(parser.parse(data).root_node):
                # In a text a further ")" may end what the one taken out has ended.
                if node.type not in tuple("{}()[]") or node.parent.type == "sub_expression":
                    continue
                less = data[:node.start_byte] + data[node.end_byte:]
                taken += 1
                if not parser.parse(less).root_node.has_error:
                    found = findings_of({**ours, name: less})
                    self.assertNotEqual(found, [], f"{name}:{node.start_point.row + 1}")
        self.assertGreater(taken, 500)

    def test_every_acceptance_check_runs_and_is_described(self):
        home = ROOT / "tests/windows"
        written = [name for path in home.glob("lib/checks_*.ps1")
                   for name in re.findall(r"^function (Test-\w+)", path.read_text(), re.M)]
        run = re.findall(r"'(Test-\w+)'", (home / "acceptance.ps1").read_text())
        described = re.findall(r"^\| `(Test-\w+)`", (home / "README.md").read_text(), re.M)
        self.assertEqual(run, described)
        self.assertEqual(sorted(run), sorted(written))

    def test_exit_code(self):
        tool = ROOT / "tools/check_powershell.py"
        for words, due in (([], 1), ([ROOT / "tests/lint/broken.yml"], 1)):
            done = subprocess.run([sys.executable, tool, *words], capture_output=True, check=False)
            self.assertEqual(done.returncode, due, words)


if __name__ == "__main__":
    unittest.main(verbosity=0)
