"""Do ranges answer as the OSV schema says, and as the versions that the same advisory lists.

  ranges.py [SOURCE...]        SOURCE is the compact snapshot (default) or a folder of OSV records, JSON or YAML
  ranges.py --list KIND ...    beside it, every exception of that kind

Known versions of a package are all that any record of the sources names for it: listed ones, events and bounds.
1. Evaluation: for every advisory with events and every known version, our answer and that of a plain reading of the
   schema's pseudo-code, which walks the sorted events for one version at a time. PyPI is ordered by `packaging` there.
2. Agreement: where a record lists versions and has ranges, whether both say the same of every listed version of the
   package. Exceptions are told apart by kind.
3. Expressions: whether a version is in a vulnerable and in a safe range expression of one record.
"""

from __future__ import annotations

import argparse
import gzip
import re
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from packaging.version import InvalidVersion
from packaging.version import Version as PyPI

from secloop.stages.build.advisories.archives import from_folder
from secloop.stages.build.advisories.base import Advisory
from secloop.stages.build.advisories.constraints import intervals_of_constraint
from secloop.stages.build.advisories.osv import decode
from secloop.stages.build.advisories.ranges import affects, intervals_of
from secloop.stages.build.purl import package_name
from secloop.stages.build.versions.base import ECOSYSTEMS, compare, key

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOT = Path(__file__).parents[2] / "shared/data/advisories"
LIBRARIES = "JavaScript"
"""retire.js: browser libraries, of which many are npm packages of the same name."""
LETTERS = {"i": "introduced", "f": "fixed", "l": "last_affected", "m": "limit"}
PAIRS = 400
"""Known versions of a package that are looked at, at most; a package with more is thinned out evenly."""

BOUND = re.compile(r"\d[0-9A-Za-z.+-]*")
"""A version in a range expression."""

Event = tuple[str, str]


class Entry(NamedTuple):
    """One advisory on one package, as its source wrote it."""

    id: str
    ecosystem: str
    package: str
    ranges: tuple[tuple[Event, ...], ...]
    versions: tuple[str, ...]
    vulnerable: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    withdrawn: bool = False
    library: bool = False

    def named(self) -> set[str]:
        """Return every version that the entry names."""
        written = (v for events in self.ranges for _, v in events if v != "*")
        bounds = (v for text in (*self.vulnerable, *self.safe) for v in BOUND.findall(text))
        return {*self.versions, *written, *bounds}


def entries(source: Path) -> Iterator[Entry]:
    """Yield what a source says, without any reader of ranges."""
    if any(source.glob("*.jsonl.gz")):
        for file in sorted(source.glob("*.jsonl.gz")):
            ecosystem = file.name.removesuffix(".jsonl.gz")
            rows = (msgspec.json.decode(line) for line in gzip.decompress(file.read_bytes()).splitlines())
            if ecosystem in {*ECOSYSTEMS, LIBRARIES}:
                yield from (_of_row(row, ecosystem) for row in rows)
        return
    for name, data in from_folder(source):
        yield from _of_record(decode(data, name) or {})


def _of_row(row: dict[str, Any], ecosystem: str) -> Entry:
    ranges = tuple(tuple((LETTERS[k], v) for k, v in events) for _, *events in row.get("r", ()))
    library = ecosystem == LIBRARIES
    ecosystem = "npm" if library else ecosystem
    name = package_name(ecosystem, row["pkg"])
    listed, c, s = (tuple(row.get(k, ())) for k in "vcs")
    return Entry(row["id"], ecosystem, name, ranges, listed, c, s, bool(row.get("wd")), library)


def _of_record(record: dict[str, Any]) -> Iterator[Entry]:
    for affected in record.get("affected", ()):
        ecosystem = affected.get("package", {}).get("ecosystem", "").partition(":")[0]
        if ecosystem in ECOSYSTEMS:
            ranges = tuple(
                tuple((kind, version) for event in one["events"] for kind, version in event.items())
                for one in affected.get("ranges", ())
                if one["type"] in {"SEMVER", "ECOSYSTEM"}
            )
            name = package_name(ecosystem, affected["package"]["name"])
            gone = "withdrawn" in record
            yield Entry(record["id"], ecosystem, name, ranges, tuple(affected.get("versions", ())), withdrawn=gone)


@cache
def _pypi(version: str) -> PyPI | None:
    try:
        return PyPI(version)
    except InvalidVersion:
        return None


def order(ecosystem: str, a: str, b: str) -> int:
    """Return -1, 0 or 1; on PyPI by `packaging` where it reads both, so that the yardstick is not our own order."""
    if ecosystem == "PyPI" and (left := _pypi(a)) and (right := _pypi(b)):
        return (left > right) - (left < right)
    return compare(ecosystem, a, b)


def plain(ecosystem: str, version: str, events: tuple[Event, ...]) -> bool:
    """Evaluate one range for one version as https://ossf.github.io/osv-schema/#evaluation writes it."""
    limits = [v for kind, v in events if kind == "limit"]
    if limits and "*" not in limits and not any(order(ecosystem, version, limit) < 0 for limit in limits):
        return False
    vulnerable = False
    steps = [e for e in events if e[0] != "limit"]
    for kind, at in sorted(steps, key=lambda e: (0,) if e == ("introduced", "0") else (1, key(ecosystem, e[1]))):
        place = 1 if (kind, at) == ("introduced", "0") else order(ecosystem, version, at)
        if kind == "introduced" and place >= 0:
            vulnerable = True
        elif (kind == "fixed" and place >= 0) or (kind == "last_affected" and place > 0):
            vulnerable = False
    return vulnerable


def evaluation(found: list[Entry], known: dict[tuple[str, str], list[str]]) -> None:
    """Print how often our intervals answer as the plain reading does."""
    pairs: Counter[str] = Counter()
    wrong: list[str] = []
    ours = theirs = 0.0
    for entry in found:
        if not entry.ranges:
            continue
        intervals = tuple(i for events in entry.ranges for i in intervals_of(entry.ecosystem, events))
        advisory = Advisory(id=entry.id, ecosystem=entry.ecosystem, package=entry.package, intervals=intervals)
        versions = known[entry.ecosystem, entry.package]
        began = time.perf_counter()
        got = [affects(advisory, version) for version in versions]
        ours += time.perf_counter() - began
        began = time.perf_counter()
        expected = [any(plain(entry.ecosystem, version, events) for events in entry.ranges) for version in versions]
        theirs += time.perf_counter() - began
        pairs[entry.ecosystem] += len(versions)
        wrong += [
            f"{entry.id} {entry.package} {v}: we say {a}, the schema {b}"
            for v, a, b in zip(versions, got, expected, strict=True)
            if a != b
        ]
    total = sum(pairs.values())
    print(f"evaluation  {total} (advisory, version) pairs, {len(wrong)} differ   bar 0   {theirs / ours:.1f}x faster")
    print("            " + ", ".join(f"{ecosystem} {count}" for ecosystem, count in pairs.most_common()))
    print("".join(f"  {line}\n" for line in wrong[:50]), end="")


def agreement(found: list[Entry], shown: str) -> None:
    """Print how often listed versions and ranges of one entry say the same, and the exceptions by kind."""
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in found:
        listed[entry.ecosystem, entry.package].update(entry.versions)
    kinds: Counter[str] = Counter()
    both = affected = records = 0
    for entry in found:
        if not entry.versions or not entry.ranges:
            continue
        records += 1
        mine = {key(entry.ecosystem, v) for v in entry.versions}
        newest = max(mine)
        for version in sorted(listed[entry.ecosystem, entry.package]):
            own = key(entry.ecosystem, version)
            in_list = own in mine
            in_range = any(plain(entry.ecosystem, version, events) for events in entry.ranges)
            both += 1
            affected += in_list
            if in_list == in_range:
                continue
            kind = _kind(entry.ecosystem, version, in_list=in_list, later=own > newest)
            kinds[kind] += 1
            if kind.startswith(shown or "\0"):
                print(f"  {kind}: {entry.id} {entry.package} {version}")
    inside = affected - kinds[OUTSIDE]
    print(f"agreement   {records} entries with both")
    if records:
        agreed, asked = both - sum(kinds.values()), both - kinds[LATER] - kinds[PRE_RELEASE]
        share = f"{inside / affected:.4%}"
        print(f"            {inside} of {affected} listed versions are in the ranges ({share})   bar 99.9 %")
        print(f"            {agreed} of {asked} known versions judged alike ({agreed / asked:.4%}), those aside that a")
        print("            list leaves out: pre-releases, and what is younger than the list")
    for kind, count in kinds.most_common():
        print(f"            {count:6} {kind}")


OUTSIDE = "listed, outside the ranges"
LATER = "later than the list"
PRE_RELEASE = "pre-release in the ranges, not listed"


def _kind(ecosystem: str, version: str, *, in_list: bool, later: bool) -> str:
    if in_list:
        return OUTSIDE
    if later:
        return LATER
    parsed = _pypi(version) if ecosystem == "PyPI" else None
    return PRE_RELEASE if parsed and parsed.is_prerelease else "in the ranges, between listed ones"


def expressions(found: list[Entry], known: dict[tuple[str, str], list[str]]) -> None:
    """Print how many versions both a vulnerable and a safe range expression of one entry cover."""
    asked = 0
    both: list[str] = []
    for entry in found:
        if not entry.vulnerable or not entry.safe:
            continue
        for version in known[entry.ecosystem, entry.package]:
            asked += 1
            if _covers(entry, entry.vulnerable, version) and _covers(entry, entry.safe, version):
                both.append(f"{entry.id} {entry.package} {version}: {entry.vulnerable} beside {entry.safe}")
    print(
        f"expressions {asked} (advisory, version) pairs of entries with vulnerable and safe ones, {len(both)} in both"
    )
    print("".join(f"  {line}\n" for line in both[:50]), end="")


def _covers(entry: Entry, texts: tuple[str, ...], version: str) -> bool:
    intervals = tuple(i for text in texts for i in intervals_of_constraint(text, entry.ecosystem))
    return affects(Advisory(id="", ecosystem=entry.ecosystem, package="", intervals=intervals), version)


def main() -> None:
    """Read the sources and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", type=Path, default=[SNAPSHOT])
    parser.add_argument("--list", default="", metavar="KIND", dest="shown")
    args = parser.parse_args()
    found = [entry for source in args.sources for entry in entries(source)]
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in found:
        named[entry.ecosystem, entry.package] |= entry.named()
    known = {own: _thinned(sorted(versions)) for own, versions in named.items()}
    print(f"sources     {len(found)} entries, {len(known)} packages, {sum(map(len, named.values()))} known versions")
    evaluation(found, known)
    agreement(found, args.shown)
    expressions(found, known)


def _thinned(versions: list[str]) -> list[str]:
    return versions[:: len(versions) // PAIRS + 1]


if __name__ == "__main__":
    main()
