"""R's locks and descriptions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

LOCK = json.dumps(
    {
        "R": {"Version": "4.1.0"},
        "Packages": {
            "markdown": {
                "Package": "markdown",
                "Version": "1.0",
                "Source": "Repository",
                "Repository": "CRAN",
                "Requirements": ["mime"],
            },
            "mime": {
                "Package": "mime",
                "Version": "0.7",
                "Source": "GitHub",
                "RemoteType": "github",
                "RemoteUsername": "owner",
                "RemoteRepo": "mime",
                "RemoteSha": "0123abc",
            },
            "genome": {"Package": "genome", "Version": "1.60.0", "Source": "Bioconductor"},
            "here": {"Package": "here", "Version": "0.1", "Source": "Local"},
        },
    },
    indent=2,
)
DESCRIPTION = """Package: shop
Version: 0.1.0
License: MIT + file LICENSE
Depends: R (>= 3.5), stats
Imports:
    cli (>= 3.0),
    rlang
Suggests: testthat
"""


def test_packages_of_other_places_are_not_crans() -> None:
    found = {c.name: (c.purl, c.origin, c.line) for c in components({"renv.lock": LOCK})}
    assert found == {
        "markdown": ("pkg:cran/markdown@1.0", "", 6),
        "mime": ("pkg:generic/mime@0.7", "https://github.com/owner/mime#0123abc", 15),
        "genome": ("pkg:generic/genome@1.60.0", "Bioconductor", 24),
    }
    assert component({"renv.lock": LOCK}, "markdown").needs == ("pkg:generic/mime@0.7",)


def test_a_lock_of_renv_1_1_has_descriptions_with_edges_and_licences() -> None:
    packages = {
        "cli": {
            "Package": "cli", "Version": "3.6.3", "Source": "Repository", "License": "MIT + file LICENSE",
            "Depends": ["R (>= 3.4)"], "Imports": ["utils", "glue (>= 1.6)"], "LinkingTo": ["cpp11"],
            "Suggests": ["testthat"],
        },
        "glue": {"Package": "glue", "Version": "1.7.0", "Source": "Repository"},
        "cpp11": {"Package": "cpp11", "Version": "0.5.0", "Source": "Repository"},
        "testthat": {"Package": "testthat", "Version": "3.2.0", "Source": "Repository"},
    }  # fmt: skip
    cli = component({"renv.lock": json.dumps({"R": {}, "Packages": packages})}, "cli")
    assert (cli.needs, cli.licenses) == (("pkg:cran/glue@1.7.0", "pkg:cran/cpp11@0.5.0"), ("MIT + file LICENSE",))


def test_wishes_of_a_package() -> None:
    found = {c.name: (c.constraint, c.scope, c.line) for c in components({"DESCRIPTION": DESCRIPTION})}
    assert found == {
        "cli": (">= 3.0", "runtime", 6),
        "rlang": ("", "runtime", 7),
        "testthat": ("", "optional", 8),
    }


def test_an_installed_package_is_itself_with_its_licence() -> None:
    found = component({"lib/shop/DESCRIPTION": DESCRIPTION + "Built: R 4.1.0; ; 2024-01-01; unix\n"}, "shop")
    assert (found.version, found.licenses) == ("0.1.0", ("MIT + file LICENSE",))


def test_another_file_of_that_name_is_nothing() -> None:
    assert gaps({"DESCRIPTION": "Some words about: a project\n"}) == []


@pytest.mark.parametrize("text", ["no json", '{"other": 1}'], ids=["text", "other"])
def test_what_is_no_lock_is_skipped(text: str) -> None:
    (gap,) = gaps({"renv.lock": text})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["renv.lock", "DESCRIPTION"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
