"""What is quoted from a file, made safe to show: it may hold a secret, also one that no rule knows."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from secloop.model.regex import lazy

if TYPE_CHECKING:
    import re

STARS = "****"

_RANDOM = lazy(r"[A-Za-z0-9+/=_.~-]{20,}")
_RANDOM_BITS = 3.6
_USER = lazy(r"(?<=://)[^\s/@\"']*+@")


def mask(text: str) -> str:
    """Return `text` with random-looking runs, and what stands before the `@` of a URL, replaced by stars."""
    return mask_random(_USER.sub(f"{STARS}@", text))


def mask_random(text: str) -> str:
    """Return `text` with random-looking runs of 20 or more characters replaced by stars."""
    return _RANDOM.sub(_masked, text)


def _masked(run: re.Match[str]) -> str:
    shares = [n / len(run[0]) for n in Counter(run[0]).values()]
    bits = -sum(share * math.log2(share) for share in shares)
    return STARS if bits > _RANDOM_BITS and any(c.isdigit() for c in run[0]) else run[0]
