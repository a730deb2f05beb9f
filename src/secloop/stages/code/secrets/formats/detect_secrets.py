"""`.secrets.baseline` of detect-secrets: the SHA-1 of every value known in a file.

A value is known in its file wherever it stands there. detect-secrets cuts some values otherwise (of a private key it
hashes the words of the armour line), so the words of the hit's own text are tried too. Nothing is hidden that the
baseline does not hash. Source: detect_secrets/core/potential_secret.py.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.stages.code.secrets.formats.base import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from secloop.stages.code.secrets.formats.base import Seen

FILE = ".secrets.baseline"
_ARMOUR = lazy(r"BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?")
_WORDS = lazy(r"[^\s\"'`=:,;<>(){}\[\]@]+")
_MAX_WORDS = 50
_MAX_TYPE = 60


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is said of a value, by its hash, by file."""

    known: Mapping[str, Mapping[str, str]]

    def why(self, seen: Seen) -> str:
        """Return that the baseline holds the value, and what its audit said."""
        hashes = self.known.get(seen.file.path)
        if not hashes:
            return "" if seen.file.path != FILE else "in the scanner's own baseline"
        for text in _texts(seen):
            said = hashes.get(hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest())
            if said is not None:
                return said
        return ""


def read_baseline(root: Path) -> Baseline | None:
    """Return the baseline at `root`, or None without one. Raises: UsageError where it is broken."""
    data = read_bytes(root / FILE, root)
    if data is None:
        return None
    try:
        return Baseline(_known(json.loads(data)))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        what = f"{FILE} is not a baseline of detect-secrets"
        raise UsageError(what, "Write it anew with `detect-secrets scan`, or remove it") from None


def _known(document: Any) -> dict[str, dict[str, str]]:
    return {
        path.replace("\\", "/").removeprefix("./"): {
            str(one["hashed_secret"]).lower(): _said(one.get("type"), real=one.get("is_secret") is True)
            for one in secrets
        }
        for path, secrets in document["results"].items()
    }


def _said(type_: Any, *, real: bool) -> str:
    kind = f" as {type_[:_MAX_TYPE]}" if isinstance(type_, str) and type_ else ""
    return f"known in {FILE}{kind}" + (", audited there as a real secret" if real else "")


def _texts(seen: Seen) -> Iterator[str]:
    yield seen.hit.value
    match = seen.match.decode("utf-8", "replace")
    if armour := _ARMOUR.search(match[:100]):
        yield armour[0]
    for text in (seen.hit.value[:2000], match[:2000]):
        for n, word in enumerate(_WORDS.finditer(text)):
            if n == _MAX_WORDS:
                break
            yield word[0]
