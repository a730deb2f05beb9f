"""Builds a labelled corpus out of Samsung/CredData's metadata and clones of the repositories that it labels.

    python bench/creddata.py DATASET CLONES OUT --ten            the ten repositories that are scored
    python bench/creddata.py DATASET CLONES OUT --others         every other one whose clone is there: for development

DATASET is a checkout of Samsung/CredData, CLONES a folder of git directories `OWNER+NAME` (also `OWNER+NAME/repo`).
The ten are those with the smallest SHA-256 of their repository id (the dataset's `RepoName`) among those with at least
20 true labels. As the dataset's own script does, a repository is read at the commit that its snapshot id starts with,
and a file belongs to a label when the SHA-256 of its path starts with the label's `FileID`. Values are left as they
were published. OUT gets files/ and manifest.json (labels T, F, and I for the dataset's X) as score.py reads them.
"""

from __future__ import annotations

import argparse
import binascii
import csv
import hashlib
import json
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

_TRUE = 20
_TEN = 10
_LABELS = {"T": "T", "F": "F", "X": "I"}


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of the dataset: its id there, its commit, `owner/name` and its label rows."""

    id: str
    commit: str
    name: str
    rows: tuple[dict[str, str], ...]

    @property
    def true(self) -> int:
        """The number of its rows that label a true secret."""
        return sum(row["GroundTruth"] == "T" for row in self.rows)


def repositories(dataset: Path) -> list[Repository]:
    """Return the repositories whose metadata is there."""
    found = []
    for snapshot, url in json.loads((dataset / "snapshot.json").read_text()).items():
        name = f"{binascii.crc32(binascii.unhexlify(snapshot)):08x}"
        meta = dataset / f"meta/{name}.csv"
        if meta.exists():
            with meta.open(newline="") as text:
                rows = tuple(csv.DictReader(text))
            found.append(Repository(name, snapshot[:40], url.split("github.com/")[-1], rows))
    return found


def ten(known: list[Repository]) -> list[Repository]:
    """Return the ten that are scored, in the order of the SHA-256 of their id."""
    enough = [repository for repository in known if repository.true >= _TRUE]
    return sorted(enough, key=lambda one: hashlib.sha256(one.id.encode()).hexdigest())[:_TEN]


def _git(clones: Path, name: str) -> Path | None:
    base = clones / name.replace("/", "+")
    return next(
        (path for path in (base / "repo/.git", base / "repo", base / ".git", base) if (path / "HEAD").exists()), None
    )


def _run(git: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", f"--git-dir={git}", *arguments], check=True, capture_output=True).stdout


def _blob(git: Path, blob: str) -> bytes | None:
    """Return a blob's content, None where the clone lacks it."""
    done = subprocess.run(["git", f"--git-dir={git}", "cat-file", "blob", blob], check=False, capture_output=True)
    return None if done.returncode else done.stdout


def _paths(git: Path, commit: str) -> dict[str, tuple[str, str]]:
    """Return the path and blob id of each file at a commit by the dataset's file id."""
    found = {}
    for row in _run(git, "ls-tree", "-r", "-z", commit).split(b"\0"):
        head, _, path = row.partition(b"\t")
        if head.startswith(b"100"):
            found[hashlib.sha256(path).hexdigest()[:8]] = (path.decode("utf-8", "replace"), head.split()[2].decode())
    return found


def build(repository: Repository, clones: Path, out: Path) -> tuple[list[dict[str, object]], str]:
    """Write a repository's labelled files; return its labels, and a word on what is missing."""
    git = _git(clones, repository.name)
    if git is None:
        return [], "no clone"
    try:
        paths = _paths(git, repository.commit)
    except subprocess.CalledProcessError:
        return [], f"the clone lacks commit {repository.commit[:12]}"
    manifest: list[dict[str, object]] = []
    missing = 0
    by_file = defaultdict(list)
    for row in repository.rows:
        by_file[row["FileID"]].append(row)
    for file, rows in by_file.items():
        path, blob = paths.get(file, ("", ""))
        data = _blob(git, blob) if blob else None
        if data is None:
            missing += 1
            continue
        target = out / "files" / repository.id / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))  # as the dataset counts lines
        manifest += [_label(repository, path, row) for row in rows]
    return manifest, f"{missing} of {len(by_file)} files missing" if missing else ""


def _label(repository: Repository, path: str, row: dict[str, str]) -> dict[str, object]:
    return {
        "file": f"{repository.id}/{path}",
        "line": int(row["LineStart"]),
        "end_line": int(row["LineEnd"]),
        "label": _LABELS[row["GroundTruth"]],
        "repo": repository.name,
        "rule": row["Category"],
        "value": [int(row["ValueStart"] or -1), int(row["ValueEnd"] or -1)],
    }


def main() -> None:
    """Read the arguments, write the corpus and print what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--ten", action="store_true")
    which.add_argument("--others", action="store_true")
    args = parser.parse_args()
    known = repositories(args.dataset)
    held = ten(known)
    chosen = held if args.ten else [one for one in known if one not in held and _git(args.clones, one.name)]
    manifest: list[dict[str, object]] = []
    for repository in chosen:
        labels, note = build(repository, args.clones, args.out)
        manifest += labels
        count = Counter(str(label["label"]) for label in labels)
        print(f"{repository.id} {repository.name:45} T={count['T']:4} F={count['F']:5} X={count['I']:4} {note}")
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "manifest.json").write_text(json.dumps(manifest))
    print(f"{len(manifest)} labels, {sum(label['label'] == 'T' for label in manifest)} true")


if __name__ == "__main__":
    main()
