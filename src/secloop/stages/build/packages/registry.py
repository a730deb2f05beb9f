"""The readers by family, found by the path of a file alone; a family is imported when a file of it turns up."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

_HERE = __package__ or ""


class Family(NamedTuple):
    """A sub-package `module` with a `READERS` tuple, and the file names (lower case) that can be its.

    `names` are whole file names, `ends` are ends of paths, `parts` stand anywhere in the path; all lower case.
    """

    module: str
    names: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def claims(self, path: str) -> bool:
        """Return whether a file of this lower-case path may be of the family."""
        return (
            path.rpartition("/")[2] in self.names
            or path.endswith(self.ends)
            or any(part in path for part in self.parts)
        )


_JAVA_NAMES = frozenset({
    "pom.xml", "build.gradle", "build.gradle.kts", "verification-metadata.xml", "module.bazel", "workspace",
    "workspace.bazel", "build.bazel", "pom.properties",
})  # fmt: skip
_JAVA_ENDS = (
    ".lockfile", ".versions.toml", ".sbt.lock", "_install.json", ".jar", ".war", ".ear", ".par", ".aar", ".sar",
    ".hpi", ".jpi", ".pom",
)  # fmt: skip

_JAVASCRIPT_NAMES = frozenset({
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock",
    "deno.json", "deno.jsonc", "package.json",
})  # fmt: skip

_JAVASCRIPT_ENDS = (
    ".vsix", ".vscode/extensions/extensions.json", ".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".jsx",
)  # fmt: skip
_PROGRAM_HEADS = (
    b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
)  # fmt: skip
_GO_NOTE = b"Go\0\0"
_LARGE = 64 << 20
_OS_ENDS = (
    "lib/dpkg/status", "lib/opkg/status", "lib/chisel/manifest.wall", "lib/apk/db/installed", "rpm/rpmdb.sqlite",
    "rpm/packages.db", "rpm/packages", "etc/os-release", "lib/os-release", "/pf", "/meta/snap.yaml",
    "/install_receipt.json", ".metainfo.xml", "etc/cos-package-info.json", "etc/apk/world",
)  # fmt: skip
_DOTNET_NAMES = frozenset({
    "project.assets.json", "paket.lock", "paket.dependencies", "directory.packages.props", "directory.build.props",
    "directory.build.targets", "packages.props", "dotnet-tools.json", "global.json",
})  # fmt: skip
_DOTNET_ENDS = (".deps.json", "packages.config", ".csproj", ".fsproj", ".vbproj", "packages.lock.json", ".nuspec")

_RUNTIME_NAMES = frozenset({
    ".python-version", "runtime.txt", ".nvmrc", ".node-version", ".ruby-version", ".php-version", ".go-version",
    ".tool-versions", "mise.toml", ".mise.toml",
})  # fmt: skip
_CI_NAMES = frozenset({"action.yml", "action.yaml", ".pre-commit-config.yaml", ".pre-commit-config.yml"})
_CI_PARTS = (".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/")

FAMILIES: tuple[Family, ...] = (
    Family("ci", _CI_NAMES, (".gitlab-ci.yml", ".gitlab-ci.yaml"), _CI_PARTS),
    Family(
        "python",
        frozenset(
            {
                "uv.lock",
                "pixi.lock",
                "poetry.lock",
                "pdm.lock",
                "pipfile",
                "pipfile.lock",
                "setup.py",
                "setup.cfg",
                "metadata",
                "pkg-info",
            }
        ),
        ends=("pyproject.toml", ".egg-info", ".whl", ".egg", ".txt", ".in", "-requires"),
        parts=(
            "requirement",
            "constraints",
            "reqs/",
            "pylock.",
            "environment",
            "conda",
            "explicit",
            "linux-64",
            "osx-",
            "win-64",
        ),
    ),
    Family("javascript", _JAVASCRIPT_NAMES, _JAVASCRIPT_ENDS),
    Family("sbom", parts=("bom", ".spdx", ".cdx", ".cyclonedx")),
    Family("golang", frozenset({"go.mod", "go.work", "go.sum", "modules.txt"})),
    Family("java", _JAVA_NAMES, _JAVA_ENDS),
    Family("dotnet", _DOTNET_NAMES, _DOTNET_ENDS, ("packages.",)),
    Family("os", ends=_OS_ENDS, parts=("lib/dpkg/status.d/", "lib/pacman/local/", "/.metadata/")),
    Family("rust", frozenset({"cargo.lock", "cargo.toml"})),
    Family(
        "ruby",
        frozenset({"gemfile", "gems.rb", "gems.locked"}),
        ends=("gemfile.lock", ".gemfile", ".gemspec", "/version.rb"),
    ),
    Family("php", frozenset({"composer.lock", "composer.json", "installed.json"})),
    Family("terraform", ends=(".terraform.lock.hcl", ".tf", ".tofu")),
    Family("dart", frozenset({"pubspec.lock", "pubspec.yaml", "pubspec.yml"})),
    Family(
        "swift",
        frozenset({"package.resolved", "package.swift", "podfile.lock", "cartfile.resolved"}),
        ends=(".xcodeproj/project.pbxproj",),
    ),
    Family("beam", frozenset({"mix.lock", "mix.exs", "rebar.lock", "manifest.toml", "gleam.toml"})),
    Family("haskell", frozenset({"stack.yaml.lock", "cabal.project.freeze"}), ends=(".cabal",)),
    Family("julia", frozenset({"project.toml", "juliaproject.toml"}), parts=("manifest",)),
    Family("r", frozenset({"renv.lock", "description"})),
    Family("perl", frozenset({"cpanfile", "cpanfile.snapshot"}), ("meta.json", "meta.yml")),
    Family("lua", frozenset({"luarocks.lock"}), (".rockspec",)),
    Family("nim", frozenset({"nimble.lock"}), (".nimble",)),
    Family("ocaml", frozenset({"opam"}), (".opam", ".opam.locked", ".pkg")),
    Family("cpp", frozenset({"conan.lock", "conanfile.txt", "conanfile.py", "vcpkg.json"})),
    Family("runtimes", _RUNTIME_NAMES),
    # The last one, since it takes every YAML file that no other family knows by its name.
    Family(
        "containers",
        frozenset({".env"}),
        (".yaml", ".yml", "chart.lock", "requirements.lock"),
        ("dockerfile", "containerfile"),
    ),
)


def extractors() -> tuple[Extractor, ...]:
    """Return every reader that goes by the name of a file; imports all families."""
    return tuple(reader for family in FAMILIES for reader in _readers(family.module))


_ANY = Family(
    "",
    frozenset().union(*(family.names for family in FAMILIES)),
    tuple(end for family in FAMILIES for end in family.ends),
    tuple(part for family in FAMILIES for part in family.parts),
)
"""What some family claims: nearly every file of a tree is none's, and is told so in one step."""


@lru_cache(maxsize=1 << 12)
def extractor_for(path: str) -> Extractor | None:
    """Return the reader of a file, by its path relative to the root, or None."""
    lower = path.lower()
    if not _ANY.claims(lower):
        return None
    for family in FAMILIES:
        if family.claims(lower):
            for reader in _readers(family.module):
                if reader.wants(path):
                    return reader
    return None


def extractor_for_head(head: bytes, size: int = 0) -> Extractor | None:
    """Return the reader of a compiled program that starts with `head`, or None; `size` is the whole file's in bytes.

    A program of any name is wanted, so a very large one must look like Go's, whose linker leaves its mark at the start.
    """
    if not head.startswith(_PROGRAM_HEADS) or (size > _LARGE and _GO_NOTE not in head):
        return None
    from secloop.stages.build.packages.binaries.objects import is_program

    return _readers("binaries")[0] if is_program(head) else None


@lru_cache(maxsize=64)
def _readers(module: str) -> tuple[Extractor, ...]:
    readers: tuple[Extractor, ...] = import_module(f"{_HERE}.{module}").READERS
    return readers
