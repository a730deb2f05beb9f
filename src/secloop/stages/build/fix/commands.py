"""The commands of each ecosystem's own tool. They are printed for the user, never run by us.

Where a tool can be told not to run code of packages, it is: `--ignore-scripts`, `--lockfile-only` and the like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.fix import Command
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping


_PLAIN = lazy(r"[@A-Za-z0-9][A-Za-z0-9@._/:+!~-]*")


class Tool(NamedTuple):
    """How a lock file is brought up to date, with `{name}`, `{old}` and `{version}` filled in.

    `update` moves one package inside what is declared, `also` follows it; `refresh` follows changed manifests, and is
    `update` where empty. `manifests` are the names of the files that declare, a `*` standing for any start.
    """

    manifests: tuple[str, ...]
    update: str
    refresh: str = ""
    also: str = ""


_NPM = Tool(
    ("package.json",),
    "npm update {name} --package-lock-only --ignore-scripts",
    "npm install --package-lock-only --ignore-scripts",
)
_BUNDLE = Tool(("Gemfile", "gems.rb"), "bundle lock --update {name} --conservative", "bundle lock")
_GRADLE = Tool(
    ("build.gradle", "build.gradle.kts", "libs.versions.toml"), "./gradlew dependencies --update-locks {name}"
)
_DOTNET = Tool(("*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props"), "dotnet restore --force-evaluate")

YARN_1 = Tool(("package.json",), "yarn upgrade {name} --ignore-scripts", "yarn install --ignore-scripts")
"""Yarn 1, whose lock has the name of its successors' and which only moves direct dependencies."""

_YARN_1_MARK = b"# yarn lockfile v1"

TOOLS: Mapping[str, Tool] = {
    "package-lock.json": _NPM,
    "npm-shrinkwrap.json": _NPM,
    "yarn.lock": Tool(
        ("package.json",), "yarn up --recursive {name} --mode=update-lockfile", "yarn install --mode=update-lockfile"
    ),
    "pnpm-lock.yaml": Tool(
        ("package.json",),
        "pnpm update {name} --recursive --depth Infinity --lockfile-only",
        "pnpm install --lockfile-only --ignore-scripts",
    ),
    "bun.lock": Tool(("package.json",), "bun update {name} --lockfile-only", "bun install --lockfile-only"),
    "deno.lock": Tool(("deno.json", "deno.jsonc", "package.json"), "deno outdated --update --lockfile-only {name}"),
    "uv.lock": Tool(("pyproject.toml",), "uv lock --upgrade-package {name}=={version}"),
    "poetry.lock": Tool(("pyproject.toml",), "poetry update --lock {name}"),
    "pdm.lock": Tool(("pyproject.toml",), "pdm update --no-sync --update-reuse {name}"),
    "Pipfile.lock": Tool(("Pipfile",), "pipenv upgrade --lock-only {name}=={version}", "pipenv lock"),
    "Cargo.lock": Tool(("Cargo.toml",), "cargo update -p {name}@{old} --precise {version}"),
    "Gemfile.lock": _BUNDLE,
    "gems.locked": _BUNDLE,
    "composer.lock": Tool(
        ("composer.json",), "composer update {name} --with-dependencies --no-install --no-scripts --no-plugins"
    ),
    "go.mod": Tool(("go.mod",), "go get {name}@{version}", "go mod tidy", also="go mod tidy"),
    "mix.lock": Tool(("mix.exs",), "mix deps.update {name}"),
    "rebar.lock": Tool(("rebar.config",), "rebar3 upgrade {name}"),
    "pubspec.lock": Tool(("pubspec.yaml", "pubspec.yml"), "dart pub upgrade {name}", "dart pub get"),
    "Podfile.lock": Tool(("Podfile",), "pod update {name} --no-repo-update"),
    "Package.resolved": Tool(("Package.swift",), "swift package update {name}"),
    "packages.lock.json": _DOTNET,
    "project.assets.json": _DOTNET,
    "gradle.lockfile": _GRADLE,
    "buildscript-gradle.lockfile": _GRADLE,
    "renv.lock": Tool(("DESCRIPTION",), "Rscript -e 'renv::update(\"{name}\", prompt = FALSE)'"),
    "Manifest.toml": Tool(("Project.toml",), "julia --project -e 'import Pkg; Pkg.update(\"{name}\")'"),
    "cpanfile.snapshot": Tool(("cpanfile",), "carton update {name}"),
    "conan.lock": Tool(("conanfile.txt", "conanfile.py"), "conan lock create ."),
    "nimble.lock": Tool(("*.nimble",), "nimble lock"),
    ".terraform.lock.hcl": Tool(("*.tf",), "terraform init -upgrade -backend=false"),
    "paket.lock": Tool(("paket.dependencies",), "dotnet paket update {name}"),
    "stack.yaml.lock": Tool(("*.cabal",), "stack build --dry-run"),
    "cabal.project.freeze": Tool(("*.cabal",), "cabal freeze"),
}
"""Lock files by name, with the tool that writes them."""


def tool_of(lock: str, head: bytes = b"") -> Tool | None:
    """Return the tool of a lock file by its path and how it begins, None where none is known."""
    tool = TOOLS.get(lock.rpartition("/")[2])
    return YARN_1 if tool is TOOLS["yarn.lock"] and _YARN_1_MARK in head else tool


def update(tool: Tool | None, lock: str, name: str, old: str, version: str) -> tuple[Command, ...]:
    """Return the commands that move one package in a lock file, none without a tool."""
    lines = [tool.update, tool.also] if tool else []
    return _commands(lines, lock, {"name": name, "old": old, "version": version})


def refresh(tool: Tool | None, lock: str, name: str, old: str, version: str) -> tuple[Command, ...]:
    """Return the commands that let a lock file follow a changed manifest, none without a tool."""
    lines = [tool.refresh or tool.update] if tool else []
    return _commands(lines, lock, {"name": name, "old": old, "version": version})


def _commands(lines: list[str], lock: str, told: Mapping[str, str]) -> tuple[Command, ...]:
    """Return filled-in commands; none where a name or version could be taken for an option, or for code."""
    if not all(is_plain(value) for value in told.values()):
        return ()
    return tuple(_command(line, lock, told) for line in lines if line)


def _command(line: str, lock: str, told: Mapping[str, str]) -> Command:
    import shlex

    words = shlex.split(line)
    for key, value in told.items():
        words = [word.replace(f"{{{key}}}", value) for word in words]
    return Command(arguments=tuple(words), folder=lock.rpartition("/")[0] or ".")


def is_plain(text: str) -> bool:
    """Return whether a name or version can stand in a command: no option, no space, no quote."""
    return _PLAIN.fullmatch(text) is not None
