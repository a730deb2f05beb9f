"""RPM's database of installed packages, in any of its three stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from secloop.stages.build.packages.base import Extracted, Package, Problem, bounded
from secloop.stages.build.packages.os.needs import Providers
from secloop.stages.build.packages.os.release import InstalledReader
from secloop.stages.build.packages.os.rpm_header import Header, parse
from secloop.stages.build.packages.os.rpm_stores import headers

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.os.release import Distribution

_NAMES = frozenset({"rpmdb.sqlite", "Packages.db", "Packages"})
_KEYS = "gpg-pubkey"
"""The pseudo-package that holds a key that packages are signed with."""


class RpmDatabase(InstalledReader):
    """Reads `rpmdb.sqlite`, `Packages.db` and `Packages`."""

    name: ClassVar[str] = "rpm"
    ecosystem: ClassVar[str] = "Red Hat"
    manager: ClassVar[str] = "rpm"
    folders: ClassVar[tuple[str, ...]] = ("usr/lib/sysimage/rpm/", "usr/share/rpm/", "var/lib/rpm/")

    def wants(self, path: str) -> bool:
        """Return whether `path` is a database below some root."""
        return self.below(path) in _NAMES

    def read(self, file: SourceFile, known: Distribution) -> Extracted:
        """Return the installed packages. Raises: UnreadableError when there is none in a file with content."""
        packages: list[Package] = []
        problems: list[Problem] = []
        wishes: dict[str, tuple[str, ...]] = {}
        providers = Providers()
        for number, blob in enumerate(headers(file.data), 1):
            header = parse(blob)
            if header is None:
                problems.append(Problem(line=1, reason=f"package {number} is damaged"))
            elif header.name != _KEYS:
                package = _package(header, number, known.ecosystem("rpm", self.ecosystem), known)
                packages.append(package)
                wishes[package.key] = header.requires
                providers.add(header.name, package.key, header.provides)
        packages = [replace(p, needs=providers.resolve(p.key, ([one] for one in wishes[p.key]))) for p in packages]
        found, told = bounded(packages, problems)
        return Extracted(packages=found, problems=told)


def _package(header: Header, number: int, ecosystem: str, known: Distribution) -> Package:
    return Package(
        key=f"{header.name}:{number}",
        name=header.name,
        version=f"{header.version}-{header.release}" if header.release else header.version,
        ecosystem=ecosystem,
        licenses=(header.licence,) if header.licence else (),
        qualifiers=(
            ("arch", header.arch),
            ("distro", known.qualifier),
            ("epoch", header.epoch if header.epoch != "0" else ""),
            ("modularitylabel", header.module),
            ("upstream", _upstream(header)),
        ),
    )


def _upstream(header: Header) -> str:
    """Return the source package as `name@version` as far as it differs, from `name-version-release.src.rpm`."""
    name, _, version = header.source.rpartition(".src.rpm")[0].rpartition("-")[0].rpartition("-")
    if not name or name == header.name:
        return ""
    return name if version == header.version else f"{name}@{version}-{_release(header)}"


def _release(header: Header) -> str:
    return header.source.rpartition(".src.rpm")[0].rpartition("-")[2]
