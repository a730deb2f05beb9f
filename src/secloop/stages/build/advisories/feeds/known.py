"""The public addresses of feeds, by name."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from secloop.model.errors import UsageError
from secloop.stages.build.versions.base import ECOSYSTEMS

_OSV = "https://osv-vulnerabilities.storage.googleapis.com/{}/all.zip"
_NVD = "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-{}.json.gz"
_ADDRESSES = {
    "epss": "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
    "kev": "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
    "endoflife": "https://endoflife.date/api/v1/products/full",
}
_FILES = {"epss": "epss.csv.gz", "kev": "kev.json", "endoflife": "endoflife.json"}
_LANGUAGES = (
    *("Go", "PyPI", "npm", "RubyGems", "crates.io", "Packagist", "Maven", "NuGet", "Hex", "Pub", "Julia"),
    *("Hackage", "CRAN", "ConanCenter", "SwiftURL", "GitHub Actions"),
)
_FIRST_YEAR = 2002


class Address(NamedTuple):
    """A feed's name, where it is fetched from and the name its file gets."""

    name: str
    url: str
    file: str


def default_names() -> tuple[str, ...]:
    """Return what is pulled when nothing is named: OSV of the languages' registries, EPSS, KEV and end of life."""
    return (*(f"osv:{one}" for one in _LANGUAGES), *sorted(_ADDRESSES))


def expand(name: str, year: int) -> tuple[str, ...]:
    """Return the feeds that a name stands for: `osv` all languages, `nvd` all years up to `year`, else itself."""
    if name == "osv":
        return tuple(f"osv:{one}" for one in _LANGUAGES)
    if name == "nvd":
        return (*(f"nvd:{each}" for each in range(_FIRST_YEAR, year + 1)), "nvd:modified")
    return (name,)


def address(name: str) -> Address:
    """Return where a feed is published. Raises: UsageError for a name that is none."""
    kind, _, part = name.partition(":")
    if name in _ADDRESSES:
        return Address(name, _ADDRESSES[name], _FILES[name])
    if kind == "osv" and part in ECOSYSTEMS:
        return Address(name, _OSV.format(quote(part)), "all.zip")
    if kind == "nvd" and (
        part in {"modified", "recent"} or (part.isascii() and part.isdigit() and len(part) == len("2002"))
    ):
        return Address(name, _NVD.format(part), f"nvdcve-{part}.json.gz")
    raise UsageError(
        f"There is no feed {name!r}", "Feeds are osv, osv:ECOSYSTEM, epss, kev, nvd, nvd:YEAR and endoflife"
    )
