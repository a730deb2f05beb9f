"""The checks over packages: each is a pure function from a component to what is wrong with it, or nothing."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.enums import Confidence, Severity
from secloop.model.regex import lazy
from secloop.stages.build.advisories import ranges
from secloop.stages.build.advisories.endoflife import ENDED
from secloop.stages.build.advisories.malicious import is_malicious
from secloop.stages.build.advisories.releases import component_keys
from secloop.stages.build.purl import package_name, qualifiers_of
from secloop.stages.build.supply import cycles, typos
from secloop.stages.build.supply.products import product_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.facts import Component
    from secloop.stages.build.advisories.base import AdvisoryIndex

_COMMIT = lazy(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OWN_OWNERS = ("actions/", "github/")
_LONG = 8


class Problem(NamedTuple):
    """What is wrong: the check, what makes it the same problem, and what a finding says."""

    check: str
    own: str
    message: str
    severity: Severity | None = None
    confidence: Confidence | None = None
    ids: tuple[str, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()


class Context(NamedTuple):
    """What the checks look things up in. `internal` are globs of names that no public registry should answer for."""

    advisories: AdvisoryIndex
    today: str
    internal: tuple[str, ...] = ()


def problems(ecosystem: str, component: Component, context: Context) -> Iterator[Problem]:
    """Yield everything that is wrong with a component."""
    yield from malice(ecosystem, component, context.advisories)
    yield from _typosquat(ecosystem, component)
    yield from _internal(component, context.internal)
    yield from _unpinned(ecosystem, component)
    yield from _install_script(component)
    yield from _ended(ecosystem, component, context)


def malice(ecosystem: str, component: Component, index: AdvisoryIndex) -> Iterator[Problem]:
    """Yield the reports of malicious content (OSV `MAL-`, or CWE-506) that affect the version."""
    if not component.version:
        return
    for key in component_keys(ecosystem, qualifiers_of(component.purl)):
        for group in index.groups(key, package_name(ecosystem, component.name)):
            hit = is_malicious(group) and any(ranges.affects(a, component.version) for a in group.advisories)
            if hit:
                text = f"{component.name} {component.version} is reported as malicious ({group.ids[0]}). Remove it,"
                text += " and treat every machine that installed it as compromised: change what secrets it could read."
                yield Problem("malicious", group.ids[0], text, ids=group.ids)


def _typosquat(ecosystem: str, component: Component) -> Iterator[Problem]:
    names = typos.names_of(ecosystem)
    if names is None or component.origin:
        return
    name = package_name(ecosystem, component.name)
    target = typos.imitated(ecosystem, name, names)
    if target:
        text = f"{component.name} looks like the widely used {target}. Check that it is the package you mean."
        # A slip is made by whoever writes a name down: what other packages ask for, many others install too.
        confidence = Confidence.MEDIUM if len(target) >= _LONG and component.direct else Confidence.LOW
        yield Problem("typosquat", "typosquat", text, confidence=confidence, evidence=(("looks_like", target),))


def _internal(component: Component, internal: tuple[str, ...]) -> Iterator[Problem]:
    """Yield an internal name that a file resolves from the ecosystem's public registry."""
    if component.version and not component.origin and any(fnmatchcase(component.name, glob) for glob in internal):
        text = f"{component.name} is an internal name ([build] internal), but comes from the public registry."
        yield Problem("extra-index", "dependency-confusion", text, Severity.CRITICAL, Confidence.MEDIUM)


def _unpinned(ecosystem: str, component: Component) -> Iterator[Problem]:
    is_commit = bool(component.hashes) or _COMMIT.fullmatch(component.version)
    if ecosystem == "GitHub Actions" and component.version and not is_commit:
        owned = component.name.startswith(_OWN_OWNERS)
        text = f"The action {component.name} is used at {component.version}, which its owner can move. Use the commit's"
        text += f" SHA, with the version in a comment: {component.name}@<40 hex digits> # {component.version}"
        yield Problem("unpinned", "unpinned", text, Severity.LOW if owned else None)
    if ecosystem == "Docker" and component.version == "latest" and not component.hashes:
        text = f"The image {component.name} is used at latest, so each build may take another one. Name a version and,"
        text += " better, its digest."
        yield Problem("unpinned", "unpinned", text)


def _install_script(component: Component) -> Iterator[Problem]:
    if component.install_script:
        text = (
            f"Installing {component.name} {component.version} runs a script of the package. Read it once, and install"
        )
        text += " with --ignore-scripts where it is not needed."
        yield Problem("install-script", "install-script", text)


def _ended(ecosystem: str, component: Component, context: Context) -> Iterator[Problem]:
    product = product_of(ecosystem, component)
    cycle = cycles.cycle_of(context.advisories, product, component.version) if product else None
    if cycle and cycles.has_ended(cycle, context.today):
        since = f"since {cycle.end}" if cycle.end > ENDED else "on a day that is not said"
        latest = f" Its last release is {cycle.latest}." if cycle.latest else ""
        text = (
            f"{component.name} {component.version}: maintenance of {product} {cycle.name} has ended, {since}.{latest}"
        )
        yield Problem("end-of-life", f"end-of-life {cycle.name}", text, evidence=(("end_of_life", cycle.end),))
