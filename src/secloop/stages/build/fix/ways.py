"""How the chosen version of a package gets into the file that names the present one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from secloop.model.fix import Command
from secloop.stages.build.fix import commands
from secloop.stages.build.fix.case import Draft, Override
from secloop.stages.build.fix.choice import choose
from secloop.stages.build.fix.manifest import Spot
from secloop.stages.build.fix.overrides import field_of
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
    from secloop.stages.build.fix.manifest import Manifest
    from secloop.stages.build.fix.tree import Tree

    _Asked = Sequence[tuple[Component, str | None]]

_SHOWN = 3


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
    if case.system or not commands.tool_of(own.file):
        return Draft(case=case, choice=choice, notes=(_elsewhere(case, choice),))
    if declared:
        return _declared_way(case, choice, declared)
    return _brought_in(case, choice, asked, tree)


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


def _test(case: Case, declared: list[tuple[Manifest, Spot]], asked: _Asked) -> Callable[[str], bool | None]:
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
    found = manifest.move(spot, partial(_pin, ecosystem, choice.version))
    if found is None:
        return Draft(
            case=case, choice=choice, commands=_hashed(case, choice, tree), notes=(_by_hand(case, choice, manifest),)
        )
    locks = [own.file] if commands.tool_of(own.file) else tree.locks_beside(own.file)
    after = [
        c for lock in locks if own.name != STDLIB for c in commands.refresh(lock, own.name, own.version, choice.version)
    ]
    return Draft(case=case, choice=choice, edits=found.edits, commands=tuple(dict.fromkeys(after)), shared=found.shared)


def _pin(ecosystem: str, version: str, old: str) -> str:
    """Return a pinned version in the style of the old one: with or without its `v`."""
    if ecosystem == "Go":
        return version
    plain = version.removeprefix("v")
    return f"v{plain}" if old.startswith("v") else plain


def _by_hand(case: Case, choice: Choice, manifest: Manifest) -> str:
    own = case.component
    if manifest.is_hashed(own.name):
        return f"{own.file} holds hashes, which only the tool that wrote it can renew"
    return (
        f"change it by hand to {choice.version}: the version is not written in {own.file} in a form that can be edited"
    )


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


def _declared_way(case: Case, choice: Choice, declared: list[tuple[Manifest, Spot]]) -> Draft:
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
    todo = run(own.file, own.name, own.version, choice.version)
    return Draft(
        case=case, choice=choice, edits=tuple(edits), commands=todo, notes=tuple(notes), shared=tuple(sorted(shared))
    )


def _brought_in(case: Case, choice: Choice, asked: _Asked, tree: Tree) -> Draft:
    """Move what other packages bring in: inside their ranges by the tool, else by an override, else through them."""
    own = case.component
    ecosystem = ecosystem_of(own.purl)
    todo = commands.update(own.file, own.name, own.version, choice.version)
    refusing = [
        (one, wish) for one, wish in asked if wish is not None and admits(ecosystem, wish, choice.version) is False
    ]
    if not refusing:
        notes = () if all(wish is not None for _, wish in asked) else (_unknown(asked),)
        return Draft(case=case, choice=choice, commands=todo, notes=notes)
    told = ", ".join(f"{one.name} {one.version} asks for {wish}" for one, wish in refusing[:_SHOWN])
    override = _override(case, choice, refusing, tree)
    if override is None:
        note = f"{told}: update {_names(refusing)} first, to a version that admits {choice.version}"
        return Draft(case=case, choice=choice, notes=(note, "which version does is not known offline"))
    note = f"{told}: the override goes beyond that, so test it; a newer {_names(refusing)} may need none"
    refresh = commands.refresh(own.file, own.name, own.version, choice.version)
    return Draft(case=case, choice=choice, commands=refresh, notes=(note,), override=override)


def _override(case: Case, choice: Choice, refusing: _Asked, tree: Tree) -> Override | None:
    """Return the override of a lock file's manifest; of the version alone, where the lock holds several."""
    own = case.component
    field = field_of(own.file)
    folder = own.file.rpartition("/")[0]
    manifest = f"{folder}/package.json" if folder else "package.json"
    if not field or manifest not in tree.files:
        return None
    several = any(
        c.name == own.name and c.version != own.version and c.file == own.file for c in tree.request.components
    )
    if not several:
        return Override(manifest=manifest, field=field, key=own.name, wish=choice.version)
    wishes = {wish for _, wish in refusing}
    if field == ("resolutions",) or len(wishes) != 1:
        return None
    return Override(manifest=manifest, field=field, key=f"{own.name}@{wishes.pop()}", wish=choice.version)


def _unknown(asked: _Asked) -> str:
    if not asked:
        return "if the tool keeps the old version, another package holds it back"
    return f"if the tool keeps the old version, {_names(asked)} holds it back: update that first"


def _names(parents: _Asked) -> str:
    names = list(dict.fromkeys(one.name for one, _ in parents))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return " or ".join(names[:_SHOWN]) + more


def _elsewhere(case: Case, choice: Choice) -> str:
    if case.system:
        return (
            f"install {case.component.name} {choice.version} with the system's package manager, or take a newer image"
        )
    return f"update it to {choice.version} where {case.component.file} is made, and make that anew"
