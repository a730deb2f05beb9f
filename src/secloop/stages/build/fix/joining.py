"""Drafts of one plan made to fit each other: shared texts get one version, overrides of one manifest one edit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.stages.build.fix import advice
from secloop.stages.build.fix.choice import affecting
from secloop.stages.build.fix.overrides import override
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.model.finding import Edit
    from secloop.model.fix import Proposal
    from secloop.stages.build.advisories.base import AdvisoryIndex
    from secloop.stages.build.fix.case import Draft, Override
    from secloop.stages.build.fix.tree import Tree


def joined(drafts: Sequence[Draft], tree: Tree, index: AdvisoryIndex) -> Iterator[Proposal]:
    """Yield the proposals of drafts, in their order."""
    for one in _overridden(_aligned(drafts, index), tree):
        yield advice.proposal(one)


def _aligned(drafts: Sequence[Draft], index: AdvisoryIndex) -> list[Draft]:
    """Return drafts of which no two change one text differently: the higher version wins, and both say so."""
    leaders: dict[tuple[str, int, int], Draft] = {}
    for one in drafts:
        for edit in one.edits:
            place = (edit.file, edit.start, edit.end)
            leaders[place] = _higher(leaders[place], one) if place in leaders else one
    return [_follow(one, leaders, index) for one in drafts]


def _higher(a: Draft, b: Draft) -> Draft:
    if a.choice is None or b.choice is None:
        return a if b.choice is None else b
    ecosystem = a.case.ecosystem
    return b if key(ecosystem, b.choice.version) > key(ecosystem, a.choice.version) else a


def _follow(one: Draft, leaders: dict[tuple[str, int, int], Draft], index: AdvisoryIndex) -> Draft:
    """Return a draft with the edits of those that lead its texts."""
    ahead = [leaders[edit.file, edit.start, edit.end] for edit in one.edits]
    ahead = [other for other in ahead if other.edits != one.edits]
    if one.choice is None or not ahead or ahead[0].choice is None:
        return one
    version = ahead[0].choice.version
    after = affecting(index.groups(one.case.ecosystem, one.case.name), version)
    before = {*one.choice.clears, *one.choice.leaves}
    choice = one.choice._replace(
        version=version,
        clears=tuple(sorted(before - after)),
        leaves=tuple(sorted(before & after)),
        new=tuple(sorted(after - before)),
    )
    note = f"it shares its version text with {ahead[0].case.component.name}, which needs {version}"
    return replace(one, choice=choice, edits=ahead[0].edits, notes=(*one.notes, note), shared=())


def _overridden(drafts: Sequence[Draft], tree: Tree) -> Iterator[Draft]:
    """Yield drafts whose overrides are edits; where that cannot be, what to write by hand."""
    wanted: dict[tuple[str, tuple[str, ...]], dict[str, str]] = defaultdict(dict)
    for one in drafts:
        if own := one.override:
            entries = wanted[own.manifest, own.field]
            entries[own.key] = _most(one.case.ecosystem, entries.get(own.key, ""), own.wish)
    made = {place: _edit(tree, *place, entries) for place, entries in wanted.items()}
    for one in drafts:
        own = one.override
        edit = made[own.manifest, own.field] if own else None
        if own is None:
            yield one
        elif edit is None:
            yield replace(one, notes=(*one.notes, _by_hand(own)))
        else:
            yield replace(one, edits=(edit,))


def _most(ecosystem: str, a: str, b: str) -> str:
    return b if not a or key(ecosystem, b) > key(ecosystem, a) else a


def _edit(tree: Tree, manifest: str, field: tuple[str, ...], entries: dict[str, str]) -> Edit | None:
    data = tree.request.read(manifest)
    return override(manifest, data, field, dict(sorted(entries.items()))) if data is not None else None


def _by_hand(own: Override) -> str:
    return f'put "{own.key}": "{own.wish}" into {".".join(own.field)} of {own.manifest} by hand'
