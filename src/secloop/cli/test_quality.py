"""`secloop test quality`: complexity, duplication and test coverage."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "--coverage",
    "reports",
    multiple=True,
    metavar="FILE",
    help="A coverage report (Cobertura, JaCoCo, lcov) instead of those that are found; may be repeated.",
)
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A summary with the worst files, or json with every file.",
)
@option("-o", "--output", default="", metavar="FILE", help="Write the result to FILE instead of stdout.")
@option("--no-ignore", is_flag=True, help="Look at ignored files too.")
@option("--no-cache", is_flag=True, help="Neither read nor write the result cache.")
@option("--jobs", "-j", type=click.IntRange(0, 256), default=None, metavar="N", help="Workers (0: one per core).")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Measure sources: cyclomatic complexity of functions, share of duplicated lines, test coverage by reports.

    Read are Python, JavaScript, TypeScript, Java and Go. A gate policy can ask for the same numbers as run.quality.

    Exits with 0, or with 3 where files could not be looked at.
    """
    from secloop.loop import quality_scan

    ctx.exit(quality_scan.run(given))
