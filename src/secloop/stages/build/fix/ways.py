"""How the chosen version of a package gets into the file that names the present one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from secloop.model.fix import Command
from secloop.stages.build.fix import commands
from secloop.stages.build.fix.case import Draft
from secloop.stages.build.fix.choice import choose
from secloop.stages.build.fix.manifest import Spot
from secloop.stages.build.fix.parents import brought_in
from secloop.stages.build.fix.specifiers import admits, is_breaking, raised
from secloop.stages.build.packages.golang.go_mod import STDLIB
from secloop.stages.build.purl import ecosystem_of, package_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secloop.model.facts import Component
    from secloop.model.finding import Edit
    from secloop.stages.build.advisories.base import AdvisoryIndex
    from secloop.stages.build.fix.case import Case
    from secloop.stages.build.fix.choice import Choice
    from secloop.stages.build.fix.manifest import Found, Manifest
    from secloop.stages.build.fix.tree import Tree

    Asked = Sequence[tuple[Component, str | None]]

_MOST_CARRIERS = 8


def draft(case: Case, tree: Tree, index: AdvisoryIndex) -> Draft:
    """Return the version of a case and the way there; a draft without a version where none is known."""
    own = case.component
    manifest = None if case.system else tree.manifest(own.file)
    declared = [] if manifest else _declared(case, tree)
    asked = [] if manifest or declared else tree.asked(own)
    test = _test(case, declared, asked)
    choice = choose(index, (case.ecosystem, case.name), own.version, case.wanted, test)
    if choice is None:
        return Draft(case=case, choice=None)
    if manifest:
        return _in_manifest(case, choice, manifest, tree)
    if case.system or not tree.tool(own.file):
        return Draft(case=case, choice=choice, notes=(_elsewhere(case, choice),))
    if declared:
        return _declared_way(case, choice, declared, tree)
    return brought_in(case, choice, asked, tree)


def _declared(case: Case, tree: Tree) -> list[tuple[Manifest, Spot]]:
    """Return what the manifests of a lock file ask of a direct dependency."""
    if not case.component.direct:
        return []
    ecosystem = ecosystem_of(case.component.purl)
    found = []
    for path in tree.manifests_of(case.component.file):
        manifest = tree.manifest(path)
        names = {p.name for p in manifest.packages if package_name(ecosystem, p.name) == case.name} if manifest else ()
        found += [(manifest, spot) for name in sorted(names) for spot in manifest.spots(name)] if manifest else []
    return _of_version(case, found)


def _of_version(case: Case, found: list[tuple[Manifest, Spot]]) -> list[tuple[Manifest, Spot]]:
    """Return the declarations that the present version answers; all of them where none admits it."""
    ecosystem = ecosystem_of(case.component.purl)
    fitting = [one for one in found if admits(ecosystem, one[1].text, case.component.version)]
    return fitting or found


def _test(case: Case, declared: list[tuple[Manifest, Spot]], asked: Asked) -> Callable[[str], bool | None]:
    """Return what says whether a version is inside of what is declared; an exact pin is never what is meant."""
    ecosystem = ecosystem_of(case.component.purl)
    wishes = [spot.text for _, spot in declared] or [wish for _, wish in asked if wish is not None]
    if not wishes:
        return lambda version: not is_breaking(ecosystem, case.component.version, version)
    return lambda version: all(admits(ecosystem, wish, version) for wish in wishes)


def _in_manifest(case: Case, choice: Choice, manifest: Manifest, tree: Tree) -> Draft:
    """Change the pin where it is written."""
    own = case.component
    ecosystem = ecosystem_of(own.purl)
    spot = Spot(own.name, own.version, own.line)
    new = partial(_pin, ecosystem, choice.version)
    found = manifest.move(spot, new) or _carried(manifest, spot, new, tree)
    if found is None:
        return _unedited(case, choice, manifest, tree)
    locks = [own.file] if tree.tool(own.file) else tree.locks_beside(own.file)
    after = [
        c
        for lock in locks
        if own.name != STDLIB
        for c in commands.refresh(tree.tool(lock), lock, own.name, own.version, choice.version)
    ]
    return Draft(case=case, choice=choice, edits=found.edits, commands=tuple(dict.fromkeys(after)), shared=found.shared)


def _carried(manifest: Manifest, spot: Spot, new: Callable[[str], str], tree: Tree) -> Found | None:
    """Return the edits of another file that a manifest takes versions from: a parent, a list of central versions."""
    others = (tree.manifest(path) for path in sorted(manifest.near, key=lambda path: (-len(path), path)))
    carriers = [one for one in others if one and one.path != manifest.path and one.encoding == "utf-8"]
    found = (manifest.move(spot, new, carrier) for carrier in carriers[:_MOST_CARRIERS])
    return next((one for one in found if one), None)


def _pin(ecosystem: str, version: str, old: str) -> str:
    """Return a pinned version in the style of the old one: with or without its `v`."""
    if ecosystem == "Go":
        return version
    plain = version.removeprefix("v")
    return f"v{plain}" if old.startswith("v") else plain


def _unedited(case: Case, choice: Choice, manifest: Manifest, tree: Tree) -> Draft:
    """Return what is left where no text can be changed: a tool's command, or the user's hand."""
    own = case.component
    todo = commands.update(tree.tool(own.file), own.file, own.name, own.version, choice.version)
    if todo and own.name != STDLIB:
        return Draft(case=case, choice=choice, commands=todo)
    if manifest.is_hashed(own.name):
        note = f"{own.file} holds hashes, which only the tool that wrote it can renew"
        return Draft(case=case, choice=choice, commands=_hashed(case, choice, tree), notes=(note,))
    why = f"{own.file} does not write the version in a form that can be edited"
    if manifest.is_over_budget:
        why = "the plan is too large to prove this edit too; with --package it can be"
    note = f"change it by hand to {choice.version}: {why}"
    return Draft(case=case, choice=choice, notes=(note,))


def _hashed(case: Case, choice: Choice, tree: Tree) -> tuple[Command, ...]:
    """Return the command that compiles a requirements file anew, where its source stands beside it."""
    own = case.component
    source = own.file.removesuffix(".txt") + ".in"
    if not own.file.endswith(".txt") or source not in tree.files or not commands.is_plain(own.name):
        return ()
    folder, _, name = own.file.rpartition("/")
    wish = f"{own.name}=={choice.version}"
    words = (
        "pip-compile",
        "--generate-hashes",
        "--upgrade-package",
        wish,
        "--output-file",
        name,
        source.rpartition("/")[2],
    )
    return (Command(arguments=words, folder=folder or "."),)


def _declared_way(case: Case, choice: Choice, declared: list[tuple[Manifest, Spot]], tree: Tree) -> Draft:
    """Move a direct dependency of a lock file: by the tool alone, or after an edit of what leaves the version out."""
    own = case.component
    ecosystem = ecosystem_of(own.purl)
    edits: list[Edit] = []
    shared: set[str] = set()
    notes: list[str] = []
    for manifest, spot in declared:
        if admits(ecosystem, spot.text, choice.version):
            continue
        found = manifest.move(spot, lambda old: raised(ecosystem, old, choice.version))
        if found is None:
            notes.append(
                f"let {manifest.path} line {spot.line} admit {choice.version} by hand: it asks for {spot.text}"
            )
        else:
            edits += found.edits
            shared.update(found.shared)
    run = commands.refresh if edits or notes else commands.update
    todo = run(tree.tool(own.file), own.file, own.name, own.version, choice.version)
    if notes:  # the tool would refuse
        notes += [f"then run: {command.line}" for command in todo]
        return Draft(case=case, choice=choice, notes=tuple(notes))
    return Draft(
        case=case, choice=choice, edits=tuple(edits), commands=todo, notes=tuple(notes), shared=tuple(sorted(shared))
    )


def _elsewhere(case: Case, choice: Choice) -> str:
    if case.system:
        return (
            f"install {case.component.name} {choice.version} with the system's package manager, or take a newer image"
        )
    return f"update it to {choice.version} where {case.component.file} is made, and make that anew"
