"""Dockerfiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import component, components

DIGEST = "sha256:" + "ab" * 32
TEXT = f"""# syntax=docker/dockerfile:1.7
# a comment
ARG NODE=20
ARG REGISTRY=registry.example.org
FROM --platform=$BUILDPLATFORM node:${{NODE}}-alpine3.19 AS build
RUN apk add --no-cache \\
    # why
    git=2.43.0-r0 \\

    curl && npm install -g @scope/tool@1.2.3 left@^1
FROM build AS tested
RUN pip install "flake8==7.0.0"
FROM ${{REGISTRY}}/base:${{TAG:-2.0}}@{DIGEST} as final
ARG VERSION=3.1
COPY --from=build /a /a
COPY --from=0 /a /a
COPY --from=busybox:1.36 /b /b
RUN --mount=type=bind,from=ghcr.io/acme/cache:1,target=/c \\
    python -m pip install --no-cache-dir flask==${{VERSION}} 'requests[socks]==2.32.0' other>=1; echo x==1
RUN <<EOF
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y openssl=3.0.2-0ubuntu1 \\
  zlib1g:amd64=1:1.2.11
go install example.org/cmd/tool@v1.2.3
echo FROM nothing:1
EOF
"""
FILES = {"Dockerfile": TEXT}


def test_images_and_pinned_packages_are_named_with_the_scope_of_their_stage() -> None:
    assert {(c.purl, c.scope) for c in components(FILES)} == {
        ("pkg:docker/docker/dockerfile@1.7", "build"),
        ("pkg:docker/node@20-alpine3.19", "build"),
        ("pkg:apk/alpine/git@2.43.0-r0?distro=alpine-3.19", "build"),
        ("pkg:npm/%40scope/tool@1.2.3", "build"),
        ("pkg:pypi/flake8@7.0.0", "build"),
        ("pkg:docker/registry.example.org/base@2.0", "runtime"),
        ("pkg:docker/busybox@1.36", "build"),
        ("pkg:docker/ghcr.io/acme/cache@1", "build"),
        ("pkg:pypi/flask@3.1", "runtime"),
        ("pkg:pypi/requests@2.32.0", "runtime"),
        ("pkg:deb/debian/openssl@3.0.2-0ubuntu1", "runtime"),
        ("pkg:deb/debian/zlib1g@1:1.2.11", "runtime"),
        ("pkg:golang/example.org/cmd/tool@v1.2.3", "runtime"),
    }


def test_lines_are_those_of_the_words() -> None:
    lines = TEXT.splitlines()
    for name, word in (
        ("git", "git=2"),
        ("flask", "flask=="),
        ("zlib1g", "zlib1g"),
        ("registry.example.org/base", "/base:"),
    ):
        assert word in lines[component(FILES, name).line - 1]
    assert component(FILES, "registry.example.org/base").hashes == (DIGEST,)


def test_the_last_stage_ships_what_it_goes_on_from() -> None:
    text = "FROM alpine:3.19 AS a\nRUN apk add git=1.0-r0\nFROM a\nRUN echo\n"
    assert {c.scope for c in components({"Dockerfile": text})} == {"runtime"}


@pytest.mark.parametrize(
    ("base", "purl"),
    [
        ("ubuntu:22.04", "pkg:deb/ubuntu/x@1.0?distro=ubuntu-22.04"),
        ("ubuntu", "pkg:deb/ubuntu/x@1.0"),
        ("debian:12-slim", "pkg:deb/debian/x@1.0?distro=debian-12"),
        ("python:3.12-slim-bookworm", "pkg:deb/debian/x@1.0?distro=debian-12"),
        ("acme/base:1", "pkg:deb/debian/x@1.0"),
    ],
)
def test_the_base_image_tells_the_system(base: str, purl: str) -> None:
    assert component({"Dockerfile": f"FROM {base}\nRUN apt-get install x=1.0\n"}, "x").purl == purl


def test_a_default_of_an_argument_is_used_and_an_unknown_one_is_not() -> None:
    text = "ARG IMAGE\nARG BASE=debian\nFROM $IMAGE\nFROM ${BASE}:${TAG}\nFROM scratch\nFROM \n"
    assert {(c.name, c.version) for c in components({"Dockerfile": text})} == {("debian", "")}


def test_another_escape_is_known() -> None:
    text = "# escape=`\nFROM alpine:3.19\nRUN apk add `\n  git=1.0-r0\n"
    assert component({"Dockerfile": text}, "git").line == 4


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile", True),
        ("a/Dockerfile.dev", True),
        ("api.dockerfile", True),
        ("Containerfile", True),
        ("dockerfile-test", True),
        ("Dockerfile.dockerignore", False),
        ("dockerfile.py", False),
        ("my-dockerfiles.md", False),
    ],
)
def test_names_of_dockerfiles(path: str, wanted: bool) -> None:
    assert (extractor_for(path) is not None) == wanted


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"Dockerfile": data})


@given(
    st.lists(st.sampled_from([*TEXT.splitlines(), "\\", "RUN <<A <<B", "FROM", "ARG", "ENV a b", "COPY --from=", "#"]))
)
def test_no_lines_raise(lines: list[str]) -> None:
    components({"Dockerfile": "\n".join(lines)})


def test_hostile_text_is_read_in_bounds() -> None:
    for text in ("RUN " + "pip " * 50_000, "RUN a \\\n" * 20_000, "ARG A=$A\n" * 5_000, "FROM ${A:-" * 5_000):
        assert isinstance(components({"Dockerfile": text}), list)


@pytest.mark.parametrize(
    ("command", "purl"),
    [
        ("pipx install black==24.1.0", "pkg:pypi/black@24.1.0"),
        ("uv tool install ruff==0.4.0", "pkg:pypi/ruff@0.4.0"),
        ("python3 -m pip install --no-cache-dir 'a[b]==1.0'", "pkg:pypi/a@1.0"),
        ("cargo install ripgrep@14.1.0", "pkg:cargo/ripgrep@14.1.0"),
        ("gem install rails:7.1.3", "pkg:gem/rails@7.1.3"),
    ],
)
def test_other_installers_pin_too(command: str, purl: str) -> None:
    found = [c.purl for c in components({"Dockerfile": f"FROM scratch\nRUN apt-get update && {command}\n"})]
    assert found == [purl]
