"""A secret matcher's `match`, in Gitleaks' keys.

Source: the configuration section of Gitleaks' README (rules, allowlists, required). Keys that only make sense for a
whole configuration file (`extend`, `id`, `description`) belong to the page instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from secloop.model.rule import Matcher


class _Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A table of the match: unknown keys are errors."""


class Allowlist(_Spec, frozen=True, kw_only=True):
    """What is no secret after all. `regex_target` says what the regexes look at; stopwords look at the secret.

    `commits` are lower-case commit ids; they hold only where the history is scanned.
    """

    description: str = ""
    condition: Literal["OR", "AND"] = "OR"
    regex_target: Literal["secret", "match", "line"] = "secret"
    regexes: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()


class Required(_Spec, frozen=True, kw_only=True):
    """Another matcher of the page that must hit near this one's hit; a distance of None is any.

    `within_lines` counts lines, `within_columns` bytes between the two starts on their lines.
    """

    id: str
    within_lines: int | None = 5
    within_columns: int | None = None


class MatchSpec(_Spec, frozen=True, kw_only=True):
    """One way to find a secret.

    `keywords` are lower-case literals of which one must be in the file; `regex` is RE2 syntax over bytes;
    `secret_group` 0 means the first group that is not empty, or the whole match without one; `entropy` is in bits per
    character, and the secret's must be above it; `path` is searched in the path. A matcher with `skip_report` is only
    there for others that require it. With `each`, a regex with one group and a key of ours, what `regex` finds is a
    block, and every match of `each` in it holds a secret.
    """

    keywords: tuple[str, ...] = ()
    regex: str
    secret_group: int = 0
    entropy: float = 0.0
    path: str = ""
    allowlists: tuple[Allowlist, ...] = ()
    required: tuple[Required, ...] = ()
    skip_report: bool = False
    each: str = ""


def read_match(matcher: Matcher) -> MatchSpec:
    """Return a matcher's `match` as a value. Raises: msgspec.ValidationError."""
    match: Any = matcher.match
    return msgspec.convert(match, MatchSpec)
