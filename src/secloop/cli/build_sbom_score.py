"""`secloop build sbom score`: how complete an SBOM is."""

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
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
@option("--min", "least", type=click.FloatRange(0, 100), default=0.0, metavar="N", help="Exit 1 below this total.")
@option(
    "--profile",
    type=click.Choice(["ntia", "cisa", "bsi"]),
    default="ntia",
    show_default=True,
    help="The text whose total --min is about.",
)
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Say how much of the NTIA and CISA minimum elements and of BSI TR-03183-2 an SBOM, folder or git ref holds.

    Below each element that is not full stands how to get it. A folder is rated as what `write` would write of it.
    """
    from secloop.loop import inventory

    text, code = inventory.score(given)
    click.echo(text, nl=False)
    ctx.exit(code)
