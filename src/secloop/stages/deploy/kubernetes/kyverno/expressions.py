"""JMESPath as Kyverno has it, and `{{ ... }}` in policies (kyverno.io, "JMESPath" and "Variables")."""

from __future__ import annotations

import base64
import json
from fractions import Fraction
from functools import lru_cache
from typing import Any

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.policy.cel_libraries import patterns as regex
from secloop.policy.cel_libraries import quantity, semver
from secloop.stages.deploy.kubernetes.matching import wild

MAX_LENGTH = 8192
MAX_STEPS = 200_000
"""Visits of nodes in one evaluation."""

MAX_ROUNDS = 20
"""Times that variables may stand for variables."""

_WHOLE = lazy(r"\{\{((?:[^{}]|\{[^{}]*\})*)\}\}")


class NotFound(UsageError):  # noqa: N818 - an answer
    """A variable has no value."""


class Context:
    """What variables stand for: the object under review and what the rule's context adds."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def search(self, expression: str) -> Any:
        """Return what an expression finds. Raises: UsageError for one that is wrong or takes too long."""
        import jmespath

        text = expression.strip()
        if len(text) > MAX_LENGTH:
            raise UsageError(f"an expression is longer than {MAX_LENGTH} characters", "Split it")
        parsed = _parsed(text)
        options = jmespath.Options(custom_functions=_functions())
        visitor = _interpreter()(options)
        try:
            return visitor.visit(parsed.parsed, self.values)
        except (jmespath.exceptions.JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise UsageError(f"{text[:80]} cannot be evaluated: {str(error).splitlines()[0]}", "Correct it") from error

    def resolved(self, value: Any) -> Any:
        """Return a value with its variables replaced; a text that is one variable becomes its value.

        Raises: NotFound for a variable without a value, UsageError as `search`.
        """
        if isinstance(value, dict):
            return {self.resolved(key): self.resolved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        return self._text(value) if isinstance(value, str) and "{{" in value else value

    def _text(self, text: str) -> Any:
        for _ in range(MAX_ROUNDS):
            match = _WHOLE.search(text)
            if match is None:
                return text
            found = self.search(match[1])
            if found is None:
                raise NotFound(f"{match[1].strip()[:80]} has no value")
            if match[0] == text.strip():
                return self.resolved(found) if isinstance(found, str) and found != text else found
            shown = found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))
            text = text[: match.start()] + shown + text[match.end() :]
        raise UsageError("variables stand for variables without end", "Correct the policy")


@lru_cache(maxsize=2048)
def _parsed(text: str) -> Any:
    import jmespath

    try:
        return jmespath.compile(text)
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
        raise UsageError(f"{text[:80]} is no JMESPath: {str(error).splitlines()[0]}", "Correct it") from error


@lru_cache(maxsize=1)
def _interpreter() -> Any:
    """Return the library's interpreter with a bound on its steps."""
    from jmespath import visitor

    class Bounded(visitor.TreeInterpreter):  # type: ignore[misc]
        """Counts what it visits."""

        def __init__(self, options: Any) -> None:
            super().__init__(options=options)
            self._left = MAX_STEPS

        def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
            """Visit a node. Raises: ValueError past the bound."""
            value = args[0] if args else None
            self._left -= 1 + (len(value) // 16 if isinstance(value, list) else 0)
            if self._left < 0:
                raise ValueError("takes too many steps")
            return super().visit(node, *args, **kwargs)

    return Bounded


def _number(value: Any) -> Any:
    return quantity.parse(value) if isinstance(value, str) else Fraction(str(value))


def _plain(value: Fraction) -> Any:
    return int(value) if value.denominator == 1 else float(value)


def _like(left: Any, value: Fraction) -> Any:
    """Return a result in the form of the operand: a quantity for one, else a number."""
    return quantity.write(value) if isinstance(left, str) else _plain(value)


def _divide(left: Any, right: Any) -> Any:
    return (
        _plain(_number(left) / _number(right))
        if isinstance(right, str)
        else _like(left, _number(left) / _number(right))
    )


def _parse_json(text: str) -> Any:
    return json.loads(text)


def _parse_yaml(text: str) -> Any:
    from secloop.stages.deploy.kubernetes import documents

    found = documents.read(text)
    return found[0].value if found else None


def _lookup(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    return value[int(key)] if isinstance(value, list) and 0 <= int(key) < len(value) else None


def _items(value: Any, key: str, item: str) -> list[Any]:
    pairs = sorted(value.items()) if isinstance(value, dict) else list(enumerate(value))
    return [{key: name, item: one} for name, one in pairs]


def _to_object(value: list[Any], key: str, item: str) -> dict[str, Any]:
    return {str(one[key]): one[item] for one in value}


def _label_match(wanted: dict[str, Any], given: Any) -> bool:
    given = given or {}
    return all(any(wild(str(k), o) and wild(str(v), str(given[o])) for o in given) for k, v in (wanted or {}).items())


def _semver_compare(version: str, wanted: str) -> bool:
    """Return whether a version is in one of the ranges `>=1.0.0 <2.0.0 || 3.x`, written with full versions."""
    return any(all(_in_range(version, part) for part in one.split()) for one in wanted.split("||"))


def _in_range(version: str, part: str) -> bool:
    sign = part[: len(part) - len(part.lstrip("<>=!"))] or "="
    left, right = semver.key(version.removeprefix("v")), semver.key(part.lstrip("<>=!").removeprefix("v"))
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}.get(
        sign, left != right if sign == "!=" else left == right
    )


def _truncate(text: str, length: Any) -> str:
    return text[: int(length)]


def _random(_: str) -> str:
    raise ValueError("random values are not made in a dry run")


def _regex_replace(pattern: str, text: Any, new: Any) -> str:
    import re2

    return str(re2.sub(str(pattern), str(new).replace("$", "\\"), str(text)))


_FUNCTIONS: dict[str, tuple[int, Any]] = {
    "add": (2, lambda a, b: _like(a, _number(a) + _number(b))),
    "subtract": (2, lambda a, b: _like(a, _number(a) - _number(b))),
    "multiply": (2, lambda a, b: _like(a if isinstance(a, str) else b, _number(a) * _number(b))),
    "divide": (2, _divide),
    "modulo": (2, lambda a, b: _like(a, _number(a) % _number(b))),
    "round": (2, lambda a, b: round(float(a), int(b))),
    "base64_decode": (1, lambda a: base64.b64decode(a).decode("utf-8", "replace")),
    "base64_encode": (1, lambda a: base64.b64encode(str(a).encode()).decode()),
    "compare": (2, lambda a, b: (a > b) - (a < b)),
    "equal_fold": (2, lambda a, b: a.casefold() == b.casefold()),
    "items": (3, _items),
    "label_match": (2, _label_match),
    "lookup": (2, _lookup),
    "object_from_lists": (2, lambda a, b: dict(zip(map(str, a), b, strict=False))),
    "parse_json": (1, _parse_json),
    "parse_yaml": (1, _parse_yaml),
    "path_canonicalize": (1, lambda a: "/" + "/".join(p for p in a.split("/") if p) if a.startswith("/") else a),
    "pattern_match": (2, lambda a, b: wild(str(a), str(b))),
    "random": (1, _random),
    "regex_match": (2, lambda a, b: bool(regex.find_all(str(b), str(a), 1))),
    "regex_replace_all": (3, _regex_replace),
    "regex_replace_all_literal": (3, lambda a, b, c: _regex_replace(a, b, str(c).replace("\\", "\\\\"))),
    "replace": (4, lambda a, b, c, d: a.replace(b, c, int(d))),
    "replace_all": (3, lambda a, b, c: a.replace(b, c)),
    "semver_compare": (2, _semver_compare),
    "split": (2, lambda a, b: a.split(b)),
    "sum_of": (1, lambda a: _plain(sum(map(_number, a), Fraction(0)))),
    "to_boolean": (1, lambda a: str(a).lower() == "true"),
    "to_lower": (1, str.lower),
    "to_object": (3, _to_object),
    "to_upper": (1, str.upper),
    "trim": (2, lambda a, b: a.strip(b)),
    "trim_prefix": (2, lambda a, b: a.removeprefix(b)),
    "truncate": (2, _truncate),
}


@lru_cache(maxsize=1)
def _functions() -> Any:
    """Return the library's functions with Kyverno's."""
    from jmespath import functions

    added: dict[str, Any] = {}
    for name, (count, run) in _FUNCTIONS.items():
        added[f"_func_{name}"] = functions.signature(*({"types": []} for _ in range(count)))(_method(run))
    return type("Functions", (functions.Functions,), added)()


def _method(run: Any) -> Any:
    def call(_: Any, *args: Any) -> Any:
        return run(*args)

    return call
