"""Java."""

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

OPTIONAL = frozenset({"decorator", "mod", "typeparams", "throws"})


def _call(part: Part) -> Node:
    receiver, name, given = part.get("object"), part.get("name"), part.get("arguments")
    if name is None:
        return part.node("error", part.kids)
    callee = name if receiver is None else Node("attr", receiver.start, name.end, [receiver, name])
    return part.node("call", [callee, given or Node("args", part.end, part.end)], None, part.of("typeargs"))


def _field_access(part: Part) -> Node:
    return part.node("attr", part.kids[:1] + part.kids[-1:])


def _new(part: Part) -> Node:
    kind, given = part.get("type"), part.get("arguments")
    opts = part.of("members")
    outer = [
        kid
        for field, kid in zip(part.fields, part.kids, strict=True)
        if field is None and kid.kind not in {"members", "decorator", "typeargs"}
    ]
    return part.node("new", [kind or part.none(), given or Node("args", part.end, part.end), *outer[:1]], None, opts)


def _generic_type(part: Part) -> Node:
    base = part.kids[0]
    return Node(base.kind, part.start, part.end, base.kids, base.value, part.kids[1:])


def _type(node: Node | None) -> list[Node]:
    return [Node("type", node.start, node.end, [node])] if node is not None else []


def _variables(part: Part) -> list[Node]:
    """Lower `int a = 1, b` to one statement for each name."""
    opts = [*part.of("decorator", "mod"), *_type(part.get("type"))]
    out: list[Node] = []
    for i, kid in enumerate(part.all("declarator")):
        kid.opts = opts
        if i == 0:
            kid.start = part.start
        out.append(Node("expr", kid.start, kid.end, [kid]))
    return out


def _declarator(part: Part) -> Node:
    target, source = part.get("name") or part.none(), part.get("value")
    return part.node("vardef", [target]) if source is None else part.node("assign", [target, source], "=")


def _resource(part: Part) -> Node:
    target, source = part.get("name"), part.get("value")
    if target is None or source is None:
        return part.node("expr", part.kids)
    return part.node("expr", [part.node("assign", [target, source], "=", [*part.of("mod"), *_type(part.get("type"))])])


def _param(part: Part) -> Node:
    name = part.get("name") or next(iter(part.of("vardef")), None)
    if name is not None and name.kind == "vardef":
        name = name.kids[0]
    kind = part.get("type") or next(
        (kid for kid in part.kids if kid.kind not in {"decorator", "mod", "vardef"} and kid is not name), None
    )
    opts = [*part.of("decorator", "mod"), *_type(kind)]
    if part.type == "spread_parameter":
        opts.append(Node("mod", part.start, part.start, None, "..."))
    return part.node("param", [name or part.none()], None, opts)


def _params(part: Part) -> Node:
    return part.node(
        "params", [kid if kid.kind == "param" else Node("param", kid.start, kid.end, [kid]) for kid in part.kids]
    )


def _method(part: Part) -> Node:
    opts = [*part.of(*OPTIONAL), *_type(part.get("type"))]
    return part.node(
        "func",
        [
            part.get("name") or part.none(),
            part.get("parameters") or part.node("params", []),
            part.get("body") or part.none(),
        ],
        None,
        opts,
    )


def _lambda(part: Part) -> Node:
    params, body = part.get("parameters") or part.none(), part.get("body") or part.none()
    if params.kind != "params":
        params = Node("params", params.start, params.end, [Node("param", params.start, params.end, [params])])
    if body.kind != "block":
        body = Node("block", body.start, body.end, [Node("return", body.start, body.end, [body])])
    return part.node("func", [part.none(), params, body])


def _class(part: Part) -> Node:
    kind = part.type.removesuffix("_declaration")
    opts = part.of("decorator", "mod", "base", "implements", "typeparams")
    body = part.get("body") or part.none()
    return part.node("class", [part.get("name") or part.none(), body], None if kind == "class" else kind, opts)


def _superclass(part: Part) -> list[Node]:
    return [Node("base", kid.start, kid.end, [kid]) for kid in part.kids]


def _interfaces(part: Part) -> list[Node]:
    return [Node("implements", kid.start, kid.end, [kid]) for kid in part.kids]


def _modifiers(part: Part) -> list[Node]:
    return [*part.kids, *(Node("mod", part.start, part.end, None, t) for t in part.tokens)]


def _annotation(part: Part) -> Node:
    name, given = part.get("name") or part.none(), part.get("arguments")
    bare = name.kind == "name" and (name.value or "").startswith("__mv_") and given is None
    return part.node(
        "decorator", [name] if bare else [part.node("call", [name, given or Node("args", part.end, part.end)])]
    )


def _kwarg(part: Part) -> Node:
    return part.node("kwarg", part.kids)


def _if(part: Part) -> Node:
    condition, then, other = part.get("condition"), part.get("consequence"), part.get("alternative")
    kids = [condition or part.none(), common.body(then, part)]
    return part.node("if", [*kids, common.body(other, part)] if other is not None else kids)


def _loop(part: Part) -> Node:
    return part.node(
        part.type,
        [common.body(kid, part) if field == "body" else kid for field, kid in zip(part.fields, part.kids, strict=True)],
    )


def _foreach(part: Part) -> Node:
    kids = [kid for kid in (part.get("name"), part.get("value")) if kid is not None]
    return part.node("for_in_statement", [*kids, common.body(part.get("body"), part)], None, _type(part.get("type")))


def _case(part: Part) -> Node:
    labels = part.of("label")
    body = [kid for kid in part.kids if kid.kind != "label"]
    values = [kid for label in labels for kid in label.kids]
    start, end = (body[0].start, body[-1].end) if body else (part.end, part.end)
    inner = body[0] if len(body) == 1 and body[0].kind == "block" else Node("block", start, end, body)
    return part.node("case" if values else "default", [*values, inner])


def _catch(part: Part) -> Node:
    return part.node("catch", part.kids)


def _catch_param(part: Part) -> Node:
    kinds = part.of("catch_type")
    opts = [Node("type", kid.start, kid.end, [kid]) for kind in kinds for kid in kind.kids]
    return part.node("param", [part.get("name") or part.none()], None, [*opts, *part.of("mod")])


def _try(part: Part) -> Node:
    return part.node("try_statement", part.kids)


def _import(part: Part) -> Node:
    path = part.kids[0] if part.kids else part.none()
    value = "static" if "static" in part.tokens else None
    if part.of("asterisk"):
        return part.node("import", [path, Node("wildcard", part.end, part.end, None, "*"), part.none()], value)
    if path.kind == "attr":
        return part.node("import", [*path.kids, part.none()], value)
    return part.node("import", [path, part.none(), part.none()], value)


def _this(part: Part) -> Node:
    return Node("this", part.start, part.end, None, part.text)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}

RULES: Rules = {
    "program": common.block,
    "block": common.block,
    "constructor_body": common.block,
    "expression_statement": common.expression,
    "identifier": common.name,
    "type_identifier": common.name,
    "integral_type": common.name,
    "floating_point_type": common.name,
    "boolean_type": common.name,
    "void_type": common.name,
    "this": _this,
    "super": _this,
    "scoped_identifier": _field_access,
    "scoped_type_identifier": lambda p: p.node("attr", p.kids[:1] + p.kids[-1:]),
    "generic_type": _generic_type,
    "type_arguments": lambda p: p.node("typeargs", p.kids),
    "type_parameters": lambda p: p.node("typeparams", p.kids),
    "type_list": common.splice,
    "decimal_integer_literal": common.number,
    "hex_integer_literal": common.number,
    "octal_integer_literal": common.number,
    "binary_integer_literal": common.number,
    "decimal_floating_point_literal": common.number,
    "true": common.true,
    "false": common.false,
    "null_literal": common.null,
    "string_literal": common.string,
    "character_literal": lambda p: Node("str", p.start, p.end, None, p.text[1:-1]),
    "string_fragment": common.text,
    "multiline_string_fragment": common.text,
    "escape_sequence": common.escapes(_ESCAPES),
    "parenthesized_expression": common.only,
    "method_invocation": _call,
    "explicit_constructor_invocation": lambda p: p.node(
        "expr", [p.node("call", [p.get("constructor") or p.none(), p.get("arguments") or p.none()])]
    ),
    "argument_list": common.args,
    "annotation_argument_list": common.args,
    "element_value_pair": _kwarg,
    "element_value_array_initializer": lambda p: p.node("list", p.kids),
    "field_access": _field_access,
    "array_access": lambda p: p.node("index", p.kids),
    "array_initializer": lambda p: p.node("list", p.kids),
    "object_creation_expression": _new,
    "local_variable_declaration": _variables,
    "field_declaration": _variables,
    "constant_declaration": _variables,
    "variable_declarator": _declarator,
    "assignment_expression": lambda p: p.node("assign", p.kids, " ".join(p.tokens)),
    "binary_expression": common.binary,
    "unary_expression": common.unary,
    "ternary_expression": lambda p: p.node("ternary", p.kids),
    "cast_expression": lambda p: p.node("cast", p.kids),
    "method_declaration": _method,
    "constructor_declaration": _method,
    "compact_constructor_declaration": _method,
    "annotation_type_element_declaration": _method,
    "lambda_expression": _lambda,
    "inferred_parameters": _params,
    "formal_parameters": _params,
    "formal_parameter": _param,
    "spread_parameter": _param,
    "throws": lambda p: p.node("throws", p.kids),
    "class_declaration": _class,
    "interface_declaration": _class,
    "enum_declaration": _class,
    "record_declaration": _class,
    "annotation_type_declaration": _class,
    "class_body": common.members,
    "interface_body": common.members,
    "enum_body": common.members,
    "annotation_type_body": common.members,
    "enum_body_declarations": common.splice,
    "superclass": _superclass,
    "super_interfaces": _interfaces,
    "extends_interfaces": _superclass,
    "modifiers": _modifiers,
    "annotation": _annotation,
    "marker_annotation": _annotation,
    "if_statement": _if,
    "while_statement": _loop,
    "for_statement": _loop,
    "do_statement": _loop,
    "enhanced_for_statement": _foreach,
    "switch_block": common.members,
    "switch_block_statement_group": _case,
    "switch_rule": _case,
    "switch_label": lambda p: p.node("label", p.kids),
    "try_statement": _try,
    "try_with_resources_statement": _try,
    "resource_specification": common.splice,
    "resource": _resource,
    "catch_clause": _catch,
    "catch_formal_parameter": _catch_param,
    "return_statement": common.returned,
    "throw_statement": lambda p: p.node("throw", p.kids),
    "import_declaration": _import,
}

_TYPED = re.compile(r"\(\s*((?:\$?[A-Za-z_][\w.$]*)(?:<[\w$.,<> ?]*>)?(?:\[\])*)\s+\$([A-Z_][A-Z_0-9]*)\s*\)")
_COMMENT = re.compile(r"(?m)^\s*//.*$")
_STATEMENT = re.compile(
    r"(?P<before>(?:^|[{;}]|\n)[ \t\n]*)(?P<mark>\.\.\.|\$\.\.\.[A-Z_][A-Z_0-9]*)(?=[ \t]*(?:\n|\}|$|;))"
)
_HEAD = re.compile(r"(?:^|[;{}\n]|\bcatch|[\w>\]$]\s)\s*\$?\w*\s*\(")
_TAIL = re.compile(r"\)\s*(?:throws[^{;]*)?\{")
_MARK = re.compile(r"\s*(\.\.\.|\$\.\.\.[A-Z_][A-Z_0-9]*)\s*")
_NO_METHOD = re.compile(r"(?:\bif|\bwhile|\bfor|\bswitch|\bsynchronized|\bnew\s+[\w.$<>]+|\btry|\breturn\s+\S*)\s*\($")


def _statements(text: str) -> str:
    """Write each `...` that stands for statements or members as a declaration, which is right in both places."""

    def declared(found: re.Match[str]) -> str:
        if re.search(r"[=(,]\s*$", text[: found.start()]) and found["before"].lstrip().startswith("{"):
            return found[0]
        ended = re.search(r"[)\w\]]\s*$", text[: found.start()]) and found["before"].startswith("\n")
        return f"{';' if ended else ''}{found['before']}{found['mark']} {found['mark']};"

    while True:
        written = _STATEMENT.sub(declared, text)
        if written == text:
            return text
        text = written


def _parameters(text: str) -> str:
    """Write each `...` among the parameters of a method as a parameter with a type."""
    out, at = "", 0
    while (found := _HEAD.search(text, at)) is not None:
        end = _closing(text, found.end() - 1)
        if end < 0:
            break
        if _TAIL.match(text, end) is None or _NO_METHOD.search(text[: found.end()]) is not None:
            out += text[at : found.end()]
            at = found.end()
            continue
        inner = ", ".join(
            f"{m[1]} {m[1]}" if (m := _MARK.fullmatch(piece)) else piece for piece in _split(text[found.end() : end])
        )
        out += text[at : found.end()] + inner
        at = end
    return out + text[at:]


def _closing(text: str, at: int) -> int:
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def _split(text: str) -> list[str]:
    """Split at commas that stand in no bracket."""
    out, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += {"(": 1, "<": 1, ")": -1, ">": -1}.get(char, 0)
        if char == "," and depth == 0:
            out.append(text[start:i])
            start = i + 1
    out.append(text[start:])
    return out


def _readings(text: str) -> Iterator[Reading]:
    """Offer a pattern as it is, as statements, as a member of a class, as a method or a class without its body."""
    text = _COMMENT.sub("", text).strip()
    types: dict[str, Node] = {}

    def typed(found: re.Match[str]) -> str:
        kind = JAVA.declared_type(f"{encoded(found[1])} x;")
        if kind is None:
            return found[0]
        types[found[2]] = kind
        return f"${found[2]}"

    plain = _TYPED.sub(typed, text)
    for one, known in ((text, {}), (plain, types)) if types else ((text, {}),):
        source = encoded(_parameters(_statements(one)))
        whole = source.rstrip(";") if source.endswith(";") else source
        yield Reading(source, types=known)
        yield Reading(f"{source};", types=known)
        yield Reading(f"class A {{ void m() {{ {source} }} }}", _method_body, known)
        yield Reading(f"class A {{ void m() {{ {source}; }} }}", _method_body, known)
        yield Reading(f"class A {{ {source} }}", unwrap.class_member, known)
        yield Reading(f"class A {{ {whole} {{}} }}", unwrap.bodiless_member, known)
        yield Reading(f"{whole} {{}}", unwrap.bodiless, known)
        yield Reading(f"{source} class A {{}}", unwrap.decorator_of, known)


def _method_body(root: Node) -> Node | None:
    member = unwrap.class_member(root)
    return member.kids[2] if member is not None and member.kind == "func" else None


JAVA = Front("java", "java", RULES, _readings, implicit=("java.lang",))
