"""The first schema: projects, refs, runs, findings, occurrences with sightings and bodies, events, scopes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    _places()
    _findings()
    _occurrences()


def _places() -> None:
    op.create_table(
        "projects",
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("name", _BYTEWISE, nullable=False, unique=True),
    )
    op.create_table(
        "refs",
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("project", sa.Integer, sa.ForeignKey("projects.no"), nullable=False),
        sa.Column("name", _BYTEWISE, nullable=False),
        sa.UniqueConstraint("project", "name"),
    )
    op.create_table(
        "runs",
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("id", _BYTEWISE, nullable=False, unique=True),
        sa.Column("ref", sa.Integer, sa.ForeignKey("refs.no"), nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("commit", sa.Text, nullable=False),
        sa.Column("started", _BYTEWISE, nullable=False),
        sa.Column("finished", _BYTEWISE, nullable=False),
        sa.Column("exit", sa.Integer, nullable=False),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("closes", sa.Boolean, nullable=False),
        sa.Column("findings", sa.Integer, nullable=False),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.Column("closed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.LargeBinary, nullable=False),
        sa.Column("coverage", sa.LargeBinary, nullable=False),
        sa.Column("verdict", sa.LargeBinary, nullable=False),
        sa.Column("report", sa.LargeBinary),
    )
    op.create_table(
        "scopes",
        sa.Column("ref", sa.Integer, sa.ForeignKey("refs.no"), nullable=False),
        sa.Column("sensor", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("rules", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.no"), nullable=False),
        sa.PrimaryKeyConstraint("ref", "sensor"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("project", sa.Integer, sa.ForeignKey("projects.no"), nullable=False),
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("id_version", sa.Integer, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("package", sa.Text, nullable=False),
        sa.Column("ids", sa.Text, nullable=False),
        sa.Column("first_run", sa.Integer, sa.ForeignKey("runs.no"), nullable=False),
        sa.PrimaryKeyConstraint("project", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "aliases",
        sa.Column("project", sa.Integer, sa.ForeignKey("projects.no"), nullable=False),
        sa.Column("alias", _BYTEWISE, nullable=False),
        sa.Column("finding", _BYTEWISE, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.no"), nullable=False),
        sa.PrimaryKeyConstraint("project", "alias"),
    )


def _occurrences() -> None:
    op.create_table(
        "occurrences",
        sa.Column("no", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ref", sa.Integer, sa.ForeignKey("refs.no"), nullable=False),
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("finding", _BYTEWISE, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("new_run", sa.Integer, nullable=False),
        sa.UniqueConstraint("ref", "id"),
    )
    op.create_table(
        "sightings",
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("sensor", sa.Text, nullable=False),
        sa.Column("rule", _BYTEWISE, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("path", _BYTEWISE, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("first_run", sa.Integer, nullable=False),
        sa.Column("last_run", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer),
        sa.PrimaryKeyConstraint("occurrence", "sensor"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bodies",
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("sensor", sa.Text, nullable=False),
        sa.Column("rows", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("occurrence", "sensor"),
    )
    op.create_table(
        "events",
        sa.Column("no", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("occurrence", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("run", sa.Integer),
        sa.Column("time", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("events_occurrence", "events", ["occurrence"])
