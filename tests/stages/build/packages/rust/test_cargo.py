"""`Cargo.lock` and `Cargo.toml`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from secloop.model.facts import Component
from secloop.stages.build.packages.folder import neighbours, read_folder
from stages.build.reading import component, components, gaps, pins, source

CRATES = 'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
LOCK = f"""version = 3

[[package]]
name = "shop"
version = "0.1.0"
dependencies = [
 "log 0.4.0",
 "tester",
 "ours",
]

[[package]]
name = "log"
version = "0.4.0"
{CRATES}checksum = "{"ab" * 32}"
dependencies = [
 "cfg",
]

[[package]]
name = "log"
version = "0.3.0"
{CRATES}
[[package]]
name = "cfg"
version = "1.0.0"
{CRATES}
[[package]]
name = "tester"
version = "2.0.0"
source = "git+https://me:word@git.example.org/tester?branch=x#0123abc"
dependencies = [
 "log 0.3.0 (registry+https://github.com/rust-lang/crates.io-index)",
]

[[package]]
name = "ours"
version = "0.2.0"
"""
TOML = """[package]
name = "shop"
version = "0.1.0"

[dependencies]
log = "0.4"
pinned = "=1.2.3"
fast = { version = "2", optional = true }
ours = { path = "../ours" }
shared = { workspace = true }

[target.'cfg(windows)'.dependencies]
win = { package = "real-win", version = "0.5" }

[dev-dependencies]
tester = { git = "https://git.example.org/tester", rev = "0123abc" }
"""


def test_packages_have_edges_checksums_and_origins() -> None:
    log = component({"Cargo.lock": LOCK}, "log", "0.4.0")
    assert (log.line, log.origin, log.hashes) == (13, "", ("sha256:" + "ab" * 32,))
    assert log.needs == ("pkg:cargo/cfg@1.0.0",)
    tester = component({"Cargo.lock": LOCK}, "tester")
    assert tester.origin == "https://git.example.org/tester#0123abc"
    assert tester.needs == ("pkg:cargo/log@0.3.0",)


def test_what_the_workspace_needs_is_direct_and_itself_no_component() -> None:
    found = {(c.name, c.version): (c.direct, c.via) for c in components({"Cargo.lock": LOCK})}
    assert found == {
        ("log", "0.4.0"): (True, ()),
        ("tester", "2.0.0"): (True, ()),
        ("cfg", "1.0.0"): (False, ("log",)),
        ("log", "0.3.0"): (False, ("tester",)),
    }


def test_the_manifest_beside_gives_the_scopes() -> None:
    files = {"Cargo.lock": LOCK, "Cargo.toml": TOML}
    assert component(files, "tester").scope == "dev"
    assert component(files, "log", "0.3.0").scope == "dev"
    assert component(files, "cfg").scope == "runtime"


def test_wishes_of_a_manifest() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"Cargo.toml": TOML})}
    assert found == {
        "log": ("", "0.4", "runtime", 6),
        "pinned": ("1.2.3", "", "runtime", 7),
        "fast": ("", "2", "optional", 8),
        "real-win": ("", "0.5", "runtime", 13),
        "tester": ("", "", "dev", 16),
    }


def test_a_member_is_silent_where_the_lock_of_its_workspace_holds_it() -> None:
    files = {"Cargo.lock": LOCK, "crates/shop/Cargo.toml": TOML, "crates/other/Cargo.toml": TOML.replace("shop", "new")}
    heads = {path: text.encode() for path, text in files.items()}
    assert neighbours(["crates/shop/Cargo.toml"], heads) == {"Cargo.lock"}
    group = {path: source(path, text) for path, text in files.items()}
    assert list(read_folder(group, "crates/shop")) == []
    assert any(isinstance(one, Component) for one in read_folder(group, "crates/other"))


def test_a_workspace_names_its_members() -> None:
    heads = {"Cargo.toml": b'[workspace]\nmembers = ["a", "b/*"]\n', "a/Cargo.toml": b"", "c/Cargo.toml": b""}
    assert neighbours(["Cargo.toml"], heads) == {"a/Cargo.toml"}


def test_checksums_of_old_locks_stand_at_the_end() -> None:
    checksum = '"checksum a 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)"'
    text = '[root]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["a"]\n\n'
    text += f'[[package]]\nname = "a"\nversion = "1.0.0"\n{CRATES}\n[metadata]\n{checksum} = "{"cd" * 32}"\n'
    found = component({"Cargo.lock": text}, "a")
    assert (found.hashes, found.direct) == (("sha256:" + "cd" * 32,), True)


def test_one_broken_block_costs_itself_only() -> None:
    text = LOCK.replace('version = "1.0.0"', "version = = 1")
    assert "cfg" not in pins({"Cargo.lock": text})
    (gap,) = gaps({"Cargo.lock": text})
    assert isinstance(gap, Partial)


@pytest.mark.parametrize("path", ["Cargo.lock", "Cargo.toml"])
def test_what_is_no_toml_is_skipped(path: str) -> None:
    (gap,) = gaps({path: "this is not toml"})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["Cargo.lock", "Cargo.toml"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
