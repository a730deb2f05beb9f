"""`secloop gate`: decide on a stored run."""

from __future__ import annotations

from typing import Any

import click

from secloop.cli.options import option, project_options


@click.command()
@click.argument("path", default="")
@option("--run", "run_id", default="", metavar="ID", help="The run to decide on (default: the latest).")
@option("--profile", default="", metavar="NAME", help="default, strict, commit, or a policy folder's own name.")
@option("--new", is_flag=True, help="Count new findings only.")
@click.option("--show", is_flag=True, help="Print the rules of the gate and stop.")
@click.option("--explain", is_flag=True, help="Say which rule failed on which findings and what would make it pass.")
@option("--exit-code", type=click.IntRange(0, 255), default=1, metavar="N", help="Exit code when the policy fails.")
@option("--soft-fail", is_flag=True, help="Exit 0 although the policy fails.")
@option("--allow-incomplete", is_flag=True, help="Exit 0 although the run is incomplete.")
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Decide on a stored run by policy: the latest run of the project at PATH, or --run ID."""
    from secloop.loop import gate
    from secloop.loop.project import open_project

    project = open_project((given["path"],), root=given["root"], ref=given["ref"])
    choices = gate.Choices(
        profile=given["profile"] or project.config.gate.profile,
        new_only=given["new"] or project.config.gate.new_only,
        exit_code=given["exit_code"],
        soft_fail=given["soft_fail"],
        allow_incomplete=given["allow_incomplete"],
    )
    if given["show"]:
        click.echo(gate.show(project, choices), nl=False)
        return
    report, verdict = gate.judge_stored(project, choices, state=given["state"], run_id=given["run_id"])
    click.echo(gate.describe(report, verdict, explain=given["explain"]), nl=False)
    ctx.exit(verdict.exit)
