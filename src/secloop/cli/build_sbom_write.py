"""`secloop build sbom write`: the SBOM of a project."""

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
    default="cyclonedx",
    show_default=True,
    metavar="FORMAT",
    help="cyclonedx, cyclonedx-1.4 to -1.7, or spdx (2.3).",
)
@option("-o", "--output", default="", metavar="FILE", help="Write to FILE instead of stdout.")
@option("--name", default="", metavar="NAME", help="Name of the software (default: the project's id).")
@option("--version", "version", default="", metavar="VERSION", help="Its version (default: the commit).")
@option("--supplier", default="", metavar="NAME", help="Who supplies the software.")
@option("--author", "authors", multiple=True, metavar="NAME", help="Who is responsible for the SBOM; may be repeated.")
@option("--installed", is_flag=True, help="Take versions, licences and more packages from what is installed.")
@option("--no-ignore", is_flag=True, help="Look at ignored files too.")
@option("--no-cache", is_flag=True, help="Neither read nor write the result cache.")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Write the SBOM of the project, image on disk, root file system or other SBOM at PATH.

    It holds every package of lock files and manifests, and of an image or root file system (a folder with
    etc/os-release) what is installed, with edges and licences.
    --installed looks into node_modules, site-packages and vendor as well.

    Exits with 3 when a manifest or lock file could not be read: an SBOM that lacks packages says so.
    """
    from secloop.loop import inventory

    ctx.exit(inventory.write(given))
