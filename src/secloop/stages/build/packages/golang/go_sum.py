"""`go.sum` (https://go.dev/ref/mod#go-sum-files): the modules of which Go has seen the content."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    text_of,
)
from secloop.stages.build.packages.wishes import extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_LINE = lazy(r"(\S+) (v\d+\.\d+\.\d+[^\s/]*)(/go\.mod)? h1:\S+")


class GoSum(Extractor):
    """`go.sum` without a `go.mod` beside it.

    A module of which only the `go.mod` has a hash is part of the graph, but nothing of it is built: it is optional.
    """

    name = "go.sum"
    ecosystem = "Go"
    lock = True
    yields_to = ("go.mod",)

    def wants(self, path: str) -> bool:
        """Return whether this is a `go.sum`."""
        return posixpath.basename(path) == "go.sum"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the last version of each module, which is the highest: the file is sorted."""
        modules, problems = modules_of(text_of(file))
        if problems and not modules:
            raise UnreadableError(problems[0].reason, problems[0].line)
        packages = [
            Package(key=name, name=name, version=version, line=line, scope=RUNTIME if built else OPTIONAL)
            for name, (version, line, built) in modules.items()
        ]
        return extracted(packages, problems)


def modules_of(text: str) -> tuple[dict[str, tuple[str, int, bool]], list[Problem]]:
    """Return version, line and whether it is built by module, and the lines that are no entries."""
    modules: dict[str, tuple[str, int, bool]] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := _LINE.fullmatch(line.strip()):
            module, version, graph_only = found.groups()
            known = modules.get(module)
            if not known or known[0] != version:  # the line of the content comes before that of its `go.mod`
                modules[module] = (version, number, not graph_only)
        elif line.strip():
            problems.append(Problem(line=number, reason="not a line that go.sum knows"))
    return modules, problems
