"""Project files and the central versions above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from secloop.model.facts import Component
from secloop.stages.build.packages.dotnet.projects import ProjectFile
from secloop.stages.build.packages.dotnet.versions import hash_of
from secloop.stages.build.packages.folder import read_folder
from stages.build.reading import component, components, gaps, observations, pins, source

if TYPE_CHECKING:
    from collections.abc import Mapping


def project(body: str, sdk: str = "Microsoft.NET.Sdk") -> str:
    """Return a project file; items stand in one item group."""
    return f'<Project Sdk="{sdk}">\n{body}\n</Project>'


def items(*found: str) -> str:
    """Return an item group."""
    return "<ItemGroup>\n" + "\n".join(found) + "\n</ItemGroup>"


def ref(name: str, version: str = "") -> str:
    """Return a reference."""
    return f'<PackageReference Include="{name}" Version="{version}"/>'


def central(name: str, version: str) -> str:
    """Return a central version."""
    return f'<PackageVersion Include="{name}" Version="{version}"/>'


def below(files: Mapping[str, str]) -> dict[str, str]:
    """Return what the projects in `src/app` pin among `files`."""
    found = read_folder({path: source(path, text) for path, text in files.items()}, "src/app")
    return {one.name: one.version for one in found if isinstance(one, Component)}


@pytest.mark.parametrize(
    ("wish", "version", "constraint"),
    [
        ("1.2.3", "1.2.3", ""),
        ("[1.2.3]", "1.2.3", "[1.2.3]"),
        ("[1.0,2.0)", "1.0", "[1.0,2.0)"),
        ("(1.0,2.0)", "", "(1.0,2.0)"),
        ("1.*", "", "1.*"),
        ("$(AcmeVersion)", "4.0.0", ""),
        ("$(Unknown)", "", "$(Unknown)"),
        ("", "", ""),
    ],
)
def test_the_lowest_version_that_a_wish_allows_is_the_one(wish: str, version: str, constraint: str) -> None:
    text = project(
        "<PropertyGroup><AcmeVersion>4.0.0</AcmeVersion></PropertyGroup>"
        + items(f'<PackageReference Include="Acme" Version="{wish}"/>')
    )
    found = component({"app.csproj": text}, "Acme")
    assert (found.version, found.constraint) == (version, constraint)
    assert (found.direct, found.scope, found.line) == (True, "runtime", 3)


def test_a_version_may_be_an_element_and_several_names_share_an_item() -> None:
    text = project(items('<PackageReference Include="A;B"><Version>1.0.0</Version></PackageReference>'))
    assert pins({"app.fsproj": text}) == {"A": "1.0.0", "B": "1.0.0"}


def test_each_version_that_a_condition_may_give_is_told() -> None:
    text = project(
        "<PropertyGroup><V>1.0.0</V></PropertyGroup>"
        "<PropertyGroup Condition=\"'$(X)'==''\"><V>2.0.0</V></PropertyGroup>" + items(ref("A", "$(V)"))
    )
    assert {one.version for one in components({"app.csproj": text})} == {"1.0.0", "2.0.0"}


def test_what_stays_with_the_build_has_its_scope() -> None:
    text = project(
        items(
            '<PackageReference Include="Lint" Version="1.0.0" PrivateAssets="all"/>',
            '<DotNetCliToolReference Include="Tool" Version="1.0.0"/>',
            '<GlobalPackageReference Include="Everywhere" Version="1.0.0"/>',
        ),
        sdk="Microsoft.NET.Sdk;Acme.Sdk/3.0.0",
    )
    found = {one.name: one.scope for one in components({"app.csproj": text})}
    assert found == dict.fromkeys(["Lint", "Tool", "Everywhere", "Acme.Sdk"], "build")


@pytest.mark.parametrize(
    "told",
    [
        "<PropertyGroup><IsTestProject>true</IsTestProject></PropertyGroup>",
        items(ref("Microsoft.NET.Test.Sdk", "17.0.0")),
    ],
    ids=["property", "package"],
)
def test_packages_of_a_test_project_are_for_tests(told: str) -> None:
    text = project(told + items(ref("Acme", "1.0.0")))
    assert component({"tests.csproj": text}, "Acme").scope == "test"


def test_central_versions_come_from_the_nearest_file_above() -> None:
    files = {
        "src/app/app.csproj": project(items(
            ref("acme"),
            '<PackageReference Include="Own" VersionOverride="9.0.0"/>',
            ref("Far"),
        )),
        "src/Directory.Packages.props": project(items(central("Acme", "$(Central)"), central("Own", "1.0.0"))),
        "src/Directory.Build.props": project("<PropertyGroup><Central>5.0.0</Central></PropertyGroup>"),
        "Directory.Packages.props": project(items(central("Acme", "6.0.0"), central("Far", "7.0.0"))),
    }  # fmt: skip
    assert below(files) == {"acme": "5.0.0", "Own": "9.0.0", "Far": ""}


def test_a_file_further_up_holds_where_the_nearest_imports_it() -> None:
    above = "$([MSBuild]::GetPathOfFileAbove(Directory.Packages.props, $(MSBuildThisFileDirectory)..))"
    files = {
        "src/app/app.csproj": project(items(ref("A"), ref("B"))),
        "src/Directory.Packages.props": project(f'<Import Project="{above}"/>' + items(central("A", "1.0.0"))),
        "Directory.Packages.props": project(items(central("A", "2.0.0"), central("B", "3.0.0"))),
    }  # fmt: skip
    assert below(files) == {"A": "1.0.0", "B": "3.0.0"}


def test_files_that_hold_for_folders_list_their_own_packages() -> None:
    props = {"Directory.Packages.props": project(items(central("A", "1.0.0")))}
    build = {"Directory.Build.props": project(items(ref("B", "2.0.0")))}
    older = {"Packages.props": project(items('<PackageReference Update="C" Version="3.0.0"/>'))}
    assert (pins(props), pins(build), pins(older)) == ({"A": "1.0.0"}, {"B": "2.0.0"}, {"C": "3.0.0"})


def test_a_name_that_is_not_known_is_a_problem() -> None:
    text = project(items(ref("$(Name)", "1.0.0"), ref("A", "1.0.0")))
    assert pins({"app.csproj": text}) == {"A": "1.0.0"}
    assert gaps({"app.csproj": text})[0].reason == "line 3: the package '$(Name)' is not known here"


def test_properties_that_multiply_end() -> None:
    properties = "".join(f"<p{n}>$(p{n + 1})$(p{n + 1})</p{n}><p{n}>$(p{n + 1})</p{n}>" for n in range(30))
    text = project(f"<PropertyGroup>{properties}</PropertyGroup>" + items(ref("A", "$(p0)")))
    assert {one.version for one in components({"app.csproj": text})} == {""}


def test_neighbours_are_the_files_of_each_folder_above() -> None:
    assert {"src/Directory.Packages.props", "Directory.Build.props"} <= set(
        ProjectFile().neighbours("src/app/app.csproj")
    )


def test_a_hash_that_is_none_is_left_out() -> None:
    assert (hash_of(""), hash_of("sha512-%%"), hash_of("AAAA")) == ((), (), ())


@pytest.mark.parametrize("path", ["app.csproj", "Directory.Packages.props"])
@given(data=st.one_of(st.binary(max_size=200), st.text("<>/ Project$()=\"'", max_size=200).map(str.encode)))
def test_any_bytes_end_in_observations(path: str, data: bytes) -> None:
    for one in observations({path: data}):
        assert not isinstance(one, Skipped) or one.reason
