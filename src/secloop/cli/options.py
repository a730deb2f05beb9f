"""Options that several commands share. Each reads the environment variable SECLOOP_ + its flag in capitals."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

EXPLICIT_REPORT = "FORMAT=PATH"


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """Return `click.option` with the environment variable that belongs to its long flag."""
    long = next(name for name in names if name.startswith("--"))
    flag = long.split("/", 1)[0].lstrip("-")
    attributes.setdefault("envvar", "SECLOOP_" + flag.replace("-", "_").upper())
    return click.option(*names, **attributes)


def several(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator for several options, shown in the given order."""

    def decorate(function: F) -> F:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


project_options = several(
    option("--root", default="", metavar="DIR", help="The project's root (default: nearest secloop.toml or .git)."),
    option("--state", default="", metavar="PATH|URL", help="Where runs are remembered: a file or postgresql:// URL."),
    option("--ref", default="", metavar="REF", help="The ref this run stands for (default: branch, PR or worktree)."),
)

output_options = several(
    option("-f", "--format", "format_", default="table", show_default=True, metavar="FORMAT", help="Output format."),
    option("-o", "--output", default="", metavar="FILE", help="Write the output to FILE instead of stdout."),
    option(
        "--report",
        "reports",
        multiple=True,
        metavar=EXPLICIT_REPORT,
        help="Also write this report; may be given several times.",
    ),
    option("-q", "--quiet", is_flag=True, help="One line per finding; nothing when all is well."),
    option("-v", "--verbose", is_flag=True, help="Also print messages, excerpts, every gap and what is hidden."),
)

_no_ignore = option("--no-ignore", is_flag=True, help="Look at ignored files too.")
_no_cache = option("--no-cache", is_flag=True, help="Neither read nor write the result cache.")
_jobs = option(
    "--jobs", "-j", type=click.IntRange(0, 256), default=None, metavar="N", help="Workers (0: one per core)."
)

verify_option = option("--verify", is_flag=True, help="Ask providers whether the secrets found still work (network).")

scan_options = several(
    option("--since", default="", metavar="REF", help="Scan only files changed since REF; closes nothing."),
    option("--baseline-ref", default="", metavar="REF", help="Report as new only what REF does not have."),
    option("--baseline", default="", metavar="FILE", help="Known findings: a baseline.json or an earlier SARIF."),
    option("--new", is_flag=True, help="Let the gate count new findings only."),
    _no_ignore,
    option("--ignore-suppressions", is_flag=True, help="Show what comments and exceptions hide; stores nothing."),
    option("--advisories", multiple=True, metavar="PATH", help="OSV folder, zip or snapshot; may be repeated."),
    option("--vex", multiple=True, metavar="FILE", help="VEX document beside those in .secloop/vex; may be repeated."),
    option("--profile", default="", metavar="NAME", help="Gate profile: default, strict, commit or your own."),
    _jobs,
    option("--no-store", is_flag=True, help="Remember nothing."),
    _no_cache,
    option("--exit-code", type=click.IntRange(0, 255), default=1, metavar="N", help="Exit code when the policy fails."),
    option("--soft-fail", is_flag=True, help="Exit 0 although the policy fails."),
    option("--allow-incomplete", is_flag=True, help="Exit 0 although the run is incomplete."),
    verify_option,
)


look_options = several(
    option("--staged", is_flag=True, help="Look at what is staged for commit, as it is in the index."),
    option("--since", default="", metavar="REF", help="Look only at files changed since REF."),
    _no_ignore,
    _jobs,
)
"""Of commands that look with one sensor and decide."""


def list_options(formats: str) -> Callable[[F], F]:
    """Return the options of commands that list facts of sources; `formats` says what text and json hold."""
    return several(
        option(
            "-f",
            "--format",
            "format_",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help=formats,
        ),
        option("-o", "--output", default="", metavar="FILE", help="Write the result to FILE instead of stdout."),
        _no_ignore,
        _no_cache,
        option(
            "--jobs", "-j", type=click.IntRange(0, 256), default=None, metavar="N", help="Workers (0: one per core)."
        ),
    )


def progress_bar(*, quiet: bool) -> Callable[[int, int], None] | None:
    """Return a callback that draws progress on stderr, or None unless stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\r" if done < total else "\r\033[K"
        sys.stderr.write(f"\rscanning {done}/{total} files" + end if done < total else end)
        sys.stderr.flush()

    return show
