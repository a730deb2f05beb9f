"""The providers' files: each is complete, safe and about rules that exist."""

from __future__ import annotations

import pytest

from secloop.rules.generate import expand
from secloop.rules.index import load
from secloop.stages.code.verify.base import State
from secloop.stages.code.verify.provider import MARK, Provider, hosts, providers, read_provider

TEXT = """
source = "https://example.org/docs"
rules = ["a-token"]
shape = 'a_[a-z]{4}'
host = "api.example.org"
path = "/me"
headers = {Authorization = "Bearer {secret}"}
answers = [{status = [200], means = "verified"}]
"""


def test_there_are_enough_and_their_hosts_are_the_only_ones() -> None:
    assert len(providers()) >= 20
    assert {provider.host for provider in providers()} == hosts()


@pytest.mark.parametrize("provider", providers(), ids=lambda provider: provider.name)
def test_a_provider_sends_a_secret_and_can_tell_that_it_works(provider: Provider) -> None:
    assert provider.source.startswith("https://")
    assert any(answer.means is State.VERIFIED for answer in provider.answers)
    if not provider.scheme:
        assert MARK in "".join([*provider.headers.values(), provider.basic, provider.body])
    assert not provider.fits("")
    assert not provider.fits("a value with blanks and \u00fcmlauts")


def test_every_rule_of_a_provider_has_a_page_and_belongs_to_one_provider() -> None:
    known = {name for page in load([]) for name in page.rule_ids()}
    used = [rule for provider in providers() for rule in (*provider.rules, *provider.partner_rules)]
    assert set(used) <= known
    assert len(used) == len(set(used))


@pytest.mark.parametrize("provider", providers(), ids=lambda provider: provider.name)
def test_the_shape_takes_what_the_pages_of_its_rules_find(provider: Provider) -> None:
    """Every value in a bad case of the page's matcher has the shape, or the provider would never be asked."""
    from kit_secrets import values_found

    for page in load([], prose=True):
        for matcher in page.matchers:
            if page.rule_id(matcher) in provider.rules:
                values = values_found(page, matcher)
                assert values
                fitting = [value for value in values if provider.fits(value)]
                assert fitting, f"{page.rule_id(matcher)}: no value of its page has the shape"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/me", "/me/{secret}"),
        ("api.example.org", "api.example.org:8443"),
        ("api.example.org", "localhost"),
        ("/me", "me"),
        ("[200]", "[200, 302]"),
        ("source =", "sauce ="),
        ('"verified"', '"fine"'),
    ],
)
def test_a_wrong_file_is_refused(old: str, new: str) -> None:
    assert read_provider(TEXT, "example").host == "api.example.org"
    with pytest.raises(ValueError, match=r"."):
        read_provider(TEXT.replace(old, new, 1), "example")


def test_a_shape_is_about_ascii() -> None:
    provider = read_provider(TEXT.replace("[a-z]{4}", r"\w{4}"), "example")
    assert provider.fits(expand("a_{{lower:4}}"))
    assert not provider.fits("a_\u00fc\u00fc\u00fc\u00fc")
