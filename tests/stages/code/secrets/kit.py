"""Scans of texts held in memory, with the built-in secret rules."""

from __future__ import annotations

from functools import cache

from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings, SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.secrets.compiled import CompiledRule, read_rules
from secloop.stages.code.secrets.sensor import SecretsSensor

KEY = b"k" * 32


@cache
def sensor(key: bytes = KEY) -> SecretsSensor:
    """Return a sensor configured with the built-in rules and an identity key."""
    made = SecretsSensor()
    made.configure(Settings(identity_key=key), builtin())
    return made


@cache
def rules() -> list[CompiledRule]:
    """Return the built-in secret rules, compiled."""
    return read_rules(builtin())


def source(text: str | bytes, path: str = "app/main.py") -> SourceFile:
    """Return a file as the walk would hand it over."""
    data = text.encode() if isinstance(text, str) else text
    return SourceFile(classify(path, len(data), data[:4096]), data)


def scan(text: str | bytes, path: str = "app/main.py") -> list[Finding]:
    """Return the secrets of a text whose generators are already expanded."""
    return [found for found in sensor().scan(source(text, path)) if isinstance(found, Finding)]


def found(text: str, path: str = "app/main.py") -> list[str]:
    """Return the rule ids found in a text with generators, in order."""
    return [finding.rule for finding in scan(expand(text), path)]


def span(finding: Finding) -> CodeSpan:
    """Return the place of a secret, which is always a span of a file."""
    assert isinstance(finding.place, CodeSpan)
    return finding.place
