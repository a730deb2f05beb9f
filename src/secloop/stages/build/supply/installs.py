"""What lines install beside pip: packages without a version, locks that are not honoured, scripts that nobody read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.supply.checks import Problem
from secloop.stages.build.supply.lines import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

UNPINNED, LOOSE, PIPED = "unpinned-install", "loose-install", "piped-installer"

_END = lazy(r"[;&|]|(?<!\S)#")
_COMMAND = lazy(r"(?<![\w./@-])(npm[ \t]+(?:install|i)|(?:yarn|gem|go|cargo)[ \t]+install)(?![\w-])")
_FETCHED = lazy(
    r"(?<![\w.-])(?:curl|wget)[ \t][^|;&]{1,600}\|[ \t]*+(?:sudo[ \t]++(?:-\S++[ \t]++)*+)?"
    r"(?:/\S*/)?(?:ba|da|z|k)?sh(?![\w.-])"
)
_NESTED = lazy(r"(?<![\w.-])(?:ba|da|z|k)?sh[ \t]++(?:-\w++[ \t]++)*+[\"']?(?:<\(|\$\()[ \t]*+(?:curl|wget)[ \t]")
_EXPRESSION = lazy(r"\$\{\{[^}]{0,200}\}\}|\$\{[^}]{0,200}\}")
_HOST = lazy(r"https?://([^/\s\"'$]++)")
_CHECKED = lazy(r"sha(?:256|384|512)sum|gpg[ \t]|cosign[ \t]")
_NPM_TOOLS = frozenset({"npm", "yarn", "pnpm", "corepack"})
_NPM_NAME = lazy(r"(?:@[\w.-]++/)?[A-Za-z0-9][\w.-]*+")
_NAME = lazy(r"[A-Za-z0-9][\w.-]*+")
_MOVING = ("latest", "next", "master", "main", "head")
_FROZEN = ("--frozen-lockfile", "--immutable", "--no-lockfile")
_WITH_VALUE = frozenset(
    {
        "--prefix",
        "--registry",
        "--loglevel",
        "--cache",
        "--install-dir",
        "--bindir",
        "--features",
        "--root",
        "--target",
        "--source",
        "-i",
        "-n",
        "-C",
    }
)


class Found(NamedTuple):
    """What a line (from 1) does: the check that speaks of it, the ecosystem, and the package or the host it names."""

    line: int
    check: str
    ecosystem: str
    name: str = ""


def installs(text: str, *, container: bool) -> Iterator[Found]:
    """Yield what the lines of a Dockerfile (`container`) or a pipeline install in ways that may differ each time."""
    for number, written in joined(text):
        if written.lstrip().startswith("#"):
            continue
        line = _EXPRESSION.sub("$", written)
        if (piped := _FETCHED.search(line) or _NESTED.search(line)) and not _CHECKED.search(line):
            host = _HOST.search(line, piped.start())
            yield Found(number, PIPED, "generic", host[1] if host else "")
        for found in _COMMAND.finditer(line):
            words = _END.split(line[found.end() :], maxsplit=1)[0].replace('"', " ").replace("'", " ").split()
            tool = found[1].split()[0]
            if tool == "yarn" and not container:
                continue  # Yarn honours the lock by itself in a pipeline
            yield from (Found(number, *one) for one in _TOOLS[tool](words))


def _npm(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield names without a version, or that the lock is not taken as it is (`npm ci` does)."""
    names = list(_plain(words))
    if not names and not any(word.startswith("--package-lock") for word in words):
        yield LOOSE, "npm", "npm"
    for name in names:
        bare, _, version = name[1:].partition("@")
        bare = name[:1] + bare
        if _NPM_NAME.fullmatch(bare) and bare not in _NPM_TOOLS and (not version or version in _MOVING):
            yield UNPINNED, "npm", bare


def _yarn(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if not any(word.startswith(_FROZEN) for word in words):
        yield LOOSE, "npm", "yarn"


def _gem(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if not any(word.startswith(("-v", "--version", "-g", "--file", "-l", "--local")) for word in words):
        yield from (
            (UNPINNED, "RubyGems", name) for name in _plain(words) if _NAME.fullmatch(name) and name != "bundler"
        )


def _go(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for word in _plain(words):
        name, at, version = word.partition("@")
        if at and version.lower() in _MOVING and "." in name.partition("/")[0]:
            yield UNPINNED, "Go", name


def _cargo(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if not any(word.startswith(("--version", "--vers", "--path", "--git", "--locked")) for word in words):
        yield from ((UNPINNED, "crates.io", name) for name in _plain(words) if _NAME.fullmatch(name))


_TOOLS: dict[str, Callable[[Sequence[str]], Iterator[tuple[str, str, str]]]] = {
    "npm": _npm,
    "yarn": _yarn,
    "gem": _gem,
    "go": _go,
    "cargo": _cargo,
}


def _plain(words: Sequence[str]) -> Iterator[str]:
    """Yield the words that are no options, nor the values of those that take one."""
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in _WITH_VALUE
        elif word not in {"\\", "{", "}"}:
            yield word


_MESSAGES = {
    LOOSE: (
        "{name} install resolves anew whatever no lock file pins, and may change what it pins. Commit the lock file, "
        "and install exactly what it says: {frozen}."
    ),
    PIPED: (
        "A script from {name} runs as soon as it is fetched, and nobody has read it: whoever controls the server or "
        "the name decides what the build does. Fetch a version, compare its digest, then run it; or install a package."
    ),
    UNPINNED: (
        "{name} is installed without a version, so each build may get another one. Pin it, or install from a lock."
    ),
}
_PIP = (
    "{name} is installed without a version, so each build may get another one. Pin it (==), or install from a "
    "requirements file with hashes."
)
_FROZEN_COMMANDS = {"npm": "npm ci", "yarn": "yarn install --immutable (Yarn 1: --frozen-lockfile)"}


def problem(found: Found) -> Problem:
    """Return what is wrong with an install, as findings say it."""
    template = _PIP if found.ecosystem == "PyPI" else _MESSAGES[found.check]
    name = found.name or "the network"
    text = template.format(name=name, frozen=_FROZEN_COMMANDS.get(name, ""))
    own = "unpinned" if found.check == UNPINNED else f"{found.check} {found.name}".rstrip()
    return Problem(found.check, own, text)
