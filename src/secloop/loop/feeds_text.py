"""What `secloop feeds` prints: tables for people, JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop.text import visible
from secloop.model.base import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.loop.feeds import FeedResult, FeedStatus
    from secloop.loop.feeds_judge import Judged, News

_DIGITS = 12
_UNITS = ("B", "KB", "MB", "GB")
_SHOWN = 50


def changed(results: Sequence[FeedResult], judged: Sequence[Judged], format_: str) -> str:
    """Return what became of feeds, and what that means for remembered inventories."""
    if format_ == "json":
        return to_json({"feeds": list(results), "inventories": list(judged)}).decode() + "\n"
    lines = [
        f"{visible(one.name):<22} {one.outcome:<8} {one.date or '-':<11} "
        + (visible(one.reason) if one.reason else f"{one.entries} entries")
        for one in results
    ]
    for one in judged:
        lines += ["", *_inventory(one)]
    return "\n".join([*lines, ""])


def _inventory(judged: Judged) -> list[str]:
    head = (
        f"{visible(judged.project)} ({visible(judged.ref)}, scanned {judged.scanned[:10]}): "
        f"{judged.components} packages judged again, {judged.findings} vulnerabilities, "
    )
    if not judged.news:
        return [head + "nothing new"]
    counts: dict[str, int] = {}
    for news in judged.news:
        counts[news.what] = counts.get(news.what, 0) + 1
    lines = [head + ", ".join(f"{count} {what}" for what, count in counts.items())]
    lines += [_news(news) for news in judged.news[:_SHOWN]]
    if len(judged.news) > _SHOWN:
        lines.append(f"  and {len(judged.news) - _SHOWN} more (-f json lists all)")
    if judged.run:
        lines.append(f"  remembered as run {judged.run[:8]}; secloop gate decides on it")
    return lines


def _news(news: News) -> str:
    fixed = f", fixed in {' or '.join(news.fixed[:3])}" if news.fixed else ""
    return (
        f"  {news.what:<10} {news.severity:<8} {visible(news.component)} {visible(news.version)}: "
        f"{visible(news.ids[0])}{visible(fixed)}  {visible(news.file)}:{news.line}  {news.id}"
    )


def listed(feeds: Sequence[FeedStatus], folder: str, format_: str) -> str:
    """Return the stored feeds."""
    if format_ == "json":
        return to_json({"folder": folder, "feeds": list(feeds)}).decode() + "\n"
    if not feeds:
        return f"No feeds in {visible(folder)}; scans use the starter set. See secloop feeds pull --help\n"
    lines = [f"{'feed':<22} {'date':<11} {'age':>5} {'entries':>8} {'size':>8}  {'sha256':<{_DIGITS}}  source"]
    for feed in feeds:
        age = "-" if feed.age_days is None else f"{feed.age_days}d"
        lines.append(
            f"{visible(feed.name):<22} {feed.date or '-':<11} {age:>5} {feed.entries:>8} {_size(feed.size):>8}  "
            f"{feed.sha256[:_DIGITS]}  {visible(feed.source)}{'  DAMAGED' if feed.damaged else ''}"
        )
        if feed.note:
            lines.append(f"  {visible(feed.note)}")
    return "\n".join([*lines, f"in {visible(folder)}", ""])


def _size(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < 1024:  # noqa: PLR2004 - a kilobyte
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"
