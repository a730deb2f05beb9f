"""How strong a value is: Shannon entropy per character, and a careful guess of its total bits.

The guess decides two things: whether a value is *guessable* (its identity then goes through a slow hash), and how sure
we are that a generic hit is a real secret. It errs on the low side: a long run of letters in one case that reads like
words counts two bits a letter (Shannon 1951 measured 0.6-1.3 for English text), a digit run counts as a number.
"""

from __future__ import annotations

import math
from functools import lru_cache

from secloop.model.regex import lazy

GUESSABLE_BITS = 64.0
"""Below this a value could be found by trying: about what a rack of GPUs tries in a year against a fast hash."""

_WORDLIKE_BITS = 2.0
_VOWELS = frozenset("aeiouyAEIOUY")
_RUN = lazy(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_WORD_CONSONANTS = 5


def entropy(value: str) -> float:
    """Return the Shannon entropy of `value` in bits per character; 0 for an empty value."""
    if not value:
        return 0.0
    size = len(value)
    counts = map(value.count, dict.fromkeys(value))
    return -sum(n / size * math.log2(n / size) for n in counts)


@lru_cache(maxsize=4096)
def strength(value: str) -> float:
    """Return the estimated strength of `value` in bits; words, repeats and runs count little."""
    words = sum(len(run) for run in words_in(value))
    rest = len(value) - words
    return min(words * _WORDLIKE_BITS + rest * entropy(value), len(value) * entropy(value))


def guessable(value: str) -> bool:
    """Return whether `value` is weak enough that a published fast hash of it would be an oracle."""
    return strength(value) < GUESSABLE_BITS


def words_in(value: str) -> list[str]:
    """Return the runs of letters of `value` that read like words: with a vowel and no long consonant cluster."""
    return [run for run in _RUN.findall(value) if _wordlike(run)]


def _wordlike(run: str) -> bool:
    vowels = sum(c in _VOWELS for c in run)
    if not vowels or vowels * 6 < len(run):
        return False
    cluster = 0
    for c in run:
        cluster = 0 if c in _VOWELS else cluster + 1
        if cluster >= _WORD_CONSONANTS:
            return False
    return True
