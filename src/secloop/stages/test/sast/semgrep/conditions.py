"""Conditions on metavariables: regex, pattern, comparison, analysis, type."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.stages.test.sast.pattern.literals import compiled
from secloop.stages.test.sast.semgrep.compare import compares
from secloop.stages.test.sast.semgrep.ranges import Range, merged

if TYPE_CHECKING:
    from secloop.stages.test.sast.semgrep.evaluate import File
    from secloop.stages.test.sast.semgrep.formula import Condition
    from secloop.stages.test.sast.tree import Node

ENTROPY_BITS = 3.0


def holds(condition: Condition, r: Range, file: File) -> list[Range]:
    """Return the range when the condition holds, with what the condition bound; else nothing."""
    if condition.kind == "comparison":
        return [r] if compares(condition, r, file) else []
    node = r.env.get(condition.metavariable) or r.env.get(f"...{condition.metavariable.removeprefix('...')}")
    if node is None:
        return []
    if condition.kind == "regex":
        return [r] if _regex(condition, node, file) else []
    if condition.kind == "pattern":
        return _pattern(condition, node, r, file)
    if condition.kind == "analysis":
        return [r] if _analysis(str(condition.spec.get("analyzer")), text_of(node, file)) else []
    return [r] if _type(condition, node, file) else []


_WORDS = re.compile(r"\^\(((?:\\\$)?\w+(?:\|(?:\\\$)?\w+)*)\)\$")


def words_asked(condition: Condition) -> tuple[bytes, ...]:
    """Return the words of which one must stand in the file for a condition to hold; empty when there are none."""
    return _words(str(condition.spec.get("regex", ""))) if condition.kind == "regex" else ()


@lru_cache(maxsize=1 << 12)
def _words(regex: str) -> tuple[bytes, ...]:
    found = _WORDS.fullmatch(regex)
    return tuple(word.replace("\\$", "$").encode() for word in found[1].split("|")) if found is not None else ()


def text_of(node: Node, file: File) -> str:
    """Return what a metavariable holds as text: a string's content, a constant's value, else the source."""
    if node.kind == "text":
        return node.value or ""
    value = file.facts.constant(node)
    if value is not None and value.value is not None and value.kind == "str":
        return value.value
    return file.data[node.start : node.end].decode("utf-8", "replace")


def _regex(condition: Condition, node: Node, file: File) -> bool:
    """Match at the beginning of the text, as Python's `re.match` does."""
    regex = str(condition.spec.get("regex", ""))
    if condition.spec.get("constant-propagation") or node.kind == "text":
        return _matches(regex, text_of(node, file))
    if node.kind == "name":
        return _matches(regex, node.value or "")
    return _matches(regex, file.data[node.start : node.end].decode("utf-8", "replace"))


@lru_cache(maxsize=1 << 16)
def _matches(regex: str, text: str) -> bool:
    try:
        return compiled(regex).match(text) is not None
    except re.error:
        return False


def _pattern(condition: Condition, node: Node, r: Range, file: File) -> list[Range]:
    from secloop.stages.test.sast.semgrep.evaluate import File, evaluate

    formula = condition.formula
    if formula is None:
        return []
    language = condition.spec.get("language")
    if language is not None:
        from secloop.stages.test.sast.fronts import front_of

        front = front_of(str(language))
        if front is None:
            return []
        data = text_of(node, file).encode()
        return [r] if evaluate(formula, File(data, front)) else []
    out: list[Range] = []
    for found in evaluate(formula, file.part(node)):
        env = merged(r.env, found.env)
        if env is not None:
            out.append(Range(r.start, r.end, env, r.inside))
    return out[:1]


def _analysis(analyzer: str, text: str) -> bool:
    if analyzer == "entropy":
        counts = Counter(text)
        bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0
        return bits >= ENTROPY_BITS
    if analyzer == "redos":
        return re.search(r"\([^()]*[+*][^()]*\)[+*]", text) is not None
    return False


def _type(condition: Condition, node: Node, file: File) -> bool:
    from secloop.stages.test.sast.tree import Node as Tree

    names = condition.spec.get("types") or [condition.spec.get("type")]
    return any(file.facts.has_type(node, Tree("name", 0, 0, None, str(name))) for name in names if name)
