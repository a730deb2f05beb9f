"""Which findings become questions, and with what value."""

from __future__ import annotations

from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.generate import expand
from secloop.stages.code.verify.candidates import candidates, files_of
from secloop.stages.code.verify.provider import providers

TOKEN = expand("{{crc32:ghp_,30}}")
KEY_ID = expand("AKIA{{base32:16}}")
SECRET = expand("{{base64:40}}")


def _finding(rule: str, line: int, column: int, length: int, file: str = "app.py") -> Finding:
    place = CodeSpan(file=file, line=line, end_line=line, column=column, end_column=column + length)
    return Finding(
        kind=Kind.SECRET,
        stage=Stage.CODE,
        rule=rule,
        title="t",
        message="m",
        severity=Severity.HIGH,
        confidence=Confidence.MEDIUM,
        place=place,
        identity=("x",),
    )


def test_a_value_is_read_at_its_span_in_characters() -> None:
    text = f'first\r\nname = "\u00e4\U0001f600"; token = "{TOKEN}"\r\n'
    finding = _finding("github-token.classic", 2, 23, len(TOKEN))
    (asked,) = candidates([finding], {"app.py": text.encode()}, providers())
    assert asked.values == (TOKEN,)
    assert TOKEN not in repr(asked)


def test_what_has_changed_since_or_stands_in_an_encoding_is_not_asked() -> None:
    finding = _finding("github-token.classic", 1, 1, len(TOKEN))
    for text in ("", "\n", TOKEN[:-1] + "=", "x" * 100, "\u00fc" * 100):
        assert candidates([finding], {"app.py": text.encode()}, providers()) == ()
    assert candidates([finding], {}, providers()) == ()


def test_a_rule_without_a_provider_is_not_asked_and_its_file_not_read() -> None:
    finding = _finding("generic-password-assignment.quoted", 1, 1, 8)
    assert files_of([finding], providers()) == frozenset()
    assert candidates([finding], {"app.py": b"whatever"}, providers()) == ()


def test_an_aws_secret_goes_with_the_nearest_key_id_of_its_file() -> None:
    other = expand("x {{base32:16}}").replace("x ", "AKIA")
    text = f"{other}\n\n\n\n{KEY_ID}\n{SECRET}\n"
    findings = [
        _finding("aws-access-key.id", 1, 1, 20),
        _finding("aws-access-key.id", 5, 1, 20),
        _finding("aws-access-key.secret", 6, 1, 40),
        _finding("aws-access-key.id", 1, 1, 20, "other.py"),
    ]
    (asked,) = candidates(findings, {"app.py": text.encode(), "other.py": KEY_ID.encode()}, providers())
    assert asked.values == (SECRET, KEY_ID)
    assert asked.covers == (2, 1)


def test_an_aws_secret_alone_or_with_a_session_key_is_not_asked() -> None:
    secret = _finding("aws-access-key.secret", 2, 1, 40)
    session = _finding("aws-access-key.id", 1, 1, 20)
    text = f"{KEY_ID.replace('AKIA', 'ASIA')}\n{SECRET}\n"
    assert candidates([secret], {"app.py": text.encode()}, providers()) == ()
    assert candidates([secret, session], {"app.py": text.encode()}, providers()) == ()
