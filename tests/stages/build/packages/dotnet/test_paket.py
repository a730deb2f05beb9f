"""Paket's two files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, observations, pins

LOCK = """STORAGE: NONE
NUGET
  remote: https://api.nuget.org/v3/index.json
    Acme.Web (1.0) - restriction: >= net45
      Acme.Core (>= 1.0) - restriction: >= net45
    Acme.Core (1.2)
  remote: https://packages.acme.invalid/v3
    Acme.Private (3.0)
GITHUB
  remote: acme/tools
    src/build.fsx (0123456789abcdef0123456789abcdef01234567)
HTTP
  remote: https://acme.invalid
    file.fs (/file.fs)

GROUP Test
NUGET
  remote: https://api.nuget.org/v3/index.json
    Acme.Spec (2.0)
      Acme.Core (>= 1.0)
    Acme.Core (1.9)
GROUP Build
NUGET
    Acme.Fake (5.0)
"""
WISHES = """source https://api.nuget.org/v3/index.json // a comment
storage: none
nuget Acme.Web 1.0 # pinned
nuget Acme.Range ~> 1.2
nuget Acme.Exact == 2.0 lowest_matching: true
nuget Acme.Any
github acme/tools:main src/build.fsx
clitool dotnet-acme

group Test
  nuget Acme.Spec
"""


@pytest.mark.parametrize(
    ("name", "version", "scope", "line"),
    [
        ("Acme.Web", "1.0", "runtime", 4),
        ("Acme.Core", "1.2", "runtime", 6),
        ("Acme.Private", "3.0", "runtime", 8),
        ("Acme.Spec", "2.0", "test", 19),
        ("Acme.Core", "1.9", "test", 21),
        ("Acme.Fake", "5.0", "build", 24),
    ],
)
def test_a_lock_gives_packages_by_group(name: str, version: str, scope: str, line: int) -> None:
    found = component({"paket.lock": LOCK}, name, version)
    assert (found.scope, found.line) == (scope, line)


def test_edges_stay_within_a_group() -> None:
    assert component({"paket.lock": LOCK}, "Acme.Web").needs == ("pkg:nuget/Acme.Core@1.2",)
    assert component({"paket.lock": LOCK}, "Acme.Spec").needs == ("pkg:nuget/Acme.Core@1.9",)


def test_other_sources_are_told_and_the_usual_one_is_not() -> None:
    assert component({"paket.lock": LOCK}, "Acme.Private").origin == "https://packages.acme.invalid/v3"
    assert component({"paket.lock": LOCK}, "Acme.Web").origin == ""
    assert component({"paket.lock": LOCK}, "acme/tools").purl.startswith("pkg:github/acme/tools@0123456789abcdef")
    assert not gaps({"paket.lock": LOCK})


def test_the_manifest_beside_a_lock_tells_what_is_direct() -> None:
    files = {"paket.lock": LOCK, "paket.dependencies": WISHES}
    direct = {(one.name, one.version) for one in components(files) if one.file == "paket.lock" and one.direct}
    assert ("Acme.Web", "1.0") in direct
    assert ("Acme.Core", "1.2") not in direct


def test_wishes_have_a_version_only_where_it_is_exact() -> None:
    assert pins({"paket.dependencies": WISHES}) == {
        "Acme.Web": "1.0", "Acme.Range": "", "Acme.Exact": "2.0", "Acme.Any": "", "acme/tools": "main",
        "dotnet-acme": "", "Acme.Spec": "",
    }  # fmt: skip
    assert component({"paket.dependencies": WISHES}, "Acme.Range").constraint == "~> 1.2"
    assert component({"paket.dependencies": WISHES}, "Acme.Spec").scope == "test"


def test_the_lowest_version_is_taken_where_the_manifest_says_so() -> None:
    text = "nuget Acme.Low >= 8.0.5 framework: net8, lowest_matching: true\nnuget Acme.High >= 8.0.5\n"
    assert pins({"paket.dependencies": text}) == {"Acme.Low": "8.0.5", "Acme.High": ""}


def test_a_file_without_a_section_is_no_lock() -> None:
    assert [type(one) for one in gaps({"paket.lock": "this is something else\n"})] == [Skipped]
    assert not observations({"paket.lock": ""})


@pytest.mark.parametrize("path", ["paket.lock", "paket.dependencies"])
@given(data=st.one_of(st.binary(max_size=200), st.text("NUGET\n (1.0)a:/#", max_size=200).map(str.encode)))
def test_any_bytes_end_in_observations(path: str, data: bytes) -> None:
    for one in observations({path: data}):
        assert not isinstance(one, Skipped) or one.reason
