"""The pages of the engine `cel`: what every one of them must hold to."""

from __future__ import annotations

from secloop.model.resource import Resource
from secloop.policy.cel import Truth
from secloop.policy.checks import Check
from secloop.policy.reads import steps
from secloop.rules import index


def test_a_rule_whose_attributes_are_all_unknown_never_says_wrong() -> None:
    rules = index.builtin().for_engine("cel")
    judged = 0
    for page, matcher in rules.matchers():
        check = Check(matcher.match)
        read = sorted({steps(one.path)[1] for one in check.reads if one.path.startswith("attrs.")})
        needed = not any(one.path.startswith(("links.", "facts.", "type")) for one in check.reads)
        if not read or not needed:
            continue
        for type_ in matcher.resources:
            resource = Resource(type=type_, address=f"{type_}.x", attrs={}, unknown=tuple(read))
            assert check.verdict(resource, {}) is not Truth.TRUE, page.rule_id(matcher)
            judged += 1
    assert judged > 700


def test_every_rule_names_what_it_is_about_and_whose_it_stands_for() -> None:
    rules = index.builtin().for_engine("cel")
    for page, matcher in rules.matchers():
        assert matcher.attribute, page.rule_id(matcher)
        assert matcher.resources, page.rule_id(matcher)
        assert len(set(matcher.same_as)) == len(matcher.same_as), page.rule_id(matcher)
    assert len({one for _, matcher in rules.matchers() for one in matcher.same_as}) >= 700
