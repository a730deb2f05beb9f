"""A secret is the same one wherever it stands, and its id tells nothing about it."""

from __future__ import annotations

import pytest

from secloop.model.finding import Finding
from secloop.model.ids import identify
from secloop.rules.generate import expand
from secloop.stages.code.secrets.strength import guessable
from stages.code.secrets import kit
from stages.code.secrets.kit import scan, sensor, source, span

TOKEN = "{{crc32:ghp_,30}}"


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ('T = "{}"\n', '\n\n\nT = "{}"\n', "app/main.py"),
        ('T = "{}"\n', 'if x:\n        T = "{}"\n', "app/main.py"),
        ('T = "{}"\n', "TOKEN={}\n", ".env"),
        ('T = "{}"\n', '{{"github": "{}"}}', "config.json"),
    ],
)
def test_a_moved_reindented_or_renamed_secret_keeps_its_id(before: str, after: str, path: str) -> None:
    token = expand(TOKEN)
    (one,) = identify(scan(before.format(token)))
    (two,) = identify(scan(after.format(token), path))
    assert one.id == two.id


def test_a_reindented_private_key_keeps_its_id() -> None:
    key = expand("{{pem:RSA PRIVATE KEY}}")
    inside_yaml = "key: |\n" + "".join(f"    {line}\n" for line in key.split("\n"))
    in_one_string = '{"key": "' + key.replace("\n", "\\n") + '"}'
    ids = {
        identify(scan(text, path))[0].id
        for text, path in ((key, "a.pem"), (inside_yaml, "b.yaml"), (in_one_string, "c.json"))
    }
    assert len(ids) == 1


def test_two_equal_secrets_in_one_file_are_one_problem_at_two_places() -> None:
    token = expand(TOKEN)
    findings = identify(scan(f'A = "{token}"\nB = "{token}"\n'))
    assert [span(f).line for f in findings] == [1, 2]
    assert len({f.id for f in findings}) == 1


def test_the_rule_that_finds_it_is_no_part_of_the_identity() -> None:
    key = expand("{{hex:32}}-us11")
    (generic,) = scan(f'API_KEY = "{key[:-5]}"\n')
    (provider,) = scan(f'x = f("{key}")\n')
    assert generic.rule != provider.rule
    assert generic.identity != provider.identity
    (same,) = scan(f'other_token = "{key[:-5]}"\n')
    assert same.identity == generic.identity


def test_another_project_gives_another_id() -> None:
    text = f'T = "{expand(TOKEN)}"\n'
    other = [f for f in sensor(b"o" * 32).scan(source(text)) if isinstance(f, Finding)]
    assert other[0].identity != scan(text)[0].identity


def test_the_identity_holds_no_part_of_the_value() -> None:
    token = expand(TOKEN)
    (finding,) = scan(f'T = "{token}"\n')
    assert token[4:] not in "".join(finding.identity)


@pytest.mark.parametrize("weak", ["password1", "hunter22", "Summer2024!", "correct-horse-battery-st", "123456789012"])
def test_weak_passwords_are_guessable(weak: str) -> None:
    assert guessable(weak)


@pytest.mark.parametrize("strong", ["{{base62:36}}", "{{hex:40}}", "{{base64:40}}", "{{word:20}}"])
def test_random_values_are_not_guessable(strong: str) -> None:
    assert not guessable(expand(strong))


def test_the_digest_covers_rules_and_key() -> None:
    from secloop.rules.base import RuleSet
    from secloop.rules.index import builtin
    from secloop.scan.base import Settings
    from secloop.stages.code.secrets.sensor import SecretsSensor

    def digest(rules: RuleSet, key: bytes) -> str:
        return SecretsSensor().configure(Settings(identity_key=key), rules)

    rules = builtin()
    fewer = RuleSet(list(rules)[1:])
    assert digest(rules, kit.KEY) == digest(rules, kit.KEY)
    assert len({digest(rules, kit.KEY), digest(rules, b"o" * 32), digest(fewer, kit.KEY)}) == 3
