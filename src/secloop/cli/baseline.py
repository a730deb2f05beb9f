"""`secloop baseline`: what is known and not to be counted as new."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("path", default="")
@option("--run", "run_id", default="", metavar="ID", help="The run to take as baseline (default: the latest).")
@click.option("--check", is_flag=True, help="Write nothing; say how the latest run differs from the baseline.")
@project_options
def command(**given: Any) -> None:
    """Write .secloop/baseline.json from a stored run of the project at PATH.

    It holds fingerprints only. Findings in it are reported as known; with --new, or `new_only = true` under [gate],
    the gate counts only what is not in it.
    """
    from secloop.loop import accepting
    from secloop.loop.project import open_project

    project = open_project((given["path"],), root=given["root"], ref=given["ref"])
    click.echo(accepting.baseline(project, state=given["state"], run_id=given["run_id"], check=given["check"]))
