"""Composer's lock, manifest and record of installed packages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

PACKAGES: list[dict[str, Any]] = [
    {
        "name": "acme/web",
        "version": "v1.2.3",
        "require": {"php": ">=8", "Acme/Base": "^1"},
        "dist": {"type": "zip", "shasum": "ab" * 20},
        "notification-url": "https://packagist.org/downloads/",
        "license": ["MIT", "GPL-2.0-only"],
        "authors": [{"name": "acme/base"}],
    },
    {
        "name": "acme/base",
        "version": "1.0.0",
        "source": {"url": "https://me:word@git.example.org/b.git", "reference": "0123abc"},
    },
    {"name": "acme/plug", "version": "2.0.0", "type": "composer-plugin", "license": "MIT"},
    {"name": "acme/here", "version": "dev-main", "dist": {"type": "path", "url": "here"}},
]
LOCK = json.dumps({"packages": PACKAGES, "packages-dev": [{"name": "acme/test", "version": "3.0.0"}]}, indent=4)
MANIFEST = """{
    "require": {
        "php": "^8.1",
        "ext-json": "*",
        "acme/web": "^1.2",
        "acme/exact": "2.0.1"
    },
    "require-dev": {"acme/test": "3.*"}
}"""


def test_a_locked_package_has_edges_licences_and_hash() -> None:
    web = component({"composer.lock": LOCK}, "acme/web")
    assert (web.version, web.line, web.origin) == ("v1.2.3", 4, "")
    assert web.needs == ("pkg:composer/acme/base@1.0.0",)
    assert web.licenses == ("MIT", "GPL-2.0-only")
    assert web.hashes == ("sha1:" + "ab" * 20,)


def test_scope_origin_and_plugins() -> None:
    files = {"composer.lock": LOCK, "composer.json": MANIFEST}
    assert component(files, "acme/test").scope == "dev"
    assert component(files, "acme/base").via == ("acme/web",)
    assert component(files, "acme/base").origin == "https://git.example.org/b.git#0123abc"
    assert component(files, "acme/plug").install_script
    assert "acme/here" not in {c.name for c in components(files)}


def test_wishes_of_a_manifest() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"composer.json": MANIFEST})}
    assert found == {
        "acme/web": ("", "^1.2", "runtime", 5),
        "acme/exact": ("2.0.1", "", "runtime", 6),
        "acme/test": ("", "3.*", "dev", 8),
    }


@pytest.mark.parametrize(
    "text",
    [json.dumps(PACKAGES), json.dumps({"packages": PACKAGES, "dev-package-names": ["acme/plug"]})],
    ids=["version-1", "version-2"],
)
def test_installed_packages(text: str) -> None:
    found = {c.name: c.scope for c in components({"vendor/composer/installed.json": text})}
    assert set(found) == {"acme/web", "acme/base", "acme/plug"}
    assert (found["acme/plug"] == "dev") == ("dev-package-names" in text)


@pytest.mark.parametrize("text", ["no json", "null", '{"other": 1}'], ids=["text", "null", "other"])
def test_what_is_no_lock_is_skipped(text: str) -> None:
    (gap,) = gaps({"composer.lock": text})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["composer.lock", "composer.json", "composer/installed.json"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
