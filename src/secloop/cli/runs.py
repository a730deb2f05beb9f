"""`secloop runs`: what is remembered."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("path", default="")
@option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
@project_options
def command(**given: Any) -> None:
    """List the runs of the project at PATH that are remembered, newest first."""
    from secloop.loop import history
    from secloop.loop.project import open_project

    project = open_project((given["path"],), root=given["root"], ref=given["ref"])
    click.echo(history.runs(project, state=given["state"], limit=given["limit"], format_=given["format_"]), nl=False)
