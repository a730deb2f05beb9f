"""`secloop code history`: secrets in all that was ever committed."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.code_secrets import decision_options, execute
from secloop.cli.options import option, output_options, project_options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option("--branch", default="", metavar="B", help="The history of this branch, tag or commit (default: HEAD).")
@option("--range", "range_", default="", metavar="A..B", help="Only what B has and A has not.")
@option("--all-refs", is_flag=True, help="The history of all branches, tags and other refs.")
@decision_options
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Find secrets in all that was ever committed, and say who brought them, when, and whether they are still there.

    PATH limits the history to files below it. Versions that an earlier run looked at are not looked at again. A history
    that is not all here (a shallow or partial clone) makes the run incomplete; nothing is fetched.
    """
    from secloop.loop.history_scan import run_history

    flags = {name: given.pop(name) for name in ("branch", "range_", "all_refs")}
    ctx.exit(execute(given, lambda project, options: run_history(project, options, **flags)))
