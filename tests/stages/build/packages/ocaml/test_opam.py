"""opam and dune."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, pins

OPAM = """opam-version: "2.0"
depends: [
  "ocaml" {>= "4.08" & < "5"}
  # "off"
  "lwt" {= "5.7.0"}
  "alcotest" {with-test & >= "1.0"}
  "odoc" {with-doc}
  "plain"
]
depopts: ["fast"]
build: ["dune" "build"]
"""


def test_wishes_have_filters_and_scopes() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"shop.opam": OPAM})}
    assert found == {
        "ocaml": ("", ">= 4.08 & < 5", "runtime", 3),
        "lwt": ("5.7.0", "", "runtime", 5),
        "alcotest": ("", ">= 1.0", "test", 6),
        "odoc": ("", "", "dev", 7),
        "plain": ("", "", "runtime", 8),
        "fast": ("", "", "optional", 10),
    }


def test_a_lock_holds_exact_versions_only() -> None:
    assert pins({"shop.opam.locked": OPAM}) == {"lwt": "5.7.0"}


def test_installed_and_locked_packages_are_told_by_their_paths() -> None:
    assert pins({"root/.opam/4.14/.opam-switch/packages/lwt.5.7.0/opam": OPAM}) == {"lwt": "5.7.0"}
    found = component({"dune.lock/lwt.pkg": "(version 5.7.0)\n(depends dune)\n"}, "lwt")
    assert (found.version, found.purl) == ("5.7.0", "pkg:opam/lwt@5.7.0")
    assert components({"dune.lock/here.pkg": "(source (copy .))\n"}) == []


@given(st.binary(max_size=200), st.sampled_from(["a.opam", "a.opam.locked", "dune.lock/a.pkg"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})


@given(st.text(alphabet='depends:[]{}"#= \n', max_size=200))
def test_no_text_raises(text: str) -> None:
    components({"a.opam": "depends: [" + text})
