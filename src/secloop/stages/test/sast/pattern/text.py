"""What a pattern has beyond its language, written so that the language's grammar reads it.

`$X` becomes an identifier, and so do `...`, `$...X`, the deep `<... e ...>` and the typed `($X: T)`; `marked` finds
them again in the tree.
Strings are left alone: what `"..."`, `"$X"` and `"=~/re/"` mean is decided when literals are compared.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.stages.test.sast.tree import Node

DOTS = "__dots__"
DEEP = "__deep__"
ONE = "__mv_"
MANY = "__mvs_"

_STRING = r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\]|\\.)*`'
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})|(?P<deep><\.\.\.)|(?P<deepend>\.\.\.>)|\$\.\.\.(?P<many>[A-Z_][A-Z_0-9]*)|\$(?P<one>[A-Z_][A-Z_0-9]*|[0-9]+)(?![a-z])|(?P<dots>\.\.\.)",
    re.DOTALL,
)

TEMPLATES = frozenset({"javascript", "typescript"})


def encoded(text: str, spread: str | None = None, hole: str = DOTS) -> str:
    """Return the pattern with an identifier for each of its own marks.

    Args:
        text: the pattern as written.
        spread: how the language writes `...` before a name (JavaScript's spread), left alone; None where it does not.
        hole: what stands for `...`; some places of some grammars need another form than a name.
    """
    out: list[str] = []
    at = 0
    for found in _TOKEN.finditer(text):
        out.append(text[at : found.start()])
        at = found.end()
        out.append(_encoded(found, text, spread, hole))
    out.append(text[at:])
    return "".join(out)


def _encoded(found: re.Match[str], text: str, spread: str | None, hole: str) -> str:
    kind = found.lastgroup
    if kind == "string":
        if found[0][0] == "`":
            return _in_template(found[0])
        before = text[max(0, found.start() - 2) : found.start()].lower()
        return _in_braces(found[0]) if before.endswith("f") or before in {"fr", "rf"} else found[0]
    if kind == "dots":
        after = text[found.end() : found.end() + 1]
        return found[0] if spread and after and (after.isalpha() or after in "_$[({") else hole
    name = found[kind or "dots"]
    return {"deep": f"{DEEP}(", "deepend": ")", "many": MANY + name, "one": ONE + name}[kind or ""]


def _in_braces(text: str) -> str:
    """Encode what stands in the holes of an f-string."""
    return re.sub(r"\{([^{}]*)\}", lambda m: "{" + encoded(m[1]) + "}", text)


def _in_template(text: str) -> str:
    """Encode what stands in the holes of a template literal."""
    return re.sub(r"\$\{([^{}]*)\}", lambda m: "${" + encoded(m[1], "...") + "}", text)


def marked(root: Node, types: Mapping[str, Node]) -> Node:
    """Turn the identifiers that `encoded` wrote back into marks: mvar, mvars, dots, deep."""
    stack = [root]
    while stack:
        node = stack.pop()
        _mark(node, types)
        stack.extend(node.kids)
        stack.extend(node.opts)
    return root


def _mark(node: Node, types: Mapping[str, Node]) -> None:
    value = node.value
    if node.kind == "call" and node.kids[0].kind == "name" and node.kids[0].value == DEEP:
        node.kind, node.kids = "deep", node.kids[1].kids
    elif value is None or not value.startswith("__"):
        return
    elif value == DOTS:
        node.kind, node.value, node.kids = "dots", None, []
    elif value.startswith(ONE):
        node.kind, node.value = "mvar", value[len(ONE) :]
        if node.value in types:
            node.opts = [types[node.value]]
    elif value.startswith(MANY):
        node.kind, node.value = "mvars", value[len(MANY) :]


WRAPPERS = frozenset({"expr", "param", "base", "type", "spread-one", "element"})


def hoisted(root: Node) -> Node:
    """Lift marks out of what the grammar wrapped them in: `...` as a parameter stands for any number of those."""
    for node in root.walk():
        node.kids = [_lift(kid) for kid in node.kids]
        node.opts = [_lift(kid) for kid in node.opts]
    return root


def _lift(node: Node) -> Node:
    if (
        node.kind in WRAPPERS
        and len(node.kids) == 1
        and all(opt.kind == "type" for opt in node.opts)
        and node.kids[0].kind in {"dots", "mvars"}
    ):
        return node.kids[0]
    if node.kind == "spread" and node.kids and node.kids[0].kind == "dots":
        return node.kids[0]
    if node.kind == "pair" and node.kids and all(kid.kind == "dots" for kid in node.kids):
        return node.kids[0]
    if (
        node.kind in {"expr", "vardef"}
        and node.kids
        and node.kids[0].kind == "vardef"
        and node.kids[0].kids[0].kind in {"dots", "mvars"}
    ):
        return node.kids[0].kids[0]
    if node.kind == "vardef" and node.kids[0].kind in {"dots", "mvars"}:
        return node.kids[0]
    return node
