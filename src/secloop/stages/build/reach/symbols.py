"""Whether a project names the functions that an advisory names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from secloop.stages.build.reach.uses.base import Uses


class Named(NamedTuple):
    """Where a program names a symbol."""

    file: str
    line: int
    symbol: str


def first_named(
    ecosystem: str, symbols: Mapping[str, tuple[str, ...]], files: Iterable[tuple[str, Uses]]
) -> Named | None:
    """Return the first use of one of the symbols in the files, None where there is none."""
    for file, uses in files:
        found = min(_named(ecosystem, symbols, uses), default=None)
        if found is not None:
            return Named(file, *found)
    return None


def last_part(name: str) -> str:
    """Return the last part of a name or path: without it a file holds no use of a symbol."""
    return name.rpartition("/")[2].rpartition(".")[2]


def _named(ecosystem: str, symbols: Mapping[str, tuple[str, ...]], uses: Uses) -> Iterator[tuple[int, str]]:
    for path, names in symbols.items():
        if ecosystem == "Go":
            yield from _of_go(path, names, uses)
        else:
            for name in names or (path,):
                yield from _by_last(path, name, uses)


def _of_go(path: str, names: tuple[str, ...], uses: Uses) -> Iterator[tuple[int, str]]:
    """Yield uses of the symbols of one package of Go. A method counts when the file also names its type or a maker."""
    if path not in uses.imports:
        return
    if not names:
        yield uses.imports[path], f"{path} (all of it)"
    for name in names:
        kind, dot, method = name.rpartition(".")
        if not dot:
            line = uses.members.get((path, name))
        else:
            made = any(own == path and (kind in member or member.startswith("New")) for own, member in uses.members)
            line = uses.methods.get(method) if made else None
        if line is not None:
            yield line, f"{path}.{name}"


def _by_last(path: str, name: str, uses: Uses) -> Iterator[tuple[int, str]]:
    """Yield uses of a symbol by its last part, below the same top module: packages export again what lies deeper."""
    whole = name if name.startswith(path) or not path else f"{path}.{name}"
    top, last = whole.partition(".")[0], whole.rpartition(".")[2]
    for (module, member), line in uses.members.items():
        own = module.partition(".")[0].partition("/")[0]
        if own == top and last in {member.rpartition(".")[2], f"{module}.{member}".rpartition(".")[2]}:
            yield line, f"{module}.{member}" if member else module
