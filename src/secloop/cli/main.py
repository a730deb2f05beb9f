"""The front door: the group of commands, each loaded when it is called, and what happens to errors."""

from __future__ import annotations

import gc
import importlib
import os
import sys

import click

from secloop import __version__
from secloop.model.errors import Exit, SecloopError

COMMANDS: dict[str, str] = {
    "scan": "Scan files with every static sensor, in one pass, and decide.",
    "run": "Run the eight stages of this project, decide and report.",
    "code": "Secrets in files, history and hooks.",
    "build": "Dependencies as a tree, SBOM, licences and VEX.",
    "test": "Weaknesses in programs: static analysis.",
    "deploy": "Misconfigured resources in infrastructure code.",
    "gate": "Decide on a stored run by policy.",
    "findings": "List findings, or show one with its history.",
    "explain": "Explain a rule or a finding.",
    "why-same": "Say why two findings are one problem, or not.",
    "fix": "Show or apply upgrades and edits that clear findings.",
    "accept": "Accept a finding, with a reason and an end.",
    "baseline": "Write or check the baseline of known findings.",
    "runs": "List the runs that are remembered.",
    "report": "Write a stored run as a report.",
    "rules": "List, write, test and try rules.",
    "feeds": "Pull, import and list advisories and other feeds.",
    "init": "Set a project up: secloop.toml and .secloop/.",
}
"""Every command with its line of help; the file is `cli/<name>.py`, dashes as underscores."""


class LazyGroup(click.Group):
    """A group that imports a command's file only when it is called, so that `--help` starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a user meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its file."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"secloop.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self,
        ctx: click.Context,
        args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve a command; an unknown one gets a suggestion."""
        if args and args[0] not in COMMANDS:
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean '{close[0]}'?" if close else "'secloop --help' lists the commands."
            ctx.fail(f"There is no command '{args[0]}'. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands from the table, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 passed, 1 the policy failed, 2 wrong use, 3 incomplete or internal error, 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", message="secloop %(version)s")
@click.option("--debug", is_flag=True, envvar="SECLOOP_DEBUG", help="Show a traceback on an internal error.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    envvar="SECLOOP_LOG_FORMAT",
    expose_value=False,
    callback=lambda _context, _option, value: _set_log_format(value),
    help="How notes and errors are written to stderr.",
)
@click.pass_context
def cli(ctx: click.Context, *, debug: bool) -> None:
    """Run the whole DevSecOps loop of a repository from one tool.

    plan -> code -> build -> test -> release -> deploy -> operate -> monitor -> plan
    """
    ctx.obj = {"debug": debug}


def _set_log_format(value: str | None) -> None:
    """Let every line of this process be written in the format asked for."""
    if value:
        os.environ["SECLOOP_LOG_FORMAT"] = value


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the code of contracts.md."""
    gc.set_threshold(50_000, 20, 20)  # what starts up is kept: looking through it for cycles takes a tenth of the time
    sys.exit(run(sys.argv[1:] if args is None else args))


def run(args: list[str]) -> int:  # noqa: PLR0911 - one return for each way to end
    """Run the command line; return the exit code. Errors become one line on stderr."""
    debug = "--debug" in args or bool(os.environ.get("SECLOOP_DEBUG"))
    try:
        result = cli.main(args=args, prog_name="secloop", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("secloop: interrupted", err=True)
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except SecloopError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # the one place that turns a defect of ours into exit 3
        if debug:
            raise
        _complain(f"internal error: {_describe(error)}. Run again with --debug and report it.")
        return Exit.INTERNAL
    return result if isinstance(result, int) else Exit.OK


def _describe(error: Exception) -> str:
    """Return type and place of an error. Its text may quote what was scanned, so only a traceback shows it."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame for frame in reversed(frames) if "secloop" in frame.filename), frames[-1])
    return f"{type(error).__name__} at {os.path.basename(place.filename)}:{place.lineno}"  # noqa: PTH119 - light


def _complain(message: str) -> None:
    from secloop.loop import log

    log.line("error", message)
