"""The checks over packages, and the sensor around them."""

from __future__ import annotations

from typing import Any

import pytest

from secloop.model.config import BuildConfig, Config
from secloop.model.enums import Confidence, Kind, Severity
from secloop.model.facts import Component
from secloop.model.finding import Finding
from secloop.model.places import PackagePin
from secloop.rules import index as rule_index
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.endoflife import Cycle
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.dependencies.hits import hits_of
from secloop.stages.build.purl import purl
from secloop.stages.build.supply.checks import Context, Problem, problems
from secloop.stages.build.supply.engine import SupplyEngine
from secloop.stages.build.supply.sensor import SupplySensor

EMPTY = MemoryIndex([])
TODAY = "2026-11-24"


def component(ecosystem: str, name: str, version: str, **more: Any) -> Component:
    return Component(name=name, version=version, purl=purl(ecosystem, name, version), file="f", **more)


def found(ecosystem: str, one: Component, index: MemoryIndex = EMPTY, internal: tuple[str, ...] = ()) -> list[Problem]:
    return list(problems(ecosystem, one, Context(index, TODAY, internal)))


@pytest.mark.parametrize(
    "how", [{"id": "MAL-2024-1"}, {"id": "GHSA-x", "cwe": (506,)}, {"id": "X", "aliases": ("MAL-1",)}]
)
def test_a_report_of_malice_is_one_finding_and_no_vulnerability(how: dict[str, Any]) -> None:
    index = MemoryIndex([Advisory(ecosystem="npm", package="bad", intervals=(Interval(),), **how)])
    one = component("npm", "bad", "1.0.0")
    assert [problem.check for problem in found("npm", one, index)] == ["malicious"]
    assert list(hits_of(index, one)) == []


def test_other_versions_of_a_taken_over_package_are_clean() -> None:
    index = MemoryIndex([Advisory(id="MAL-1", ecosystem="npm", package="bad", versions=("1.0.1",))])
    assert found("npm", component("npm", "bad", "1.0.0"), index) == []


def test_an_internal_name_from_the_public_registry_is_told() -> None:
    asked = ("acme-*", "@acme/*")
    assert [p.check for p in found("PyPI", component("PyPI", "acme-billing", "1"), internal=asked)] == ["extra-index"]
    assert [p.check for p in found("npm", component("npm", "@acme/ui", "1"), internal=asked)] == ["extra-index"]
    own = component("PyPI", "acme-billing", "1", origin="https://pypi.acme.example/simple")
    assert found("PyPI", own, internal=asked) == []
    assert found("PyPI", component("PyPI", "acme-billing", ""), internal=asked) == []


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "hashes", "severity"),
    [
        ("GitHub Actions", "example/setup", "v3", (), None),
        ("GitHub Actions", "actions/checkout", "v4", (), Severity.LOW),
        ("Docker", "nginx", "latest", (), None),
    ],
)
def test_what_is_not_pinned_is_told(
    ecosystem: str, name: str, version: str, hashes: tuple[str, ...], severity: Severity | None
) -> None:
    (problem,) = found(ecosystem, component(ecosystem, name, version, hashes=hashes))
    assert (problem.check, problem.severity) == ("unpinned", severity)


@pytest.mark.parametrize(
    ("ecosystem", "version", "hashes"),
    [
        ("GitHub Actions", "0123456789abcdef0123456789abcdef01234567", ()),
        ("GitHub Actions", "v4", ("sha1:0123456789abcdef0123456789abcdef01234567",)),
        ("Docker", "latest", ("sha256:00",)),
        ("Docker", "1.27", ()),
        ("Docker", "", ()),
    ],
)
def test_what_is_pinned_or_unknown_is_not(ecosystem: str, version: str, hashes: tuple[str, ...]) -> None:
    assert found(ecosystem, component(ecosystem, "example/x", version, hashes=hashes)) == []


def test_the_feed_says_what_has_ended_and_else_the_small_set() -> None:
    feed = MemoryIndex([], cycles={"python": (Cycle(product="python", name="3.14", end="2026-01-01"),)})
    new = component("Docker", "python", "3.14.1-slim")
    assert [p.evidence for p in found("Docker", new, feed)] == [(("end_of_life", "2026-01-01"),)]
    assert found("Docker", new) == []
    assert [p.check for p in found("Docker", component("Docker", "python", "3.8-slim"))] == ["end-of-life"]
    assert found("Docker", component("Docker", "python", "slim")) == []
    assert found("Docker", component("Docker", "python", "3.8-slim"), feed) == []


def sensor(internal: tuple[str, ...] = ()) -> SupplySensor:
    made = SupplySensor()
    made.configure(Settings(config=Config(build=BuildConfig(internal=internal)), today=TODAY), rule_index.builtin())
    return made


def test_findings_are_supply_chain_and_keep_place_and_confidence() -> None:
    one = component("PyPI", "reqeusts", "2.0", line=7)
    (finding,) = (f for f in sensor().finish([one], {}) if isinstance(f, Finding))
    assert finding.kind is Kind.SUPPLY_CHAIN
    assert finding.rule == "typosquatted-package"
    assert finding.confidence is Confidence.MEDIUM
    assert finding.identity == ("typosquat", "pkg:pypi/reqeusts")
    assert isinstance(finding.place, PackagePin)
    assert (finding.place.file, finding.place.line) == ("f", 7)


def test_lines_of_files_are_looked_at_once() -> None:
    text = b"FROM python:3.14\nRUN pip install flask\n"
    file = SourceFile(FileMeta(path="Dockerfile", size=len(text)), text)
    (finding,) = (f for f in sensor().scan(file) if isinstance(f, Finding))
    assert finding.rule == "unpinned-dependency.pip"
    assert finding.message.startswith("flask is installed without a version")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile", True),
        ("api/Dockerfile.dev", True),
        (".github/workflows/ci.yml", True),
        (".gitlab-ci.yml", True),
        ("requirements-dev.txt", True),
        ("pip.conf", True),
        ("src/app.py", False),
        ("docs/workflows/ci.yml", False),
    ],
)
def test_files_with_install_lines_are_wanted(path: str, wanted: bool) -> None:
    assert sensor().wants(FileMeta(path=path, size=1)) is wanted


@pytest.mark.parametrize(
    ("match", "problem"),
    [
        ({"check": "typosquat"}, "exactly check and ecosystems"),
        ({"check": "no", "ecosystems": ["npm"]}, "check is none of"),
        ({"check": "typosquat", "ecosystems": []}, "is a list of names"),
        ({"check": "typosquat", "ecosystems": ["Rust"]}, "'Rust' is no ecosystem"),
        ("npm", "exactly check and ecosystems"),
    ],
)
def test_a_wrong_match_is_told_in_one_line(match: Any, problem: str) -> None:
    import msgspec

    page = rule_index.builtin().page("typosquatted-package")
    assert page is not None
    wrong = msgspec.structs.replace(page, matchers=(msgspec.structs.replace(page.matchers[0], match=match),))
    (line,) = SupplyEngine().validate(wrong)
    assert problem in line
