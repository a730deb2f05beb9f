"""Bazel: the lock of rules_jvm_external, and the artifacts that a build asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, observations, pins

FIRST: dict[str, Any] = {
    "dependency_tree": {
        "version": "0.1.0",
        "dependencies": [
            {"coord": "com.acme:web:1.0", "directDependencies": ["com.acme:core:jar:x:2.0"], "sha256": "ab"},
            {"coord": "com.acme:core:jar:x:2.0", "directDependencies": []},
            {"coord": "com.acme:web:jar:sources:1.0", "directDependencies": []},
            {"coord": "nothing"},
        ],
    }
}
SECOND: dict[str, Any] = {
    "__INPUT_ARTIFACTS_HASH": {"com.acme:web": 1, "repositories": 2},
    "artifacts": {
        "com.acme:web": {"shasums": {"jar": "ab", "sources": "cd"}, "version": "1.0"},
        "com.acme:core:aar": {"shasums": {"jar": None}, "version": "2.0"},
        "com.acme:lost": {},
    },
    "dependencies": {"com.acme:web": ["com.acme:core:aar"]},
    "version": "2",
}


@pytest.mark.parametrize("document", [FIRST, SECOND], ids=["first", "second"])
def test_a_lock_gives_artifacts_edges_and_hashes(document: dict[str, Any]) -> None:
    files = {"maven_install.json": json.dumps(document, indent=1)}
    assert pins(files) == {"com.acme:web": "1.0", "com.acme:core": "2.0"}
    web, core = component(files, "com.acme:web"), component(files, "com.acme:core")
    assert (web.needs, web.hashes, web.direct) == (("pkg:maven/com.acme/core@2.0",), ("sha256:ab",), True)
    assert (core.via, core.direct) == (("com.acme:web",), False)
    assert "com.acme:web" in files["maven_install.json"].splitlines()[web.line - 1]
    assert len(gaps(files)) == 1


def test_another_file_of_the_name_is_no_lock() -> None:
    assert [type(one) for one in gaps({"npm_install.json": "{}"})] == [Skipped]


MODULE = """maven = use_extension("@rules_jvm_external//:extensions.bzl", "maven")
other = use_extension("@rules_python//:extensions.bzl", "pip")
VERSION = "1." + "2"
COMMON = [
    "com.acme:core:" + VERSION,
    "com.acme:droid:aar:3.0",
]
maven.install(
    artifacts = [
        "com.acme:web:[1.0,2.0)",
        unknown(),
    ] + COMMON,
)
maven.artifact(group = "com.acme", artifact = "spec", version = "4.0", testonly = True)
other.install(artifacts = ["com.acme:no:1.0"])
"""
WORKSPACE = """load("@rules_jvm_external//:defs.bzl", install = "maven_install")
load("//tools:own.bzl", "maven_install")
install(artifacts = ("com.acme:web:1.0", "com.acme:bare"))
maven_install(artifacts = ["com.acme:no:1.0"])
"""


def test_a_module_names_its_artifacts_through_variables_and_sums() -> None:
    files = {"MODULE.bazel": MODULE}
    assert pins(files) == {
        "com.acme:web": "", "com.acme:core": "1.2", "com.acme:droid": "3.0", "com.acme:spec": "4.0",
    }  # fmt: skip
    assert component(files, "com.acme:core").line == 5
    assert component(files, "com.acme:spec").scope == "test"
    assert component(files, "com.acme:web").constraint == "[1.0,2.0)"


def test_a_workspace_counts_where_the_rule_is_loaded_from_its_own_repository() -> None:
    assert pins({"WORKSPACE": WORKSPACE}) == {"com.acme:web": "1.0", "com.acme:bare": ""}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("f(", "line 1: not valid Starlark"), ("[" * 200, "not usable Starlark: nested too deep")],
    ids=["broken", "deep"],
)
def test_what_is_no_starlark_is_a_gap(text: str, reason: str) -> None:
    (gap,) = gaps({"MODULE.bazel": f"{text} # rules_jvm_external"})
    assert isinstance(gap, Skipped)
    assert reason in gap.reason


def test_lists_that_double_each_other_end() -> None:
    doubling = "".join(f"L{n + 1} = L{n} + L{n}\n" for n in range(60))
    text = f'{MODULE}L0 = ["com.acme:many:1.0"]\n{doubling}maven.install(artifacts = L60)\n'
    assert "com.acme:core" in {one.name for one in components({"MODULE.bazel": text})}


@pytest.mark.parametrize("path", ["MODULE.bazel", "maven_install.json"])
@given(data=st.one_of(st.binary(max_size=200), st.text("()[]+=\"'am.\n ", max_size=200).map(str.encode)))
def test_any_bytes_end_in_observations(path: str, data: bytes) -> None:
    for one in observations({path: b"# rules_jvm_external\n" * path.endswith("bazel") + data}):
        assert not isinstance(one, Skipped) or one.reason
