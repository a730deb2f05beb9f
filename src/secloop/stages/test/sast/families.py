"""Weakness families: CWEs that name the same problem, so that what rules and tools say differently is one finding."""

from __future__ import annotations

FAMILIES: dict[str, tuple[int, ...]] = {
    "sql-injection": (89, 564, 943),
    "command-injection": (77, 78, 88),
    "code-injection": (94, 95, 96, 1336),
    "cross-site-scripting": (79, 80, 83, 87, 116),
    "path-traversal": (22, 23, 36, 73, 98),
    "server-side-request-forgery": (918,),
    "open-redirect": (601,),
    "xml-external-entity": (611, 776, 827),
    "unsafe-deserialization": (502,),
    "ldap-injection": (90,),
    "xpath-injection": (91, 643),
    "header-injection": (93, 113),
    "log-injection": (117, 532),
    "weak-cipher": (326, 327, 321, 329),
    "weak-hash": (328, 916),
    "weak-randomness": (330, 331, 335, 337, 338),
    "hard-coded-credential": (259, 798),
    "cookie-flags": (614,),
    "cookie-sent-across-sites": (1275,),
    "cross-site-request-forgery": (352,),
    "cross-origin-policy": (346, 942),
    "certificate-validation": (295, 297),
    "cleartext-transmission": (319,),
    "token-validation": (287, 345, 347),
    "trust-boundary": (501,),
    "mass-assignment": (915,),
    "temporary-file": (377, 379),
    "debug-mode": (215, 489),
    "file-permissions": (276, 732),
    "denial-of-service-regex": (1333, 400),
    "prototype-pollution": (1321,),
    "race-condition": (362, 367),
    "information-exposure": (200, 209),
}
_BY_CWE = {cwe: family for family, cwes in FAMILIES.items() for cwe in cwes}


def family_of(cwes: tuple[int, ...]) -> str:
    """Return the weakness family of a rule by its first CWE."""
    return _BY_CWE.get(cwes[0], f"cwe-{cwes[0]}") if cwes else "weakness"
