"""What an expression says as text: known parts as they are, the rest as `{name}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.sast.facts import FileFacts
    from secloop.stages.test.sast.tree import Node

DEEPEST = 20
LONGEST = 300
_FORMAT = re.compile(r"%[-+#0 ]*[\d.*]*[a-zA-Z]|\{[^{}]*\}")
_FORMATTERS = frozenset({"format", "Sprintf", "sprintf", "formatted"})
_UNKNOWN = "{}"


def text_of(node: Node, facts: FileFacts, depth: int = DEEPEST) -> str | None:
    """Return the text that an expression is known to be."""
    shown = shown_text(node, facts, depth)
    return None if shown is None or "{}" in shown[1] else shown[0]


def shown_text(node: Node, facts: FileFacts, depth: int = DEEPEST) -> tuple[str, str] | None:
    """Return the text of an expression with `{name}` for parts that are not known, and the same with `{}` for them.

    None where it is no text at all.
    """
    known = facts.constant(node)
    if known is not None and known.value is not None and known.kind == "str":
        return known.value[:LONGEST], known.value[:LONGEST].replace("{}", "")
    if depth == 0:
        return None
    if node.kind == "binary" and node.value == "%":
        return _formatted(node.kids[0], facts, depth)
    if node.kind == "str" or (node.kind == "binary" and node.value == "+"):
        return _joined(node.kids, facts, depth)
    return _call(node, facts, depth) if node.kind == "call" else None


def path_shown(node: Node, facts: FileFacts) -> str:
    """Return the path that an expression says; `{name}` for one that is not known."""
    shown = shown_text(node, facts)
    if shown is not None:
        return shown[0]
    name = name_of(node)
    return f"/{{{name}}}" if name else ""


def _call(node: Node, facts: FileFacts, depth: int) -> tuple[str, str] | None:
    callee, given = node.kids[0], node.kids[1].kids
    if callee.kind != "attr" or callee.kids[1].value not in _FORMATTERS:
        return None
    first = given[0] if given and (path_of(callee.kids[0]) or "") in {"fmt", "String", "util", "string"} else None
    return _formatted(first if first is not None else callee.kids[0], facts, depth)


def _formatted(template: Node, facts: FileFacts, depth: int) -> tuple[str, str] | None:
    text = text_of(template, facts, depth - 1)
    return None if text is None else (_FORMAT.sub(_UNKNOWN, text), _FORMAT.sub(_UNKNOWN, text))


def _joined(parts: list[Node], facts: FileFacts, depth: int) -> tuple[str, str] | None:
    shown: list[str] = []
    blind: list[str] = []
    any_text = False
    for part in parts:
        inner = part.kids[0] if part.kind == "hole" and part.kids else part
        found = (part.value or "", part.value or "") if part.kind == "text" else shown_text(inner, facts, depth - 1)
        any_text = any_text or found is not None
        shown.append(found[0] if found is not None else f"{{{name_of(inner)}}}")
        blind.append(found[1] if found is not None else _UNKNOWN)
    return ("".join(shown)[:LONGEST], "".join(blind)[:LONGEST]) if any_text else None


def name_of(node: Node) -> str:
    """Return the last name of an expression; empty where it has none."""
    if node.kind in {"call", "new", "await", "cast", "unary"} and node.kids:
        return name_of(node.kids[-1] if node.kind == "cast" else node.kids[0])
    if node.kind == "attr":
        node = node.kids[1]
    return node.value or "" if node.kind == "name" else ""


def keyword(call: Node, name: str) -> Node | None:
    """Return the argument of that name of a call: a keyword argument, or a pair of an object among the arguments."""
    for kid in call.kids[1].kids if len(call.kids) > 1 else ():
        if kid.kind == "kwarg" and len(kid.kids) == 2 and kid.kids[0].value == name:
            return kid.kids[1]
        if kid.kind == "object":
            found = pair(kid, name)
            if found is not None:
                return found
    return None


def pair(node: Node, name: str) -> Node | None:
    """Return the value of a key of an object; of a method of that name, the method."""
    for kid in node.kids:
        if kid.kind in {"pair", "func"} and kid.kids and kid.kids[0].value == name:
            return kid.kids[1] if kid.kind == "pair" and len(kid.kids) == 2 else kid
    return None


def positional(call: Node) -> list[Node]:
    """Return the arguments of a call that have no name."""
    return [kid for kid in call.kids[1].kids if kid.kind != "kwarg"] if len(call.kids) > 1 else []


def items(node: Node) -> list[Node]:
    """Return the elements of a list or tuple; anything else is the one element."""
    return node.kids if node.kind in {"list", "tuple", "set", "array_initializer"} else [node]


def texts(node: Node, facts: FileFacts) -> list[str]:
    """Return the texts of a list of strings, or of one."""
    return [text for one in items(node) if (text := text_of(one, facts)) is not None]


def named(node: Node, kind: str) -> Iterator[Node]:
    """Yield the optional parts of that kind."""
    return (opt for opt in node.opts if opt.kind == kind)


def written(node: Node) -> str:
    """Return a call or name as it is written, without its arguments beyond a first string: `authenticate('jwt')`."""
    if node.kind == "decorator" and node.kids:
        return written(node.kids[0])
    if node.kind in {"await", "spread"} and node.kids:
        return written(node.kids[0])
    if node.kind == "new":
        return f"new {path_of(node.kids[0]) or name_of(node)}"
    if node.kind == "call":
        own = path_of(node.kids[0]) or name_of(node)
        first = next(iter(positional(node)), None)
        if own and first is not None and first.kind == "str" and first.value:
            return f"{own}('{first.value[:60]}')"
        return own
    return path_of(node) or ""
