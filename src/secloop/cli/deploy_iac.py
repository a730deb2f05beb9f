"""`secloop deploy iac`: misconfigured resources in infrastructure code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from secloop.cli.code_secrets import decision_options, execute
from secloop.cli.options import look_options, output_options, project_options

if TYPE_CHECKING:
    from secloop.loop.pipeline import Options, Outcome
    from secloop.loop.project import Project


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@look_options
@decision_options
@output_options
@project_options
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> None:
    """Find misconfigured resources in infrastructure code, with the iac sensor alone, and decide.

    PATH is a folder, file or glob (default: the current folder). Read are Terraform and OpenTofu (also as JSON, plan
    and state), Kubernetes manifests, Dockerfiles and workflows of GitHub. Terraform is evaluated: variables, locals,
    count, for_each, dynamic blocks, functions and modules called by a local path. What only `apply` would tell is
    unknown, and no rule calls it wrong or right.

    Comments of checkov, tfsec and trivy are honoured, where a rule stands for theirs.
    """

    def run(project: Project, options: Options) -> Outcome:
        from secloop.loop.deploy_scan import run_iac

        return run_iac(project, options)

    ctx.exit(execute({"verify": False, **given}, run))
