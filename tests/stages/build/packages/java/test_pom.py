"""Maven's POM: versions from the tree, scopes, and what stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from secloop.model.facts import Component
from secloop.stages.build.packages.folder import read_folder
from secloop.stages.build.packages.java.pom import PomXml
from stages.build.reading import component, components, gaps, observations, pins, source

if TYPE_CHECKING:
    from collections.abc import Mapping


def dependency(artifact: str, version: str = "", more: str = "", group: str = "com.acme") -> str:
    """Return a `<dependency>`."""
    wish = f"<version>{version}</version>" if version else ""
    return f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>{wish}{more}</dependency>"


def pom(body: str, artifact: str = "app", parent: str = "", version: str = "<version>9.0</version>") -> str:
    """Return a project of the group `org.own`."""
    above = (
        f"<parent><groupId>org.own</groupId><artifactId>{parent}</artifactId><version>9.0</version>" if parent else ""
    )
    above += "<relativePath>../base/pom.xml</relativePath></parent>" if parent else ""
    own = f"<groupId>org.own</groupId><artifactId>{artifact}</artifactId>{version}"
    return f'<project xmlns="http://maven.apache.org/POM/4.0.0">\n{above}{own}\n{body}</project>'


def deps(*found: str) -> str:
    """Return `<dependencies>`, one a line."""
    return "<dependencies>\n" + "\n".join(found) + "\n</dependencies>"


def managed(*found: str) -> str:
    """Return `<dependencyManagement>`."""
    return f"<dependencyManagement>{deps(*found)}</dependencyManagement>"


def module(files: Mapping[str, str]) -> dict[str, str]:
    """Return what `a/pom.xml` pins among `files`."""
    found = read_folder({path: source(path, text) for path, text in files.items()}, "a")
    return {one.name: one.version for one in found if isinstance(one, Component)}


@pytest.mark.parametrize(
    ("more", "scope"),
    [
        ("", "runtime"),
        ("<scope>runtime</scope>", "runtime"),
        ("<scope>provided</scope>", "build"),
        ("<scope> test </scope>", "test"),
        ("<optional>true</optional>", "optional"),
        ("<scope>test</scope><optional>true</optional>", "test"),
    ],
)
def test_scopes_are_told(more: str, scope: str) -> None:
    found = component({"pom.xml": pom(deps(dependency("web", "1.0", more)))}, "com.acme:web")
    assert (found.scope, found.direct, found.line, found.version) == (scope, True, 4, "1.0")


@pytest.mark.parametrize(
    ("written", "version", "constraint"),
    [
        ("1.0", "1.0", ""),
        ("[1.5]", "1.5", ""),
        ("[1.0,2.0)", "", "[1.0,2.0)"),
        ("LATEST", "", "LATEST"),
        ("${known}", "3.1", ""),
        ("${nested}", "3.1-x", ""),
        ("${project.version}-y", "9.0-y", ""),
        ("${unknown}", "", "${unknown}"),
        ("${loop}", "", "${loop}"),
    ],
)
def test_a_version_is_filled_in_or_stays_open_with_its_wish(written: str, version: str, constraint: str) -> None:
    properties = "<properties><known>3.1</known><nested>${known}-x</nested><loop>${loop}</loop></properties>"
    found = component({"pom.xml": pom(properties + deps(dependency("web", written)))}, "com.acme:web")
    assert (found.version, found.constraint) == (version, constraint)


def test_a_property_that_doubles_itself_ends() -> None:
    properties = "".join(f"<p{n}>${{p{n + 1}}}${{p{n + 1}}}</p{n}>" for n in range(40))
    found = component(
        {"pom.xml": pom(f"<properties>{properties}</properties>" + deps(dependency("w", "${p0}")))}, "com.acme:w"
    )
    assert not found.version


def test_a_parent_in_the_tree_manages_versions_and_holds_properties() -> None:
    base = pom(
        "<properties><own>1</own><both>parent</both></properties>"
        + managed(dependency("managed", "${own}.5"), dependency("of-the-project", "${project.version}")),
        "base",
    )
    own = "<properties><both>2</both></properties>" + deps(
        dependency("managed"), dependency("of-the-project"), dependency("both", "${both}"), dependency("elsewhere")
    )
    files = {"a/pom.xml": pom(own, parent="base", version="<version>8.0</version>"), "base/pom.xml": base}
    assert module(files) == {
        "com.acme:managed": "1.5",
        "com.acme:of-the-project": "8.0",
        "com.acme:both": "2",
        "com.acme:elsewhere": "",
    }


def test_what_a_parent_declares_is_told_where_the_version_is_decided() -> None:
    base = pom("<properties><v>1</v></properties>" + deps(dependency("same", "7"), dependency("other", "${v}")), "base")
    own = pom("<properties><v>2</v></properties>", parent="base")
    assert module({"a/pom.xml": own, "base/pom.xml": base}) == {"com.acme:other": "2"}
    found = read_folder({"a/pom.xml": source("a/pom.xml", own), "base/pom.xml": source("base/pom.xml", base)}, "a")
    assert [one.line for one in found if isinstance(one, Component)] == [2]


def test_a_file_that_is_not_the_parent_named_is_not_used() -> None:
    base = pom(managed(dependency("web", "1.0")), "another")
    assert module({"a/pom.xml": pom(deps(dependency("web")), parent="base"), "base/pom.xml": base}) == {
        "com.acme:web": ""
    }


def test_parents_in_a_circle_end() -> None:
    files = {"a/pom.xml": pom(deps(dependency("web")), "base", parent="base"), "base/pom.xml": pom("", "base", "base")}
    assert module(files) == {"com.acme:web": ""}


def test_a_bom_in_the_tree_comes_after_what_the_project_manages_itself() -> None:
    imported = dependency("bom", "9.0", "<type>pom</type><scope>import</scope>", group="org.own")
    own = managed(imported, dependency("first", "1.0")) + deps(dependency("first"), dependency("second"))
    bom = pom(managed(dependency("first", "2.0"), dependency("second", "${project.version}.1")), "bom")
    assert module({"a/pom.xml": pom(own), "bom/pom.xml": bom}) == {"com.acme:first": "1.0", "com.acme:second": "9.0.1"}


def test_a_bom_of_another_version_is_not_the_one_imported() -> None:
    imported = dependency("bom", "8.0", "<type>pom</type><scope>import</scope>", group="org.own")
    bom = pom(managed(dependency("web", "2.0")), "bom")
    assert module({"a/pom.xml": pom(managed(imported) + deps(dependency("web"))), "bom/pom.xml": bom}) == {
        "com.acme:web": ""
    }


def test_a_managed_scope_holds_where_none_is_written() -> None:
    text = pom(managed(dependency("web", "1.0", "<scope>test</scope>")) + deps(dependency("web")))
    assert component({"pom.xml": text}, "com.acme:web").scope == "test"


def test_only_profiles_that_are_on_by_default_count() -> None:
    on, off = (f"<activation><activeByDefault>{word}</activeByDefault></activation>" for word in ("true", "false"))
    profiles = (
        f"<profile>{on}{deps(dependency('on', '1'))}</profile><profile>{off}{deps(dependency('off', '1'))}</profile>"
    )
    assert pins({"pom.xml": pom(f"<profiles>{profiles}</profiles>")}) == {"com.acme:on": "1"}


def test_plugins_with_what_they_need_and_extensions_are_of_the_build() -> None:
    plugins = (
        "<plugin><artifactId>maven-x-plugin</artifactId></plugin>"
        f"<plugin><groupId>com.acme</groupId><artifactId>own</artifactId><version>2</version>"
        f"{deps(dependency('part', '3'))}</plugin>"
        "<plugin><artifactId>unmanaged-plugin</artifactId></plugin>"
    )
    managed_plugins = "<plugin><artifactId>maven-x-plugin</artifactId><version>1.1</version></plugin>"
    build = (
        f"<build><pluginManagement><plugins>{managed_plugins}</plugins></pluginManagement><plugins>{plugins}</plugins>"
        "<extensions><extension><groupId>com.acme</groupId><artifactId>wagon</artifactId><version>4</version></extension>"
        "</extensions></build>"
    )
    found = {c.name: (c.version, c.scope) for c in components({"pom.xml": pom(build)})}
    assert found == {
        "org.apache.maven.plugins:maven-x-plugin": ("1.1", "build"),
        "com.acme:own": ("2", "build"),
        "com.acme:part": ("3", "build"),
        "com.acme:wagon": ("4", "build"),
    }


def test_other_modules_of_the_project_are_no_components() -> None:
    sibling = dependency("core", "${project.version}", group="${project.groupId}")
    near = dependency("base", "9.0", group="org.own")
    files = {
        "a/pom.xml": pom(deps(sibling, near, dependency("web", "1")), parent="base"),
        "base/pom.xml": pom("", "base"),
    }
    assert module(files) == {"com.acme:web": "1"}


def test_a_dependency_without_a_name_is_told_and_the_rest_is_read() -> None:
    text = pom(
        deps("<dependency><artifactId>x</artifactId></dependency>", dependency("web", "1"), dependency("${no}", "1"))
    )
    assert pins({"pom.xml": text}) == {"com.acme:web": "1"}
    (gap,) = gaps({"pom.xml": text})
    assert gap.reason == "line 4: a dependency without a known groupId and artifactId (and 1 more)"


def test_a_broken_parent_costs_only_what_it_holds() -> None:
    assert module({"a/pom.xml": pom(deps(dependency("web")), parent="base"), "base/pom.xml": "<project>"}) == {
        "com.acme:web": ""
    }


def test_neighbours_are_the_folders_above_the_parent_named_and_boms_by_their_folder() -> None:
    head = pom(managed(dependency("own-bom", "1", "<type>pom</type><scope>import</scope>")), parent="base").encode()
    named = PomXml().referred("x/a/pom.xml", head)
    assert {"x/pom.xml", "pom.xml", "x/base/pom.xml", "x/own-bom/pom.xml", "bom/pom.xml"} <= set(named)


def test_the_pom_of_an_unpacked_archive_is_no_manifest() -> None:
    assert not components({"x/META-INF/maven/a/b/pom.xml": pom(deps(dependency("web", "1")))})


def test_the_artifact_of_an_unpacked_archive_is_a_package() -> None:
    files = {"x/META-INF/maven/a/b/pom.properties": "groupId=a.b\nartifactId=c\nversion=1.0\n"}
    assert pins(files) == {"a.b:c": "1.0"}


@given(st.one_of(st.binary(max_size=200), st.text("<>/${}projectdn \n", max_size=200).map(str.encode)))
def test_any_bytes_end_in_observations(data: bytes) -> None:
    for one in observations({"pom.xml": data}):
        assert isinstance(one, Skipped)
        assert one.reason


def test_properties_that_multiply_in_many_dependencies_end() -> None:
    properties = "".join(f"<p{n}>${{p{n + 1}}}${{p{n + 1}}}</p{n}>" for n in range(60))
    text = pom(
        f"<properties>{properties}</properties>" + deps(*[dependency(f"w{n}", f"${{p0}}{n}") for n in range(2000)])
    )
    assert {one.version for one in components({"pom.xml": text})} == {""}
