"""`mix.lock` and `mix.exs` (https://hexdocs.pm/mix/Mix.Tasks.Deps.html): terms of Elixir, read as text."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    DEV,
    OPTIONAL,
    RUNTIME,
    SCOPES,
    TEST,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import LineIndex, Wishes, extracted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_ENTRY = lazy(r"\s*\"([^\"]+)\":\s*\{:(hex|git|path),\s*(?::\"?([\w.]+)\"?|\"([^\"]*)\"),\s*\"([^\"]*)\"(.*)")
_NEED = lazy(r"\{:(\w+), \"[^\"]*\", \[([^\]]*)\]\}")
_REPO = lazy(r"\], \"([^\"]+)\"(?:, \"([0-9a-f]{64})\")?\}")
_TUPLE = lazy(r"\{\s*:(\w+)\s*,\s*(?:(?:\"|~r/)([^\"]*)\"\s*)?([^{}]*)\}")
_FUNCTION = lazy(r"([ \t]*+)defp?[ \t]++(\w++)(.*)")
_DO = lazy(r"\bdo\b(.*)")
_OPTION = lazy(r"\b(\w++):\s*+(\"[^\"]*\"|\[[^\]]*\]|:?\w+)")
_EXACT = lazy(r"(?:==\s*)?(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)")
_ATOM = lazy(r":(\w+)")


class MixLock(Extractor):
    """`mix.lock`. Which packages are direct only `mix.exs` knows."""

    name = "mix.lock"
    ecosystem = "Hex"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `mix.lock`."""
        return posixpath.basename(path) == "mix.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges and hashes, one a line as Mix writes them; git ones have no version."""
        packages: list[Package] = []
        problems: list[Problem] = []
        for number, line in enumerate(text_of(file).splitlines(), 1):
            if found := _ENTRY.match(line):
                packages.append(_locked(found, number))
            elif line.strip().strip("%{},"):
                problems.append(Problem(line=number, reason="not an entry that Mix writes"))
        if problems and not packages:
            raise UnreadableError(problems[0].reason, problems[0].line)
        return extracted(packages, problems)


class MixExs(Extractor):
    """`mix.exs`: literal tuples of functions called `deps`. The file is code; it is read, never run."""

    name = "mix.exs"
    ecosystem = "Hex"

    def wants(self, path: str) -> bool:
        """Return whether this is a `mix.exs`."""
        return posixpath.basename(path) == "mix.exs"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes with the scope that `only:` and `optional:` give."""
        text, wishes = text_of(file), Wishes()
        text = re.sub(r"(?m)(^|\s)#(?!\{).*$", r"\1", text)
        for start, body in _bodies(text):
            lines = LineIndex(body)
            for found in _TUPLE.finditer(body):
                line = start - 1 + lines.at(found.start())
                options: dict[str, str] = {name: value.strip('"') for name, value in _OPTION.findall(found[3])}
                exact = _EXACT.fullmatch(found[2] or "")
                wishes.add(
                    options.get("hex", found[1]).strip(":"),
                    line,
                    version=exact[1] if exact else "",
                    constraint=found[2] or "",
                    scope=_scope(options),
                    origin=_origin(options),
                    own=bool(options.keys() & {"path", "in_umbrella"}),
                )
        return wishes.extracted()


def _bodies(text: str) -> Iterator[tuple[int, str]]:
    """Yield first line and text of every function for dependencies; its `end` stands as deep as its `def`."""
    start, ends, body = 0, "", [""]
    for number, line in enumerate(text.splitlines(), 1):
        if start and line.rstrip() == ends:
            yield start, "\n".join(body)
            start = 0
        elif start:
            body.append(line)
        elif (found := _FUNCTION.match(line)) and "deps" in found[2] and (opened := _DO.search(found[3])):
            start, ends, body = number, f"{found[1]}end", [opened[1]]
    if start:
        yield start, "\n".join(body)


def _locked(found: re.Match[str], line: int) -> Package:
    name, kind, package, place, version, rest = found.groups()
    if kind != "hex":
        origin = clean_url(f"{place}#{version}")
        return Package(key=name, name=name, line=line, origin=origin, own=kind == "path")
    repo = _REPO.search(rest)
    outer = hex_hash(repo[2], "sha256") if repo and repo[2] else ""
    return Package(
        key=name,
        name=package or name,
        version=version,
        line=line,
        needs=tuple(dict.fromkeys(need for need, options in _NEED.findall(rest) if "optional: true" not in options)),
        origin=repo[1] if repo and repo[1] != "hexpm" else "",
        hashes=(outer,) if outer else (),
    )


def _scope(options: dict[str, str]) -> str:
    if options.get("optional") == "true":
        return OPTIONAL
    named = {"prod": RUNTIME, "test": TEST, "dev": DEV}
    scopes = [named.get(name, DEV) for name in _ATOM.findall(options.get("only", ""))]
    return min(scopes, default=RUNTIME, key=SCOPES.index)


def _origin(options: dict[str, str]) -> str:
    url = options.get("git") or (f"https://github.com/{options['github']}" if "github" in options else "")
    return clean_url(f"{url}#{options['ref']}" if url and "ref" in options else url)
