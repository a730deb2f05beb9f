"""Which distribution and release a root file system is: `etc/os-release` (os-release(5)), and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import Extracted, Extractor, Package, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

_PLACES = ("etc/os-release", "usr/lib/os-release")
_LINE = lazy(r"([A-Z][A-Z0-9_]*+)=(.*)")
_SERVICE_PACK = lazy(r"(\d{2}\.\d{2}) \((LTS(?:-SP\d)?)\)")
_MAX_LINES = 1000
_ECOSYSTEMS = {
    "almalinux": "AlmaLinux",
    "alpaquita": "Alpaquita",
    "alpine": "Alpine",
    "amzn": "Amazon Linux",
    "azurelinux": "Azure Linux",
    "bellsoft-hardened-containers": "BellSoft Hardened Containers",
    "chainguard": "Chainguard",
    "cleanstart": "CleanStart",
    "clnstrt": "CleanStart",
    "debian": "Debian",
    "echo": "Echo",
    "fedora": "Fedora",
    "mageia": "Mageia",
    "mariner": "Azure Linux",
    "minimos": "MinimOS",
    "ol": "Oracle Linux",
    "openeuler": "openEuler",
    "opensuse": "openSUSE",
    "opensuse-leap": "openSUSE",
    "opensuse-tumbleweed": "openSUSE",
    "photon": "Photon OS",
    "rhel": "Red Hat",
    "rocky": "Rocky Linux",
    "sle_hpc": "SUSE",
    "sled": "SUSE",
    "sles": "SUSE",
    "sles_sap": "SUSE",
    "ubuntu": "Ubuntu",
    "wolfi": "Wolfi",
}
_PURL_TYPES = {"dpkg": "deb", "apk": "apk", "rpm": "rpm", "pacman": "alpm", "opkg": "opkg"}


class Distribution(NamedTuple):
    """A distribution: `id` and `version` as os-release has them, both empty where nothing tells."""

    id: str = ""
    version: str = ""

    def ecosystem(self, manager: str, otherwise: str) -> str:
        """Return the ecosystem of packages that `manager` installs; `otherwise` where no distribution is known.

        A distribution without an ecosystem of its own has one made of its purl type and name (`deb/kali`).
        """
        if not self.id:
            return otherwise
        return _ECOSYSTEMS.get(self.id) or f"{_PURL_TYPES[manager]}/{self.id}"

    @property
    def qualifier(self) -> str:
        """The purl qualifier `distro`: `debian-12`."""
        return "-".join(part for part in (self.id, self.version) if part)


def parse(text: str) -> Distribution:
    """Return what an os-release file tells; total over all texts."""
    fields = {found[1]: _unquoted(found[2]) for found in map(_LINE.match, text.split("\n", _MAX_LINES)) if found}
    version = fields.get("VERSION_ID", "")
    if pack := _SERVICE_PACK.fullmatch(fields.get("VERSION", "")):  # openEuler: `22.03 (LTS-SP3)`
        version = f"{pack[1]}-{pack[2]}"
    return Distribution(fields.get("ID", "").lower(), version or fields.get("VERSION_CODENAME", ""))


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


class InstalledReader(Extractor):
    """A reader of what a package manager has installed, told apart by the root's distribution.

    `manager` is its name; `folders` are where its databases are below a root, the longest first.
    """

    lock: ClassVar[bool] = True
    manager: ClassVar[str]
    folders: ClassVar[tuple[str, ...]]

    def below(self, path: str) -> str:
        """Return the path inside the manager's folder, empty for one elsewhere."""
        return next((inside for folder in self.folders if (inside := f"/{path}".partition(f"/{folder}")[2])), "")

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the root's os-release files."""
        root = path.removesuffix(self.below(path))
        root = next(root.removesuffix(folder) for folder in self.folders if f"/{root}".endswith(f"/{folder}"))
        return tuple(root + place for place in _PLACES)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the installed packages of an unknown distribution. Raises: UnreadableError."""
        return self.read(file, Distribution())

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the installed packages of the distribution that the root's file names. Raises: UnreadableError."""
        told = (parse(near[path].text) for path in self.neighbours(file.path) if path in near)
        return self.read(file, next((known for known in told if known.id), Distribution()))

    def read(self, file: SourceFile, known: Distribution) -> Extracted:
        """Return the packages that a database holds, of the distribution `known`. Raises: UnreadableError."""
        raise NotImplementedError


class OsRelease(Extractor):
    """Names the operating system itself, whose support ends one day."""

    name: ClassVar[str] = "os-release"
    ecosystem: ClassVar[str] = "generic"
    lock: ClassVar[bool] = True

    def wants(self, path: str) -> bool:
        """Return whether `path` is an os-release file of some root."""
        return f"/{path}".endswith(tuple(f"/{place}" for place in _PLACES))

    def extract(self, file: SourceFile) -> Extracted:
        """Return one package that stands for the system. Raises: UnreadableError without an ID."""
        found = parse(file.text)
        if not found.id:
            raise UnreadableError("no ID in os-release")
        system = Package(key=found.id, name=found.id, version=found.version, direct=True)
        return Extracted(packages=(system,))
