"""`secloop baseline`: what is known and not to be counted as new."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("path", default="")
@option("--run", "run_id", default="", metavar="ID", help="The run to take as baseline (default: the latest).")
@click.option("--check", is_flag=True, help="Write nothing; say how the run differs; exit 1 if it does.")
@project_options
def command(**given: Any) -> int:
    """Write .secloop/baseline.json from a stored run of the project at PATH.

    It holds fingerprints only. Findings in it are reported as known; with --new, or `new_only = true` under [gate],
    the gate counts only what is not in it.

    --check exits 1 where the run has findings that the baseline lacks, or lacks findings that it has.
    """
    from secloop.loop import accepting
    from secloop.loop.project import open_project
    from secloop.model.errors import Exit

    project = open_project((given["path"],), root=given["root"], ref=given["ref"])
    if not given["check"]:
        click.echo(accepting.baseline(project, state=given["state"], run_id=given["run_id"]))
        return Exit.OK
    said, differs = accepting.check_baseline(project, state=given["state"], run_id=given["run_id"])
    click.echo(said)
    return Exit.POLICY_FAILED if differs else Exit.OK
