"""Packages that others bring in: moved inside the others' ranges, past them by an override, or through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.fix import commands
from secloop.stages.build.fix.case import Draft, Override
from secloop.stages.build.fix.overrides import field_of, standing
from secloop.stages.build.fix.specifiers import admits, is_breaking, raised
from secloop.stages.build.purl import ecosystem_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.model.facts import Component
    from secloop.stages.build.fix.case import Case
    from secloop.stages.build.fix.choice import Choice
    from secloop.stages.build.fix.tree import Tree

    Asked = Sequence[tuple[Component, str | None]]

_SHOWN = 3
_ONE_MAJOR = frozenset({"crates.io", "Hex", "Pub", "npm"})
"""Where a wish, as its tool writes it, never admits another major version."""


def brought_in(case: Case, choice: Choice, asked: Asked, tree: Tree) -> Draft:
    """Return how a package moves that `asked` bring in, each with the range it asks for (None: the lock does not say).

    Inside all ranges its tool's command does it. Past one, an override does, where there are overrides; else the
    parents must move first.
    """
    own = case.component
    tool = tree.tool(own.file)
    refresh = commands.refresh(tool, own.file, own.name, own.version, choice.version)
    if held := _standing(case, choice, tree):
        note = f"{held.manifest} itself overrides it: that is raised to {held.wish}"
        return Draft(case=case, choice=choice, commands=refresh, notes=(note,), override=held)
    refusing, told = _refusing(case, choice, asked)
    if not refusing and (own.direct or tool is not commands.YARN_1):
        todo = commands.update(tool, own.file, own.name, own.version, choice.version)
        notes = () if all(wish is not None for _, wish in asked) and asked else (_unknown(own, asked),)
        return Draft(case=case, choice=choice, commands=todo, notes=notes)
    override = _override(case, choice, refusing, tree)
    if override and refusing:
        note = f"{told}: the override goes beyond that, so test it; a newer {_names(refusing)} may not need it"
    elif override:
        note = "Yarn 1 moves direct dependencies only, so a resolution does it"
    elif refusing:
        note = f"{told}: update {_names(refusing)} first, to a version that admits {choice.version}"
        return Draft(case=case, choice=choice, notes=(note, "which version does so is not known offline"))
    else:
        note = f"Yarn 1 moves direct dependencies only: take its entry out of {own.file}, then run yarn install"
        return Draft(case=case, choice=choice, notes=(note,))
    return Draft(case=case, choice=choice, commands=refresh, notes=(note,), override=override)


def _refusing(case: Case, choice: Choice, asked: Asked) -> tuple[Asked, str]:
    """Return the parents that hold a version back, and what is said of them."""
    own = case.component
    ecosystem = ecosystem_of(own.purl)
    known = [
        (one, wish) for one, wish in asked if wish is not None and admits(ecosystem, wish, choice.version) is False
    ]
    if known:
        return known, ", ".join(f"{one.name} {one.version} asks for {wish}" for one, wish in known[:_SHOWN])
    unknown = [(one, wish) for one, wish in asked if wish is None]
    if unknown and ecosystem in _ONE_MAJOR and is_breaking(ecosystem, own.version, choice.version):
        return unknown, f"{_names(unknown)} may not take another major version"
    return (), ""


def _standing(case: Case, choice: Choice, tree: Tree) -> Override | None:
    """Return the override that a manifest has already, raised; None where none holds the present version."""
    own = case.component
    field, manifest = _place(own.file)
    data = tree.request.read(manifest) if field and manifest in tree.files else None
    for key, value in standing(data or b"", field, own.name).items():
        holds = admits("npm", value, own.version) and admits("npm", value, choice.version) is False
        if holds and (wish := raised("npm", value, choice.version)):
            return Override(manifest=manifest, field=field, key=key, wish=wish)
    return None


def _place(lock: str) -> tuple[tuple[str, ...], str]:
    """Return the keys of the overrides of a lock file's tool, none where it has none, and the file they stand in."""
    folder = lock.rpartition("/")[0]
    return field_of(lock), f"{folder}/package.json" if folder else "package.json"


def _override(case: Case, choice: Choice, refusing: Asked, tree: Tree) -> Override | None:
    """Return the override of a lock file's manifest; for one range alone, where the lock holds several versions."""
    own = case.component
    field, manifest = _place(own.file)
    if not field or manifest not in tree.files:
        return None
    if not tree.has_other(own):
        return Override(manifest=manifest, field=field, key=own.name, wish=choice.version)
    wishes = {wish for _, wish in refusing}
    if field == ("resolutions",) or len(wishes) != 1 or None in wishes:
        return None
    return Override(manifest=manifest, field=field, key=f"{own.name}@{wishes.pop()}", wish=choice.version)


def _unknown(own: Component, asked: Asked) -> str:
    if own.direct:
        return "what asks for it was not found beside the lock file: if the tool keeps the old version, raise it there"
    by = _names(asked) if asked else "another package"
    return f"if the tool keeps the old version, it is held back by {by}: update that first"


def _names(parents: Asked) -> str:
    names = list(dict.fromkeys(one.name for one, _ in parents))
    more = f" or {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return " or ".join(names[:_SHOWN]) + more
