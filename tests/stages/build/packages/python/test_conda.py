"""Conda's environments, locks and records of installed packages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, gaps

ENVIRONMENT = """name: science
channels:
  - conda-forge
dependencies:
  - numpy=1.26.4
  - scipy==1.11=py311_0
  - conda-forge::pandas 2.1.0 py311_1
  - python>=3.10
  - blas=1.*
  - anything
  - pip=23
  - pip:
      - django==5.0.6
      - flask>=2
      - -r other.txt
"""
LOCK = """version: 1
package:
  - name: numpy
    version: 1.26.4
    manager: conda
    platform: linux-64
    dependencies:
      libblas: '>=3.9'
    url: https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py311_0.conda
    hash:
      md5: ABMD5
    category: main
  - name: libblas
    version: 3.9.0
    manager: conda
    platform: linux-64
    dependencies: {}
    category: dev
  - name: Django_Thing
    version: 5.0.6
    manager: pip
    platform: linux-64
    dependencies: {}
""".replace("ABMD5", "ab" * 16)


@pytest.mark.parametrize(
    ("name", "version", "constraint", "line"),
    [
        ("numpy", "1.26.4", "", 5),
        ("scipy", "1.11", "", 6),
        ("pandas", "2.1.0", "", 7),
        ("python", "", ">=3.10", 8),
        ("blas", "", "=1.*", 9),
        ("anything", "", "", 10),
        ("pip", "", "=23", 11),
        ("django", "5.0.6", "", 13),
        ("flask", "", ">=2", 14),
    ],
)
def test_an_environment_pins_what_it_says_exactly(name: str, version: str, constraint: str, line: int) -> None:
    found = component({"environment.yml": ENVIRONMENT}, name)
    assert (found.version, found.constraint, found.line) == (version, constraint, line)


def test_pip_packages_of_an_environment_are_pypis() -> None:
    assert component({"environment.yml": ENVIRONMENT}, "django").purl == "pkg:pypi/django@5.0.6"
    assert component({"environment.yml": ENVIRONMENT}, "numpy").purl == "pkg:conda/numpy@1.26.4"
    assert component({"environment-dev.yml": ENVIRONMENT}, "numpy").scope == "dev"


def test_a_lock_has_edges_scopes_and_both_managers() -> None:
    numpy = component({"conda-lock.yml": LOCK}, "numpy")
    assert numpy.needs == ("pkg:conda/libblas@3.9.0",)
    assert numpy.hashes == ("md5:" + "ab" * 16,)
    assert numpy.origin == "https://conda.anaconda.org/conda-forge"
    assert component({"conda-lock.yml": LOCK}, "libblas").scope == "dev"
    assert component({"conda-lock.yml": LOCK}, "django-thing").purl == "pkg:pypi/django-thing@5.0.6"


def test_a_record_of_an_installed_package() -> None:
    record = {
        "name": "zlib",
        "version": "1.2.13",
        "license": "Zlib",
        "channel": "https://conda.anaconda.org/conda-forge/linux-64",
    }
    found = component({"env/conda-meta/zlib-1.2.13-0.json": json.dumps(record, indent=2)}, "zlib")
    assert (found.version, found.licenses, found.line) == ("1.2.13", ("Zlib",), 2)
    assert found.origin == "https://conda.anaconda.org/conda-forge"


def test_a_record_without_a_version_is_a_gap_and_another_environment_is_not() -> None:
    assert gaps({"conda-meta/zlib.json": '{"name": "zlib"}'})
    assert gaps({"environment.yml": "production:\n  url: https://example.org\n"}) == []


@given(st.binary(max_size=200), st.sampled_from(["environment.yml", "conda-lock.yml", "conda-meta/a.json"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
