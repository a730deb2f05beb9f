"""Packages that a shell command installs at one pinned version: of apt, apk, pip, npm, go, cargo, gem and kin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import RUNTIME, Package
from secloop.stages.build.packages.containers.images import image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class _Tool(NamedTuple):
    """An installer: the words that start an installation, how it pins a package, and the ecosystem of that."""

    verbs: frozenset[str]
    pinned: re.Pattern[str]
    ecosystem: str


_NAME = r"(?P<name>[A-Za-z0-9][A-Za-z0-9.+-]*+)"
_APT = _Tool(frozenset({"install"}), re.compile(rf"{_NAME}(?::\w++)?=(?P<version>\d[\w.+:~-]*+)"), "Debian")
_APK = _Tool(frozenset({"add"}), re.compile(rf"{_NAME}=(?P<version>\d[\w.-]*+)"), "Alpine")
_PIP = _Tool(
    frozenset({"install", "inject", "add"}),
    re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*+)(?:\[[^\]]*+\])?==(?P<version>\d[\w.!+-]*+)"),
    "PyPI",
)
_NPM = _Tool(
    frozenset({"install", "i", "add"}),
    re.compile(r"(?P<name>(?:@[\w.-]++/)?[A-Za-z0-9][\w.-]*+)@(?P<version>\d++\.\d++\.\d++[\w.+-]*+)"),
    "npm",
)
_GO = _Tool(
    frozenset({"install"}),
    re.compile(r"(?P<name>[\w-]++\.[\w.-]++/[^\s@]++)@(?P<version>v\d++\.\d++\.\d++[\w.+-]*+)"),
    "Go",
)
_CARGO = _Tool(
    frozenset({"install", "binstall"}),
    re.compile(r"(?P<name>[A-Za-z][\w-]*+)@(?P<version>\d++\.\d++\.\d++\S*+)"),
    "crates.io",
)
_GEM = _Tool(
    frozenset({"install"}), re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*+):(?P<version>\d++(?:\.\w++)++)"), "RubyGems"
)
_TOOLS = {
    **dict.fromkeys(("apt", "apt-get", "aptitude"), _APT),
    "apk": _APK,
    **dict.fromkeys(("pip", "pip2", "pip3", "pipx", "uv"), _PIP),
    **dict.fromkeys(("npm", "pnpm", "yarn", "bun"), _NPM),
    "go": _GO,
    "cargo": _CARGO,
    "gem": _GEM,
}
_TOKEN = lazy(r"[;|&]++|[^\s;|&]++")
_SYSTEMS = (
    (re.compile(r"alpine-?v?(\d++\.\d++)"), "Alpine", "alpine"),
    (re.compile(r"ubuntu-?(\d++\.\d++)"), "Ubuntu", "ubuntu"),
    (re.compile(r"debian-?(\d++)"), "Debian", "debian"),
)
_DEBIANS = {"stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13"}


def installs(rows: Iterable[tuple[int, str]], base: str) -> Iterator[Package]:
    """Yield what a shell text, given as (line, text) rows, pins, in an image that is built on `base`."""
    tool: _Tool | None = None
    known: _Tool | None = None  # a tool that is named, and has not been told yet what to do
    for line, text in rows:
        for token in _TOKEN.findall(text):
            word = token.strip("\"'")
            if token[0] in ";|&":
                tool = known = None
            elif tool is not None:
                if found := tool.pinned.fullmatch(word):
                    yield _package(tool, found, line, base)
            elif known is not None and word in known.verbs:
                tool = known
            else:
                known = _TOOLS.get(word.rpartition("/")[2]) or known


def _package(tool: _Tool, found: re.Match[str], line: int, base: str) -> Package:
    ecosystem, release = tool.ecosystem, ""
    if tool is _APT or tool is _APK:
        system, release = _system(base)
        ecosystem = system if tool is _APT and system == "Ubuntu" else ecosystem
        release = release if ecosystem == system else ""
    return Package(
        key=f"{ecosystem}:{found[0]}:{line}",
        name=found["name"],
        version=found["version"],
        line=line,
        direct=True,
        scope=RUNTIME,
        ecosystem=ecosystem,
        qualifiers=(("distro", release),) if release else (),
    )


def _system(base: str) -> tuple[str, str]:
    """Return (ecosystem, `distro` qualifier) that a base image tells: `ubuntu:22.04`, `python:3.12-alpine3.19`."""
    known = image(base)
    if known is None:
        return "", ""
    short = known.name.rpartition("/")[2]
    for pattern, ecosystem, distribution in _SYSTEMS:
        if told := pattern.search(f"{short}-{known.tag}"):
            return ecosystem, f"{distribution}-{told[1]}"
    release = next((number for name, number in _DEBIANS.items() if name in known.tag), "")
    return ("Debian", f"debian-{release}") if release else ("Ubuntu" if short == "ubuntu" else "", "")
