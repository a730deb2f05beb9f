"""Infrastructure code beside Checkov: labels of its own tests, and cost on a tree.

usage: iac.py labels CHECKOV_TREE INLINE_FOLDER OUT_FINDINGS.json OUT_MAP.json
       iac.py cost TREE CHECKOV_PROGRAM [ROUNDS]
       iac.py growth [RESOURCES]

`labels` writes our findings over Checkov's test folders in the form that the scorer of labels reads, and the map from
our rules to its ids.
`cost` runs both in turns and prints CPU (user and system, children too) and wall, the best of ROUNDS.
`growth` prints the CPU of trees of doubling size, and the ratio per doubling.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from secloop.rules import index
from secloop.scan.base import Settings
from secloop.scan.engine import scan
from secloop.scan.sources import WorkTree
from secloop.stages.deploy.iac.sensor import IacSensor

PER_FOLDER = 100
FLAGS = ["--no-store", "--no-cache", "--format", "json", "-o", os.devnull]


def labels(trees: list[Path], findings: Path, rule_map: Path) -> None:
    """Scan the folders and write findings and map."""
    rules = index.builtin().for_engine("cel")
    rows = []
    for tree in trees:
        result = scan(WorkTree(tree, no_ignore=True), [IacSensor()], Settings(root=str(tree)), rules)
        for one in result.findings:
            place = one.place
            address = getattr(place, "address", None)
            rows.append({
                "file": getattr(place, "file", ""),
                "check": one.rule,
                "resource": address.removeprefix("data.") if address else None,
                "line": [getattr(place, "line", 1), getattr(place, "end_line", 1)],
            })  # fmt: skip
    findings.write_text(json.dumps({"findings": rows}), encoding="utf-8")
    named = [(page.rule_id(matcher), list(matcher.same_as)) for page, matcher in rules.matchers()]
    same = {rule: ids for rule, ids in named if ids}
    rule_map.write_text(json.dumps(same), encoding="utf-8")
    ids = {own for held in same.values() for own in held}
    print(f"{len(rows)} findings, {len(same)} rules with a peer's id, {len(ids)} ids")


def measured(command: list[str]) -> tuple[float, float]:
    """Return (CPU, wall) seconds of a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - start


def ours(tree: Path) -> list[str]:
    """Return our command for a tree."""
    return [sys.executable, "-m", "secloop", "deploy", "iac", str(tree), *FLAGS]


def cost(tree: Path, checkov: str, rounds: int) -> None:
    """Print both tools' best CPU and wall, and the ratios."""
    peer = [checkov, "-d", str(tree), "--compact", "--quiet", "-o", "json"]
    pairs = [(measured(ours(tree)), measured(peer)) for _ in range(rounds)]
    mine, theirs = (min(pair[side][0] for pair in pairs) for side in (0, 1))
    wall, their_wall = (min(pair[side][1] for pair in pairs) for side in (0, 1))
    print(f"CPU {mine:.2f} s / {theirs:.2f} s = {mine / theirs:.3f}x; wall {wall:.2f} s / {their_wall:.2f} s")


def growth(largest: int) -> None:
    """Print the CPU of trees that double in size."""
    size, last = largest // 8, 0.0
    while size <= largest:
        with tempfile.TemporaryDirectory() as folder:
            write_tree(Path(folder), size)
            cpu = min(measured(ours(Path(folder)))[0] for _ in range(2))
        print(f"{size} resources: {cpu:.2f} s" + (f", {cpu / last:.2f}x" if last else ""))
        size, last = size * 2, cpu


def write_tree(root: Path, count: int) -> None:
    """Write a tree of folders with buckets, groups and databases."""
    block = (
        'resource "aws_s3_bucket" "b{n}" {{\n  bucket = "b{n}"\n}}\n'
        'resource "aws_security_group" "g{n}" {{\n  ingress {{\n    from_port   = 22\n    to_port     = 22\n'
        '    protocol    = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }}\n}}\n'
        'resource "aws_db_instance" "d{n}" {{\n  engine = "postgres"\n  storage_encrypted = false\n}}\n'
    )
    for start in range(0, count // 3, PER_FOLDER):
        folder = root / f"m{start}"
        folder.mkdir()
        many = range(start, min(start + PER_FOLDER, count // 3))
        (folder / "main.tf").write_text("".join(block.format(n=n) for n in many), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Run one of the three."""
    match arguments:
        case ["labels", tree, inline, findings, rule_map]:
            labels([Path(tree) / "tests", Path(inline)], Path(findings), Path(rule_map))
        case ["cost", tree, checkov, *rounds]:
            cost(Path(tree), checkov, int(rounds[0]) if rounds else 3)
        case ["growth", *size]:
            growth(int(size[0]) if size else 5_000)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
