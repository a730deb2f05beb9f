"""`setup.py` and `setup.cfg`: what setuptools is told as literals. Nothing is run, only the syntax tree is read."""

from __future__ import annotations

import ast
import posixpath
from configparser import Error as ConfigError
from configparser import RawConfigParser
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    BUILD,
    OPTIONAL,
    RUNTIME,
    TEST,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.python.pep508 import read as read_requirement
from secloop.stages.build.packages.python.pep508 import wish_text
from secloop.stages.build.packages.wishes import LineIndex
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_SCOPES = {"install_requires": RUNTIME, "setup_requires": BUILD, "tests_require": TEST, "extras_require": OPTIONAL}
_DEEPEST = 100  # lists, sums and names inside one another
_MOST_VALUES = 100_000  # values that are looked at: lists that repeat each other can mean very many
_OPTION = lazy(r"([A-Za-z_]+)\s*[=:]")

Wishes = list[tuple[str, int, str]]
"""Requirement text, line, scope."""


class SetupPy(Extractor):
    """`setup.py`: the literal arguments of the call of `setup`, through names that hold literals."""

    name = "setup.py"
    ecosystem = "PyPI"

    def wants(self, path: str) -> bool:
        """Return whether this is a `setup.py`."""
        return posixpath.basename(path) == "setup.py"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the requirements that stand in the file; those it computes are not known."""
        text = text_of(file)
        if "setup" not in text:
            return Extracted()
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            wishes = _by_text(text)
            if wishes:  # Python 2 and templates: the lists themselves are the same
                return _extracted(wishes)
            raise UnreadableError("not valid Python", getattr(error, "lineno", 0) or 0) from error
        return _extracted(_Literals(tree).wishes())


class SetupCfg(Extractor):
    """`setup.cfg` (https://setuptools.pypa.io/en/latest/userguide/declarative_config.html)."""

    name = "setup.cfg"
    ecosystem = "PyPI"

    def wants(self, path: str) -> bool:
        """Return whether this is a `setup.cfg`."""
        return posixpath.basename(path) == "setup.cfg"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the requirements of every kind."""
        text = text_of(file)
        parser = RawConfigParser(strict=False, delimiters=("=", ":"))
        try:
            parser.read_string(text)
        except ConfigError as error:
            raise UnreadableError("not a configuration file", getattr(error, "lineno", 0) or 0) from error
        asked: list[tuple[str, str, str]] = []
        if parser.has_section("options"):
            asked = [(name, parser["options"].get(name, ""), scope) for name, scope in _SCOPES.items()]
        if parser.has_section("options.extras_require"):
            extras = parser["options.extras_require"].items()
            asked += [(name, value, group_scope(name) or OPTIONAL) for name, value in extras]
        lines = text.splitlines()
        starts: dict[str, int] = {}
        for number, line in enumerate(lines):
            if found := _OPTION.match(line):
                starts.setdefault(found[1].lower(), number)
        wishes = [wish for name, value, scope in asked for wish in _listed(lines, starts.get(name, 0), value, scope)]
        return _extracted(wishes)


def _extracted(wishes: Wishes) -> Extracted:
    packages: list[Package] = []
    problems: list[Problem] = []
    for text, line, scope in wishes:
        try:
            wish = read_requirement(text)
        except ValueError as error:
            problems.append(Problem(line=line, reason=f"not a requirement: {error}"))
            continue
        name = package_name("PyPI", wish.name)
        packages.append(
            Package(
                key=f"{name}:{len(packages)}",
                name=name,
                version=wish.version,
                line=line,
                direct=True,
                scope=scope,
                constraint=wish_text(text, wish),
            ),
        )
    kept, problems_out = bounded(packages, problems)
    return Extracted(packages=kept, problems=problems_out)


class _Literals:
    """The module-level names of a file that are assigned once, and what `setup` is called with."""

    def __init__(self, tree: ast.Module) -> None:
        self._names: dict[str, ast.expr] = {}
        self._calls: list[ast.Call] = []
        self._seen = 0
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._names.setdefault(node.targets[0].id, node.value)
            elif isinstance(node, ast.Call) and _is_setup(node.func):
                self._calls.append(node)

    def wishes(self) -> Wishes:
        """Return the literal requirements of every call."""
        out: Wishes = []
        for call in self._calls:
            for keyword in call.keywords:
                if keyword.arg in _SCOPES:
                    out += self._of(keyword.value, _SCOPES[keyword.arg], 0)
                elif keyword.arg is None:
                    out += self._spread(keyword.value)
        return out

    def _spread(self, node: ast.expr) -> Wishes:
        """Return what `**settings` holds, where that is a literal dictionary."""
        value = self._named(node)
        out: Wishes = []
        if isinstance(value, ast.Dict):
            for key, one in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and (scope := _SCOPES.get(str(key.value))):
                    out += self._of(one, scope, 0)
        return out

    def _named(self, node: ast.expr) -> ast.expr:
        return self._names.get(node.id, node) if isinstance(node, ast.Name) else node

    def _of(self, node: ast.expr, scope: str, depth: int) -> Wishes:
        """Return the requirements of a list, tuple, sum of lists, dictionary of extras, or text with one a line."""
        node = self._named(node)
        self._seen += 1
        if depth > _DEEPEST or self._seen > _MOST_VALUES:
            return []
        parts: list[ast.expr] = []
        match node:
            case ast.Constant(value=str(text)):
                rows = text.splitlines() if depth == 0 else [text]
                return [(row.strip(), node.lineno, scope) for row in rows if row.strip()]
            case ast.Dict(keys=keys, values=values):
                return [wish for pair in zip(keys, values, strict=True) for wish in self._extra(*pair, depth)]
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                parts = elements
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                parts = [left, right]
            case ast.Starred(value=value):
                parts = [value]
        return [wish for one in parts for wish in self._of(one, scope, depth + 1)]

    def _extra(self, key: ast.expr | None, value: ast.expr, depth: int) -> Wishes:
        name = str(key.value) if isinstance(key, ast.Constant) else ""
        return self._of(value, group_scope(name) or OPTIONAL, depth + 1)


def _is_setup(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "setup"


_LIST = lazy(r"\b(install_requires|setup_requires|tests_require)\s*=\s*\[([^\]]{0,20000})\]")
_STRING = lazy(r"(?m)^(?:[^#'\"\n]*)?['\"]([^'\"\n]+)['\"]|,[ \t]*['\"]([^'\"\n]+)['\"]")


def _by_text(text: str) -> Wishes:
    """Return the strings of literal lists in a file that is no Python 3."""
    out: Wishes = []
    lines = LineIndex(text)
    for found in _LIST.finditer(text):
        for one in _STRING.finditer(found[2]):
            at = lines.at(found.start(2) + one.start(1 if one[1] else 2))
            out.append((one[1] or one[2], at, _SCOPES[found[1]]))
    return out


def _listed(lines: list[str], start: int, value: str, scope: str) -> Iterator[tuple[str, int, str]]:
    """Yield the requirements of an option's value, one a line, with their lines; the option stands at `start`."""
    if not value.strip() or value.strip().startswith("file:"):
        return
    for row in value.splitlines():
        text = row.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        start = next((n for n in range(start, len(lines)) if text in lines[n]), start)
        yield text, start + 1, scope
