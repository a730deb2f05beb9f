"""What the packages of a lock would like to find beside them: peers of npm, extras of Poetry. No edge says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from secloop.stages.build.reach.sources import Sources


class Peers(NamedTuple):
    """`names`, in lower case, that some package of the lock takes when it is there; `complete` if the lock says all."""

    names: frozenset[str] = frozenset()
    complete: bool = True


_NPM_BLOCK = re.compile(
    r'"(?:peerDependencies|optionalDependencies|peerDependenciesMeta)"\s*+:\s*+\{((?:[^{}]|\{[^{}]*+\})*+)\}'
)
_NPM_NAME = re.compile(r'"((?:@[\w.-]+/)?[\w.-]+)"\s*+:')
_BERRY_BLOCK = re.compile(
    r"^  (?:peerDependencies|dependenciesMeta|peerDependenciesMeta):\n((?:    [^\n]*+\n)++)", re.MULTILINE
)
_BERRY_NAME = re.compile(r'^    "?((?:@[\w.-]+/)?[\w.-]+)"?:', re.MULTILINE)
_PNPM_BLOCK = re.compile(r"^    peerDependencies:\n((?:      [^\n]*+\n)++)", re.MULTILINE)
_PNPM_NAME = re.compile(r"^      '?((?:@[\w.-]+/)?[\w.-]+)'?:", re.MULTILINE)
_EXTRAS = re.compile(r"^\[package\.extras\]\n((?:(?!\[)[^\n]*+\n)*+)", re.MULTILINE)
_WISH = re.compile(r'"([A-Za-z0-9][\w.-]*)')


def peers_of(path: str, sources: Sources) -> Peers:
    """Return what a lock says of peers; of a lock that says nothing of them (yarn 1) it is not complete."""
    name = path.rpartition("/")[2].lower()
    if name in {"uv.lock", "pdm.lock", "pylock.toml"}:
        return Peers()
    text = sources.text(path)
    if name == "poetry.lock":
        return _found(text, _EXTRAS, _WISH)
    if name == "pnpm-lock.yaml":
        return _found(text, _PNPM_BLOCK, _PNPM_NAME)
    if name in {"package-lock.json", "npm-shrinkwrap.json"} and '"packages"' in text:
        return _found(text, _NPM_BLOCK, _NPM_NAME)
    if name == "yarn.lock" and "__metadata:" in text:
        return _found(text, _BERRY_BLOCK, _BERRY_NAME)
    return Peers(complete=False)


def _found(text: str, block: re.Pattern[str], name: re.Pattern[str]) -> Peers:
    found = {one.lower().replace("_", "-") for part in block.findall(text) for one in name.findall(part)}
    return Peers(frozenset(found), complete=bool(text))
