"""Which languages can be parsed, told by the name of a file; a grammar is loaded when its first file turns up."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language


class Grammar(NamedTuple):
    """Where a language's grammar lies: a module of its own wheel, and the function that returns it."""

    module: str
    function: str = "language"


GRAMMARS: dict[str, Grammar] = {
    "python": Grammar("tree_sitter_python"),
    "javascript": Grammar("tree_sitter_javascript"),  # with JSX
    "typescript": Grammar("tree_sitter_typescript", "language_typescript"),
    "tsx": Grammar("tree_sitter_typescript", "language_tsx"),
    "go": Grammar("tree_sitter_go"),
    "java": Grammar("tree_sitter_java"),
}
"""The languages that can be parsed, by name."""

_ENDS = {
    "py": "python",
    "pyi": "python",
    "pyw": "python",
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "ts": "typescript",
    "mts": "typescript",
    "cts": "typescript",
    "tsx": "tsx",
    "go": "go",
    "java": "java",
}


def language_of(path: str) -> str:
    """Return the name of the language that a file is parsed as, by the end of its path; empty where there is none."""
    _, dot, end = path.rpartition("/")[2].rpartition(".")
    return _ENDS.get(end.lower(), "") if dot else ""


@cache
def load(name: str) -> Language:
    """Return the grammar of a language of `GRAMMARS`. Raises: KeyError, ImportError."""
    import tree_sitter

    grammar = GRAMMARS[name]
    return tree_sitter.Language(getattr(import_module(grammar.module), grammar.function)())
