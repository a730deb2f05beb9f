"""Imports found in text, confirmed by parsing: in a string or for a type checker alone they are no use of a package."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from secloop.stages.build.reach.files import GO, JAVASCRIPT, PYTHON
from secloop.stages.build.reach.modules import modules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from secloop.stages.build.reach.index import Place
    from secloop.stages.build.reach.sources import Sources
    from secloop.stages.build.reach.uses.base import Uses
    from secloop.syntax.parsing import Parsed

_MOST_TRIED = 40
_SECONDS = 20.0
"""Of all parsing of one judge; what is not parsed by then is taken as the text has it, and no symbol is looked for."""

_PYTHON_ENDS = (".py", ".pyw")


class Confirmed(NamedTuple):
    """An import that is one: its file, line, and the module as the program names it."""

    file: str
    line: int
    module: str


class Confirmer:
    """Parses files of a tree, each once, as long as there is time."""

    def __init__(self, sources: Sources) -> None:
        """Read from `sources`."""
        self._sources = sources
        self._uses: dict[str, Uses | None] = {}
        self._end = 0.0

    def first(self, places: Sequence[Place], package: str) -> Confirmed | None:
        """Return the first of the places that imports a package when the program runs; None where none is sure to.

        A file that cannot be parsed (a notebook, a component of Vue, no time) is taken at its word.
        """
        for place in places[:_MOST_TRIED]:
            uses = self.uses(place)
            if uses is None:
                if not _is_namespace(place, package):
                    return Confirmed(place.fact.file, place.line, place.module)
                continue
            for module, line in sorted(uses.imports.items(), key=lambda item: (item[1], item[0])):
                if _is_of(module, place, package):
                    return Confirmed(place.fact.file, line, module)
        return None

    def uses(self, place: Place) -> Uses | None:
        """Return what a file uses; None where it cannot be parsed."""
        path = place.fact.file
        if path not in self._uses:
            self._end = self._end or monotonic() + _SECONDS
            self._uses[path] = self._parse(place) if monotonic() < self._end else None
        return self._uses[path]

    def all_uses(self, places: Iterable[Place], words: Collection[bytes]) -> Iterator[tuple[str, Uses]]:
        """Yield the uses of the files of places that hold one of the words, each file once."""
        for path, place in {place.fact.file: place for place in places}.items():
            if path not in self._uses:
                data = self._sources.read(place.fact) or b""
                if not any(word in data for word in words):
                    continue
            if (uses := self.uses(place)) is not None:
                yield path, uses

    def _parse(self, place: Place) -> Uses | None:
        from secloop.syntax.languages import language_of
        from secloop.syntax.parsing import TooLargeError, parse

        language = language_of(place.fact.file)
        data = self._sources.read(place.fact) if language else None
        if data is None:
            return None
        try:
            return _reader(place.fact.language)(parse(data, language))
        except (TooLargeError, ImportError):  # a platform without a grammar
            return None


def _reader(language: str) -> Callable[[Parsed], Uses]:
    from secloop.stages.build.reach.uses import go, javascript, python

    return {PYTHON: python.uses, JAVASCRIPT: javascript.uses, GO: go.uses}[language]


def _is_of(module: str, place: Place, package: str) -> bool:
    """Return whether an import that was parsed is of the package that the place was found for."""
    if place.fact.language != PYTHON:
        return module.lstrip("~") == place.module
    folded = f"{module.lower()}."
    return any(folded.startswith(f"{name.lower()}.") for name in modules_of(package).names)


def _is_namespace(place: Place, package: str) -> bool:
    """Return whether the text names less than the package: `google.cloud`, of which many have a part."""
    if place.fact.language != PYTHON:
        return False
    own = f"{place.module.lower()}."
    return not any(own.startswith(f"{name.lower()}.") for name in modules_of(package).names)
