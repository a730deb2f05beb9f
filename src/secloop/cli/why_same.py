"""`secloop why-same`: the identity of two findings, explained."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import project_options


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--path", "folder", default="", metavar="DIR", help="Any path of the project (default: here).")
@project_options
def command(**given: Any) -> None:
    """Say why the findings A and B (ids or unique starts of them) are one problem, or not.

    An occurrence id (finding@place) names one place of a finding.
    """
    from secloop.loop import history
    from secloop.loop.project import open_project

    project = open_project((given["folder"],), root=given["root"])
    click.echo(history.why_same(project, given["a"], given["b"], state=given["state"], ref=given["ref"]))
