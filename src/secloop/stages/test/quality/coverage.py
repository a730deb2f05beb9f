"""Reports of test coverage as lines by file: Cobertura's and JaCoCo's XML, lcov's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop.xmltree import parse_xml
from secloop.model.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.interop.xmltree import Element

Lines = dict[int, bool]
"""Lines that can be run, and whether any test ran them."""

LARGEST = 256 << 20
NAMES = ("coverage.xml", "cobertura.xml", "cobertura-coverage.xml", "jacoco.xml", "jacocoTestReport.xml", "lcov.info")
"""How reports are called where tools write them."""
PLACES = (
    "",
    "coverage/",
    "reports/",
    "target/site/jacoco/",
    "target/site/cobertura/",
    "build/reports/jacoco/test/",
    "build/reports/cobertura/",
)
"""Folders below the root that tools write reports to, whether git ignores them or not."""
_MOST_LINES = 5_000_000


def read_report(data: bytes) -> dict[str, Lines]:
    """Return the lines of a report by file, as it names files. Raises: UnreadableError."""
    if data.lstrip()[:1] == b"<":
        root = parse_xml(data)
        if root.tag == "coverage":
            return _cobertura(root)
        if root.tag == "report":
            return _jacoco(root)
        raise UnreadableError(f"no coverage report: <{root.tag}>", root.line)
    return _lcov(data.decode("utf-8", "replace"))


def _cobertura(root: Element) -> dict[str, Lines]:
    out: dict[str, Lines] = {}
    sources = [one.text.strip().rstrip("/") for one in root.each("sources", "source")]
    for one in root.each("packages", "package", "classes", "class"):
        name = one.attributes.get("filename", "").replace("\\", "/")
        base = sources[0] if len(sources) == 1 and sources[0] not in {"", "."} and not name.startswith("/") else ""
        lines = out.setdefault(f"{base}/{name}" if base else name, {})
        for line in one.each("lines", "line"):
            _note(lines, line.attributes.get("number"), line.attributes.get("hits"))
    return _bounded(out)


def _jacoco(root: Element) -> dict[str, Lines]:
    out: dict[str, Lines] = {}
    packages = [*root.each("package"), *root.each("group", "package")]
    for package in packages:
        for source in package.each("sourcefile"):
            folder = package.attributes.get("name", "")
            name = source.attributes.get("name", "")
            lines = out.setdefault(f"{folder}/{name}" if folder else name, {})
            for line in source.each("line"):
                _note(lines, line.attributes.get("nr"), line.attributes.get("ci"))
    return _bounded(out)


def _lcov(text: str) -> dict[str, Lines]:
    out: dict[str, Lines] = {}
    lines: Lines | None = None
    for row in text.splitlines():
        key, _, value = row.partition(":")
        if key == "SF":
            lines = out.setdefault(value.strip().replace("\\", "/"), {})
        elif key == "DA" and lines is not None:
            number, _, hits = value.partition(",")
            _note(lines, number, hits.partition(",")[0])
        elif row.strip() == "end_of_record":
            lines = None
    if not out:
        raise UnreadableError("no coverage report: no SF: record")
    return _bounded(out)


def _note(lines: Lines, number: str | None, hits: str | None) -> None:
    try:
        line, times = int(number or ""), int(float(hits or "0"))
    except (ValueError, OverflowError):
        return
    if line > 0:
        lines[line] = lines.get(line, False) or times > 0


def _bounded(found: dict[str, Lines]) -> dict[str, Lines]:
    if sum(map(len, found.values())) > _MOST_LINES:
        raise UnreadableError(f"a coverage report of more than {_MOST_LINES:,} lines")
    return found


def by_path(found: dict[str, Lines], paths: Iterable[str]) -> dict[str, Lines]:
    """Return lines by the path of a file in the tree: the one that a report's name ends with, or that ends with it.

    What is told of one file several times is joined; files that the tree does not have are left out.
    """
    every = list(paths)
    ends: dict[str, list[str]] = {}
    for path in every:
        ends.setdefault(path.rpartition("/")[2], []).append(path)
    out: dict[str, Lines] = {}
    for name, lines in found.items():
        meant = _meant(name.removeprefix("./"), ends.get(name.rpartition("/")[2], ()))
        if meant is not None:
            own = out.setdefault(meant, {})
            for line, ran in lines.items():
                own[line] = own.get(line, False) or ran
    return out


def _meant(name: str, same: Iterable[str]) -> str | None:
    fitting = [path for path in same if path == name or name.endswith(f"/{path}") or path.endswith(f"/{name}")]
    if name in fitting:
        return name
    longest = sorted(fitting, key=len)
    return longest[-1] if longest and (len(longest) == 1 or name.endswith(f"/{longest[-1]}")) else None
