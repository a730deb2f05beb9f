"""`metavariable-comparison`: a small expression, read by Python's parser and computed here; nothing is run."""

from __future__ import annotations

import ast
import operator
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from secloop.model.errors import SecloopError

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.stages.test.sast.semgrep.evaluate import File
    from secloop.stages.test.sast.semgrep.formula import Condition
    from secloop.stages.test.sast.semgrep.ranges import Range

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "float": float,
    "str": str,
    "len": len,
    "today": lambda: datetime.now(UTC).timestamp(),
    "strptime": lambda text: datetime.strptime(str(text), "%Y-%m-%d").replace(tzinfo=UTC).timestamp(),
}
_NAME = re.compile(r"\$([A-Z_][A-Z_0-9]*|[0-9]+)")
LONGEST = 2_000


class _UnknownError(SecloopError):
    """Something has no value."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("It has no value")


def compares(condition: Condition, r: Range, file: File) -> bool:
    """Say whether the comparison holds; what cannot be computed does not hold."""
    text = str(condition.spec.get("comparison", ""))
    base = condition.spec.get("base")
    if len(text) > LONGEST:
        return False
    try:
        tree = ast.parse(_NAME.sub(r"mv_\1", text).strip(), mode="eval")
        return bool(
            _Evaluator(r, file, int(base) if base else 0, strip=bool(condition.spec.get("strip"))).value(tree.body)
        )
    except (_UnknownError, SyntaxError, ValueError, TypeError, ZeroDivisionError, OverflowError, RecursionError):
        return False


class _Evaluator:
    def __init__(self, r: Range, file: File, base: int, *, strip: bool) -> None:
        self._range, self._file, self._base, self._strip = r, file, base, strip

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        handler = self._handlers.get(type(node))
        if handler is None:
            raise _UnknownError
        return handler(node)

    @property
    def _handlers(self) -> dict[type, Callable[[Any], Any]]:
        return {
            ast.Name: lambda node: self._metavariable(node.id),
            ast.BoolOp: lambda node: (all if isinstance(node.op, ast.And) else any)(map(self.value, node.values)),
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._compare,
            ast.Call: self._call,
            **dict.fromkeys((ast.List, ast.Tuple, ast.Set), lambda node: [self.value(item) for item in node.elts]),
        }

    def _unary(self, node: ast.UnaryOp) -> Any:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not operand
        if isinstance(node.op, ast.USub):
            return -operand
        raise _UnknownError

    def _binary(self, node: ast.BinOp) -> Any:
        if type(node.op) not in _BINARY:
            raise _UnknownError
        return _BINARY[type(node.op)](self.value(node.left), self.value(node.right))

    def _compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for op, item in zip(node.ops, node.comparators, strict=True):
            right = self.value(item)
            if type(op) not in _COMPARE or not _COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def _call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        args = [self.value(arg) for arg in node.args]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "match" and len(args) == 2:
            return self._match(str(args[0]), str(args[1]))
        if name == "int" and args:
            return self._number(args[0])
        if name not in _FUNCTIONS:
            raise _UnknownError
        return _FUNCTIONS[name](*args)

    def _match(self, regex: str, text: str) -> bool:
        from secloop.stages.test.sast.pattern.literals import compiled

        try:
            return compiled(regex).match(text) is not None
        except re.error:
            raise _UnknownError from None

    def _number(self, value: Any) -> int:
        return int(str(value).strip("\"'`"), self._base) if isinstance(value, str) else int(value)

    def _metavariable(self, name: str) -> Any:
        from secloop.stages.test.sast.semgrep.conditions import text_of

        node = self._range.env.get(name.removeprefix("mv_"))
        if node is None:
            raise _UnknownError
        known = self._file.facts.constant(node)
        text = known.value if known is not None and known.value is not None else text_of(node, self._file)
        if known is not None and known.kind == "str" and not self._strip:
            return text
        if known is not None and known.kind == "const":
            return {"true": True, "false": False}.get(text)
        try:
            return int(text, self._base) if self._base else int(text, 0)
        except ValueError:
            pass
        try:
            return float(text)
        except ValueError:
            return text
