"""Images of GitLab CI."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import components

PATH = ".gitlab-ci.yml"
TEXT = """image: ruby:3.3
variables:
  image: not:1.0
services:
  - postgres:16
build:
  image:
    name: registry.example.org/tools/builder:1.2
    entrypoint: [""]
  services:
    - name: docker:27-dind
      alias: docker
  script:
    - echo "image: no:1"
deploy:
  image: $DEPLOY_IMAGE
scan:
  image: acme/scan:$TAG
"""


def test_images_of_jobs_and_services_are_named() -> None:
    assert {(c.name, c.version, c.scope) for c in components({PATH: TEXT})} == {
        ("ruby", "3.3", "build"),
        ("postgres", "16", "build"),
        ("registry.example.org/tools/builder", "1.2", "build"),
        ("docker", "27-dind", "build"),
        ("acme/scan", "", "build"),
    }


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({PATH: data})
