"""MSBuild files as far as packages go: items, properties and imports of the same file further up.

Conditions are not evaluated: a package that is asked for under a condition is asked for, and a property keeps each
value that it may have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice, product
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROPERTY = lazy(r"\$\(\s*+([A-Za-z_][\w.-]*+)\s*+\)")
_MOST_STEPS = 10
"""Properties of properties."""

_MOST_VALUES = 16
_LONGEST = 512
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A package item: its tag, its name and wish as written, whether it stays with the project, and its line."""

    tag: str
    name: str
    wish: str
    override: str = ""
    private: bool = False
    update: bool = False
    line: int = 1


@dataclass(slots=True)
class Project:
    """One file. `properties` have lower-case names; `imports` are the `Project` attributes of its imports."""

    items: list[Item] = field(default_factory=list)
    properties: dict[str, list[str]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)


def parse_project(data: bytes) -> Project:
    """Return the items and properties of a file. Raises: UnreadableError."""
    root = parse_xml(data, "Project")
    project = Project()
    if sdk := root.attributes.get("Sdk"):
        project.items += [Item(tag="Sdk", name=name, wish=wish, line=root.line) for name, wish in _sdks(sdk)]
    groups = [root, *root.each("Choose", "When"), *root.each("Choose", "Otherwise")]
    for group in groups:
        for properties in group.each("PropertyGroup"):
            for one in properties.children:
                project.properties.setdefault(one.tag.lower(), []).append(one.text.strip())
        for item_group in group.each("ItemGroup"):
            for element in item_group.children:
                attributes = {name.lower(): value for name, value in element.attributes.items()}
                told = {one.tag.lower(): one.text.strip() for one in element.children} | attributes
                project.items += _items(element.tag, element.line, told)
    for element in (*root.each("Import"), *root.each("ImportGroup", "Import")):
        project.imports.append(element.attributes.get("Project", ""))
    for element in root.each("Sdk"):
        name, wish = element.attributes.get("Name", ""), element.attributes.get("Version", "")
        project.items += [Item(tag="Sdk", name=name, wish=wish, line=element.line)] if name and wish else []
    return project


def _sdks(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of the SDKs that come as packages: `Name/1.0;Other/2.0`; others are part of .NET."""
    for one in text.split(_SEPARATOR):
        name, _, version = one.strip().partition("/")
        if name and version:
            yield name, version


def _items(tag: str, line: int, told: Mapping[str, str]) -> Iterator[Item]:
    """Yield an item per name; `Include` and `Update` may hold several, ended by semicolons."""
    for name in (told.get("include") or told.get("update", "")).split(_SEPARATOR):
        if name.strip():
            yield Item(
                tag=tag,
                name=name.strip(),
                wish=told.get("version", ""),
                override=told.get("versionoverride", ""),
                private="all" in told.get("privateassets", "").lower().split(_SEPARATOR),
                update=not told.get("include"),
                line=line,
            )


class Properties:
    """The properties that hold for a file, with what each may come to."""

    def __init__(self, written: Mapping[str, list[str]]) -> None:
        """Hold the values as written, by lower-case name."""
        self._written = written
        self._known: dict[str, list[str]] = {}

    def values(self, text: str) -> list[str]:
        """Return what `text` may be once its properties are filled in; unknown ones, and functions, stay as written."""
        return self._fill(text, ())

    def _fill(self, text: str, trail: tuple[str, ...]) -> list[str]:
        if "$(" not in text or len(text) > _LONGEST:
            return [text]
        parts = _PROPERTY.split(text)
        choices = product(*(self._values(name, trail) for name in parts[1::2]))
        filled = (
            "".join(literal + value for literal, value in zip(parts[::2], (*chosen, ""), strict=True))
            for chosen in islice(choices, _MOST_VALUES)
        )
        return list(dict.fromkeys(filled))

    def _values(self, name: str, trail: tuple[str, ...]) -> list[str]:
        """Return what a property may come to; `trail` are the properties that led to it."""
        key = name.lower()
        if key not in self._known:
            if key not in self._written or key in trail or len(trail) > _MOST_STEPS:
                return [f"$({name})"]
            every = (value for one in self._written[key][:_MOST_VALUES] for value in self._fill(one, (*trail, key)))
            found = [value for value in every if len(value) <= _LONGEST]
            self._known[key] = list(dict.fromkeys(found))[:_MOST_VALUES] or [f"$({name})"]
        return self._known[key]
