"""`secloop build sbom diff`: what changed."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("old")
@click.argument("new", default=".")
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="Output format.",
)
@project_options
def command(**given: Any) -> None:
    """Say which packages were added, removed or changed from OLD to NEW (default: the current folder).

    OLD and NEW are each an SBOM file, a container image on disk, a folder, or a git ref of the project.
    """
    from secloop.loop import inventory

    click.echo(inventory.diff(given), nl=False)
