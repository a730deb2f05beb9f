"""Which artifact a Java archive is: by Maven's `pom.properties`, then its manifest, then its file name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    import re

_FILE = lazy(r"(?P<artifact>.+?)-(?P<version>\d[\w.+-]*+)")
_FIRST_WORD = lazy(r"[A-Za-z0-9_]++")
_NAME = lazy(r"[A-Za-z0-9_.-]++")
_VERSION = lazy(r"[A-Za-z0-9_.+~-]*\d[A-Za-z0-9_.+~-]*")
_ESCAPE = lazy(r"\\(?:u([0-9A-Fa-f]{4})|(.))")
_PROPERTY = lazy(r"\s*+([A-Za-z.]++)\s*+[=:]\s*+(.*)")
_CLASSIFIERS = lazy(r"-(?:all|shaded|sources|javadoc|tests|standalone|jar-with-dependencies|uber|fat|exec)$")
_GROUPS = ("Implementation-Vendor-Id", "Group-Id")
_TITLES = ("Short-Name", "Implementation-Title")
_VERSIONS = ("Implementation-Version", "Plugin-Version", "Bundle-Version", "Specification-Version")


class Artifact(NamedTuple):
    """Maven coordinates; all three are known."""

    group: str
    artifact: str
    version: str


def parse_properties(data: bytes) -> Artifact | None:
    """Return the coordinates of a `pom.properties`, None where one is missing or no name."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        if property_ := _PROPERTY.match(line):
            found.setdefault(property_[1], _ESCAPE.sub(_unescape, property_[2]).strip())
    return artifact_of(found.get("groupId", ""), found.get("artifactId", ""), found.get("version", ""))


def artifact_of(group: str, artifact: str, version: str) -> Artifact | None:
    """Return the coordinates, None where one is missing or cannot be one."""
    good = _NAME.fullmatch(group) and _NAME.fullmatch(artifact) and _VERSION.fullmatch(version)
    return Artifact(group, artifact, version) if good else None


def parse_manifest(data: bytes) -> dict[str, str]:
    """Return the main section of a `MANIFEST.MF`; a line that starts with a space continues the one before.

    https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#manifest-specification
    """
    out: dict[str, list[str]] = {}
    last: list[str] = []
    for line in data.decode("utf-8", "replace").splitlines():
        if line.startswith(" "):
            last.append(line[1:])
        elif not line.strip():
            if out:
                break
        else:
            name, _, value = line.partition(":")
            last = out.setdefault(name.strip(), [])
            last.append(value.lstrip())
    return {name: "".join(parts).strip() for name, parts in out.items()}


def licenses(manifest: dict[str, str]) -> tuple[str, ...]:
    """Return the licences of a bundle or a Jenkins plugin as written."""
    names = (name for name in manifest if name == "Bundle-License" or name.startswith("Plugin-License-Name"))
    return tuple(dict.fromkeys(manifest[name] for name in names if manifest[name]))


def file_parts(name: str) -> tuple[str, str]:
    """Return (artifact, version or empty) of a file name: `guava-31.1-jre.jar` is guava 31.1-jre."""
    stem = _CLASSIFIERS.sub("", name.rpartition("/")[2].rpartition(".")[0])
    found = _FILE.fullmatch(stem)
    return (found["artifact"], found["version"]) if found else (stem, "")


def is_named(artifact: Artifact, file_name: str) -> bool:
    """Return whether a file of this name is this artifact, and not one that has it inside."""
    named, version = file_parts(file_name)
    same = named == artifact.artifact or named.endswith(f".{artifact.artifact}")
    return same and (not version or version == artifact.version or version.startswith(f"{artifact.version}-"))


def guess(file_name: str, manifest: dict[str, str]) -> Artifact | None:
    """Return the artifact by manifest and file name, None where the two give no version or no name.

    A file name without a version counts only where the manifest names a group.
    """
    artifact, version = file_parts(file_name)
    symbolic = manifest.get("Bundle-SymbolicName", "").partition(";")[0].strip()
    group = _group(artifact, symbolic, manifest)
    if version:
        # Many an old library has one name for both (log4j, junit, commons-io), a bundle starts with its group: the best
        # guesses where nothing is said.
        return artifact_of(group or artifact.rpartition(".")[0] or artifact, artifact, version)
    version = next((manifest[name] for name in _VERSIONS if manifest.get(name)), "")
    named = next((manifest.get(name, "") for name in _GROUPS if manifest.get(name)), "")
    title = next((manifest[name] for name in _TITLES if _NAME.fullmatch(manifest.get(name, ""))), artifact)
    return artifact_of(named, title, version) if named else None


def _group(artifact: str, symbolic: str, manifest: dict[str, str]) -> str:
    """Return the group that a manifest gives, empty for none.

    The symbolic name of a bundle is, by the rule of Apache Felix' plugin, `group.artifact`, without what both share
    where the artifact starts with the last word of the group; Eclipse's artifacts have the symbolic name as theirs.
    """
    if named := next((manifest[name] for name in _GROUPS if "." in manifest.get(name, "")), ""):
        return named
    if symbolic == artifact:
        return symbolic.rpartition(".")[0]
    prefix = symbolic.removesuffix(f".{artifact}")
    if prefix != symbolic and "-" in artifact:
        return prefix
    first = _FIRST_WORD.match(artifact)
    return symbolic if first and symbolic.endswith(f".{first[0]}") and "-" not in artifact else ""


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]
