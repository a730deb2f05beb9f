"""Ids that need no parser are what the parser makes of them."""

from __future__ import annotations

import pytest

from secloop.interop.sbom.licenses import COMMON, expression, is_id, licensing


@pytest.mark.parametrize("text", sorted(COMMON))
def test_a_common_id_stands_for_itself(text: str) -> None:
    parsed = licensing().parse(text, strict=True)

    assert expression(text) == str(parsed) == text
    assert not licensing().unknown_license_keys(parsed)
    assert is_id(text)


def test_others_are_still_parsed() -> None:
    assert expression("(MIT OR apache-2.0)") == "MIT OR Apache-2.0"
    assert expression("mit") == "MIT"
    assert not expression("No such licence")
