"""Groups of a stage's verbs, each verb a file of its own that is imported only when it is called."""

from __future__ import annotations

import importlib

import click


class VerbGroup(click.Group):
    """A group over `cli/<prefix>_<verb>.py`; with `default`, that verb is meant where the first word is no verb."""

    def __init__(self, prefix: str, verbs: dict[str, str], default: str = "", **attributes: object) -> None:
        """Hold the verbs with their lines of help."""
        super().__init__(**attributes)  # type: ignore[arg-type] # click's own keywords
        self.prefix, self.verbs, self.default = prefix, verbs, default

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order a user meets them."""
        del ctx
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, importing its file."""
        del ctx
        if cmd_name not in self.verbs:
            return None
        module = importlib.import_module(f"secloop.cli.{self.prefix}_{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default verb first where no verb, and no call for help, is."""
        if self.default and (not args or (args[0] not in self.verbs and args[0] not in {"-h", "--help"})):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs from the table, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self.verbs.items()))


def group(prefix: str, text: str, verbs: dict[str, str], default: str = "") -> VerbGroup:
    """Return the group of a stage's verbs; `text` is its help."""
    return VerbGroup(prefix, verbs, default, name=prefix.rpartition("_")[2], help=text, invoke_without_command=False)
