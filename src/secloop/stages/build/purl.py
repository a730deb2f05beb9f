"""Canonical package URLs (https://github.com/package-url/purl-spec): type rules and percent-encoding, nothing else."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

_PYPI_RUNS = re.compile(r"[-_.]+")
_SAFE = ":"  # purl specification, "Character encoding": the colon stays as it is

_TYPES = {"Go": "golang", "PyPI": "pypi", "npm": "npm"}
_ECOSYSTEMS = {value: key for key, value in _TYPES.items()}


def package_name(ecosystem: str, name: str) -> str:
    """Return the one spelling under which `name` is looked up in `ecosystem`: PEP 503 on PyPI, as it is elsewhere."""
    return _PYPI_RUNS.sub("-", name).strip("-").lower() if ecosystem == "PyPI" else name


@lru_cache(maxsize=1 << 14)
def purl(ecosystem: str, name: str, version: str = "") -> str:
    """Return the canonical purl, `pkg:npm/%40scope/name@1.0`. Raises: KeyError for an ecosystem without a purl type.

    Names are lower case in all three types (their purl type definitions); PyPI names are also PEP 503 normalised.
    """
    path = package_name(ecosystem, name).lower().strip("/")
    encoded = "/".join(quote(part, safe=_SAFE) for part in path.split("/") if part)
    head = f"pkg:{_TYPES[ecosystem]}/{encoded}"
    return f"{head}@{quote(version, safe=_SAFE)}" if version else head


def ecosystem_of(purl_text: str) -> str:
    """Return the OSV ecosystem of a purl, empty where its type has none here."""
    return _ECOSYSTEMS.get(purl_text.removeprefix("pkg:").partition("/")[0], "")


def version_of(purl_text: str) -> str:
    """Return the decoded version of a canonical purl, empty where it has none."""
    head = purl_text.split("?", 1)[0].split("#", 1)[0]
    at = head.rfind("@")
    return unquote(head[at + 1 :]) if at > head.rfind("/") else ""
