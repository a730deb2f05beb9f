"""Opening a database: pragmas, locks, the schema version, and errors in one clear line."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from secloop.model.errors import MissingExtraError, StateError
from secloop.store import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 60.0
"""How long a writer waits for another before it gives up."""

_WRITER_LOCK = 0x5EC1009
"""The PostgreSQL advisory lock that one writer at a time holds, until its transaction ends."""

_SCHEMES = ("postgresql://", "postgres://")


def open_engine(target: str | Path, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine on `target`, a path of a SQLite file or a `postgresql://` URL, with the tables in place.

    A missing file and its folder are made. Raises: StateError, MissingExtraError.
    """
    if isinstance(target, str) and target.startswith(_SCHEMES):
        engine, shown = _postgres(target, busy_seconds)
    else:
        engine, shown = _sqlite(Path(target), busy_seconds)
    try:
        with guard(shown):
            _ensure_schema(engine, shown)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Hold the only writer's transaction: commit at the end, roll back on an error, wait for another writer."""
    with engine.execution_options(secloop_write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            wait = connection.get_execution_options()["secloop_wait_ms"]
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
        yield connection


@contextlib.contextmanager
def guard(shown: str) -> Iterator[None]:
    """Turn the driver's errors into a StateError that says what to do. Nothing is ever deleted or repaired."""
    try:
        yield
    except DBAPIError as error:
        raise StateError(*_explained(shown, error.orig)) from error
    except sqlite3.Error as error:
        raise StateError(*_explained(shown, error)) from error


def _explained(shown: str, error: BaseException | None) -> tuple[str, str]:
    said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").partition("_")[0]
    name = _SQLSTATES.get(getattr(error, "sqlstate", None) or "", name)
    what, todo = _ERRORS.get(name, ("cannot be used", "Check the database, or run with --no-store"))
    return f"The store {shown} {what} ({said})", todo


_MOVE = "Move the file away (it holds your history: keep it) and scan again"
_ERRORS = {
    "CORRUPT": ("is damaged", _MOVE),
    "NOTADB": ("is damaged or no SQLite file", _MOVE),
    "FULL": ("cannot grow: the disk is full; this run was not stored, earlier ones are intact", "Free some space"),
    "IOERR": ("could not be read or written; this run was not stored", "Check the disk, or run with --no-store"),
    "READONLY": ("is read-only", "Make it writable, choose another place with --state, or run with --no-store"),
    "CANTOPEN": ("cannot be opened", "Check the folder, choose another with --state, or run with --no-store"),
    "BUSY": ("is in use by another run", "Wait for it to end and try again"),
    "LOCKED": ("is in use by another run", "Wait for it to end and try again"),
}
_SQLSTATES = {"53100": "FULL", "55P03": "BUSY", "25006": "READONLY"}
"""PostgreSQL's codes (appendix A of its manual) that mean what a SQLite error means."""


def _postgres(url: str, busy_seconds: float) -> tuple[Engine, str]:
    try:
        import psycopg  # noqa: F401 - SQLAlchemy imports it by name; its absence is told here
    except ImportError:
        raise MissingExtraError("PostgreSQL needs psycopg", "pip install 'secloop[postgres]'") from None
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    waits = {"secloop_wait_ms": int(busy_seconds * 1000)}
    engine = create_engine(parsed, paramstyle="format", execution_options=waits)
    return engine, parsed.render_as_string(hide_password=True).replace("+psycopg", "", 1)


def _sqlite(path: Path, busy_seconds: float) -> tuple[Engine, str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"The folder of the store {path} cannot be made ({error.strerror})",
            "Choose another with --state, or run with --no-store",
        ) from error
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_seconds})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's "begin" below decides when a transaction starts
        # FULL syncs the log at every commit: what was acknowledged survives a power cut, not only kill -9 (ADR 0007).
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "case_sensitive_like=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("secloop_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine, str(path)


def _ensure_schema(engine: Engine, shown: str) -> None:
    with engine.connect() as connection:
        _refuse_programs(connection, shown)
        found = _version(connection)
    if found == schema.VERSION:
        return
    with writing(engine) as connection:
        found = _version(connection)  # another process may have made the tables while this one waited
        if found is None:
            _create(connection, shown)
        elif found == "" or found < schema.VERSION:
            from secloop.store.migrations import upgrade

            upgrade(connection)
        elif found > schema.VERSION:
            raise StateError(f"The store {shown} was made by a newer secloop (schema {found})", "Upgrade secloop")


def _refuse_programs(connection: Connection, shown: str) -> None:
    """Refuse a SQLite file with triggers or views: ours has none, and one from a repository could run for ever."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') LIMIT 1"
        if connection.exec_driver_sql(query).first():
            raise StateError(f"{shown} is a database of something else", "Choose another place with --state")


def _version(connection: Connection) -> str | None:
    """Return the schema version, "" where the table is there but empty, None where there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _create(connection: Connection, shown: str) -> None:
    """Make every table and stamp the version, as the migrations would, without importing Alembic."""
    if inspect(connection).get_table_names():
        raise StateError(f"{shown} is a database of something else", "Choose another place with --state")
    schema.metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": schema.VERSION})
