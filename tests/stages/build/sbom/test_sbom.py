"""What is done with inventories."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from secloop.model.facts import Component
from secloop.model.inventory import Inventory, Item, Statement
from secloop.stages.build.sbom import compose, paths
from secloop.stages.build.sbom.diff import Change, diff
from secloop.stages.build.sbom.naming import canonical
from secloop.stages.build.sbom.score import score

SUBJECT = Item(ref="", name="shop", version="1", kind="application")


def _component(name: str, file: str = "uv.lock", *, direct: bool = True, needs: tuple[str, ...] = ()) -> Component:
    purl = f"pkg:pypi/{name}@1"
    return Component(
        name=name,
        version="1",
        purl=purl,
        file=file,
        line=3,
        direct=direct,
        needs=tuple(f"pkg:pypi/{n}@1" for n in needs),
    )


def _inventory() -> Inventory:
    components = [
        _component("a", needs=("b", "c")),
        _component("b", direct=False, needs=("d",)),
        _component("c", direct=False, needs=("d",)),
        _component("d", direct=False, needs=("b",)),
        _component("a", "other/requirements.txt"),
    ]
    return compose.inventory_of(components, SUBJECT)


def test_one_package_of_two_files_is_one_item_at_two_places() -> None:
    item = _inventory().items[0]
    assert (item.name, [seen.file for seen in item.located]) == ("a", ["other/requirements.txt", "uv.lock"])
    assert item.needs == ("pkg:pypi/b@1", "pkg:pypi/c@1")


def test_a_file_without_edges_does_not_say_that_a_package_needs_nothing() -> None:
    made = compose.inventory_of([_component("a", "requirements.txt")], SUBJECT)
    assert made.items[0].needs is None


def test_the_subject_needs_what_is_direct() -> None:
    assert _inventory().subject.needs == ("pkg:pypi/a@1",)


def test_a_tree_shows_a_package_with_its_needs_once_and_survives_a_circle() -> None:
    nodes = [(node.depth, node.item.name, node.seen) for node in paths.tree(_inventory())]
    assert nodes == [(0, "a", False), (1, "b", False), (2, "d", False), (3, "b", True), (1, "c", False), (2, "d", True)]


def test_a_tree_begins_with_what_the_software_runs_with() -> None:
    items = tuple(
        Item(ref=ref, name=name, scope=scope, purl=ref)
        for name, scope, ref in [
            ("tool", "dev", "pkg:npm/tool@1"),
            ("image", "runtime", "pkg:docker/image@1"),
            ("library", "runtime", "pkg:npm/library@1"),
        ]
    )
    subject = msgspec.structs.replace(SUBJECT, needs=tuple(item.ref for item in items))
    nodes = paths.tree(Inventory(subject=subject, items=items))
    assert [node.item.name for node in nodes] == ["library", "image", "tool"]


def test_a_tree_can_be_cut() -> None:
    assert [node.item.name for node in paths.tree(_inventory(), 1)] == ["a"]


def test_the_shortest_way_in_begins_with_a_direct_dependency() -> None:
    made = _inventory()
    (item,) = paths.matching(made, "D@1")
    ways = paths.ways_in(made, item)
    assert [[one.name for one in way] for way in ways] == [["a", "b", "d"]]


@pytest.mark.parametrize("asked", ["pkg:pypi/d@1", "pkg:pypi/d", "d", "d@1", "d@v1"])
def test_a_package_is_found_by_purl_name_and_version(asked: str) -> None:
    assert [item.name for item in paths.matching(_inventory(), asked)] == ["d"]


def test_another_version_is_not_found() -> None:
    assert paths.matching(_inventory(), "d@2") == []


def _one(version: str, license_: str = "MIT", name: str = "a") -> Inventory:
    item = Item(ref=name, name=name, version=version, purl=f"pkg:npm/{name}@{version}", licenses=(license_,))
    return Inventory(subject=SUBJECT, items=(item,))


def test_a_difference_names_versions_and_licences() -> None:
    assert diff(_one("1"), _one("1")) == []
    assert diff(_one("1"), _one("2", "GPL-3.0-only")) == [
        Change(what="changed", name="npm/a", old="1", new="2"),
        Change(what="license", name="npm/a", old="MIT", new="GPL-3.0-only"),
    ]
    assert [one.what for one in diff(_one("1"), _one("1", name="b"))] == ["removed", "added"]


def test_packages_are_one_however_their_tools_spell_them() -> None:
    one, other = (
        Inventory(subject=SUBJECT, items=(Item(ref=name, name=name, version="1", purl=f"pkg:pypi/{name}@1"),))
        for name in ("Some_Name", "some-name")
    )
    assert diff(one, other) == []
    assert [item.purl for item in compose.merge([one, other], SUBJECT).items if item.name != "shop"] == [
        "pkg:pypi/some-name@1"
    ]


def test_a_lock_file_that_a_tool_lists_as_an_application_is_no_package() -> None:
    lock = Inventory(subject=SUBJECT, items=(Item(ref="1", name="uv.lock", kind="application"),))
    assert diff(Inventory(subject=SUBJECT), lock) == []


@pytest.mark.parametrize("purl", ["pkg:odd/A@1", "pkg:pypi/a@1#sub", "nothing", "", "pkg:", "pkg:maven/a/b@1?type=jar"])
def test_a_purl_that_has_no_other_spelling_stays(purl: str) -> None:
    assert canonical(purl) == purl


def test_merging_joins_equal_purls_and_keeps_others_apart() -> None:
    one, two = _one("1"), _one("1", "Apache-2.0")
    merged = compose.merge([one, two], Item(ref="", name="all"))
    (item,) = [item for item in merged.items if item.name == "a"]
    assert item.licenses == ("MIT", "Apache-2.0")
    bare = Inventory(subject=Item(ref="s", name=""), items=(Item(ref="x", name="x"),))
    assert len(compose.merge([bare, bare], SUBJECT).items) == 2


def _full_item() -> Item:
    return Item(
        ref="a",
        name="a",
        version="1",
        purl="pkg:npm/a@1",
        supplier="A (https://a.example)",
        licenses=("MIT",),
        hashes=(f"sha512:{'0' * 128}",),
        origin="https://a.example/a.tgz",
        file_facts=tuple((name, "x") for name in ("filename", "executable", "archive", "structured")),
        needs=(),
    )


def _full() -> Inventory:
    return Inventory(
        subject=SUBJECT,
        items=(_full_item(),),
        created="x",
        tools=("t",),
        authors=("A (a@a.example)",),
        serial="urn:x",
        context="build",
        format="CycloneDX",
        version="1.6",
    )


def test_a_score_is_full_where_everything_is_there_and_zero_for_nothing() -> None:
    empty = score(Inventory(subject=Item(ref="s", name="")))
    assert set(empty.totals.values()) == {0.0}
    assert set(score(_full()).totals.values()) == {100.0}


LACKING: dict[str, dict[str, Any]] = {
    "author's e-mail or URL": {"authors": ("A",)},
    "author of the SBOM": {"authors": ()},
    "generation context": {"context": ""},
    "no vulnerabilities inside": {"statements": (Statement(vulnerability="CVE-2020-1", status="affected"),)},
    "format: CycloneDX 1.6+, SPDX 3.0+": {"version": "1.5"},
    "creator's e-mail or URL": {"supplier": "A"},
    "licence as an SPDX expression": {"licenses": ("Our terms",)},
    "SHA-512 hash": {"hashes": (f"sha256:{'0' * 64}",)},
    "executable property": {"file_facts": (("filename", "x"),)},
    "dependency relationship": {"needs": None},
}


@pytest.mark.parametrize("name", LACKING)
def test_what_is_lacking_costs_its_element_and_says_what_to_do(name: str) -> None:
    change, whole = LACKING[name], _full()
    if next(iter(change)) in Item.__struct_fields__ and name != "format: CycloneDX 1.6+, SPDX 3.0+":
        whole = msgspec.structs.replace(whole, items=(msgspec.structs.replace(_full_item(), **change),))
    else:
        whole = msgspec.structs.replace(whole, **change)
    lacking = {element.name: element for element in score(whole).elements if element.share < 1}
    assert name in lacking
    assert all(element.fix for element in lacking.values())


def test_a_score_names_what_lacks_an_element() -> None:
    made = Inventory(subject=SUBJECT, items=(Item(ref="a", name="a", version="1"), Item(ref="b", name="b")))
    element = next(one for one in score(made).elements if one.name == "component version")
    assert (element.share, element.missing) == (0.5, ("b",))
