"""Conan versions: items between dots, numbers by value and words after them (`1.1.1 < 1.1.1w`), pre-release after `-`.

https://docs.conan.io/2/tutorial/versioning/version_ranges.html
"""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

_RUN = lazy(r"([0-9]++)|([^0-9.]++)|(\.)")
_BEFORE, _END, _RELEASE = "\x01", "\x02", "\x03"
_DOT, _NUMBER, _WORD = "\x04", "\x05", "\x06"


def key(version: str) -> str:
    """Return a sort key; total over all strings. Build metadata has no order; trailing zeros count for nothing."""
    main, dash, pre = version.strip().lower().partition("+")[0].partition("-")
    items = main.split(".")
    while len(items) > 1 and items[-1] == "0":
        items.pop()
    return _items(".".join(items)) + (_BEFORE + _items(pre) if dash else _RELEASE)


def _items(text: str) -> str:
    out: list[str] = []
    for digits, word, _ in _RUN.findall(text):
        if digits:
            out.append(_NUMBER + number(digits))
        else:
            out.append(_WORD + word if word else _DOT)
    return "".join(out) + _END
