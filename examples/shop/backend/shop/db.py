"""One sqlite connection per request, and the few helpers that every blueprint needs."""

import sqlite3
from pathlib import Path

import click
from flask import current_app, g

SCHEMA = Path(__file__).with_name("schema.sql")


def get_db():
    """Return the connection of this request; it is opened on first use."""
    if "db" not in g:
        g.db = sqlite3.connect(current_app.config["DATABASE"], timeout=5)
        g.db.row_factory = sqlite3.Row
        g.db.execute("PRAGMA foreign_keys = ON")
    return g.db


def close_db(_error=None):
    """Close the connection at the end of the request."""
    connection = g.pop("db", None)
    if connection is not None:
        connection.close()


def query(sql, args=()):
    """Return all rows of a statement."""
    return get_db().execute(sql, args).fetchall()


def one(sql, args=()):
    """Return the first row of a statement, or None."""
    return get_db().execute(sql, args).fetchone()


def write(sql, args=()):
    """Run a statement and commit; return the id of the new row."""
    connection = get_db()
    cursor = connection.execute(sql, args)
    connection.commit()
    return cursor.lastrowid


def placeholders(values):
    """Return `?, ?, ?` for an IN list. Only the number of values matters, never what they are."""
    return ", ".join("?" for _ in values)


def init_db():
    """Create the tables that are missing."""
    get_db().executescript(SCHEMA.read_text(encoding="utf-8"))


@click.command("init-db")
def init_db_command():
    """Create the tables of a new shop."""
    init_db()
    click.echo("The database is ready.")


def init_app(app):
    """Hook the connection's life to the application."""
    app.teardown_appcontext(close_db)
    app.cli.add_command(init_db_command)
