"""`secloop feeds`: advisories, exploitation and end-of-life data, from their publishers or from disk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from secloop.cli.options import option, project_options, several

if TYPE_CHECKING:
    from secloop.loop.feeds import Change

_folder = option(
    "--feeds", "folder", default="", metavar="DIR", help="The feeds folder (default: below XDG_DATA_HOME)."
)
_format = click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
_judging = several(
    _format,
    option("--no-judge", is_flag=True, help="Do not judge remembered inventories again."),
    option("--no-store", is_flag=True, help="Judge them, but remember nothing."),
    project_options,
)


@click.group()
def command() -> None:
    """Store advisories, exploitation and end-of-life data, which scans then use.

    Scans never fetch anything. What is stored is used by every scan that names no --advisories and has none under
    [build]; without it, a small starter set answers.
    """


@command.command()
@click.argument("names", nargs=-1, metavar="[FEED]...")
@option("--from", "addresses", multiple=True, metavar="FEED=URL", help="Fetch from here, e.g. a mirror; remembered.")
@option("--sha256", "digests", multiple=True, metavar="FEED=HEX", help="Refuse the feed unless it has this digest.")
@_folder
@_judging
@click.pass_context
def pull(ctx: click.Context, /, **given: Any) -> None:
    """Fetch what has changed, over HTTPS, and say what that means for remembered inventories.

    FEED is osv (all languages), osv:ECOSYSTEM (as osv:PyPI, osv:Debian), epss, kev, endoflife, nvd (all years) or
    nvd:YEAR. Without any: osv, epss, kev, endoflife, and all that was pulled before. What was interrupted is continued.

    Exit codes: 0 all read, 3 some feeds failed and keep their earlier state, 2 none could be fetched.
    """
    from secloop.loop import feeds

    request = feeds.Request(
        names=given["names"],
        addresses=_pairs(given["addresses"], "--from"),
        digests=_pairs(given["digests"], "--sha256"),
        say=(lambda line: click.echo(line, err=True)) if sys.stderr.isatty() else lambda _: None,
    )
    _finish(ctx, feeds.pull(feeds.open_folder(given["folder"]), request), given)


@command.command(name="import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@option("--name", default="", metavar="FEED", help="What to call the feed (default: by its kind and file).")
@option("--sha256", "digest", default="", metavar="HEX", help="Refuse the file unless it has this digest.")
@_folder
@_judging
@click.pass_context
def import_(ctx: click.Context, /, **given: Any) -> None:
    """Store feeds from disk: what works where no network is.

    PATH is a zip of an OSV ecosystem, a folder or git checkout of OSV records, one record, a compact snapshot, an EPSS,
    KEV, NVD (JSON 2.0) or endoflife.date file, a folder or zip of these, or what `secloop feeds export` has written.
    """
    from pathlib import Path

    from secloop.loop import feeds

    paths = [Path(path) for path in given["paths"]]
    change = feeds.import_(feeds.open_folder(given["folder"]), paths, name=given["name"], sha256=given["digest"])
    _finish(ctx, change, given)


@command.command()
@click.argument("target", metavar="FILE.zip")
@_folder
def export(target: str, folder: str) -> None:
    """Write all stored feeds into one zip, for `secloop feeds import` elsewhere."""
    from pathlib import Path

    from secloop.loop import feeds
    from secloop.stages.build.advisories.feeds import local

    count = local.export(feeds.open_folder(folder), Path(target))
    click.echo(f"wrote   {count} feeds to {target}")


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="FEED...")
@_folder
@_judging
@click.pass_context
def remove(ctx: click.Context, /, **given: Any) -> None:
    """Remove stored feeds by name."""
    from secloop.loop import feeds

    _finish(ctx, feeds.remove(feeds.open_folder(given["folder"]), given["names"]), given)


@command.command()
@option("--verify", is_flag=True, help="Compute the digests again; exit 3 when a feed is damaged.")
@_folder
@_format
@click.pass_context
def status(ctx: click.Context, /, *, verify: bool, folder: str, format_: str) -> None:
    """List the stored feeds: name, date, age, entries, size, digest, source."""
    from secloop.loop import feeds, feeds_text
    from secloop.model.errors import Exit

    opened = feeds.open_folder(folder)
    rows = feeds.status(opened, verify=verify)
    click.echo(feeds_text.listed(rows, str(opened.path), format_), nl=False)
    if any(row.damaged for row in rows):
        ctx.exit(Exit.INCOMPLETE)


def _finish(ctx: click.Context, change: Change, given: dict[str, Any]) -> None:
    """Judge what is remembered, print, and exit."""
    from secloop.loop import feeds_judge, feeds_text
    from secloop.loop.project import open_project
    from secloop.model.errors import Exit

    judged = []
    if not given["no_judge"]:
        project = open_project((), root=given["root"], ref=given["ref"])
        own = feeds_judge.judge_project(
            project, change.before, change.after, state=given["state"], remember=not given["no_store"]
        )
        judged = [*([own] if own else []), *feeds_judge.judge_others(project, change.before, change.after)]
    click.echo(feeds_text.changed(change.results, judged, given["format_"]), nl=False)
    if any(one.outcome == "failed" for one in change.results):
        ctx.exit(Exit.INCOMPLETE)


def _pairs(texts: tuple[str, ...], flag: str) -> dict[str, str]:
    """Return NAME=VALUE texts as a dictionary. Raises: UsageError."""
    from secloop.model.errors import UsageError

    pairs = dict(text.partition("=")[::2] for text in texts)
    if wrong := next((name for name, value in pairs.items() if not value), None):
        raise UsageError(f"{flag} {wrong!r} is not FEED=VALUE", "Write e.g. epss=...")
    return pairs
