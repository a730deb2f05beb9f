"""CEL as admission policies have it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.policy.cel_libraries.base import Function
from secloop.policy.cel_macros import MAX_MACROS, expand
from secloop.policy.cel_values import Environment, EvaluationError, plain_input

ENVIRONMENT = Environment({"x": "dyn"})
VALUES = {"x": {"names": ["a", "b"], "numbers": [3, 1, 2], "labels": {"app": "shop"}}}


def run(text: str) -> Any:
    return ENVIRONMENT.compile(text).eval(VALUES)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x.numbers.sum()", 6),
        ("[duration('1s'), duration('2s')].sum()", timedelta(seconds=3)),
        ("[].sum()", 0),
        ("x.numbers.max()", 3),
        ("x.numbers.min()", 1),
        ("x.numbers.isSorted()", False),
        ("x.names.indexOf('b')", 1),
        ("[1, true, 1].lastIndexOf(1)", 2),
        ("['b'].indexOf('z')", -1),
        ("'abcabc'.indexOf('c')", 2),
        ("sets.contains([1, 2], [2u])", True),
        ("sets.equivalent([1, 2], [2, 1, 1])", True),
        ("sets.intersects([true], [1])", False),
        ("[1, 1, 2].distinct()", [1, 2]),
        ("[1, [2, [3]]].flatten()", [1, 2, [3]]),
        ("[1, [2, [3]]].flatten(2)", [1, 2, 3]),
        ("[1, 2, 3].slice(1, 3)", [2, 3]),
        ("['b', 'a'].sort()", ["a", "b"]),
        ("[1, 2].reverse()", [2, 1]),
        ("lists.range(3)", [0, 1, 2]),
        ("'a12b3'.find('[0-9]+')", "12"),
        ("'a12b3'.findAll('[0-9]+')", ["12", "3"]),
        ("'a12b3'.findAll('[0-9]+', 1)", ["12"]),
    ],
)
def test_lists_sets_and_patterns(text: str, wanted: object) -> None:
    assert run(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quantity('1Gi').isGreaterThan(quantity('100M'))", True),
        ("quantity('1') == quantity('1000m')", True),
        ("quantity('1.5k').asInteger()", 1500),
        ("quantity('500m').isInteger()", False),
        ("quantity('2e3').sub(quantity('1k')).add(1) == quantity('1001')", True),
        ("quantity('-1').sign()", -1),
        ("quantity('250m').asApproximateFloat()", 0.25),
        ("quantity('1').compareTo(quantity('2'))", -1),
        ("isQuantity('1 Gi')", False),
        ("string(ip('2001:DB8::1'))", "2001:db8::1"),
        ("type(ip('10.0.0.1')) == net.IP", True),
        ("cidr('10.0.0.0/8').containsIP('10.2.3.4')", True),
        ("cidr('10.0.0.0/8').containsIP(ip('11.2.3.4'))", False),
        ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", True),
        ("string(cidr('10.0.0.1/8').masked())", "10.0.0.0/8"),
        ("isIP('10.0.0.1') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/08')", True),
        ("url('https://user@shop.example:8443/a?b=1&b=2').getHost()", "shop.example:8443"),
        ("url('https://shop.example:8443/').getHostname()", "shop.example"),
        ("url('https://[::1]:80/').getPort()", "80"),
        ("url('/a%20b?b=1&b=2').getQuery()['b']", ["1", "2"]),
        ("isURL('shop') || isURL('https://a b')", False),
        ("semver('1.10.0').isGreaterThan(semver('1.9.9'))", True),
        ("semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))", True),
        ("semver('v1.02', true).minor()", 2),
        ("isSemver('1.2')", False),
        ("format.dns1123Label().validate('Upper').value()", ["does not have the format dns1123Label"]),
        ("format.uuid().validate('7d444840-9dc0-11d1-b245-5ffdce74fad2').hasValue()", False),
    ],
)
def test_types_of_kubernetes(text: str, wanted: object) -> None:
    assert run(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x.numbers.all(i, v, v > i)", False),
        ("x.labels.exists(k, v, k == 'app' && v == 'shop')", True),
        ("[1, 2].existsOne(i, v, i == 0)", True),
        ("[5, 6].transformList(i, v, i > 0, v * 2)", [12]),
        ("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}),
        ("{'a': 1, 'b': 2}.transformMapEntry(k, v, {v: k})", {1: "a", 2: "b"}),
        ("[[1], [2]].transformList(i, v, v.transformList(j, w, w + i))", [[1], [3]]),
        ("x.names.map(n, n + '!').exists(i, v, v == 'b!' && i == 1)", True),
        ("cel.bind(n, x.numbers, n.all(i, v, v > 0) && size(n) == 3)", True),
        ("'a.all(i, v, i)'", "a.all(i, v, i)"),
        ("Object{spec: Object.spec{replicas: size(x.names)}}", {"spec": {"replicas": 2}}),
        ("[JSONPatch{op: 'add', path: '/a', value: {'b': 1}}]", [{"op": "add", "path": "/a", "value": {"b": 1}}]),
    ],
)
def test_macros_are_written_out(text: str, wanted: object) -> None:
    assert run(text) == wanted


def test_plain_values_come_back() -> None:
    assert run("[b'x', timestamp('2026-01-01T00:00:00Z'), {'k': null}]") == [
        b"x",
        datetime(2026, 1, 1, tzinfo=UTC),
        {"k": None},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "ip('nowhere')",
        "quantity('1 Gi')",
        "semver('1')",
        "url('no')",
        "[].max()",
        "[1, true].max()",
        "[true].sum()",
        "lists.range(100000)",
        "[1].slice(0, 2)",
        "['a', 1].sort()",
        "'a'.find('(')",
        "x.nothing",
        "1 / 0",
        "quantity(x.names[0]).add(x.names[1])",
    ],
)
def test_a_failure_is_one_clear_error(text: str) -> None:
    with pytest.raises(EvaluationError, match="cannot be evaluated"):
        run(text)


@pytest.mark.parametrize(
    "text", ["x.", "y", "1 +", "(" * 300 + ")" * 300, "1" * 40_000, "isIP(ip('10.0.0.1'))", "'\\z'"]
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        run(text)


def test_a_policy_may_bring_functions_of_its_own() -> None:
    look = Function(name="resource.Get", takes=("string", "dyn"), gives="dyn", run=lambda name, key: {name: key})
    environment = Environment({"x": "dyn"}, (look,))
    assert environment.compile("resource.Get('pods', x)['pods']").eval({"x": [1]}) == [1]
    with pytest.raises(UsageError):
        run("resource.Get('pods', x)")


def test_a_number_beyond_64_bits_becomes_a_double() -> None:
    assert ENVIRONMENT.compile("x > 1.0").eval({"x": plain_input([1 << 70])[0]}) is True


def test_macros_are_bounded() -> None:
    with pytest.raises(UsageError):
        expand("x" + ".all(i, v, i)" * (MAX_MACROS + 1))
    with pytest.raises(UsageError):
        expand("x" + ".transformList(i, v, v)" * 40 + "." + "a" * 65_536)


@settings(max_examples=150)
@given(st.text(alphabet="ax.(){}[],'\"\\ \n:?1+all", max_size=40))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(UsageError):
        run(text)
