"""`secloop code hook`: secrets are refused before they are committed, pushed or received."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from secloop.cli.options import option

if TYPE_CHECKING:
    from secloop.stages.code.hooks.base import Hook
    from secloop.stages.code.hooks.repository import HookRepository

HOOKS = ("pre-commit", "commit-msg", "pre-push", "pre-receive")


_folder = option("--root", default=".", metavar="DIR", help="A folder of the repository (default: here).")


@click.group()
def command() -> None:
    """Refuse new secrets before they are committed, pushed or received: git hooks.

    What is looked at is what is staged or pushed, not what lies in the work tree. Known secrets do not stop work: only
    one that the commit or push adds is refused, by the gate profile `commit` and what the project's own gate
    ([gate] in secloop.toml) says of secrets.
    """


@command.command()
@click.option("--pre-commit", is_flag=True, help="Check what is committed (the default).")
@click.option("--commit-msg", is_flag=True, help="Check what the message of a commit says.")
@click.option("--pre-push", is_flag=True, help="Check every commit that is pushed.")
@click.option("--pre-receive", is_flag=True, help="On a server: check what is pushed to a bare repository.")
@_folder
def install(*, root: str, **wanted: bool) -> None:
    """Put hooks in place. A hook that is there already is kept and runs first; core.hooksPath is honoured."""
    from secloop.stages.code.hooks import folder, plan
    from secloop.stages.code.hooks.repository import HookRepository

    repository = HookRepository(Path(root).absolute())
    place = repository.hooks_folder()
    launcher = folder.launcher()
    try:
        plans = [plan.install(folder.look(place, hook), launcher) for hook in _chosen(wanted, repository)]
    except plan.ManagedError as error:
        click.echo(f"secloop: {error}", err=True)
        click.echo(error.snippet, nl=False)
        raise click.exceptions.Exit(error.exit_code) from None
    folder.apply(place, plans)
    for done in plans:
        click.echo(done.said)
    if not place.is_relative_to(repository.toplevel) and not place.is_relative_to(repository.common):
        click.echo(f"Note: core.hooksPath is {place}, so this serves every repository that uses that folder.")


@command.command()
@_folder
def uninstall(*, root: str) -> None:
    """Take our hooks away and put back what was there before; other hooks stay."""
    from secloop.stages.code.hooks import folder, plan
    from secloop.stages.code.hooks.base import Hook
    from secloop.stages.code.hooks.repository import HookRepository

    place = HookRepository(Path(root).absolute()).hooks_folder()
    plans = [plan.uninstall(folder.look(place, hook)) for hook in Hook]
    folder.apply(place, plans)
    for done in plans:
        click.echo(done.said)


@command.command()
@_folder
def status(*, root: str) -> None:
    """Say which hooks are in place, and which secloop they call."""
    from secloop.stages.code.hooks import folder, plan
    from secloop.stages.code.hooks.repository import HookRepository

    repository = HookRepository(Path(root).absolute())
    place = repository.hooks_folder()
    launcher = folder.launcher()
    click.echo(f"hooks in {place}")
    for hook in _possible(repository):
        click.echo(plan.describe(folder.look(place, hook), launcher))


@command.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("hook", type=click.Choice(HOOKS))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def run(ctx: click.Context, /, hook: str, arguments: tuple[str, ...]) -> None:
    """Run a hook as git does: in its folder, with its arguments and input. Exit codes: 0 passed, 1 refused."""
    from secloop.loop import hook as runner
    from secloop.stages.code.hooks.base import Hook

    answer = runner.run(Hook(hook), arguments, folder=Path.cwd(), environ=os.environ, stdin=_stdin)
    if answer.message:
        click.echo(answer.message, err=True, nl=False)
    ctx.exit(answer.exit)


def _stdin() -> str:
    from secloop.model.errors import UsageError

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("This hook reads what is pushed from stdin", "Let git run it, or pipe the lines to it")
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _possible(repository: HookRepository) -> list[Hook]:
    from secloop.stages.code.hooks.base import Hook

    return [hook for hook in Hook if hook.on_server == repository.bare]


def _chosen(wanted: dict[str, bool], repository: HookRepository) -> list[Hook]:
    """Return the hooks asked for, by default the first that the repository can run. Raises: UsageError."""
    from secloop.model.errors import UsageError
    from secloop.stages.code.hooks.base import Hook

    possible = _possible(repository)
    chosen = [hook for hook in Hook if wanted[hook.value.replace("-", "_")]] or possible[:1]
    wrong = next((hook for hook in chosen if hook not in possible), None)
    if wrong is not None:
        kind = "bare, so nobody commits or pushes from it" if repository.bare else "not bare"
        what = f"The {wrong} hook makes no sense here: {repository.gitdir} is {kind}"
        raise UsageError(what, f"Here it is --{possible[0]}")
    return chosen
