"""A question and the meaning of its answer."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.code.verify.base import Reply, State
from secloop.stages.code.verify.exchange import meaning, question
from secloop.stages.code.verify.provider import Provider, providers

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BY_NAME = {provider.name: provider for provider in providers()}


@pytest.mark.parametrize("provider", providers(), ids=lambda provider: provider.name)
def test_a_question_holds_the_secret_outside_its_address_and_hides_it_from_repr(provider: Provider) -> None:
    request = question(provider, ("S3CRET", "PARTNER"), NOW)
    assert "S3CRET" not in request.host + request.path
    assert "S3CRET" not in repr(request)
    if not provider.scheme:
        assert "S3CRET" in " ".join(request.headers.values()) + request.body.decode()


def test_basic_credentials_are_encoded() -> None:
    provider = BY_NAME["github"]
    basic = Provider(
        name="x",
        source="https://example.org",
        rules=(),
        shape=".",
        host="api.example.org",
        path="/",
        answers=provider.answers,
        basic="api:{secret}",
    )
    request = question(basic, ("S3CRET",), NOW)
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"api:S3CRET"


@pytest.mark.parametrize(
    ("name", "status", "body", "state"),
    [
        ("github", 200, "", State.VERIFIED),
        ("github", 401, "", State.REVOKED),
        ("github", 404, "", State.UNKNOWN),
        ("github", 302, "", State.UNKNOWN),
        ("slack", 200, '{"ok": true}', State.VERIFIED),
        ("slack", 200, '{"ok": false, "error": "token_revoked"}', State.REVOKED),
        ("slack", 200, '{"ok": false, "error": "fatal_error"}', State.UNKNOWN),
        ("slack", 200, "not json", State.UNKNOWN),
        ("slack", 200, "[" * 100_000, State.UNKNOWN),
        ("gitlab", 401, '{"message":"401 Unauthorized"}', State.UNKNOWN),
        ("gitlab", 401, '{"error_description":"Token was revoked. You have to re-authorize."}', State.REVOKED),
        ("cloudflare", 200, '{"result": {"status": "active"}}', State.VERIFIED),
        ("cloudflare", 200, '{"result": {"status": "expired"}}', State.REVOKED),
        ("cloudflare", 401, "{}", State.UNKNOWN),
        ("aws", 403, "<Code>InvalidClientTokenId</Code>", State.REVOKED),
        ("aws", 403, "<Code>SignatureDoesNotMatch</Code>", State.UNKNOWN),
    ],
)
def test_answers_mean_what_the_provider_documents(name: str, status: int, body: str, state: State) -> None:
    assert meaning(BY_NAME[name], Reply(status, {}, body.encode())) is state


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(
    st.sampled_from(providers()),
    st.integers(100, 599),
    st.binary(max_size=50) | _JSON.map(lambda x: json.dumps(x).encode()),
)
def test_any_answer_has_a_meaning(provider: Provider, status: int, body: bytes) -> None:
    assert meaning(provider, Reply(status, {}, body)) in State
