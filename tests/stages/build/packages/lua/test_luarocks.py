"""LuaRocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, pins

ROCKSPEC = """package = "shop"
version = "0.1-1"
dependencies = {
   "lua >= 5.1",
   -- "off",
   "socket ~> 3.0",
   'owner/exact == 1.2-1', "plain"
}
test_dependencies = { "busted" }
"""
LOCK = """return {
   dependencies = {
      lua = "5.1-1",
      ["lua-socket"] = "3.0.0-1",
      exact = "1.2-1"
   },
   test_dependencies = {
      busted = "2.0-1"
   }
}
"""


def test_wishes_of_a_rockspec() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"shop-0.1-1.rockspec": ROCKSPEC})}
    assert found == {
        "socket": ("", "~> 3.0", "runtime", 6),
        "exact": ("1.2-1", "", "runtime", 7),
        "plain": ("", "", "runtime", 7),
        "busted": ("", "", "test", 9),
    }


def test_an_installed_rock_is_told_by_its_path() -> None:
    assert pins({"usr/lib/luarocks/rocks-5.1/socket/3.0.0-1/socket-3.0.0-1.rockspec": ""}) == {"socket": "3.0.0-1"}


def test_a_lock_pins() -> None:
    found = {c.name: (c.version, c.scope, c.line) for c in components({"luarocks.lock": LOCK})}
    assert found == {
        "lua-socket": ("3.0.0-1", "runtime", 4),
        "exact": ("1.2-1", "runtime", 5),
        "busted": ("2.0-1", "test", 8),
    }
    assert component({"luarocks.lock": LOCK}, "exact").purl == "pkg:luarocks/exact@1.2-1"


@given(st.binary(max_size=200), st.sampled_from(["a.rockspec", "luarocks.lock"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
