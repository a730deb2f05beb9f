"""Licences by the sentences that make them, for texts that were edited too much to be recognised as a whole.

The sentences are looked for word by word, without case and punctuation, so that quotes, list marks and line breaks do
not matter. Only licences are named whose sentences no other licence has.
"""

from __future__ import annotations

from secloop.model.regex import lazy

_WORDS = lazy(r"[^a-z0-9]+")

_MIT = "permission is hereby granted free of charge to any person obtaining a copy of this software and associated"
_MIT_KEEP = "copyright notice and this permission notice shall be included in all copies or substantial portions"
_BSD = "redistribution and use in source and binary forms with or without modification are permitted provided"
_BSD_SOURCE = "must retain the above copyright notice this list of conditions and the following disclaimer"
_BSD_BINARY = "must reproduce the above copyright notice this list of conditions and the following disclaimer"
_ISC = "permission to use copy modify and or distribute this software for any purpose with or without fee is hereby"
_ISC_KEEP = "provided that the above copyright notice and this permission notice appear in all copies"

_WTFPL = (
    "everyone is permitted to copy and distribute verbatim or modified copies of this license document and changing it "
    "is allowed as long as the name is changed"
)
_NOTICES = (
    ("this source code form is subject to the terms of the mozilla public license v 2 0", "MPL-2.0"),
    ("licensed under the apache license version 2 0", "Apache-2.0"),
    ("this is free and unencumbered software released into the public domain", "Unlicense"),
    (_WTFPL, "WTFPL"),
    ("boost software license version 1 0", "BSL-1.0"),
)
_GNU = lazy(
    r"under the terms of the gnu (?P<kind>(?:lesser|library|affero) )?general public license as published by the free "
    r"software foundation (?:either )?version (?P<number>[23])(?: (?P<part>[01]))? of the license"
    r"(?P<later> or (?:at your option )?any later version)?"
)
_GNU_NAMES = {"": "GPL", "lesser ": "LGPL", "library ": "LGPL", "affero ": "AGPL"}


def by_sentences(text: str) -> tuple[str, ...]:
    """Return the SPDX ids of the licences whose sentences stand in `text`, in a fixed order."""
    words = _WORDS.sub(" ", text.lower())
    found = [_mit(words), _bsd(words), _isc(words)]
    found += [name for sentence, name in _NOTICES if sentence in words]
    if gnu := _GNU.search(words):
        number = f"{gnu['number']}.{gnu['part'] or '0'}"
        found.append(f"{_GNU_NAMES[gnu['kind'] or '']}-{number}-{'or-later' if gnu['later'] else 'only'}")
    return tuple(dict.fromkeys(name for name in found if name))


def _mit(words: str) -> str:
    if _MIT not in words:
        return ""
    return "MIT" if _MIT_KEEP in words else "MIT-0"


def _bsd(words: str) -> str:
    """Return which BSD licence it is, by the clauses that are there."""
    if _BSD not in words or _BSD_SOURCE not in words:
        return ""
    if "all advertising materials mentioning features" in words:
        return "BSD-4-Clause"
    if _BSD_BINARY not in words:
        return ""
    endorses = "to endorse or promote products derived" in words
    return "BSD-3-Clause" if endorses else "BSD-2-Clause"


def _isc(words: str) -> str:
    if _ISC not in words:
        return ""
    return "ISC" if _ISC_KEEP in words else "0BSD"
