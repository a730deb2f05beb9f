"""Identity churn: how often a finding whose code did not change gets a new id.

    python bench/churn.py REPOSITORY [REPOSITORY...] [--commits 200]

Each of the last N first-parent commits is scanned with the real sensors; unchanged files come from the cache. Between
two neighbours, a finding of the older commit counts as *unchanged* when the newer one has one of the same rule whose
line has the same text, in the same file or the file git says it was renamed to; white space at the line's ends does
not count. That yardstick knows nothing of ids. Churn = unchanged findings whose id is not kept / unchanged findings.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.loop.inputs import gather
from secloop.loop.pipeline import Options
from secloop.loop.project import open_project
from secloop.model import ids
from secloop.model.places import place_file, place_line
from secloop.scan import engine
from secloop.scan.cache import open_cache
from secloop.scan.sources import Commit

if TYPE_CHECKING:
    from secloop.loop.project import Project
    from secloop.model.finding import Finding

Key = tuple[str, str, str]
"""Rule with advisory ids, file, text of the line: what a person would call the same code."""


def main() -> int:
    """Print one line a repository and a JSON document of all; return 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--bar", type=float, default=0.01)
    given = parser.parse_args()
    rows = [churn(path.resolve(), given.commits) for path in given.repositories]
    print(json.dumps(rows, indent=1))
    return int(any(row["churn"] > given.bar for row in rows))


def churn(root: Path, commits: int) -> dict[str, Any]:
    """Walk the history from old to new and compare neighbours."""
    project = open_project([str(root)])
    listed = _git(root, "rev-list", "--first-parent", f"--max-count={commits}", "HEAD").split()[::-1]
    unchanged = kept = findings = 0
    lost: list[str] = []
    before: dict[Key, list[str]] | None = None
    previous = ""
    for n, commit in enumerate(listed):
        after = _keys(project, root, commit)
        findings = sum(map(len, after.values()))
        if before is not None:
            same, stayed, gone = _compare(before, after, _renames(root, previous, commit))
            unchanged, kept = unchanged + same, kept + stayed
            lost += [f"{commit[:10]} {key}" for key in gone]
        before, previous = after, commit
        print(f"\r{root.name} {n + 1}/{len(listed)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    share = (unchanged - kept) / unchanged if unchanged else 0.0
    print(
        f"{root.name}: {unchanged} unchanged over {len(listed)} commits, {unchanged - kept} with a new id ({share:.3%})"
    )
    return {
        "repository": root.name,
        "commits": len(listed),
        "findings_at_head": findings,
        "unchanged": unchanged,
        "new_ids": unchanged - kept,
        "churn": round(share, 5),
        "lost": lost[:20],
    }


def _keys(project: Project, root: Path, commit: str) -> dict[Key, list[str]]:
    used = gather(project, Options())
    source = Commit(root, commit)
    result = engine.scan(source, used.sensors, used.settings, used.rules, cache=open_cache())
    texts: dict[str, list[str]] = {}
    out: dict[Key, list[str]] = {}
    for finding in ids.identify(result.findings):
        file = place_file(finding.place) or ""
        if file not in texts:
            texts[file] = _git(root, "show", f"{commit}:{file}").splitlines()
        line = (place_line(finding.place) or 1) - 1
        text = texts[file][line].strip() if line < len(texts[file]) else ""
        out.setdefault((_what(finding), file, text), []).append(finding.id)
    return out


def _what(finding: Finding) -> str:
    return " ".join((finding.rule, *finding.ids[:1], *finding.identity[1:2]))


def _compare(
    before: dict[Key, list[str]],
    after: dict[Key, list[str]],
    renames: dict[str, str],
) -> tuple[int, int, list[Key]]:
    """Return (unchanged findings, those with the same id, keys of the others), counting equal keys as a multiset."""
    same = stayed = 0
    gone: list[Key] = []
    for (rule, file, text), old in before.items():
        new = after.get((rule, renames.get(file, file), text), [])
        pairs = min(len(old), len(new))
        kept = sum((Counter(old) & Counter(new)).values())
        same += pairs
        stayed += min(kept, pairs)
        if kept < pairs:
            gone.append((rule, file, text[:40]))
    return same, stayed, gone


def _renames(root: Path, old: str, new: str) -> dict[str, str]:
    for likeness in ("-M50%", "-M100%"):  # a blob that a partial mirror lacks can only be compared by its id
        with contextlib.suppress(subprocess.CalledProcessError):
            out = _git(root, "diff", "--name-status", likeness, "-z", "--diff-filter=R", old, new).split("\0")
            break
    else:
        return {}
    return {out[i + 1]: out[i + 2] for i in range(0, len(out) - 2, 3)}


def _git(root: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *args], check=True, capture_output=True)
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
