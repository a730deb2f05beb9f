"""From components and advisories to findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.enums import Confidence, Severity
from secloop.model.facts import Component
from secloop.rules.base import RuleSet
from secloop.stages.build.advisories.base import Advisory, Exploitation, Interval
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.dependencies.engine import matchers_by_ecosystem
from secloop.stages.build.dependencies.hits import hits_of
from secloop.stages.build.dependencies.match import findings
from secloop.stages.build.purl import purl
from stages.build.dependencies.pages import page

if TYPE_CHECKING:
    from secloop.model.finding import Finding

BEFORE_2 = (Interval(high="2.0.0", end="fixed"),)
RULES = matchers_by_ecosystem(RuleSet([page()]))


def advisory(own: str, *aliases: str, ecosystem: str = "npm", package: str = "p", **more: object) -> Advisory:
    made = Advisory(id=own, aliases=aliases, ecosystem=ecosystem, package=package, intervals=BEFORE_2)
    return msgspec.structs.replace(made, **more)


def component(name: str = "p", version: str = "1.0.0", ecosystem: str = "npm", **more: object) -> Component:
    made = Component(name=name, version=version, purl=purl(ecosystem, name, version), file="lock", line=7)
    return msgspec.structs.replace(made, **more)


def match(
    components: list[Component], *advisories: Advisory, kev: str = "", rules: RuleSet | None = None
) -> list[Finding]:
    facts = {"CVE-2020-0001": Exploitation(epss=0.25, percentile=0.9, kev=kev)}
    chosen = matchers_by_ecosystem(rules) if rules else RULES
    return list(findings(components, MemoryIndex(advisories, facts), chosen))


def test_aliases_of_one_problem_make_one_finding_under_the_cve() -> None:
    (found,) = match([component()], advisory("GHSA-a", "CVE-2020-0001"), advisory("NSWG-1", "CVE-2020-0001"))
    assert found.ids == ("CVE-2020-0001", "GHSA-a", "NSWG-1")


def test_a_growing_alias_group_with_the_same_cve_keeps_the_identity() -> None:
    (before,) = match([component()], advisory("GHSA-a", "CVE-2020-0001"))
    (after,) = match([component()], advisory("GHSA-a", "CVE-2020-0001", "GHSA-zz"), advisory("GHSA-zz"))
    assert before.identity == after.identity


def test_a_version_bump_inside_the_range_keeps_the_identity() -> None:
    (one,), (two,) = match([component()], advisory("GHSA-a")), match([component(version="1.5.0")], advisory("GHSA-a"))
    assert one.identity == two.identity
    assert one.title != two.title


def test_a_component_without_a_version_is_not_matched() -> None:
    assert match([component(version="")], advisory("GHSA-a")) == []


def test_a_fixed_version_is_not_matched() -> None:
    assert match([component(version="2.0.0")], advisory("GHSA-a")) == []


def test_evidence_explains_score_and_exploitation() -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    (found,) = match([component()], advisory("CVE-2020-0001", vectors=(vector,)), kev="2021-11-03")
    assert found.evidence == {
        "cvss": "9.8",
        "cvss_vector": vector,
        "epss": "0.25",
        "epss_percentile": "0.9",
        "kev": "true",
        "kev_date": "2021-11-03",
    }
    assert (found.severity, found.severity_raw) == (Severity.CRITICAL, "9.8")
    assert "known to be exploited (CISA KEV, 2021-11-03)" in found.message


def test_unknown_severity_stays_unknown_unless_it_is_known_to_be_exploited() -> None:
    (plain,) = match([component()], advisory("CVE-2020-0001"))
    (exploited,) = match([component()], advisory("CVE-2020-0001"), kev="2021-11-03")
    assert (plain.severity, exploited.severity) == (Severity.UNKNOWN, Severity.CRITICAL)


def test_the_users_severity_wins_over_the_advisorys() -> None:
    rules = RuleSet([page()], {"vulnerable-dependency.npm": Severity.LOW})
    (found,) = match([component()], advisory("GHSA-a", severity="critical"), rules=rules)
    assert found.severity is Severity.LOW


def test_an_ecosystem_without_a_matcher_is_not_matched() -> None:
    rest = msgspec.structs.replace(page(), matchers=tuple(m for m in page().matchers if m.id != "npm"))
    assert match([component()], advisory("GHSA-a"), rules=RuleSet([rest])) == []


def test_the_advisorys_weakness_wins_over_the_pages() -> None:
    (own,) = match([component()], advisory("GHSA-a", cwe=(79,)))
    (page_own,) = match([component()], advisory("GHSA-a"))
    assert (own.cwe, page_own.cwe) == ((79,), page().cwe)


def test_fixed_versions_of_go_modules_are_spelled_as_go_does() -> None:
    module = component("example.com/m", "v1.0.0", "Go")
    (found,) = match([module], advisory("GO-1", ecosystem="Go", package="example.com/m"))
    assert found.fixed == ("v2.0.0",)


def test_the_go_line_counts_from_the_version_on_that_makes_it_a_minimum() -> None:
    bug = advisory("GO-1", ecosystem="Go", package="stdlib")
    assert match([component("stdlib", "1.20", "Go", file="go.mod")], bug) == []
    (found,) = match([component("stdlib", "1.21", "Go", file="go.mod")], bug)
    assert (found.confidence, found.fixed) == (Confidence.LOW, ("2.0.0",))


def test_the_go_that_a_program_was_built_with_counts_in_full() -> None:
    (found,) = match(
        [component("stdlib", "1.20", "Go", file="bin/a")], advisory("GO-1", ecosystem="Go", package="stdlib")
    )
    assert found.confidence is not Confidence.LOW
    assert found.message.startswith("stdlib 1.20 is affected by GO-1.")


def test_the_epoch_of_an_rpm_counts() -> None:
    interval = Interval(low="2:1", high="3:1.0.1", end="fixed")
    index = MemoryIndex([advisory("RLSA-1", ecosystem="Rocky Linux:9", intervals=(interval,))])
    plain = component(ecosystem="Rocky Linux", purl="pkg:rpm/rocky/p@1.0.0?distro=rocky-9.3")
    assert list(hits_of(index, plain)) == []
    assert len(list(hits_of(index, msgspec.structs.replace(plain, purl=f"{plain.purl}&epoch=3")))) == 1


def test_without_a_fix_the_message_says_so() -> None:
    (found,) = match([component()], advisory("GHSA-a", intervals=(Interval(),)))
    assert found.fixed == ()
    assert found.message.endswith("No fixed version is known.")
