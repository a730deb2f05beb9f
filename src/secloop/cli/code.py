"""`secloop code`: secrets in files, in history and on their way there."""

from __future__ import annotations

import importlib.util

import click

VERBS: dict[str, str] = {
    "history": "Find secrets in all that was ever committed.",
    "secrets": "Find secrets in files or on standard input.",
    "hook": "Refuse secrets before they are committed or pushed.",
}
"""Every verb with its line of help; the file is `cli/code_<verb>.py`."""


class CodeGroup(click.Group):
    """A group that imports a verb's file only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs that are installed."""
        del ctx
        return [verb for verb in VERBS if importlib.util.find_spec(_module(verb))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, importing its file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(_module(cmd_name)).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, VERBS[verb]) for verb in self.list_commands(ctx)])


@click.command(cls=CodeGroup)
def command() -> None:
    """Find secrets in files, in history and on their way into them."""


def _module(verb: str) -> str:
    return f"secloop.cli.code_{verb}"
