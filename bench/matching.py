"""Are a scan's vulnerability findings what a plain reading of the advisories gives for the same inventory.

  matching.py TREE... [--advisories SOURCE]

A tree is scanned once (JSON report). For each of its components, every advisory of the source on that name is evaluated
by a reading of its own: OSV events step by step, range expressions comparator by comparator, listed versions by
equality. Compared are (file, package, advisory) rows. SOURCE is the compact snapshot or a folder of OSV records.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from ranges import SNAPSHOT, Entry, entries, order, plain

from secloop.stages.build.purl import ecosystem_of, package_name

COMPARATOR = re.compile(r"(<=|>=|<|>|\^|~>?|=)?\s*([0-9A-Za-z][0-9A-Za-z.*+-]*)")
SIGNS = {"<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}, "=": {0}, "": {0}}
WHOLE = re.compile(r"\d+\.\d+\.\d+")


def affected(entry: Entry, version: str) -> bool | None:
    """Return whether an entry affects a version, None for an expression that this reading does not know."""
    if version in entry.versions or any(order(entry.ecosystem, version, one) == 0 for one in entry.versions):
        return True
    if any(plain(entry.ecosystem, version, events) for events in entry.ranges):
        return True
    if entry.vulnerable:
        told = [expression(entry.ecosystem, text, version) for text in entry.vulnerable]
        return True if True in told else None if None in told else False
    if entry.ecosystem == "RubyGems" and not (entry.safe or entry.ranges or entry.versions):
        return True  # RubySec writes safe ranges only
    if entry.safe and not entry.ranges and not entry.versions:
        told = [expression(entry.ecosystem, text, version) for text in entry.safe]
        return False if True in told else None if None in told else True
    return False


def expression(ecosystem: str, text: str, version: str) -> bool | None:
    """Return whether plain comparators hold, None where there are others (`^`, `~`, partial versions of npm)."""
    outcome: bool | None = False
    for part in text.split("||"):
        holds: bool | None = True
        for sign, bound in COMPARATOR.findall(part.replace(",", " ")):
            if sign not in SIGNS or (ecosystem == "npm" and not WHOLE.match(bound) and sign != "<"):
                holds = None
                break
            holds = bool(holds) and order(ecosystem, version, bound) in SIGNS[sign]
        if holds:
            return True
        outcome = None if holds is None or outcome is None else False
    return outcome


def scanned(tree: Path, source: Path) -> dict[str, Any]:
    """Return the JSON report of a scan of `tree`."""
    command = [sys.executable, "-m", "secloop", "scan", str(tree), "--advisories", str(source)]
    done = subprocess.run([*command, "--no-store", "-f", "json"], capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"{tree}: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def compared(report: dict[str, Any], known: dict[tuple[str, str], list[Entry]]) -> None:
    """Print how many (file, package, advisory) rows both readings have, and those that only one has.

    A finding stands for all ids of its group: it is one too many when none of them affects the version.
    """
    found = [row for row in report["findings"] if row["kind"] == "vulnerability" or row["rule"].startswith("malicious")]
    said = {(row["file"], row["purl"], own) for row in found for own in row["ids"]}
    alike = left = 0
    missed: list[str] = []
    plainly: set[tuple[str, str, str]] = set()
    for part in report["components"]:
        for entry in _entries(part, known):
            verdict = affected(entry, part["version"])
            left += verdict is None
            row = (part["file"], part["purl"], entry.id)
            if verdict is not False:
                plainly.add(row)
            if verdict and row in said:
                alike += 1
            elif verdict and not entry.library:
                missed.append(f"{row} is affected, and not found")
    extra = [
        f"{row['file']} {row['purl']} {row['ids'][0]} is found, and not affected"
        for row in found
        if not any((row["file"], row["purl"], own) in plainly for own in row["ids"])
    ]
    print(f"{alike:6} rows alike, {len(missed)} missed, {len(extra)} too many, {left} not judged by the plain reading")
    print("".join(f"  {line}\n" for line in sorted({*missed, *extra})[:30]), end="")


def _entries(part: dict[str, Any], known: dict[tuple[str, str], list[Entry]]) -> list[Entry]:
    """Return the advisories on a component that has a version which says what is used."""
    if not part["version"] or (part["name"] == "stdlib" and part["file"].endswith("go.mod") and _language_only(part)):
        return []
    ecosystem = ecosystem_of(part["purl"])
    return known.get((ecosystem, package_name(ecosystem, part["name"])), [])


def _language_only(part: dict[str, Any]) -> bool:
    """Return whether a `go` line is older than 1.21: it names a version of the language, not of what is used."""
    return bool(order("Go", part["version"], "1.21") < 0)


def main() -> None:
    """Scan and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--advisories", type=Path, default=SNAPSHOT)
    args = parser.parse_args()
    known: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries(args.advisories):
        if not entry.withdrawn:
            known[entry.ecosystem, entry.package].append(entry)
    for tree in args.trees:
        report = scanned(tree, args.advisories)
        print(f"{tree.name:16} {len(report['components']):6} components", end="")
        compared(report, known)


if __name__ == "__main__":
    main()
