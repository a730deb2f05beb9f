"""Under which key an ecosystem's advisories are indexed: operating systems by release, all others by their name.

OSV writes a release behind a colon (`Debian:12`, `Ubuntu:22.04:LTS`, `Alpine:v3.18`), a purl in its qualifier `distro`
(`debian-12`, `ubuntu-22.04`, `alpine-3.18.2`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.versions.base import ECOSYSTEMS

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = frozenset(ECOSYSTEMS)
_ROLLING = frozenset({"Chainguard", "CleanStart", "MinimOS", "Wolfi"})
_BY_RELEASE = frozenset(
    name
    for name in ECOSYSTEMS
    if name.endswith((" Linux", "SUSE", "openEuler"))
    or name in {"AlmaLinux", "Alpaquita", "Alpine", "BellSoft Hardened Containers", "Debian", "Echo", "Fedora"}
    or name in {"Mageia", "Photon OS", "Red Hat", "Ubuntu"}
)
_RED_HAT = lazy(r"enterprise_linux:(\d+)(?:\.\d+)?(?:::.*)?")
_LEAP = lazy(r"(?:Leap )?(\d+\.\d+)")
_SLE = lazy(r"Linux Enterprise (?!Micro).{0,80}?\b(\d+)(?:(?: SP|\.)(\d+))?(?:-[A-Z-]+)?")
"""SUSE names the product or module; all of one service pack make one system. SLE Micro has releases of its own."""
_NUMBER = lazy(r"(?:^|-)v?(\d[0-9A-Za-z.]*(?:-LTS(?:-SP\d+)?)?)$")
_CODENAMES = {
    "Debian": {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"},
    "Ubuntu": {
        "trusty": "14.04",
        "xenial": "16.04",
        "bionic": "18.04",
        "focal": "20.04",
        "jammy": "22.04",
        "noble": "24.04",
    },
}
_ROLLING_RELEASES = {"openSUSE": "Tumbleweed"}


def advisory_key(ecosystem: str) -> str:
    """Return the key of an OSV ecosystem as an advisory writes it, empty for one whose versions cannot be ordered."""
    base, _, release = ecosystem.partition(":")
    if base not in _KNOWN:
        return ""
    if base not in _BY_RELEASE or not release:
        return base
    return f"{base}:{_release(base, release)}"


def _release(base: str, text: str) -> str:
    """Return a release as `distro` qualifiers write it where that can be told, else as it is, which none matches."""
    if base == "Red Hat" and (found := _RED_HAT.fullmatch(text)):
        return found[1]
    if base == "openSUSE" and (found := _LEAP.match(text)):
        return found[1]
    if base == "SUSE" and (found := _SLE.fullmatch(text)):
        return f"{found[1]}.{found[2]}" if found[2] else found[1]
    if base == "Ubuntu":
        pro = text.startswith("Pro:")
        release = text.removeprefix("Pro:").removesuffix(":LTS")
        return f"Pro:{release}" if pro else release
    return text.removeprefix("v") if base in {"Alpine", "Alpaquita"} else text


def component_keys(ecosystem: str, qualifiers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys under which a component's advisories may stand, the most exact release first.

    What Ubuntu fixes only for those who pay (`Pro`) is open for all others, so both are looked up.
    """
    if ecosystem not in _BY_RELEASE:
        return (ecosystem,) if ecosystem in _KNOWN else ()
    told = qualifiers.get("distro", "")
    if (rolling := _ROLLING_RELEASES.get(ecosystem)) and rolling.lower() in told.lower():
        return (f"{ecosystem}:{rolling}",)
    codename = _CODENAMES.get(ecosystem, {}).get(told.rpartition("-")[2].lower(), "")
    found = _NUMBER.search(codename or told)
    if not found:
        return ()
    if "LTS" in found[1]:
        return (f"{ecosystem}:{found[1]}",)
    parts = found[1].split(".")
    keys = tuple(dict.fromkeys(f"{ecosystem}:{'.'.join(parts[:n])}" for n in (len(parts), 2, 1)))
    return (*keys, *(key.replace(":", ":Pro:") for key in keys)) if ecosystem == "Ubuntu" else keys


def is_system(ecosystem: str) -> bool:
    """Return whether an ecosystem (with or without a release) is that of an operating system's packages."""
    base = ecosystem.partition(":")[0]
    return base in _BY_RELEASE or base in _ROLLING
