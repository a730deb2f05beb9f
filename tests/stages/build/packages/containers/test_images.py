"""References to images."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.containers.images import image, image_package

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("reference", "name", "version"),
    [
        ("nginx", "nginx", "latest"),
        ("nginx:1.27", "nginx", "1.27"),
        ("docker.io/library/nginx:1.27", "nginx", "1.27"),
        ("library/nginx:1.27", "nginx", "1.27"),
        (f"nginx@{DIGEST}", "nginx", DIGEST),
        (f"nginx:1.27@{DIGEST}", "nginx", "1.27"),
        ("localhost:5000/team/app:dev", "localhost:5000/team/app", "dev"),
        ("ghcr.io/acme/tool", "ghcr.io/acme/tool", "latest"),
        ("nginx:$TAG", "nginx", ""),
        ("nginx:${TAG}", "nginx", ""),
    ],
)
def test_references_are_taken_apart(reference: str, name: str, version: str) -> None:
    found = image(reference)
    assert found is not None
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    "reference", ["", "scratch", "$IMAGE", "{{ .image }}", "a b", "Nginx:1", DIGEST, "nginx:", "x/:1"]
)
def test_what_is_no_reference_is_none(reference: str) -> None:
    assert image_package(reference, 1) is None


@given(st.text(alphabet="aA0./:@-_$"))
def test_no_text_raises(text: str) -> None:
    found = image(text)
    assert found is None or found.name
