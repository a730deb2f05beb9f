"""`secloop test quality`: complexity, duplication and test coverage."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import list_options, option, project_options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "--coverage",
    "reports",
    multiple=True,
    metavar="FILE",
    help="A coverage report (Cobertura, JaCoCo, lcov) instead of those that are found; may be repeated.",
)
@list_options("A summary with the worst files, or json with every file.")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Measure sources: cyclomatic complexity of functions, share of duplicated lines, test coverage by reports.

    Read are Python, JavaScript, TypeScript, Java and Go. A gate policy can ask for the same numbers as run.quality.

    Exits with 0, or with 3 where files could not be looked at.
    """
    from secloop.loop import quality_scan

    ctx.exit(quality_scan.run(given))
