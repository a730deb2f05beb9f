"""What NuGet and the SDK write: packages.lock.json, project.assets.json, deps.json, packages.config, Paket's lock."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, observations, pins

CONTENT = base64.b64encode(bytes(64)).decode()
LOCK: dict[str, Any] = {
    "version": 2,
    "dependencies": {
        "net8.0": {
            "Acme.Web": {
                "type": "Direct",
                "requested": "[1.0.0, )",
                "resolved": "1.0.0",
                "contentHash": CONTENT,
                "dependencies": {"acme.core": "2.0.0"},
            },
            "Acme.Core": {"type": "Transitive", "resolved": "2.0.0", "dependencies": {"Acme.Log": "1.0.0"}},
            "Acme.Log": {"type": "CentralTransitive", "requested": "[1.5.0, )", "resolved": "1.5.0"},
            "shop.domain": {"type": "Project", "dependencies": {"Acme.Db": "[3.0.0, )"}},
            "Acme.Db": {"type": "Transitive", "resolved": "3.0.0"},
        },
        "net472": {
            "Acme.Core": {"type": "Transitive", "resolved": "2.0.0", "dependencies": {"Acme.Old": "0.1.0"}},
            "Acme.Old": {"type": "Transitive", "resolved": "0.1.0"},
            "Acme.Broken": 1,
        },
    },
}
FILES = {"packages.lock.json": json.dumps(LOCK, indent=2)}


def test_a_lock_gives_each_package_once_with_all_its_edges() -> None:
    assert pins(FILES) == {
        "Acme.Web": "1.0.0", "Acme.Core": "2.0.0", "Acme.Log": "1.5.0", "Acme.Db": "3.0.0", "Acme.Old": "0.1.0",
    }  # fmt: skip
    assert component(FILES, "Acme.Core").needs == ("pkg:nuget/Acme.Log@1.5.0", "pkg:nuget/Acme.Old@0.1.0")
    assert component(FILES, "Acme.Log").via == ("Acme.Web", "Acme.Core")


def test_direct_is_what_the_project_or_one_it_refers_to_asks_for() -> None:
    assert {one.name for one in components(FILES) if one.direct} == {"Acme.Web", "Acme.Db"}


def test_a_lock_keeps_hash_wish_and_line() -> None:
    found = component(FILES, "Acme.Web")
    assert (found.hashes, found.constraint, found.line) == (("sha512:" + "00" * 64,), "[1.0.0, )", 5)
    assert gaps(FILES)[0].reason.endswith("'Acme.Broken' is not an object")


ASSETS: dict[str, Any] = {
    "version": 3,
    "targets": {
        "net8.0": {
            "Acme.Web/1.0.0": {"type": "package", "dependencies": {"Acme.Core": "1.0.0"}},
            "Acme.Core/2.0.0": {"type": "package"},
            "Acme.Lint/1.0.0": {"type": "package", "dependencies": {"Acme.Rules": "1.0.0"}},
            "Acme.Rules/1.0.0": {"type": "package"},
            "Shop.Domain/1.0.0": {"type": "project", "dependencies": {"Acme.Db": "3.0.0"}},
            "Acme.Db/3.0.0": {"type": "package"},
        }
    },
    "libraries": {
        "Acme.Web/1.0.0": {"sha512": CONTENT, "type": "package", "path": "acme.web/1.0.0"},
        "Acme.Core/2.0.0": {"type": "package"},
        "Acme.Lint/1.0.0": {"type": "package"},
        "Acme.Rules/1.0.0": {"type": "package"},
        "Shop.Domain/1.0.0": {"type": "project"},
        "Acme.Db/3.0.0": {"type": "package"},
        "nameless": {"type": "package"},
    },
    "project": {
        "frameworks": {
            "net8.0": {
                "dependencies": {
                    "Acme.Web": {"target": "Package", "version": "[1.0.0, )"},
                    "Acme.Lint": {"suppressParent": "All", "target": "Package", "version": "[1.0.0, )"},
                }
            }
        }
    },
}


@pytest.mark.parametrize(
    ("name", "direct", "scope"),
    [
        ("Acme.Web", True, "runtime"),
        ("Acme.Core", False, "runtime"),
        ("Acme.Lint", True, "build"),
        ("Acme.Rules", False, "build"),
        ("Acme.Db", True, "runtime"),
    ],
)
def test_assets_tell_what_is_direct_and_what_stays_with_the_build(name: str, direct: bool, scope: str) -> None:
    found = component({"obj/project.assets.json": json.dumps(ASSETS)}, name)
    assert (found.direct, found.scope) == (direct, scope)


def test_a_line_of_an_assets_file_is_that_of_the_library() -> None:
    text = json.dumps(ASSETS, indent=1)
    found = component({"project.assets.json": text}, "Acme.Web")
    assert '"Acme.Web/1.0.0"' in text.splitlines()[found.line - 1]
    assert found.line > text.splitlines().index(' "libraries": {')
    assert gaps({"project.assets.json": text})[0].reason.endswith("'nameless' is no name/version")


DEPS: dict[str, Any] = {
    "targets": {
        ".NETCoreApp,Version=v8.0": {
            "Shop/1.0.0": {"dependencies": {"Acme.Web": "1.0.0", "runtimepack.Acme.Runtime": "8.0.0"}},
            "Acme.Web/1.0.0": {"dependencies": {"Acme.Core": "2.0.0"}},
            "Acme.Core/2.0.0": {},
            "runtimepack.Acme.Runtime/8.0.0": {},
        }
    },
    "libraries": {
        "Shop/1.0.0": {"type": "project", "sha512": ""},
        "Acme.Web/1.0.0": {"type": "package", "sha512": f"sha512-{CONTENT}"},
        "Acme.Core/2.0.0": {"type": "package", "sha512": "sha512-short"},
        "runtimepack.Acme.Runtime/8.0.0": {"type": "runtimepack"},
        "System.Data/4.0.0.0": {"type": "reference"},
    },
}


def test_a_built_program_names_what_it_loads_and_the_runtime_it_brings() -> None:
    files = {"Shop.deps.json": json.dumps(DEPS)}
    assert pins(files) == {"Shop": "1.0.0", "Acme.Web": "1.0.0", "Acme.Core": "2.0.0", "Acme.Runtime": "8.0.0"}
    assert component(files, "Acme.Web").hashes == ("sha512:" + "00" * 64,)
    assert component(files, "Acme.Core").via == ("Acme.Web",)
    assert not component(files, "Acme.Core").hashes


def test_a_program_beside_its_file_is_installed_but_is_no_package_of_nuget() -> None:
    shop = component({"Shop.deps.json": json.dumps(DEPS)}, "Shop")
    assert (shop.purl, shop.direct) == ("pkg:generic/Shop@1.0.0", True)
    assert shop.needs == ("pkg:nuget/Acme.Web@1.0.0", "pkg:nuget/Acme.Runtime@8.0.0")
    assert "Shop" not in pins({"obj/project.assets.json": json.dumps(DEPS)})


def test_a_package_without_files_beside_the_program_is_only_on_the_path_to_others() -> None:
    target = {
        "Shop/1.0.0": {"dependencies": {"Acme.Meta": "1.0.0"}, "runtime": {"Shop.dll": {}}},
        "Acme.Meta/1.0.0": {"dependencies": {"Acme.Native": "2.0.0"}},
        "Acme.Native/2.0.0": {"runtimeTargets": {"runtimes/linux-x64/native/a.so": {}}},
    }
    libraries = {"Shop/1.0.0": {"type": "project"}, "Acme.Unknown/3.0.0": {"type": "package"}}
    libraries |= {name: {"type": "package"} for name in ("Acme.Meta/1.0.0", "Acme.Native/2.0.0")}
    document = {"runtimeTarget": {"name": "net8"}, "targets": {"net8": target}, "libraries": libraries}
    files = {"Shop.deps.json": json.dumps(document)}
    assert pins(files) == {"Shop": "1.0.0", "Acme.Native": "2.0.0", "Acme.Unknown": "3.0.0"}
    assert component(files, "Acme.Native").via == ("Acme.Meta",)


def test_a_file_without_libraries_is_no_dependency_file() -> None:
    assert [gap.reason for gap in gaps({"x.deps.json": "{}"})] == ["line 1: not usable: it has no libraries"]


CONFIG = """<?xml version="1.0" encoding="utf-8"?>
<packages>
  <package id="Acme.Web" version="1.0.0" allowedVersions="[1,2)" />
  <package id="Acme.Lint" version="2.0.0" developmentDependency="true" />
  <package id="Acme.Nothing" />
</packages>
"""


def test_packages_config_has_exact_versions_and_development_packages() -> None:
    files = {"packages.config": CONFIG}
    web, lint = component(files, "Acme.Web"), component(files, "Acme.Lint")
    assert (web.version, web.scope, web.constraint, web.line) == ("1.0.0", "runtime", "[1,2)", 3)
    assert (lint.version, lint.scope) == ("2.0.0", "dev")
    assert [gap.reason for gap in gaps(files)] == ["line 5: a package without id or version"]


def test_tools_and_msbuild_sdks_are_packages_too() -> None:
    tools = {".config/dotnet-tools.json": json.dumps({"tools": {"acme.format": {"version": "1.0.0"}}})}
    sdks = {"global.json": json.dumps({"sdk": {"version": "8.0.100"}, "msbuild-sdks": {"Acme.Sdk": "2.0.0"}})}
    tool, sdk = component(tools, "acme.format"), component(sdks, "Acme.Sdk")
    assert (tool.version, tool.scope, sdk.version, sdk.scope) == ("1.0.0", "dev", "2.0.0", "build")


@pytest.mark.parametrize(
    "path",
    ["packages.lock.json", "project.assets.json", "a.deps.json", "packages.config", "global.json", "dotnet-tools.json"],
)
@given(data=st.one_of(st.binary(max_size=200), st.text('{}[]":,<>/ akt', max_size=200).map(str.encode)))
def test_any_bytes_end_in_observations(path: str, data: bytes) -> None:
    for one in observations({path: data}):
        assert not isinstance(one, Skipped) or one.reason


@pytest.mark.parametrize("path", ["packages.lock.json", "project.assets.json", "a.deps.json"])
@given(
    document=st.recursive(
        st.none() | st.text(max_size=3) | st.integers(),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(["dependencies", "libraries", "targets", "project", "frameworks", "type", "A/1", "a"]),
                inner,
            )
            | st.lists(inner)
        ),
    )
)
def test_values_of_the_wrong_kind_crash_nothing(path: str, document: Any) -> None:
    for one in observations({path: json.dumps({"libraries": document, "targets": document, "dependencies": document})}):
        assert not isinstance(one, Skipped) or one.reason
