"""What an inventory of a tree costs and holds, beside Trivy in the same run.

  inventory.py [--rounds N] [--trivy PATH] [--show N] TREE...

Trivy runs as `trivy fs --list-all-pkgs --scanners license --offline-scan`: its inventory mode, since no database can be
had without a network. Ours is `secloop build sbom` and, since Trivy's run judges licences, `secloop build licenses`;
both are run in turns, with a warm cache and with none, best of N. Wall time counts on a quiet machine only; CPU is of
all processes.

A package is (ecosystem, name, version). It is confirmed where a reader that shares no code with ours finds it in the
file that we name: a lock file's own entries where a few lines read them, else the name, and the version where there is
one, within the lines about the place we give. Precision is the share that is confirmed. --show prints N of those that
only one tool has, and all that are not confirmed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

TRIVY_FLAGS = (
    "fs", "--quiet", "--format", "json", "--list-all-pkgs", "--scanners", "license", "--offline-scan",
    "--skip-version-check", "--disable-telemetry", "--include-dev-deps",
)  # fmt: skip
LINES = 25
"""About the line given: a lock's entry starts with the name, or holds it."""


class Package(NamedTuple):
    """One package, whichever files name it."""

    ecosystem: str
    name: str
    version: str


class Cost(NamedTuple):
    """Of one command: wall and CPU seconds, children included."""

    wall: float
    cpu: float


class Runs:
    """Runs both tools with state and cache of their own; Python compiles its modules once, as an installation does."""

    def __init__(self, work: Path, trivy: str) -> None:
        self.work, self.trivy = work, trivy
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        own = {"XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state", "PYTHONPYCACHEPREFIX": "compiled"}
        self.env = {**kept, **{name: str(work / folder) for name, folder in own.items()}}

    def ours(self, tree: Path, what: str, *flags: str) -> Cost:
        """Run one of our commands; 0 and 3 are answers."""
        return self._run([sys.executable, "-m", "secloop", "build", what, str(tree), *flags], {0, 3})

    def theirs(self, tree: Path) -> Cost:
        """Run Trivy with an empty result cache, as it has on every run of a changed tree."""
        cache = self.work / "trivy"
        flags = ["--cache-dir", str(cache), "--output", str(self.work / "trivy.json")]
        return self._run([self.trivy, *TRIVY_FLAGS, *flags, str(tree)], {0})

    def _run(self, command: list[str], good: set[int]) -> Cost:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(command, env=self.env, capture_output=True, check=False)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in good:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
        return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measure(runs: Runs, tree: Path, rounds: int, *, show: int) -> None:
    """Print times and packages of one tree."""
    sbom = ("-o", str(runs.work / "ours.json"))
    kinds: dict[str, Callable[[], Cost]] = {
        "secloop build sbom, cold": lambda: runs.ours(tree, "sbom", "--no-cache", *sbom),
        "secloop build sbom, warm": lambda: runs.ours(tree, "sbom", *sbom),
        "secloop build licenses, warm": lambda: runs.ours(tree, "licenses"),
    }
    if runs.trivy:
        kinds["trivy fs, inventory"] = lambda: runs.theirs(tree)
    costs: dict[str, list[Cost]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, run in kinds.items():
            costs[name].append(run())
    best = {name: Cost(min(c.wall for c in seen), min(c.cpu for c in seen)) for name, seen in costs.items()}
    base = best.get("trivy fs, inventory")
    print(f"{tree.name}")
    for name, cost in best.items():
        ratio = f"   {cost.wall / base.wall:5.2f}x wall  {cost.cpu / base.cpu:5.2f}x CPU of Trivy" if base else ""
        print(f"  {name:<30} {cost.wall:7.2f} s wall  {cost.cpu:7.2f} s CPU{ratio}")
    _compare(runs, tree, show)


def _compare(runs: Runs, tree: Path, show: int) -> None:
    found = _ours(json.loads((runs.work / "ours.json").read_bytes()))
    confirmed = {package for package, places in found.items() if any(_confirmed(tree, package, at) for at in places)}
    share = len(confirmed) / max(1, len(found))
    print(f"  packages: {len(found)}, {len(confirmed)} of them confirmed (precision {share:.3f})")
    for package in sorted(found.keys() - confirmed):
        print(f"    not confirmed: {package} {found[package][:2]}")
    if not runs.trivy:
        return
    theirs = _theirs(json.loads((runs.work / "trivy.json").read_bytes()))
    both = found.keys() & theirs.keys()
    print(f"  Trivy: {len(theirs)} packages, {len(both)} in both; only ours {_by_kind(found.keys() - both)}")
    print(f"    only Trivy's {_by_kind(theirs.keys() - both)}")
    for name, only, places in (("ours", found.keys() - both, found), ("Trivy's", theirs.keys() - both, theirs)):
        chosen = random.Random(0).sample(sorted(only), min(show, len(only)))  # noqa: S311 - the same ones in each run
        for package in chosen:
            print(f"    only {name}: {package} {places[package][:2]}")


def _by_kind(packages: set[Package]) -> str:
    counts = Counter(package.ecosystem for package in packages)
    return f"{len(packages)} ({', '.join(f'{kind} {n}' for kind, n in counts.most_common()) or 'none'})"


def _package(purl: str) -> Package:
    """Return the package of a purl, names as their ecosystem compares them."""
    kind, _, rest = purl.removeprefix("pkg:").partition("?")[0].partition("/")
    name, _, version = rest.partition("@") if not rest.startswith("@") else (rest, "", "")
    name = unquote(name)
    if kind == "pypi":
        name = re.sub(r"[-_.]+", "-", name.lower())
    return Package(kind, name, unquote(version))


def _ours(document: dict[str, Any]) -> dict[Package, list[tuple[str, int]]]:
    found: dict[Package, list[tuple[str, int]]] = {}
    for component in document["components"]:
        seen = component.get("evidence", {}).get("occurrences", [])
        places = [(one["location"], one.get("line", 1)) for one in seen]
        found.setdefault(_package(component["purl"]), []).extend(places)
    return found


def _theirs(document: dict[str, Any]) -> dict[Package, list[tuple[str, int]]]:
    found: dict[Package, list[tuple[str, int]]] = {}
    for result in document.get("Results") or []:
        for package in result.get("Packages") or []:
            purl = package.get("Identifier", {}).get("PURL")
            if purl and package.get("Relationship") not in {"root", "workspace"}:
                found.setdefault(_package(purl), []).append((result["Target"], 0))
    return found


def _confirmed(tree: Path, package: Package, place: tuple[str, int]) -> bool:
    file, line = place
    own = _entries(tree / file)
    if own is not None:
        return (package.name, package.version) in own
    lines = _lines(tree / file)
    near = "\n".join(lines[max(0, line - 3) : line + LINES]).lower()
    name = package.name.lower().rpartition("/")[2] if package.ecosystem != "npm" else package.name.lower()
    name_found = re.search(r"[-_.]+".join(map(re.escape, re.split(r"[-_.]+", name))), near) is not None
    return name_found and package.version.lower() in near


@lru_cache(maxsize=1 << 10)
def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines()


@lru_cache(maxsize=64)
def _entries(path: Path) -> frozenset[tuple[str, str]] | None:
    """Return (name, version) of each entry of a lock file, None for a file that these few lines cannot read."""
    if path.name in {"uv.lock", "poetry.lock"}:
        rows = tomllib.loads(path.read_text())["package"]
        return frozenset((re.sub(r"[-_.]+", "-", row["name"].lower()), row.get("version", "")) for row in rows)
    if path.name == "package-lock.json":
        rows = json.loads(path.read_bytes()).get("packages", {})
        return frozenset(
            (row.get("name") or key.rpartition("node_modules/")[2], row.get("version", "")) for key, row in rows.items()
        )
    text = path.read_text("utf-8", "replace") if path.name in {"pnpm-lock.yaml", "yarn.lock"} else ""
    if path.name == "pnpm-lock.yaml":
        return frozenset(re.findall(r"^  '?((?:@[^/]+/)?[^@/'\s]+)@([^:('\s]+)", text, re.MULTILINE))
    if path.name == "yarn.lock":
        return frozenset(re.findall(r'^"?((?:@[^/]+/)?[^@"\s]+)@[^\n]*:\n  version:? "?([^"\n]+)', text, re.MULTILINE))
    return None


def main() -> None:
    """Measure every tree given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path, metavar="TREE")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--trivy", default="", metavar="PATH", help="the trivy program; without it ours alone")
    parser.add_argument("--show", type=int, default=0, metavar="N")
    given = parser.parse_args()
    for tree in given.trees:
        with tempfile.TemporaryDirectory() as work:
            measure(Runs(Path(work), given.trivy), tree, given.rounds, show=given.show)


if __name__ == "__main__":
    main()
