"""What is quoted from a file shows no secret, and stays readable."""

from __future__ import annotations

import pytest

from secloop.scan.masking import mask

TOKEN = "".join(f"{chr(97 + n)}{chr(90 - n)}{n % 7}" for n in range(12))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("line 3: cannot read it", "line 3: cannot read it"),
        (f"includes {TOKEN}", "includes ****"),
        ("https://user:pw@host/a.txt", "https://****@host/a.txt"),
        ("git+ssh://git@host/a and https://host/b@2", "git+ssh://****@host/a and https://host/b@2"),
        ("requirements/development-and-testing.txt", "requirements/development-and-testing.txt"),
    ],
)
def test_random_runs_and_users_are_masked(text: str, shown: str) -> None:
    assert mask(text) == shown


def test_a_text_of_slashes_takes_linear_time() -> None:
    assert mask("://" * 200_000) == "://" * 200_000
