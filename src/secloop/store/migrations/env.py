"""Alembic's entry: runs the migrations on the connection that `upgrade` passes in."""

from __future__ import annotations

from alembic import context

from secloop.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
