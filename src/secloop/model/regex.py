"""Regular expressions that are compiled when they are first used.

Compiling all that a command might need takes longer than most commands do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from re import Pattern


class _Lazy:
    """Stands for a pattern. What is asked of it once is its own attribute from then on: later uses cost nothing."""

    def __init__(self, pattern: object, flags: int) -> None:
        self._source: tuple[Any, int] = pattern, flags

    def __getattr__(self, name: str) -> Any:
        compiled = self.__dict__.get("_compiled")
        if compiled is None:
            compiled = self.__dict__["_compiled"] = re.compile(*self._source)
        found = self.__dict__[name] = getattr(compiled, name)
        return found


def lazy(pattern: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """Return a pattern with the methods of `re.compile(pattern, flags)`; a wrong one raises re.error at first use.

    For constants of modules, whose tests use them. It is no `re.Pattern`: functions of `re` do not take it.
    """
    return cast("Pattern[AnyStr]", _Lazy(pattern, flags))
