"""YAML as policies and exceptions are written in: plain values with their lines, and nothing that can grow or run.

libyaml parses; anchors, aliases, tags, duplicate keys and deep nesting are refused (the first two are how a small file
becomes a large one). Dates stay text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.policy.decode import KeyPath, T, convert

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

MAX_DEPTH = 32
MAX_NODES = 200_000
"""Values and keys of a file; more takes seconds to read."""

_LONGEST_NUMBER = 64
"""Characters; YAML 1.1 reads `1:1:1...` to the base 60, in quadratic time."""


class Document:
    """One YAML document: `value` in plain Python, and where each key stands."""

    def __init__(self, source: str, value: object, lines: dict[KeyPath, int]) -> None:
        self.source = source
        self.value = value
        self._lines = lines

    def at(self, path: KeyPath) -> str:
        """Return `source:line: ` of a key path, or of the nearest enclosing one that is known."""
        return f"{self.source}:{self.line(path)}: "

    def line(self, path: KeyPath) -> int:
        """Return the line (from 1) of a key path, or of the nearest enclosing one that is known."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def convert(self, type_: type[T]) -> T:
        """Return the document as a struct. Raises: UsageError with source, line and key."""
        return convert(self.value, type_, self.at)


def parse(text: str, source: str) -> list[Document]:
    """Return the documents of a YAML text; an empty one is left out. Raises: UsageError `source:line: ...`."""
    import yaml

    try:
        _check_events(text, source)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        nodes = [node for node in yaml.compose_all(text, Loader=loader) if node is not None]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"{source}:{line}: not valid YAML ({error.problem})", "Correct the file") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{source}:1: not valid YAML ({str(error).splitlines()[0]})", "Correct the file") from error
    return [document for node in nodes if (document := _document(node, source)).value is not None]


def _check_events(text: str, source: str) -> None:
    """Refuse anchors, aliases, tags and deep nesting before a tree is built. Raises: UsageError."""
    import yaml
    from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

    depth = nodes = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        where = f"{source}:{event.start_mark.line + 1}: " if event.start_mark else f"{source}: "
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise UsageError(f"{where}anchors and aliases are not allowed", "Write the value out")
        if getattr(event, "tag", None):
            raise UsageError(f"{where}tags are not allowed", "Write plain values")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise UsageError(f"{where}nested deeper than {MAX_DEPTH}", "Flatten the file")
        nodes += isinstance(event, NodeEvent)
        if nodes > MAX_NODES:
            raise UsageError(f"{where}more than {MAX_NODES} values", "Split the file")


def _document(node: Node, source: str) -> Document:
    lines: dict[KeyPath, int] = {}
    value = _value(node, (), lines, source)
    return Document(source, value, lines)


def _value(node: Node, path: KeyPath, lines: dict[KeyPath, int], source: str) -> Any:
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, SequenceNode):
        return [_value(child, (*path, n), lines, source) for n, child in enumerate(node.value)]
    if isinstance(node, ScalarNode):
        return _scalar(node, source)
    if not isinstance(node, MappingNode):
        return None
    out: dict[str, Any] = {}
    for key_node, child in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key, str):
            raise UsageError(f"{source}:{line}: a key must be a plain word", "Correct the key")
        if key in out:
            raise UsageError(f'{source}:{line}: key "{key}" is there twice', "Remove one")
        lines[*path, key] = line
        out[key] = _value(child, (*path, key), lines, source)
    return out


def _scalar(node: ScalarNode, source: str) -> str | int | float | bool | None:
    from yaml.constructor import SafeConstructor

    kind = node.tag.rpartition(":")[2]
    make = SafeConstructor()
    if kind in {"int", "float"} and len(node.value) > _LONGEST_NUMBER:
        raise UsageError(
            f"{source}:{node.start_mark.line + 1}: a number of over {_LONGEST_NUMBER} characters", "Quote it"
        )
    try:
        match kind:
            case "null":
                return None
            case "bool":
                return make.construct_yaml_bool(node)
            case "int":
                return int(make.construct_yaml_int(node))
            case "float":
                return float(make.construct_yaml_float(node))
            case _:
                return str(node.value)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{source}:{node.start_mark.line + 1}: not a number: {node.value}", "Quote it") from error
