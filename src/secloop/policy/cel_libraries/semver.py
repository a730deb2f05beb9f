"""Kubernetes' semver library. Source: semver.org 2.0.0; `normalize` as in k8s.io/apiserver's semver.go."""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.policy.cel_libraries.base import SEMVER, Function, method, order

_SEMVER = lazy(
    r"(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LONGEST = 256
_PARTS = 3


def key(text: str) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
    """Return what versions are ordered by (semver.org, 11). Raises: ValueError for no version."""
    match = _SEMVER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f"not a semantic version: {text[:40]}")
    major, minor, patch, before = match.groups()
    names = tuple((not one.isdecimal(), int(one) if one.isdecimal() else 0, one) for one in (before or "").split("."))
    return (int(major), int(minor), int(patch)), before is None, names if before else ()


def _semver(text: str, normalize: bool = False) -> str:
    if normalize:
        text = _normal(text)
    key(text)
    return text


def _normal(text: str) -> str:
    """Return a version without its `v`, leading zeros and missing parts."""
    core, mark, rest = text.removeprefix("v"), "", ""
    for sign in "-+":
        if sign in core:
            core, mark, tail = core.partition(sign)
            rest = mark + tail + rest
    parts = [part.lstrip("0") or "0" for part in core.split(".")]
    return ".".join(parts + ["0"] * (_PARTS - len(parts))) + rest


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        _semver(text, normalize)
    except ValueError:
        return False
    return True


def _major(text: str) -> int:
    return key(text)[0][0]


def _minor(text: str) -> int:
    return key(text)[0][1]


def _patch(text: str) -> int:
    return key(text)[0][2]


def _compare(left: str, right: str) -> int:
    return order(key(left), key(right))


def _less(left: str, right: str) -> bool:
    return key(left) < key(right)


def _greater(left: str, right: str) -> bool:
    return key(left) > key(right)


FUNCTIONS = (
    Function(name="semver", takes=("string",), gives=SEMVER, run=_semver),
    Function(name="semver", takes=("string", "bool"), gives=SEMVER, run=_semver),
    Function(name="isSemver", takes=("string",), gives="bool", run=_is_semver),
    Function(name="isSemver", takes=("string", "bool"), gives="bool", run=_is_semver),
    method("major", (SEMVER,), "int", _major),
    method("minor", (SEMVER,), "int", _minor),
    method("patch", (SEMVER,), "int", _patch),
    method("compareTo", (SEMVER, SEMVER), "int", _compare),
    method("isLessThan", (SEMVER, SEMVER), "bool", _less),
    method("isGreaterThan", (SEMVER, SEMVER), "bool", _greater),
)
