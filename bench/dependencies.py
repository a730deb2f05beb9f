"""Speed and accuracy of the dependencies sensor.

  dependencies.py [SNAPSHOT_FOLDER]                   import, open and match times on the compact snapshot
  dependencies.py --fixtures LABELS.json TREE         recall, precision, lines and edges on labelled files (fixtures.py)
  dependencies.py --versions TREE                     version order facts of an osv-scalibr tree, and keys a second

Times come with a ratio to a baseline of the same run: decoding the same rows with msgspec (import).
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from fixtures import measure

from secloop.stages.build.advisories.index import open_index
from secloop.stages.build.dependencies.hits import hits
from secloop.stages.build.versions.base import compare, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.stages.build.advisories.base import AdvisoryIndex

PACKAGES = 10_000
KEYS = 100_000
FACT = 3
SIGNS = {"<": -1, "=": 0, ">": 1}
FACTS = {  # the start of a fact file's name -> its ecosystem
    "alpine": "Alpine",
    "cran": "CRAN",
    "debian": "Debian",
    "hackage": "Hackage",
    "maven": "Maven",
    "nuget": "NuGet",
    "packagist": "Packagist",
    "pub": "Pub",
    "pypi": "PyPI",
    "redhat": "Red Hat",
    "rubygems": "RubyGems",
    "semver": "npm",
}
SNAPSHOT = Path(__file__).parents[2] / "shared/data/advisories"


def speed(snapshot: Path) -> None:
    """Print how long the index takes to build, to open and to answer for `PACKAGES` packages."""
    with tempfile.TemporaryDirectory() as cache:
        began = time.perf_counter()
        open_index([snapshot], Path(cache))
        built = time.perf_counter() - began
        began = time.perf_counter()
        index = open_index([snapshot], Path(cache))
        opened = time.perf_counter() - began
        began = time.perf_counter()
        rows = [msgspec.json.decode(line) for line in _lines(snapshot)]
        decoded = time.perf_counter() - began
        print(f"import     {built:7.3f} s   {built / decoded:5.1f}x decoding the rows   bar 5 s")
        print(f"open       {opened * 1000:7.2f} ms                              bar 20 ms")
        _match(index, rows)


def _match(index: AdvisoryIndex, rows: list[dict[str, Any]]) -> None:
    names = sorted({(row["eco"], row["pkg"]) for row in rows})
    known = [
        (eco, pkg, f"{n % 9}.{n % 13}.{n % 7}") for n, (eco, pkg) in enumerate(names * (PACKAGES // len(names) + 1))
    ]
    unknown = [("npm", f"package-{n}", "1.0.0") for n in range(PACKAGES)]
    mixed = [one for pair in zip(known, unknown, strict=False) for one in pair]
    for label, asked in (("half known", mixed[:PACKAGES]), ("all known", known[:PACKAGES])):
        began = time.perf_counter()
        found = sum(1 for one in asked for _ in hits(index, *one))
        spent = time.perf_counter() - began
        print(f"match      {spent:7.3f} s   {PACKAGES} packages, {label}, {found} hits   bar 0.5 s")


def _lines(snapshot: Path) -> Iterable[bytes]:
    for ecosystem in ("Go", "PyPI", "npm"):
        for line in gzip.decompress((snapshot / f"{ecosystem}.jsonl.gz").read_bytes()).splitlines():
            yield line[:-1] + f',"eco":"{ecosystem}"}}'.encode()


def orders(tree: Path) -> None:
    """Print how many version order facts hold in each ecosystem, and how long 100,000 new sort keys take."""
    totals: dict[str, Counter[str]] = {}
    known: dict[str, set[str]] = {}
    for ecosystem, lower, sign, higher in _facts(tree):
        known.setdefault(ecosystem, set()).update((lower, higher))
        count = totals.setdefault(ecosystem, Counter())
        try:
            count["right" if compare(ecosystem, lower, higher) == sign else "wrong"] += 1
        except KeyError:
            count["cannot"] += 1
    for ecosystem, count in sorted({**totals, "all": sum(totals.values(), Counter())}.items()):
        told = (
            f"facts {count.total():6}  right {count['right']:6}  wrong {count['wrong']:3}  cannot {count['cannot']:3}"
        )
        print(f"{ecosystem:12} {told}{_key_time(ecosystem, known.get(ecosystem, set()))}")


def _key_time(ecosystem: str, versions: set[str]) -> str:
    if not versions:
        return ""
    asked = [f"{version}.{n}" for n in range(KEYS // len(versions) + 1) for version in sorted(versions)][:KEYS]
    order = key.__wrapped__  # past the cache
    began = time.perf_counter()
    for version in asked:
        order(ecosystem, version)
    return f"  {KEYS} keys {time.perf_counter() - began:.2f} s"


def _facts(tree: Path) -> Iterable[tuple[str, str, int, str]]:
    for file in sorted((tree / "semantic/testdata").glob("*-versions*.txt")):
        ecosystem = FACTS[file.name.partition("-")[0]]
        for line in file.read_text().splitlines():
            part = line.split()
            if len(part) == FACT and part[1] in SIGNS:
                yield ecosystem, part[0], SIGNS[part[1]], part[2]


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", nargs="?", type=Path, default=SNAPSHOT)
    parser.add_argument("--fixtures", nargs=2, type=Path, metavar=("LABELS.json", "TREE"))
    parser.add_argument("--versions", type=Path, metavar="TREE")
    given = parser.parse_args()
    if given.versions:
        orders(given.versions)
    elif given.fixtures:
        measure(*given.fixtures)
    else:
        speed(given.snapshot)


if __name__ == "__main__":
    main()
