"""Go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.test.sast.fronts import common, unwrap
from secloop.stages.test.sast.fronts.base import Front, Reading
from secloop.stages.test.sast.pattern.text import encoded
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.sast.build import Part, Rules


def _call(part: Part) -> Node:
    callee, given = part.get("function"), part.get("arguments")
    return part.node("call", [callee or part.none(), given or Node("args", part.end, part.end)])


def _selector(part: Part) -> Node:
    return part.node("attr", part.kids)


def _qualified(part: Part) -> Node:
    return part.node("attr", part.kids)


def _expressions(part: Part) -> Node:
    return part.kids[0] if len(part.kids) == 1 else part.node("tuple", part.kids)


def _short(part: Part) -> Node:
    return part.node("expr", [part.node("assign", part.kids, ":=")])


def _assignment(part: Part) -> Node:
    return part.node("expr", [part.node("assign", part.kids, " ".join(part.tokens))])


def _spec(part: Part) -> Node:
    """Lower one `a, b T = x, y` of a var or const declaration."""
    names, kind, value = part.all("name"), part.get("type"), part.get("value")
    target = names[0] if len(names) == 1 else Node("tuple", part.start, names[-1].end if names else part.end, names)
    opts = [Node("type", kind.start, kind.end, [kind])] if kind is not None else []
    return (
        part.node("vardef", [target], None, opts) if value is None else part.node("assign", [target, value], "=", opts)
    )


def _declaration(part: Part) -> list[Node]:
    decl = Node("decl", part.start, part.start, None, part.tokens[0] if part.tokens else "var")
    out: list[Node] = []
    for i, kid in enumerate(part.kids):
        kid.opts.append(decl)
        if i == 0 and len(part.kids) == 1:
            kid.start = part.start
        out.append(Node("expr", kid.start, kid.end, [kid]))
    return out


def _function(part: Part) -> Node:
    params = part.get("parameters") or part.node("params", [])
    opts = []
    result, receiver = part.get("result"), part.get("receiver")
    if result is not None:
        opts.append(Node("type", result.start, result.end, [result]))
    if receiver is not None:
        opts.append(Node("receiver", receiver.start, receiver.end, receiver.kids))
    return part.node("func", [part.get("name") or part.none(), params, part.get("body") or part.none()], None, opts)


def _parameter(part: Part) -> list[Node]:
    names, kind = part.all("name"), part.get("type")
    opts = [Node("type", kind.start, kind.end, [kind])] if kind is not None else []
    if part.type.startswith("variadic"):
        opts.append(Node("mod", part.start, part.start, None, "..."))
    if not names:
        return [part.node("param", [kind] if kind is not None else [])]
    return [Node("param", name.start, part.end, [name], None, opts) for name in names]


def _if(part: Part) -> Node:
    condition, then, other, before = (
        part.get("condition"),
        part.get("consequence"),
        part.get("alternative"),
        part.get("initializer"),
    )
    kids = [condition or part.none(), then or part.none()]
    if other is not None:
        kids.append(common.body(other, part))
    return part.node("if", kids, None, [Node("init", before.start, before.end, [before])] if before is not None else [])


def _composite(part: Part) -> Node:
    return part.node("composite", part.kids)


def _literal_value(part: Part) -> Node:
    keyed = any(kid.kind == "pair" for kid in part.kids) or not part.kids
    return part.node("object" if keyed else "list", part.kids)


def _string(part: Part) -> Node:
    if part.type == "raw_string_literal":
        return Node("str", part.start, part.end, None, part.text[1:-1])
    return common.string(part)


_VERSION = re.compile(r"v\d+")


def _import_spec(part: Part) -> Node:
    path, name = part.get("path") or part.none(), part.get("name")
    if name is None:
        steps = [step for step in (path.value or "").split("/") if not _VERSION.fullmatch(step)]
        local = Node("name", path.start, path.end, None, steps[-1] if steps else "_")
        return part.node("import", [path, part.none(), local])
    return part.node("import", [path, part.none(), Node("name", name.start, name.end, None, name.value)])


def _import(part: Part) -> list[Node] | Node:
    if len(part.kids) == 1:
        part.kids[0].start = part.start
        return part.kids[0]
    return part.node("imports", part.kids)


def _for(part: Part) -> Node:
    kids: list[Node] = []
    for kid in part.kids:
        kids += kid.kids if kid.kind in {"range", "clause"} else [kid]
    kind = "for_in_statement" if part.of("range") else "for_statement"
    return part.node(kind, kids)


def _case(part: Part) -> Node:
    values = [
        kid for field, kid in zip(part.fields, part.kids, strict=True) if field in {"value", "type", "communication"}
    ]
    body = [kid for field, kid in zip(part.fields, part.kids, strict=True) if field is None]
    start, end = (body[0].start, body[-1].end) if body else (part.end, part.end)
    return part.node("case" if values else "default", [*values, Node("block", start, end, body)])


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a"}

RULES: Rules = {
    "source_file": common.block,
    "block": common.block,
    "statement_list": common.splice,
    "expression_statement": common.expression,
    "identifier": common.name,
    "field_identifier": common.name,
    "type_identifier": common.name,
    "package_identifier": common.name,
    "label_name": common.name,
    "blank_identifier": common.name,
    "int_literal": common.number,
    "float_literal": common.number,
    "true": common.true,
    "false": common.false,
    "nil": common.null,
    "interpreted_string_literal": _string,
    "raw_string_literal": _string,
    "interpreted_string_literal_content": common.text,
    "escape_sequence": common.escapes(_ESCAPES),
    "parenthesized_expression": common.only,
    "call_expression": _call,
    "argument_list": common.args,
    "selector_expression": _selector,
    "qualified_type": _qualified,
    "index_expression": lambda p: p.node("index", p.kids),
    "expression_list": _expressions,
    "short_var_declaration": _short,
    "assignment_statement": _assignment,
    "var_spec": _spec,
    "const_spec": _spec,
    "var_spec_list": common.splice,
    "var_declaration": _declaration,
    "const_declaration": _declaration,
    "function_declaration": _function,
    "method_declaration": _function,
    "func_literal": _function,
    "method_elem": _function,
    "parameter_list": lambda p: p.node("params", p.kids),
    "parameter_declaration": _parameter,
    "variadic_parameter_declaration": _parameter,
    "binary_expression": common.binary,
    "unary_expression": common.unary,
    "if_statement": _if,
    "for_statement": _for,
    "range_clause": lambda p: p.node("range", p.kids),
    "for_clause": lambda p: p.node("clause", p.kids),
    "expression_case": _case,
    "type_case": _case,
    "communication_case": _case,
    "default_case": _case,
    "return_statement": common.returned,
    "composite_literal": _composite,
    "literal_value": _literal_value,
    "literal_element": common.only,
    "keyed_element": lambda p: p.node("pair", p.kids),
    "import_spec": _import_spec,
    "import_spec_list": common.splice,
    "import_declaration": _import,
}

_TYPED = re.compile(r"\(\s*\$([A-Z_][A-Z_0-9]*)\s*:\s*([^()]+?)\s*\)")
_COMMENT = re.compile(r"(?m)^\s*//.*$")


def _readings(text: str) -> Iterator[Reading]:
    """Offer a pattern as it is, as an element of a literal, as a literal's body, as a function without its body."""
    text = _COMMENT.sub("", text).strip()
    types: dict[str, Node] = {}

    def typed(found: re.Match[str]) -> str:
        kind = GO.declared_type(f"var x {encoded(found[2])}\n")
        if kind is None:
            return found[0]
        types[found[1]] = kind
        return f"(${found[1]})"

    source = encoded(_TYPED.sub(typed, text)) + "\n"
    yield Reading(source, types=types)
    yield Reading(f"x{source}", _literal_body, types)
    yield Reading(f"x{{ {source} }}", _literal_member, types)
    yield Reading(f"{source} {{}}", unwrap.bodiless, types)
    yield Reading(f"func m() {{\n{source}\n}}", _body_of, types)
    yield Reading(f"type x interface {{ {source} }}", _interface_member, types)
    yield Reading(f"switch x {{ {source} }}", _case_of, types)


def _literal_body(root: Node) -> Node | None:
    inner = root.kids[0].kids[0] if root.kids and root.kids[0].kids else None
    return inner.kids[1] if inner is not None and inner.kind == "composite" else None


def _literal_member(root: Node) -> Node | None:
    body = _literal_body(root)
    return body.kids[0] if body is not None and len(body.kids) == 1 else None


def _body_of(root: Node) -> Node | None:
    return root.kids[0].kids[-1] if root.kids and root.kids[0].kind == "func" else None


def _interface_member(root: Node) -> Node | None:
    return next((node for node in root.walk() if node.kind == "func"), None)


def _case_of(root: Node) -> Node | None:
    return next((node for node in root.walk() if node.kind in {"case", "default"}), None)


GO = Front("go", "go", RULES, _readings)
