"""What is listed of a root file system, against what its own package manager says.

  installed.py ROOT [ROOT ...]     roots with dpkg's or RPM's database; needs dpkg-query or rpm on this machine
  installed.py --rpm DATABASE LIST  a database of RPM, and what `rpm -qa --qf FORMAT` said of it (FORMAT below)

Compared are name, version, architecture, and name and version of the source package; of RPM epoch and licence, too.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from secloop.model.facts import Component
from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.build.packages.folder import read_folder
from secloop.stages.build.purl import qualifiers_of

FORMAT = r"%{NAME}|%{EPOCHNUM}|%{VERSION}-%{RELEASE}|%{ARCH}|%{SOURCERPM}|%{LICENSE}\n"
DPKG_FORMAT = r"${db:Status-Status}|${Package}|${Version}|${Architecture}|${source:Package}|${source:Version}\n"
INSTALLED = ("installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
RPM_PLACES = ("usr/lib/sysimage/rpm", "usr/share/rpm", "var/lib/rpm")
RPM_NAMES = ("rpmdb.sqlite", "Packages.db", "Packages")

Row = tuple[str, ...]


def main() -> None:
    """Print one line per root."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roots", nargs="*", type=Path)
    parser.add_argument("--rpm", nargs=2, type=Path, metavar=("DATABASE", "LIST"))
    given = parser.parse_args()
    if given.rpm:
        database, told = given.rpm
        _compare(str(database), _rpm_rows(database), _rpm_told(told.read_text()))
    for root in given.roots:
        if (root / "var/lib/dpkg/status").is_file():
            _compare(f"{root} dpkg", _dpkg_rows(root), _dpkg_told(root))
        for place in RPM_PLACES:
            for name in RPM_NAMES:
                if (database := root / place / name).is_file():
                    asked = ["rpm", "--root", str(root.absolute()), "--dbpath", f"/{place}", "-qa", "--qf", FORMAT]
                    _compare(f"{database}", _rpm_rows(database), _rpm_told(_run(asked)))


def _compare(what: str, ours: set[Row], theirs: set[Row]) -> None:
    print(f"{what}: listed {len(ours)}, by the manager {len(theirs)}, the same {len(ours & theirs)}")
    for word, some in (("missed", theirs - ours), ("extra", ours - theirs)):
        for row in sorted(some)[:5]:
            print(f"  {word} {row}")


def _components(path: str, data: bytes) -> list[Component]:
    file = SourceFile(FileMeta(path=path, size=len(data), head=data[:4096]), data)
    return [one for one in read_folder({path: file}, path) if isinstance(one, Component)]


def _source(component: Component) -> tuple[str, str]:
    name, _, version = qualifiers_of(component.purl).get("upstream", "").partition("@")
    return name or component.name, version or component.version


def _dpkg_rows(root: Path) -> set[Row]:
    found = _components("var/lib/dpkg/status", (root / "var/lib/dpkg/status").read_bytes())
    return {(one.name, one.version, qualifiers_of(one.purl).get("arch", ""), *_source(one)) for one in found}


def _dpkg_told(root: Path) -> set[Row]:
    text = _run(["dpkg-query", f"--admindir={root / 'var/lib/dpkg'}", "-W", "-f", DPKG_FORMAT])
    rows = (tuple(line.split("|")) for line in text.splitlines())
    return {row[1:] for row in rows if row[0] in INSTALLED}


def _rpm_rows(database: Path) -> set[Row]:
    rows: set[Row] = set()
    for one in _components(f"usr/lib/sysimage/rpm/{database.name}", database.read_bytes()):
        told = qualifiers_of(one.purl)
        licence = one.licenses[0] if one.licenses else ""
        rows.add((one.name, told.get("epoch", "0"), one.version, told.get("arch", ""), *_source(one), licence))
    return rows


def _rpm_told(text: str) -> set[Row]:
    rows: set[Row] = set()
    for line in text.splitlines():
        name, epoch, version, arch, source, licence = line.split("|")
        of, upstream, release = source.removesuffix(".src.rpm").rsplit("-", 2)
        rows.add((name, epoch, version, arch, of, f"{upstream}-{release}", licence))
    return rows


def _run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
