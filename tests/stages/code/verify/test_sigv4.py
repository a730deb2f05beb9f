"""Signatures equal those of AWS's published test suite (aws-sig-v4-test-suite)."""

from __future__ import annotations

from datetime import UTC, datetime

from secloop.stages.code.verify.base import Request
from secloop.stages.code.verify.sigv4 import Key, sign

MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
KEY = Key(
    id="AKID" + "EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG+" + "bPxRfiCYEXAMPLEKEY", region="us-east-1", service="service"
)


def _signature(request: Request) -> str:
    return sign(request, KEY, MOMENT).headers["Authorization"].rpartition("Signature=")[2]


def test_get_vanilla() -> None:
    request = Request("GET", "example.amazonaws.com", "/")
    assert _signature(request) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


def test_post_x_www_form_urlencoded() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request("POST", "example.amazonaws.com", "/", headers, b"Param1=value1")
    assert _signature(request) == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"


def test_the_secret_itself_is_not_sent() -> None:
    sent = sign(Request("GET", "example.amazonaws.com", "/"), KEY, MOMENT)
    assert KEY.secret not in " ".join(sent.headers.values())
    assert KEY.secret not in repr(KEY)
