"""What the secrets sensor reports on trees, what it costs, and how it scores on labelled corpora.

    python bench/secrets.py TREE...                   reports per rule and per 20,000 lines, by confidence
    python bench/secrets.py --list TREE...            each report (redacted)
    python bench/secrets.py --corpus DIR              scores DIR/files against DIR/manifest.json (needs --scorer)
    python bench/secrets.py --gitleaks BIN TREE...    CPU and reports of `gitleaks dir` on the same tree

Nothing is fetched. `--scorer` is the folder of score.py and adapt.py (default ../shared/tools/secrets).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.index import builtin
from secloop.scan.base import Settings, SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIP = {".git", "node_modules", "site-packages", "__pycache__"}
_MAX_BYTES = 5 << 20
_LINES = 20_000


def files(tree: Path) -> Iterator[SourceFile]:
    """Yield the text files of a tree, in order."""
    for folder, names, members in os.walk(tree):
        names[:] = sorted(set(names) - _SKIP)
        for name in sorted(members):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_BYTES:
                continue
            data = path.read_bytes()
            yield SourceFile(classify(path.relative_to(tree).as_posix(), len(data), data[:4096]), data)


def scan(sensor: SecretsSensor, tree: Path) -> tuple[list[Finding], int, float]:
    """Return the findings, the lines looked at and the CPU seconds of the sensor alone."""
    units = [unit for unit in files(tree) if sensor.wants(unit.meta)]
    findings: list[Finding] = []
    start = time.process_time()
    for unit in units:
        findings += [found for found in sensor.scan(unit) if isinstance(found, Finding)]
    spent = time.process_time() - start
    return findings, sum(unit.data.count(b"\n") + 1 for unit in units), spent


def report(name: str, findings: list[Finding], lines: int, spent: float) -> None:
    """Print the reports of one tree by rule."""
    print(f"{name}: {lines} lines, {len(findings)} reports, {spent:.3f} CPU s")
    count = Counter((found.rule, found.confidence.value) for found in findings)
    for (rule, confidence), n in sorted(count.items()):
        print(f"  {rule:45} {confidence:6} {n:5}  {n * _LINES / max(lines, 1):8.2f} per {_LINES} lines")


def gitleaks(binary: str, tree: Path) -> None:
    """Print the reports and the CPU of `gitleaks dir` on a tree."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "report.json")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [binary, "dir", str(tree), "--no-banner", "--report-format", "json", "--report-path", str(out)]
        subprocess.run(command, check=False, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = json.loads(out.read_text())
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  gitleaks dir: {len(found)} reports, {spent:.3f} CPU s")


def corpus(sensor: SecretsSensor, folder: Path, scorer: Path, *, same_rule: bool) -> None:
    """Print the score on a labelled corpus."""
    spec = importlib.util.spec_from_file_location("score", scorer / "score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"no score.py in {scorer}; give its folder with --scorer")
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    manifest = json.loads((folder / "manifest.json").read_text())
    findings, _, _ = scan(sensor, folder / "files")
    rows = [
        {"file": p.file, "line": p.line, "end_line": p.end_line, "rule": found.rule}
        for found in findings
        if isinstance(p := found.place, CodeSpan)
    ]
    result, _, missed = module.score(manifest, rows, same_rule)
    print(folder, " ".join(f"{key}={value}" for key, value in result.items()))
    for file, line, *_ in missed:
        print("  missed", file, line)


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--corpus", action="append", default=[], type=Path)
    parser.add_argument("--scorer", type=Path, default=Path(__file__).parents[2] / "shared/tools/secrets")
    parser.add_argument("--gitleaks", default="")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    sensor = SecretsSensor()
    sensor.configure(Settings(), builtin())
    for tree in args.trees:
        findings, lines, spent = scan(sensor, tree)
        report(tree.name, findings, lines, spent)
        for found in findings if args.list else ():
            place = found.place
            where = f"{place.file}:{place.line}" if isinstance(place, CodeSpan) else ""
            print(f"    {found.rule} {found.confidence} {where}  {found.excerpt}")
        if args.gitleaks:
            gitleaks(args.gitleaks, tree)
    for folder in args.corpus:
        corpus(sensor, folder, args.scorer, same_rule=False)


if __name__ == "__main__":
    main()
