"""Which packages of real trees are in use, by what evidence, and what the answer costs.

  reach.py TREE...                       counts of verdicts over all packages, as if each were vulnerable, and CPU
  reach.py --sample N [--level L] TREE...  beside it, N verdicts drawn with a fixed seed, to be checked by hand
  reach.py --cost N TREE...              CPU of `secloop scan` with and without the sensor, best of N, in turns

A verdict is checked by reading the tree: for `in-use` the place that the path names; for `not-in-use` every place that
holds the package's name, in whatever spelling, outside locks and manifests.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.facts import Component, Imports
from secloop.rules.base import RuleSet
from secloop.scan import engine
from secloop.scan.base import Settings
from secloop.scan.sources import WorkTree
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.reach.evidence import judge_of
from secloop.stages.build.reach.judge import Verdict
from secloop.stages.build.reach.sensor import ReachSensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from secloop.model.finding import Observation

SEED = 4
LEVELS = ("in-use", "not-in-use", "")
Row = tuple[str, str, str, Verdict]
"""Tree, file, purl and verdict."""


class Kept(DependenciesSensor):
    """Keeps the facts instead of matching advisories."""

    facts: Sequence[Observation] = ()

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:  # noqa: ARG002
        """Keep the facts."""
        self.facts = facts
        return iter(())


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--level", choices=LEVELS)
    parser.add_argument("--cost", type=int, default=0)
    given = parser.parse_args()
    if given.cost:
        for tree in given.trees:
            print(cost(tree, given.cost))
        return
    rows = [row for tree in given.trees for row in judged(tree)]
    wanted = [row for row in rows if given.level is None or row[3].level == given.level]
    drawn = random.Random(SEED).sample(wanted, min(given.sample, len(wanted)))  # noqa: S311 - no secret
    for tree, file, purl, verdict in sorted(drawn):
        print(f"{verdict.level or 'unknown':<12} {tree} {file} {purl}\n             {verdict.path}")


def judged(tree: Path) -> list[Row]:
    """Return the verdicts on all packages of a tree; print how many of each, and the CPU of judging."""
    sensor = Kept()
    settings = Settings(root=str(tree))
    engine.scan(WorkTree(tree), [ReachSensor(), sensor], settings, RuleSet([]), jobs=1)
    components = [one for one in sensor.facts if isinstance(one, Component)]
    imports = [one for one in sensor.facts if isinstance(one, Imports)]
    start = time.process_time()
    found = judge_of(components, imports, str(tree)).verdicts(components)
    spent = time.process_time() - start
    counts = Counter(verdict.level or "unknown" for verdict in found.values())
    shown = ", ".join(f"{counts[level or 'unknown']} {level or 'unknown'}" for level in LEVELS)
    print(f"{tree.name:<20} {len(imports):>5} files, {len(found):>5} packages: {shown}; judged in {spent:.2f} s CPU")
    return [(tree.name, file, purl, verdict) for (file, purl), verdict in found.items()]


def cost(tree: Path, times: int) -> str:
    """Return the CPU seconds of a cold scan with and without the sensor, and their ratio."""
    best = {"": float("inf"), "reach": float("inf")}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, tree.name)
        shutil.copytree(tree, copy, symlinks=True)
        for _ in range(times):
            for disabled, least in best.items():
                names = f'"{disabled}"' if disabled else ""
                (copy / "secloop.toml").write_text(f"[scan]\ndisable = [{names}]\n")
                best[disabled] = min(least, _scan(copy))
    ratio = best[""] / best["reach"]
    return f"{tree.name:<20} {best['']:.2f} s with, {best['reach']:.2f} s without: {ratio:.3f}x"


def _scan(tree: Path) -> float:
    """Return the CPU seconds of one cold scan, workers included."""
    before = os.times()
    command = [sys.executable, "-m", "secloop", "scan", str(tree), "--no-store", "--no-cache"]
    subprocess.run([*command, "--format", "json", "-o", os.devnull], capture_output=True, check=False)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
