"""The tables, and which version of them this code reads. Column meanings are in ADR 0007.

Ids sort by bytes on both databases (collation C), so the same query gives the same order.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = "0001"
"""The newest migration; what `alembic_version` must hold."""

metadata = MetaData()
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")

projects = Table(
    "projects",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("name", Bytewise, nullable=False, unique=True),
)

refs = Table(
    "refs",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("project", ForeignKey("projects.no"), nullable=False),
    Column("name", Bytewise, nullable=False),
    UniqueConstraint("project", "name"),
)

runs = Table(
    "runs",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("id", Bytewise, nullable=False, unique=True),
    Column("ref", ForeignKey("refs.no"), nullable=False),
    Column("command", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("started", Bytewise, nullable=False),
    Column("finished", Bytewise, nullable=False),
    Column("exit", Integer, nullable=False),
    Column("gate", Text, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("closes", Boolean, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("run", LargeBinary, nullable=False),
    Column("coverage", LargeBinary, nullable=False),
    Column("verdict", LargeBinary, nullable=False),
    Column("report", LargeBinary),
)

findings = Table(
    "findings",
    metadata,
    Column("project", ForeignKey("projects.no"), nullable=False),
    Column("id", Bytewise, nullable=False),
    Column("kind", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("id_version", Integer, nullable=False),
    Column("identity", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("ids", Text, nullable=False),
    Column("first_run", ForeignKey("runs.no"), nullable=False),
    PrimaryKeyConstraint("project", "id"),
    sqlite_with_rowid=False,
)

aliases = Table(
    "aliases",
    metadata,
    Column("project", ForeignKey("projects.no"), nullable=False),
    Column("alias", Bytewise, nullable=False),
    Column("finding", Bytewise, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run", ForeignKey("runs.no"), nullable=False),
    PrimaryKeyConstraint("project", "alias"),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("ref", ForeignKey("refs.no"), nullable=False),
    Column("id", Bytewise, nullable=False),
    Column("finding", Bytewise, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("new_run", Integer, nullable=False),
    UniqueConstraint("ref", "id"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("occurrence", Integer, nullable=False),
    Column("sensor", Text, nullable=False),
    Column("rule", Bytewise, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("path", Bytewise, nullable=False),
    Column("line", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("last_run", Integer, nullable=False),
    Column("withdrawn", Integer),
    PrimaryKeyConstraint("occurrence", "sensor"),
    sqlite_with_rowid=False,
)

bodies = Table(
    "bodies",
    metadata,
    Column("occurrence", Integer, nullable=False),
    Column("sensor", Text, nullable=False),
    Column("rows", LargeBinary, nullable=False),
    PrimaryKeyConstraint("occurrence", "sensor"),
)

events = Table(
    "events",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("occurrence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run", Integer),
    Column("time", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("events_occurrence", "occurrence"),
)

scopes = Table(
    "scopes",
    metadata,
    Column("ref", ForeignKey("refs.no"), nullable=False),
    Column("sensor", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rules", LargeBinary, nullable=False),
    Column("run", ForeignKey("runs.no"), nullable=False),
    PrimaryKeyConstraint("ref", "sensor"),
)
