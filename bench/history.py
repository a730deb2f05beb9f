"""What `secloop code history` costs and finds on repositories, beside `gitleaks git` in the same run.

    python bench/history.py REPOSITORY...                    CPU of whole process trees, fresh and again with its memory
    python bench/history.py --gitleaks BIN REPOSITORY...     and of gitleaks; prints the ratio (bar: 0.4)
    python bench/history.py --whole REPOSITORY...            looks at every version whole: the findings must be equal

Nothing is fetched. Both look at all refs. gitleaks has rules of its own: of the rules both have (`SHARED`) the secrets
that only it names are printed by place, so that one can look at them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BAR = 0.4
SHARED = {
    "aws-access-token": "aws-access-key",
    "github-pat": "github-token",
    "github-oauth": "github-token",
    "github-app-token": "github-token",
    "private-key": "private-key",
    "slack-bot-token": "slack-token",
    "jwt": "json-web-token",
}
"""Rules of gitleaks by the page of ours that finds the same."""

_ENDED = (0, 1, 3)
"""Exit codes of a scan that came to its end: passed, found something, incomplete."""


def cpu(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[float, bytes]:
    """Return the CPU seconds of a command with its children, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in _ENDED:
        sys.exit(done.stderr.decode())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def ours(repository: Path, cache: Path, *, whole: bool = False) -> tuple[float, dict[str, Any]]:
    """Return CPU and report of secloop with a cache folder; `whole` leaves nothing of a version out."""
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "XDG_STATE_HOME": str(cache)}
    start = "from secloop.cli.main import main; main()"
    if whole:
        look = "import secloop.stages.code.history.look as look"
        start = f"{look}; look.changed = lambda old, new: [] if old == new else [(0, len(new))]; {start}"
    command = [sys.executable, "-c", start, "code", "history", "--all-refs", "--no-store", "-f", "json"]
    spent, printed = cpu([*command, *(["--no-cache"] if whole else [])], repository, environ)
    return spent, json.loads(printed)


def theirs(binary: str, repository: Path) -> tuple[float, list[dict[str, Any]]]:
    """Return CPU and findings of gitleaks."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "report.json")
        command = [binary, "git", str(repository), "--no-banner", "--report-format", "json", "--report-path", str(out)]
        spent, _ = cpu(command, repository, dict(os.environ))
        found: list[dict[str, Any]] = json.loads(out.read_text())
    return spent, found


def missed(report: dict[str, Any], found: list[dict[str, Any]]) -> list[str]:
    """Return the places at which only gitleaks has a secret of a shared rule; a file is enough to pair two."""
    own = {(row["file"], row["rule"].partition(".")[0]) for row in report["findings"]}
    places = {
        (one["File"], SHARED[one["RuleID"]], one["Commit"], one["StartLine"])
        for one in found
        if one["RuleID"] in SHARED
    }
    return [
        f"{page} {commit[:10]} {file}:{line}" for file, page, commit, line in sorted(places) if (file, page) not in own
    ]


def keys(report: dict[str, Any]) -> set[tuple[str, ...]]:
    """Return what findings are compared by."""
    return {
        (row["id"], row["rule"], row["file"], str(row["line"]), row["evidence"]["commit"], row["evidence"]["in_head"])
        for row in report["findings"]
    }


def bench(repository: Path, binary: str, *, whole: bool) -> None:
    """Print the figures of one repository."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        subprocess.run(
            [sys.executable, "-m", "secloop", "code", "secrets", "--no-store", "-q", str(Path(__file__))],
            env={**os.environ, "XDG_CACHE_HOME": folder},
            check=False,
            capture_output=True,
        )  # fmt: skip - compiles the rules once, as any run before did
        fresh, report = ours(repository, cache)
        again, _ = ours(repository, cache)
        note = report["notes"][0] if report["notes"] else ""
        print(f"{repository.name}: {len(report['findings'])} rows, complete {report['verdict']['complete']}. {note}")
        print(f"  secloop code history: {fresh:.2f} CPU s fresh, {again:.2f} again")
        if whole:
            spent, all_of_it = ours(repository, cache, whole=True)
            print(f"  every version whole: {spent:.2f} CPU s, equal findings: {keys(all_of_it) == keys(report)}")
    if binary:
        spent, found = theirs(binary, repository)
        verdict = "holds" if fresh <= BAR * spent else "missed"
        print(
            f"  gitleaks git: {spent:.2f} CPU s, {len(found)} findings; ratio {fresh / spent:.2f}, bar {BAR} {verdict}"
        )
        for line in missed(report, found):
            print(f"  only gitleaks: {line}")


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--gitleaks", default="", metavar="BIN")
    parser.add_argument("--whole", action="store_true")
    args = parser.parse_args()
    for repository in args.repositories:
        bench(repository.resolve(), args.gitleaks, whole=args.whole)


if __name__ == "__main__":
    main()
