"""`secloop build sbom merge`: several SBOMs as one."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="SBOM...")
@option("-f", "--format", "format_", default="cyclonedx", show_default=True, metavar="FORMAT", help="As of `write`.")
@option("-o", "--output", default="", metavar="FILE", help="Write to FILE instead of stdout.")
@option("--name", default="merged", show_default=True, metavar="NAME", help="Name of the whole.")
@option("--version", "version", default="", metavar="VERSION", help="Its version.")
@project_options
def command(**given: Any) -> None:
    """Write the SBOMs, folders or git refs given as one SBOM; equal purls become one component."""
    from secloop.loop import inventory

    inventory.merge(given)
