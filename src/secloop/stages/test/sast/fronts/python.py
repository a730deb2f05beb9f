"""Python."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from secloop.stages.test.sast.fronts import common, unwrap
from secloop.stages.test.sast.fronts.base import Front, Reading
from secloop.stages.test.sast.pattern.text import DOTS, ONE, encoded
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.sast.build import Part, Rules


def _call(part: Part) -> Node:
    callee, given = part.get("function"), part.get("arguments")
    if callee is None or given is None:
        return part.node("error", part.kids)
    if given.kind != "args":
        given = Node("args", given.start, given.end, [given])
    return part.node("call", [callee, given])


def _subscript(part: Part) -> Node:
    if len(part.kids) > 2:
        rest = part.kids[1:]
        return part.node("index", [part.kids[0], Node("tuple", rest[0].start, rest[-1].end, rest)])
    return part.node("index", part.kids)


def _string(part: Part) -> Node:
    holes = part.of("hole")
    raw = part.data[part.start : part.end]
    body = raw.lstrip(b"rRbBuUfFtT")
    mark = 3 if body[:3] in (b'"""', b"'''") else 1
    prefix = raw[: len(raw) - len(body)].lower()
    if holes or b"f" in prefix or b"t" in prefix:
        return part.node("str", [kid for kid in part.kids if kid.kind in {"hole", "text"}], None)
    content = body[mark:-mark].decode("utf-8", "replace")
    kind = "bytes" if b"b" in prefix else "str"
    return Node(kind, part.start, part.end, None, content if b"r" in prefix else _unescaped(content))


ESCAPES = {"\\n": "\n", "\\t": "\t", "\\'": "'", '\\"': '"', "\\\\": "\\", "\\\n": "", "\\r": "\r", "\\0": "\0"}


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    out, at = [], 0
    while at < len(text):
        two = text[at : at + 2]
        if two in ESCAPES:
            out.append(ESCAPES[two])
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def _hole(part: Part) -> Node:
    return part.node("hole", part.kids[:1])


def _concatenated(part: Part) -> Node:
    if all(kid.value is not None for kid in part.kids):
        return Node("str", part.start, part.end, None, "".join(kid.value or "" for kid in part.kids))
    kids: list[Node] = []
    for kid in part.kids:
        kids += kid.kids or [Node("text", kid.start, kid.end, None, kid.value)]
    return part.node("str", kids)


def _assignment(part: Part) -> Node:
    target, source, kind = part.get("left"), part.get("right"), part.get("type")
    opts = [kind] if kind is not None else []
    if target is None:
        return part.node("error", part.kids)
    if source is None:
        return part.node("vardef", [target], None, opts)
    return part.node("assign", [target, source], "=", opts)


def _augmented(part: Part) -> Node:
    return part.node("assign", part.kids, " ".join(part.tokens))


def _kwarg(part: Part) -> Node:
    return part.node("kwarg", part.kids)


def _function(part: Part) -> Node:
    title, params, body = part.get("name"), part.get("parameters"), part.get("body")
    kind = part.get("return_type")
    opts = [kind] if kind is not None else []
    if "async" in part.tokens:
        opts.append(Node("mod", part.start, part.start, None, "async"))
    return part.node("func", [title or part.none(), params or part.node("params", []), body or part.none()], None, opts)


def _lambda(part: Part) -> Node:
    params, body = part.get("parameters"), part.get("body")
    given = params or Node("params", part.start, part.start)
    value = body or part.none()
    return part.node(
        "func",
        [part.none(), given, Node("block", value.start, value.end, [Node("return", value.start, value.end, [value])])],
    )


def _params(part: Part) -> Node:
    return part.node("params", [_param(kid) for kid in part.kids])


def _param(kid: Node) -> Node:
    return (
        kid
        if kid.kind in {"param", "keyword_separator", "positional_separator"}
        else Node("param", kid.start, kid.end, [kid])
    )


def _default_param(part: Part) -> Node:
    kind = part.get("type")
    kids = [kid for field, kid in zip(part.fields, part.kids, strict=True) if field != "type"]
    return part.node("param", kids, None, [kind] if kind is not None else [])


def _type(part: Part) -> Node:
    return part.node("type", part.kids)


def _class(part: Part) -> Node:
    title, bases, body = part.get("name"), part.get("superclasses"), part.get("body")
    opts = [Node("base", kid.start, kid.end, [kid]) for kid in (bases.kids if bases is not None else [])]
    inner = body or part.none()
    return part.node("class", [title or part.none(), Node("members", inner.start, inner.end, inner.kids)], None, opts)


def _decorator(part: Part) -> Node:
    """Lower a decorator; one without a call is called all the same, so that `@a` and `@a()` read the same."""
    kids = part.kids
    if len(kids) == 1 and kids[0].kind in {"name", "attr"} and not (kids[0].value or "").startswith(ONE):
        kids = [part.node("call", [kids[0], Node("args", part.end, part.end)])]
    return part.node("decorator", kids)


def _decorated(part: Part) -> Node:
    inner = part.get("definition")
    decorators = part.of("decorator")
    if inner is None:
        return part.node("decorated", decorators)
    inner.opts = decorators + inner.opts
    inner.start = part.start
    return inner


def _if(part: Part) -> Node:
    condition, then = part.get("condition"), part.get("consequence")
    chain: Node | None = None
    for kid in reversed(part.all("alternative")):
        if kid.kind == "elif":
            chain = Node("if", kid.start, part.end, kid.kids + ([chain] if chain is not None else []))
            chain = Node("block", chain.start, chain.end, [chain])
        else:
            chain = kid
    return part.node("if", [condition or part.none(), then or part.none(), *([chain] if chain is not None else [])])


def _elif(part: Part) -> Node:
    return part.node("elif", part.kids)


def _else(part: Part) -> Node:
    return part.get("body") or part.none()


def _ternary(part: Part) -> Node:
    kids = part.kids
    return part.node("ternary", [kids[1], kids[0], kids[2]]) if len(kids) == 3 else part.node("error", kids)


def _comparison(part: Part) -> Node:
    operators = [t for t in part.tokens if t not in "()"]
    return part.node("binary" if len(part.kids) == 2 else "comparison", part.kids, " ".join(operators))


def _dotted(part: Part) -> Node:
    out = part.kids[0]
    for kid in part.kids[1:]:
        out = Node("attr", out.start, kid.end, [out, kid])
    return out


def _aliased(part: Part) -> Node:
    return part.node("aliased", part.kids)


def _import(part: Part) -> Node:
    return _together(part, [_imported(part, None, kid) for kid in part.kids])


def _import_from(part: Part) -> Node:
    module = part.get("module_name")
    names = [kid for kid in part.kids if kid is not module]
    return _together(part, [_imported(part, module, kid) for kid in names])


def _together(part: Part, imports: list[Node]) -> Node:
    return imports[0] if len(imports) == 1 else part.node("imports", imports)


def _imported(part: Part, module: Node | None, named: Node) -> Node:
    """Return one import: (module, imported or none, local or none)."""
    local = part.none()
    if named.kind == "aliased":
        named, local = named.kids
    if module is None:
        return part.node("import", [named, part.none(), local])
    return part.node("import", [module, named, local])


def _future(part: Part) -> Node:
    module = Node("name", part.start, part.start, None, "__future__")
    return _together(part, [_imported(part, module, kid) for kid in part.kids])


def _relative(part: Part) -> Node:
    return Node("name", part.start, part.end, None, part.text)


def _wildcard(part: Part) -> Node:
    return Node("wildcard", part.start, part.end, None, "*")


def _with(part: Part) -> Node:
    return part.node("with", part.kids, "async" if "async" in part.tokens else None)


def _pair(part: Part) -> Node:
    return part.node("pair", part.kids)


def _dict(part: Part) -> Node:
    return part.node("dict", part.kids)


def _as_pattern(part: Part) -> Node:
    return part.node("as", part.kids)


def _sequence(part: Part) -> Node:
    return part.node("tuple", part.kids)


def _splat(part: Part) -> Node:
    return part.node("spread", part.kids, part.tokens[0] if part.tokens else "*")


def _raise(part: Part) -> Node:
    return part.node("throw", part.kids)


def _not(part: Part) -> Node:
    return part.node("unary", part.kids, "not")


def _walrus(part: Part) -> Node:
    return part.node("assign", part.kids, "=")


def _except(part: Part) -> Node:
    return part.node("catch", part.kids)


def _ellipsis(part: Part) -> Node:
    return Node("const", part.start, part.end, None, "...")


def _case_pattern(part: Part) -> Node:
    return common.only(part) if part.kids else Node("wildcard", part.start, part.end, None, part.text)


RULES: Rules = {
    "module": common.block,
    "block": common.block,
    "expression_statement": lambda p: (
        p.node("expr", p.kids) if len(p.kids) == 1 else p.node("expr", [p.node("tuple", p.kids)])
    ),
    "identifier": common.name,
    "integer": common.number,
    "float": common.number,
    "true": common.true,
    "false": common.false,
    "none": common.null,
    "ellipsis": _ellipsis,
    "parenthesized_expression": common.only,
    "call": _call,
    "argument_list": common.args,
    "keyword_argument": _kwarg,
    "attribute": lambda p: p.node("attr", p.kids),
    "subscript": _subscript,
    "string": _string,
    "string_content": common.text,
    "interpolation": _hole,
    "concatenated_string": _concatenated,
    "assignment": _assignment,
    "augmented_assignment": _augmented,
    "named_expression": _walrus,
    "binary_operator": common.binary,
    "boolean_operator": common.binary,
    "comparison_operator": _comparison,
    "not_operator": _not,
    "unary_operator": common.unary,
    "conditional_expression": _ternary,
    "function_definition": _function,
    "lambda": _lambda,
    "parameters": _params,
    "lambda_parameters": _params,
    "default_parameter": _default_param,
    "typed_parameter": _default_param,
    "typed_default_parameter": _default_param,
    "type": _type,
    "class_definition": _class,
    "decorator": _decorator,
    "decorated_definition": _decorated,
    "if_statement": _if,
    "for_statement": lambda p: p.node("for_in_statement", p.kids),
    "elif_clause": _elif,
    "else_clause": _else,
    "dotted_name": _dotted,
    "aliased_import": _aliased,
    "import_statement": _import,
    "import_from_statement": _import_from,
    "future_import_statement": _future,
    "relative_import": _relative,
    "wildcard_import": _wildcard,
    "with_statement": _with,
    "with_clause": common.splice,
    "with_item": common.only,
    "as_pattern": _as_pattern,
    "as_pattern_target": common.only,
    "pair": _pair,
    "dictionary": _dict,
    "set": lambda p: p.node("set", p.kids),
    "list": lambda p: p.node("list", p.kids),
    "tuple": _sequence,
    "expression_list": _sequence,
    "pattern_list": _sequence,
    "tuple_pattern": _sequence,
    "list_pattern": lambda p: p.node("list", p.kids),
    "list_splat": _splat,
    "dictionary_splat": _splat,
    "list_splat_pattern": _splat,
    "dictionary_splat_pattern": _splat,
    "return_statement": common.returned,
    "raise_statement": _raise,
    "except_clause": _except,
    "except_group_clause": _except,
    "case_pattern": _case_pattern,
}


_ITEM = re.compile(r"(?<=[{,\n])(?P<space>\s*)\.\.\.(?=\s*[,}])")
_TYPED = re.compile(r"([(,]\s*)\$([A-Z_][A-Z_0-9]*)\s*:\s*([A-Za-z_][\w.\[\], ]*?)\s*(?=[,)])")


def _readings(text: str) -> Iterator[Reading]:
    """Offer a pattern as it is; with `...` as a pair of a dictionary; as a decorator alone; with types."""
    text = textwrap.dedent(text).strip("\n").rstrip()
    yield Reading(encoded(text))
    yield Reading(encoded(_ITEM.sub(f"**{DOTS}", text)))
    yield Reading(encoded(text) + "\ndef x(): pass", unwrap.decorator_of)
    types: dict[str, Node] = {}

    def typed(found: re.Match[str]) -> str:
        kind = PYTHON.declared_type(f"x: {found[3]} = 1")
        if kind is None:
            return found[0]
        types[found[2]] = kind
        return f"{found[1]}${found[2]}"

    plain = _TYPED.sub(typed, text)
    if types:
        yield Reading(encoded(plain), types=types)


PYTHON = Front("python", "python", RULES, _readings)
