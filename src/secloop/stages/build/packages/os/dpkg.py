"""dpkg's and opkg's databases of installed packages (`var/lib/dpkg/status`; distroless images: `status.d/`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import Extracted, Package, Problem, UnreadableError, bounded, text_of
from secloop.stages.build.packages.os.deb822 import stanzas
from secloop.stages.build.packages.os.needs import Providers
from secloop.stages.build.packages.os.release import InstalledReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.os.deb822 import Stanza
    from secloop.stages.build.packages.os.release import Distribution

_FIELDS = frozenset({
    "package", "status", "version", "architecture", "source", "depends", "pre-depends", "provides", "license",
})  # fmt: skip
_STATES = frozenset({"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"})
_SOURCE = lazy(r"\s*+([^\s(]++)\s*+(?:\(([^)]*+)\))?")
_NAME = lazy(r"\s*+([^\s(:|,\[]++)")


class _Dpkg(InstalledReader):
    """A reader of dpkg's stanzas."""

    manager: ClassVar[str] = "dpkg"
    folders: ClassVar[tuple[str, ...]] = ("var/lib/dpkg/",)

    def is_installed(self, stanza: Stanza) -> bool:
        """Return whether the package's files are there, by the last word of Status (dpkg(1), "Package states")."""
        return stanza.get("status", "").rpartition(" ")[2] in _STATES

    def read(self, file: SourceFile, known: Distribution) -> Extracted:
        """Return the installed packages. Raises: UnreadableError when there is none in a file with content."""
        packages: list[Package] = []
        problems: list[Problem] = []
        wishes: dict[str, str] = {}
        providers = Providers()
        for line, stanza, wrong in stanzas(text_of(file), _FIELDS):
            if not self.is_installed(stanza):
                continue
            name, version = stanza.get("package", ""), stanza.get("version", "")
            if not name or not version:
                problems.append(Problem(line=wrong or line, reason="a package without a name or version"))
                continue
            package = self._package(stanza, line, known)
            packages.append(package)
            wishes[package.key] = f"{stanza.get('pre-depends', '')},{stanza.get('depends', '')}"
            providers.add(name, package.key, _names(stanza.get("provides", "")))
        if problems and not packages:
            raise UnreadableError("no package in it", problems[0].line)
        packages = [replace(p, needs=providers.resolve(p.key, _wishes(wishes[p.key]))) for p in packages]
        found, problems_ = bounded(packages, problems)
        return Extracted(packages=found, problems=problems_)

    def _package(self, stanza: Stanza, line: int, known: Distribution) -> Package:
        name, version, architecture = stanza["package"], stanza["version"], stanza.get("architecture", "")
        licence = stanza.get("license", "")
        return Package(
            key=f"{name}:{architecture}:{line}",
            name=name,
            version=version,
            line=line,
            ecosystem=known.ecosystem(self.manager, self.ecosystem),
            licenses=(licence,) if licence else (),
            qualifiers=(
                ("arch", architecture),
                ("distro", known.qualifier),
                ("upstream", _upstream(stanza.get("source", ""), name, version)),
            ),
        )


class DpkgStatus(_Dpkg):
    """Reads `var/lib/dpkg/status`."""

    name: ClassVar[str] = "dpkg"
    ecosystem: ClassVar[str] = "Debian"

    def wants(self, path: str) -> bool:
        """Return whether `path` is dpkg's status file below some root."""
        return self.below(path) == "status"


class DpkgStatusFile(_Dpkg):
    """Reads `var/lib/dpkg/status.d/<package>`, which distroless images have, one package a file."""

    name: ClassVar[str] = "dpkg status.d"
    ecosystem: ClassVar[str] = "Debian"

    def wants(self, path: str) -> bool:
        """Return whether `path` is a package's file; beside it are its check sums and scripts."""
        folder, _, name = self.below(path).rpartition("/")
        return folder == "status.d" and not name.endswith((".md5sums", ".preinst"))

    def is_installed(self, stanza: Stanza) -> bool:
        """Return whether the package is installed: what is listed without a state is."""
        return "status" not in stanza or super().is_installed(stanza)


class OpkgStatus(_Dpkg):
    """Reads OpenWrt's `usr/lib/opkg/status`."""

    name: ClassVar[str] = "opkg"
    ecosystem: ClassVar[str] = "opkg/openwrt"
    manager: ClassVar[str] = "opkg"
    folders: ClassVar[tuple[str, ...]] = ("usr/lib/opkg/",)

    def wants(self, path: str) -> bool:
        """Return whether `path` is opkg's status file below some root."""
        return self.below(path) == "status"


def _upstream(source: str, name: str, version: str) -> str:
    """Return `source@version` of the source package, as far as it differs from the binary package."""
    found = _SOURCE.match(source)
    own, of = (found[1], found[2] or version) if found else (name, version)
    if of != version:
        return f"{own}@{of}"
    return own if own != name else ""


def _names(field: str) -> Iterator[str]:
    return (found[1] for part in field.split(",") if (found := _NAME.match(part)))


def _wishes(field: str) -> Iterator[list[str]]:
    return ([found[1] for one in part.split("|") if (found := _NAME.match(one))] for part in field.split(","))
