"""GitHub Actions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components

COMMIT = "0123456789abcdef" * 2 + "01234567"
WORKFLOW = f"""name: ci
on: [push]
jobs:
  build:
    runs-on: ubuntu-latest
    container:
      image: node:20-alpine
    services:
      db:
        image: postgres:16 # pinned by tag
    steps:
      - uses: actions/checkout@{COMMIT} # v4.1.7
      - uses: "actions/cache/restore@{COMMIT}"
      - name: scan
        uses: acme/scan@main # a branch
        with:
          image: not/an-image:1.0
          uses: not/an-action@v1
      - uses: ./local
      - uses: docker://alpine:3.18
      - uses: {{{{ template }}}}
      - run: |
          uses: not/this@v1
      - {{ uses: acme/flow@v2 }}
  plain:
    container: python:3.12
    steps: []
  call:
    uses: acme/shared/.github/workflows/build.yml@v3
"""
PATH = ".github/workflows/ci.yml"
EXPECTED = {
    "pkg:docker/node@20-alpine",
    "pkg:docker/postgres@16",
    "pkg:githubactions/actions/checkout@v4.1.7",
    f"pkg:githubactions/actions/cache@{COMMIT}",
    "pkg:githubactions/acme/scan@main",
    "pkg:docker/alpine@3.18",
    "pkg:githubactions/acme/flow@v2",
    "pkg:docker/python@3.12",
    "pkg:githubactions/acme/shared@v3",
}


def test_a_workflow_names_actions_reusable_workflows_and_images() -> None:
    found = components({PATH: WORKFLOW})
    assert {c.purl for c in found} == EXPECTED
    assert {(c.direct, c.scope) for c in found} == {(True, "build")}


def test_a_commit_is_a_hash_and_its_comment_the_version() -> None:
    files = {PATH: WORKFLOW}
    checkout, cache = component(files, "actions/checkout"), component(files, "actions/cache")
    assert (checkout.version, checkout.hashes) == ("v4.1.7", (f"sha1:{COMMIT}",))
    assert (cache.version, cache.hashes) == (COMMIT, (f"sha1:{COMMIT}",))
    assert component(files, "acme/scan").hashes == ()
    assert checkout.line == WORKFLOW[: WORKFLOW.index("actions/checkout")].count("\n") + 1


@pytest.mark.parametrize(
    ("comment", "version"),
    [
        ("v1", "v1"),
        ("1.2.3", "1.2.3"),
        ("tag=v1.2.3", "v1.2.3"),
        ("v1.2.3 - see the notes", "v1.2.3"),
        ("ratchet:acme/x@v1.2.3", "v1.2.3"),
        ("the latest", COMMIT),
        ("", COMMIT),
    ],
)
def test_comments_that_tell_a_version(comment: str, version: str) -> None:
    text = f"jobs:\n  a:\n    steps:\n      - uses: acme/x@{COMMIT} # {comment}\n"
    assert component({PATH: text}, "acme/x").version == version


def test_a_composite_action_is_read_by_its_name() -> None:
    text = "runs:\n  using: composite\n  steps:\n    - uses: acme/x@v1\n"
    assert component({"tools/action.yml": text}, "acme/x").version == "v1"
    docker = "runs:\n  using: docker\n  image: docker://ghcr.io/acme/tool:2\n"
    assert component({"action.yaml": docker}, "ghcr.io/acme/tool").version == "2"


def test_a_workflow_kept_elsewhere_is_known_by_its_content() -> None:
    assert {c.purl for c in components({"templates/ci.yml": WORKFLOW})} == EXPECTED
    assert not components({"other.yml": "steps:\n  - uses: acme/x@v1\n"})


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({PATH: data, "action.yml": data})


@given(st.lists(st.sampled_from([*WORKFLOW.splitlines(), "on:", "\t", "- - -", "uses: @", "? x"])))
def test_no_lines_raise(lines: list[str]) -> None:
    components({PATH: "\n".join(lines)})
