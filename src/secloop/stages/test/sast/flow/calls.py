"""Calls: of known functions, of known methods, and all others, which pass taint from arguments to result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.flow import methods
from secloop.stages.test.sast.flow.value import ANY, CLEAN, NOTHING, CallRef, Mark, Trace, Value, plain, through, union
from secloop.stages.test.sast.modules import ANY_OWNER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.test.sast.flow.functions import Function
    from secloop.stages.test.sast.flow.interpret import Interpreter
    from secloop.stages.test.sast.flow.value import Env, Taint
    from secloop.stages.test.sast.tree import Node


def called(run: Interpreter, node: Node, env: Env) -> Value:
    """Return the result of a call."""
    callee, given = node.kids[0], node.kids[1]
    receiver: Value | None = None
    if callee.kind == "attr":
        receiver = run.expression(callee.kids[0], env).tainted(run.marks.source_taint(callee))
    else:
        head = run.expression(callee, env)
        receiver = head if head.taint else None
    args = [run.expression(kid, env) for kid in given.kids]
    function = run.functions.meant(callee, receiver, run.inside) if run.functions is not None else None
    if function is not None:
        known = run.inline(function, _in_order(function, given, args))
        if known is not None:
            return known
    elif callee.kind == "attr" and receiver is not None:
        found = methods.on_receiver(callee.kids[1].value or "", receiver, args)
        if found is not None:
            after, result = found
            _update_receiver(callee.kids[0], after, env)
            return result
    return _unknown(run, node, receiver, args, env)


def _in_order(function: Function, given: Node, args: Sequence[Value]) -> list[Value]:
    """Return the arguments in the order of the function's parameters, those given by name too."""
    params = function.node.kids[1].kids[function.offset :]
    names = {param.kids[0].value: i for i, param in enumerate(params) if param.kids}
    out = [NOTHING] * len(params)
    at = 0
    for kid, arg in zip(given.kids, args, strict=True):
        index = names.get(kid.kids[0].value) if kid.kind == "kwarg" and kid.kids else at
        if kid.kind != "kwarg":
            at += 1
        if index is not None and index < len(out):
            out[index] = arg
    return [NOTHING] * function.offset + out


def _unknown(run: Interpreter, node: Node, receiver: Value | None, args: Sequence[Value], env: Env) -> Value:
    """Return the result of a call of something that is not in this file: it passes on what it is given."""
    callee = node.kids[0]
    own = receiver.all_taint() if receiver is not None else CLEAN
    added = union(*(arg.all_taint() for arg in args))
    if callee.kind == "attr" and receiver is not None and added and (callee.kids[1].value or "") in methods.MIX_IN:
        _update_receiver(callee.kids[0], receiver.tainted(added), env)
    if added and path_of(callee) in methods.INTO_FIRST and args:
        first = node.kids[1].kids[0]
        _update_receiver(first, args[0].tainted(added), env)
    target = run.functions.elsewhere(callee, receiver) if run.functions is not None else ""
    name = callee.kids[1].value or "" if callee.kind == "attr" else ""
    for i, arg in enumerate(args) if target or name else ():
        run.marks.passes(target or f"{ANY_OWNER}.{name}", i, arg.all_taint())
    if not target and name in methods.GET:
        return plain(_stepped(union(own, *(arg.all_taint() for arg in args[1:])), node))
    if not target:
        return plain(_stepped(union(own, added), node))
    parts = [through(arg.all_taint(), target, i, node) for i, arg in enumerate(args)]
    itself = {Mark(ANY, "call", node.start, (CallRef(target, None),)): Trace(node)}
    return Value(taint=union(through(own, target, -1, node), *parts, itself), type=target)


def _update_receiver(node: Node, value: Value, env: Env) -> None:
    path = path_of(node)
    if path is not None:
        env[path] = value


def created(run: Interpreter, node: Node, env: Env) -> Value:
    """Return a new object."""
    args = [run.expression(kid, env) for kid in node.kids[1].kids] if len(node.kids) > 1 else []
    kind = path_of(node.kids[0]) or ""
    for member in (m for opt in node.opts for m in opt.kids):
        if member.kind == "func":
            run.closure(member, env)
    if not args and kind.rpartition(".")[2].endswith(("List", "Vector", "Stack", "Deque", "Queue")):
        return Value(items={}, ordered=True, type=kind)
    if not args and kind.rpartition(".")[2].endswith(("Map", "Hashtable", "Properties")):
        return Value(items={}, type=kind)
    taint = union(*(arg.all_taint() for arg in args))
    return Value(taint=_stepped(taint, node), type=kind)


def _stepped(taint: Taint, node: Node) -> Taint:
    return (
        {mark: Trace(node, trace) if trace.node is not node else trace for mark, trace in taint.items()}
        if taint
        else CLEAN
    )
