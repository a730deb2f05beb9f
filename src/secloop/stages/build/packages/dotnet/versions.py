"""NuGet's version wishes (https://learn.microsoft.com/nuget/concepts/package-versioning) and hashes."""

from __future__ import annotations

import binascii

from secloop.model.regex import lazy

_PLAIN = lazy(r"\d+(?:\.\d+){0,3}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_LOWEST = lazy(r"\[\s*+([^,\[\]()\s]++)\s*+(?:,[^\[\]()]*+[\])]|\])")


def resolved(wish: str) -> str:
    """Return the version that NuGet takes for a wish, empty where only the registry can tell (`1.*`, `(1.0,2.0)`).

    NuGet takes the lowest version that a wish allows, so `1.0` and `[1.0,2.0)` both are 1.0.
    """
    wish = wish.strip()
    if lowest := _LOWEST.fullmatch(wish):
        wish = lowest[1]
    return wish if _PLAIN.fullmatch(wish) else ""


def hash_of(encoded: str) -> tuple[str, ...]:
    """Return `sha512:hex` of NuGet's base64, with or without `sha512-` before it; nothing where it is none."""
    try:
        raw = binascii.a2b_base64(encoded.removeprefix("sha512-"), strict_mode=True)
    except (binascii.Error, ValueError):
        return ()
    return (f"sha512:{raw.hex()}",) if len(raw) == 64 else ()  # noqa: PLR2004 - the length of SHA-512
