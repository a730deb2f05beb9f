"""Names with addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.interop.sbom import parties


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("A Person (a@a.example)", "A Person", "a@a.example"),
        ("A Person <a@a.example>", "A Person", "a@a.example"),
        ("Acme (https://acme.example)", "Acme", "https://acme.example"),
        ("https://acme.example", "", "https://acme.example"),
        ("a@a.example", "", "a@a.example"),
        ("Acme (Berlin)", "Acme (Berlin)", ""),
        ("Acme", "Acme", ""),
        ("", "", ""),
    ],
)
def test_a_name_and_an_address_are_told_apart(text: str, name: str, address: str) -> None:
    assert parties.split(text) == (name, address)


@given(st.text("ab ()<>@:/.", max_size=40))
def test_what_is_written_for_cyclonedx_reads_back(text: str) -> None:
    name, address = parties.split(text)
    if name.strip() or address:
        assert parties.split(parties.of_cyclonedx(parties.organisation(text))) == (name, address)


@pytest.mark.parametrize("odd", [None, 7, [], {}, {"url": "x"}, {"url": [7], "contact": {}}, {"name": {}, "email": []}])
def test_a_party_of_a_wrong_shape_is_none(odd: object) -> None:
    assert parties.of_cyclonedx(odd) == ""
