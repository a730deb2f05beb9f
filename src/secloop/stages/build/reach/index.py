"""All imports of a tree, asked by package: who imports it, and from which folder's manifest does that file take it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from secloop.stages.build.reach.files import GO, JAVASCRIPT, PYTHON, weight
from secloop.stages.build.reach.modules import akin, modules_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.facts import Component, Import, Imports

_BUILDERS = frozenset({"setup.py", "conftest.py", "__init__.py"})
_PROJECTS = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "manage.py", "Dockerfile")
_SOURCE_FOLDERS = ("src", "lib", "python")


class Place(NamedTuple):
    """An import: the fact of its file, the module as written, and the line."""

    fact: Imports
    module: str
    line: int


def folder_of(path: str) -> str:
    """Return the folder of a file, empty for the root."""
    return path.rpartition("/")[0]


def ancestors(folder: str) -> Iterator[str]:
    """Yield a folder and all above it, the nearest first; the last one is empty."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def npm_name(specifier: str) -> str:
    """Return the package that a specifier of JavaScript means: `@scope/name/part` is of `@scope/name`."""
    bare = specifier.removeprefix("npm:")
    parts = bare.split("/")
    return "/".join(parts[:2]) if bare.startswith("@") else parts[0]


class ImportIndex:
    """Imports by language. `folders` holds the folders below which a language has a file."""

    def __init__(self, facts: Iterable[Imports]) -> None:
        """Take the facts of a tree."""
        self.facts = sorted(facts, key=lambda fact: fact.file)
        self._npm: dict[str, list[Place]] = {}
        self._python: dict[str, list[Place]] = {}
        self._go: dict[str, list[Place]] = {}
        self._folders: dict[str, set[str]] = {PYTHON: set(), JAVASCRIPT: set(), GO: set()}
        self._own: dict[str, set[str]] = {}
        self._shadowed: set[str] = set()
        self._packages: set[str] = set()
        self._roots = {""} | {folder_of(fact.file) for fact in self.facts if fact.file.endswith(_PROJECTS)}
        self._found: dict[tuple[str, str], bool] = {}
        for fact in self.facts:
            if fact.language:
                self._folders[fact.language].add(folder_of(fact.file))
            if fact.language == PYTHON:
                self._know_module(fact.file)
        for language, folders in self._folders.items():
            self._folders[language] = {above for folder in folders for above in ancestors(folder)}
        for folder in self._folders[PYTHON]:
            if folder:
                parent, _, own = folder.rpartition("/")
                self._own.setdefault(parent, set()).add(own)
        for fact in self.facts:
            for one in fact.imports:
                self._add(fact, one)

    def has(self, language: str, folder: str) -> bool:
        """Return whether a file of the language lies in or below a folder."""
        return folder in self._folders[language]

    def python(self, name: str) -> list[Place]:
        """Return the imports that may be of a package of PyPI: of its modules, or of a namespace that they share."""
        out: list[Place] = []
        for module in modules_of(name).names:
            top = module.partition(".")[0]
            for place in self._python.get(_folded(top), ()):
                own, wanted = f"{_folded(place.module)}.", f"{_folded(module)}."
                if own.startswith(wanted) or wanted.startswith(own):
                    out.append(place)
        return out

    def is_shadowed(self, name: str) -> bool:
        """Return whether a module of the project has the name of a package's: which of them is meant is not sure."""
        return any(_folded(module.partition(".")[0]) in self._shadowed for module in modules_of(name).names)

    def npm(self, name: str) -> list[Place]:
        """Return the imports of a package of npm; those within it count."""
        return self._npm.get(name.lower(), [])

    def go(self, prefix: str) -> list[Place]:
        """Return the imports of a path of Go and all below it."""
        return [
            place
            for path, places in self._go.items()
            if path == prefix or path.startswith(f"{prefix}/")
            for place in places
        ]

    def go_package(self, path: str) -> list[Place]:
        """Return the imports of exactly one package of Go."""
        return self._go.get(path, [])

    def strangers(self, packages: Iterable[Component]) -> list[str]:
        """Return the top modules imported in Python that belong to none of the packages: a guessed name may be one."""
        known = {_folded(module.partition(".")[0]) for one in packages for module in modules_of(one.name).names}
        return [places[0].module for top, places in self._python.items() if top not in known]

    def _know_module(self, path: str) -> None:
        """Note what a file or its folder is called, and where: a script or a package of the project's own."""
        folder, _, name = path.rpartition("/")
        if name == "__init__.py":
            self._packages.add(folder)
        if name not in _BUILDERS:
            self._own.setdefault(folder, set()).add(name.partition(".")[0])

    def _is_own(self, folder: str, top: str) -> bool:
        """Return whether Python would find a module of this name in the project: where it starts, or beside the file.

        It starts at the root of the tree or of a project in it, or in `src` there; it looks beside a file that is no
        part of a package, which is run as it is.
        """
        key = (folder, top)
        if key not in self._found:
            roots = [above for above in ancestors(folder) if above in self._roots and above != folder]
            if folder not in self._packages:
                roots.append(folder)
            self._found[key] = any(self._starts(root, top) for root in roots)
        return self._found[key]

    def _starts(self, folder: str, top: str) -> bool:
        if top in self._own.get(folder, ()) and not self._is_test_folder(folder, top):
            return True
        inside = f"{folder}/" if folder else ""
        return any(top in self._own.get(inside + source, ()) for source in _SOURCE_FOLDERS)

    def _is_test_folder(self, folder: str, top: str) -> bool:
        """Return whether only a folder without `__init__.py` has the name: it may hold anything, not just a module."""
        path = f"{folder}/{top}" if folder else top
        return weight(f"{path}/x") > 0 and path not in self._packages

    def _add(self, fact: Imports, one: Import) -> None:
        place = Place(fact, one.module, one.line)
        if fact.language == PYTHON:
            top = one.module.partition(".")[0]
            if self._is_own(folder_of(fact.file), top):
                self._shadowed.add(_folded(top))
            else:
                self._python.setdefault(_folded(top), []).append(place)
        elif fact.language == JAVASCRIPT:
            self._npm.setdefault(npm_name(one.module).lower(), []).append(place)
        elif fact.language == GO:
            self._go.setdefault(one.module, []).append(place)


def preferred(places: Sequence[Place], component: Component) -> list[Place]:
    """Return places by what they tell: production before examples and tests, near the component's file before far."""
    home = folder_of(component.file)

    def order(place: Place) -> tuple[int, bool, int, str]:
        near = not home or place.fact.file.startswith(f"{home}/")
        return (weight(place.fact.file), not near, place.fact.file.count("/"), place.fact.file)

    return sorted(places, key=order)


def may_be(package: str, strangers: Iterable[str]) -> bool:
    """Return whether an import that no package explains could be of `package`, whose modules are only guessed."""
    return any(akin(package, module) for module in strangers)


@lru_cache(maxsize=1 << 14)
def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
