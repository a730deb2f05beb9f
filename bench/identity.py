"""Does a finding keep its id when its code moves and when its file is renamed? Beside peers, through SARIF.

    python bench/identity.py [--gitleaks CMD] [--semgrep CMD] [--trivy CMD] [--checkov CMD]

A small repository is scanned three times: as it is (A), with comment lines above the code (B), with the files renamed
as well (C). An id is any value a tool puts into `fingerprints` or `partialFingerprints` of its SARIF. A tool keeps its
ids when each finding of A has one of the later scan with an equal, telling value. Tools not given are left out.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from secloop.rules.generate import expand

CODE = """\
import subprocess


def run(name):
    return subprocess.call(name, shell=True)


token = "{token}"
"""
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n  acl    = "public-read"\n}\n'
SEMGREP_RULE = """\
rules:
  - {id: shell, languages: [python], severity: ERROR, message: shell, pattern: "subprocess.call(..., shell=True)"}
"""
ABOVE = "# one\n# two\n# three\n"


def main() -> int:
    """Print a row a tool; return 1 when secloop loses an id."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for tool in ("gitleaks", "semgrep", "trivy", "checkov"):
        parser.add_argument(f"--{tool}", default="", help=f"the command that starts {tool}")
    given = vars(parser.parse_args())
    commands = {"secloop": f"{sys.executable} -m secloop", **{k: v for k, v in given.items() if v}}
    kept = {}
    print(f"{'tool':<10} {'findings':>8}  {'moved':<6} {'renamed':<7}")
    with tempfile.TemporaryDirectory() as folder:
        for tool, command in commands.items():
            kept[tool] = _row(tool, command, Path(folder) / tool)
    return int(not all(kept["secloop"]))


def _row(tool: str, command: str, work: Path) -> tuple[bool, bool]:
    work.mkdir()
    a = _scan(tool, command, _tree(work / "a", "app", "main", ""))
    b = _scan(tool, command, _tree(work / "b", "app", "main", ABOVE))
    c = _scan(tool, command, _tree(work / "c", "lib", "other", ABOVE))
    moved, renamed = _keeps(a, b), _keeps(a, c)
    print(f"{tool:<10} {len(a):>8}  {'yes' if moved else 'no':<6} {'yes' if renamed else 'no':<7}")
    return moved, renamed


def _tree(root: Path, code: str, infra: str, above: str) -> Path:
    """Make a repository; its first commit is the same in all three, as it is in a project that moves on."""
    root.mkdir()
    _git(root, "init", "-q", "-b", "main")
    _git(root, "commit", "-q", "--allow-empty", "-m", "start")
    (root / f"{code}.py").write_text(above + CODE.format(token=expand("{{crc32:ghp_,30}}")), encoding="utf-8")
    (root / f"{infra}.tf").write_text(above + BUCKET, encoding="utf-8")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "code")
    return root


def _git(root: Path, *args: str) -> None:
    fixed = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    who = ["-c", "user.name=b", "-c", "user.email=b@example.org"]
    subprocess.run(["git", "-C", str(root), *who, *args], check=True, env={"PATH": "/usr/bin:/bin", **fixed})


def _scan(tool: str, command: str, root: Path) -> list[set[str]]:
    """Return the ids of each result of a tool's SARIF."""
    out = root.with_suffix(".sarif")
    rule = root.with_suffix(".yaml")
    rule.write_text(SEMGREP_RULE, encoding="utf-8")
    args = {
        "secloop": f"scan {root} --no-store -f sarif -o {out}",
        "gitleaks": f"dir {root} -f sarif -r {out} --no-banner",
        "semgrep": f"scan --config {rule} --sarif -o {out} --metrics off --disable-version-check {root}",
        "trivy": f"fs --scanners secret,misconfig --skip-check-update --format sarif -o {out} {root}",
        "checkov": f"-d {root} -o sarif --output-file-path {root.with_suffix('')}-checkov --quiet --compact",
    }[tool]
    subprocess.run([*shlex.split(command), *shlex.split(args)], check=False, capture_output=True)
    if tool == "checkov":
        out = Path(f"{root.with_suffix('')}-checkov") / "results_sarif.sarif"
    runs = json.loads(out.read_text(encoding="utf-8"))["runs"] if out.is_file() else []
    return [_ids(result) for run in runs for result in run.get("results", [])]


def _ids(result: dict[str, Any]) -> set[str]:
    return {
        f"{key}={value}"
        for name in ("fingerprints", "partialFingerprints")
        for key, value in (result.get(name) or {}).items()
        if value and value != "requires login"
    }


def _keeps(before: list[set[str]], after: list[set[str]]) -> bool:
    """Return whether every finding can be found again; a value that two findings of one scan share tells nothing."""
    shared = {value for n, ids in enumerate(before) for value in ids if any(value in o for o in before[n + 1 :])}
    return bool(before) and all(any((ids - shared) & later for later in after) for ids in before)


if __name__ == "__main__":
    sys.exit(main())
