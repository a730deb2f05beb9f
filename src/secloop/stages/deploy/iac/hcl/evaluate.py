"""The value of an expression. What cannot be known is `Unknown`, which spreads as little as it must.

A template that is known in part keeps its source where it is not (`arn:aws:s3:::${aws_s3_bucket.b.id}/*`): rules ask
for the known part, and no value that they look for holds `${`.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Protocol

from secloop.model.errors import SecloopError
from secloop.resources.values import (
    UNKNOWN,
    Linked,
    Unknown,
    boolean,
    has_unknown,
    number,
    references_of,
    text_of,
)
from secloop.stages.deploy.iac.hcl import functions, syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_TEXT = 1 << 20
"""The longest text that an expression may make, in characters."""

MAX_STEPS = 2_000_000
"""Expressions that are evaluated for one module and all it calls."""


class TooMuchError(SecloopError):
    """Evaluating takes more steps than a module is given."""


class Scope(Protocol):
    """Where names come from."""

    def variable(self, name: str) -> Any:
        """Return the value of the first name of a reference."""
        ...

    def attribute(self, of: Any, name: str) -> Any:
        """Return an attribute of a value that is no object; Unknown where there is none."""
        ...

    def index(self, of: Any, key: Any) -> Any:
        """Return an instance of a value that is no list and no object."""
        ...

    def instances(self, of: Any) -> Any:
        """Return all instances of a value that is no list and no object, as a list, an object or Unknown."""
        ...

    def read(self, path: str) -> str | None:
        """Return the text of a file beside the module, None where it is not at hand."""
        ...


class Evaluator:
    """Evaluates expressions in a scope; `left` counts down the steps that all scopes of a tree share."""

    def __init__(self, scope: Scope, steps: list[int]) -> None:
        """Take a scope, and the steps that are left as the one item of a list."""
        self.scope = scope
        self.steps = steps

    def value(self, node: syntax.Expression, names: Mapping[str, Any] | None = None) -> Any:
        """Return the value of an expression; `names` are those that `for` and splats bind.

        Raises: TooMuchError.
        """
        self.steps[0] -= 1
        if self.steps[0] < 0:
            raise TooMuchError("evaluating takes too many steps")
        if isinstance(node, syntax.Literal):
            return node.value
        return _KINDS[type(node)](self, node, names or {})

    def _template(self, node: syntax.Template, names: Mapping[str, Any]) -> Any:
        values = [part if isinstance(part, str) else self.value(part, names) for part in node.parts]
        if len(values) == 3 and not values[0] and not values[2] and not node.directives:  # noqa: PLR2004 - "${x}" is x
            return values[1]
        texts, known = [], bool("".join(part for part in node.parts if isinstance(part, str)))
        for value, source in zip(values, node.source, strict=True):
            text = text_of(value)
            known = known or (bool(source) and text is not None)
            texts.append(source if text is None else text)
        references = references_of(values)
        if node.directives or not known:
            return Unknown(references)
        whole = "".join(texts)
        if len(whole) > MAX_TEXT:
            return Unknown(references)
        return Linked(whole, references) if references else whole

    def _variable(self, node: syntax.Variable, names: Mapping[str, Any]) -> Any:
        return names[node.name] if node.name in names else self.scope.variable(node.name)

    def _get(self, node: syntax.GetAttr, names: Mapping[str, Any]) -> Any:
        return self._selected(self.value(node.of, names), node.name)

    def _selected(self, of: Any, name: str) -> Any:
        if isinstance(of, dict):
            return of.get(name, UNKNOWN)
        if isinstance(of, Unknown):
            return of
        return self.scope.attribute(of, name)

    def _index(self, node: syntax.Index, names: Mapping[str, Any]) -> Any:
        of, key = self.value(node.of, names), self.value(node.key, names)
        if isinstance(of, list):
            at = number(key)
            return of[at] if isinstance(at, int) and 0 <= at < len(of) else Unknown(references_of([of, key]))
        if isinstance(of, dict):
            text = text_of(key)
            return of.get(text, UNKNOWN) if text is not None else Unknown(references_of([of, key]))
        return of if isinstance(of, Unknown) else self.scope.index(of, key)

    def _splat(self, node: syntax.Splat, names: Mapping[str, Any]) -> Any:
        of = self.value(node.of, names)
        if of is None:
            return []
        if not isinstance(of, list | dict | Unknown):
            of = self.scope.instances(of)
        if isinstance(of, Unknown):
            return of
        if isinstance(of, dict):
            of = [of]
        return [self.value(node.rest, {**names, "*": one}) for one in of]

    def _call(self, node: syntax.Call, names: Mapping[str, Any]) -> Any:
        if node.name in {"try", "can"}:
            return self._try(node, names)
        arguments = [self.value(one, names) for one in node.arguments]
        if node.expand and arguments:
            last = arguments.pop()
            if not isinstance(last, list):
                return Unknown(references_of([*arguments, last]))
            arguments += last
        if node.name in {"file", "templatefile", "filebase64"}:
            return self._file(node.name, arguments)
        return functions.call(node.name, arguments)

    def _try(self, node: syntax.Call, names: Mapping[str, Any]) -> Any:
        """Return the first argument that is known: an error of an expression is not told from an unknown here."""
        values = [self.value(one, names) for one in node.arguments]
        if node.name == "can" or not values:
            return UNKNOWN
        return next((one for one in values if not isinstance(one, Unknown)), Unknown(references_of(values)))

    def _file(self, name: str, arguments: list[Any]) -> Any:
        from secloop.stages.deploy.iac.hcl.expressions import HclSyntaxError
        from secloop.stages.deploy.iac.hcl.parse import parse_template

        path = arguments[0] if arguments else None
        text = self.scope.read(path) if isinstance(path, str) and name != "filebase64" else None
        if text is None or len(text) > MAX_TEXT:
            return Unknown(references_of(arguments))
        if name == "file":
            return text
        given = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], dict) else {}
        try:
            template = parse_template(text)
        except HclSyntaxError:
            return Unknown(references_of(arguments))
        return self.value(template, given)

    def _list(self, node: syntax.ListOf, names: Mapping[str, Any]) -> list[Any]:
        return [self.value(one, names) for one in node.items]

    def _object(self, node: syntax.ObjectOf, names: Mapping[str, Any]) -> Any:
        found: dict[str, Any] = {}
        for item in node.items:
            key = text_of(self.value(item.key, names))
            if key is None:
                return Unknown(references_of([self.value(one.value, names) for one in node.items]))
            found[key] = self.value(item.value, names)
        return found

    def _for(self, node: syntax.For, names: Mapping[str, Any]) -> Any:
        source = self.value(node.source, names)
        if not isinstance(source, list | dict | Unknown) and source is not None:
            source = self.scope.instances(source)
        if not isinstance(source, list | dict):
            return Unknown(references_of(source))
        pairs = source.items() if isinstance(source, dict) else enumerate(source)
        items: list[Any] = []
        table: dict[str, Any] = {}
        for key, item in pairs:
            bound = {**names, node.key: key, node.item: item} if node.key else {**names, node.item: item}
            if node.condition is not None:
                wanted = boolean(self.value(node.condition, bound))
                if wanted is None:
                    return Unknown(references_of(source))
                if not wanted:
                    continue
            value = self.value(node.value, bound)
            if node.name is None:
                items.append(value)
                continue
            name = text_of(self.value(node.name, bound))
            if name is None:
                return Unknown(references_of(source))
            if node.group:
                table.setdefault(name, []).append(value)
            else:
                table[name] = value
        return items if node.name is None else table

    def _conditional(self, node: syntax.Conditional, names: Mapping[str, Any]) -> Any:
        test = boolean(self.value(node.test, names))
        if test is not None:
            return self.value(node.yes if test else node.no, names)
        yes, no = self.value(node.yes, names), self.value(node.no, names)
        if not has_unknown(yes) and not has_unknown(no) and yes == no:
            return yes
        return Unknown(references_of([yes, no]))

    def _binary(self, node: syntax.Binary, names: Mapping[str, Any]) -> Any:
        left = self.value(node.left, names)
        if node.operator in {"&&", "||"}:
            return self._logic(node.operator == "||", left, node.right, names)
        right = self.value(node.right, names)
        if has_unknown(left) or has_unknown(right):
            return Unknown(references_of([left, right]))
        if node.operator in {"==", "!="}:
            return _equal(left, right) is (node.operator == "==")
        a, b = number(left), number(right)
        if a is None or b is None:
            return UNKNOWN
        try:
            return _ARITHMETIC[node.operator](a, b)
        except (ZeroDivisionError, OverflowError):
            return UNKNOWN

    def _logic(self, strong: bool, left: Any, right: syntax.Expression, names: Mapping[str, Any]) -> Any:
        """Return `left || right` or `left && right`; one side can decide although the other is unknown."""
        first = boolean(left)
        if first is strong:
            return strong
        value = self.value(right, names)
        second = boolean(value)
        if second is strong:
            return strong
        return Unknown(references_of([left, value])) if first is None or second is None else second

    def _unary(self, node: syntax.Unary, names: Mapping[str, Any]) -> Any:
        of = self.value(node.of, names)
        if node.operator == "!":
            known = boolean(of)
            return Unknown(references_of(of)) if known is None else not known
        found = number(of)
        return Unknown(references_of(of)) if found is None else -found


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) is isinstance(right, bool):
        return bool(left == right)
    return False


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

_KINDS: dict[type, Callable[[Evaluator, Any, Mapping[str, Any]], Any]] = {
    syntax.Template: Evaluator._template,  # noqa: SLF001 - the table of its own methods
    syntax.Variable: Evaluator._variable,  # noqa: SLF001 - as above
    syntax.GetAttr: Evaluator._get,  # noqa: SLF001 - as above
    syntax.Index: Evaluator._index,  # noqa: SLF001 - as above
    syntax.Splat: Evaluator._splat,  # noqa: SLF001 - as above
    syntax.Call: Evaluator._call,  # noqa: SLF001 - as above
    syntax.ListOf: Evaluator._list,  # noqa: SLF001 - as above
    syntax.ObjectOf: Evaluator._object,  # noqa: SLF001 - as above
    syntax.For: Evaluator._for,  # noqa: SLF001 - as above
    syntax.Conditional: Evaluator._conditional,  # noqa: SLF001 - as above
    syntax.Binary: Evaluator._binary,  # noqa: SLF001 - as above
    syntax.Unary: Evaluator._unary,  # noqa: SLF001 - as above
}
