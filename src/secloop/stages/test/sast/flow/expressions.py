"""Expressions: each handler returns the expression's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.flow import compute
from secloop.stages.test.sast.flow.calls import called, created
from secloop.stages.test.sast.flow.value import NOTHING, Value, constant, join, plain, union

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.stages.test.sast.flow.interpret import Interpreter
    from secloop.stages.test.sast.flow.value import Env
    from secloop.stages.test.sast.tree import Node


_CONSTANTS: dict[str | None, bool | None] = {"true": True, "false": False, "null": None}


def value_again(run: Interpreter, node: Node, env: Env) -> Value:
    """Return an expression's value once more, without reporting and without a change to the variables."""
    with run.marks.quiet():
        return run.expression(node, dict(env))


def name(_run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a name."""
    return env.get(node.value or "", NOTHING)


def literal(_run: Interpreter, node: Node, _: Env) -> Value:
    """Return the value of a number, a truth value or null."""
    if node.kind == "num":
        try:
            return constant(int(node.value or "0"))
        except ValueError:
            return NOTHING
    return constant(_CONSTANTS[node.value]) if node.kind == "const" and node.value in _CONSTANTS else NOTHING


def string(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a string, interpolated or not."""
    if node.value is not None:
        return constant(node.value)
    values = [
        constant(kid.value) if kid.kind == "text" else run.expression(kid.kids[0], env) if kid.kids else NOTHING
        for kid in node.kids
    ]
    taint = union(*(value.all_taint() for value in values))
    if all(value.known for value in values):
        return Value(const="".join(str(value.const) for value in values), taint=taint)
    return plain(taint)


def attribute(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a field of an object."""
    path = path_of(node)
    if path is not None and path in env:
        return env[path]
    holder = run.expression(node.kids[0], env)
    if holder.items is not None and node.kids[1].value in holder.items:
        return holder.items[node.kids[1].value or ""].tainted(holder.taint)
    if node.kids[1].value == "length" and isinstance(holder.const, str):
        return constant(len(holder.const))
    return plain(holder.all_taint())


def item(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of an item of a collection."""
    holder = run.expression(node.kids[0], env)
    if len(node.kids) != 2:
        return plain(holder.all_taint())
    key = run.expression(node.kids[1], env)
    return compute.at(holder, key)


def binary(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a binary operation."""
    if len(node.kids) != 2:
        return plain(union(*(run.expression(kid, env).all_taint() for kid in node.kids)))
    left = run.expression(node.kids[0], env)
    return compute.binary(node.value or "", left, run.expression(node.kids[1], env))


def unary(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of an operation on one operand."""
    return compute.unary(node.value or "", run.expression(node.kids[0], env)) if node.kids else NOTHING


def ternary(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a conditional expression."""
    test = run.expression(node.kids[0], env)
    if test.known:
        return run.expression(node.kids[1 if test.const else 2], env)
    sides = []
    checks = run.marks.checks(node.kids[0], env, lambda checked: value_again(run, checked, env))
    for side, holds in ((node.kids[1], True), (node.kids[2], False)):
        own = dict(env) if checks else env
        if checks:
            run.marks.guard(node.kids[0], own, holds=holds)
        sides.append(run.expression(side, own))
    return join(*sides)


def sequence(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a list."""
    if any(kid.kind == "spread" for kid in node.kids):
        return Value(rest=plain(union(*(run.expression(kid, env).all_taint() for kid in node.kids))))
    return compute.collection([run.expression(kid, env) for kid in node.kids])


def mapping(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a dictionary or an object."""
    out = Value(items={})
    for kid in node.kids:
        if kid.kind != "pair" or len(kid.kids) != 2:
            out = compute.with_item(out, NOTHING, run.expression(kid, env))
            continue
        named = node.kind == "object" and kid.kids[0].kind == "name"
        key = constant(kid.kids[0].value) if named else run.expression(kid.kids[0], env)
        out = compute.with_item(out, key, run.expression(kid.kids[1], env))
    return out


def lambda_function(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a function that is written as an expression."""
    run.closure(node, env)
    return NOTHING


def assigned(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of an assignment, which it carries out."""
    target, source = node.kids[0], node.kids[1]
    value = run.expression(source, env)
    if node.value not in {"=", ":="}:
        value = compute.binary((node.value or "=")[:-1], run.expression(target, env), value)
    value = value.tainted(run.marks.source_taint(target)).tainted(run.marks.source_taint(node))
    run.marks.target(target, value)
    run.assign(target, value, env)
    return value


def declared(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a declaration without a value."""
    run.assign(node.kids[0], plain(run.marks.source_taint(node.kids[0])), env)
    return NOTHING


def update(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of an increment or decrement."""
    value = run.expression(node.kids[0], env) if node.kids else NOTHING
    if node.kids and isinstance(value.const, int):
        run.assign(
            node.kids[0],
            constant(value.const + (1 if node.value == "++" or node.kind == "inc_statement" else -1)),
            env,
        )
    return value


def keyword(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of an argument that is given by name."""
    return run.expression(node.kids[1], env) if len(node.kids) == 2 else NOTHING


def comprehension(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a comprehension."""
    inner = dict(env)
    for kid in node.kids[1:]:
        if kid.kind == "for_in_clause" and len(kid.kids) == 2:
            run.assign(kid.kids[0], plain(run.expression(kid.kids[1], inner).all_taint()), inner)
        else:
            run.expression(kid, inner)
    return plain(run.expression(node.kids[0], inner).all_taint()) if node.kids else NOTHING


def pair(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the value of a pair of a dictionary that is unpacked."""
    return plain(union(*(run.expression(kid, env).all_taint() for kid in node.kids[1:])))


EXPRESSIONS: dict[str, Callable[[Interpreter, Node, Env], Value]] = {
    "name": name,
    "this": name,
    "num": literal,
    "const": literal,
    "str": string,
    "attr": attribute,
    "index": item,
    "binary": binary,
    "unary": unary,
    "ternary": ternary,
    "list": sequence,
    "tuple": sequence,
    "dict": mapping,
    "object": mapping,
    "func": lambda_function,
    "assign": assigned,
    "vardef": declared,
    "update_expression": update,
    "inc_statement": update,
    "dec_statement": update,
    "call": called,
    "new": created,
    "kwarg": keyword,
    "pair": pair,
    "list_comprehension": comprehension,
    "set_comprehension": comprehension,
    "generator_expression": comprehension,
    "dictionary_comprehension": comprehension,
}
