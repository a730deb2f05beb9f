"""Wheels and eggs as files."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.dependencies.sensor import DependenciesSensor
from stages.build.reading import component, components, gaps, pins, source

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = "Metadata-Version: 2.1\nName: Shop_Kit\nVersion: 1.5\nLicense-Expression: MIT\n\nName: not this\n"


def packed(members: Mapping[str, str]) -> bytes:
    """Return a zip archive."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def test_a_wheel_is_what_its_metadata_says() -> None:
    data = packed({"vendored/x.dist-info/METADATA": "no", "shop_kit-1.5.dist-info/METADATA": TEXT})
    found = component({"wheels/renamed.whl": data}, "shop-kit")
    assert (found.version, found.line, found.licenses) == ("1.5", 1, ("MIT",))
    assert found.hashes == (f"sha256:{hashlib.sha256(data).hexdigest()}",)


def test_an_egg_is_too() -> None:
    assert pins({"shop.egg": packed({"EGG-INFO/PKG-INFO": TEXT})}) == {"shop-kit": "1.5"}


def test_an_archive_of_tests_is_of_tests() -> None:
    data = packed({"EGG-INFO/PKG-INFO": TEXT})
    scopes = [component({path: data}, "shop-kit").scope for path in ("tests/data/a.whl", "wheels/a.whl")]
    assert scopes == ["test", "runtime"]


def test_an_archive_without_metadata_or_with_too_much_of_it_is_a_gap() -> None:
    assert gaps({"a.whl": packed({"a.py": ""})})
    assert gaps({"a.whl": packed({"a-1.dist-info/METADATA": TEXT + " " * (1 << 21)})})


def test_the_sensor_wants_wheels_though_they_are_binary() -> None:
    assert DependenciesSensor().wants(source("lib/a-1-py3-none-any.whl", packed({"a": ""})).meta)


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    components({"a.whl": data})


@given(st.binary(max_size=60), st.integers(0, 200))
def test_no_damage_raises(damage: bytes, place: int) -> None:
    data = packed({"shop_kit-1.5.dist-info/METADATA": TEXT})
    components({"a.whl": data[:place] + damage + data[place + len(damage) :]})
