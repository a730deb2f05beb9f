"""How JavaScript names parts of modules without `import`: `require("m").a`, `promisify(m.a)`, `const { a } = m`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRAPPERS = frozenset({"promisify", "promisifyAll", "__importStar", "__importDefault", "_interopRequireDefault"})
"""Functions that return what they are given in another dress."""


_ENDING = re.compile(r"(?<=[\w\-])\.[cm]?[jt]sx?$")


def module_named(name: str) -> str:
    """Return a module's name without what says nothing: `node:` before it, the ending of a file of the project."""
    return _ENDING.sub("", name) if name.startswith(".") else name.removeprefix("node:")


_CAPITAL = re.compile(rb"(?<=[a-z0-9])[A-Z]")
_DASH = re.compile(r"-(\w)")


def names_of(target: str) -> list[str]:
    """Return the names by which patterns know a part of a package.

    What lies deep in a package is known by its last step (`html/template`) and by dots (`fs/promises`) as well, and
    a name with dashes, which no pattern can hold, without them: `shell-quote` is `shellQuote`.
    """
    names = [target]
    if target.startswith((".", "/")):
        return names
    if "/" in target:
        names += [target.rpartition("/")[2], target.replace("/", ".")]
    return names + [_DASH.sub(lambda found: found[1].upper(), name) for name in names if "-" in name]


@lru_cache(maxsize=4096)
def dashed(word: bytes) -> bytes:
    """Return how a package that patterns know by a name without dashes is written: `shell-quote` for `shellQuote`."""
    return _CAPITAL.sub(lambda found: b"-" + found[0].lower(), word)


def required(node: Node) -> tuple[Node, list[str]] | None:
    """Return the module that `require("m")` names, and the names after it in `require("m").a.b`."""
    names: list[str] = []
    while node.kind == "attr" and node.kids[1].kind == "name":
        names.append(node.kids[1].value or "")
        node = node.kids[0]
    if node.kind != "call" or len(node.kids[1].kids) != 1:
        return None
    callee, given = node.kids[0], node.kids[1].kids[0]
    if callee.kind == "name" and callee.value == "require":
        return (given, names[::-1]) if given.kind == "str" and given.value is not None else None
    return None


def imported(node: Node) -> list[Node]:
    """Return the imports that an assignment stands for: of `require("m")`, of a part of it, bare or wrapped."""
    target, source = node.kids
    found = required(_bare(source))
    if found is None:
        return []
    module, names = found
    nothing = Node("none", node.end, node.end)
    part = Node("name", source.start, source.end, None, ".".join(names)) if names else nothing
    if target.kind == "name":
        return [Node("import", node.start, node.end, [module, part, target], "named" if names else "namespace")]
    return [
        Node("import", node.start, node.end, [module, _joined(names, name), local], "named")
        for name, local in _taken_apart(target)
    ]


def renamed(node: Node, meaning: Callable[[Node], list[str]]) -> Iterator[tuple[str, str]]:
    """Yield (name, what it stands for) of `const a = m.a` and `const { a } = m`, where `meaning` knows `m`."""
    target, source = node.kids
    if not any(opt.kind == "decl" and opt.value == "const" for opt in node.opts):
        return
    for stands_for in meaning(_bare(source)):
        if target.kind == "name":
            yield target.value or "", stands_for
        for name, local in _taken_apart(target):
            if name.value and local.kind == "name":
                yield local.value or "", f"{stands_for}.{name.value}"


def _bare(source: Node) -> Node:
    """Return what a wrapper is given."""
    while source.kind in {"call", "await"}:
        if source.kind == "await":
            source = source.kids[0]
            continue
        name = (path_of(source.kids[0]) or "").rpartition(".")[2]
        if name not in WRAPPERS or len(source.kids[1].kids) != 1:
            break
        source = source.kids[1].kids[0]
    return source


def _taken_apart(target: Node) -> list[tuple[Node, Node]]:
    """Return the (name, local name) pairs of `{ a, b: c }`."""
    if target.kind != "object":
        return []
    return [(kid.kids[0], kid.kids[1]) for kid in target.kids if kid.kind == "pair" and len(kid.kids) == 2]


def _joined(names: list[str], name: Node) -> Node:
    """Return a name below others."""
    return Node("name", name.start, name.end, None, ".".join([*names, name.value or ""])) if names else name


DEFAULT = "default"
"""What a function is called outside that is all a module exports, or its default."""
_WHOLE = frozenset({"exports", "module.exports"})


def exported(root: Node) -> dict[str, str]:
    """Return the names under which other files know functions of this one, where these differ from their own."""
    out: dict[str, str] = {}
    for stmt in root.kids:
        if stmt.kind == "export":
            out.update(_export_names(stmt))
        elif stmt.kind == "func" and is_default(stmt) and stmt.kids[0].value:
            out[stmt.kids[0].value] = DEFAULT
        elif stmt.kind == "expr" and stmt.kids and stmt.kids[0].kind == "assign":
            out.update(_assigned_names(*stmt.kids[0].kids[:2]))
    return out


def is_default(func: Node) -> bool:
    """Say whether a function is what its module exports by default."""
    return any(opt.kind == "mod" and opt.value == DEFAULT for opt in func.opts)


def _export_names(stmt: Node) -> Iterator[tuple[str, str]]:
    if (stmt.value or "").endswith(DEFAULT) and stmt.kids and stmt.kids[0].kind == "name":
        yield stmt.kids[0].value or "", DEFAULT
    for clause in stmt.kids:
        for one in clause.kids:
            names = [kid.value or "" for kid in one.kids]
            if one.kind == "export_specifier" and len(names) == 2 and all(names):
                yield names[0], names[1]


def _assigned_names(target: Node, value: Node) -> Iterator[tuple[str, str]]:
    path = path_of(target) or ""
    holder, _, last = path.rpartition(".")
    if path in _WHOLE and value.kind == "name":
        yield value.value or "", DEFAULT
    elif path in _WHOLE and value.kind == "object":
        for name, local in _taken_apart(value):
            if name.value and local.kind == "name" and name.value != local.value:
                yield local.value or "", name.value
    elif holder in _WHOLE and value.kind == "name" and value.value != last:
        yield value.value or "", last


def given_name(target: Node) -> tuple[str, str]:
    """Return (class, name) of a function that is assigned to a target; the class is empty for none.

    `exports.find` is `find`, `User.prototype.find` is a method of `User`, and `module.exports` alone is the default.
    """
    path = path_of(target) or ""
    if "." not in path:
        return "", path
    holder, _, last = path.rpartition(".")
    if path in _WHOLE:
        return "", DEFAULT
    if holder in _WHOLE:
        return "", last
    return (holder.removesuffix(".prototype"), last) if holder.endswith(".prototype") else ("", "")
