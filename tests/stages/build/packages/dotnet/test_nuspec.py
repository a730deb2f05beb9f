"""Descriptions of packages for NuGet and Chocolatey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import components, gaps, observations

NUSPEC = """<?xml version="1.0"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>Acme.Web</id>
    <version>1.2.0</version>
    <license type="expression">MIT</license>
    <dependencies>
      <dependency id="Acme.Flat" version="1.0" />
      <group targetFramework="net8.0">
        <dependency id="Acme.Core" version="[2.0.0,3.0.0)" />
        <dependency id="Acme.Any" version="(1.0,2.0)" />
        <dependency id="Acme.Own" version="$version$" />
      </group>
      <group targetFramework="net9.0"><dependency id="Acme.Core" version="[2.0.0,3.0.0)" /></group>
    </dependencies>
  </metadata>
</package>
"""


def test_a_package_that_is_built_here_tells_what_it_needs() -> None:
    found = {one.name: (one.version, one.constraint, one.line) for one in components({"src/Acme.Web.nuspec": NUSPEC})}
    assert found == {
        "Acme.Flat": ("1.0", "", 8),
        "Acme.Core": ("2.0.0", "", 10),
        "Acme.Any": ("", "(1.0,2.0)", 11),
        "Acme.Own": ("", "", 12),
    }


@pytest.mark.parametrize(
    ("path", "purl"),
    [
        ("root/.nuget/packages/acme.web/1.2.0/acme.web.nuspec", "pkg:nuget/Acme.Web@1.2.0"),
        ("packages/Acme.Web.1.2.0/Acme.Web.nuspec", "pkg:nuget/Acme.Web@1.2.0"),
        ("ProgramData/chocolatey/lib/acme.web/acme.web.nuspec", "pkg:chocolatey/acme.web@1.2.0"),
    ],
)
def test_an_unpacked_package_is_itself(path: str, purl: str) -> None:
    (found,) = components({path: NUSPEC})
    assert (found.purl, found.licenses, found.line) == (purl, ("MIT",), 4)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.nuspec", "<package/>"),
        ("a.nuspec", "<other/>"),
        ("chocolatey/lib/a/a.nuspec", NUSPEC.replace("<id>Acme.Web</id>", "")),
    ],
)
def test_what_is_no_description_is_a_gap(path: str, text: str) -> None:
    (gap,) = gaps({path: text})
    assert isinstance(gap, Skipped)


@given(data=st.binary(max_size=100) | st.text('<package metd n="1."/>', max_size=150).map(str.encode))
def test_no_bytes_raise(data: bytes) -> None:
    for one in observations({"a.nuspec": data}):
        assert not isinstance(one, Skipped) or one.reason
