"""What names and expressions are known to be, statement by statement.

Walks each function with an environment of literals. Where branches meet, a literal stays when all of them agree;
strings that differ leave "some constant string". What a loop or a `try` assigns is unknown around it. A name captured
by an inner function is known there only when the file gives it a value once.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Known = dict[str, Node]

SWITCHES = ("switch", "match_statement", "expression_switch", "type_switch", "select")
LOOPS = frozenset({"for_statement", "while_statement", "for_in_statement", "enhanced_for_statement", "do_statement"})
ENDS = frozenset({"return", "throw", "continue_statement", "break_statement"})
NESTED = frozenset({"func", "class"})
DEEPEST = 150
LONGEST = 10_000
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def some_string(node: Node) -> Node:
    """Return the mark of a constant string that is not known."""
    return Node("str", node.start, node.end)


def is_literal(node: Node) -> bool:
    """Say whether a node is a plain literal, or the mark of an unknown constant string."""
    return node.kind in {"num", "const", "regex"} or (node.kind == "str" and not node.kids)


class Constants:
    """Known values of one file, by the node that is read."""

    def __init__(self, root: Node) -> None:
        """Walk the file."""
        self.known: dict[int, Node] = {}
        self._once = _given_once(root)
        self._block(root.kids, {}, 0)

    # -- statements

    def _block(self, stmts: Iterable[Node], env: Known, depth: int) -> bool:
        """Walk statements in order; returns whether the end can be reached."""
        return all(self._statement(stmt, env, depth) for stmt in stmts)

    def _statement(self, stmt: Node, env: Known, depth: int) -> bool:
        kind = stmt.kind
        if depth > DEEPEST:
            _forget(env, stmt)
        elif kind in NESTED:
            self._nested(stmt, depth)
            env.pop(stmt.kids[0].value or "", None)
        elif (handler := self._handler(kind)) is not None:
            return handler(stmt, env, depth)
        else:
            self._expressions(stmt, env, depth)
            return kind not in ENDS
        return True

    def _handler(self, kind: str) -> Callable[[Node, Known, int], bool] | None:
        if kind == "if":
            return self._if
        if kind in {"block", "members", "with", "labeled_statement"}:
            return self._parts
        if kind in LOOPS:
            return self._loop
        if kind.startswith("try"):
            return self._try
        return self._switch if kind.startswith(SWITCHES) else None

    def _parts(self, stmt: Node, env: Known, depth: int) -> bool:
        alive = True
        for kid in stmt.kids:
            alive = (
                self._block(kid.kids, env, depth + 1)
                if kid.kind == "block"
                else self._statement(kid, env, depth + 1) and alive
            )
        return alive

    def _if(self, stmt: Node, env: Known, depth: int) -> bool:
        self._expressions(stmt.kids[0], env, depth)
        then, other = dict(env), dict(env)
        alive = self._statement(stmt.kids[1], then, depth + 1)
        alive_other = self._statement(stmt.kids[2], other, depth + 1) if len(stmt.kids) > 2 else True
        _meet(env, [e for e, a in ((then, alive), (other, alive_other)) if a])
        return alive or alive_other

    def _loop(self, stmt: Node, env: Known, depth: int) -> bool:
        _forget(env, stmt)
        inside = dict(env)
        for kid in stmt.kids:
            self._statement(kid, inside, depth + 1)
        return True

    def _try(self, stmt: Node, env: Known, depth: int) -> bool:
        before = dict(env)
        bodies = [kid for kid in stmt.kids if kid.kind not in {"catch", "finally_clause", "finally"}]
        alive = True
        for kid in bodies:
            alive = self._statement(kid, env, depth + 1) and alive
        ends = [dict(env)] if alive else []
        for kid in bodies:
            _forget(before, kid)
        for kid in stmt.kids:
            if kid.kind == "catch":
                own = dict(before)
                if self._parts(kid, own, depth + 1):
                    ends.append(own)
        _meet(env, ends)
        for kid in stmt.kids:
            if kid.kind in {"finally_clause", "finally"}:
                self._parts(kid, env, depth + 1)
        return bool(ends)

    def _switch(self, stmt: Node, env: Known, depth: int) -> bool:
        before = dict(env)
        _forget(env, stmt)
        for kid in stmt.kids:
            self._statement(kid, dict(before), depth + 1)
        return True

    def _nested(self, stmt: Node, depth: int) -> None:
        inner = dict(self._once)
        if stmt.kind == "class":
            self._block(stmt.kids[1].kids if len(stmt.kids) > 1 else [], inner, depth + 1)
            return
        _forget(inner, stmt)
        for kid in stmt.kids[1:2]:
            for node in kid.walk():
                if node.kind == "name":
                    inner.pop(node.value or "", None)
        for kid in [*stmt.opts, *stmt.kids[2:]]:
            self._statement(kid, inner, depth + 1)

    # -- expressions

    def _expressions(self, stmt: Node, env: Known, depth: int) -> None:
        """Note what is read, then apply what is assigned."""
        inner: list[Node] = []
        assigned: list[Node] = []
        stack = [stmt]
        while stack:
            node = stack.pop()
            if node.kind in NESTED or node.kind == "block":
                inner.append(node)
                continue
            if node.kind in {"assign", "vardef", "update_expression", "inc_statement", "dec_statement"}:
                assigned.append(node)
                stack.extend(
                    reversed(
                        node.kids[1:] if node.value in {"=", ":=", None} and node.kids[0].kind == "name" else node.kids
                    )
                )
                continue
            if node.kind in {"name", "attr"}:
                self._read(node, env)
            stack.extend(reversed(node.kids))
        for node in reversed(assigned):
            self._assigned(node, env)
        for node in inner:
            self._statement(node, dict(env), depth + 1) if node.kind == "block" else self._nested(node, depth + 1)

    def _read(self, node: Node, env: Known) -> None:
        value = env.get(node.value or "") if node.kind == "name" else env.get(path_of(node) or "")
        if value is not None:
            self.known[id(node)] = value

    def _assigned(self, node: Node, env: Known) -> None:
        target = node.kids[0]
        name = path_of(target)
        if name is None:
            _forget(env, node)
            return
        value = None
        if node.kind == "assign" and len(node.kids) == 2:
            value = self.value(node.kids[1])
            if value is not None and node.value not in {"=", ":="}:
                before = env.get(name)
                value = _computed((node.value or "")[:-1], before, value, node) if before is not None else None
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value

    def value(self, node: Node, depth: int = 12) -> Node | None:
        """Return the literal that an expression is known to be; None when it is not known."""
        if is_literal(node):
            return node
        found = self.known.get(id(node))
        return found if found is not None or depth == 0 else self._compound(node, depth)

    def _compound(self, node: Node, depth: int) -> Node | None:
        if node.kind == "str":
            return self._interpolated(node, depth)
        if node.kind == "binary" and len(node.kids) == 2:
            left, right = (self.value(kid, depth - 1) for kid in node.kids)
            return _computed(node.value or "", left, right, node)
        if node.kind == "ternary" and len(node.kids) == 3:
            return _either(node, *(self.value(kid, depth - 1) for kid in node.kids[1:]))
        if node.kind == "unary" and node.value == "-" and len(node.kids) == 1:
            inner = self.value(node.kids[0], depth - 1)
            number = inner is not None and inner.kind == "num"
            return Node("num", node.start, node.end, None, f"-{inner.value}") if number and inner is not None else None
        return None

    def _interpolated(self, node: Node, depth: int) -> Node | None:
        parts: list[str] = []
        for kid in node.kids:
            value = kid if kid.kind == "text" else self.value(kid.kids[0], depth - 1) if kid.kids else None
            if value is None:
                return None
            if value.value is None or value.kind not in {"text", "str"}:
                return some_string(node) if value.kind == "str" else None
            parts.append(value.value)
        return Node("str", node.start, node.end, None, "".join(parts))


def path_of(node: Node) -> str | None:
    """Return `a.b.c` for a chain of plain names, else None."""
    names: list[str] = []
    while node.kind == "attr":
        if node.kids[1].kind != "name":
            return None
        names.append(node.kids[1].value or "")
        node = node.kids[0]
    if node.kind not in {"name", "this"} or not node.value:
        return None
    return ".".join([node.value, *reversed(names)]) if names else node.value


def _either(node: Node, one: Node | None, other: Node | None) -> Node | None:
    if one is None or other is None or one.kind != other.kind:
        return None
    if one.value == other.value:
        return one
    return some_string(node) if one.kind == "str" else None


def _computed(sign: str, left: Node | None, right: Node | None, node: Node) -> Node | None:
    kinds = {side.kind for side in (left, right) if side is not None}
    if left is None or right is None:
        return some_string(node) if sign == "*" and kinds == {"str"} else None
    if left.kind == right.kind == "num" and sign in _ARITHMETIC:
        try:
            return Node(
                "num", node.start, node.end, None, str(_ARITHMETIC[sign](int(left.value or ""), int(right.value or "")))
            )
        except ValueError:
            return None
    if "str" in kinds and sign in {"+", "."} and kinds <= {"str", "num", "const"}:
        if left.value is None or right.value is None or len(left.value) + len(right.value) > LONGEST:
            return some_string(node)
        return Node("str", node.start, node.end, None, left.value + right.value)
    return some_string(node) if sign == "*" and "str" in kinds else None


def _meet(env: Known, ends: list[Known]) -> None:
    """Keep what all ways that lead on agree about."""
    if not ends:
        return
    env.clear()
    for name, value in ends[0].items():
        others = [end.get(name) for end in ends[1:]]
        if all(o is not None and o.kind == value.kind and o.value == value.value for o in others):
            env[name] = value
        elif value.kind == "str" and all(o is not None and o.kind == "str" for o in others):
            env[name] = some_string(value)


def _forget(env: Known, stmt: Node) -> None:
    """Drop what a statement may assign."""
    for name in assigned_in(stmt):
        env.pop(name, None)


def assigned_in(root: Node) -> Iterator[str]:
    """Yield the names and paths that a statement may give a value to."""
    for node in root.walk():
        kind = node.kind
        if (
            kind in {"assign", "vardef", "param", "as", "update_expression", "inc_statement", "dec_statement"}
            or kind in LOOPS
        ):
            targets = node.kids[1:2] if kind == "as" else node.kids[:1]
            for target in targets:
                path = path_of(target)
                if path is not None:
                    yield path
                    continue
                for part in target.walk():
                    if part.kind == "name" and part.value:
                        yield part.value


def _given_once(root: Node) -> Known:
    """Return the names that the whole file gives a value once, a literal."""
    times: dict[str, int] = {}
    values: Known = {}
    for name in assigned_in(root):
        times[name] = times.get(name, 0) + 1
    for node in root.walk():
        if node.kind == "assign" and node.value in {"=", ":="} and len(node.kids) == 2:
            path, value = path_of(node.kids[0]), _folded(node.kids[1])
            if path is not None and value is not None and times.get(path) == 1:
                values[path] = value
    return values


def _folded(node: Node, depth: int = 12) -> Node | None:
    """Return a literal, or what literals that are added make."""
    if is_literal(node):
        return node
    if node.kind != "binary" or node.value != "+" or len(node.kids) != 2 or depth == 0:
        return None
    left, right = (_folded(kid, depth - 1) for kid in node.kids)
    return _computed("+", left, right, node) if left is not None and right is not None else None
