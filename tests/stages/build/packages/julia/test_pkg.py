"""Julia's manifests and projects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

NEW = """julia_version = "1.9.0"
manifest_format = "2.0"

[[deps.JSON]]
deps = ["Dates", "Here"]
git-tree-sha1 = "0123abc"
uuid = "682c06a0-de6a-54ab-a142-c8b1cf79cde6"
version = "0.21.4"

[[deps.Dates]]
uuid = "ade2ca70-3891-5945-98fb-dc099432e06a"

[[deps.Fork]]
repo-rev = "main"
repo-url = "https://git.example.org/Fork.jl.git"
uuid = "11111111-1111-1111-1111-111111111111"
version = "1.0.0"

    [deps.Fork.deps]
    JSON = "682c06a0-de6a-54ab-a142-c8b1cf79cde6"

[[deps.Here]]
path = "here"
uuid = "22222222-2222-2222-2222-222222222222"
version = "0.1.0"
"""
OLD = NEW.replace("[[deps.", "[[").replace("[deps.Fork.deps]", "[Fork.deps]").split("\n", 2)[2]
PROJECT = """name = "Shop"
[deps]
Fork = "11111111-1111-1111-1111-111111111111"
[compat]
Fork = "=1.0.0"
Test = "1"
[extras]
Test = "8dfed614-e22c-5e08-85e1-65c5234f0b40"
"""


@pytest.mark.parametrize(("text", "julia"), [(NEW, "1.9.0"), (OLD, "")], ids=["format-2", "format-1"])
def test_both_formats_have_edges(text: str, julia: str) -> None:
    found = {c.name: c.version for c in components({"Manifest.toml": text})}
    assert found == {"JSON": "0.21.4", "Dates": julia, "Fork": "1.0.0"}
    fork = component({"Manifest.toml": text}, "Fork")
    assert fork.needs == ("pkg:julia/JSON@0.21.4?uuid=682c06a0-de6a-54ab-a142-c8b1cf79cde6",)
    assert fork.origin == "https://git.example.org/Fork.jl.git#main"
    assert text.splitlines()[fork.line - 1].endswith("Fork]]")


def test_two_packages_of_one_name_and_version_are_told_apart_by_their_uuid() -> None:
    one, other = ("1" * 8 + "-1111-1111-1111-111111111111", "2" * 8 + "-2222-2222-2222-222222222222")
    text = "\n".join(f'[[deps.B]]\nuuid = "{uuid}"\nversion = "1.0.0"\n' for uuid in (one, other))
    assert [c.purl for c in components({"Manifest.toml": f'manifest_format = "2.0"\n{text}'})] == [
        f"pkg:julia/B@1.0.0?uuid={one}",
        f"pkg:julia/B@1.0.0?uuid={other}",
    ]


def test_the_project_tells_what_is_direct() -> None:
    files = {"Manifest-v1.9.toml": NEW, "Project.toml": PROJECT}
    assert component(files, "Fork").direct
    assert component(files, "Dates").via == ("Fork", "JSON")


def test_wishes_of_a_project() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"Project.toml": PROJECT})}
    assert found == {"Fork": ("1.0.0", "", "runtime", 3), "Test": ("", "1", "test", 8)}


def test_what_is_no_toml_is_skipped() -> None:
    (gap,) = gaps({"Manifest.toml": "this is not toml"})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["Manifest.toml", "Project.toml"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
