"""Compose files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import components, gaps

TEXT = """x-common: &common
  image: postgres:16
  restart: always
services:
  db:
    <<: *common
  web:
    image: "nginx:${TAG:-1.27}"
  own:
    build: .
    image: acme/own:1.0
  unknown:
    image: acme/tool:${VERSION}
  none:
    image: ${IMAGE}
"""


def test_images_of_services_are_named_with_the_defaults_of_variables() -> None:
    assert {(c.name, c.version) for c in components({"docker-compose.yml": TEXT})} == {
        ("postgres", "16"),
        ("nginx", "1.27"),
        ("acme/tool", ""),
    }


def test_lines_are_those_of_the_images() -> None:
    (web,) = (c for c in components({"compose.yaml": TEXT}) if c.name == "nginx")
    assert web.line == 8


def test_the_first_version_has_no_services_key() -> None:
    assert [c.purl for c in components({"docker-compose.yml": "db:\n  image: redis:7\n"})] == ["pkg:docker/redis@7"]


def test_broken_yaml_is_a_gap() -> None:
    assert [type(one) for one in gaps({"compose.yml": "services: ["})] == [Skipped]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("docker-compose.yml", "compose"),
        ("deploy/docker-compose.prod.yaml", "compose"),
        ("compose-dev.yaml", "compose"),
        ("dev.compose.yml", "compose"),
        ("decompose.yml", "manifest"),
    ],
)
def test_names_of_compose_files(path: str, name: str) -> None:
    found = extractor_for(path)
    assert found is not None
    assert found.name == name


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"compose.yml": data})


@pytest.mark.parametrize("text", ["services: 3", "services: {a: 3, b: {image: [1]}}", "services:\n  - a"])
def test_values_of_a_wrong_type_are_passed_over(text: str) -> None:
    assert not components({"compose.yml": text})


def test_variables_come_from_the_file_beside() -> None:
    values = "# what runs\nVERSION=1.2 # now\nexport IMAGE='redis:7'\nTAG=\nnot a line\nBROKEN=\"x\n"
    found = {(c.name, c.version) for c in components({"docker-compose.yml": TEXT, ".env": values})}
    assert found == {("postgres", "16"), ("nginx", "1.27"), ("acme/tool", "1.2"), ("redis", "7")}


@given(st.text(max_size=100))
def test_no_variables_raise(text: str) -> None:
    components({"compose.yml": TEXT, ".env": text})
