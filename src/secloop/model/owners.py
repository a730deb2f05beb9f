r"""CODEOWNERS: who answers for a path. Pure: text in, owners out.

Two dialects, which differ where it matters:

- GitHub: the last line that matches decides; a line without owners takes the path from everyone. A slash at the start
  or in the middle ties a pattern to the root; `docs/*` holds files of that folder only; ` #` starts a comment; lines
  with `!` or `[` are skipped. Source: docs.github.com, "About code owners".
- GitLab: `[Section]` lines, each with its own last match and perhaps default owners; a path belongs to the owners of
  all sections. A pattern without a leading slash holds at any depth, a folder is written with a trailing slash, `!`
  takes a path out of its section. Source: docs.gitlab.com, "CODEOWNERS syntax".

In both, `\ ` is a space and `\#` a hash of a path. Matching takes no regular expression and no exponential time.
"""

from __future__ import annotations

from enum import StrEnum

from secloop.model.base import Value
from secloop.model.regex import lazy

_SECTION = lazy(r"\^?\[([^\]]*)\](?:\[\d+\])?(.*)")
_TOKEN = lazy(r"(?:\\.|[^\s\\]|\\$)+")
_ANY_DEPTH = "**"


class Dialect(StrEnum):
    """Whose rules of reading hold."""

    GITHUB = "github"
    GITLAB = "gitlab"


class OwnerRule(Value):
    """One line: what it matches, in segments (`**` for any number of them), and who owns that.

    `negated` takes it out of its section; `below` holds for all that lies in a folder it matches.
    """

    segments: tuple[str, ...]
    owners: tuple[str, ...]
    section: str = ""
    negated: bool = False
    below: bool = False


class CodeOwners(Value):
    """The rules of a file in order."""

    rules: tuple[OwnerRule, ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """Return the owners of a path (relative to the root, forward slashes), each once; empty where nobody is."""
        parts = tuple(path.split("/"))
        decided: dict[str, tuple[str, ...]] = {}
        out: set[str] = set()
        for rule in self.rules:
            if rule.section not in out and _holds(rule, parts):
                decided[rule.section] = () if rule.negated else rule.owners
                if rule.negated:
                    out.add(rule.section)
        return tuple(dict.fromkeys(owner for owners in decided.values() for owner in owners))


def parse_codeowners(text: str, dialect: Dialect = Dialect.GITHUB) -> CodeOwners:
    """Return the rules of a CODEOWNERS file. Lines that cannot be read are skipped, as GitHub and GitLab do."""
    rules: list[OwnerRule] = []
    section = ""
    default: tuple[str, ...] = ()
    for raw in text.removeprefix("\ufeff").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        head = _SECTION.match(line) if dialect is Dialect.GITLAB else None
        if head:
            section, default = head[1].strip().lower(), _owners(_TOKEN.findall(head[2]))
            continue
        rule = _rule(line, dialect, section, default)
        if rule is not None:
            rules.append(rule)
    return CodeOwners(rules=tuple(rules))


def has_sections(text: str) -> bool:
    """Return whether a file has GitLab's section lines, which GitHub has not."""
    return any(_SECTION.match(line.strip()) for line in text.splitlines())


def _rule(line: str, dialect: Dialect, section: str, default: tuple[str, ...]) -> OwnerRule | None:
    pattern, *rest = _TOKEN.findall(line)
    negated = pattern.startswith("!")
    if dialect is Dialect.GITHUB and (negated or pattern.startswith("[")):
        return None
    pattern = pattern[1:] if negated else pattern
    if not pattern.strip("/"):
        pattern = "/**" if pattern else ""
    if not pattern:
        return None
    owners = _owners(rest) or default
    segments, below = _segments(pattern, dialect)
    return OwnerRule(segments=segments, owners=owners, section=section, negated=negated, below=below)


def _owners(words: list[str]) -> tuple[str, ...]:
    """Return the owners among words, up to a comment."""
    out: list[str] = []
    for word in words:
        if word.startswith("#"):
            break
        if "@" in word:
            out.append(word)
    return tuple(dict.fromkeys(out))


def _segments(pattern: str, dialect: Dialect) -> tuple[tuple[str, ...], bool]:
    """Return a pattern in segments, and whether it also holds all below what it names."""
    folder = pattern.endswith("/")
    parts = pattern.strip("/").split("/")
    if dialect is Dialect.GITHUB:
        tied = pattern.startswith("/") or len(parts) > 1
        below = folder or parts[-1] != "*"
    else:
        tied = pattern.startswith("/")
        below = folder
    if folder or parts[-1] == _ANY_DEPTH:  # what is inside, so one segment more
        parts = [*parts, "*"]
    return (tuple(parts) if tied else (_ANY_DEPTH, *parts)), below


def _holds(rule: OwnerRule, path: tuple[str, ...]) -> bool:
    """Return whether a rule matches a path, or a folder above it where the rule holds all below."""
    if not rule.below:
        return _matches(rule.segments, path)
    return any(_matches(rule.segments, path[:n]) for n in range(len(path), 0, -1))


def _matches(segments: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Match segment by segment; at a dead end go back to the last `**` only, which suffices and stays quadratic."""
    at = here = 0
    star, tried = -1, 0
    while here < len(path):
        if at < len(segments) and segments[at] == _ANY_DEPTH:
            star, tried = at, here
            at += 1
        elif at < len(segments) and _segment_matches(segments[at], path[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            tried += 1
            at, here = star + 1, tried
        else:
            return False
    return all(one == _ANY_DEPTH for one in segments[at:])


def _segment_matches(pattern: str, name: str) -> bool:
    """Match one segment: `*`, `?`, and a backslash before what stands for itself. As above, back to the last `*`."""
    at = here = 0
    star, tried = -1, 0
    while here < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, tried = at, here
            at += 1
            continue
        literal = pattern[at : at + 1] == "\\" and at + 1 < len(pattern)
        sign = pattern[at + literal : at + literal + 1]
        if sign and (sign == name[here] or (sign == "?" and not literal)):
            at, here = at + 1 + literal, here + 1
        elif star >= 0:
            tried += 1
            at, here = star + 1, tried
        else:
            return False
    return not pattern[at:].strip("*")
