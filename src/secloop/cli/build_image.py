"""`secloop build image`: a container image, scanned as a container would see it."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, output_options, progress_bar, project_options, scan_options


@click.command()
@click.argument("target", metavar="IMAGE")
@option("--name", default="", metavar="TAG", help="Which image of a file that holds several, by tag or digest.")
@option("--platform", default="", metavar="OS/ARCH", help="Which system of an image for several (linux/amd64).")
@option("--anonymous", is_flag=True, help="Pull as anyone; read no login of docker or podman.")
@scan_options
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, target: str, **given: Any) -> None:
    """Scan a container image with every static sensor, and decide.

    IMAGE is what docker save wrote (also gzipped), an OCI layout (folder or tar file), a reference to pull from its
    registry over HTTPS (alpine:3.20, ghcr.io/owner/name@sha256:...), as docker login has logged in, else as anyone, or
    the folder of a root file system (it has an os-release file). Files are named by their path in the image, and
    findings tell their layer. The run is remembered under image/NAME, apart from the project's files. No code of the
    image, and no credential helper, runs.
    """
    ctx.exit(execute("build image", target, given))


def execute(command_name: str, target: str, given: dict[str, Any]) -> int:
    """Scan an image from parsed flags; write the outputs; return the exit code."""
    from secloop.loop import output
    from secloop.loop.image_scan import run_image
    from secloop.loop.pipeline import Options
    from secloop.loop.project import open_project

    which = {key: given.pop(key) for key in ("name", "platform", "anonymous") if key in given}
    wanted = output.wanted(given.pop("format_"), given.pop("output"), given.pop("reports"))
    view = output.View(quiet=given.pop("quiet"), verbose=given.pop("verbose"))
    project = open_project((), root=given.pop("root"), ref=given.pop("ref"))
    wanted = output.with_configured(wanted, project)
    options = Options(command=command_name, progress=progress_bar(quiet=view.quiet), **given)
    outcome = run_image(project, options, target, **which)
    output.emit(outcome, project, wanted, view)
    return outcome.report.verdict.exit
