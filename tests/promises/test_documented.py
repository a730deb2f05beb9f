"""Everything a user can type or set is documented where they look, and every rule points at what exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import pytest

from secloop.cli.main import COMMANDS, cli
from secloop.model.config import Config
from secloop.rules import index

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = {
    "nist-800-53": r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?",
    "nist-ssdf": r"(P[OSW]|RV)\.\d\.\d",
    "owasp-top10-2025": r"A(0[1-9]|10)",
    "owasp-asvs-5": r"V\d{1,2}\.\d{1,2}\.\d{1,2}",
    "pci-dss-4.0.1": r"\d{1,2}(\.\d{1,2}){1,3}",
    "iso-27001-2022": r"A\.[5-8]\.\d{1,2}",  # ISO/IEC 27001:2022, annex A
    "soc-2": r"(CC[1-9]\.\d|A1\.[1-3])",  # AICPA, Trust Services Criteria 2017
    "cis-aws-3.0.0": r"[1-5](\.\d{1,2}){1,3}",  # CIS Amazon Web Services Foundations Benchmark
}
"""The frameworks rules may name, with the form of their control ids; another one is added here with its source."""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Return every command and subcommand, by its full name."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from walk(name, command)


def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from walk(f"{name} {sub}", found)


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_command_and_each_of_its_options_say_what_they_do(name: str, command: click.Command) -> None:
    assert (command.help or "").strip(), name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]}"


def test_the_command_reference_names_every_command() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name, _ in commands():
        assert f" secloop {name}\n" in text, name


def test_the_readme_uses_only_commands_and_flags_that_exist() -> None:
    known = dict(commands())
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^(?:\$ )?secloop ([a-z].*?)(?:\s+#.*)?$", text, re.MULTILINE):
        words = line.split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        flags = {opt for p in known[name].params for opt in p.opts}
        assert {w for w in words if w.startswith("-")} <= flags, line


def test_every_key_of_the_configuration_is_explained() -> None:
    text = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    for table in msgspec.structs.fields(Config):
        assert table.name in text


def test_every_rule_names_controls_of_known_frameworks_and_a_weakness() -> None:
    for rule in index.builtin():
        assert rule.cwe, rule.id
        for framework, controls in rule.controls.items():
            assert framework in FRAMEWORKS, f"{rule.id}: {framework}"
            for control in controls:
                assert re.fullmatch(FRAMEWORKS[framework], control), f"{rule.id}: {framework} {control}"


def test_every_decision_record_is_listed_and_has_a_status() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for record in records:
        assert record.name in listed, record.name
        assert re.search(r"^(\*\*)?Status", record.read_text(encoding="utf-8"), re.MULTILINE), record.name
