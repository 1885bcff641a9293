#!/usr/bin/env python3
"""Line coverage of each folder from gcov's JSON: coverage.py BUILD MINIMUM FOLDER...

Prints one check per folder ("ok coverage of core: 91.2 % ..."), and for a folder that is too low
the files that pull it down. A line is covered when any object that compiled it ran it.
"""
import collections
import json
import pathlib
import subprocess
import sys


def gcov_reports(build):
    """The JSON documents of gcov for every object of the libraries, a folder at a time."""
    folders = collections.defaultdict(list)
    for notes in sorted(build.rglob("*.gcno")):
        if "tests" not in notes.relative_to(build).parts:
            folders[notes.parent].append(notes.name)
    for folder, names in folders.items():
        output = subprocess.run(["gcov", "--json-format", "--stdout", *names], cwd=folder,
                                check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def line_hits(build, source_root):
    hits = collections.defaultdict(dict)
    for report in gcov_reports(build):
        for entry in report["files"]:
            path = pathlib.Path(entry["file"])
            if path.is_absolute():
                if source_root not in path.parents:
                    continue
                path = path.relative_to(source_root)
            lines = hits[path.as_posix().removeprefix("./")]
            for line in entry["lines"]:
                number = line["line_number"]
                lines[number] = max(lines.get(number, 0), line["count"])
    return hits


def main():
    build, minimum, folders = pathlib.Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    hits = line_hits(build, pathlib.Path.cwd())
    failed = 0
    for folder in folders:
        files = {}
        for path, lines in hits.items():
            if path.startswith(folder + "/"):
                files[path] = (sum(count > 0 for count in lines.values()), len(lines))
        covered = sum(file[0] for file in files.values())
        total = sum(file[1] for file in files.values())
        percent = 100 * covered / total if total else 0
        good = percent >= minimum
        failed += not good
        print(f"{'ok' if good else 'not ok'} coverage of {folder} at least {minimum:g} %")
        print(f"    {folder}: {percent:.1f} % of {total} lines")
        for path, (some, count) in sorted(files.items(), key=lambda f: f[1][0] - f[1][1]):
            if not good and some < count:
                print(f"    {path}: {count - some} of {count} lines not run")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
