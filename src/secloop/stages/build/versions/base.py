"""One entry to the version order of every ecosystem. Ecosystems carry their OSV names (`PyPI`, `npm`, `Go`)."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Key = Any
"""A sort key; keys of one ecosystem compare with each other, keys of two do not."""

_BY_ORDER = {
    "apk": "Alpaquita,Alpine,BellSoft Hardened Containers,Chainguard,CleanStart,MinimOS,Wolfi",
    "conan": "ConanCenter",
    "cpan": "CPAN",
    "dpkg": "Debian,Echo,Ubuntu,opam",
    "go": "Go",
    "maven": "Maven",
    "nuget": "NuGet",
    "numbers": "Bioconductor,CRAN,GHC,Hackage",
    "packagist": "Packagist",
    "pub": "Pub",
    "pypi": "PyPI",
    "rpm": "AlmaLinux,Amazon Linux,Azure Linux,Fedora,Mageia,Oracle Linux,Photon OS,Red Hat,Rocky Linux,SUSE,"
    "openEuler,openSUSE",
    "rubygems": "CocoaPods,RubyGems",
    "semver": "Bitnami,Docker Hardened Images,GIT,GitHub Actions,Helm,Hex,JSR,Julia,Kubernetes,Linux,SwiftURL,"
    "Terraform,VSCode,crates.io,npm",
}
"""Module below this package -> the ecosystems whose versions its `key` orders."""

_ORDERS = {ecosystem: module for module, names in _BY_ORDER.items() for ecosystem in names.split(",")}

ECOSYSTEMS: tuple[str, ...] = tuple(sorted(_ORDERS))
"""The ecosystems whose versions can be ordered."""


@lru_cache(maxsize=1 << 16)
def key(ecosystem: str, version: str) -> Key:
    """Return the sort key of `version`; an ecosystem may carry a release (`Debian:12`). Total over all strings.

    Raises: KeyError for an ecosystem without an order.
    """
    return _order(ecosystem)(version)


def compare(ecosystem: str, a: str, b: str) -> int:
    """Return -1, 0 or 1 as version `a` is before, equal to or after `b`. Raises: KeyError as `key`."""
    left, right = key(ecosystem, a), key(ecosystem, b)
    return int(left > right) - int(left < right)


@lru_cache(maxsize=256)
def _order(ecosystem: str) -> Callable[[str], Key]:
    order: Callable[[str], Key] = import_module(f"{__package__}.{_ORDERS[ecosystem.partition(':')[0]]}").key
    return order
