"""Stores on every database."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from secloop.store import open_store
from store import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from secloop.store.store import Store

_DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give the URL of a PostgreSQL server that runs for this session."""
    folder = postgres.binaries()
    if folder is None:
        pytest.skip("needs the Debian package postgresql")
    pytest.importorskip("psycopg", reason="needs the extra: pip install 'secloop[postgres]'")
    with postgres.server(folder) as url:
        yield url


@pytest.fixture(params=_DATABASES)
def fresh_target(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a function that gives a new, empty database at every call."""
    if request.param == "sqlite":
        return lambda: str(tmp_path / f"state{next(_numbers)}.db")
    url: str = request.getfixturevalue("postgres_server")

    def make() -> str:
        import psycopg

        name = f"schema{next(_numbers)}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{url}&options=-csearch_path%3D{name}"

    return make


@pytest.fixture
def target(fresh_target: Callable[[], str]) -> str:
    """Return an empty database."""
    return fresh_target()


@pytest.fixture
def store(target: str) -> Iterator[Store]:
    """Open an empty store."""
    with open_store(target) as opened:
        yield opened
