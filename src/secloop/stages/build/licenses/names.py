"""From what a package says of its licence to an SPDX expression: expressions, everyday names, trove classifiers."""

from __future__ import annotations

import re
from functools import lru_cache

from secloop.interop.sbom import licenses as spdx
from secloop.model.regex import lazy

_NOISE = lazy(r"\b(?:the|license|licence|licensed|under|software|version|v|public|general|gnu|inc|foundation|new)\b")
_SPLIT = lazy(r"\s*(?:;|\||/|,|\s\+\s|\band/or\b|\bor\b)\s*", re.IGNORECASE)
_COMMA_VERSION = lazy(r"\s*,\s*(?=v(?:ersion|er)?\b|v?\d)", re.IGNORECASE)
_EITHER_NAME = lazy(r"\blibrary or lesser\b", re.IGNORECASE)
_CREATIVE = lazy(r"(?:creative commons|cc)[ -]+(by(?:[ -]n[cd])?(?:[ -](?:sa|nd))?)[ -]+(\d\.\d)")
_NUMBER = lazy(r"(\d+)(?:\.(\d+))?")
_LONGEST = 200

# Words left after the noise is gone -> id; `#` stands for the number, with `.0` where it has no second part.
_PLAIN = {
    "mit": "MIT",
    "expat": "MIT",
    "mit x11": "MIT",
    "x11": "X11",
    "isc": "ISC",
    "iscl": "ISC",
    "apache": "Apache-2.0",
    "asl": "Apache-2.0",
    "al": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "revised bsd": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "3 clause bsd": "BSD-3-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "bsd 3": "BSD-3-Clause",
    "simplified bsd": "BSD-2-Clause",
    "2 clause bsd": "BSD-2-Clause",
    "bsd 2 clause": "BSD-2-Clause",
    "bsd 2": "BSD-2-Clause",
    "freebsd": "BSD-2-Clause",
    "zero clause bsd": "0BSD",
    "unlicense": "Unlicense",
    "wtfpl": "WTFPL",
    "zlib": "Zlib",
    "zlib libpng": "Zlib",
    "boost": "BSL-1.0",
    "boost 1": "BSL-1.0",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "python": "PSF-2.0",
    "hpnd": "HPND",
    "historical permission notice and disclaimer": "HPND",
    "artistic": "Artistic-2.0",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "ruby": "Ruby",
    "universal permissive upl": "UPL-1.0",
    "cc0": "CC0-1.0",
    "cc0 1 0 universal": "CC0-1.0",
    "zpl": "ZPL-2.1",
    "zope": "ZPL-2.1",
    "academic free": "AFL-3.0",
    "sil open font": "OFL-1.1",
    "ofl": "OFL-1.1",
    "ms pl": "MS-PL",
    "microsoft": "MS-PL",
    "postgresql": "PostgreSQL",
    "unicode": "Unicode-3.0",
    "w3c": "W3C",
    "eclipse distribution": "BSD-3-Clause",
    "bouncy castle": "MIT",
    "go": "BSD-3-Clause",
    "common development and distribution": "CDDL-1.0",
    "cddl": "CDDL-1.0",
    "affero": "AGPL-3.0-or-later",
    "agpl": "AGPL-3.0-or-later",
    "gpl": "GPL-1.0-or-later",
    "lgpl": "LGPL-2.0-or-later",
    "lesser": "LGPL-2.0-or-later",
    "library or lesser": "LGPL-2.0-or-later",
    "domain": "LicenseRef-public-domain",
    "lesser gpl": "LGPL-2.0-or-later",
    "unlicensed": "LicenseRef-proprietary",
    "proprietary": "LicenseRef-proprietary",
    "commercial": "LicenseRef-proprietary",
    "all rights reserved": "LicenseRef-proprietary",
    "mozilla": "MPL-2.0",
    "mpl": "MPL-2.0",
    "eclipse": "EPL-1.0",
    "epl": "EPL-1.0",
}
_VAGUE = {
    "bsd": "BSD-",
    "gpl": "GPL-",
    "lgpl": "LGPL-",
    "lesser": "LGPL-",
    "lesser gpl": "LGPL-",
    "library or lesser": "LGPL-",
    "agpl": "AGPL-",
    "affero": "AGPL-",
    "affero gpl": "AGPL-",
    "artistic": "Artistic-",
    "mozilla": "MPL-",
    "eclipse": "EPL-",
    "academic free": "AFL-",
}
_GLUED = lazy(r"(?<=[a-z]{2})(?=\d)")
"""Between a word and its number: `Apache2`."""

_FAMILIES = (
    (re.compile(r"\b(?:eclipse distribution|edl)\b"), "BSD-3-Clause"),
    (re.compile(r"\b(?:affero|agpl)"), "AGPL-{0}"),
    (re.compile(r"\b(?:lesser|library|lgpl)"), "LGPL-{0}"),
    (re.compile(r"\bgpl|\bgeneral public"), "GPL-{0}"),
    (re.compile(r"\b(?:apache|asl)\b"), "Apache-{0}"),
    (re.compile(r"\b(?:mozilla|mpl)"), "MPL-{0}"),
    (re.compile(r"\b(?:eclipse|epl)"), "EPL-{0}"),
    (re.compile(r"\b(?:cddl|common development)"), "CDDL-{0}"),
    (re.compile(r"\b(?:eupl|european union public)"), "EUPL-{0}"),
    (re.compile(r"\bboost"), "BSL-{0}"),
    (re.compile(r"\bartistic"), "Artistic-{0}"),
    (re.compile(r"\b(?:zope|zpl)"), "ZPL-{0}"),
    (re.compile(r"\b(?:academic free|afl)"), "AFL-{0}"),
    (re.compile(r"\b(?:unicode)"), "Unicode-{0}"),
    (re.compile(r"\bcc0"), "CC0-{0}"),
)
_OR_LATER = lazy(
    r"(?<=\S)\+(?!\S)|\s*,?\s*\b(?:or|and) (?:any )?(?:later|newer|above|greater)(?: version)?|>=", re.IGNORECASE
)
_PARENTHESES = lazy(r"\s*\([A-Za-z0-9+. -]{1,40}\)$")
_CLASSPATH = lazy(r"\s*\b(?:with|w/) (?:the )?(?:classpath|cpe)(?: exception)?", re.IGNORECASE)


@lru_cache(maxsize=1 << 12)
def normalise(text: str) -> str:
    """Return the SPDX expression that `text` stands for, empty where that is not clear.

    `Apache License 2.0`, `GPLv3+`, `License :: OSI Approved :: MIT License` and `MIT/Apache-2.0` are understood; a bare
    `BSD` is read as BSD-3-Clause, a bare `GPL` as any version of it.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        return ""
    if found := spdx.expression(text):
        return found
    if "::" in text:
        text = text.rpartition("::")[2].strip()
    text = _PARENTHESES.sub("", text) or text.strip("()")
    text = _OR_LATER.sub("+", _EITHER_NAME.sub("lesser", _COMMA_VERSION.sub(" ", text)))
    parts = [part for part in _SPLIT.split(text) if part]
    named = [spdx.expression(part) or _named(part) for part in parts]
    if not named or not all(named):
        return ""
    return named[0] if len(named) == 1 else spdx.expression(" OR ".join(_grouped(one) for one in dict.fromkeys(named)))


def family(text: str) -> str:
    """Return the start of the ids that a name without version may mean (`BSD License`: `BSD-`), empty for others."""
    return _VAGUE.get(_plain(text.rpartition("::")[2].lower())[0], "") if len(text) <= _LONGEST else ""


def _plain(lower: str) -> tuple[str, str]:
    """Return the words of a name without those that say nothing, and the name with its numbers set apart."""
    words = re.sub(r"v(?=\d)", " ", lower.replace("general public", "gpl"))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _NOISE.sub(" ", words)).split()), words


def _grouped(expression: str) -> str:
    return f"({expression})" if " AND " in expression or " OR " in expression else expression


def _named(text: str) -> str:
    """Return the expression of one everyday name; `+` behind it means later versions, too."""
    if found := _CLASSPATH.search(text):
        own = _named(text[: found.start()])
        return spdx.expression(f"{own} WITH Classpath-exception-2.0") if own.startswith("GPL-") else ""
    lower = text.lower()
    if creative := _CREATIVE.search(lower):
        return spdx.expression(f"CC-{creative[1].replace(' ', '-').upper()}-{creative[2]}")
    plain, words = _plain(lower)
    if plain not in _PLAIN and _GLUED.search(words):
        plain, words = _plain(_GLUED.sub(" ", words))
    if plain in _PLAIN:
        return _PLAIN[plain]
    number = _NUMBER.search(words)
    form = next((form for pattern, form in _FAMILIES if pattern.search(words)), "") if number else ""
    if not number or not form:
        return ""
    own = form.format(f"{number[1]}.{number[2] or '0'}")
    if "GPL" in form:
        own += "-or-later" if lower.rstrip().endswith("+") else "-only"
    return spdx.expression(own)
