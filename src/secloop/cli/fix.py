"""`secloop fix`: what can be done about findings, shown or written."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options
from secloop.model.enums import Severity


@click.command()
@click.argument("path", default="", metavar="[PATH]")
@click.option(
    "--finding", "findings", multiple=True, metavar="ID", help="Only this finding (or CVE, GHSA); may be repeated."
)
@click.option("--package", "packages", multiple=True, metavar="NAME", help="Only this package; may be repeated.")
@click.option(
    "--severity",
    "severities",
    multiple=True,
    type=click.Choice([one.value for one in Severity]),
    help="Only findings of this severity; may be repeated.",
)
@click.option("--apply", is_flag=True, help="Write the edits; without it, they are only shown.")
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json", "diff"]),
    default="text",
    show_default=True,
    help="text, markdown for a pull request, json, or a diff for git apply.",
)
@option("-o", "--output", default="", metavar="FILE", help="Write the plan to FILE instead of stdout.")
@option("--advisories", multiple=True, metavar="PATH", help="OSV folder, zip or snapshot; may be repeated.")
@option("--no-ignore", is_flag=True, help="Look at ignored files too.")
@option("--no-cache", is_flag=True, help="Neither read nor write the result cache.")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Show, for each package with findings, the smallest known upgrade that clears most of them, and how to make it.

    The files below PATH are scanned afresh. A version is only proposed where an advisory names it. Manifests are edited
    where that is safe; for the rest, and for lock files, the commands of the ecosystem's own tools are printed. Nothing
    is run, and nothing is written without --apply.

    Exits with 0, or with 3 where the scan was incomplete.
    """
    from secloop.loop import fix

    ctx.exit(fix.run(given))
