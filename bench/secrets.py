"""What the secrets sensor reports on trees, what it costs, and how it scores on labelled corpora.

    python bench/secrets.py TREE...                   reports per rule and per 20,000 lines, by confidence
    python bench/secrets.py --list TREE...            each report (redacted)
    python bench/secrets.py --corpus DIR              scores DIR/files against DIR/manifest.json (needs --scorer)
    python bench/secrets.py --gitleaks BIN TREE...    CPU and reports of `gitleaks dir` on the same tree
    python bench/secrets.py --corpus DIR --without-names    without the rules bound to a file name
    python bench/secrets.py --corpus DIR --renamed    also on the corpus made foreign, see foreign.py
    python bench/secrets.py --clean TREE...           reports where there should be none: a table by confidence, also of
                                                      a lockfile, minified code and UUIDs generated here

Nothing is fetched. `--scorer` is the folder of score.py and adapt.py (default ../shared/tools/secrets).
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.base import RuleSet
from secloop.rules.index import builtin
from secloop.scan.base import Settings, SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.rule import Matcher

_SKIP = {".git", "node_modules", "site-packages", "__pycache__"}
_MAX_BYTES = 5 << 20
_LINES = 20_000
_NAMED_TYPES = {"netrc", "pgpass"}


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


def without_names(rules: RuleSet) -> RuleSet:
    """Return the rules without the matchers that only look at files of a certain name or suffix."""

    def bound(matcher: Matcher) -> bool:
        return "path" in matcher.match or (bool(matcher.languages) and set(matcher.languages) <= _NAMED_TYPES)

    secret = rules.for_engine("secret")
    freed = [msgspec.structs.replace(r, matchers=tuple(m for m in r.matchers if not bound(m))) for r in secret]
    return RuleSet([rule for rule in freed if rule.matchers])


def clean(sensor: SecretsSensor, trees: list[Path]) -> None:
    """Print a table of the reports on trees without secrets, by confidence, and each rule at medium and above."""
    with tempfile.TemporaryDirectory() as folder:
        generated = Path(folder, "generated")
        generate(generated)
        print("| tree | lines | high | medium | low | rules at medium and high |\n|---|---|---|---|---|---|")
        for tree in (*trees, *sorted(generated.iterdir())):
            findings, lines, _ = scan(sensor, tree)
            count = Counter(found.confidence.value for found in findings)
            sure = Counter(found.rule for found in findings if found.confidence.value != "low")
            named = ", ".join(f"{rule} {n}" for rule, n in sorted(sure.items()))
            print(f"| {tree.name} | {lines:,} | {count['high']} | {count['medium']} | {count['low']} | {named} |")


def generate(folder: Path, seed: int = 1) -> None:
    """Write a lockfile of 5,000 packages and files that are full of UUIDs and of minified code."""
    rnd = random.Random(seed)  # noqa: S311 - text for a bench
    packages: dict[str, object] = {}
    for n in range(5000):
        digest = base64.b64encode(rnd.randbytes(64)).decode()
        where = f"https://registry.npmjs.org/key-token-{n}/-/key-token-{n}-1.{n % 90}.0.tgz"
        packages[f"node_modules/key-token-{n}"] = {
            "version": f"1.{n % 90}.0",
            "resolved": where,
            "integrity": f"sha512-{digest}",
        }
    uuids = [str(uuid.UUID(int=rnd.getrandbits(128), version=4)) for _ in range(5000)]
    rows = [{"id": one, "parent_key": two, "session": one} for one, two in zip(uuids, reversed(uuids), strict=True)]
    packed = "".join(
        f'function {chr(97 + n % 26)}{n}(t,e){{return t.key="{n}",e.token=t.auth[{n}]}}' for n in range(20_000)
    )
    for name, text in (
        ("lockfile/package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)),
        ("minified/app.min.js", packed),
        ("minified/vendor.js", packed),
        ("uuids/rows.json", json.dumps(rows, indent=1)),
        ("uuids/rows.yaml", "".join(f"- id: {one}\n  correlation_key: {one}\n" for one in uuids)),
        ("uuids/rows.py", "".join(f'KEY_{n} = "{one}"\nrow({{"key": "{one}"}})\n' for n, one in enumerate(uuids))),
        ("uuids/rows.csv", "id,key,token\n" + "".join(f"{one},{one},{one}\n" for one in uuids)),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _module(path: Path) -> Any:
    """Load a script. Exits where there is none."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.exists() or spec is None or spec.loader is None:
        sys.exit(f"no {path.name} in {path.parent}; give its folder with --scorer")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def corpus(sensor: SecretsSensor, folder: Path, scorer: Path, *, same_rule: bool) -> None:
    """Print the score on a labelled corpus, of all reports and of those of medium and high confidence."""
    module = _module(scorer / "score.py")
    manifest = json.loads((folder / "manifest.json").read_text())
    findings, _, _ = scan(sensor, folder / "files")
    groups = sorted({str(label.get("repo", "")) for label in manifest})
    for name, least in (("", "low"), (" medium and high only:", "medium")):
        rows = [
            {"file": p.file, "line": p.line, "end_line": p.end_line, "rule": found.rule}
            for found in findings
            if isinstance(p := found.place, CodeSpan) and (least == "low" or found.confidence.value != "low")
        ]
        result, _, _ = module.score(manifest, rows, same_rule)
        print(f"{folder}{name}", " ".join(f"{key}={value}" for key, value in result.items()))
        for group in groups if least == "low" and len(groups) > 1 else ():
            part = [label for label in manifest if label.get("repo", "") == group]
            folders = {str(label["file"]).split("/")[0] for label in part}
            result, _, _ = module.score(
                part, [row for row in rows if str(row["file"]).split("/")[0] in folders], same_rule
            )
            shown = ("labels_T", "found", "recall", "precision", "f1")
            print(f"  {group:45}", " ".join(f"{key}={result[key]}" for key in shown))


def renamed(sensor: SecretsSensor, folder: Path, scorer: Path) -> None:
    """Print the score on the corpus made foreign."""
    foreign = _module(Path(__file__).with_name("foreign.py"))
    with tempfile.TemporaryDirectory() as out:
        made = Path(out, f"{folder.name}-foreign")
        foreign.Foreign(7, foreign.providers()).corpus(folder, made)
        corpus(sensor, made, scorer, same_rule=False)


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--corpus", action="append", default=[], type=Path)
    parser.add_argument("--scorer", type=Path, default=Path(__file__).parents[2] / "shared/tools/secrets")
    parser.add_argument("--gitleaks", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--without-names", action="store_true")
    parser.add_argument("--renamed", action="store_true")
    args = parser.parse_args()
    sensor = SecretsSensor()
    sensor.configure(Settings(), without_names(builtin()) if args.without_names else builtin())
    if args.clean:
        clean(sensor, args.trees)
        return
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
        if args.renamed:
            renamed(sensor, folder, args.scorer)


if __name__ == "__main__":
    main()
