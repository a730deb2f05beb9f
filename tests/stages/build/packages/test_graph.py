"""Directness, scope and path from edges."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.base import SCOPES, Package
from secloop.stages.build.packages.graph import reach

KEYS = [f"p{n}" for n in range(8)]
GRAPHS = st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS), max_size=4), min_size=1)
ROOTS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(SCOPES), max_size=4)


def packages(edges: dict[str, list[str]]) -> list[Package]:
    return [Package(key=key, name=key, needs=tuple(needs)) for key, needs in edges.items()]


@given(GRAPHS, ROOTS)
def test_a_path_starts_at_a_direct_package_and_follows_edges(
    edges: dict[str, list[str]], roots: dict[str, str]
) -> None:
    reached = reach(packages(edges), roots)
    for key, how in reached.items():
        steps = [*how.via, key]
        assert how.direct == (key in roots)
        if how.via:
            assert how.via[0] in roots
            assert all(after in edges[before] for before, after in pairwise(steps))


@given(GRAPHS, ROOTS)
def test_no_package_has_a_weaker_scope_than_what_needs_it(edges: dict[str, list[str]], roots: dict[str, str]) -> None:
    def walk(start: str) -> set[str]:
        seen, todo = set(), [start]
        while todo:
            key = todo.pop()
            if key in edges and key not in seen:
                seen.add(key)
                todo += edges[key]
        return seen

    reached = reach(packages(edges), roots)
    for root, scope in roots.items():
        for key in walk(root):
            assert SCOPES.index(reached[key].scope) <= SCOPES.index(scope)


def test_a_cycle_ends() -> None:
    reached = reach(packages({"p0": ["p1"], "p1": ["p0", "p1"]}), {"p0": "dev"})
    assert (reached["p1"].scope, reached["p1"].via) == ("dev", ("p0",))


def test_a_chain_of_ten_thousand_packages_is_walked() -> None:
    edges = {str(n): [str(n + 1)] for n in range(10_000)}
    assert not reach(packages(edges), {"0": "runtime"})["9999"].direct
