"""The CEL interface: errors, three values, and the bound on what an expression may cost."""

from __future__ import annotations

import builtins
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import MissingExtraError, UsageError
from secloop.policy import cel, cost, syntax
from secloop.policy.cel import Truth

VARIABLES = {
    "r": "dyn",
    "f.kev": "bool",
    "f.epss": "double",
    "f.ids": "list<string>",
    "f.evidence": "map<string, string>",
}


def program(text: str) -> cel.Program:
    return cel.compile(text, VARIABLES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f.kev ||", "column 9: Syntax error"),
        ("f.kev && (f.epss > 0.5", "missing ')'"),
        ('f.epss > "high"', "column 8: found no matching overload for '_>_'"),
        ("f.kevv", "column 2: undeclared reference to 'f.kevv'"),
        ("1 + 1", "answers int, not true or false"),
        ("f.kev\n  && g", "line 2, column 6: undeclared reference to 'g'"),
        ("f.kev && " * 1000 + "true", "longer than 8192"),
        ("!(" * 200 + "f.kev" + ")" * 200, "recursion"),
        ("r.all(a, a.all(b, b.all(c, c.all(d, d == 1))))", "loops are nested deeper than 3"),
        ('"".replace("", "") == ""', "undeclared reference to 'replace'"),
    ],
)
def test_a_wrong_expression_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        program(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_answer_is_a_bool() -> None:
    rule = program("f.kev || f.epss > 0.5")
    assert rule.eval({"f.kev": False, "f.epss": 0.6}) is True
    assert rule.eval({"f.kev": False, "f.epss": 0.5}) is False


@pytest.mark.parametrize("text", ["r.missing", "r.number", "r.number / 0 == 1", "r.list[3] == 1"])
def test_what_cannot_be_answered_is_an_error_not_an_answer(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be evaluated"):
        program(text).eval({"r": {"number": 1, "list": [1]}})


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("f.kev || f.epss > 0.5", {"f.kev", "f.epss"}),
        ('r.?a.b.orValue(false) && r["c"][?"d"].orValue(true)', {"r.a.b", "r.c.d"}),
        ("has(r.a.b)", {"r.a.b"}),
        ("r.links.exists(l, l.acl == r.owner.name)", {"r.links", "r.owner.name"}),
        ("r.a[r.key].deep == 1", {"r.a", "r.key"}),
        ('f.evidence["x"] == "y"', {"f.evidence.x"}),
        ("r.a.filter(x, x.b).map(y, y.c).exists(z, z.d == 1)", {"r.a"}),
        ("r.a.exists(r, r.b)", {"r.a"}),
        ('{"k": r.x}.k == [r.y][0]', {"r.x", "r.y"}),
        ("r.?a.optMap(v, v.b == 1).orValue(false)", {"r.a"}),
        ("true", set()),
    ],
)
def test_the_paths_come_from_the_checked_tree(text: str, paths: set[str]) -> None:
    assert program(text).paths == paths


def test_the_variables_are_the_declared_names() -> None:
    assert program('f.kev && f.ids.exists(f, f == r.x) && f.evidence.?a.orValue("") == ""').variables == {
        "f.kev", "f.ids", "r", "f.evidence",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unknown", "answer"),
    [
        ("r.a || r.b", {"r.b"}, Truth.TRUE),
        ("r.a && r.b", {"r.b"}, Truth.UNKNOWN),
        ("r.b || r.a", {"r.a"}, Truth.UNKNOWN),
        ("r.b && r.a", {"r.a"}, Truth.FALSE),
        ("!r.a", {"r.a"}, Truth.UNKNOWN),
        ("r.a ? r.b : r.b", {"r.a"}, Truth.FALSE),
        ("r.a ? r.b : r.a", {"r.b"}, Truth.UNKNOWN),
        ("r.?gone.orValue(false)", {"r.gone"}, Truth.UNKNOWN),
        ("r.?gone.orValue(false)", set(), Truth.FALSE),
        ("r.list.exists(x, x == 1)", {"r.list"}, Truth.UNKNOWN),
        ("r.list.exists(x, x == 1)", {"r.list.0"}, Truth.UNKNOWN),
        ("r.list.exists(x, r.b)", {"r.b"}, Truth.UNKNOWN),
        ("r.a", {"r"}, Truth.UNKNOWN),
        ("r.a", {"r.ab", "r.a.b"}, Truth.UNKNOWN),
        ("r.a", {"r.ab"}, Truth.TRUE),
        ("r.gone || r.a", set(), Truth.TRUE),
        ("r.gone && r.b", set(), Truth.FALSE),
        ("r.gone || r.a", {"r.a"}, Truth.UNKNOWN),
        ("(r.a ? 1 : 2) == 1", {"r.a"}, Truth.UNKNOWN),
    ],
)
def test_an_unknown_path_makes_the_verdict_unknown_unless_it_cannot_matter(
    text: str, unknown: set[str], answer: Truth
) -> None:
    assert program(text).evaluate({"r": {"a": True, "b": False, "list": [1, 2]}}, unknown) is answer


def test_an_error_that_decides_is_raised_in_three_values_too() -> None:
    for text in ("r.gone", "!r.gone", "r.gone || r.b", "r.gone ? r.a : r.b"):
        with pytest.raises(UsageError, match="cannot be evaluated"):
            program(text).evaluate({"r": {"a": True, "b": False}})
        with pytest.raises(UsageError, match="cannot be evaluated"):
            program(text).evaluate({"r": {"a": True, "b": False}}, {"r.elsewhere"})


ATOMS = ("r.a", "r.b", "r.c")
skeletons = st.recursive(
    st.sampled_from([*ATOMS, "true", "false"]),
    lambda part: st.one_of(
        part.map(lambda a: f"!({a})"),
        st.tuples(part, st.sampled_from(["&&", "||"]), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, part, part).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
    ),
    max_leaves=6,
)


@given(skeletons, st.sets(st.sampled_from(ATOMS)), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_a_known_verdict_holds_however_the_unknown_turns_out(
    text: str, unknown: set[str], known: tuple[bool, bool, bool]
) -> None:
    rule = program(text)
    base = dict(zip("abc", known, strict=True))
    answer = rule.evaluate({"r": base}, unknown)
    free = sorted(path[2:] for path in unknown)
    forced = {
        rule.eval({"r": base | dict(zip(free, c, strict=True))}) for c in product([True, False], repeat=len(free))
    }
    if answer is not Truth.UNKNOWN:
        assert forced == {answer is Truth.TRUE}
    if not unknown:
        assert answer is not Truth.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "r.all(a, r.all(b, r.all(c, a == b && b == c)))",
        '["a"]' + ".map(x, [x, x])" * 1 + ".map(x, [x, x, r])" * 1 + ".all(x, r.all(y, r.all(z, x == y)))",
        "[r].map(a, [a, a]).map(b, [b, b]).map(c, [c, c]).all(d, r.all(e, r.all(f, d == e)))",
    ],
)
def test_an_expression_that_could_hang_is_refused_before_it_starts(text: str) -> None:
    with pytest.raises(UsageError, match="could take too long"):
        program(text).eval({"r": list(range(2000))})


def test_more_rounds_than_the_engine_allows_are_an_error_not_an_answer() -> None:
    with pytest.raises(UsageError, match="Iteration budget exceeded"):
        program("r.all(x, x >= 0)").eval({"r": list(range(20_000))})


def test_growth_by_doubling_is_seen() -> None:
    doubling = syntax.tree(cel._environment(tuple(sorted(VARIABLES.items()))).compile(
        '["aaaaaaaa"]' + ".map(x, x + x)" * 25 + '.exists(x, x == "")').serialize())  # fmt: skip
    assert cost.bound(doubling, {}).work > 2**25


@pytest.mark.parametrize(
    "text",
    ["r.exists(x, x == 3)", "r.filter(x, x > 1).map(y, y + 1).size() == 2", "r.all(x, r.exists(y, x == y))"],
)
def test_an_ordinary_loop_over_a_large_list_is_not(text: str) -> None:
    assert program(text).eval({"r": list(range(90))}) in {True, False}


plain = st.recursive(
    st.integers(0, 5) | st.text(max_size=3) | st.booleans(),
    lambda p: st.lists(p, max_size=3) | st.dictionaries(st.text(max_size=2), p, max_size=3),
    max_leaves=8,
)


@given(st.lists(plain, max_size=4))
def test_the_bound_of_a_mapped_list_is_no_less_than_its_size(values: list[Any]) -> None:
    for text in ("r.map(x, [x, x])", "r.filter(x, true)", "r + r", "r.map(x, r)", "[r, r].map(x, x + x)"):
        root = syntax.tree(program(f"{text} == r")._serialized)
        made = {"r.map(x, [x, x])": [[x, x] for x in values], "r.filter(x, true)": values, "r + r": values * 2,
                "r.map(x, r)": [values for _ in values], "[r, r].map(x, x + x)": [values * 2, values * 2]}  # fmt: skip
        left = syntax.children(root)[0]
        assert cost.bound(left, {"r": cost.Bound(cost.weight(values), 1)}).size >= cost.weight(made[text])


def test_without_the_engine_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("cel_expr_python"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    cel._environment.cache_clear()
    with pytest.raises(MissingExtraError, match="pip install cel-expr-python"):
        program("f.kev")


def test_importing_the_interface_does_not_import_the_engine() -> None:
    import subprocess
    import sys

    code = "import sys, secloop.policy.gates, secloop.policy.admit; print('cel_expr_python' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
