"""Sequences: arguments and parts in order, members in any order, statements with gaps."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from secloop.stages.test.sast.pattern.env import bound
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.test.sast.pattern.env import Env, Envs
    from secloop.stages.test.sast.pattern.match import Matcher

MARKS = frozenset({"dots", "mvars"})
MOST = 64
"""Ways one sequence may match before no more are looked for."""


def in_order(matcher: Matcher, ps: Sequence[Node], ns: Sequence[Node], env: Env) -> Envs:
    """Match parts in order; `...` and `$...X` take any number of them."""
    for p in ps:
        if p.kind in MARKS:
            return _gapped(matcher, ps, ns, env, 0, 0)
    if len(ps) != len(ns):
        return []
    match = matcher.match
    envs: Envs = [env]
    for p, n in zip(ps, ns, strict=True):
        envs = match(p, n, envs[0]) if len(envs) == 1 else [more for one in envs for more in match(p, n, one)]
        if not envs:
            return []
    return envs


def _gapped(matcher: Matcher, ps: Sequence[Node], ns: Sequence[Node], env: Env, i: int, j: int) -> Envs:
    while i < len(ps) and ps[i].kind not in MARKS:
        if j == len(ns):
            return []
        envs = matcher.match(ps[i], ns[j], env)
        if not envs:
            return []
        if len(envs) > 1:
            return [more for one in envs for more in _gapped(matcher, ps, ns, one, i + 1, j + 1)][:MOST]
        env = envs[0]
        i, j = i + 1, j + 1
    if i == len(ps):
        return [env] if j == len(ns) else []
    out: Envs = []
    fixed = sum(p.kind not in MARKS for p in ps[i + 1 :])
    for taken in range(len(ns) - fixed - j + 1) if i + 1 < len(ps) else [len(ns) - j]:
        for one in _taken(ps[i], ns[j : j + taken], env):
            out += _gapped(matcher, ps, ns, one, i + 1, j + taken)
        if len(out) >= MOST:
            break
    return out


def _taken(p: Node, ns: Sequence[Node], env: Env) -> Envs:
    if p.kind == "dots":
        return [env]
    start, end = (ns[0].start, ns[-1].end) if ns else (p.start, p.start)
    return bound(env, f"...{p.value}", Node("seq", start, end, list(ns)))


def in_any_order(matcher: Matcher, ps: Sequence[Node], ns: Sequence[Node], env: Env) -> Envs:
    """Match each part with another one of the code, in any order; without `...` none may be left over."""
    wanted = [p for p in ps if p.kind not in MARKS]
    if len(wanted) == len(ps) and len(wanted) != len(ns):
        return []
    return _assigned(matcher, wanted, ns, env, frozenset(), [p for p in ps if p.kind == "mvars"])


def _assigned(
    matcher: Matcher, ps: Sequence[Node], ns: Sequence[Node], env: Env, used: frozenset[int], rest: Sequence[Node]
) -> Envs:
    if not ps:
        left = [n for i, n in enumerate(ns) if i not in used]
        return _taken(rest[0], left, env) if rest else [env]
    out: Envs = []
    for i, n in enumerate(ns):
        if i in used:
            continue
        for one in matcher.match(ps[0], n, env):
            out += _assigned(matcher, ps[1:], ns, one, used | {i}, rest)
        if len(out) >= MOST:
            break
    return out


def in_order_stmts(
    matcher: Matcher, ps: Sequence[Node], ns: list[Node], env: Env, *, whole: bool, start: int = 0
) -> list[tuple[Env, Node | None]]:
    """Match statements in order, from the one numbered `start` on.

    Returns each environment with the last statement that took part. `ns` is a list of the tree itself: what is found
    out about it is kept. `...` takes any number of statements, and what follows it may also stand within a nested
    block. With `whole` nothing may be left over at the end, unless there is a `...`.
    """
    gaps = any(p.kind in MARKS for p in ps)
    found = _stmts(matcher, ps, ns, env, start, whole=whole and not gaps)
    if found or not gaps:
        return found
    flat, offsets = matcher.flat(ns)
    return _stmts(matcher, ps, flat, env, offsets[start], whole=False) if len(flat) > len(ns) else []


def starts(matcher: Matcher, ps: Sequence[Node], ns: list[Node]) -> Sequence[int]:
    """Return the numbers of the statements with which a sequence may begin."""
    if ps[0].kind in MARKS:
        return range(len(ns))
    able = matcher.able(ps[0], ns)
    blocks = [i for i, n in enumerate(ns) if n.kind in BLOCKS]
    return sorted({*able, *blocks}) if blocks else able


def _stmts(
    matcher: Matcher, ps: Sequence[Node], ns: list[Node], env: Env, start: int, *, whole: bool
) -> list[tuple[Env, Node | None]]:
    out: list[tuple[Env, Node | None]] = []
    stack: list[tuple[int, int, Env, Node | None]] = [(0, start, env, None)]
    while stack and len(out) < MOST:
        i, j, env, last = stack.pop()
        if i == len(ps):
            if not whole or j == len(ns):
                out.append((env, last))
            continue
        if ps[i].kind in MARKS:
            stack.extend(reversed(_skips(matcher, ps, i, ns, j, env, last)))
        elif j < len(ns):
            stack.extend((i + 1, j + 1, more, ns[j]) for more in reversed(matcher.match(ps[i], ns[j], env)))
    return out


def _skips(
    matcher: Matcher, ps: Sequence[Node], i: int, ns: list[Node], j: int, env: Env, last: Node | None
) -> list[tuple[int, int, Env, Node | None]]:
    if i + 1 == len(ps):
        end = ns[-1] if len(ns) > j else last
        return [(i + 1, len(ns), one, end) for one in _taken(ps[i], ns[j:], env)]
    if ps[i].kind == "dots" and ps[i + 1].kind not in MARKS:
        able = matcher.able(ps[i + 1], ns)
        return [(i + 1, at, env, last) for at in able[bisect_left(able, j) :]]
    return [(i + 1, at, one, last) for at in range(j, len(ns) + 1) for one in _taken(ps[i], ns[j:at], env)]


BLOCKS = frozenset({"block", "members"})


def flattened(ns: Sequence[Node]) -> tuple[list[Node], list[int]]:
    """Return statements and all statements within them, in the order of the text, and where each of `ns` begins."""
    out: list[Node] = []
    offsets: list[int] = []
    for n in ns:
        offsets.append(len(out))
        stack = [n]
        while stack:
            node = stack.pop()
            if node.kind in BLOCKS:
                stack.extend(reversed(node.kids))
                continue
            out.append(node)
            if node.kids:
                stack.extend(reversed(_nested(node)))
    return out, [*offsets, len(out)]


def _nested(node: Node) -> list[Node]:
    """Return the statements directly within a statement's blocks."""
    out: list[Node] = []
    stack = node.kids[::-1]
    while stack:
        kid = stack.pop()
        if kid.kind in BLOCKS:
            out += kid.kids
        elif kid.kids:
            stack.extend(reversed(kid.kids))
    return out
