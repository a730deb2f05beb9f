"""What `secloop code secrets` costs on files, beside `gitleaks dir` and `kingfisher scan`, in turns in one run.

    python bench/files.py --gitleaks BIN --kingfisher BIN [--rounds N] TREE...

Each round starts without results and without a store, as on a fresh machine; what a tool compiles of its rules is
kept, as gitleaks has its own built in, and so is Python's bytecode, as in an installed package. The best of the rounds
counts. `stored` is the same with the run remembered, which no peer does. A tree that is no git repository is walked.
Bars, of `--no-store`: wall <= 0.35x gitleaks, <= 0.7x kingfisher.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

BARS = {"gitleaks": 0.35, "kingfisher": 0.7}
_ENDED = frozenset({0, 1, 3, 200, 205})
"""Exit codes of a scan that came to its end; kingfisher ends with 200 or 205 where it found something."""


class Cost(NamedTuple):
    """Wall and CPU seconds, children included."""

    wall: float
    cpu: float


def main() -> None:
    """Print a table for each tree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--gitleaks", default=shutil.which("gitleaks") or "")
    parser.add_argument("--kingfisher", default=shutil.which("kingfisher") or "")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="secloop-bench-") as work:
        for tree in given.trees:
            show(
                tree.name, measure(commands(tree.resolve(), given.gitleaks, given.kingfisher), Path(work), given.rounds)
            )


def commands(tree: Path, gitleaks: str, kingfisher: str) -> dict[str, list[str]]:
    """Return what is run, by name."""
    own = [sys.executable, "-m", "secloop", "code", "secrets", str(tree), "--quiet"]
    found = {"secloop": [*own, "--no-store"], "stored": own}
    if gitleaks:
        found["gitleaks"] = [gitleaks, "dir", str(tree), "--no-banner"]
    if kingfisher:
        found["kingfisher"] = [kingfisher, "scan", str(tree), "--no-validate", "--git-history", "none"]
    return found


def measure(wanted: dict[str, list[str]], work: Path, rounds: int) -> dict[str, Cost]:
    """Run every command `rounds` times in turns, after one round in which rules are compiled; return the best."""
    costs: dict[str, list[Cost]] = {name: [] for name in wanted}
    for n in range(rounds + 1):
        for name, command in wanted.items():
            shutil.rmtree(work / "state", ignore_errors=True)
            for path in (work / "cache").glob("**/scan.db*"):
                path.unlink()
            cost = run(command, work)
            if n:
                costs[name].append(cost)
    return {
        name: Cost(min(one.wall for one in some), min(one.cpu for one in some)) for name, some in costs.items() if some
    }


def run(command: list[str], work: Path) -> Cost:
    """Run a command without its output; one that did not come to its end ends the bench."""
    env = {**os.environ, "XDG_CACHE_HOME": str(work / "cache"), "XDG_STATE_HOME": str(work / "state")}
    env |= {"PYTHONPYCACHEPREFIX": str(work / "bytecode")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, env=env, cwd=work, capture_output=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in _ENDED:
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def show(name: str, best: dict[str, Cost]) -> None:
    """Print the costs and the ratios to each peer."""
    print(name)
    for tool, cost in best.items():
        print(f"  {tool:<12} {cost.wall:6.2f} s wall {cost.cpu:6.2f} s CPU")
    for peer, bar in BARS.items():
        if peer in best:
            wall, cpu = best["secloop"].wall / best[peer].wall, best["secloop"].cpu / best[peer].cpu
            verdict = "holds" if wall <= bar else "missed"
            print(f"  secloop / {peer}: wall {wall:.2f}x (bar {bar}: {verdict}), CPU {cpu:.2f}x")


if __name__ == "__main__":
    main()
