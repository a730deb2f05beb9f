"""Whether a pattern's tree matches a tree of code, and with which bindings."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.pattern import literals
from secloop.stages.test.sast.pattern.env import EMPTY, bound
from secloop.stages.test.sast.pattern.glance import COMPOUND, OPEN, could
from secloop.stages.test.sast.pattern.operators import matches_binary
from secloop.stages.test.sast.pattern.sequences import BLOCKS, flattened, in_any_order, in_order, in_order_stmts
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.stages.test.sast.facts import FileFacts
    from secloop.stages.test.sast.pattern.env import Env, Envs
    from secloop.stages.test.sast.pattern.find import Index

LITERALS = frozenset({"str", "num", "const"})
UNORDERED = frozenset({"dict", "object", "set", "members", "jsxattrs"})
PARTIAL = frozenset({"object", "members", "jsxattrs"})
"""What a pattern may name a part of, without saying so by `...`."""
CLAUSES = frozenset({"catch", "finally_clause", "finally", "else_clause"})
STATEMENT_HOLDERS = frozenset({"block", "members", "func", "class"})


class Matcher:
    """Matches patterns in one file; what names and constants mean there comes from the file's facts."""

    def __init__(self, facts: FileFacts, index: Index | None = None, *, symbolic: bool = False) -> None:
        """Match against that file; `symbolic` lets a name stand for the expression that it was given."""
        self.facts = facts
        self._index = index
        self.symbolic = symbolic
        self._flat: dict[int, tuple[list[Node], list[int]]] = {}
        self._able: dict[tuple[int, int], tuple[Node, list[Node], list[int]]] = {}
        self._parts: dict[int, tuple[list[Node], set[int]]] = {}
        self._expected: dict[int, tuple[list[int], list[Node]]] = {}
        self._holders: dict[int, tuple[Node, frozenset[int]]] = {}
        self._by_kind = {
            "mvar": self._mvar,
            "deep": self._deep,
            "str": self._string,
            "name": self._name,
            "attr": self._attr,
            "args": self._args,
            "block": self._block,
            "func": self._func,
            "binary": self._binary,
            "expr": self._statement,
            "assign": self._assign,
            "import": self._import,
            "decorator": self._decorator,
            "children": self._children,
            "catch": self._catch,
            "decl": self._decl,
            "imports": self._imports,
            "try_statement": self._try,
            "tuple": self._tuple,
            "set": self._set,
            "list": self._list,
        }

    def match(self, p: Node, n: Node, env: Env) -> Envs:
        """Return the environments under which the pattern matches the node; none when it does not."""
        if p.kind == "dots":
            return [env]
        special = self._by_kind.get(p.kind) or self._same_form
        envs = special(p, n, env)
        if not envs and self.symbolic and n.kind == "name" and (p.kind in COMPOUND or (p.kind == "str" and p.kids)):
            source = self.facts.assigned(n)
            return special(p, source, env) if source is not None else []
        return envs

    def flat(self, ns: list[Node]) -> tuple[list[Node], list[int]]:
        """Return the statements of a block with all within them, and where each of the block's begins; kept."""
        found = self._flat.get(id(ns))
        if found is None:
            found = self._flat[id(ns)] = flattened(ns)
        return found

    def able(self, p: Node, ns: list[Node]) -> list[int]:
        """Return the numbers of the statements that a pattern matches when nothing is bound yet; kept."""
        key = (id(p), id(ns))
        found = self._able.get(key)
        if found is None:  # the lists are kept as well, so that their ids stay theirs
            holders = self.holders(p)
            found = self._able[key] = (
                p,
                ns,
                [i for i, n in enumerate(ns) if (holders is None or id(n) in holders) and self.match(p, n, EMPTY)],
            )
        return found[2]

    def holders(self, p: Node) -> frozenset[int] | None:
        """Return the ids of the statements that may match a statement, and of the blocks around; None for any; kept."""
        want = p.kids[0] if p.kind == "expr" and p.kids else p
        if self.symbolic or self._index is None or want.kind in OPEN or want.kind in BLOCKS:
            return None
        found = self._holders.get(id(p))
        if found is None:
            around = self._index.around
            out: set[int] = set()
            for node in self._expectable(want):
                out.add(id(node))
                at = around.get(id(node))
                while at is not None and id(at) not in out:
                    out.add(id(at))
                    at = around.get(id(at)) if p.kind == "expr" and at.kind not in STATEMENT_HOLDERS else None
            found = self._holders[id(p)] = p, frozenset(out)
        return found[1]

    def _expectable(self, want: Node) -> list[Node]:
        """Return the nodes that may match an expression or a statement."""
        nodes = self._index.candidates(want) if self._index is not None else ()
        if want.kind != "assign" or len(want.kids) != 2:
            return list(nodes)
        aliases = self.facts.aliases
        return [n for n in nodes if len(n.kids) != 2 or could(want.kids[1], n.kids[1], aliases, symbolic=False)]

    def _same_form(self, p: Node, n: Node, env: Env) -> Envs:
        if p.kind != n.kind or p.value != n.value:
            if p.kind in LITERALS:
                return self._constant(p, n, env)
            return []
        if p.kind in UNORDERED:
            kids = [*p.kids, Node("dots", 0, 0)] if p.kind in PARTIAL else p.kids
            envs = in_any_order(self, kids, n.kids, env)
        else:
            envs = in_order(self, p.kids, n.kids, env)
        return self._opts(p, n, envs) if p.opts else envs

    def _constant(self, p: Node, n: Node, env: Env) -> Envs:
        """Match a literal with what the code's expression is known to be."""
        value = self.facts.constant(n)
        if value is None:
            return []
        if p.kind == "str":
            return literals.matches_string(p, value, env) if value.kind in {"str", "bytes"} and not p.kids else []
        return [env] if (p.kind, p.value) == (value.kind, value.value) else []

    def _opts(self, p: Node, n: Node, envs: Envs) -> Envs:
        """Every optional part that the pattern names must be there; the code may have more."""
        for want in p.opts:
            if want.kind == "dots" or (want.kids and want.kids[0].kind == "dots"):
                continue
            envs = [
                more
                for env in envs
                for have in n.opts
                if have.kind == want.kind
                for more in self.match(want, have, env)
            ]
        return envs

    # -- marks

    def _mvar(self, p: Node, n: Node, env: Env) -> Envs:
        if p.opts and not self.facts.has_type(n, p.opts[0]):
            return []
        if n.kind == "none":
            return []
        return self.bind(env, p.value or "_", n)

    def bind(self, env: Env, name: str, node: Node) -> Envs:
        """Bind a metavariable, or check that it is bound to the same text, or the same constant, already."""
        envs = bound(env, name, node)
        if envs:
            return envs
        one, other = self.facts.constant(env[name]), self.facts.constant(node)
        return (
            [env]
            if one is not None
            and other is not None
            and one.value is not None
            and (one.kind, one.value) == (other.kind, other.value)
            else []
        )

    def _deep(self, p: Node, n: Node, env: Env) -> Envs:
        if not p.kids:
            return [env]
        return [more for node in n.walk() for more in self.match(p.kids[0], node, env)]

    # -- names and literals

    def _name(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind == "name" and n.value == p.value:
            return [env]
        return [env] if n.kind in {"name", "attr"} and p.value in self.facts.dotted(n) else []

    def _attr(self, p: Node, n: Node, env: Env) -> Envs:
        if p.kids[1].kind == "dots":
            return self._chain(p.kids[0], n, env)
        if n.kind == "attr":
            envs = in_order(self, p.kids, n.kids, env)
            if envs:
                return envs
        path = path_of(p)
        if path is not None:
            return [env] if n.kind in {"name", "attr"} and path in self.facts.dotted(n) else []
        if n.kind == "name":
            for dotted in self.facts.dotted(n):
                envs = self._against_path(p, dotted.split("."), n, env)
                if envs:
                    return envs
        return []

    def _against_path(self, p: Node, path: list[str], n: Node, env: Env) -> Envs:
        """Match `a.$X` with a name that an import made out of `a.b`."""
        if p.kind != "attr":
            if (len(path) != 1 and p.kind != "mvar") or p.opts:
                return []
            whole = Node("name", n.start, n.end, None, ".".join(path))
            return bound(env, p.value or "_", whole) if p.kind == "mvar" else [env] if p.value == path[0] else []
        if len(path) < 2:
            return []
        last = Node("name", n.start, n.end, None, path[-1])
        return [
            more
            for one in self.match(p.kids[1], last, env)
            for more in self._against_path(p.kids[0], path[:-1], n, one)
        ]

    def _chain(self, p: Node, n: Node, env: Env) -> Envs:
        """Match the receiver before `. ... .` with any receiver further down the chain."""
        at: Node | None = n
        out: Envs = []
        while at is not None:
            out += self.match(p, at, env)
            at = at.kids[0] if at.kind in {"attr", "call", "index"} and at.kids else None
        return out

    def _string(self, p: Node, n: Node, env: Env) -> Envs:
        if p.kids:
            if n.kind != "str" or not n.kids:
                return []
            return in_order(self, literals.text_parts(p), literals.parts_of(n), env)
        if n.kind in {"str", "bytes"} and not n.kids:
            return literals.matches_string(p, n, env)
        return self._constant(p, n, env)

    # -- forms with a meaning of their own

    def _args(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind != "args":
            return []
        named = [kid for kid in p.kids if kid.kind == "kwarg" and kid.kids[0].kind == "name"]
        if not named:
            return in_order(self, p.kids, n.kids, env)
        rest = [kid for kid in n.kids if kid.kind == "kwarg"]
        dots = any(kid.kind in {"dots", "mvars"} for kid in p.kids)
        if not dots and len(rest) > sum(kid.kind == "kwarg" for kid in p.kids):
            return []
        envs = in_any_order(self, [*named, *([Node("dots", 0, 0)])], rest, env)
        taken = {kid.kids[0].value for kid in named}
        others = [kid for kid in n.kids if not (kid.kind == "kwarg" and kid.kids[0].value in taken)]
        given = [kid for kid in p.kids if kid not in named]
        return [more for one in envs for more in in_order(self, given, others, one)]

    def _block(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind not in {"block", "members"}:
            return []
        if len(p.kids) == 1 and len(n.kids) > 1 and p.kids[0].kind == "expr" and p.kids[0].kids[0].kind == "mvar":
            return self.bind(env, p.kids[0].kids[0].value or "_", n)
        return [env for env, _ in in_order_stmts(self, p.kids, n.kids, env, whole=True)]

    def _try(self, p: Node, n: Node, env: Env) -> Envs:
        """Match `try`: its handlers in any order, and the code may have more of them."""
        if n.kind != p.kind:
            return []
        own = [kid for kid in p.kids if kid.kind not in CLAUSES]
        envs = in_order(self, own, [kid for kid in n.kids if kid.kind not in CLAUSES], env)
        dots = Node("dots", 0, 0)
        clauses = [kid for kid in p.kids if kid.kind in CLAUSES]
        return [
            more
            for one in envs
            for more in in_any_order(self, [*clauses, dots], [kid for kid in n.kids if kid.kind in CLAUSES], one)
        ]

    def _tuple(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind != "tuple" and any(kid.kind == "dots" for kid in p.kids):
            return in_order(self, p.kids, [n], env)
        return self._same_form(p, n, env)

    def _decorator(self, p: Node, n: Node, env: Env) -> Envs:
        """Match a decorator; a bare metavariable takes one without arguments."""
        if n.kind != "decorator" or not p.kids or not n.kids:
            return []
        want, have = p.kids[0], n.kids[0]
        if want.kind == "mvar" and have.kind == "call":
            return [] if have.kids[1].kids else self.match(want, have.kids[0], env)
        return self.match(want, have, env)

    def _children(self, p: Node, n: Node, env: Env) -> Envs:
        return [env] if not p.kids else self._same_form(p, n, env)

    def _catch(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind == "catch" and n.kids and n.kids[0].kind == "none":
            return in_order(self, p.kids[1:], n.kids[1:], env)
        return self._same_form(p, n, env)

    def _decl(self, p: Node, n: Node, env: Env) -> Envs:
        return [env] if n.kind == "decl" and p.value in {"var", n.value} else []

    def _set(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind == "dict" and all(kid.kind == "dots" for kid in p.kids):
            return [env]
        return self._same_form(p, n, env)

    def _list(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind in {"list_comprehension", "object"} and all(kid.kind == "dots" for kid in p.kids):
            return [env]
        return self._same_form(p, n, env)

    def _imports(self, p: Node, n: Node, env: Env) -> Envs:
        """Match a statement that imports several names: the code's may import more, in the same order."""
        return in_any_order(self, [*p.kids, Node("dots", 0, 0)], self.facts.imported(n), env)

    def _func(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind != "func":
            return []
        name, params, body = p.kids
        if name.kind == "none" and n.kids[0].kind != "none":
            return []
        envs = [env] if name.kind == "none" else self.match(name, n.kids[0], env)
        envs = [more for one in envs for more in self.match(params, n.kids[1], one)]
        if body.kind != "none":
            envs = [more for one in envs for more in self.match(body, n.kids[2], one)]
        return self._opts(p, n, envs)

    def _binary(self, p: Node, n: Node, env: Env) -> Envs:
        return matches_binary(self, p, n, env)

    def _assign(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind != "assign" or (p.value != n.value and not (p.value == "=" and n.value == ":=")):
            return []
        if len(p.kids) == len(n.kids) == 2 and not could(
            p.kids[1], n.kids[1], self.facts.aliases, symbolic=self.symbolic
        ):
            return []
        return self._opts(p, n, in_order(self, p.kids, n.kids, env))

    def _statement(self, p: Node, n: Node, env: Env) -> Envs:
        """Match a statement that is an expression: with such a statement, or deep within another simple one."""
        want = p.kids[0] if p.kids else p
        if want.kind in {"mvar", "dots"}:
            return self.match(want, n.kids[0] if n.kind == "expr" and len(n.kids) == 1 else n, env)
        if n.kind == "expr" and n.kids and could(want, n.kids[0], self.facts.aliases, symbolic=self.symbolic):
            envs = self.match(want, n.kids[0], env)
            if envs:
                return envs
        return [more for node in self._within(want, n) for more in self.match(want, node, env)]

    def _within(self, want: Node, n: Node) -> Iterable[Node]:
        """Return the expressions of a statement that may match."""
        if self.symbolic or self._index is None or want.kind in OPEN:
            aliases = self.facts.aliases
            return (node for node in self._parts_of(n)[0] if could(want, node, aliases, symbolic=self.symbolic))
        expected = self._expected.get(id(want))
        if expected is None:
            nodes = sorted(self._expectable(want), key=lambda node: node.start)
            expected = self._expected[id(want)] = [node.start for node in nodes], nodes
        starts, nodes = expected
        near = nodes[bisect_left(starts, n.start) : bisect_left(starts, n.end)]
        if not near:
            return ()
        own = self._parts_of(n)[1]
        return (node for node in near if id(node) in own)

    def _parts_of(self, n: Node) -> tuple[list[Node], set[int]]:
        """Return the expressions of a statement, and their ids; kept."""
        found = self._parts.get(id(n))
        if found is None:
            nodes = expressions_of(n)
            found = self._parts[id(n)] = nodes, set(map(id, nodes))
        return found

    def _import(self, p: Node, n: Node, env: Env) -> Envs:
        if n.kind in {"imports", "assign"}:
            return [more for kid in self.facts.imported(n) for more in self._import(p, kid, env)]
        if n.kind != "import" or (p.value not in {None, "side", n.value}):
            return []
        module, name, local = p.kids
        for have_module, have_name in self.facts.imports(n):
            envs = self._same_module(module, have_module, env)
            if p.value != "side" and (name.kind != "none" or have_name.kind != "none"):
                envs = [more for one in envs for more in self.match(name, have_name, one)]
            if local.kind != "none":
                envs = [more for one in envs for more in self._local(local, n, one)]
            if envs:
                return envs
        return []

    def _same_module(self, p: Node, n: Node, env: Env) -> Envs:
        if p.kind == n.kind == "str" and p.value and n.value and n.value.startswith(f"{p.value}/"):
            return [env]
        return self.match(p, n, env) if p.kind != "attr" or n.kind == "attr" else []

    def _local(self, p: Node, n: Node, env: Env) -> Envs:
        local = n.kids[2] if n.kids[2].kind != "none" else n.kids[1] if n.kids[1].kind != "none" else n.kids[0]
        return self.match(p, local, env)


def expressions_of(n: Node) -> list[Node]:
    """Return the expressions of a statement that are not within a nested statement."""
    out: list[Node] = []
    stack = [n]
    while stack:
        node = stack.pop()
        for kid in node.kids:
            if kid.kind not in STATEMENT_HOLDERS:
                out.append(kid)
                stack.append(kid)
    return out
