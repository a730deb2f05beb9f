"""`secloop code secrets`: secrets in files or on standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from secloop.cli.options import (
    look_options,
    option,
    output_options,
    progress_bar,
    project_options,
    several,
    verify_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.loop.pipeline import Options, Outcome
    from secloop.loop.project import Project

decision_options = several(
    option("--baseline", default="", metavar="FILE", help="Known findings: a baseline.json or an earlier SARIF."),
    option("--new", is_flag=True, help="Let the gate count new findings only."),
    option("--ignore-suppressions", is_flag=True, help="Show what ignore comments and exceptions hide."),
    option("--profile", default="", metavar="NAME", help="Gate profile: default, strict, commit or your own."),
    option("--no-store", is_flag=True, help="Remember nothing."),
    option("--no-cache", is_flag=True, help="Neither read nor write the result cache."),
    option("--exit-code", type=click.IntRange(0, 255), default=1, metavar="N", help="Exit code when the policy fails."),
    option("--soft-fail", is_flag=True, help="Exit 0 although the policy fails."),
    option("--allow-incomplete", is_flag=True, help="Exit 0 although the run is incomplete."),
)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option("--stdin", is_flag=True, help="Look at standard input, as one file; nothing is remembered.")
@option("--stdin-name", default="", metavar="NAME", help="The file standard input stands for, which tells its type.")
@look_options
@decision_options
@verify_option
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    r"""Find secrets in files, with the secrets sensor alone, and decide.

    PATH is a folder, file or glob (default: the current folder), or an archive (zip, wheel, jar, tar, gzip, bzip2, xz,
    also one in another, three deep), which is looked into: its files are ARCHIVE!/FILE. --stdin looks at standard input
    as one file.

    Jupyter notebooks are read cell by cell, outputs too. Base64, hex, percent and \u encodings are decoded, up to five
    deep. What meets a bound (5 MB a file, by [scan] max_file_size) is named and makes the run incomplete.
    """
    stdin, name = given.pop("stdin"), given.pop("stdin_name")
    if (name and not stdin) or (stdin and (given["paths"] or given["staged"] or given["since"])):
        raise click.UsageError("--stdin takes no PATH, --staged or --since; --stdin-name belongs to --stdin")

    def run(project: Project, options: Options) -> Outcome:
        from secloop.loop.secret_scan import read_text, run_secrets

        text = read_text(sys.stdin.buffer, project) if stdin else None
        return run_secrets(project, options, text, name or "stdin")

    ctx.exit(execute(given, run))


def execute(given: dict[str, Any], run: Callable[[Project, Options], Outcome]) -> int:
    """Run a verb from its parsed flags; write its outputs; return the exit code."""
    from secloop.loop import output
    from secloop.loop.pipeline import Options
    from secloop.loop.project import open_project

    wanted = output.wanted(given.pop("format_"), given.pop("output"), given.pop("reports"))
    view = output.View(quiet=given.pop("quiet"), verbose=given.pop("verbose"))
    project = open_project(given.pop("paths"), root=given.pop("root"), ref=given.pop("ref"))
    wanted = output.with_configured(wanted, project)
    outcome = run(project, Options(progress=progress_bar(quiet=view.quiet), **given))
    output.emit(outcome, project, wanted, view)
    return outcome.report.verdict.exit
