"""Whose a finding is: the project's CODEOWNERS, read once a run and laid over its rows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from secloop.model.owners import CodeOwners, Dialect, has_sections, parse_codeowners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.loop.project import Project
    from secloop.model.report import FindingRow

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may lie; the first that is there counts (GitHub's order, then the place only GitLab knows)."""

_MAX_BYTES = 3 << 20
"""GitHub reads no larger one."""


def with_owners(project: Project, rows: Sequence[FindingRow]) -> tuple[FindingRow, ...]:
    """Return the rows with their files' owners, as a list with spaces; rows that have an owner keep theirs."""
    owners = read_owners(project) if rows else CodeOwners()
    if not owners.rules:
        return tuple(rows)
    owner = cache(lambda path: " ".join(owners.of(path)))
    return tuple(
        msgspec.structs.replace(row, owner=found) if row.file and not row.owner and (found := owner(row.file)) else row
        for row in rows
    )


def read_owners(project: Project) -> CodeOwners:
    """Return the project's code owners; no rules where there is no file, or none that can be read."""
    for place in PLACES:
        path = project.root / place
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_BYTES:
                continue
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        return parse_codeowners(text, _dialect(project, place, text))
    return CodeOwners()


def _dialect(project: Project, place: str, text: str) -> Dialect:
    """Return GitLab's where the place, a section or the remote's name tells, else GitHub's."""
    if place.startswith(".gitlab/") or (not place.startswith(".github/") and has_sections(text)):
        return Dialect.GITLAB
    host = project.id.partition("/")[0]
    return Dialect.GITLAB if "gitlab" in host and not place.startswith(".github/") else Dialect.GITHUB
