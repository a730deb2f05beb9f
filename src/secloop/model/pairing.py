"""Keeping ids over time: findings of a run are paired with known ones before what is left takes an id of its own.

Plan, per kind (contracts.md, Identity):

1. A weakness is numbered among equal ones, so its id depends on its neighbours. Known ones keep theirs: first those in
   the same file (by order when none came or went, else the nearest lines), then in the file it was renamed to, live
   before closed ones; in a complete run what is left of the live ones goes to what is left of the found ones, since
   code that moved to another file keeps its id. The rest take the free numbers.
2. A redacted secret of another tool has its file in its identity: a rename keeps the known id, and where exactly one
   readable secret lies on the same line it is that secret.
3. A finding with advisory ids whose id is unknown, while a known finding of the same package shares an advisory id, is
   that finding: its alias group grew. The computed id becomes an alias; nothing is re-keyed.

Everything is pure and does not depend on the order of the input.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from secloop.model.base import Value
from secloop.model.enums import Kind
from secloop.model.finding import Finding
from secloop.model.ids import REDACTED, bare_purl, finding_id, identify, occurrence_id
from secloop.model.places import PackagePin, place_file, place_key, place_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PAIRS_BOUND = 250_000
"""Above this many candidate pairs in one file the order of the lines decides, so that time stays linear."""

_NO_RENAMES: Mapping[str, str] = {}


class KnownFinding(Value):
    """What a store or baseline knows of a finding: its id, the fields it came from, and where it was last seen.

    `package` is a purl without version, `ids` its alias group; both are empty for kinds without. `live` is false for
    what was closed.
    """

    id: str
    kind: Kind
    identity: tuple[str, ...]
    file: str = ""
    line: int = 0
    ids: tuple[str, ...] = ()
    package: str = ""
    live: bool = True


class Paired(Value):
    """Identified findings, sorted, and the computed ids that now stand for an older one (id -> kept id)."""

    findings: tuple[Finding, ...]
    aliases: dict[str, str]


def pair(
    known: Sequence[KnownFinding],
    found: Iterable[Finding],
    renames: Mapping[str, str] = _NO_RENAMES,
    *,
    aliases: Mapping[str, str] = _NO_RENAMES,
    complete: bool = True,
) -> Paired:
    """Return `found` with ids, those of `known` findings where it is the same problem.

    `known` is ordered from the oldest; `renames` maps old paths to new ones; `aliases` are those of earlier runs.
    `complete` is false when the run did not look at everything: what it did not find may still be there.
    """
    known = [entry for _, entry in sorted(enumerate(known), key=lambda item: (not item[1].live, item[0]))]
    ordered = sorted(found, key=_order)
    weak = [finding for finding in ordered if finding.kind is Kind.WEAKNESS and not finding.id]
    rest = [finding for finding in ordered if finding.kind is not Kind.WEAKNESS or finding.id]
    out = _weaknesses([entry for entry in known if entry.kind is Kind.WEAKNESS], weak, renames, complete=complete)
    new_aliases: dict[str, str] = {}
    groups = _Groups(known, aliases)
    for finding in rest:
        kept = "" if finding.id else groups.kept(finding)
        if kept:
            new_aliases[finding_id(finding.kind, finding.identity)] = kept
        out.append(_with_id(finding, kept) if kept else finding)
    return Paired(findings=tuple(identify(_redacted(known, out, renames))), aliases=new_aliases)


def identities(findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    """Return the identity fields by finding id, as a store keeps them."""
    return {finding.id: finding.identity for finding in findings}


def _weaknesses(
    known: Sequence[KnownFinding],
    found: Sequence[Finding],
    renames: Mapping[str, str],
    *,
    complete: bool,
) -> list[Finding]:
    known_by: defaultdict[tuple[str, ...], list[KnownFinding]] = defaultdict(list)
    for entry in known:
        known_by[entry.identity].append(entry)
    found_by: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in found:
        found_by[finding.identity].append(finding)
    out: list[Finding] = []
    for fields, equals in found_by.items():
        out += _numbered(fields, equals, known_by.get(fields, []), renames, complete=complete)
    return out


def _numbered(
    fields: tuple[str, ...],
    found: list[Finding],
    known: list[KnownFinding],
    renames: Mapping[str, str],
    *,
    complete: bool,
) -> list[Finding]:
    """Return equal weaknesses with ids: the plan's first number."""
    ids: dict[int, str] = {}
    for live in (True, False):
        for paths in (_NO_RENAMES, renames):
            _pair_in_files([entry for entry in known if entry.live is live], found, paths, ids)
    taken = set(ids.values())
    left = [n for n in range(len(found)) if n not in ids]
    unseen = [entry.id for entry in known if entry.live and entry.id not in taken]
    if complete:
        ids.update(zip(left, dict.fromkeys(unseen), strict=False))
    else:
        taken.update(unseen)
    taken.update(ids.values())
    number = 0
    for n in left:
        while n not in ids:
            number += 1
            candidate = finding_id(Kind.WEAKNESS, (*fields, str(number)))
            if candidate not in taken:
                ids[n] = candidate
    return [_with_id(finding, ids[n]) for n, finding in enumerate(found)]


def _pair_in_files(
    known: Sequence[KnownFinding],
    found: Sequence[Finding],
    renames: Mapping[str, str],
    ids: dict[int, str],
) -> None:
    """Fill `ids` (index in `found` -> id) with pairs of one file."""
    taken = set(ids.values())
    by_file: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for entry in known:
        if entry.id not in taken:
            by_file[renames.get(entry.file, entry.file)].append((entry.line, entry.id))
            taken.add(entry.id)
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for n, finding in enumerate(found):
        if n not in ids:
            places[place_file(finding.place) or place_key(finding.place)].append((place_line(finding.place) or 0, n))
    for file, lines in places.items():
        ids.update(_nearest(sorted(by_file.get(file, [])), sorted(lines)))


def _nearest(known: list[tuple[int, str]], found: list[tuple[int, int]]) -> dict[int, str]:
    """Return found index -> known id: in order when none came or went, else by nearest lines."""
    if len(known) == len(found) or len(known) * len(found) > _PAIRS_BOUND:
        return {n: id_ for (_, id_), (_, n) in zip(known, found, strict=False)}
    candidates = sorted((abs(old - new), old, new, id_, n) for old, id_ in known for new, n in found)
    out: dict[int, str] = {}
    taken: set[str] = set()
    for _, _, _, id_, n in candidates:
        if id_ not in taken and n not in out:
            out[n] = id_
            taken.add(id_)
    return out


class _Groups:
    """Alias groups of what is known, by (kind, package, advisory id)."""

    def __init__(self, known: Sequence[KnownFinding], aliases: Mapping[str, str]) -> None:
        self._ids = {entry.id for entry in known}
        self._aliases = aliases
        self._oldest: dict[tuple[Kind, str, str], str] = {}
        for entry in known:
            for advisory in entry.ids:
                self._oldest.setdefault((entry.kind, entry.package, advisory), entry.id)

    def kept(self, finding: Finding) -> str:
        """Return the id that a finding keeps instead of the computed one, or ""."""
        own = finding_id(finding.kind, finding.identity)
        if own in self._aliases:
            return self._aliases[own]
        if own in self._ids or not isinstance(finding.place, PackagePin):
            return ""
        package = bare_purl(finding.place.purl)
        kept = (self._oldest.get((finding.kind, package, advisory), "") for advisory in sorted(finding.ids))
        return next((id_ for id_ in kept if id_), "")


def _redacted(
    known: Sequence[KnownFinding],
    found: Sequence[Finding],
    renames: Mapping[str, str],
) -> list[Finding]:
    """Return `found` with ids for redacted secrets: the plan's second number."""
    if not any(_is_redacted(finding.kind, finding.identity) for finding in found):
        return list(found)
    ids = {entry.id for entry in known}
    moved: dict[tuple[str, ...], str] = {}
    for entry in known:
        if _is_redacted(entry.kind, entry.identity) and entry.identity[1] in renames:
            marker, path, text = entry.identity
            moved.setdefault((marker, renames[path], text), entry.id)
    readable = _readable(known, found)
    out = []
    for finding in found:
        kept = ""
        if not finding.id and _is_redacted(finding.kind, finding.identity):
            own = finding_id(finding.kind, finding.identity)
            at = readable.get((place_file(finding.place) or "", place_line(finding.place) or 0), set())
            kept = own if own in ids else moved.get(finding.identity, min(at) if len(at) == 1 else "")
        out.append(_with_id(finding, kept) if kept else finding)
    return out


def _readable(known: Sequence[KnownFinding], found: Sequence[Finding]) -> dict[tuple[str, int], set[str]]:
    out: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for entry in known:
        if entry.live and entry.kind is Kind.SECRET and not _is_redacted(entry.kind, entry.identity):
            out[entry.file, entry.line].add(entry.id)
    for finding in found:
        if finding.kind is Kind.SECRET and not _is_redacted(finding.kind, finding.identity):
            id_ = finding.id or finding_id(finding.kind, finding.identity)
            out[place_file(finding.place) or "", place_line(finding.place) or 0].add(id_)
    return out


def _is_redacted(kind: Kind, identity: tuple[str, ...]) -> bool:
    return kind is Kind.SECRET and identity[:1] == (REDACTED,)


def _with_id(finding: Finding, id_: str) -> Finding:
    occurrence = occurrence_id(id_, place_key(finding.place))
    return msgspec.structs.replace(finding, id=id_, occurrence=occurrence)


def _order(finding: Finding) -> tuple[str, int, int, str, tuple[str, ...], str]:
    place = finding.place
    column = getattr(place, "column", 0)
    return (place_key(place), place_line(place) or 0, column, finding.rule, finding.identity, finding.message)
