"""`secloop report`: a stored run in any format."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, output_options, project_options


@click.command()
@click.argument("path", default="")
@option("--run", "run_id", default="", metavar="ID", help="The run to report (default: the latest).")
@output_options
@project_options
def command(**given: Any) -> None:
    """Write a stored run of the project at PATH as a report, without scanning again."""
    from secloop.loop import history, output
    from secloop.loop.project import open_project

    wanted = output.wanted(given["format_"], given["output"], given["reports"])
    project = open_project((given["path"],), root=given["root"], ref=given["ref"])
    outcome = history.outcome(project, state=given["state"], run_id=given["run_id"])
    output.emit(outcome, project, wanted, output.View(quiet=given["quiet"], verbose=given["verbose"]))
