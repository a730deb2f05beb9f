"""`secloop init`: secloop.toml and .secloop/."""

from __future__ import annotations

import click


@click.command()
@click.argument("path", default=".", type=click.Path(file_okay=False))
def command(path: str) -> None:
    """Set up the project at PATH: secloop.toml, and .secloop/ with a .gitignore for its state.

    Files that exist are left as they are.
    """
    from secloop.loop.setup import initialise

    click.echo(initialise(path), nl=False)
