"""OSV records (https://ossf.github.io/osv-schema/) to advisories: one per affected package that can be ordered here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.shapes import string, strings, table, tables
from secloop.stages.build.advisories import commits, problems
from secloop.stages.build.advisories.base import Advisory
from secloop.stages.build.advisories.ranges import Event, contains, intervals_of
from secloop.stages.build.advisories.releases import advisory_key
from secloop.stages.build.advisories.symbols import joined as joined_symbols
from secloop.stages.build.advisories.symbols import symbols_of
from secloop.stages.build.purl import package_name
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.build.advisories.base import Interval

_TITLE = 160
_DAY = 10
_MAX_VERSIONS = 20_000
_MAX_COMPARED = 2_000_000
"""Pairs of a listed version and an interval that are compared; beyond, listed versions are kept as they are."""
_EVENTS = ("introduced", "fixed", "last_affected", "limit")


def read_record(data: bytes, name: str = "") -> tuple[Advisory, ...]:
    """Return the advisories of one OSV record; records for other ecosystems give none.

    A `name` that ends in .yaml or .yml says that the record is written in YAML; other YAML files, which stand beside
    records in many databases, give none. Raises: ValueError when the bytes are no OSV record.
    """
    record = decode(data, name)
    return tuple(_advisories(record)) if record else ()


def decode(data: bytes, name: str = "") -> dict[str, Any] | None:
    """Return a record as its source wrote it, None for a YAML file that is none. Raises: ValueError."""
    if name.endswith((".yaml", ".yml")):
        return _of_yaml(data)
    import msgspec

    try:
        record = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if isinstance(record, dict) and isinstance(record.get("id"), str):
        return record
    raise ValueError("no OSV record: it has no id")


def _of_yaml(data: bytes) -> dict[str, Any] | None:
    """Return a record written in YAML; an alias counts as often as it stands, so none makes a record huge."""
    from secloop.stages.build.packages.base import UnreadableError
    from secloop.stages.build.packages.yaml import MAX_NODES, parse_yaml

    if not (b"id:" in data and b"modified:" in data):  # the fields that the schema requires
        return None
    try:
        record = parse_yaml(data.decode("utf-8", "replace"))
    except UnreadableError as error:
        raise ValueError(str(error)) from error
    if not (isinstance(record.get("id"), str) and "modified" in record):
        return None
    left, open_ = MAX_NODES, list[Any]([record])
    while open_:
        inner = open_.pop()
        left -= len(inner)
        if left < 0:
            raise ValueError(f"more than {MAX_NODES} values")
        open_ += [v for v in (inner.values() if isinstance(inner, dict) else inner) if isinstance(v, (dict, list))]
    return record


def _advisories(record: dict[str, Any]) -> Iterator[Advisory]:
    merged: dict[tuple[str, str], Advisory] = {}
    for affected in tables(record.get("affected")):
        for one in _of_affected(record, affected):
            own = (one.ecosystem, one.package)
            merged[own] = _joined(merged[own], one) if own in merged else one
    for one in merged.values():
        yield from problems.split(one, record)


def _of_affected(record: dict[str, Any], affected: dict[str, Any]) -> Iterator[Advisory]:
    """Yield the advisory on a package; where there is none that can be ordered, those on its repositories."""
    package = table(affected.get("package"))
    ecosystem = advisory_key(string(package.get("ecosystem")))
    git = tuple(_git_ranges(affected))
    if ecosystem and ecosystem != commits.ECOSYSTEM and string(package.get("name")):
        yield _advisory(record, affected, ecosystem, package_name(ecosystem, package["name"]), git)
        return
    for repository in dict.fromkeys(one.repository for one in git):
        ranges = tuple(one for one in git if one.repository == repository)
        yield _advisory(record, affected, commits.ECOSYSTEM, repository, ranges)


def _joined(a: Advisory, b: Advisory) -> Advisory:
    """Return both `affected` entries of one package as one advisory."""
    import msgspec

    return msgspec.structs.replace(
        a,
        intervals=a.intervals + b.intervals,
        versions=tuple(dict.fromkeys(a.versions + b.versions)),
        vectors=tuple(dict.fromkeys(a.vectors + b.vectors)),
        symbols=joined_symbols(a.symbols, b.symbols),
        git=a.git + b.git,
    )


def _advisory(
    record: dict[str, Any], affected: dict[str, Any], ecosystem: str, package: str, git: tuple[commits.GitRange, ...]
) -> Advisory:
    database = table(record.get("database_specific"))
    intervals = tuple(_intervals(ecosystem, affected)) if ecosystem != commits.ECOSYSTEM else ()
    versions = tuple(strings(affected.get("versions"))[:_MAX_VERSIONS])
    return Advisory(
        id=record["id"],
        ecosystem=ecosystem,
        package=package,
        aliases=problems.aliases(record),
        intervals=intervals,
        versions=_outside(ecosystem, intervals, versions) if intervals else versions,
        vectors=_vectors(affected) or _vectors(record),
        severity=_word(record, affected, database),
        cwe=tuple(sorted({number for name in strings(database.get("cwe_ids")) if (number := _cwe(name))})),
        title=one_line(string(record.get("summary"))),
        date=string(record.get("modified"))[:_DAY] or string(record.get("published"))[:_DAY],
        withdrawn=bool(record.get("withdrawn")),
        symbols=symbols_of(affected),
        git=git,
    )


def _word(record: dict[str, Any], affected: dict[str, Any], database: dict[str, Any]) -> str:
    """Return the source's own word for the severity, wherever databases write it."""
    own, specific = table(affected.get("database_specific")), table(affected.get("ecosystem_specific"))
    if string(own.get("informational")):  # RustSec: unmaintained, unsound, notice
        return "informational"
    scores = (string(entry.get("score")) for holder in (affected, record) for entry in tables(holder.get("severity")))
    written = (database.get("severity"), own.get("severity"), specific.get("severity"), specific.get("urgency"))
    found = (*(string(word) for word in written), *(score for score in scores if score.isalpha()))
    return next((word.lower() for word in found if word), "")


def _outside(ecosystem: str, intervals: tuple[Interval, ...], versions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the listed versions that no interval covers: the others would be answered twice."""
    if len(intervals) * len(versions) > _MAX_COMPARED:
        return versions
    keys = ((version, key(ecosystem, version)) for version in versions)
    return tuple(v for v, own in keys if not any(contains(ecosystem, interval, own) for interval in intervals))


def _intervals(ecosystem: str, affected: dict[str, Any]) -> Iterator[Interval]:
    """Yield the intervals of SEMVER and ECOSYSTEM ranges."""
    for part in tables(affected.get("ranges")):
        if part.get("type") in {"SEMVER", "ECOSYSTEM"}:
            yield from intervals_of(ecosystem, _events(part))


def _git_ranges(affected: dict[str, Any]) -> Iterator[commits.GitRange]:
    for part in tables(affected.get("ranges")):
        if part.get("type") == "GIT" and (found := commits.git_range(string(part.get("repo")), _events(part))):
            yield found


def _events(part: dict[str, Any]) -> Iterator[Event]:
    for event in tables(part.get("events")):
        for kind in _EVENTS:
            if isinstance(event.get(kind), str):
                yield kind, event[kind]


def _vectors(holder: dict[str, Any]) -> tuple[str, ...]:
    scores = [string(entry.get("score")) for entry in tables(holder.get("severity"))]
    return tuple(score for score in scores if "/" in score)


def one_line(text: str) -> str:
    """Return `text` on one line, printable, cut to the length of a title."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_TITLE]


def _cwe(name: str) -> int:
    digits = name.removeprefix("CWE-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= len("99999") else 0
