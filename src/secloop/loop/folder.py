"""The project's `.secloop` folder: making it, and taking along what was remembered before it existed."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.loop.project import Project

_IGNORE = """\
# What secloop remembers on this machine; everything else in this folder belongs in version control.
state.db
state.db-*
"""


def prepare(project: Project) -> list[str]:
    """Make `.secloop` with a .gitignore, and move the project's state into it; return what was done, a line each.

    Raises: UsageError where the folder cannot be written; the state then stays where it is.
    """
    before = project.state()
    done = []
    try:
        project.folder.mkdir(exist_ok=True)
        ignore = project.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE, encoding="utf-8")
            done.append("wrote   .secloop/.gitignore")
        after = project.state()
        if isinstance(before, Path) and isinstance(after, Path) and before != after and before.is_file():
            _move(before, after)
            done.append("moved   what was remembered into .secloop/state.db")
    except OSError as error:
        raise UsageError(f"Cannot write {project.folder}: {error.strerror}", "Make the folder writable") from error
    return done


def _move(before: Path, after: Path) -> None:
    """Copy a database whole, whoever has it open, then remove it: SQLite's own backup also takes what is in its log."""
    partial = after.with_name(f".{after.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(before)) as old, contextlib.closing(sqlite3.connect(partial)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"The store {before} cannot be moved ({error})", "Move it by hand or away") from error
    partial.replace(after)
    for suffix in ("", "-wal", "-shm"):
        before.with_name(before.name + suffix).unlink(missing_ok=True)
