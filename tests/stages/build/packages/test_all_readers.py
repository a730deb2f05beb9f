"""What holds of every reader: no content raises anything but `UnreadableError`, and none costs its neighbours."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.facts import Component
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.folder import read_folder
from secloop.stages.build.packages.registry import extractor_for, extractors
from stages.build.reading import source

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = [
    ".env", ".github/workflows/a.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml", ".terraform.lock.hcl",
    ".vscode/extensions/extensions.json", "Cargo.lock", "Cargo.toml", "Cartfile.resolved", "Chart.lock", "Chart.yaml",
    "DESCRIPTION", "Directory.Packages.props", "Dockerfile", "Gemfile", "Gemfile.lock", "MODULE.bazel",
    "Manifest.toml", "Package.resolved", "Package.swift", "Pipfile", "Pipfile.lock", "Podfile.lock", "Project.toml",
    "a.cabal", "a.csproj", "a.deps.json", "a.dist-info/METADATA", "a.gemspec", "a.nimble", "a.opam", "a.opam.locked",
    "a.rockspec", "a.sbt.lock", "a.tf", "a.ts", "a.vsix", "a.whl", "base.txt", "build.gradle", "bun.lock",
    "bun.lockb", "buildscript-gradle.lockfile", "cabal.project.freeze", "com/acme/a/1/a-1.pom", "compose.yaml",
    "composer.json", "composer.lock", "conan.lock", "conanfile.txt", "conda-lock.yml",
    "conda-linux-64.lock", "pixi.lock", "conda-meta/a-1-0.json",
    "cpanfile", "cpanfile.snapshot", "deno.json", "deno.lock", "dotnet-tools.json", "dune.lock/a.pkg",
    "environment.yml", "etc/os-release", ".cpanm/work/1/a-1/META.json", "gleam.toml", "global.json", "go.mod",
    "go.sum", "gradle.lockfile", "gradle/libs.versions.toml", "gradle/verification-metadata.xml",
    "k8s.yaml", "kustomization.yaml",
    "lib/apk/db/installed", "lib/a.jar", "luarocks.lock", "manifest.toml", "maven_install.json",
    "META-INF/maven/a/b/pom.properties", "mix.exs", "mix.lock", "nimble.lock", "node_modules/a/package.json",
    "package-lock.json", "package.json", "packages.config", "packages.lock.json", "paket.dependencies", "paket.lock",
    "pdm.lock", "pnpm-lock.yaml", "poetry.lock", "pom.xml", "obj/project.assets.json", "pubspec.lock", "pubspec.yaml",
    "pylock.toml", "pyproject.toml", "rebar.lock", "renv.lock", "requirements.txt", "var/lib/rpm/rpmdb.sqlite",
    "sbom.cdx.json", "setup.cfg", "setup.py", "stack.yaml.lock", "usr/lib/opkg/status", "uv.lock", "values.yaml",
    "var/lib/chisel/manifest.wall", "var/lib/dpkg/status", "var/lib/dpkg/status.d/a", "var/lib/pacman/local/a-1/desc",
    "vcpkg.json", "vendor/composer/installed.json", "vendor/modules.txt", "yarn.lock", "gems/a-1/lib/a/version.rb",
    "go.work", "a.nuspec", "a.xcodeproj/project.pbxproj", "etc/apk/world", ".tool-versions", "mise.toml",
    ".python-version",
    "var/db/pkg/a/b-1/PF", "snap/a/1/meta/snap.yaml", "usr/local/Cellar/a/1/INSTALL_RECEIPT.json",
    "var/lib/flatpak/app/a/current/active/export/share/metainfo/a.metainfo.xml", "etc/cos-package-info.json",
]  # fmt: skip
"""A path of every reader."""

KEYS = [
    "name", "version", "packages", "package", "dependencies", "devDependencies", "dev-dependencies", "requires",
    "resolved", "integrity", "hash", "hashes", "source", "url", "repository", "type", "group", "artifact", "scope",
    "specifier", "specifiers", "importers", "settings", "lockfileVersion", "metadata", "default", "develop",
    "project", "workspaces", "workspace", "targets", "libraries", "catalogs", "overrides", "members", "npm", "jsr",
    "imports", "image", "services", "components", "purl", "licenses", "license", "projects", "graph", "nodes",
    "nodes_by_id", "requires-dist", "project.dependencies", "content", "files", "id", "tag", "ref", "rev",
]  # fmt: skip
WORDS = st.sampled_from([
    "", "1.0", "v1.2.3", "^1", "a@1.0", "@a/b@1", "npm:a@1", "git+https://example.org/a.git#b", "a/1.0#r", "file:x",
    "../x", "sha512-QUJD", "sha256:ab", "ab" * 11, "a b c", "a:b:1", "\ud800", "workspace:*", "(peer@1)",
    "=> x", "%", "${a}",
])  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 10**30), st.floats(allow_nan=False), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(KEYS), WORDS), inner, max_size=5)
    ),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)


def as_toml(document: dict[str, Any]) -> str:
    """Return the document as TOML, the tables after the values."""
    return "\n".join(_toml(document, ()))


def _toml(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not _is_table(value):
            yield f"{json.dumps(key)} = {_toml_value(value)}"
    for key, value in table.items():
        name = ".".join(json.dumps(part) for part in (*path, key))
        if isinstance(value, dict):
            yield f"[{name}]"
            yield from _toml(value, (*path, key))
        elif _is_table(value):
            for one in value:
                yield f"[[{name}]]"
                yield from _toml(one, (*path, key))


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_toml_value(one)}' for key, one in value.items())}}}"
    return json.dumps(value if value is not None else "")


def as_xml(document: dict[str, Any], root: str) -> str:
    """Return the document as XML."""
    return f"<{root}>{''.join(_xml(document))}</{root}>"


def _xml(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            tag = "".join(letter for letter in key if letter.isalpha() and letter.isascii()) or "x"
            yield f'<{tag} {tag}="{tag}">{"".join(_xml(one))}</{tag}>'
    elif isinstance(value, list):
        for one in value:
            yield from _xml(one)
    else:
        yield str(value).replace("&", "").replace("<", "")


def _check(path: str, data: bytes) -> None:
    reader = extractor_for(path)
    assert reader is not None
    with suppress(UnreadableError):
        reader.extract(source(path, data))
    for _ in read_folder({path: source(path, data)}):  # purls and paths, too
        pass


def test_every_reader_has_a_path_here() -> None:
    known = {type(reader) for path in PATHS if (reader := extractor_for(path))}
    assert {type(reader) for reader in extractors()} - known == set()


@settings(max_examples=150)
@given(st.sampled_from(PATHS), st.binary(max_size=300))
def test_no_bytes_raise(path: str, data: bytes) -> None:
    _check(path, data)


@settings(max_examples=300)
@given(st.sampled_from(PATHS), DOCUMENTS)
def test_no_json_raises(path: str, document: dict[str, Any]) -> None:
    _check(path, json.dumps(document, indent=1).encode())


@settings(max_examples=150)
@given(st.sampled_from([path for path in PATHS if path.endswith((".toml", ".lock", "Pipfile"))]), DOCUMENTS)
def test_no_toml_raises(path: str, document: dict[str, Any]) -> None:
    _check(path, as_toml(document).encode("utf-8", "replace"))


@settings(max_examples=150)
@given(
    st.sampled_from([path for path in PATHS if path.endswith((".xml", ".pom", "proj", ".props", ".config"))]),
    st.sampled_from(["project", "Project", "packages", "verification-metadata", "bom"]),
    DOCUMENTS,
)
def test_no_xml_raises(path: str, root: str, document: dict[str, Any]) -> None:
    _check(path, as_xml(document, root).encode("utf-8", "replace"))


@pytest.mark.parametrize("path", PATHS)
def test_a_broken_file_does_not_cost_its_neighbour(path: str) -> None:
    """One malformed file never loses the rest."""
    other = "other/requirements.txt"
    files = {path: source(path, b"\xff\x00{[<\n" * 3), other: source(other, "flask==2.0.1\n")}
    found = [one for one in read_folder(files) if isinstance(one, Component) and one.file == other]
    assert [one.version for one in found] == ["2.0.1"]
