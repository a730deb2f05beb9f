"""`secloop accept`: an exception with a reason and an end."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("finding")
@click.option("--path", "folder", default="", metavar="DIR", help="Any path of the project (default: here).")
@click.option("--reason", required=True, help="Why this is acceptable; shown in every report.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day on which it holds.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--approved-by", default="", help="Who agreed.")
@click.option("--ticket", default="", help="A ticket that tracks it.")
@click.option("--everywhere", is_flag=True, help="Accept every occurrence of the finding, not only the one named.")
@option("--file", default="", metavar="PATH", help="Which occurrence, where the finding has several.")
@project_options
def command(**given: Any) -> None:
    """Accept FINDING (an id or a unique start): writes .secloop/exceptions.yaml, which belongs in version control."""
    from secloop.loop import accepting
    from secloop.loop.project import open_project

    project = open_project((given["folder"],), root=given["root"])
    request = accepting.Request(
        finding=given["finding"],
        reason=given["reason"],
        until=given["until"],
        owner=given["owner"],
        approved_by=given["approved_by"],
        ticket=given["ticket"],
        everywhere=given["everywhere"],
        file=given["file"],
    )
    click.echo(accepting.accept(project, request, state=given["state"], ref=given["ref"]))
