"""`secloop test sast`: weaknesses in source code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secloop.cli.code_secrets import decision_options, execute
from secloop.cli.options import look_options, option, output_options, project_options

if TYPE_CHECKING:
    from secloop.loop.pipeline import Options, Outcome
    from secloop.loop.project import Project


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "--rules",
    "rules",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Rules of Semgrep's format instead of the built-in ones; may be repeated.",
)
@option("--lang", "languages", multiple=True, metavar="NAME", help="Look at this language alone; may be repeated.")
@option("--no-interfile", is_flag=True, help="Judge each file by itself.")
@look_options
@decision_options
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Find weaknesses in source code, with the sast sensor alone, and decide.

    PATH is a folder, file or glob (default: the current folder). Read are Python, JavaScript, TypeScript, Java and Go.
    Data is followed through variables, collections, functions and files, from where it enters to where it does harm; a
    finding shows the way. What a syntax error hides is named.

    --rules reads files of Semgrep's format as they are. A rule that cannot be read is named, and makes the run
    incomplete.
    """
    rules, languages, alone = given.pop("rules"), given.pop("languages"), given.pop("no_interfile")

    def run(project: Project, options: Options) -> Outcome:
        from secloop.loop.sast_scan import Choice, run_sast

        return run_sast(project, options, Choice(rules=rules, languages=languages, interfile=not alone))

    ctx.exit(execute({"verify": False, **given}, run))
