"""Nimble."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, pins

LOCK = json.dumps(
    {
        "version": 2,
        "packages": {
            "web": {
                "version": "1.2.3",
                "vcsRevision": "0123abc",
                "url": "https://git.example.org/web",
                "dependencies": ["base"],
                "checksums": {"sha1": "ab" * 20},
            },
            "base": {"version": "0.1.0", "url": "https://git.example.org/base", "dependencies": []},
        },
    },
    indent=2,
)
NIMBLE = """version = "0.1.0"
requires "nim >= 1.6.0", "web >= 1.0"
requires "exact == 1.2.3, plain"
requires "https://git.example.org/far.git >= 2"
taskRequires "test", "balls"
"""


def test_a_lock_has_edges_origins_and_hashes() -> None:
    web = component({"nimble.lock": LOCK, "shop.nimble": NIMBLE}, "web")
    assert (web.version, web.line, web.direct) == ("1.2.3", 4, True)
    assert web.needs == ("pkg:nim/base@0.1.0",)
    assert (web.origin, web.hashes) == ("https://git.example.org/web#0123abc", ("sha1:" + "ab" * 20,))


def test_literal_wishes() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"shop.nimble": NIMBLE})}
    assert found == {
        "web": ("", ">= 1.0", "runtime", 2),
        "exact": ("1.2.3", "", "runtime", 3),
        "plain": ("", "", "runtime", 3),
        "far": ("", ">= 2", "runtime", 4),
        "balls": ("", "", "test", 5),
    }


def test_an_installed_package_is_told_by_its_path() -> None:
    assert pins({f".nimble/pkgs2/web-1.2.3-{'ab' * 20}/web.nimble": NIMBLE}) == {"web": "1.2.3"}
    assert pins({".nimble/pkgs/two-words-0.1/two_words.nimble": ""}) == {"two-words": "0.1"}


def test_what_is_no_lock_is_skipped() -> None:
    (gap,) = gaps({"nimble.lock": "{}"})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["a.nimble", "nimble.lock"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
