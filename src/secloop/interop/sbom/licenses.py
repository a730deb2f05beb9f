"""How a declared licence is written in an SBOM: as an SPDX expression where it is one, else by its name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_LONGEST = 1000  # an expression; what is longer is a text, not an expression
_MOST_WORDS = 60
COMMON = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC-BY-4.0", "CC0-1.0", "ISC"}
    | {"MIT", "MIT-0", "MPL-2.0", "Unlicense", "WTFPL", "Zlib"}
)
"""Ids that nearly all packages declare: they are expressions as they stand, and need no parser to say so."""

_WORD = re.compile(r"[A-Za-z0-9.+-]+")


@lru_cache(maxsize=1 << 12)
def expression(text: str) -> str:
    """Return `text` as a normalised SPDX expression, empty where it is none. `LicenseRef-` ids count as known."""
    if text in COMMON:
        return text
    if not text or len(text) > _LONGEST or len(text.split()) > _MOST_WORDS:
        return ""
    from license_expression import ExpressionError

    try:
        parsed = licensing().parse(text.strip(), strict=True)
        unknown = [key for key in licensing().unknown_license_keys(parsed) if not key.startswith("LicenseRef-")]
    except (ExpressionError, ValueError, TypeError, AttributeError, RecursionError):
        return ""
    return str(parsed) if parsed is not None and not unknown else ""


def is_id(text: str) -> bool:
    """Return whether a normalised expression is one licence id of SPDX's list."""
    return _WORD.fullmatch(text) is not None and not text.startswith(("LicenseRef-", "DocumentRef-"))


def joined(licenses: tuple[str, ...]) -> str:
    """Return one expression that holds all of `licenses`, empty where one of them is none."""
    parts = [expression(text) for text in licenses]
    if not parts or not all(parts):
        return ""
    if len(parts) == 1:
        return parts[0]
    return " AND ".join(f"({part})" if " " in part else part for part in parts)


@lru_cache(maxsize=1)
def licensing() -> Any:
    """Return the parser of SPDX expressions; making one takes tens of milliseconds."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
