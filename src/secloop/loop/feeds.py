"""Feeds: pulling them from their publishers, importing them from disk, and saying how old they are."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from secloop.loop import clock
from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.stages.build.advisories.feeds import known, local, remote
from secloop.stages.build.advisories.feeds.base import default_folder
from secloop.stages.build.advisories.feeds.folder import FeedFolder, Fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from secloop.stages.build.advisories.base import AdvisoryIndex
    from secloop.stages.build.advisories.feeds.base import StoredFeed

Outcome = Literal["new", "changed", "current", "failed"]


class FeedResult(Value):
    """What became of one feed. `entries` counts what it holds now; `reason` says why it failed."""

    name: str
    outcome: Outcome
    entries: int = 0
    date: str = ""
    reason: str = ""


class FeedStatus(Value):
    """One stored feed, as `secloop feeds status` lists it. `age_days` is None where the feed has no date."""

    name: str
    date: str
    age_days: int | None
    entries: int
    size: int
    sha256: str
    source: str
    fetched: str
    checked: str
    note: str = ""
    damaged: bool = False


@dataclass(kw_only=True)
class Request:
    """What to pull: feeds by name (none: the default ones and all that were pulled before).

    `addresses` replace public ones by name, e.g. with those of a mirror; `digests` are SHA-256 digests that what is
    fetched must have.
    """

    names: Sequence[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    bounds: remote.Bounds = remote.Bounds()  # noqa: RUF009 - frozen
    say: Callable[[str], None] = lambda _: None


@dataclass(kw_only=True)
class Change:
    """A changed folder: what became of each feed, and the indexes before and after."""

    results: list[FeedResult]
    before: AdvisoryIndex
    after: AdvisoryIndex


def open_folder(path: str = "") -> FeedFolder:
    """Return the feeds folder at `path`, by default the user's."""
    return FeedFolder(Path(path) if path else default_folder())


def pull(folder: FeedFolder, request: Request) -> Change:
    """Fetch what has changed of the feeds asked for; one that fails keeps its earlier state and is named.

    Raises: UsageError for an unknown name, and when every feed fails.
    """
    stored = {feed.name: feed for feed in _stored(folder)}
    wanted = [_address(name, request, stored) for name in _names(request, stored)]
    before = _index(folder)
    fresh: list[Fresh] = []
    results: list[FeedResult] = []
    for address in wanted:
        request.say(f"{address.name}: {address.url}")
        try:
            got = _fetched(folder, address, request, stored.get(address.name))
        except UsageError as error:
            results.append(FeedResult(name=address.name, outcome="failed", reason=error.what))
            continue
        if got is None:
            results.append(FeedResult(name=address.name, outcome="current"))
        else:
            fresh.append(got)
    if len(results) == len(wanted) and all(one.outcome == "failed" for one in results):
        raise UsageError(f"No feed could be fetched: {results[0].reason}", "Check the network, or import from disk")
    folder.touch([one.name for one in results if one.outcome == "current"], clock.now())
    results += _install(folder, fresh, stored)
    return Change(results=_with_counts(results, folder), before=before, after=_index(folder))


def import_(folder: FeedFolder, paths: Sequence[Path], *, name: str = "", sha256: str = "") -> Change:
    """Store the feeds of files, folders and zips. Raises: UsageError when nothing could be read."""
    stored = {feed.name: feed for feed in _stored(folder)}
    before = _index(folder)
    with tempfile.TemporaryDirectory(prefix="secloop-feeds-") as work:
        fresh: list[Fresh] = []
        for number, path in enumerate(paths):
            own = Path(work) / str(number)
            own.mkdir()
            fresh += local.find(path, own, name=name, expected=sha256)
        results = _install(folder, fresh, stored)
    if all(one.outcome == "failed" for one in results):
        raise UsageError(results[0].reason, "Give OSV records, EPSS, KEV, NVD or endoflife.date files")
    return Change(results=_with_counts(results, folder), before=before, after=_index(folder))


def remove(folder: FeedFolder, names: Sequence[str]) -> Change:
    """Remove feeds by name. Raises: UsageError for one that is not stored."""
    stored = {feed.name for feed in _stored(folder)}
    if unknown := sorted(set(names) - stored):
        raise UsageError(f"There is no feed {unknown[0]!r} to remove", f"Stored are: {', '.join(sorted(stored))}")
    before = _index(folder)
    folder.remove(names, clock.now())
    return Change(results=[], before=before, after=_index(folder))


def status(folder: FeedFolder, *, verify: bool = False) -> list[FeedStatus]:
    """Return the stored feeds by name; with `verify`, whether their bytes still have the recorded digests."""
    damaged = set(folder.damaged()) if verify else set()
    today = clock.today()
    return [
        FeedStatus(
            name=feed.name,
            date=feed.date,
            age_days=_age(feed.date, today),
            entries=feed.count,
            size=feed.size,
            sha256=feed.sha256,
            source=feed.source,
            fetched=feed.fetched,
            checked=feed.checked,
            note=feed.note,
            damaged=feed.name in damaged,
        )
        for feed in _stored(folder)
    ]


def _names(request: Request, stored: Mapping[str, StoredFeed]) -> list[str]:
    """Return the names asked for, expanded; without any, the default ones and what was pulled before."""
    year = clock.moment().year
    asked = request.names or (
        *(request.addresses or known.default_names()),
        *(feed.name for feed in stored.values() if "://" in feed.source),
    )
    return list(dict.fromkeys(one for name in asked for one in known.expand(name, year)))


def _address(name: str, request: Request, stored: Mapping[str, StoredFeed]) -> known.Address:
    """Return where to fetch a feed: as asked for, as last time, or from its publisher. Raises: UsageError."""
    own = request.addresses.get(name, "")
    if not own and name in stored and "://" in stored[name].source:
        own = stored[name].source
    if not own:
        return known.address(name)
    remote.check_url(own)
    return known.Address(name, own, own.rpartition("/")[2] or "feed")


def _fetched(folder: FeedFolder, address: known.Address, request: Request, stored: StoredFeed | None) -> Fresh | None:
    """Return a fetched feed, None when the stored one is current. Raises: UsageError."""
    same = stored is not None and stored.source == address.url
    known_state = remote.Fetched(path=None, etag=stored.etag, modified=stored.modified) if stored and same else _UNKNOWN
    file = f"{address.name.replace(':', '-').replace(' ', '-')}-{address.file}"
    got = remote.fetch(address.url, folder.incoming, file, known_state, request.bounds)
    if got.path is None:
        return None
    return Fresh(
        name=address.name,
        source=address.url,
        path=got.path,
        expected=request.digests.get(address.name, ""),
        etag=got.etag,
        modified=got.modified,
        date=clock.today() if _is_public(address) else "",
    )


_UNKNOWN = remote.Fetched(path=None)


def _is_public(address: known.Address) -> bool:
    """Return whether a feed comes from its publisher: what is current there is current, a mirror may lag."""
    try:
        return known.address(address.name).url == address.url
    except UsageError:
        return False


def _install(folder: FeedFolder, fresh: list[Fresh], stored: Mapping[str, StoredFeed]) -> list[FeedResult]:
    """Store what can be read; a feed that cannot costs only itself."""
    good: list[Fresh] = []
    results: list[FeedResult] = []
    for one in fresh:
        try:
            folder.check(one)
        except UsageError as error:
            results.append(FeedResult(name=one.name, outcome="failed", reason=error.what))
            if one.path.parent == folder.path / "incoming":
                one.path.unlink(missing_ok=True)
            continue
        good.append(one)
        results.append(FeedResult(name=one.name, outcome="changed" if one.name in stored else "new"))
    if good:
        folder.install(good, clock.now())
    return results


def _with_counts(results: list[FeedResult], folder: FeedFolder) -> list[FeedResult]:
    stored = {feed.name: feed for feed in _stored(folder)}
    return [
        FeedResult(
            name=one.name,
            outcome=one.outcome,
            reason=one.reason,
            entries=stored[one.name].count if one.name in stored else 0,
            date=stored[one.name].date if one.name in stored else "",
        )
        for one in sorted(results, key=lambda one: one.name)
    ]


def _stored(folder: FeedFolder) -> tuple[StoredFeed, ...]:
    manifest = folder.manifest
    return manifest.feeds if manifest else ()


def _index(folder: FeedFolder) -> AdvisoryIndex:
    """Return the folder's index, the starter set where it has none."""
    if folder.manifest is None:
        from secloop.stages.build.advisories.starter import starter_index

        return starter_index()
    return folder.open_index()


def _age(day: str, today: str) -> int | None:
    try:
        return max(0, (date.fromisoformat(today) - date.fromisoformat(day)).days)
    except ValueError:
        return None
