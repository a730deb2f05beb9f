"""One secret, one finding: the most specific rule keeps it."""

from __future__ import annotations

from secloop.model.enums import Confidence
from secloop.rules.generate import expand
from stages.code.secrets.kit import found, scan, span


def test_a_provider_rule_wins_over_the_generic_one() -> None:
    assert found('GITHUB_API_KEY = "{{crc32:ghp_,30}}"\n') == ["github-token.classic"]


def test_a_service_account_is_one_finding_not_also_a_private_key() -> None:
    text = '{"type": "service_account", '
    text += '"private_key": "-----BEGIN PRIVATE KEY-----\\n{{base64:64}}\\n-----END PRIVATE KEY-----\\n"}'
    assert found(text, "key.json") == ["google-credential.service-account"]


def test_neighbours_on_one_line_are_two_findings() -> None:
    assert found('f("{{crc32:ghp_,30}}", "{{crc32:npm_,30}}")\n') == ["github-token.classic", "npm-token.token"]


def test_a_wrong_checksum_lowers_the_confidence() -> None:
    (finding,) = scan(expand('T = "ghp_{{base62:36}}"\n'))
    assert finding.confidence is Confidence.LOW
    assert finding.evidence["check"] == "CRC-32 checksum does not fit"


def test_a_test_path_lowers_the_confidence_and_drops_nothing() -> None:
    text = expand('T = "{{crc32:ghp_,30}}"\n')
    (inside,) = scan(text, "tests/test_api.py")
    (outside,) = scan(text, "app/api.py")
    assert (inside.confidence, outside.confidence) == (Confidence.MEDIUM, Confidence.HIGH)


def test_the_place_is_the_secret_itself_in_characters() -> None:
    token = expand("{{crc32:ghp_,30}}")
    (finding,) = scan(f'# é\nläbel = "{token}"\n')
    place = span(finding)
    assert (place.line, place.column, place.end_line, place.end_column) == (2, 10, 2, 10 + len(token))


def test_a_private_key_spans_its_lines() -> None:
    key = expand("{{pem:RSA PRIVATE KEY}}")
    (finding,) = scan(f"first\n{key}\nlast\n", "a.txt")
    place = span(finding)
    assert (place.line, place.end_line) == (2, 1 + key.count("\n") + 1)
    assert place.column == 1


def test_a_pair_needs_its_partner_nearby() -> None:
    near = "id: AKIA{{base32:16}}\nvalue: {{base64:40}}\n"
    far = "id: AKIA{{base32:16}}\n" + "\n" * 20 + "value: {{base64:40}}\n"
    assert "aws-access-key.secret-near-id" in found(near, "c.yaml")
    assert "aws-access-key.secret-near-id" not in found(far, "c.yaml")
