"""Packages that files name without importing them: commands of a Dockerfile, apps of Django, plugins of a setting.

Manifests and locks name every package, so they do not count; of `package.json` and `pyproject.toml` the rest does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.scan.literals import Literals
from secloop.stages.build.purl import ecosystem_of, package_name
from secloop.stages.build.reach.files import LANGUAGES, weight
from secloop.stages.build.reach.modules import modules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from secloop.model.facts import Imports
    from secloop.stages.build.reach.sources import Sources

_SHORT = 2
_DOCUMENTATION = 1
_PLUGIN = lazy(
    r"^(?:@[^/]+/)?(?:eslint-(?:plugin|config)|babel-(?:plugin|preset)|jest-environment|stylelint-config|(?:plugin|preset))-"
    r"|^(?:grunt|gulp|karma|postcss|remark|rehype|mocha|passport|connect|express|hubot|metalsmith)-(?:contrib-)?"
    r"|-(?:loader|webpack-plugin|plugin|preset|reporter|launcher)$"
)
_COMMANDS: dict[str, tuple[str, ...]] = {
    "typescript": ("tsc",), "@angular/cli": ("ng",), "webpack-cli": ("webpack",), "npm-run-all": ("run-s", "run-p"),
    "@nestjs/cli": ("nest",), "@biomejs/biome": ("biome",), "@playwright/test": ("playwright",),
    "grunt-cli": ("grunt",),
    "gulp-cli": ("gulp",), "@vue/cli-service": ("vue-cli-service",), "cyclonedx-bom": ("cyclonedx-py",),
    "scikit-learn": ("sklearn",), "django": ("django-admin",), "sphinx": ("sphinx-build",), "pyjwt": ("jwt",),
}  # fmt: skip
_NO_USE = lazy(
    r"(?:^|/)(?:pnpm-(?:lock|workspace)\.yaml|renovate[\w.]*\.json5?|\.renovaterc[\w.]*|dependabot\.ya?ml|\.snyk|\.ncurc[\w.]*"
    r"|\.syncpackrc[\w.]*|osv-scanner\.toml|\.depcheckrc[\w.]*|environment[\w.-]*\.ya?ml|mkdocs[\w.-]*\.ya?ml)$"
)
_OBJECT = lazy(
    rb'"(?:(?:dev|peer|optional|bundled?)?dependencies(?:meta)?|overrides|resolutions|catalogs?)"\s*+:\s*+'
    rb"[{\[](?:[^{}\[\]]|\{[^{}]*+\}|\[[^\[\]]*+\])*+[}\]]",
    re.IGNORECASE,
)
_ARRAY = lazy(rb"^[\w-]*dependencies\s*+=\s*+\[(?:[^\]\"']|\"[^\"\n]*+\"|'[^'\n]*+')*+\]", re.IGNORECASE | re.MULTILINE)
_SECTION = lazy(rb"^\[[^\]\n]*(?:dependenc|packages)[^\n]*+\n(?:(?!\[)[^\n]*+\n)*+", re.IGNORECASE | re.MULTILINE)
_OWN_WORDS = lazy(rb"[^\n]")
_STRIPPED = {"package.json": (_OBJECT,), "pyproject.toml": (_ARRAY, _SECTION), "pipfile": (_SECTION,)}


Key = tuple[str, str]
"""A component: its file and purl."""


class Mention(NamedTuple):
    """Where a file names a package; `sure` when as a command, a setting or a string of a program, not in passing."""

    file: str
    line: int
    word: str
    sure: bool


def words_of(ecosystem: str, name: str) -> tuple[str, ...]:
    """Return under which words, in lower case, files may name a package."""
    own = package_name(ecosystem, name).lower()
    words = [own, *_COMMANDS.get(own, ())]
    if ecosystem == "PyPI":
        words += [
            own.replace("-", "_"),
            own.replace("-", "."),
            name.lower(),
            *(m.lower() for m in modules_of(name).names),
        ]
    else:
        short = {_PLUGIN.sub("", own), own.partition("/")[2] if own.startswith("@") else own}
        words += sorted(word for word in short if len(word) > _SHORT)
    return tuple(dict.fromkeys(words))


def mentions(
    asked: Mapping[Key, tuple[str, ...]],
    facts: Iterable[Imports],
    sources: Sources,
    manifests: Collection[str],
    counts: Callable[[Key, str], bool],
) -> dict[Key, Mention]:
    """Return where each of `asked` (a key and its words) is named first; a sure mention before any other.

    `manifests` are files that name packages because they list them; `counts` says of a key and a file whether what
    that names can be meant.
    """
    by_word: dict[bytes, list[Key]] = {}
    for key, words in asked.items():
        for text in words:
            by_word.setdefault(text.encode(), []).append(key)
    literals = Literals(sorted(by_word))
    patterns = {word: re.compile(rb"(?<![\w@])" + re.escape(word) + rb"(?!\w)") for word in by_word}
    found: dict[Key, Mention] = {}
    for fact in facts:
        data = b"" if _NO_USE.search(fact.file) else _text(fact, sources, manifests)
        for word in literals.within(data) if data else ():
            open_ = [key for key in by_word[word] if not (key in found and found[key].sure) and counts(key, fact.file)]
            for mention in _in_file(fact, data, word, patterns[word]) if open_ else ():
                for key in open_:
                    told = mention._replace(sure=mention.sure and _can_use(fact, key))
                    if key not in found or told.sure:
                        found[key] = told
    return found


def _can_use(fact: Imports, key: Key) -> bool:
    """Return whether a file that names a package can use it: no documentation, no program of another language."""
    return fact.language in {"", LANGUAGES[ecosystem_of(key[1])]} and weight(fact.file) != _DOCUMENTATION


def _text(fact: Imports, sources: Sources, manifests: Collection[str]) -> bytes:
    """Return a file's text in lower case, without what a manifest lists."""
    name = fact.file.rpartition("/")[2].lower()
    if fact.file in manifests and name not in _STRIPPED:
        return b""
    data = (sources.read(fact) or b"").lower()
    for pattern in _STRIPPED.get(name, ()):
        data = pattern.sub(lambda match: _OWN_WORDS.sub(b" ", match[0]), data)
    return data


def _in_file(fact: Imports, data: bytes, word: bytes, pattern: re.Pattern[bytes]) -> Iterator[Mention]:
    """Yield the first mention of a word, and the first sure one: in a program only within quotes."""
    first = True
    for match in pattern.finditer(data):
        start = data.rfind(b"\n", 0, match.start()) + 1
        before = data[start : match.start()]
        sure = not fact.language or any(quote in before for quote in (b'"', b"'", b"`"))
        if sure or first:
            yield Mention(fact.file, data.count(b"\n", 0, start) + 1, word.decode(), sure)
        if sure:
            return
        first = False
