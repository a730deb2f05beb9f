"""Statements: each handler returns whether the statement's end can be reached."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.flow.expressions import value_again
from secloop.stages.test.sast.flow.value import (
    NOTHING,
    UNKNOWN,
    Value,
    join_envs,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.stages.test.sast.flow.interpret import Interpreter
    from secloop.stages.test.sast.flow.value import Env
    from secloop.stages.test.sast.tree import Node


NEVER_RETURN = frozenset(
    {
        *("abort", "flask.abort", "exit", "quit", "sys.exit", "os._exit"),
        *("panic", "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"),
        *("process.exit", "System.exit"),
    }
)
"""How functions that end the request or the program are called; a method of some object with such a name does not."""
FALLING = frozenset({"switch_statement", "switch_expression"})
"""Switches whose cases run on into the next one."""
_CASES = frozenset({"case", "default", "case_clause"})
SWITCHES = frozenset(
    {
        "switch_statement",
        "switch_expression",
        "expression_switch_statement",
        "type_switch_statement",
        "match_statement",
        "select_statement",
    }
)


def block(run: Interpreter, node: Node, env: Env) -> bool:
    """Run a block's statements in order."""
    return all(run.statement(stmt, env) for stmt in node.kids)


def expression_statement(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run an expression."""
    with run.marks.sink(stmt) as sink:
        for kid in stmt.kids:
            sink.reached(run.expression(kid, env))
    return not (len(stmt.kids) == 1 and stmt.kids[0].kind == "call" and path_of(stmt.kids[0].kids[0]) in NEVER_RETURN)


def returned(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run `return`."""
    with run.marks.sink(stmt) as sink:
        values = [run.expression(kid, env) for kid in stmt.kids]
        for value in values:
            sink.reached(value)
    run.returned.append(values[0] if values else NOTHING)
    return False


def branch(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run `if`; a condition that is known takes one way alone."""
    for opt in stmt.opts:
        for init in opt.kids:
            run.statement(init, env)
    test = run.expression(stmt.kids[0], env)
    if test.known:
        if test.const:
            return run.statement(stmt.kids[1], env)
        return run.statement(stmt.kids[2], env) if len(stmt.kids) > 2 else True
    run.marks.checks(stmt.kids[0], env, lambda node: value_again(run, node, env))
    then, other = dict(env), dict(env)
    run.marks.guard(stmt.kids[0], then, holds=True)
    run.marks.guard(stmt.kids[0], other, holds=False)
    alive = run.statement(stmt.kids[1], then)
    alive_other = run.statement(stmt.kids[2], other) if len(stmt.kids) > 2 else True
    ends = [e for e, a in ((then, alive), (other, alive_other)) if a]
    if ends:
        _become(env, join_envs(ends))
    return bool(ends)


def for_each(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run a loop over items."""
    target, source = stmt.kids[0], stmt.kids[1]
    item = plain(run.expression(source, env).all_taint())

    def body(inner: Env) -> None:
        run.assign(target, item.tainted(run.marks.source_taint(target)), inner)
        for kid in stmt.kids[2:]:
            run.statement(kid, inner)

    _repeat(run, env, body)
    return True


def loop(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run a loop."""

    def body(inner: Env) -> None:
        for kid in stmt.kids:
            if kid.kind in STATEMENTS:
                run.statement(kid, inner)
            else:
                run.expression(kid, inner)

    _repeat(run, env, body)
    return True


def tried(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run `try`: a handler begins with what held before or after the body."""
    before = dict(env)
    handlers = [kid for kid in stmt.kids if kid.kind == "catch"]
    last = [kid for kid in stmt.kids if kid.kind in {"finally_clause", "finally"}]
    bodies = [kid for kid in stmt.kids if kid not in handlers and kid not in last]
    alive = True
    for kid in bodies:
        alive = run.statement(kid, env) and alive
    ends = [dict(env)] if alive else []
    middle = join_envs([before, env])
    for handler in handlers:
        own = dict(middle)
        if _catch(run, handler, own):
            ends.append(own)
    _become(env, join_envs(ends) if ends else middle)
    for clause in last:
        for part in clause.kids:
            run.statement(part, env)
    return bool(ends)


def _become(env: Env, other: Env) -> None:
    """Let an environment hold what another one holds."""
    env.clear()
    env.update(other)


def _catch(run: Interpreter, stmt: Node, env: Env) -> bool:
    alive = True
    for kid in stmt.kids:
        if kid.kind == "block":
            alive = run.statement(kid, env)
    return alive


def with_block(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run `with`."""
    alive = True
    for kid in stmt.kids:
        if kid.kind == "as" and len(kid.kids) == 2:
            run.assign(kid.kids[1], run.expression(kid.kids[0], env), env)
        elif kid.kind == "block":
            alive = run.statement(kid, env)
        else:
            run.expression(kid, env)
    return alive


def function_statement(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run a function where it is written."""
    name = stmt.kids[0].value
    run.closure(stmt, env)
    if name:
        env.pop(name, None)
    return True


def class_statement(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run what a class says outside of its methods."""
    inner = dict(env)
    for member in stmt.kids[1].kids if len(stmt.kids) > 1 else []:
        if member.kind not in {"func", "class"}:
            run.statement(member, inner)
    return True


def switch(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run a switch; a subject that is known runs its own cases alone."""
    subject = run.expression(stmt.kids[0], env) if stmt.kids else NOTHING
    cases = [
        node
        for kid in stmt.kids[1:]
        for node in (kid.kids if kid.kind in {"members", "block"} else [kid])
        if node.kind in _CASES
    ]
    falls = stmt.kind in FALLING
    run.exits.append([])
    ends: list[Env] = []
    if subject.known:
        _run_chosen(run, _chosen(run, cases, subject, env), env, ends, falls=falls)
    else:
        ends.append(dict(env))
        before: Env | None = None
        for case in cases:
            flow = join_envs([dict(env), before]) if before is not None else dict(env)
            alive = _case(run, case, flow)
            before = flow if alive and falls else None
            if alive:
                ends.append(flow)
    ends += run.exits.pop()
    if ends:
        _become(env, join_envs(ends))
    return bool(ends)


def _run_chosen(run: Interpreter, cases: list[Node], env: Env, ends: list[Env], *, falls: bool) -> None:
    """Run the cases of a known subject: the first, and those it falls through to."""
    flow = dict(env)
    for case in cases:
        if not _case(run, case, flow):
            return
        if not falls:
            break
    ends.append(flow)


def _case(run: Interpreter, case: Node, env: Env) -> bool:
    return run.statement(case.kids[-1], env) if case.kids and case.kids[-1].kind == "block" else True


def leave(run: Interpreter, _stmt: Node, env: Env) -> bool:
    """Run `break` or `continue`: what holds here holds where the loop or the switch ends."""
    if run.exits:
        run.exits[-1].append(dict(env))
    return False


def _chosen(run: Interpreter, cases: list[Node], subject: Value, env: Env) -> list[Node]:
    """Return the cases that run for a subject that is known: from the one that fits on, until one breaks."""
    start = None
    for i, case in enumerate(cases):
        values = [run.expression(value, env) for value in case.kids[:-1] if value.kind != "if_clause"]
        if any(value.known and value.const == subject.const for value in values):
            start = i
            break
        if any(not value.known for value in values):
            return cases
    if start is None:
        start = next(
            (
                i
                for i, case in enumerate(cases)
                if case.kind == "default"
                or (case.kids and case.kids[0].kind in {"_", "wildcard"})
                or len(case.kids) == 1
            ),
            None,
        )
        if start is None:
            return []
    return cases[start:]


def _repeat(run: Interpreter, env: Env, body: Callable[[Env], object]) -> None:
    """Run a loop's body twice: what the first turn leaves behind, the second may use."""
    for turn in range(2):
        inner = dict(env)
        if turn:
            inner = {name: replace(value, const=UNKNOWN) if value.known else value for name, value in env.items()}
        run.exits.append([])
        body(inner)
        _become(env, join_envs([env, inner, *run.exits.pop()]))


def other(run: Interpreter, stmt: Node, env: Env) -> bool:
    """Run a statement without a form of its own: its parts in order."""
    with run.marks.sink(stmt) as sink:
        for kid in stmt.kids:
            if kid.kind in STATEMENTS:
                run.statement(kid, env)
            else:
                value = run.expression(kid, env)
                sink.reached(value)
    return stmt.kind != "throw"


STATEMENTS: dict[str, Callable[[Interpreter, Node, Env], bool]] = {
    "expr": expression_statement,
    "return": returned,
    "if": branch,
    "for_in_statement": for_each,
    "for_statement": loop,
    "while_statement": loop,
    "do_statement": loop,
    "try_statement": tried,
    "break_statement": leave,
    "continue_statement": leave,
    "catch": _catch,
    "with": with_block,
    "func": function_statement,
    "class": class_statement,
    "block": block,
    **dict.fromkeys(SWITCHES, switch),
}
