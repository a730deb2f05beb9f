"""Drafts of one plan made to fit each other: shared texts get one version, overrides of one manifest one edit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.stages.build.fix import advice
from secloop.stages.build.fix.choice import affecting
from secloop.stages.build.fix.npm_lock import without
from secloop.stages.build.fix.overrides import override
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from secloop.model.facts import Component
    from secloop.model.finding import Edit
    from secloop.model.fix import Proposal
    from secloop.stages.build.advisories.base import AdvisoryIndex
    from secloop.stages.build.fix.case import Draft, Override
    from secloop.stages.build.fix.tree import Tree

    _Field = tuple[str, tuple[str, ...]]

_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_SHOWN = 3


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
    needed = _needed(drafts, tree)
    wanted: dict[_Field, dict[str, str]] = defaultdict(dict)
    for one in needed:
        if own := one.override:
            entries = wanted[own.manifest, own.field]
            entries[own.key] = _most(one.case.ecosystem, entries.get(own.key, ""), own.wish)
    made = {field: _edits(tree, *field, entries, needed) for field, entries in wanted.items()}
    for one in needed:
        own = one.override
        edits = made[own.manifest, own.field] if own else ()
        if own is None:
            yield one
        elif edits:
            yield replace(one, edits=edits)
        else:
            yield replace(one, notes=(*one.notes, _by_hand(own)))


def _needed(drafts: Sequence[Draft], tree: Tree) -> list[Draft]:
    """Return drafts without the overrides of packages that only moving ones bring in: those are to be looked at again.

    A newer parent may bring another version, or nothing; an override would hold it where it is.
    """
    moving = {(d.case.component.file, d.case.component.purl) for d in drafts if d.edits or d.commands or d.override}
    out = []
    for one in drafts:
        own = one.case.component
        movers = _movers(own, tree, moving - {(own.file, own.purl)}) if one.override else None
        if movers:
            moving.discard((own.file, own.purl))
            note = f"it comes in through {_listed(sorted(movers))} only, which this plan moves: after that, look again"
            out.append(replace(one, override=None, commands=(), notes=(note,)))
        else:
            out.append(one)
    return out


def _movers(component: Component, tree: Tree, moving: Collection[tuple[str, str]]) -> set[str]:
    """Return the moving packages through which alone a package comes in; none where there is another way."""
    out: set[str] = set()
    seen: set[str] = set()
    stack = [component]
    while stack:
        at = stack.pop()
        parents = tree.parents(at)
        if at.direct or not parents:
            return set()
        for parent in parents:
            if (parent.file, parent.purl) in moving:
                out.add(f"{parent.name} {parent.version}")
            elif parent.purl not in seen:
                seen.add(parent.purl)
                stack.append(parent)
    return out


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _most(ecosystem: str, a: str, b: str) -> str:
    return b if not a or key(ecosystem, b) > key(ecosystem, a) else a


def _edits(
    tree: Tree, manifest: str, field: tuple[str, ...], entries: dict[str, str], drafts: Sequence[Draft]
) -> tuple[Edit, ...]:
    """Return the edit that adds overrides to a manifest, and those that make npm's lock beside it take them."""
    data = tree.request.read(manifest)
    made = override(manifest, data, field, dict(sorted(entries.items()))) if data is not None else ()
    if not made:
        return ()
    own = [d for d in drafts if d.override and (d.override.manifest, d.override.field) == (manifest, field)]
    out = list(made)
    for lock in sorted({d.case.component.file for d in own if d.case.component.file.endswith(_NPM_LOCKS)}):
        names = {(d.case.component.name, d.case.component.version) for d in own if d.case.component.file == lock}
        out += without(lock, tree.request.read(lock) or b"", names)
    return tuple(out)


def _by_hand(own: Override) -> str:
    return f'put "{own.key}": "{own.wish}" into {".".join(own.field)} of {own.manifest} by hand'
