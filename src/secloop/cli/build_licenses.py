"""`secloop build licenses`: under which licences the dependencies are."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("target", default=".")
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv", "markdown"]),
    default="table",
    show_default=True,
    help="Output format.",
)
@option("--installed", is_flag=True, help="Also count what is installed and in no lock file or manifest.")
@option("--by-package", is_flag=True, help="One line per package instead of one per licence.")
@project_options
def command(**given: Any) -> None:
    """Show the licences of a folder, git ref or SBOM, what they ask for, and what the policy says.

    The policy is .secloop/licenses.yaml. What packages do not declare in lock files is looked for in the texts of
    installed packages (node_modules, site-packages, vendor).
    """
    from secloop.loop import licenses

    click.echo(licenses.overview(given), nl=False)
