"""What the pre-commit hook costs: 20 staged files, nothing staged, one secret, beside Python's own start and gitleaks.

    python bench/hook.py [--gitleaks PATH] [--files 20] [--rounds 15] [--tree FOLDER] [--json FILE]

The staged files are the first of a tree (default: secloop's own source), each with a line changed. Every row is a whole
process, the way the hook's script starts it; rows take turns, so that all meet the same machine. Bytecode is compiled,
as an installer leaves it. Bar: the median of `staged` is at most 300 ms on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from secloop.rules.generate import expand

ROOT = Path(__file__).resolve().parents[1]
HOOK = [sys.executable, "-P", "-m", "secloop", "code", "hook", "run", "pre-commit"]
BAR = 0.300
SMALL = 1000
"""Bytes up to which a file is no fair sample."""


class Cost(NamedTuple):
    """Wall and CPU seconds of one process, children included."""

    wall: float
    cpu: float


class Case(NamedTuple):
    """A command in a repository, and the exit code that shows it did its work."""

    command: list[str]
    folder: Path
    code: int


def main() -> int:
    """Print a table and, with `--json`, write it; return 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gitleaks", default=shutil.which("gitleaks") or "")
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tree", type=Path, default=ROOT / "src")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="secloop-bench-") as work:
        rows = measure(cases(Path(work), given.tree, given.files, given.gitleaks), Path(work), given.rounds)
    start = rows["python -c pass"]["wall ms"]
    for name, row in rows.items():
        print(f"{name:<22} {row['wall ms']:7.0f} ms wall {row['best ms']:7.0f} ms best {row['cpu ms']:7.0f} ms CPU")
    spent = rows["staged"]["wall ms"]
    print(f"staged: {spent:.0f} ms, of which Python's own start is {start:.0f}; bar {BAR * 1000:.0f}")
    if given.json:
        given.json.write_text(json.dumps({"load": os.getloadavg(), "rows": rows}, indent=1))
    return int(spent > BAR * 1000)


def cases(work: Path, tree: Path, files: int, gitleaks: str) -> dict[str, Case]:
    """Make the repositories: `staged` with changed files, `empty` with none, `secret` with one more that holds one."""
    staged, empty, secret = (work / name for name in ("staged", "empty", "secret"))
    sources = sorted(path for path in tree.rglob("*.py") if path.stat().st_size > SMALL)[:files]
    for repository in (staged, empty, secret):
        repository.mkdir()
        git(repository, "init", "-q")
        for n, source in enumerate(sources):
            shutil.copy(source, repository / f"f{n}.py")
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", "before")
    for repository in (staged, secret):
        for path in repository.glob("*.py"):
            path.write_text(path.read_text() + "# changed\n")
    (secret / "settings.py").write_text(expand('token = "{{crc32:ghp_,30}}"\n'))
    for repository in (staged, secret):
        git(repository, "add", "-A")
    found = {
        "python -c pass": Case([sys.executable, "-c", "pass"], empty, 0),
        "git --version": Case(["git", "--version"], empty, 0),
        "nothing staged": Case(HOOK, empty, 0),
        "staged": Case(HOOK, staged, 0),
        "staged, with a secret": Case(HOOK, secret, 1),
    }
    if gitleaks:
        found["gitleaks, staged"] = Case([gitleaks, "git", "--staged", "--no-banner"], staged, 0)
    return found


def measure(wanted: dict[str, Case], work: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Run every case `rounds` times in turns, after one round that fills the caches; return medians and bests."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"XDG_CACHE_HOME": str(work / "cache"), "PYTHONPYCACHEPREFIX": str(work / "bytecode")}
    costs: dict[str, list[Cost]] = {name: [] for name in wanted}
    for n in range(rounds + 1):
        for name, case in wanted.items():
            cost = run(case, env)
            if n:
                costs[name].append(cost)
    return {
        name: {
            "wall ms": statistics.median(cost.wall for cost in some) * 1000,
            "best ms": min(cost.wall for cost in some) * 1000,
            "cpu ms": statistics.median(cost.cpu for cost in some) * 1000,
        }
        for name, some in costs.items()
    }


def run(case: Case, env: dict[str, str]) -> Cost:
    """Run a command; one that ends otherwise than it should ends the bench."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(case.command, cwd=case.folder, env=env, capture_output=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != case.code:
        sys.exit(f"{case.command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def git(repository: Path, *args: str) -> None:
    """Run git with an identity."""
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "core.hooksPath=/dev/null")
    subprocess.run(["git", *identity, *args], cwd=repository, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
