"""Commits in place of versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.facts import Component
from secloop.stages.build.advisories import commits
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.osv import read_record
from secloop.stages.build.dependencies.hits import look
from secloop.stages.build.purl import purl

BAD, FIXED, LAST, OTHER = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
REPOSITORY = "https://github.com/Acme/Parser.git"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/Acme/Parser.git", "github.com/acme/parser"),
        ("git+ssh://git@github.com/acme/parser.git", "github.com/acme/parser"),
        ("git@github.com:acme/parser.git", "github.com/acme/parser"),
        ("https://user@git.example.org:8443/a/b/c/", "git.example.org/a/b/c"),
        ("git://sourceware.org/git/glibc.git", "sourceware.org/git/glibc"),
        ("https://github.com/acme/parser#abc", "github.com/acme/parser"),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_one_repository_has_one_name(address: str, expected: str) -> None:
    assert commits.repository_of(address) == expected


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    commits.repository_of(text)


def record(*events: dict[str, str], package: bool = False, versions: tuple[str, ...] = (), **more: Any) -> Any:
    affected: dict[str, Any] = {
        "ranges": [{"type": "GIT", "repo": REPOSITORY, "events": list(events)}],
        "versions": list(versions),
    }
    if package:
        affected["package"] = {"ecosystem": "npm", "name": "parser"}
        affected["ranges"].append({"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": "2.0.0"}]})
    return read_record(json.dumps({"id": "CVE-2024-1", "affected": [affected], **more}).encode())


EVENTS = ({"introduced": "0"}, {"introduced": BAD}, {"fixed": FIXED}, {"last_affected": LAST})


def git_package(commit: str, name: str = "parser", version: str = "") -> Component:
    return Component(
        name=name,
        version=version or commit,
        purl=purl("npm", name, version or commit),
        file="package-lock.json",
        origin=f"git+ssh://git@github.com/acme/parser.git#{commit}",
    )


@pytest.mark.parametrize("package", [False, True], ids=["on a repository", "on a package"])
@pytest.mark.parametrize(
    ("commit", "found", "unknown"),
    [(BAD, 1, ()), (LAST, 1, ()), (FIXED, 0, ()), (OTHER, 0, ("CVE-2024-1",))],
    ids=["introduced", "last affected", "fixed", "somewhere"],
)
def test_a_commit_is_judged_by_equality_and_else_unknown(
    package: bool, commit: str, found: int, unknown: tuple[str, ...]
) -> None:
    index = MemoryIndex(record(*EVENTS, package=package))
    got = look(index, git_package(commit))
    assert (len(got.hits), got.unknown) == (found, unknown)


def test_a_version_beside_a_commit_counts_unless_the_commit_is_the_fix() -> None:
    index = MemoryIndex(record(*EVENTS, package=True))
    assert len(look(index, git_package(OTHER, version="1.5.0")).hits) == 1
    assert look(index, git_package(FIXED, version="1.5.0")) == ((), ())
    assert look(index, git_package(OTHER, version="2.0.0")) == ((), ())


@pytest.mark.parametrize(("tag", "found"), [("v1.2.0", 1), ("1.2.0", 1), ("v1.3.0", 0)])
def test_a_tag_is_held_against_the_listed_ones(tag: str, found: int) -> None:
    index = MemoryIndex(record({"introduced": "0"}, versions=("v1.2.0",)))
    hook = Component(
        name="acme/parser", version=tag, purl=purl("git", "acme/parser", tag), file=".pre-commit-config.yaml"
    )
    got = look(index, hook)
    assert (len(got.hits), got.unknown) == (found, ())


def test_a_pseudo_version_names_its_commit() -> None:
    version = f"v0.0.0-20240101120000-{BAD[:12]}"
    module = Component(
        name="github.com/acme/parser",
        version=version,
        purl=purl("Go", "github.com/acme/parser", version),
        file="go.mod",
    )
    assert commits.source_of(module) == ("github.com/acme/parser", BAD[:12])
    assert len(look(MemoryIndex(record(*EVENTS)), module).hits) == 1


def test_an_action_pinned_to_a_commit_is_in_no_range_of_versions() -> None:
    affected = {
        "package": {"ecosystem": "GitHub Actions", "name": "acme/run"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}],
    }
    index = MemoryIndex(read_record(json.dumps({"id": "GHSA-1", "affected": [affected]}).encode()))
    action = Component(
        name="acme/run", version=OTHER, purl=purl("GitHub Actions", "acme/run", OTHER), file=".github/workflows/a.yml"
    )
    assert look(index, action) == ((), ("GHSA-1",))


def test_every_version_means_every_commit() -> None:
    affected = {
        "package": {"ecosystem": "npm", "name": "parser"},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
    }
    index = MemoryIndex(read_record(json.dumps({"id": "GHSA-1", "affected": [affected]}).encode()))
    assert len(look(index, git_package(OTHER)).hits) == 1


def test_a_withdrawn_record_says_nothing_of_commits() -> None:
    [one] = record(*EVENTS, withdrawn="2024-01-01T00:00:00Z")
    assert commits.judged(one, "github.com/acme/parser", BAD) == "clean"
