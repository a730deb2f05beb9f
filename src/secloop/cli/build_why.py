"""`secloop build why`: how a package comes in."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import project_options


@click.command()
@click.argument("package")
@click.argument("target", default=".")
@project_options
def command(**given: Any) -> None:
    """Show each shortest way from a direct dependency to PACKAGE (name, name@version or purl), and where it stands."""
    from secloop.loop import inventory

    click.echo(inventory.why(given), nl=False)
