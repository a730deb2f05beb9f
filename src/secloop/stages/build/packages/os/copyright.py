"""Debian's `usr/share/doc/PACKAGE/copyright`, the only place where it says under which licences a package is.

https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ (DEP-5); older ones are prose that refers to the
texts in `/usr/share/common-licenses`.
"""

from __future__ import annotations

import re

from secloop.model.regex import lazy

_PATH = lazy(r"usr/share/doc/([^/]+)/copyright")
_FORMAT = lazy(r"\s*+Format(?:-Specification)?:", re.IGNORECASE)
_LICENSE = lazy(r"^License:[ \t]*+(\S[^\n]*+)", re.IGNORECASE | re.MULTILINE)
_COMMON = lazy(r"/usr/share/common-licenses/([A-Za-z]++(?:-\d++(?:\.\d++)?)?)")
_LATER = lazy(r"\b(?:any|or)\s++(?:\(at\s++your\s++option\)\s++any\s++)?later\b", re.IGNORECASE)
_WITH_LATER = ("GPL", "LGPL", "GFDL", "AGPL")
_GNU = lazy(r"(A?GPL|LGPL|GFDL)(-NIV)?-(\d)(\.\d)?(?:\.0)?(\+)?")
_SHORT = {  # section 7.1.1 of the format, where SPDX has another name
    "artistic": "Artistic-1.0-Perl", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause", "cpl": "CPL-1.0", "efl": "EFL-2.0", "expat": "MIT", "lppl": "LPPL-1.0",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later", "w3c-software": "W3C", "zlib": "Zlib", "zope-2.1": "ZPL-2.1",
}  # fmt: skip

MAX_BYTES = 4 << 20
"""Bytes of a file that are read."""

MAX_LICENSES = 50
"""Licences of a package that are told."""


def package_of(path: str) -> str:
    """Return the package whose licences the file at `path`, relative to the root, tells; empty for another file."""
    found = _PATH.fullmatch(path)
    return found[1] if found else ""


def licenses_of(text: str) -> tuple[str, ...]:
    """Return the licences each once, as SPDX has them where the format's short names say which that is.

    Nothing where prose refers to no common text.
    """
    if _FORMAT.match(text):
        told = (one for found in _LICENSE.finditer(text) for one in _all_of(found[1]))
    else:
        later = "+" if _LATER.search(text) else ""
        told = (one + later if one.startswith(_WITH_LATER) and "-" in one else one for one in _COMMON.findall(text))
    return tuple(dict.fromkeys(map(_spdx, told)))[:MAX_LICENSES]


def _spdx(written: str) -> str:
    """Return an SPDX expression for short names and choices of them, else what is written."""
    choice = [_SHORT.get(one.lower()) or _gnu(one) for one in re.split(r",?\s+or\s+", written)]
    return " OR ".join(choice) if all(re.fullmatch(r"[\w.+-]+(?: OR [\w.+-]+)*", one) for one in choice) else written


def _gnu(name: str) -> str:
    """Return SPDX's name of a licence of GNU, `GPL-2+` being GPL-2.0-or-later; any other name as it is."""
    found = _GNU.fullmatch(name)
    if not found:
        return name
    kind, invariants, major, minor, later = found.groups()
    middle = "-no-invariants" if invariants else ""
    return f"{kind}-{major}{minor or '.0'}{middle}-{'or-later' if later else 'only'}"


def _all_of(written: str) -> list[str]:
    """Return the licences that hold together, `GPL-2+ and Expat`; a choice stays one."""
    parts = [written] if re.search(r"\sor\s", written) else re.split(r",?\s+and\s+|,\s+", written)
    return [one for part in parts if (one := part.strip(" \t,."))]
