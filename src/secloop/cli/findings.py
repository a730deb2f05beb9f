"""`secloop findings`: filter, sort, or show one with its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from secloop.cli.options import option, project_options
from secloop.model.enums import Kind, Severity, Stage, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum


def _one_of(words: Iterable[StrEnum]) -> click.Choice[str]:
    """Return the choice of an enum's values; click itself would offer the members' names."""
    return click.Choice([word.value for word in words])


@click.command()
@click.argument("finding", default="", metavar="[ID]")
@click.option("--path", "folder", default="", metavar="DIR", help="Any path of the project (default: here).")
@click.option("--severity", multiple=True, type=_one_of(Severity), help="Only these; may be repeated.")
@click.option("--kind", multiple=True, type=_one_of(Kind), help="Only these kinds; may be repeated.")
@click.option(
    "--stage",
    multiple=True,
    type=_one_of(Stage),
    help="Only these stages; may be repeated.",
)
@click.option(
    "--status",
    multiple=True,
    type=_one_of(Status),
    help="Only these (default: all not closed).",
)
@click.option("--rule", default="", metavar="ID", help="Only this rule.")
@click.option("--file", "file", default="", metavar="GLOB", help="Only files that match.")
@click.option(
    "--sort",
    type=click.Choice(["severity", "file", "rule", "id"]),
    default="severity",
    show_default=True,
    help="Order of the list.",
)
@option("-n", "--limit", default=0, type=click.IntRange(0), help="At most so many (0: all).")
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
    """List the findings that are remembered, or show the finding ID (a unique start is enough) with its history.

    The default branch is shown; where nothing was scanned on it, the latest ref is, and the output says so.
    """
    from secloop.loop import history
    from secloop.loop.project import open_project

    project = open_project((given["folder"],), root=given["root"])
    if given["finding"]:
        text = history.show(project, given["finding"], state=given["state"], ref=given["ref"], format_=given["format_"])
    else:
        query = history.Query(
            severities=given["severity"],
            kinds=given["kind"],
            stages=given["stage"],
            statuses=given["status"],
            rule=given["rule"],
            file=given["file"],
            sort=given["sort"],
            limit=given["limit"],
        )
        text = history.listing(project, query, state=given["state"], ref=given["ref"], format_=given["format_"])
    click.echo(text, nl=False)
