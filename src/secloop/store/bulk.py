"""Set-based writes: one prepared statement and many tuples, without a Python call per row."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Table


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the cyclic garbage collector: a run makes a million values that all live to its end, and no cycle.

    Its full passes over them take a quarter of the time of storing 100,000 findings again (bench/store.py).
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def insert_many(connection: Connection, table: Table, names: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    """Insert `rows`, tuples in the order of `names`."""
    if rows:
        _run(connection, insert(table), names, rows)


def insert_missing(connection: Connection, table: Table, names: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    """Insert those of `rows` whose key is not there yet."""
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        _run(connection, dialect.insert(table).on_conflict_do_nothing(), names, rows)


def update_many(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    keys: Sequence[str],
    rows: list[tuple[object, ...]],
) -> None:
    """Set the columns `names` where the columns `keys` equal; rows are tuples of the values, then the keys."""
    if rows:
        where = [table.c[key] == bindparam(f"key_{key}") for key in keys]
        statement = update(table).where(*where).values({name: bindparam(name) for name in names})
        _run(connection, statement, [*names, *(f"key_{key}" for key in keys)], rows)


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending `numbers` as inclusive ranges: 1 2 3 7 -> (1, 3) (7, 7)."""
    out: list[tuple[int, int]] = []
    for number in numbers:
        if out and number == out[-1][1] + 1:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return out


def _run(connection: Connection, statement: object, names: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))  # type: ignore[attr-defined]
    order = [names.index(name) for name in compiled.positiontup]
    if order != list(range(len(names))):
        rows = [tuple(row[n] for n in order) for row in rows]
    connection.exec_driver_sql(str(compiled), rows)
