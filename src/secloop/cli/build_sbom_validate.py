"""`secloop build sbom validate`: SBOMs against the published schemas."""

from __future__ import annotations

import click


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-q", "--quiet", is_flag=True, help="Print only what is wrong.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], *, quiet: bool) -> None:
    """Check CycloneDX documents (JSON or XML, 1.0 to 1.7) against their schemas. Needs secloop[validation].

    Exits with 1 when one is not valid, with 2 when one cannot be read or is of no known version.
    """
    from secloop.loop import validation

    ctx.exit(validation.validate(files, quiet=quiet))
