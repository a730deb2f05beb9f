"""The store: runs, findings and their lifecycle, in SQLite or PostgreSQL (ADR 0007).

Importing this package is cheap; SQLAlchemy is imported by `open_store`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.store.base import Context, Event, FindingDetail, Recorded, RunRow, SightingRow

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.store.store import Store

__all__ = ["Context", "Event", "FindingDetail", "Recorded", "RunRow", "SightingRow", "open_store"]


def open_store(target: str | Path) -> Store:
    """Return the store at `target`, the path of a SQLite file or a `postgresql://` URL; a missing file is made.

    Use it as a context manager. Raises: StateError when it cannot be opened, MissingExtraError without psycopg.
    """
    from secloop.store.store import Store

    return Store(target)
