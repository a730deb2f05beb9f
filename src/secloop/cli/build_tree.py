"""`secloop build tree`: dependencies as a tree."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("target", default=".")
@option("--depth", type=click.IntRange(1, 50), default=50, metavar="N", help="How deep (default: all).")
@project_options
def command(**given: Any) -> None:
    """Show the dependencies of a folder, image on disk, git ref or SBOM as a tree.

    Direct ones come first; (*) was shown above.
    """
    from secloop.loop import inventory

    click.echo(inventory.tree(given), nl=False)
