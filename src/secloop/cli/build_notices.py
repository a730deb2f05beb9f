"""`secloop build notices`: the attribution file that licences ask for."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("target", default=".")
@option("-o", "--output", default="", metavar="FILE", help="Write to FILE instead of stdout.")
@option("--installed", is_flag=True, help="Also count what is installed and in no lock file or manifest.")
@option("--all-scopes", is_flag=True, help="Also name what is only used in development, tests and builds.")
@project_options
def command(**given: Any) -> None:
    """Write a NOTICE file: each package that is passed on, its licence, and its texts where it is installed.

    Install the dependencies first: the texts come from node_modules, site-packages and vendor. Packages without a text
    are listed with their licence and counted on stderr.
    """
    from secloop.loop import licenses

    licenses.notices(given)
