"""XML as a small tree with lines, read by expat without entities, external files or unbounded depth.

A document type is tolerated (old Ant files have one), a declaration of an entity is not: without declarations there is
nothing to expand (https://cwe.mitre.org/data/definitions/776.html) and nothing to fetch (CWE-611).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.model.errors import UnreadableError

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

MAX_DEPTH = 200
"""Elements inside one another; the deepest manifests have about twenty."""

MAX_ELEMENTS = 1_000_000


@dataclass(slots=True)
class Element:
    """An element: its name without prefix, the line (from 1) it starts on, attributes, children, and its own text."""

    tag: str
    line: int = 1
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, tag: str) -> Element | None:
        """Return the first child of this name."""
        return next((one for one in self.children if one.tag == tag), None)

    def value(self, tag: str) -> str:
        """Return the text of the first child of this name without white space around it, empty if there is none."""
        found = self.child(tag)
        return found.text.strip() if found else ""

    def each(self, *path: str) -> list[Element]:
        """Return all elements at this path of names, in document order."""
        level = [self]
        for tag in path:
            level = [one for parent in level for one in parent.children if one.tag == tag]
        return level


def parse_xml(data: bytes, root: str = "", encoding: str = "") -> Element:
    """Return the root element, of the name `root` if one is given. Raises: UnreadableError with the line.

    `encoding` is the document's, whatever it says of itself; empty for what it says.
    """
    from xml.parsers.expat import ExpatError, ParserCreate

    parser = ParserCreate(encoding or None)
    parser.buffer_text = True
    builder = _Builder(parser)
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's signature
    except ExpatError as error:
        raise UnreadableError(f"not valid XML: {str(error).partition(':')[0]}", error.lineno) from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown or has several bytes a character
        raise UnreadableError("not usable XML: its encoding is not supported", 1) from error
    if root and builder.root.tag != root:
        raise UnreadableError(f"not a <{root}> document", builder.root.line)
    return builder.root


class _Builder:
    """Makes elements out of a parser's events."""

    def __init__(self, parser: XMLParserType) -> None:
        self.root = Element("")
        self._parser = parser
        self._open: list[tuple[Element, list[str]]] = []
        self._count = 0
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        line = self._parser.CurrentLineNumber
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise UnreadableError("not usable XML: nested too deep or too many elements", line)
        plain = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        element = Element(tag.rpartition(":")[2], line, plain)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self.root = element
        self._open.append((element, []))

    def _end(self, tag: str) -> None:  # noqa: ARG002 - expat checks that it is the one that is open
        element, texts = self._open.pop()
        element.text = "".join(texts)

    def _text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def _entity(self, *declared: object) -> None:
        raise UnreadableError(f"not usable XML: declares the entity {declared[0]}", self._parser.CurrentLineNumber)
