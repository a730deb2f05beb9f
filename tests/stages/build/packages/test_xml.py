"""The small XML tree: lines, and what it refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.xml import MAX_DEPTH, parse_xml


def test_elements_have_lines_text_and_plain_names() -> None:
    root = parse_xml(b'<m:a xmlns:m="urn:x">\n  <m:b m:c="1"> t<!-- no -->u </m:b>\n  <m:b>second</m:b>\n</m:a>')
    first, second = root.each("b")
    assert (root.tag, first.line, first.attributes, second.line) == ("a", 2, {"c": "1"}, 3)
    assert (root.value("b"), root.value("missing"), second.text) == ("tu", "", "second")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares the entity x"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]><a/>', "declares the entity x"),
        (b"<a>" * (MAX_DEPTH + 1), "nested too deep"),
        (b"<a><b></a>", "mismatched tag"),
        (b"", "no element found"),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "encoding is not supported"),
        (b"<other/>", "not a <a> document"),
    ],
    ids=["entity", "external", "deep", "broken", "empty", "encoding", "other"],
)
def test_what_is_refused_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        parse_xml(data, "a")


def test_a_document_type_alone_is_tolerated_and_nothing_of_it_is_read() -> None:
    assert parse_xml(b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a>&unknown;t</a>').text == "t"


@given(st.one_of(st.binary(max_size=200), st.text("<>/a=\"'&;![]? \n", max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(UnreadableError):
        assert parse_xml(data).tag
