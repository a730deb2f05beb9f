"""Python: `import a.b as c`, `from a import b`, `importlib.import_module("a")`; `c.load`, `b(...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.reach.uses.base import Uses
from secloop.syntax.parsing import line_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from secloop.syntax.parsing import Parsed

_IMPORTS = """
(import_statement) @import
(import_from_statement) @from
(call function: [(identifier) (attribute)] arguments: (argument_list . (string))) @call
((if_statement condition: [(identifier) (attribute)] @condition consequence: (block) @typing)
 (#match? @condition "(^|[.])TYPE_CHECKING$"))
"""
_NAMES = "(attribute) @attribute (identifier) @identifier"
_IMPORTERS = lazy(r"(?:import_\w+|importorskip|__import__|find_spec|load_module)$")
_PREFIX = lazy(r"^[rbuRBU]{1,2}(?=[\"'])")
_CHAIN = lazy(r"\w+(?:\.\w+)*")
_MODULE = lazy(r"[^\W\d][\w.]*")


def uses(parsed: Parsed) -> Uses:
    """Return what a Python file imports and names."""
    out = Uses()
    found = parsed.captures(_IMPORTS)
    spans = [(node.start_byte, node.end_byte) for node in found.get("typing", ())]
    bound: dict[str, tuple[str, str]] = {}
    for node in (*found.get("import", ()), *found.get("from", ())):
        typing = any(start <= node.start_byte < end for start, end in spans)
        for name, module, member in _bindings(parsed, node):
            line = line_of(node)
            out.imported(f"{module}.{member}" if member else module, line, typing=typing)
            out.imported(module, line, typing=typing)
            if not typing:
                bound[name] = (module, member)
    for node in found.get("call", ()):
        callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if callee is not None and arguments is not None and _IMPORTERS.search(parsed.text(callee)):
            module = _PREFIX.sub("", parsed.text(arguments.named_children[0])).strip("\"'")
            if _MODULE.fullmatch(module):
                out.imported(module, line_of(node))
    _take_names(parsed, bound, out)
    return out


def _bindings(parsed: Parsed, statement: Node) -> list[tuple[str, str, str]]:
    """Return (local name, module, member) of what a statement binds; relative imports bind nothing of a package."""
    out: list[tuple[str, str, str]] = []
    if statement.type == "import_statement":
        for child in statement.named_children:
            plain = child.child_by_field_name("name") if child.type == "aliased_import" else child
            alias = child.child_by_field_name("alias")
            if plain is not None:
                module = parsed.text(plain)
                own = parsed.text(alias) if alias else module.partition(".")[0]
                out.append((own, module if alias else module.partition(".")[0], ""))
                if not alias and "." in module:
                    out.append((module, module, ""))  # binds only its first part, and imports the whole
        return out
    source = statement.child_by_field_name("module_name")
    module = parsed.text(source) if source is not None and source.type == "dotted_name" else ""
    if not module:
        return out
    out.append(("", module, ""))
    for child in statement.children_by_field_name("name"):
        plain = child.child_by_field_name("name") if child.type == "aliased_import" else child
        alias = child.child_by_field_name("alias")
        if plain is not None:
            out.append((parsed.text(alias or plain), module, parsed.text(plain)))
    return out


def _take_names(parsed: Parsed, bound: dict[str, tuple[str, str]], out: Uses) -> None:
    """Note which members of the modules bound the file names, and what it calls on other values."""
    found = parsed.captures(_NAMES)
    for node in found.get("attribute", ()):
        text = parsed.text(node)
        first, _, rest = text.partition(".")
        if first in bound and _CHAIN.fullmatch(text):
            module, member = bound[first]
            out.named(module, f"{member}.{rest}" if member else rest, line_of(node))
        elif (last := node.child_by_field_name("attribute")) is not None:
            out.called(parsed.text(last), line_of(node))
    for node in found.get("identifier", ()):
        name = parsed.text(node)
        if name in bound and bound[name][1] and not _is_part(node):
            out.named(*bound[name], line_of(node))


def _is_part(node: Node) -> bool:
    """Return whether an identifier names no value: it stands in an import, behind a dot, or before an equals sign."""
    parent = node.parent
    if parent is None or parent.type in {"dotted_name", "aliased_import"}:
        return True
    if parent.type == "attribute":
        return parent.child_by_field_name("attribute") == node
    return parent.type == "keyword_argument" and parent.child_by_field_name("name") == node
