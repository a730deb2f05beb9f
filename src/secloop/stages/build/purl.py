"""Canonical package URLs (https://github.com/package-url/purl-spec): type rules and percent-encoding, nothing else.

Ecosystems carry their OSV names; those that OSV does not know carry the name their users give them (`Docker`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from secloop.model.regex import lazy

_PYPI_RUNS = lazy(r"[-_.]+")
_SAFE = ":"  # purl specification, "Character encoding": the colon stays as it is


class _Type(NamedTuple):
    """A purl type: its name, a fixed namespace (operating systems), and whether names are lower case in it."""

    name: str
    namespace: str = ""
    lower: bool = False


_TYPES = {
    "Alpine": _Type("apk", "alpine", lower=True),
    "AlmaLinux": _Type("rpm", "almalinux", lower=True),
    "Alpaquita": _Type("apk", "alpaquita", lower=True),
    "Amazon Linux": _Type("rpm", "amzn", lower=True),
    "Azure Linux": _Type("rpm", "azurelinux", lower=True),
    "BellSoft Hardened Containers": _Type("apk", "bellsoft-hardened-containers", lower=True),
    "Bitnami": _Type("bitnami", lower=True),
    "CPAN": _Type("cpan"),
    "CRAN": _Type("cran"),
    "Chainguard": _Type("apk", "chainguard", lower=True),
    "CleanStart": _Type("apk", "cleanstart", lower=True),
    "CocoaPods": _Type("cocoapods"),
    "ConanCenter": _Type("conan"),
    "Conda": _Type("conda"),
    "Debian": _Type("deb", "debian", lower=True),
    "Docker": _Type("docker"),
    "Echo": _Type("deb", "echo", lower=True),
    "Fedora": _Type("rpm", "fedora", lower=True),
    "GitHub Actions": _Type("githubactions", lower=True),
    "Go": _Type("golang", lower=True),
    "Hackage": _Type("hackage"),
    "Helm": _Type("helm"),
    "Hex": _Type("hex", lower=True),
    "JSR": _Type("jsr", lower=True),
    "Julia": _Type("julia"),
    "LuaRocks": _Type("luarocks", lower=True),
    "Maven": _Type("maven"),
    "Mageia": _Type("rpm", "mageia", lower=True),
    "MinimOS": _Type("apk", "minimos", lower=True),
    "Nim": _Type("nim"),
    "NuGet": _Type("nuget"),
    "Oracle Linux": _Type("rpm", "oracle", lower=True),
    "Packagist": _Type("composer", lower=True),
    "Photon OS": _Type("rpm", "photon", lower=True),
    "Pub": _Type("pub", lower=True),
    "PyPI": _Type("pypi", lower=True),
    "Red Hat": _Type("rpm", "redhat", lower=True),
    "Rocky Linux": _Type("rpm", "rocky", lower=True),
    "RubyGems": _Type("gem"),
    "SUSE": _Type("rpm", "suse", lower=True),
    "SwiftURL": _Type("swift"),
    "Terraform": _Type("terraform", lower=True),
    "Ubuntu": _Type("deb", "ubuntu", lower=True),
    "VSCode": _Type("vscode-extension", lower=True),
    "Wolfi": _Type("apk", "wolfi", lower=True),
    "crates.io": _Type("cargo"),
    "git": _Type("github", lower=True),
    "npm": _Type("npm", lower=True),
    "openEuler": _Type("rpm", "openeuler", lower=True),
    "opam": _Type("opam"),
    "openSUSE": _Type("rpm", "opensuse", lower=True),
    "generic": _Type("generic"),
}
_DISTRIBUTED = frozenset({"alpm", "apk", "deb", "opkg", "rpm"})
_ECOSYSTEMS = {(kind.name, kind.namespace): name for name, kind in _TYPES.items()} | {
    # what other tools and older releases call them
    ("rpm", "azure-linux"): "Azure Linux",
    ("rpm", "centos"): "Red Hat",  # built of the same sources under the same versions, without advisories of its own
    ("rpm", "mariner"): "Azure Linux",
    ("rpm", "rocky-linux"): "Rocky Linux",
    ("rpm", "rhel"): "Red Hat",
    ("rpm", "sles"): "SUSE",
    ("rpm", "ol"): "Oracle Linux",
    ("rpm", "opensuse-leap"): "openSUSE",
    ("rpm", "opensuse-tumbleweed"): "openSUSE",
}

ECOSYSTEMS: tuple[str, ...] = tuple(_TYPES)
"""Every ecosystem that has a purl type here."""


def package_name(ecosystem: str, name: str) -> str:
    """Return the one spelling under which `name` is looked up in `ecosystem`.

    PEP 503 on PyPI, lower case on Packagist and NuGet (both ignore case), as it is elsewhere.
    """
    if ecosystem == "PyPI":
        return _PYPI_RUNS.sub("-", name).strip("-").lower()
    return name.lower() if ecosystem in {"NuGet", "Packagist"} else name


@lru_cache(maxsize=1 << 14)
def purl(ecosystem: str, name: str, version: str = "", qualifiers: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the canonical purl, `pkg:npm/%40scope/name@1.0`. Raises: KeyError for an ecosystem without a purl type.

    A Maven name is `group:artifact`; `qualifiers` are sorted, empty ones left out. PyPI names are PEP 503 normalised.
    An ecosystem `deb/kali` stands for a purl type and the namespace of a distribution that OSV does not know.
    """
    kind = _TYPES.get(ecosystem) or _distribution(ecosystem)
    path = package_name(ecosystem, name) if ecosystem == "PyPI" else name
    path = path.replace(":", "/") if ecosystem == "Maven" else path
    path = (path.lower() if kind.lower else path).strip("/")
    parts = [kind.namespace, *path.split("/")]
    head = f"pkg:{kind.name}/{'/'.join(map(_quoted, filter(None, parts)))}"
    head = f"{head}@{_quoted(version)}" if version else head
    told = "&".join(f"{key.lower()}={_quoted(value)}" for key, value in sorted(qualifiers) if value)
    return f"{head}?{told}" if told else head


def _quoted(text: str) -> str:
    """Return `text` percent-encoded; half a surrogate pair, which JSON can hold but UTF-8 cannot, becomes `?`."""
    return quote(text, safe=_SAFE, errors="replace")


def _distribution(ecosystem: str) -> _Type:
    """Return the type of `deb/kali`. Raises: KeyError when it is none."""
    name, slash, namespace = ecosystem.partition("/")
    if not slash or name not in _DISTRIBUTED:
        raise KeyError(ecosystem)
    return _Type(name, namespace, lower=True)


class Purl(NamedTuple):
    """The parts of a purl; `ecosystem` is empty where its type has none here, `name` is the whole name in it."""

    ecosystem: str
    name: str
    version: str
    qualifiers: tuple[tuple[str, str], ...]


def parse(purl_text: str) -> Purl | None:
    """Return the parts of a purl, canonical or not; None where it is none."""
    if not purl_text.startswith("pkg:"):
        return None
    head = purl_text.split("#", 1)[0].partition("?")[0]
    at = head.rfind("@")
    path = head[4:at] if at > head.rfind("/") else head[4:]
    kind, _, rest = path.strip("/").partition("/")
    parts = [unquote(part) for part in rest.split("/") if part]
    if not kind or not parts:
        return None
    ecosystem = ecosystem_of(purl_text)
    if ecosystem == "Maven" and len(parts) > 1:
        name = f"{'.'.join(parts[:-1])}:{parts[-1]}"
    else:
        name = parts[-1] if kind in _DISTRIBUTED else "/".join(parts)
    told = tuple(sorted(qualifiers_of(purl_text).items()))
    return Purl(ecosystem, name, version_of(purl_text), told)


def ecosystem_of(purl_text: str) -> str:
    """Return the OSV ecosystem of a purl without a release, empty where its type has none here."""
    kind, _, rest = purl_text.removeprefix("pkg:").partition("/")
    namespace = rest.partition("/")[0].lower()
    return _ECOSYSTEMS.get((kind, namespace)) or _ECOSYSTEMS.get((kind, "")) or ""


def version_of(purl_text: str) -> str:
    """Return the decoded version of a canonical purl, empty where it has none."""
    head = purl_text.split("?", 1)[0].split("#", 1)[0]
    at = head.rfind("@")
    return unquote(head[at + 1 :]) if at > head.rfind("/") else ""


def qualifiers_of(purl_text: str) -> dict[str, str]:
    """Return the decoded qualifiers of a purl (`distro`, `arch` ...)."""
    told = purl_text.split("#", 1)[0].partition("?")[2]
    pairs = (pair.partition("=") for pair in told.split("&") if pair)
    return {key: unquote(value) for key, _, value in pairs}
