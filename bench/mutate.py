"""A copy of an OWASP-Benchmark-like suite that means the same and reads otherwise; what must carry over does.

Changed are: names of cases (with their files and the table of expected results), of helper classes, methods and
modules, and of local variables; integers in conditions, computed anew so that the truth stays; strings and lists that
are read by position, which move by one; keys of maps; branches, swapped with the condition negated; neighbouring
statements that do not depend on each other. Every pass parses the text that the pass before has left.
"""

from __future__ import annotations

import ast
import operator
import random
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

from secloop.syntax.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tree_sitter import Node

SEED = 11
CASE = re.compile(r"\bBenchmarkTest(\d{5})")
KEY = re.compile(r"\bkey([A-Z])-(\d+)")
SHORTEST = 6
"""Names of helpers that are shorter are too likely to be names of libraries as well."""
BARE = {
    "python": ("__", "init"),
    "java": ("do", "init", "destroy", "get", "set", "main", "compare", "evaluate", "close"),
}
"""How methods of helpers may start that libraries call or have too, and which keep their names."""
OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
SIMPLE = {"python": ("expression_statement",), "java": ("local_variable_declaration", "expression_statement")}
Edit = tuple[int, int, bytes]


def mutate(tree: Path, out: Path, language: str) -> Counter[str]:
    """Write the copy; return how many changes of each kind were made."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    shutil.copytree(tree, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    end = {"python": ".py", "java": ".java"}[language]
    files = sorted(file for file in out.rglob(f"*{end}") if file.is_file() and not file.is_symlink())
    counts: Counter[str] = Counter()
    names = _helpers(files, language, chance)
    for file in files:
        data = file.read_bytes()
        if CASE.search(file.name):
            for what, step in _STEPS.items():
                data, changed = step(data, language, chance)
                counts[what] += changed
        file.write_bytes(data)
    numbers = list(range(10_000, 99_999))
    chance.shuffle(numbers)
    for file in [*files, *out.glob("expectedresults*.csv")]:
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        text = CASE.sub(lambda found: f"Unit{numbers[int(found[1])]}", text)
        for old, new in names.items():
            text, changed = re.subn(rf"(?<![\w]){re.escape(old)}(?![\w])", new, text)
            counts["names of helpers"] += changed
        file.unlink()
        name = CASE.sub(lambda found: f"Unit{numbers[int(found[1])]}", file.name)
        stem, _, rest = name.partition(".")
        file.with_name(f"{names.get(stem, stem)}.{rest}").write_bytes(text.encode("utf-8", "surrogateescape"))
    return counts


def _helpers(files: Iterable[Path], language: str, chance: random.Random) -> dict[str, str]:
    """Return new names for what the suite's own helpers define."""
    kinds = (
        "class_definition",
        "function_definition",
        "class_declaration",
        "interface_declaration",
        "method_declaration",
    )
    found: set[str] = set()
    for file in files:
        if "helpers" not in file.parts:
            continue
        parsed = parse(file.read_bytes(), language)
        found.add(file.stem)
        for node in parsed.nodes():
            name = node.child_by_field_name("name") if node.type in kinds else None
            if name is not None and f".{parsed.text(name)}(".encode() not in parsed.data:  # hands on to a library's
                found.add(parsed.text(name))
    own = sorted(
        name for name in found if len(name) >= SHORTEST and (name[:1].isupper() or not _is_bare(name, language))
    )
    return {name: _word(chance, capital=name[:1].isupper()) for name in own}


def _is_bare(name: str, language: str) -> bool:
    if language == "java" and name in {"getTheValue", "getTheParameter"}:
        return False
    return name.startswith(BARE[language])


def _word(chance: random.Random, *, capital: bool = False) -> str:
    word = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(4))
    return word.title() if capital else word


def _apply(data: bytes, edits: Iterable[Edit]) -> tuple[bytes, int]:
    """Return the text after the edits that do not overlap, and their number."""
    out, at, count = [], 0, 0
    for start, end, new in sorted(edits):
        if start >= at:
            out += [data[at:start], new]
            at, count = end, count + 1
    return b"".join([*out, data[at:]]), count


def _locals(data: bytes, language: str, chance: random.Random) -> tuple[bytes, int]:
    """Rename local variables of cases."""
    parsed = parse(data, language)
    bound: set[bytes] = set()
    barred: set[bytes] = {b"request", b"response", b"app", b"self", b"this"}
    uses: list[Node] = []
    for node in parsed.nodes():
        if node.type != "identifier" or node.text is None or node.parent is None:
            continue
        if _is_free(node):
            uses.append(node)
            if _is_bound(node):
                bound.add(node.text)
        elif node.parent.type in {"dotted_name", "aliased_import", "method_declaration", "class_declaration"}:
            barred.add(node.text)
    new = {name: _word(chance).encode() for name in sorted(bound - barred) if len(name) > 1}
    data, count = _apply(data, [(n.start_byte, n.end_byte, new[n.text]) for n in uses if n.text in new])
    return data, count


def _is_free(node: Node) -> bool:
    """Whether an identifier stands for a variable, and not for a field, method, argument's name or import."""
    parent = node.parent
    if parent is None:
        return False
    fields = {
        "attribute": "attribute",
        "keyword_argument": "name",
        "method_invocation": "name",
        "field_access": "field",
    }
    if parent.type in fields and parent.child_by_field_name(fields[parent.type]) == node:
        return False
    return parent.type not in {
        "dotted_name",
        "aliased_import",
        "function_definition",
        "class_definition",
        "method_declaration",
        "class_declaration",
        "constructor_declaration",
        "scoped_identifier",
        "annotation",
        "marker_annotation",
        "element_value_pair",
    }


def _is_bound(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.type in {"assignment", "for_statement"}:
        return parent.child_by_field_name("left") == node
    if parent.type == "variable_declarator":
        up = parent.parent
        return parent.child_by_field_name("name") == node and up is not None and up.type == "local_variable_declaration"
    return parent.type == "enhanced_for_statement" and parent.child_by_field_name("name") == node


def _integers(data: bytes, language: str, chance: random.Random) -> tuple[bytes, int]:
    """Give conditions on integers other integers; what they compare to moves along, so that the truth stays."""
    parsed = parse(data, language)
    edits: list[Edit] = []
    for node in parsed.nodes():
        if node.type not in {"comparison_operator", "binary_expression"} or node.child_count != 3:  # noqa: PLR2004
            continue
        left, sign, right = node.children
        if sign.type not in {"<", ">"} or right.type not in {"integer", "decimal_integer_literal"}:
            continue
        text, names = parsed.text(left), set(re.findall(r"[A-Za-z_]\w*", parsed.text(left)))
        if len(names) != 1:
            continue
        name = names.pop()
        given = list(re.finditer(rb"\b%s = (\d+)\b" % name.encode(), data))
        if len(given) != 1 or len(re.findall(rb"\b%s\b" % name.encode(), data)) != 2:  # noqa: PLR2004
            continue
        edits += _other(text, name, int(given[0][1]), int(parsed.text(right)), chance, (left, right, given[0].span(1)))
    return _apply(data, edits)


def _other(
    text: str, name: str, old: int, bound: int, chance: random.Random, where: tuple[Node, Node, tuple[int, int]]
) -> list[Edit]:
    left, right, (start, end) = where
    value = _value(text, {name: old})
    new = chance.randrange(20, 180)
    if value is None or value == bound:
        return []
    other = re.sub(r"\d+", lambda found: str(int(found[0]) + chance.randrange(1, 9)), text)
    after = _value(other, {name: new})
    if after is None:
        return []
    limit = int(after) + chance.randrange(5, 60) * (1 if bound > value else -1)
    if limit < 0:
        return []
    return [
        (start, end, str(new).encode()),
        (left.start_byte, left.end_byte, other.encode()),
        (right.start_byte, right.end_byte, str(limit).encode()),
    ]


def _value(text: str, names: dict[str, int]) -> float | None:
    """Return what integer arithmetic comes to; a quotient to the nearest whole, which bounds of 5 outweigh."""

    def of(node: ast.AST) -> float:
        if isinstance(node, ast.BinOp):
            left, right = of(node.left), of(node.right)
            return left // right if isinstance(node.op, ast.Div) else OPERATORS[type(node.op)](left, right)
        return names[node.id] if isinstance(node, ast.Name) else float(ast.literal_eval(node))

    try:
        return of(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, KeyError, ValueError, ZeroDivisionError):
        return None


def _positions(data: bytes, language: str, chance: random.Random) -> tuple[bytes, int]:
    """Put one more element before what is read by position, and read one later."""
    edits: list[Edit] = []
    moved = rb"\.(?:get|remove|charAt)\((\d+)\)" if language == "java" else rb"(?:\[|\.pop\()(\d+)[\])]"
    made = rb"(\w+) = new [\w.]*ArrayList<[\w.]*>\(\);" if language == "java" else rb"(\w+) = \[\]"
    for found in re.finditer(made, data):
        name, line = found[1], data.rfind(b"\n", 0, found.start()) + 1
        indent = data[line:][: len(data[line:]) - len(data[line:].lstrip())]
        reads = list(re.finditer(rb"\b" + re.escape(name) + moved, data))
        if not reads:
            continue
        word = _word(chance).encode()
        extra = (
            b' %s.add("%s");' % (name, word) if language == "java" else b'\n%s%s.append("%s")' % (indent, name, word)
        )
        edits.append((found.end(), found.end(), extra))
        edits += [(*read.span(1), str(int(read[1]) + 1).encode()) for read in reads]
    for found in re.finditer(rb'(\w+) = (["\'])([A-Z]{2,5})\2', data):
        name, reads = found[1], list(re.finditer(rb"\b" + re.escape(found[1]) + moved, data))
        if reads and len(re.findall(rb"\b%s\b" % name, data)) == len(reads) + 1:
            edits.append((found.start(3), found.start(3), chance.choice("MNPQRS").encode()))
            edits += [(*read.span(1), str(int(read[1]) + 1).encode()) for read in reads]
    return _apply(data, edits)


def _keys(data: bytes, _language: str, chance: random.Random) -> tuple[bytes, int]:
    """Give keys of maps other names, the same for the same."""
    text = data.decode("utf-8", "surrogateescape")
    new = {found[0]: _word(chance) for found in KEY.finditer(text)}
    text, count = KEY.subn(lambda found: new[found[0]], text)
    return text.encode("utf-8", "surrogateescape"), count


def _branches(data: bytes, language: str, _chance: random.Random) -> tuple[bytes, int]:
    """Swap the two branches of a condition, and negate it."""
    parsed = parse(data, language)
    edits: list[Edit] = []
    for node in parsed.nodes():
        parts = _parts(node, language)
        if parts is None:
            continue
        condition, first, second = ((part.start_byte, part.end_byte, part.text or b"") for part in parts)
        no = b"not (%s)" % condition[2] if language == "python" else b"(!%s)" % _in_parentheses(condition[2])
        edits.append((node.start_byte, node.end_byte, _swapped(data, node, (condition, first, second), no)))
    return _apply(data, edits)


def _in_parentheses(text: bytes) -> bytes:
    return text if text.startswith(b"(") and _closes_last(text) else b"(%s)" % text


def _closes_last(text: bytes) -> bool:
    depth = 0
    for at, char in enumerate(text):
        depth += {40: 1, 41: -1}.get(char, 0)
        if depth == 0:
            return at == len(text) - 1
    return False


def _swapped(data: bytes, node: Node, parts: tuple[Edit, Edit, Edit], no: bytes) -> bytes:
    condition, first, second = parts
    new = [(condition[0], condition[1], no), (first[0], first[1], second[2]), (second[0], second[1], first[2])]
    text, _ = _apply(data[: node.end_byte], new)
    return text[node.start_byte :]


def _parts(node: Node, language: str) -> tuple[Node, Node, Node] | None:
    """Return condition and branches of an if or a conditional expression with two plain branches."""
    if node.type == "conditional_expression":
        kids = node.children
        return kids[2], kids[0], kids[4]
    if node.type == "ternary_expression":
        found = [node.child_by_field_name(name) for name in ("condition", "consequence", "alternative")]
    elif node.type == "if_statement":
        found = [node.child_by_field_name(name) for name in ("condition", "consequence", "alternative")]
        if language == "python" and found[2] is not None:
            clauses = node.children_by_field_name("alternative")
            found[2] = found[2].child_by_field_name("body") if len(clauses) == 1 else None
        if any(part is not None and part.type not in {"block", "expression_statement"} for part in found[1:]):
            return None
    else:
        return None
    condition, first_, second_ = found
    if condition is None or first_ is None or second_ is None:
        return None
    return condition, first_, second_


def _order(data: bytes, language: str, _chance: random.Random) -> tuple[bytes, int]:
    """Swap neighbouring statements of one line that share no name, of which one calls nothing."""
    parsed = parse(data, language)
    edits: list[Edit] = []
    for node in parsed.nodes():
        if node.type != "block":
            continue
        kids = node.named_children
        at = 0
        while at + 1 < len(kids):
            if _are_independent(kids[at], kids[at + 1], language):
                one, two = kids[at], kids[at + 1]
                edits += [
                    (one.start_byte, one.end_byte, two.text or b""),
                    (two.start_byte, two.end_byte, one.text or b""),
                ]
                at += 1
            at += 1
    data, count = _apply(data, edits)
    return data, count // 2


def _are_independent(one: Node, two: Node, language: str) -> bool:
    plain = all(
        part.type in SIMPLE[language] and b"=" in (part.text or b"") and part.start_point[0] == part.end_point[0]
        for part in (one, two)
    )
    if not plain or (b"(" in (one.text or b"") and b"(" in (two.text or b"")):
        return False
    words = [set(re.findall(rb"[A-Za-z_]\w*", part.text or b"")) - {b"String", b"int", b"char"} for part in (one, two)]
    return words[0].isdisjoint(words[1])


_STEPS: dict[str, Callable[[bytes, str, random.Random], tuple[bytes, int]]] = {
    "integers": _integers,
    "positions": _positions,
    "keys": _keys,
    "branches": _branches,
    "orders": _order,
    "local names": _locals,
}
