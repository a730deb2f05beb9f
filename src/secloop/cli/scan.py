"""`secloop scan`: every static sensor over files, in one pass."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, output_options, progress_bar, project_options, scan_options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option("--staged", is_flag=True, help="Scan what is staged for commit, as it is in the index; stores nothing.")
@scan_options
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Scan files with every static sensor, in one pass, and decide.

    PATH is a folder, file or glob (default: the current folder), or a container image (docker save, OCI layout). The
    project's root is the nearest folder at or above it with secloop.toml or .git. Nothing is executed, and nothing is
    sent over the network but by --verify.
    """
    from secloop.loop.image_scan import is_image

    if is_image(given["paths"]):
        from secloop.cli.build_image import execute as execute_image

        (target,) = given.pop("paths")
        ctx.exit(execute_image("scan", target, given))
    ctx.exit(execute("scan", given))


def execute(name: str, given: dict[str, Any]) -> int:
    """Run a scanning command from its parsed flags; write its outputs; return the exit code."""
    from secloop.loop import output
    from secloop.loop.pipeline import Options, run_scan
    from secloop.loop.project import open_project

    wanted = output.wanted(given.pop("format_"), given.pop("output"), given.pop("reports"))
    view = output.View(quiet=given.pop("quiet"), verbose=given.pop("verbose"), summary=name == "run")
    project = open_project(given.pop("paths"), root=given.pop("root"), ref=given.pop("ref"))
    wanted = output.with_configured(wanted, project)
    options = Options(command=name, progress=progress_bar(quiet=view.quiet), **given)
    outcome = run_scan(project, options)
    output.emit(outcome, project, wanted, view)
    return outcome.report.verdict.exit
