"""`secloop build vex`: what is to be said of the vulnerabilities in the project's dependencies."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["openvex", "cyclonedx", "csaf"]),
    default="openvex",
    show_default=True,
    help="Document format.",
)
@option("-o", "--output", default="", metavar="FILE", help="Write to FILE instead of stdout.")
@option("--name", default="", metavar="NAME", help="Name of the software (default: the project's id).")
@option("--version", "version", default="", metavar="VERSION", help="Its version (default: the commit).")
@option("--author", "authors", multiple=True, metavar="NAME", help="Who says it; may be repeated.")
@option("--advisories", multiple=True, metavar="PATH", help="OSV folder, zip or snapshot; may be repeated.")
@option("--vex", multiple=True, metavar="FILE", help="VEX document to take over beside those in .secloop/vex.")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Write a VEX document for the project at PATH: each known vulnerability, and whether it affects the project.

    `vex` of an exception in .secloop/exceptions.yaml decides (status: not_affected, justification, impact); documents
    in .secloop/vex are taken over; what nothing seems to use is under investigation, with the reason; the rest is
    affected, with the update as the action to take.
    """
    from secloop.loop import vex

    ctx.exit(vex.write(given))
