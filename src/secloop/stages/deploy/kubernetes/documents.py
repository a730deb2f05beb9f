"""Kubernetes objects of a YAML file, with the line of each. Aliases cannot make a small file large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.base import Value
from secloop.model.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yaml.nodes import MappingNode, Node

MAX_DEPTH = 64
MAX_NODES = 500_000
"""Values and keys of a file, each use of an anchor counted."""

_LONGEST_NUMBER = 64


class Document(Value):
    """One YAML document that is a mapping, and the line (from 1) where it starts."""

    value: dict[str, Any]
    line: int


def read(text: str) -> tuple[Document, ...]:
    """Return the mappings of a YAML text; those of a `List` by themselves. Raises: UnreadableError."""
    import yaml

    try:
        nodes = [node for node in yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if node]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UnreadableError(f"not valid YAML: {error.problem}", line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError("not valid YAML", 1) from error
    maker = _Maker()
    found = ((maker.value(node, 0), node.start_mark.line + 1) for node in nodes)
    return tuple(document for value, line in found for document in _documents(value, line))


def _documents(value: Any, line: int) -> Iterator[Document]:
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if value.get("kind") == "List" and isinstance(items, list):
        yield from (Document(value=item, line=line) for item in items if isinstance(item, dict))
    else:
        yield Document(value=value, line=line)


class _Maker:
    """Makes plain values of nodes, and counts them."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def value(self, node: Node, depth: int) -> Any:
        """Return the plain value of a node. Raises: UnreadableError past the bounds, or for what is no JSON."""
        from yaml import nodes

        line = node.start_mark.line + 1
        self._left -= 1
        if self._left < 0:
            raise UnreadableError(f"more than {MAX_NODES} values", line)
        if depth > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH}", line)
        if isinstance(node, nodes.SequenceNode):
            return [self.value(child, depth + 1) for child in node.value]
        if isinstance(node, nodes.MappingNode):
            return self._mapping(node, depth)
        return _scalar(node, line) if isinstance(node, nodes.ScalarNode) else None

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, child in node.value:
            value = self.value(child, depth + 1)
            if key.tag.endswith(":merge"):
                for one in value if isinstance(value, list) else [value]:
                    merged.update(one if isinstance(one, dict) else {})
            elif isinstance(key.value, str):
                out[key.value] = value
        return {**merged, **out}


def _scalar(node: Any, line: int) -> Any:
    from yaml.constructor import SafeConstructor

    kind = node.tag.rpartition(":")[2]
    if kind not in {"null", "bool", "int", "float"}:
        return str(node.value)
    if len(node.value) > _LONGEST_NUMBER:
        raise UnreadableError("a number that is too long", line)
    make: Any = SafeConstructor()
    readers: dict[str, Callable[[], Any]] = {
        "null": lambda: None,
        "bool": lambda: make.construct_yaml_bool(node),
        "int": lambda: int(make.construct_yaml_int(node)),
        "float": lambda: float(make.construct_yaml_float(node)),
    }
    try:
        return readers[kind]()
    except (ValueError, KeyError, OverflowError) as error:
        raise UnreadableError("not a number", line) from error
