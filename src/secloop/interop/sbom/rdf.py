"""RDF/XML as a graph of nodes (https://www.w3.org/TR/rdf-syntax-grammar/), as far as SPDX 2 documents use it.

Read are typed nodes and `rdf:Description`, nodes inside properties, references (`rdf:resource`, `rdf:nodeID`), literals
and property attributes. Containers, reification and XML literals are not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.interop.xmltree import Element

_TYPE = "type"
_SYNTAX = {"about", "ID", "nodeID", "resource", "datatype", "lang", "parseType", "base"}


@dataclass(slots=True)
class Node:
    """One resource: its id, its type without namespace, and values by property, each a literal or another node's id."""

    id: str
    type: str = ""
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def first(self, name: str) -> str:
        """Return the first value of a property, empty where it has none."""
        return next(iter(self.values.get(name, ())), "")


Graph = dict[str, Node]


def graph_of(root: Element) -> Graph:
    """Return the nodes below `rdf:RDF` by id; a node without one gets an id that no other has."""
    graph: Graph = {}
    waiting: list[tuple[Element, Node | None, str]] = [(one, None, "") for one in reversed(root.children)]
    while waiting:
        element, parent, name = waiting.pop()
        node = _node(element, graph)
        if parent is not None:
            parent.values[name].append(node.id)
        for prop in element.children:
            _property(prop, node)
        waiting += [
            (inner, node, prop.tag)
            for prop in reversed(element.children)
            if "resource" not in prop.attributes
            for inner in reversed(prop.children)
        ]
    return graph


def _node(element: Element, graph: Graph) -> Node:
    own = element.attributes
    inside = own.get("ID", "")
    name = own.get("about") or (inside and f"#{inside}") or _blank(own.get("nodeID", "")) or f"_:{len(graph)} "
    node = graph.setdefault(name, Node(name))
    if element.tag != "Description":
        node.type = node.type or element.tag
    for key, value in own.items():
        if key not in _SYNTAX and not value.startswith("http://www.w3.org/"):
            node.values[key].append(value)
    return node


def _property(element: Element, node: Node) -> None:
    """Add a reference or a literal; nodes inside are added where they are read."""
    own = element.attributes
    target = own.get("resource") or _blank(own.get("nodeID", ""))
    if element.tag == _TYPE and target:
        node.type = node.type or last_part(target)
    elif target:
        node.values[element.tag].append(target)
    elif not element.children:
        node.values[element.tag].append(element.text.strip())


def _blank(name: str) -> str:
    return f"_:{name}" if name else ""


def last_part(uri: str) -> str:
    """Return what stands behind the last `#` or `/` of a URI."""
    return uri.rpartition("#")[2].rpartition("/")[2]
