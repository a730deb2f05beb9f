"""Rules about resources in three values."""

from __future__ import annotations

from typing import Any

import pytest

from secloop.model.resource import Resource
from secloop.policy.cel import Truth
from secloop.policy.checks import Check


def verdict(text: str, attrs: dict[str, Any], *unknown: str, links: dict[str, list[Resource]] | None = None) -> Truth:
    found = links or {}
    resource = Resource(
        type="t",
        address="t.a",
        attrs=attrs,
        unknown=unknown,
        links={type_: tuple(one.address for one in held) for type_, held in found.items()},
    )
    return Check(text).verdict(resource, {one.address: one for held in found.values() for one in held})


OFF = "r.attrs.?encrypted.orValue(false) != true"
OPEN = "r.attrs.?ingress.orValue([]).exists(i, i.?cidr.orValue([]).exists(c, c == 'any') && i.?port.orValue(0) == 22)"


@pytest.mark.parametrize(
    ("attrs", "truth"), [({}, Truth.TRUE), ({"encrypted": False}, Truth.TRUE), ({"encrypted": True}, Truth.FALSE)]
)
def test_what_is_known_is_true_or_false(attrs: dict[str, Any], truth: Truth) -> None:
    assert verdict(OFF, attrs) is truth


def test_what_reads_an_unknown_value_is_unknown() -> None:
    assert verdict(OFF, {}, "encrypted") is Truth.UNKNOWN


def test_an_unknown_that_is_not_read_does_not_matter() -> None:
    assert verdict(OFF, {"encrypted": False}, "name", "tags.x") is Truth.TRUE


def test_an_unknown_attribute_beside_what_a_loop_reads_does_not_matter() -> None:
    assert verdict(OPEN, {"ingress": [{"cidr": ["any"], "port": 22}]}, "ingress[0].description") is Truth.TRUE


def test_a_verdict_holds_if_no_value_could_change_it() -> None:
    blocks = [{"cidr": ["any"], "port": 22}, {"port": 22}]
    assert verdict(OPEN, {"ingress": blocks}, "ingress[1].cidr") is Truth.TRUE
    assert verdict(OPEN, {"ingress": [{"port": 80}]}, "ingress[0].cidr") is Truth.FALSE
    assert verdict(OPEN, {"ingress": [{"port": 22}]}, "ingress[0].cidr") is Truth.UNKNOWN


def test_an_unknown_element_is_one_that_may_be_anything() -> None:
    assert verdict("r.attrs.?a.orValue([]).exists(x, x == 'bad')", {"a": ["good"]}, "a[]") is Truth.UNKNOWN
    assert verdict("r.attrs.?a.orValue([]).exists(x, x == 'bad')", {"a": ["bad"]}, "a[]") is Truth.TRUE


def test_a_pattern_is_not_guessed() -> None:
    assert verdict("!r.attrs.?v.orValue('').matches('^[0-9]$')", {}, "v") is Truth.UNKNOWN


def test_links_are_read_and_their_unknown_values_count() -> None:
    text = "!r.links.?block.orValue([]).exists(p, p.?on.orValue(false) == true)"
    on = Resource(type="block", address="block.a", attrs={"on": True})
    hidden = Resource(type="block", address="block.a", attrs={}, unknown=("on",))
    assert verdict(text, {}) is Truth.TRUE
    assert verdict(text, {}, links={"block": [on]}) is Truth.FALSE
    assert verdict(text, {}, links={"block": [hidden]}) is Truth.UNKNOWN


def test_a_type_with_dots_is_one_step() -> None:
    text = "size(r.links[?'networking.k8s.io/NetworkPolicy'].orValue([])) == 0"
    policy = Resource(type="networking.k8s.io/NetworkPolicy", address="x", attrs={})
    assert verdict(text, {}) is Truth.TRUE
    assert verdict(text, {}, links={policy.type: [policy]}) is Truth.FALSE
