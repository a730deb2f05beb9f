"""Commits in place of versions: OSV's `GIT` ranges, and packages of which only the commit is known.

The schema's algorithm walks a repository's history. That history is not at hand (nothing is fetched by a scan), so a
commit is judged by equality alone: it is one that an event names, or nothing is known of it. Unknown is not clean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from secloop.model.base import Value
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.model.facts import Component
    from secloop.stages.build.advisories.base import Advisory

ECOSYSTEM = "GIT"
"""OSV's name for advisories on repositories; their packages are named by `repository`."""

Verdict = Literal["affected", "clean", "unknown"]

_COMMIT = lazy(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")
_PSEUDO = lazy(r"v\d+\.\d+\.\d+-(?:[0-9A-Za-z.-]+\.)?\d{14}-([0-9a-f]{12})(?:\+incompatible)?")
_ADDRESS = lazy(r"(?:git\+)?[a-z]{2,8}://(?:[^/@]*+@)?([^/:@]++)(?::\d*+)?/(.+)|(?:[^/@\s]++@)?([^/:@\s]++):(?!//)(.+)")
_WITH_COMMITS = ("pkg:golang/", "pkg:github")
_LONGEST = 500
_FIRST = "0"


class GitRange(Value, frozen=True, gc=False):
    """A range of commits: those that its events name, `introduced` without the `0` that stands for the first one."""

    repository: str
    introduced: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    limit: tuple[str, ...] = ()


def git_range(address: str, events: Iterable[tuple[str, str]]) -> GitRange | None:
    """Return a range of OSV events on the repository at `address`, None where the address is none."""
    repository = repository_of(address)
    if not repository:
        return None
    named: dict[str, list[str]] = {}
    for kind, commit in events:
        if _COMMIT.fullmatch(commit.lower()):
            named.setdefault(kind, []).append(commit.lower())
    introduced, fixed, last, limit = (
        tuple(named.get(kind, ())) for kind in ("introduced", "fixed", "last_affected", "limit")
    )
    return GitRange(repository=repository, introduced=introduced, fixed=fixed, last=last, limit=limit)


def repository_of(address: str) -> str:
    """Return `host/path` of a repository's address in lower case, empty for text that is no address."""
    found = _ADDRESS.fullmatch(address.strip()[:_LONGEST].partition("#")[0].partition("?")[0].lower())
    if not found:
        return ""
    host, path = found[1] or found[3], found[2] or found[4]
    path = path.strip("/").removesuffix(".git")
    return f"{host}/{path}" if path else ""


def is_commit(version: str) -> bool:
    """Return whether a version is a full commit id, which has no place in any version order."""
    return bool(_COMMIT.fullmatch(version.lower()))


def source_of(component: Component) -> tuple[str, str]:
    """Return the repository and the commit that a component is taken from, empty where the file does not say one.

    Of a Go pseudo-version the commit is its first twelve digits.
    """
    if not component.origin and not component.purl.startswith(_WITH_COMMITS):
        return "", ""
    address, _, fragment = component.origin.partition("#")
    version = component.version.lower()
    commit = next((text for text in (fragment.lower(), version) if is_commit(text)), "")
    kind, _, path = component.purl.removeprefix("pkg:").partition("/")
    name = path.partition("@")[0].partition("?")[0]
    if kind == "golang" and (found := _PSEUDO.fullmatch(component.version)):
        return "/".join(name.split("/")[:3]), found[1]
    if kind in {"github", "githubactions"}:
        return f"github.com/{'/'.join(name.split('/')[:2])}", commit
    return (repository_of(address), commit) if address and (commit or _is_git(address)) else ("", "")


def _is_git(address: str) -> bool:
    return address.startswith(("git+", "git:", "ssh:")) or address.endswith(".git")


def judged(advisory: Advisory, repository: str, commit: str, version: str = "") -> Verdict:
    """Return what an advisory says of a commit of a repository, or of the release `version` (a tag) of it."""
    if advisory.withdrawn:
        return "clean"
    tags = {version, f"v{version}", version.removeprefix("v")} - {"", "v"}
    if tags & set(advisory.versions) or any(_names(r.introduced + r.last, commit) for r in advisory.git):
        return "affected"
    if any(r.repository == repository and _names(r.fixed + r.limit, commit) for r in advisory.git):
        return "clean"
    if advisory.ecosystem == ECOSYSTEM and not commit:
        return "clean" if advisory.versions and version else "unknown"
    return "unknown"


def _names(events: tuple[str, ...], commit: str) -> bool:
    return bool(commit) and any(event.startswith(commit) for event in events)
