"""Kubernetes' regex library: `find` and `findAll` in RE2's syntax, as `matches` has it; linear in the text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from secloop.policy.cel_libraries.base import method


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"not a pattern: {pattern}") from error


def find(text: str, pattern: str) -> str:
    """Return the first match, "" where there is none. Raises: ValueError for a pattern that is none."""
    match = _compiled(pattern).search(text)
    return str(match[0]) if match else ""


def find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    """Return the matches in order, at most `limit` (negative: all). Raises: ValueError for a pattern that is none."""
    out: list[str] = []
    for match in _compiled(pattern).finditer(text):
        if 0 <= limit <= len(out):
            break
        out.append(str(match[0]))
    return out


FUNCTIONS = (
    method("find", ("string", "string"), "string", find),
    method("findAll", ("string", "string"), "list<string>", find_all),
    method("findAll", ("string", "string", "int"), "list<string>", find_all),
)
