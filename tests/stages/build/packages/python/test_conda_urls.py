"""Conda packages that are named by address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.scan.base import FileMeta
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.python.conda_urls import Address, read_address
from stages.build.reading import component, components, gaps, pins

FORGE = "https://conda.anaconda.org/conda-forge"
EXPLICIT = f"""# platform: linux-64
@EXPLICIT
{FORGE}/linux-64/numpy-1.26.4-py311h64a7726_0.conda#{"ab" * 16}
{FORGE}/noarch/tz-data-2024a-h0c530f3_0.tar.bz2
https://repo.anaconda.com/pkgs/main/linux-64/zlib-1.2.13-h5eee18b_0.conda#sha256:{"cd" * 32}
not an address
"""
PIXI = f"""version: 6
environments:
  default:
    packages:
      linux-64:
      - conda: {FORGE}/linux-64/numpy-1.26.4-py311h64a7726_0.conda
packages:
- conda: {FORGE}/linux-64/numpy-1.26.4-py311h64a7726_0.conda
  sha256: {"ab" * 32}
  depends:
  - libblas >=3.9.0,<4.0a0
  license: BSD-3-Clause
- conda: {FORGE}/osx-64/numpy-1.26.4-py311hc43a94b_0.conda
  depends:
  - llvm-openmp
- conda: {FORGE}/linux-64/libblas-3.9.0-22_linux64_openblas.conda
- kind: conda
  name: llvm-openmp
  url: {FORGE}/osx-64/llvm-openmp-18.1.0-h1_0.conda
- pypi: https://files.pythonhosted.org/packages/a/b/Flask_Thing-3.0.0-py3-none-any.whl
  name: flask-thing
  version: 3.0.0
  requires_dist:
  - numpy>=1.20
  - pytest ; extra == 'test'
- pypi: ./
  name: shop
  version: 0.1.0
- conda: nothing
"""


def test_an_explicit_list_names_packages_by_address() -> None:
    files = {"conda-linux-64.lock": EXPLICIT}
    numpy = component(files, "numpy")
    assert (numpy.version, numpy.line, numpy.origin, numpy.hashes) == ("1.26.4", 3, FORGE, (f"md5:{'ab' * 16}",))
    assert component(files, "tz-data").version == "2024a"
    assert component(files, "zlib").hashes == (f"sha256:{'cd' * 32}",)
    assert component(files, "zlib").origin == ""
    assert len(gaps(files)) == 1


def test_a_pixi_lock_holds_both_registries_with_edges() -> None:
    files = {"pixi.lock": PIXI}
    assert pins(files) == {"numpy": "1.26.4", "libblas": "3.9.0", "llvm-openmp": "18.1.0", "flask-thing": "3.0.0"}
    numpy, flask = component(files, "numpy"), component(files, "flask-thing")
    assert numpy.needs == ("pkg:conda/libblas@3.9.0", "pkg:conda/llvm-openmp@18.1.0")
    assert (numpy.via, numpy.licenses, numpy.hashes) == (("flask-thing",), ("BSD-3-Clause",), (f"sha256:{'ab' * 32}",))
    assert (flask.direct, flask.needs, flask.line) == (True, ("pkg:conda/numpy@1.26.4",), 20)
    assert len(gaps(files)) == 1


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("conda-linux-64.lock", True),
        ("envs/spec-file.txt", True),
        ("linux-64.lock", True),
        ("conda-requirements.txt", True),  # as requirements
        ("notes.txt", False),
    ],
)
def test_explicit_lists_are_known_by_name_and_mark(path: str, wanted: bool) -> None:
    meta = FileMeta(path=path, size=9, head=EXPLICIT.encode())
    assert DependenciesSensor().wants(meta) is wanted
    assert not DependenciesSensor().wants(FileMeta(path="conda-linux-64.lock", size=9, head=b"a\n"))


def test_an_address_without_a_build_is_none() -> None:
    assert read_address(f"{FORGE}/noarch/a-b-1.0-0.conda") == Address("a-b", "1.0", FORGE)
    assert read_address(f"{FORGE}/noarch/a-1.0.conda") is None


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    components({"conda-linux-64.lock": f"@EXPLICIT\n{text}", "pixi.lock": f"packages:\n- {text}"})
