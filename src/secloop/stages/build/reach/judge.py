"""Is a vulnerable package in use? A verdict and the path that shows it, or no verdict at all.

1. Who imports it? The nearest file that says the most is parsed, to be sure that it does.
2. Else, who needs it in its lock, and who imports that?
3. Else, is it, or what needs it, named by a command, a setting or a string?
4. Else it is not in use, when nothing is left in doubt: the lock says what needs what, its folder holds programs of the
   language, and neither the package nor any that needs it can work without being named. In doubt nothing is said.
5. Of what is imported, does a program name the functions that the advisory names?
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from secloop.stages.build.purl import ecosystem_of
from secloop.stages.build.reach import peers
from secloop.stages.build.reach.confirm import Confirmed, Confirmer
from secloop.stages.build.reach.files import LANGUAGES, weight
from secloop.stages.build.reach.graph import Graph
from secloop.stages.build.reach.index import ImportIndex, ancestors, folder_of, may_be, preferred
from secloop.stages.build.reach.mentions import Mention, mentions, words_of
from secloop.stages.build.reach.modules import modules_of
from secloop.stages.build.reach.silent import is_silent
from secloop.stages.build.reach.symbols import first_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from secloop.model.facts import Component, Imports
    from secloop.stages.build.reach.index import Place
    from secloop.stages.build.reach.sources import Sources

Level = Literal["symbol-reached", "in-use", "not-in-use", ""]
"""From the most to the least; empty when nothing is claimed."""

_ASIDE = {1: " (an example or documentation)", 2: " (a test)"}
_TEST = 2
_BY_NAME = frozenset({"PyPI", "npm"})
"""Ecosystems whose packages may be used by name alone; one of Go is compiled in by an import or not at all."""
_STDLIB = "stdlib"
_CLAIMED = frozenset({"runtime", "optional"})
_MOST_SHOWN = 3


class Verdict(NamedTuple):
    """A level, and the path that shows it: `app.py:3 imports flask -> flask depends on werkzeug`."""

    level: Level = ""
    path: str = ""


UNKNOWN = Verdict()


class _Group(NamedTuple):
    """The components of one file and ecosystem."""

    ecosystem: str
    graph: Graph


class Judge:
    """Judges packages of one tree. Files are read and parsed only for packages that are asked for."""

    def __init__(self, components: Sequence[Component], facts: Iterable[Imports], sources: Sources) -> None:
        """Take all components and imports of the tree."""
        self._index = ImportIndex(facts)
        self._sources = sources
        self._confirmer = Confirmer(sources)
        self._groups: dict[tuple[str, str], _Group] = {}
        self._confirmed: dict[tuple[str, str], Confirmed | None] = {}
        self._mentioned: dict[tuple[str, str], Mention | None] = {}
        self._peers: dict[str, peers.Peers] = {}
        members: dict[tuple[str, str], list[Component]] = {}
        for one in components:
            members.setdefault((one.file, ecosystem_of(one.purl)), []).append(one)
        for key, own in members.items():
            if key[1] in LANGUAGES:
                self._groups[key] = _Group(key[1], Graph(own))
        self._manifests = {file for file, _ in self._groups if not _installs(file)}
        self._homes: dict[tuple[str, str], dict[str, bool]] = {}
        for (file, ecosystem), group in self._groups.items():
            for one in group.graph.by_purl.values():
                folders, home = self._homes.setdefault((ecosystem, one.name), {}), folder_of(file)
                folders[home] = folders.get(home, False) or group.graph.has_edges
        self._strangers = self._index.strangers(one for one in components if ecosystem_of(one.purl) == "PyPI")

    def verdicts(self, asked: Iterable[Component]) -> dict[tuple[str, str], Verdict]:
        """Return the verdict of each component, by file and purl."""
        wanted = [one for one in asked if self._group(one) is not None]
        out = {(one.file, one.purl): self._by_import(one) for one in wanted}
        left = [one for one in wanted if not out[one.file, one.purl].level]
        self._look_for_mentions(left)
        for one in left:
            out[one.file, one.purl] = self._by_absence(one)
        return out

    def with_symbols(self, component: Component, symbols: Mapping[str, tuple[str, ...]], verdict: Verdict) -> Verdict:
        """Return the verdict on one advisory: higher where the project names a symbol of it.

        An advisory of Go names packages of the module: that of the module another one is imported says nothing of them.
        """
        if self._group(component) is None or not symbols or verdict.level not in {"in-use", ""}:
            return verdict
        ecosystem = ecosystem_of(component.purl)
        places = self._symbol_places(component, ecosystem, symbols)
        words = {
            name.rpartition(".")[2].encode()
            for path, names in symbols.items()
            for name in (*names, path)[:-1] or (path,)
        }
        named = first_named(ecosystem, symbols, self._confirmer.all_uses(places, words))
        if named is not None and weight(named.file) < _TEST:
            return Verdict("symbol-reached", f"{named.file}:{named.line} names {named.symbol}{_aside(named.file)}")
        if ecosystem != "Go":
            return verdict
        return self._imports_of(places[0], component) if places else UNKNOWN

    def _symbol_places(self, component: Component, ecosystem: str, symbols: Iterable[str]) -> list[Place]:
        if ecosystem != "Go":
            return preferred(self._places(component), component)
        found = (place for path in symbols for place in self._index.go_package(path))
        return preferred([place for place in found if self._takes_from(place.fact.file, component)], component)

    def _imports_of(self, place: Place, component: Component) -> Verdict:
        found = self._confirmer.first([place], component.name) or Confirmed(place.fact.file, place.line, place.module)
        return Verdict("in-use", _said(found))

    def _group(self, component: Component) -> _Group | None:
        return self._groups.get((component.file, ecosystem_of(component.purl)))

    def _takes_from(self, file: str, component: Component) -> bool:
        """Return whether a file takes a package from the file of a component: the nearest above, or the nearest lock.

        The manifests of a workspace share a lock above them. A lock among test data says nothing of the project's own
        packages of the same name, nor they of it.
        """
        homes = self._homes[ecosystem_of(component.purl), component.name]
        above = [folder for folder in ancestors(folder_of(file)) if folder in homes]
        locked = next((folder for folder in above if homes[folder]), None)
        return not above or folder_of(component.file) in {above[0], locked}

    def _places(self, component: Component) -> list[Place]:
        """Return the imports of a component in files that take the package from its file."""
        return [place for place in self._anywhere(component) if self._takes_from(place.fact.file, component)]

    def _anywhere(self, component: Component) -> list[Place]:
        """Return the imports that may be of a component, whatever file they take it from."""
        ecosystem = ecosystem_of(component.purl)
        if ecosystem == "PyPI":
            found = self._index.python(component.name)
        elif ecosystem == "npm":
            found = self._index.npm(component.name)
        elif component.name == _STDLIB:
            return []
        else:
            others = {one.name for one in self._groups[component.file, ecosystem].graph.by_purl.values()}
            found = [p for p in self._index.go(component.name) if _longest(p.module, others) == component.name]
        return found

    def _first(self, component: Component) -> Confirmed | None:
        """Return the import of a component that says the most, confirmed; None where there is none."""
        key = (component.file, component.purl)
        if key not in self._confirmed:
            places = preferred(self._places(component), component)
            self._confirmed[key] = self._confirmer.first(places, component.name)
        return self._confirmed[key]

    def _by_import(self, component: Component) -> Verdict:
        """Take steps 1 and 2: imported itself, or needed by what is; by production code if at all."""
        if (own := self._first(component)) is not None:
            return Verdict("in-use", _said(own))
        group = self._groups[component.file, ecosystem_of(component.purl)]
        above = [group.graph.by_purl[purl] for purl in group.graph.above([component.purl])][1:]
        found = [(weight(place.file), n, one, place) for n, one in enumerate(above) if (place := self._first(one))]
        if not found:
            return UNKNOWN
        _, _, start, place = min(found, key=lambda item: item[:2])
        path = group.graph.path(component.purl, group.graph.below([start.purl]))
        return Verdict("in-use", _joined(_said(place), path))

    def _look_for_mentions(self, components: Sequence[Component]) -> None:
        """Look once for all packages that the components hang on."""
        wanted: dict[tuple[str, str], Component] = {}
        for component in components:
            if ecosystem_of(component.purl) not in _BY_NAME:
                continue
            graph = self._groups[component.file, ecosystem_of(component.purl)].graph
            wanted.update(((component.file, purl), graph.by_purl[purl]) for purl in graph.above([component.purl]))
        asked = {
            key: words_of(ecosystem_of(one.purl), one.name) for key, one in wanted.items() if key not in self._mentioned
        }
        if asked:
            facts = self._index.facts
            found = mentions(
                asked, facts, self._sources, self._manifests, lambda key, file: self._takes_from(file, wanted[key])
            )
            self._mentioned.update((key, found.get(key)) for key in asked)

    def _by_absence(self, component: Component) -> Verdict:
        """Take steps 3 and 4."""
        group = self._groups[component.file, ecosystem_of(component.purl)]
        above = [group.graph.by_purl[purl] for purl in group.graph.above([component.purl])]
        for one in above:
            mention = self._mentioned.get((one.file, one.purl))
            if mention is not None and mention.sure:
                path = group.graph.path(component.purl, group.graph.below([one.purl]))
                return Verdict("in-use", _joined(f"{mention.file}:{mention.line} names {mention.word}", path))
        if self._is_sure(group, above):
            return Verdict("not-in-use", _absence(above, LANGUAGES[group.ecosystem]))
        return UNKNOWN

    def _is_sure(self, group: _Group, above: Sequence[Component]) -> bool:
        """Return whether nothing is in doubt about a package and all that need it, none of which is imported."""
        home = folder_of(above[0].file)
        if group.ecosystem not in _BY_NAME or not group.graph.has_edges:
            return False
        if not self._index.has(LANGUAGES[group.ecosystem], home):
            return False
        if not any(one.direct for one in above):
            return False  # nothing says why it is there
        told = self._peers_of(above[0].file)
        names = {one.name.lower() for one in group.graph.by_purl.values()}
        return told.complete and all(
            self._is_unused(group.ecosystem, one, told) and not (one.direct and _is_plugin(one.name.lower(), names))
            for one in above
        )

    def _is_unused(self, ecosystem: str, one: Component, told: peers.Peers) -> bool:
        """Return whether a package is neither imported nor named, and does nothing without that."""
        name = one.name.lower()
        if one.direct and (name in told.commands or (one.scope not in _CLAIMED and not told.tools)):
            return False  # a tool runs by a command whose name need not be the package's
        if name in told.wished or (is_silent(ecosystem, one.name) and (one.direct or ecosystem == "PyPI")):
            return False  # what a package of npm finds by itself it wishes for; one of PyPI need not
        if self._mentioned.get((one.file, one.purl)) is not None or self._anywhere(one):
            return False
        if ecosystem != "PyPI":
            return True
        guessed = not modules_of(one.name).known and may_be(one.name, self._strangers)
        return not guessed and not self._index.is_shadowed(one.name)

    def _peers_of(self, file: str) -> peers.Peers:
        if file not in self._peers:
            self._peers[file] = peers.peers_of(file, self._sources)
        return self._peers[file]


def _said(place: Confirmed) -> str:
    return f"{place.file}:{place.line} imports {place.module}{_aside(place.file)}"


def _joined(start: str, path: Sequence[Component]) -> str:
    return " -> ".join([start, *(f"{one.name} depends on {other.name}" for one, other in pairwise(path))])


def _aside(file: str) -> str:
    return _ASIDE.get(weight(file), "")


def _absence(above: Sequence[Component], language: str) -> str:
    names = [one.name for one in above]
    text = f"no {language} file imports or names {names[0]}"
    if more := names[1 : _MOST_SHOWN + 1]:
        rest = f" and {len(names) - 1 - len(more)} more" if len(names) - 1 > len(more) else ""
        text += f", nor what needs it: {', '.join(more)}{rest}"
    return text


def _is_plugin(name: str, names: Collection[str]) -> bool:
    """Return whether a package is called after another one of the lock, as what that finds by a shorter name is."""
    parts = re.split(r"[-./]", name.removeprefix("@"))
    return any("-".join(parts[:n]) in names for n in range(1, len(parts)))


def _installs(file: str) -> bool:
    """Return whether a file installs packages by a command, which is a use of them, rather than listing them."""
    lower = file.lower()
    return "dockerfile" in lower or "containerfile" in lower or lower.startswith(".github/")


def _longest(path: str, modules: Iterable[str]) -> str:
    """Return the module that a package of Go belongs to: the longest of those that its path starts with."""
    return max((m for m in modules if path == m or path.startswith(f"{m}/")), key=len, default="")
