"""Fixes: what `secloop fix` clears on real trees, and whether the ecosystem's own tool takes what it wrote.

  fix.py clear ADVISORIES TREE...
      findings before, cleared by the edits alone (applied to a copy, scanned again), groups
  fix.py rounds ADVISORIES TREE COMMAND...
      applies, runs COMMAND (e.g. `npm install --package-lock-only --ignore-scripts`) in the copy, and again until
      nothing is written

A tree is copied without `.git` and `node_modules`. Every changed file is compared byte by byte: what is not the text of
an edit must be as before.
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
from pathlib import Path
from typing import Any

MOST_ROUNDS = 6
KINDS = ("vulnerability",)


def clear(advisories: str, trees: list[Path]) -> None:
    """Print one line per tree."""
    print(f"{'tree':<16} findings groups  edits   both commands cleared  new  CPU s")
    for tree in trees:
        with tempfile.TemporaryDirectory() as folder:
            copy = copied(tree, Path(folder) / tree.name)
            before = findings(copy, advisories)
            start = children()
            plan = fix(copy, advisories)
            seconds = children() - start
            contents = {edit["file"]: (copy / edit["file"]).read_bytes() for edit in edits_of(plan)}
            fix(copy, advisories, "--apply")
            check(copy, plan, contents)
            after = findings(copy, advisories)
            counts = plan["counts"]
            groups = len({one["group"] for one in plan["proposals"]})
            numbers = (len(before), groups, *list(counts.values())[1:])
            told = " ".join(f"{n:>{w}}" for n, w in zip(numbers, (8, 6, 6, 6, 8), strict=True))
            print(
                f"{tree.name:<16} {told} {len(before - after):>7} {len(after - before):>4} {seconds:>6.1f}", flush=True
            )


def rounds(advisories: str, tree: Path, command: list[str]) -> None:
    """Print findings before each round, and how the tool ended."""
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(tree, Path(folder) / tree.name)
        for number in range(1, MOST_ROUNDS + 1):
            before = len(findings(copy, advisories))
            written = fix(copy, advisories, "--apply")["written"]
            if not written:
                print(f"round {number}: {before} findings, nothing to write")
                return
            done = subprocess.run(command, cwd=copy, check=False, capture_output=True)
            print(
                f"round {number}: {before} findings, wrote {', '.join(written)}, tool exit {done.returncode}",
                flush=True,
            )


def copied(tree: Path, target: Path) -> Path:
    """Return a copy of a tree."""
    shutil.copytree(tree, target, ignore=shutil.ignore_patterns(".git", "node_modules"), symlinks=True)
    return target


def findings(tree: Path, advisories: str) -> set[tuple[str, str, str]]:
    """Return (finding, file, component) of the vulnerable packages of a tree; a version is not part of it."""
    found = secloop("scan", tree, advisories, "--no-store", "--soft-fail")["findings"]
    return {(row["id"], row["file"], row["component"]) for row in found if row["kind"] in KINDS}


def fix(tree: Path, advisories: str, *flags: str) -> dict[str, Any]:
    """Return the plan of `secloop fix`."""
    return secloop("fix", tree, advisories, *flags)


def secloop(name: str, tree: Path, advisories: str, *flags: str) -> dict[str, Any]:
    """Return what a command says in JSON."""
    command = [sys.executable, "-m", "secloop", name, str(tree), "--root", str(tree), "--advisories", advisories]
    done = subprocess.run([*command, "-f", "json", *flags], check=False, capture_output=True)
    if done.returncode not in {0, 3}:
        raise SystemExit(done.stderr.decode())
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def edits_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the edits of a plan, equal ones once."""
    found = {(e["file"], e["start"], e["end"], e["text"]): e for one in plan["proposals"] for e in one["fix"]["edits"]}
    return [found[key] for key in sorted(found)]


def check(tree: Path, plan: dict[str, Any], before: dict[str, bytes]) -> None:
    """Raise SystemExit where a file is not what its edits make of it, byte by byte."""
    for file, data in before.items():
        text = data.decode()
        for edit in reversed([edit for edit in edits_of(plan) if edit["file"] == file]):
            text = text[: edit["start"]] + edit["text"] + text[edit["end"] :]
        if (tree / file).read_bytes() != text.encode():
            raise SystemExit(f"{tree}: {file} is not what its edits make of it")


def children() -> float:
    """Return the CPU seconds of all finished children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["clear", "rounds"])
    parser.add_argument("advisories")
    parser.add_argument("rest", nargs="+")
    given = parser.parse_args()
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()
    if given.what == "clear":
        clear(given.advisories, [Path(one) for one in given.rest])
    else:
        rounds(given.advisories, Path(given.rest[0]), given.rest[1:])


if __name__ == "__main__":
    main()
