"""`.gitleaksignore`: fingerprints of findings that someone looked at, `[commit:]file:rule:line`.

Source: addFingerprints and AddFinding of Gitleaks' detect.go. A fingerprint with a commit holds only where the history
is scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.stages.code.secrets.formats.base import goes_by, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from secloop.stages.code.secrets.formats.base import Seen

FILES = (".gitleaksignore", ".betterleaksignore")


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The fingerprints of one file: (commit, rule) by (path, line); the commit is empty for any."""

    source: str
    known: Mapping[tuple[str, int], tuple[tuple[str, str], ...]]

    def why(self, seen: Seen) -> str:
        """Return that the file lists the hit."""
        for line in seen.lines:
            for commit, rule in self.known.get((seen.file.path, line), ()):
                if (not commit or commit == seen.commit) and goes_by(rule, seen.hit.rule):
                    return f"listed in {self.source}"
        return ""


def read_fingerprints(name: str, root: Path) -> Fingerprints | None:
    """Return the fingerprints of the file `name` below `root`, or None without one; other lines are passed over.

    Raises: UsageError where it cannot be read.
    """
    data = read_bytes(root / name, root)
    if data is None:
        return None
    known: dict[tuple[str, int], tuple[tuple[str, str], ...]] = {}
    for text in data.decode("utf-8", "replace").splitlines():
        line = text.strip()
        if line and not line.startswith("#") and (one := _parse(line)):
            place, who = one
            known[place] = (*known.get(place, ()), who)
    return Fingerprints(name, known)


def _parse(line: str) -> tuple[tuple[str, int], tuple[str, str]] | None:
    parts = line.split(":")
    commit = parts.pop(0) if len(parts) == 4 else ""  # noqa: PLR2004 - commit:file:rule:line
    if len(parts) != 3 or not parts[2].isdecimal():  # noqa: PLR2004 - file:rule:line
        return None
    path = parts[0].replace("\\", "/").removeprefix("./")
    return (path, int(parts[2])), (commit, parts[1])
