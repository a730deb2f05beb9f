"""Writes src/secloop/stages/build/supply/popular.json: the names that typosquats imitate.

  popular_names.py [PYPI.tsv NPM.tsv]

Tables of package names: PyPI's with the download rank in the fourth column, npm's with monthly downloads in the third.
`names` are the most used ones; `known` are real, widely used packages whose names look like one of them.
Names of other registries stand in popular_names.txt; without tables those of PyPI and npm stay as they are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from secloop.stages.build.supply.typos import Names, imitated

TARGET = Path(__file__).parents[1] / "src/secloop/stages/build/supply/popular.json"
OTHERS = Path(__file__).with_suffix(".txt")
MOST, WIDE = 2500, 60_000
SHORTEST = 4


def main(pypi: Path | None = None, npm: Path | None = None) -> None:
    """Write the file."""
    if pypi and npm:
        out = {"PyPI": _chosen("PyPI", _column(pypi, 3)), "npm": _chosen("npm", _column(npm, 2, falling=True))}
    else:
        kept = json.loads(TARGET.read_text())
        out = {own: {key: some.split() for key, some in kept[own].items()} for own in ("PyPI", "npm")}
    for line in OTHERS.read_text().splitlines():
        label, _, names = line.partition(": ")
        ecosystem = label.removeprefix("known ")
        if names and not line.startswith("#"):
            own = out.setdefault(ecosystem, {"names": [], "known": []})
            own["known" if label.startswith("known ") else "names"] = sorted(set(names.split()))
    rows = {ecosystem: {key: " ".join(some) for key, some in one.items()} for ecosystem, one in out.items()}
    TARGET.write_text(json.dumps(rows, indent=0, sort_keys=True) + "\n")
    for ecosystem, one in out.items():
        print(ecosystem, len(one["names"]), "names,", len(one["known"]), "known beside them")


def _column(path: Path, column: int, *, falling: bool = False) -> list[str]:
    rows = (line.rstrip("\n").split("\t") for line in path.open(encoding="utf-8", errors="replace"))
    ranked = [(int(row[column]), row[0]) for row in rows if len(row) > column and row[column].isdigit()]
    return [name for _, name in sorted(ranked, key=lambda one: (-one[0] if falling else one[0], one[1]))][:WIDE]


def _chosen(ecosystem: str, ranked: list[str]) -> dict[str, list[str]]:
    most = sorted(name for name in ranked[:MOST] if len(name) >= SHORTEST)
    names = Names(frozenset(most), frozenset())
    known = sorted(name for name in ranked if imitated(ecosystem, name, names))
    return {"names": most, "known": known}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
