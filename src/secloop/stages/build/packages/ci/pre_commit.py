"""pre-commit's `.pre-commit-config.yaml`: hook repositories, and the packages that hooks install beside themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import DEV, Extracted, Extractor, Package, bounded, text_of
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.yaml import YamlList, YamlTable, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_HOST = lazy(r"(?:git\+)?(?:https?|ssh|git)://(?:[^/@]*+@)?([^/:]++)(?::\d++)?/(.+)|[^/@]++@([^/:]++):(.+)")
_COMMIT = lazy(r"[0-9a-f]{40}")
_PYTHON = lazy(r"([A-Za-z0-9][\w.-]*+)(?:\[[^\]]*+\])?\s*+==\s*+([\w.!+-]++)")
_NODE = lazy(r"((?:@[\w.-]++/)?[\w.-]++)@(\d++\.\d++\.\d++[\w.+-]*+)")


class PreCommit(Extractor):
    """`.pre-commit-config.yaml`."""

    name = "pre-commit"
    ecosystem = "git"

    def wants(self, path: str) -> bool:
        """Return whether this is pre-commit's configuration."""
        return path.rpartition("/")[2] in {".pre-commit-config.yaml", ".pre-commit-config.yml"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the repositories at their revisions, and pinned additional dependencies. Raises: UnreadableError."""
        document = parse_yaml(text_of(file))
        packages = [
            found
            for number, entry in enumerate(items(document.get("repos")))
            if isinstance(entry, YamlTable)
            for found in _repository(entry, number)
        ]
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


def _repository(entry: YamlTable, number: int) -> Iterator[Package]:
    url, revision = string(entry.get("repo")), string(entry.get("rev"))
    if found := _HOST.fullmatch(url):
        host, path = (found[1] or found[3]).lower(), (found[2] or found[4]).strip("/").removesuffix(".git")
        yield Package(
            key=f"{number}",
            name=path if host == "github.com" else f"{host}/{path}",
            version=revision,
            line=entry.line("repo"),
            direct=True,
            scope=DEV,
            ecosystem="git" if host == "github.com" else "generic",
            origin="" if host == "github.com" else clean_url(url),
            hashes=(f"sha1:{revision}",) if _COMMIT.fullmatch(revision) else (),
        )
    for hook in items(entry.get("hooks")):
        yield from _additional(table(hook), number)


def _additional(hook: dict[str, Any], number: int) -> Iterator[Package]:
    """Yield the pinned packages that a hook adds: the two notations that cannot be taken for each other."""
    added = hook.get("additional_dependencies")
    for told, line in zip(added, added.lines, strict=True) if isinstance(added, YamlList) else ():
        for pattern, ecosystem in ((_PYTHON, "PyPI"), (_NODE, "npm")):
            if found := pattern.fullmatch(string(told).strip()):
                yield Package(
                    key=f"{number}:{line}:{told}",
                    name=found[1],
                    version=found[2],
                    line=line,
                    direct=True,
                    scope=DEV,
                    ecosystem=ecosystem,
                )
