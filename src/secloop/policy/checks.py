"""Rules about resources: an expression of CEL over `r`, true where the resource fails, in three values.

`r` holds `type`, `address`, `attrs`, `facts` and `links`: by type, the attributes of resources that belong to it; each
of them has `links` of its own where the expression asks for them. What is not known is in none of them. A verdict that
reads something unknown holds only if it comes out the same whatever the value is (contracts.md, "Unknown in CEL").
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.policy import cel
from secloop.policy.cel import Truth
from secloop.policy.reads import DOT, Read, constants, functions, reads, step, steps, touches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from secloop.model.resource import Resource

VARIABLES = {"r": "dyn"}
MAX_WORLDS = 80
"""Values that an unknown one is tried as; an expression with more literals is unknown at once."""

_INDEX = lazy(r"\[\d*\]")
_STEP = lazy(r"([^.\[\]]+)|\[(\d*)\]")
_PATTERNS = frozenset({"matches"})
_ABSENT: Any = object()
_FRESH = "\x00any other value\x00"


class Check:
    """A compiled rule about resources."""

    def __init__(self, text: str) -> None:
        """Compile. Raises: UsageError on an error of syntax or type."""
        self._program = cel.compile(text, VARIABLES)
        self._eval = self._program.eval_simple if self._program.is_simple else self._program.eval
        root = self._program.root
        self.reads = frozenset(Read(path.removeprefix("r."), whole) for path, whole in reads(root) if path != "r")
        self._attrs = {steps(read.path)[1] for read in self.reads if read.path.startswith("attrs.")}
        self._links = {steps(read.path)[1] for read in self.reads if read.path.startswith("links.")}
        self._inner = _inner_links(self.reads)
        literals = {value for value in constants(root) if isinstance(value, str | int | float)}
        self._literals = sorted(literals, key=lambda value: (type(value).__name__, value))
        self._has_patterns = not _PATTERNS.isdisjoint(functions(root))
        self._all_attrs = any(read.path == "attrs" for read in self.reads)

    def verdict(self, resource: Resource, known: Mapping[str, Resource]) -> Truth:
        """Return whether a resource fails; `known` holds those it is linked to, by address.

        Raises: UsageError where the expression cannot be evaluated on it.
        """
        view = self.view(resource, known)
        unknown = [path for path in self._unknown(resource, known) if self._reads(path)]
        if not unknown:
            return Truth.TRUE if self._eval({"r": view}) else Truth.FALSE
        return self._forced(view, unknown)

    def fails(self, view: dict[str, Any]) -> bool:
        """Return whether a resource, as `view` shows it, fails; an error is no failure."""
        try:
            return self._eval({"r": view})
        except UsageError:
            return False

    def view(self, resource: Resource, known: Mapping[str, Resource]) -> dict[str, Any]:
        """Return as much of a resource as the expression reads."""
        attrs = resource.attrs
        own = attrs if self._all_attrs else {name: attrs[name] for name in self._attrs if name in attrs}
        return {
            "type": resource.type,
            "address": resource.address,
            "attrs": own,
            "links": self._linked(resource, known),
            "facts": resource.facts,
        }

    def _linked(self, resource: Resource, known: Mapping[str, Resource]) -> dict[str, list[dict[str, Any]]]:
        out = {}
        for type_ in self._links:
            found = [known[address] for address in resource.links.get(type_, ()) if address in known]
            if found and type_ in self._inner:
                out[type_] = [{**one.attrs, "links": self._second(type_, one, known)} for one in found]
            elif found:
                out[type_] = [one.attrs for one in found]
        return out

    def _second(self, type_: str, one: Resource, known: Mapping[str, Resource]) -> dict[str, list[dict[str, Any]]]:
        return {
            inner: [known[address].attrs for address in one.links[inner] if address in known]
            for inner in self._inner[type_]
            if inner in one.links
        }

    def _unknown(self, resource: Resource, known: Mapping[str, Resource]) -> Iterator[str]:
        for path in resource.unknown:
            yield f"attrs.{path}"
        for type_ in self._links:
            addresses = [address for address in resource.links.get(type_, ()) if address in known]
            for at, address in enumerate(addresses):
                for path in known[address].unknown:
                    yield f"links.{step(type_)}[{at}].{path}"

    def _reads(self, path: str) -> bool:
        bare = _INDEX.sub("", path)
        return any(touches(read, bare) for read in self.reads)

    def _forced(self, view: dict[str, Any], unknown: list[str]) -> Truth:
        """Return the verdict if every value that could matter gives the same.

        Comparing, it is one of the expression's literals, none of them, nothing, or a list of these; where the
        expression reads below an unknown value, also an object or a block with such fields. A pattern may hold for
        others.
        """
        single = [_FRESH, True, False, *self._literals]
        if self._has_patterns or len(single) > MAX_WORLDS:
            return Truth.UNKNOWN
        below = {path: self._below(path) for path in unknown}
        if any(len(found) > 1 for found in below.values()):
            return Truth.UNKNOWN  # fields that play together: some mixture of values may always be another answer
        answers = set()
        for value in [*single, [one for one in self._literals if isinstance(one, str)]]:
            for shape in _SHAPES:
                values = {path: shape(value, below[path]) for path in unknown}
                try:
                    answers.add(self._eval({"r": _with(view, values)}))
                except UsageError:
                    continue  # no value of this form can stand there
                if len(answers) > 1:
                    return Truth.UNKNOWN
        return Truth.UNKNOWN if not answers else Truth.TRUE if answers.pop() else Truth.FALSE

    def _below(self, path: str) -> tuple[str, ...]:
        """Return the paths that are read below an unknown one, from there."""
        start = _INDEX.sub("", path) + "."
        return tuple(sorted(read.path[len(start) :] for read in self.reads if read.path.startswith(start)))


def _block(value: Any, below: tuple[str, ...]) -> Any:
    """Return a block with a value in each of the fields that are read; the value itself where none is."""
    return _object(value, below, in_lists=True)


def _table(value: Any, below: tuple[str, ...]) -> Any:
    """Return an object as `_block` does a block, whose inner objects stand by themselves."""
    return _object(value, below, in_lists=False)


def _object(value: Any, below: tuple[str, ...], *, in_lists: bool) -> Any:
    if not below:
        return value
    out: dict[str, Any] = {}
    for path in below:
        here, *rest = steps(path)
        inner = tuple(one.partition(".")[2] for one in below if one.startswith(step(here) + ".")) if rest else ()
        made = _object(value, inner, in_lists=in_lists)
        if inner or here not in out:
            out[here] = [made] if inner and in_lists else made
    return out


_SHAPES: tuple[Callable[[Any, tuple[str, ...]], Any], ...] = (
    lambda value, _: value,
    lambda value, _: [value],
    lambda _, __: _ABSENT,
    lambda _, __: [],
    _block,
    lambda value, below: [_block(value, below)],
    _table,
    lambda value, below: [_table(value, below)],
)
"""What may stand at an unknown place, made of a value and of what is read below."""


def _inner_links(found: frozenset[Read]) -> dict[str, set[str]]:
    """Return the types of links of links that are read, by type of the first."""
    out: dict[str, set[str]] = {}
    for read in found:
        names = steps(read.path)
        if len(names) > 3 and names[0] == "links" and names[2] == "links":  # noqa: PLR2004 - links.a.links.b
            out.setdefault(names[1], set()).add(names[3])
    return out


def _with(view: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return a view that holds a value at every unknown path."""
    out = copy.deepcopy(view)
    for path, value in values.items():
        if value is not _ABSENT:
            _put(out, path, copy.deepcopy(value))
    return out


def _put(view: Any, path: str, value: Any) -> None:
    found = _STEP.findall(path)
    way = [name.replace(DOT, ".") if name else (int(at) if at else None) for name, at in found]
    here = view
    for one, after in zip(way, [*way[1:], _ABSENT], strict=True):
        last = after is _ABSENT
        if isinstance(here, list):
            if one is None:
                here.append(value)
                return
            if not isinstance(one, int) or one >= len(here):
                return
            here = here[one]
        elif isinstance(here, dict) and isinstance(one, str):
            if last:
                here[one] = value
                return
            here = here.setdefault(one, [] if after is None or isinstance(after, int) else {})
        else:
            return
