"""JavaScript and TypeScript: `import`, `export from`, `require`, `import()`; members of what they bind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.reach.uses.base import Uses
from secloop.syntax.parsing import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from secloop.syntax.parsing import Parsed

_IMPORTS = """
(import_statement) @import
(export_statement source: (string)) @export
(call_expression arguments: (arguments . [(string) (template_string)])) @call
"""
_NAMES = "(member_expression) @member (identifier) @identifier"
_CALLEES = frozenset({"require", "import", "require.resolve", "jest.mock", "vi.mock", "jest.requireActual"})
_CHAIN = lazy(r"[\w$]+(?:\??\.[\w$]+)*")
_NO_VALUE = frozenset({"import_specifier", "import_clause", "namespace_import", "import_require_clause"})
_WHOLE = frozenset({"", "default"})

Binding = tuple[str, str, str]
"""A local name, the module as written, and the member of it; empty where the name stands for the whole module."""


def uses(parsed: Parsed) -> Uses:
    """Return what a file imports and names."""
    out = Uses()
    found = parsed.captures(_IMPORTS)
    bound: dict[str, tuple[str, str]] = {}
    for node in found.get("import", ()):
        typing = _is_type(node)
        for name, module, member in _imported(parsed, node):
            out.imported(module, line_of(node), typing=typing)
            if name and not typing:
                bound[name] = (module, member)
    for node in found.get("export", ()):
        if (source := node.child_by_field_name("source")) is not None:
            out.imported(_string(parsed, source), line_of(node), typing=_is_type(node))
    for node in found.get("call", ()):
        for name, module, member in _required(parsed, node, out):
            bound[name] = (module, member)
    _take_names(parsed, bound, out)
    return out


def _is_type(statement: Node) -> bool:
    """Return whether a statement is `import type` or `export type`, which leaves nothing in the program."""
    return any(child.type == "type" for child in statement.children)


def _string(parsed: Parsed, node: Node) -> str:
    return parsed.text(node).strip("\"'`")


def _imported(parsed: Parsed, statement: Node) -> Iterator[Binding]:
    """Yield what an import statement binds; a bare `import "x"` binds nothing and is there all the same."""
    source = statement.child_by_field_name("source")
    clause = next((c for c in statement.named_children if c.type in {"import_clause", "import_require_clause"}), None)
    if clause is not None and clause.type == "import_require_clause":
        source = clause.child_by_field_name("source") or source
    if source is None:
        return
    module = _string(parsed, source)
    yield "", module, ""
    for child in clause.named_children if clause is not None else ():
        if child.type == "identifier":
            yield parsed.text(child), module, ""
        elif child.type == "namespace_import":
            yield from ((parsed.text(one), module, "") for one in child.named_children if one.type == "identifier")
        elif child.type == "named_imports":
            yield from _specified(parsed, child, module)


def _specified(parsed: Parsed, named: Node, module: str) -> Iterator[Binding]:
    for one in named.named_children:
        plain = one.child_by_field_name("name")
        if plain is not None:
            member = parsed.text(plain)
            yield parsed.text(one.child_by_field_name("alias") or plain), module, "" if member in _WHOLE else member


def _required(parsed: Parsed, call: Node, out: Uses) -> Iterator[Binding]:
    """Note `require("x")` and `import("x")`; yield what a declaration around them binds."""
    callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if callee is None or arguments is None or parsed.text(callee) not in _CALLEES:
        return
    module = _string(parsed, arguments.named_children[0])
    out.imported(module, line_of(call))
    outer = call.parent
    while outer is not None and outer.type in {"await_expression", "parenthesized_expression", "as_expression"}:
        outer = outer.parent
    if outer is None:
        return
    if outer.type == "member_expression":
        if (last := outer.child_by_field_name("property")) is not None:
            out.named(module, parsed.text(last), line_of(call))
    elif outer.type == "variable_declarator" and (name := outer.child_by_field_name("name")) is not None:
        yield from _declared(parsed, name, module)


def _declared(parsed: Parsed, name: Node, module: str) -> Iterator[Binding]:
    if name.type == "identifier":
        yield parsed.text(name), module, ""
    for one in name.named_children if name.type == "object_pattern" else ():
        if one.type == "shorthand_property_identifier_pattern":
            yield parsed.text(one), module, parsed.text(one)
        elif one.type == "pair_pattern":
            key, value = one.child_by_field_name("key"), one.child_by_field_name("value")
            if key is not None and value is not None and value.type == "identifier":
                yield parsed.text(value), module, parsed.text(key)


def _take_names(parsed: Parsed, bound: dict[str, tuple[str, str]], out: Uses) -> None:
    """Note which members of what is bound the file names, and what it calls on other values."""
    found = parsed.captures(_NAMES)
    for node in found.get("member", ()):
        text = parsed.text(node)
        first, _, rest = text.replace("?.", ".").partition(".")
        if first in bound and _CHAIN.fullmatch(text):
            module, member = bound[first]
            out.named(module, f"{member}.{rest}" if member else rest, line_of(node))
        elif (last := node.child_by_field_name("property")) is not None:
            out.called(parsed.text(last), line_of(node))
    for node in found.get("identifier", ()):
        name = parsed.text(node)
        if name in bound and node.parent is not None and node.parent.type not in _NO_VALUE:
            module, member = bound[name]
            out.named(module, member, line_of(node))
