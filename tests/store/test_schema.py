"""The tables: what a new database gets equals what the migrations make, and versions are told apart."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, inspect, text

from secloop.model.errors import MissingExtraError, StateError
from secloop.store import open_store, schema
from store.samples import record, row, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine


def engine_of(target: str) -> Engine:
    url = target.replace("postgresql://", "postgresql+psycopg://") if "://" in target else f"sqlite:///{target}"
    return create_engine(url)


def described(engine: Engine) -> dict[str, Any]:
    """Return everything the database says about its tables."""
    look = inspect(engine)
    return {
        table: {
            "columns": [{**column, "type": repr(column["type"])} for column in look.get_columns(table)],
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(tuple(unique["column_names"]) for unique in look.get_unique_constraints(table)),
            "indexes": sorted((index["name"] or "", tuple(index["column_names"])) for index in look.get_indexes(table)),
            "foreign": sorted(
                (tuple(key["constrained_columns"]), key["referred_table"]) for key in look.get_foreign_keys(table)
            ),
        }
        for table in sorted(look.get_table_names())
    }


def without_rowid(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        made = connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%' ORDER BY name"))
        return list(made.scalars())


def test_a_new_database_equals_what_the_migrations_make(fresh_target: Callable[[], str]) -> None:
    made, migrated = fresh_target(), fresh_target()
    open_store(made).close()
    engine = engine_of(migrated)
    with engine.begin() as connection:
        # an empty version table is what Alembic leaves at its base: the store then runs every migration
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    with open_store(migrated) as store:
        record(store, run("1"), row("a"))
        assert len(store.findings()) == 1
    fresh = engine_of(made)
    assert described(fresh) == described(engine)
    if fresh.dialect.name == "sqlite":
        assert without_rowid(fresh) == without_rowid(engine) == ["findings", "sightings"]
    for each in (fresh, engine):
        with each.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == schema.VERSION
        each.dispose()


def test_a_newer_schema_is_refused(target: str) -> None:
    open_store(target).close()
    engine = engine_of(target)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StateError, match=r"was made by a newer secloop \(schema 9999\)\. Upgrade secloop\."):
        open_store(target)


def test_a_database_of_something_else_is_left_alone(target: str) -> None:
    engine = engine_of(target)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE other (x INTEGER)"))
    with pytest.raises(StateError, match="is a database of something else"):
        open_store(target)
    assert inspect(engine).get_table_names() == ["other"]
    engine.dispose()


def test_alembic_is_not_imported_where_the_schema_is_current(tmp_path: Path) -> None:
    code = (
        "import sys; from secloop.store import open_store; before = 'sqlalchemy' in sys.modules;"
        f"open_store({str(tmp_path / 's.db')!r}).close(); open_store({str(tmp_path / 's.db')!r}).close();"
        "print(before, 'sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]


def test_postgresql_without_its_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match="secloop\\[postgres\\]"):
        open_store("postgresql://localhost/x")


def test_an_unreachable_server_is_one_line_without_the_password() -> None:
    pytest.importorskip("psycopg")
    target = "postgresql://user:pass@/x?host=/nonexistent"  # a made-up password
    with pytest.raises(StateError) as error:
        open_store(target)
    assert "pass@" not in str(error.value)
    assert "\n" not in str(error.value)
