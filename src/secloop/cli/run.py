"""`secloop run`: the eight stages of a project, then gate and report."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import output_options, project_options, scan_options
from secloop.cli.scan import execute


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]")
@scan_options
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Run the eight stages of the project at PATH, decide by its gate and report.

    A stage that has nothing to run yet is reported as not covered, never as passed. docs/status.md says what each
    stage does today.
    """
    ctx.exit(execute("run", given))
