"""JavaScript and TypeScript, with JSX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.test.sast.fronts import common, unwrap
from secloop.stages.test.sast.fronts.base import Front, Reading
from secloop.stages.test.sast.pattern.text import DOTS, encoded
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secloop.stages.test.sast.build import Lowered, Part, Rules


def _member(part: Part) -> Node:
    left, right = part.get("object"), part.get("property")
    return part.node("attr", [left, right]) if left is not None and right is not None else part.node("error", part.kids)


def _call(part: Part) -> Node:
    callee, given = part.get("function"), part.get("arguments")
    if callee is None or given is None:
        return part.node("error", part.kids)
    if given.kind != "args":
        given = Node("args", given.start, given.end, [given])
    return part.node("call", [callee, given])


def _new(part: Part) -> Node:
    callee = part.get("constructor")
    return part.node("new", [callee or part.none(), part.get("arguments") or Node("args", part.end, part.end)])


def _template(part: Part) -> Node:
    return part.node("str", part.kids or [Node("text", part.start, part.end, None, "")])


def _hole(part: Part) -> Node:
    return part.node("hole", part.kids)


def _regex(part: Part) -> Node:
    pattern, flags = part.get("pattern"), part.get("flags")
    text = pattern.value if pattern is not None else ""
    kids = [Node("text", part.start, part.end, None, text)]
    if flags is not None:
        kids.append(Node("text", flags.start, flags.end, None, flags.value))
    return part.node("regex", kids)


def _declaration(part: Part) -> list[Node]:
    """Lower `let a = 1, b` to one statement for each name."""
    word = part.tokens[0] if part.tokens else "var"
    decl = Node("decl", part.start, part.start, None, word)
    out: list[Node] = []
    for i, kid in enumerate(part.kids):
        kid.opts.append(decl)
        if i == 0:
            kid.start = part.start
        out.append(Node("expr", kid.start, kid.end, [kid]))
    return out


def _declarator(part: Part) -> Node:
    target, source, kind = part.get("name"), part.get("value"), part.get("type")
    opts = [kind] if kind is not None else []
    if target is None:
        return part.node("error", part.kids)
    if source is None:
        return part.node("vardef", [target], None, opts)
    return part.node("assign", [target, source], "=", opts)


def _field(part: Part) -> Node:
    opts = [kid for field, kid in zip(part.fields, part.kids, strict=True) if field in {"type", "decorator"}]
    opts += [Node("mod", part.start, part.start, None, t) for t in part.tokens if t in MODIFIERS]
    opts += part.of("mod")
    target, source = part.get("name") or part.get("property"), part.get("value")
    if target is None:
        return part.node("error", part.kids)
    return (
        part.node("vardef", [target], None, opts)
        if source is None
        else part.node("assign", [target, source], "=", opts)
    )


MODIFIERS = frozenset({"static", "async", "get", "set", "readonly", "abstract", "declare", "override", "*"})


def _assignment(part: Part) -> Node:
    return part.node("assign", part.kids, " ".join(part.tokens))


def _function(part: Part) -> Node:
    title, params, body = part.get("name"), part.get("parameters") or part.get("parameter"), part.get("body")
    opts = [kid for field, kid in zip(part.fields, part.kids, strict=True) if field in {"return_type", "decorator"}]
    opts += [Node("mod", part.start, part.start, None, t) for t in part.tokens if t in MODIFIERS]
    opts += part.of("mod")
    if params is not None and params.kind != "params":
        params = Node("params", params.start, params.end, [Node("param", params.start, params.end, [params])])
    if body is not None and body.kind != "block":
        body = Node("block", body.start, body.end, [Node("return", body.start, body.end, [body])])
    return part.node("func", [title or part.none(), params or part.node("params", []), body or part.none()], None, opts)


def _params(part: Part) -> Node:
    return part.node(
        "params", [kid if kid.kind == "param" else Node("param", kid.start, kid.end, [kid]) for kid in part.kids]
    )


def _param(part: Part) -> Node:
    opts = [kid for field, kid in zip(part.fields, part.kids, strict=True) if field in {"type", "decorator"}]
    opts += part.of("mod")
    kids = [kid for kid in (part.get("pattern") or part.get("name"), part.get("value")) if kid is not None]
    if len(kids) == 1 and kids[0].kind == "assign":
        kids = kids[0].kids
    return part.node("param", kids or part.kids, None, opts)


def _mod(part: Part) -> Node:
    return Node("mod", part.start, part.end, None, part.text)


def _type(part: Part) -> Node:
    return part.node("type", part.kids)


def _class(part: Part) -> Node:
    opts = [kid for kid in part.kids if kid.kind in {"base", "implements", "decorator", "mod"}]
    body = part.get("body") or part.none()
    return part.node("class", [part.get("name") or part.none(), body], None, opts)


def _extends(part: Part) -> list[Node]:
    return [Node("base", kid.start, kid.end, [kid]) for kid in part.all("value") or part.kids[:1]]


def _heritage(part: Part) -> list[Node]:
    return [kid if kid.kind in {"base", "implements"} else Node("base", kid.start, kid.end, [kid]) for kid in part.kids]


def _implements(part: Part) -> list[Node]:
    return [Node("implements", kid.start, kid.end, [kid]) for kid in part.kids]


def _class_body(part: Part) -> Node:
    """Lower a class body; in TypeScript's grammar a method's decorators stand before it."""
    kids: list[Node] = []
    waiting: list[Node] = []
    for kid in part.kids:
        if kid.kind == "decorator":
            waiting.append(kid)
            continue
        if waiting:
            kid.opts = waiting + kid.opts
            kid.start = waiting[0].start
            waiting = []
        kids.append(kid)
    return part.node("members", kids)


def _decorator(part: Part) -> Node:
    kids = part.kids
    if len(kids) == 1 and kids[0].kind in {"name", "attr"} and not (kids[0].value or "").startswith("__mv_"):
        kids = [part.node("call", [kids[0], Node("args", part.end, part.end)])]
    return part.node("decorator", kids)


def _export(part: Part) -> Lowered:
    inner = part.get("declaration")
    mods = [Node("mod", part.start, part.start, None, word) for word in ("export", "default") if word in part.tokens]
    decorators = part.of("decorator")
    if inner is None:
        value = part.get("value")
        if value is not None and value.kind in {"func", "class"}:
            inner = value
        else:
            return part.node("export", part.kids, " ".join(t for t in part.tokens if t not in "{},;"))
    declared = part.all("declaration") or [inner]
    for node in declared:
        holder = node.kids[0] if node.kind == "expr" else node
        holder.opts = [*decorators, *holder.opts, *mods]
    declared[0].start = part.start
    return declared


def _if(part: Part) -> Node:
    condition, then, other = part.get("condition"), part.get("consequence"), part.get("alternative")
    kids = [condition or part.none(), common.body(then, part)]
    if other is not None:
        kids.append(common.body(other, part))
    return part.node("if", kids)


def _loop(part: Part) -> Node:
    kids = [
        common.body(kid, part) if field == "body" else kid
        for field, kid in zip(part.fields, part.kids, strict=True)
        if field != "kind"
    ]
    value = " ".join(t for t in part.tokens if t in {"of", "in", "await"}) or None
    return part.node(part.type, kids, value)


def _for(part: Part) -> Node:
    kids = [
        common.body(kid, part) if field == "body" else kid for field, kid in zip(part.fields, part.kids, strict=True)
    ]
    return part.node("for_statement", kids)


def _object(part: Part) -> Node:
    return part.node("object", part.kids)


def _pair(part: Part) -> Node:
    kids = list(part.kids)
    if kids and kids[0].kind == "str" and kids[0].value is not None and not kids[0].kids:
        kids[0] = Node(
            "str" if kids[0].value.startswith("=~/") or kids[0].value == "..." else "name",
            kids[0].start,
            kids[0].end,
            None,
            kids[0].value,
        )
    return part.node("pair", kids)


def _shorthand(part: Part) -> Node:
    name = Node("name", part.start, part.end, None, part.text)
    return part.node("pair", [name, name]) if part.text != DOTS and not part.text.startswith("__mvs_") else name


def _shorthand_default(part: Part) -> Node:
    name = part.get("left") or part.none()
    if name.kind == "pair":
        name = name.kids[0]
    return part.node("pair", [name, part.node("assign", [name, part.get("right") or part.none()], "=")])


def _spread(part: Part) -> Node:
    return part.node("spread", part.kids, "*")


def _import(part: Part) -> Node:
    source = part.get("source") or part.none()
    named = [kid for kid in part.kids if kid is not source and kid.kind == "import"]
    if not named:
        return part.node("import", [source, part.none(), part.none()], "side")
    for kid in named:
        kid.start, kid.end, kid.kids[0] = part.start, part.end, source
    return named[0] if len(named) == 1 else part.node("imports", named)


def _clause(part: Part) -> list[Node]:
    out: list[Node] = []
    for kid in part.kids:
        if kid.kind == "name":
            out.append(Node("import", part.start, part.end, [part.none(), part.none(), kid], "default"))
        else:
            out.append(kid)
    return out


def _namespace(part: Part) -> Node:
    return part.node("import", [part.none(), part.none(), *part.kids[:1]], "namespace")


def _specifier(part: Part) -> Node:
    name, local = part.get("name"), part.get("alias")
    if name is not None and name.value == DOTS:
        return part.node("import", [part.none(), name, part.none()], DOTS)
    return part.node("import", [part.none(), name or part.none(), local or part.none()], "named")


def _update(part: Part) -> Node:
    return part.node("update_expression", part.kids, part.tokens[0] if part.tokens else None)


def _switch_case(part: Part) -> Node:
    value = part.get("value")
    body = part.all("body")
    start, end = (body[0].start, body[-1].end) if body else (part.end, part.end)
    kids = [value] if value is not None else []
    return part.node("case" if value is not None else "default", [*kids, Node("block", start, end, body)])


def _catch(part: Part) -> Node:
    return part.node("catch", [part.get("parameter") or part.none(), part.get("body") or part.none()])


def _ternary(part: Part) -> Node:
    return part.node("ternary", part.kids)


def _jsx_element(part: Part) -> Node:
    opened = part.get("open_tag")
    children = [
        kid for field, kid in zip(part.fields, part.kids, strict=True) if field not in {"open_tag", "close_tag"}
    ]
    head = opened.kids if opened is not None and opened.kids else [part.none()]
    body = Node("children", part.start, part.end, children)
    return part.node("jsx", [head[0], Node("jsxattrs", part.start, part.start, head[1:]), body])


def _jsx_self(part: Part) -> Node:
    return part.node(
        "jsx",
        [part.kids[0], Node("jsxattrs", part.start, part.start, part.kids[1:]), Node("children", part.end, part.end)],
    )


def _jsx_text(part: Part) -> Lowered:
    text = part.text.strip()
    if not text:
        return None
    return (
        Node("name", part.start, part.end, None, DOTS)
        if text in {"...", DOTS}
        else Node("text", part.start, part.end, None, text)
    )


def _jsx_attribute(part: Part) -> Node:
    return part.node("jsxattr", part.kids)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}

RULES: Rules = {
    "program": common.block,
    "statement_block": common.block,
    "expression_statement": common.expression,
    "identifier": common.name,
    "property_identifier": common.name,
    "private_property_identifier": common.name,
    "type_identifier": common.name,
    "predefined_type": common.name,
    "statement_identifier": common.name,
    "nested_identifier": lambda p: p.node("attr", p.kids),
    "shorthand_property_identifier": _shorthand,
    "shorthand_property_identifier_pattern": _shorthand,
    "object_assignment_pattern": _shorthand_default,
    "number": common.number,
    "true": common.true,
    "false": common.false,
    "null": common.null,
    "string": common.string,
    "string_fragment": common.text,
    "escape_sequence": common.escapes(_ESCAPES),
    "template_string": _template,
    "template_substitution": _hole,
    "regex": _regex,
    "regex_pattern": common.text,
    "regex_flags": common.text,
    "parenthesized_expression": common.only,
    "optional_chain": lambda _: None,
    "member_expression": _member,
    "subscript_expression": lambda p: p.node("index", p.kids),
    "call_expression": _call,
    "new_expression": _new,
    "arguments": common.args,
    "lexical_declaration": _declaration,
    "variable_declaration": _declaration,
    "variable_declarator": _declarator,
    "public_field_definition": _field,
    "field_definition": _field,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _assignment,
    "assignment_pattern": lambda p: p.node("assign", p.kids, "="),
    "binary_expression": common.binary,
    "unary_expression": common.unary,
    "update_expression": _update,
    "ternary_expression": _ternary,
    "await_expression": lambda p: p.node("await", p.kids),
    "function_declaration": _function,
    "function_expression": _function,
    "generator_function": _function,
    "generator_function_declaration": _function,
    "arrow_function": _function,
    "method_definition": _function,
    "function_signature": _function,
    "method_signature": _function,
    "abstract_method_signature": _function,
    "formal_parameters": _params,
    "required_parameter": _param,
    "optional_parameter": _param,
    "accessibility_modifier": _mod,
    "override_modifier": _mod,
    "type_annotation": _type,
    "class_declaration": _class,
    "abstract_class_declaration": _class,
    "class": _class,
    "class_body": _class_body,
    "class_heritage": _heritage,
    "extends_clause": _extends,
    "implements_clause": _implements,
    "interface_body": common.members,
    "decorator": _decorator,
    "export_statement": _export,
    "if_statement": _if,
    "else_clause": common.only,
    "for_in_statement": _loop,
    "for_statement": _for,
    "while_statement": _loop,
    "do_statement": _loop,
    "return_statement": common.returned,
    "throw_statement": lambda p: p.node("throw", p.kids),
    "object": _object,
    "object_pattern": _object,
    "pair": _pair,
    "pair_pattern": _pair,
    "spread_element": _spread,
    "rest_pattern": _spread,
    "array": lambda p: p.node("list", p.kids),
    "array_pattern": lambda p: p.node("list", p.kids),
    "import_statement": _import,
    "import_clause": _clause,
    "named_imports": common.splice,
    "namespace_import": _namespace,
    "import_specifier": _specifier,
    "switch_body": lambda p: p.node("members", p.kids),
    "switch_case": _switch_case,
    "switch_default": _switch_case,
    "catch_clause": _catch,
    "jsx_element": _jsx_element,
    "jsx_self_closing_element": _jsx_self,
    "jsx_text": _jsx_text,
    "jsx_attribute": _jsx_attribute,
    "jsx_expression": lambda p: p.kids[0] if p.kids else p.none(),
    "import": common.name,
    "html_comment": lambda _: None,
    "hash_bang_line": lambda _: None,
}


_LINE = re.compile(r"(?m)^([ \t]*)(\.\.\.|\$\.\.\.[A-Z_][A-Z_0-9]*)[ \t]*$")
_JSX_VALUE = re.compile(r"(?<=[\w\-])=(\.\.\.|\$[A-Z_][A-Z_0-9]*)(?=[\s/>])")
_TYPED = re.compile(r"\(\s*\$([A-Z_][A-Z_0-9]*)\s*:\s*([^(){}]+?)\s*\)")
_FROM = re.compile(r"(?m)^(\s*import\b.*\bfrom)\s+(\$[A-Z_][A-Z_0-9]*)")
_ANY_FUNCTION = re.compile(r"\bfunction\s+\.\.\.\s*\(")
_FIELD = re.compile(r"[\w$\"']+\s*:\s*[^:]")
_COMMENT = re.compile(r"(?m)^\s*//.*$")


def _readings_of(front: Callable[[], Front]) -> Callable[[str], Iterator[Reading]]:
    def readings(text: str) -> Iterator[Reading]:
        text = _FROM.sub(r'\1 "\2"', _COMMENT.sub("", text).strip())
        text = _ANY_FUNCTION.sub(f"function {DOTS}(", text)
        types: dict[str, Node] = {}

        def typed(found: re.Match[str]) -> str:
            kind = front().declared_type(f"let x: {found[2]};")
            if kind is None:
                return found[0]
            types[found[1]] = kind
            return f"${found[1]}"

        if not text.startswith(("function", "(")) or "=>" not in text:
            plain = _TYPED.sub(typed, text) if "function" not in text or "return" in text else text
            text = plain if types else text
        text = _JSX_VALUE.sub(r"={\1}", text)
        lined = _LINE.sub(r"\1\2;", text)
        if text.startswith("{") or _FIELD.match(text):
            yield Reading(f"({encoded(text, '...')})", types=types)
            yield Reading(f"({{{encoded(text, '...')}}})", _object_member, types)
        if text.startswith("catch"):
            yield Reading(f"try {{}} {encoded(text, '...')}", _clause_of, types)
        for one in (lined, text) if lined != text else (text,):
            yield Reading(encoded(one, "..."), types=types)
            yield Reading(f"class A {{\n{encoded(one, '...')}\n}}", unwrap.class_member, types)
            yield Reading(f"class A {{\n{encoded(one, '...')} {{}}\n}}", unwrap.bodiless_member, types)
            yield Reading(f"switch (x) {{\n{encoded(one, '...')}\n}}", _case_of, types)
            yield Reading(f"{encoded(one, '...')} {{}}", unwrap.bodiless, types)
            yield Reading(f"{encoded(one, '...')}\nclass A {{}}", unwrap.decorator_of, types)

    return readings


def _object_member(root: Node) -> Node | None:
    inner = root.kids[0].kids[0] if root.kids and root.kids[0].kids else None
    return inner.kids[0] if inner is not None and inner.kind == "object" and len(inner.kids) == 1 else None


def _clause_of(root: Node) -> Node | None:
    return root.kids[0].kids[1] if len(root.kids) == 1 and len(root.kids[0].kids) == 2 else None


def _case_of(root: Node) -> Node | None:
    members = root.kids[0].kids[-1].kids if root.kids else []
    return members[0] if len(members) == 1 else None


JAVASCRIPT: Front = Front("javascript", "tsx", RULES, _readings_of(lambda: JAVASCRIPT))
TYPESCRIPT: Front = Front("typescript", "typescript", RULES, _readings_of(lambda: TYPESCRIPT), other="tsx")
TSX: Front = Front("typescript", "tsx", RULES, TYPESCRIPT.readings)
