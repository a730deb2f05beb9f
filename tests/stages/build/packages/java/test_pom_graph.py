"""Maven repositories in the tree: parents, BOMs and what dependencies need in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.facts import Component
from secloop.scan.base import FileMeta
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.folder import read_folder
from secloop.stages.build.packages.java.pom_tree import repository_place
from stages.build.packages.java.test_pom import dependency, deps, managed, pom
from stages.build.reading import source

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = ".m2/repository"


def published(artifact: str, version: str, body: str = "", group: str = "com.acme") -> dict[str, str]:
    """Return the POM of an artifact where a repository has it."""
    own = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
    path = f"{REPOSITORY}/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.pom"
    return {path: f"<project>{own}{body}</project>"}


def read(files: Mapping[str, str]) -> dict[str, Component]:
    """Return the components of the project at the root, by artifact, as the sensor groups and reads them."""
    sources = {path: source(path, text) for path, text in files.items()}
    metas = [FileMeta(path=one.path, size=len(one.data), head=one.data[:4096]) for one in sources.values()]
    group = next(one for one in DependenciesSensor().group(metas) if one.name == ".")
    found = read_folder({path: sources[path] for path in group.members}, ".")
    return {one.name.partition(":")[2]: one for one in found if isinstance(one, Component)}


def pinned(files: Mapping[str, str]) -> dict[str, str]:
    return {name: one.version for name, one in read(files).items()}


def test_what_dependencies_need_is_told_with_the_path_to_it() -> None:
    files = {"pom.xml": pom(deps(dependency("web", "1.0")))}
    files |= published("web", "1.0", deps(dependency("core", "2.0"))) | published("core", "2.0")
    found = read(files)
    core = found["core"]
    assert (core.version, core.direct, core.via, core.scope) == ("2.0", False, ("com.acme:web",), "runtime")
    assert core.line == found["web"].line == 4
    assert found["web"].needs == (core.purl,)


def test_the_nearest_version_wins_then_the_first() -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1"), dependency("b", "1"), dependency("near", "1")))}
    files |= published("a", "1", deps(dependency("near", "2"), dependency("far", "1")))
    files |= published("b", "1", deps(dependency("far", "2")))
    assert pinned(files) == {"a": "1", "b": "1", "near": "1", "far": "1"}


def test_a_version_in_brackets_holds_against_a_nearer_one() -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1"), dependency("b", "2")))}
    files |= published("a", "1", deps(dependency("b", "[1]")))
    files |= published("b", "1", deps(dependency("old", "1"))) | published("b", "2", deps(dependency("new", "1")))
    assert pinned(files) == {"a": "1", "b": "1", "old": "1"}


@pytest.mark.parametrize(
    "more",
    ["<scope>test</scope>", "<scope>provided</scope>", "<optional>true</optional>"],
    ids=["test", "provided", "optional"],
)
def test_what_is_not_passed_on_stays_behind(more: str) -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1")))} | published("a", "1", deps(dependency("b", "1", more)))
    assert pinned(files) == {"a": "1"}


def test_the_needs_of_a_test_dependency_are_of_tests() -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1", "<scope>test</scope>")))}
    files |= published("a", "1", deps(dependency("b", "1")))
    assert read(files)["b"].scope == "test"


@pytest.mark.parametrize(("group", "artifact"), [("com.acme", "b"), ("*", "*"), ("com.acme", "*")])
def test_what_is_excluded_is_gone_wherever_it_comes_from(group: str, artifact: str) -> None:
    out = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
    excluding = f"<exclusions><exclusion>{out}</exclusion></exclusions>"
    files = {"pom.xml": pom(deps(dependency("a", "1", excluding)))}
    files |= published("a", "1", deps(dependency("c", "1", group="org.other"), dependency("b", "1")))
    files |= published("c", "1", deps(dependency("b", "2")), group="org.other")
    expected = {"a": "1"} if group == "*" else {"a": "1", "c": "1"}
    assert pinned(files) == expected


def test_managed_versions_of_the_project_hold_for_everything_below() -> None:
    files = {"pom.xml": pom(managed(dependency("b", "9")) + deps(dependency("a", "1")))}
    files |= published("a", "1", deps(dependency("b", "1"))) | published("b", "9", deps(dependency("c", "1")))
    assert pinned(files) == {"a": "1", "b": "9", "c": "1"}


def test_a_parent_and_a_bom_of_a_repository_manage_versions() -> None:
    above = "<parent><groupId>com.acme</groupId><artifactId>above</artifactId><version>3</version></parent>"
    bom = dependency("bom", "${bom}", "<type>pom</type><scope>import</scope>")
    files = {
        "pom.xml": f"<project>{above}<artifactId>app</artifactId>{deps(dependency('a'), dependency('b'))}</project>"
    }
    body = f"<properties><bom>4</bom></properties>{managed(bom, dependency('a', '1'))}{deps(dependency('c', '5'))}"
    files |= published("above", "3", body) | published("bom", "4", managed(dependency("b", "2")))
    assert pinned(files) == {"a": "1", "b": "2", "c": "5"}


def test_a_published_artifact_of_the_projects_group_is_not_the_projects_own() -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1", group="org.own")))}
    files |= published("a", "1", deps(dependency("b", "${project.version}", group="org.own")), group="org.own")
    assert pinned(files) == {"a": "1", "b": "1"}


def test_circles_and_broken_poms_end() -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1"), dependency("c", "1")))}
    files |= published("a", "1", deps(dependency("b", "1"))) | published("b", "1", deps(dependency("a", "1")))
    files |= {f"{REPOSITORY}/com/acme/c/1/c-1.pom": "<project><dependencies>"}
    assert pinned(files) == {"a": "1", "b": "1", "c": "1"}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("lib/com/acme/a/1/a-1.pom", ("a", "1")),
        ("com/a/1-SNAPSHOT/a-1-20260101.010101-2.pom", ("a", "1-SNAPSHOT")),
        ("a/1/a-1.pom", None),
        ("com/acme/a/1/b-1.pom", None),
        ("com/acme/a/1/a-1.jar", None),
    ],
)
def test_a_repository_is_known_by_its_paths(path: str, place: tuple[str, str] | None) -> None:
    assert repository_place(path) == place


@given(st.binary(max_size=200))
def test_any_bytes_in_a_repository_end(data: bytes) -> None:
    path = f"{REPOSITORY}/com/acme/a/1/a-1.pom"
    files = {"pom.xml": source("pom.xml", pom(deps(dependency("a", "1")))), path: source(path, data)}
    assert [one.version for one in read_folder(files, ".") if isinstance(one, Component)] == ["1"]


names = st.sampled_from(["a", "b", "c", "d"])
versions = st.sampled_from(["1", "2", "[1]", "[2]", "${x}"])


@given(st.dictionaries(st.tuples(names, st.sampled_from(["1", "2"])), st.lists(st.tuples(names, versions), max_size=4)))
def test_any_graph_ends_with_one_version_of_each(graph: dict[tuple[str, str], list[tuple[str, str]]]) -> None:
    files = {"pom.xml": pom(deps(dependency("a", "1"), dependency("b", "[2]")))}
    for (artifact, version), needs in graph.items():
        files |= published(artifact, version, deps(*(dependency(*need) for need in needs)))
    found = list(read_folder({path: source(path, text) for path, text in files.items()}, "."))
    assert len({one.name for one in found if isinstance(one, Component)}) == len(found)
