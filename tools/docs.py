"""Writes the generated pages; `--check` fails when one is out of date or a relative link is broken.

Pages: docs/cli.md (every command), docs/config-reference.md (every key), docs/status.md (what is registered and
measured), the gate profiles as a scan reads them, the rule reference and the contract schemas (their own tools).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import click
import msgspec

ROOT = Path(__file__).resolve().parents[1]
HEAD = "<!-- Written by tools/docs.py; `make docs` writes it again. -->\n\n"
OTHERS = ("rule_reference.py", "contract_schemas.py")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)|<img src=\"([^\"]+)\"|!\[[^\]]*\]\(([^)\s]+)\)")


def main() -> int:
    """Write or check all pages; return 1 when a check failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when something is out of date")
    check = parser.parse_args().check
    from secloop.policy import gates

    pages = {"docs/cli.md": cli_page(), "docs/config-reference.md": config_page(), "docs/status.md": status_page()}
    pages[str(gates.READY.relative_to(ROOT))] = gates.ready().decode()
    stale = [name for name, text in pages.items() if not settle(ROOT / name, text, check=check)]
    broken = [*broken_links(), *undocumented()]
    for line in [*(f"{name} is out of date: run make docs" for name in stale), *broken]:
        print(line, file=sys.stderr)
    failed = bool(stale or broken)
    for tool in OTHERS:
        command = [sys.executable, str(ROOT / "tools" / tool), *(["--check"] if check else [])]
        failed |= subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    return int(failed)


def settle(path: Path, text: str, *, check: bool) -> bool:
    """Write `text` to `path`, or with `check` return whether it is there already."""
    if check:
        return path.is_file() and path.read_text(encoding="utf-8") == text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def cli_page() -> str:
    """Return the reference of every command: its help, as the terminal shows it."""
    from secloop.cli.main import COMMANDS, cli

    parts = [HEAD + "# Command reference\n\n", _help_block(cli, "secloop", None)]
    context = click.Context(cli, info_name="secloop")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None  # noqa: S101 - the table is the source of both
        parts.extend(_command_parts(command, f"secloop {name}", context, level=2))
    return "\n".join(parts)


def _command_parts(command: click.Command, name: str, parent: click.Context, level: int) -> list[str]:
    parts = [f"{'#' * level} {name}\n", _help_block(command, name.rpartition(" ")[2], parent)]
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None  # noqa: S101 - listed just above
            parts.extend(_command_parts(found, f"{name} {sub}", context, level + 1))
    return parts


def _help_block(command: click.Command, name: str, parent: click.Context | None) -> str:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=96, max_content_width=96)
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


def config_page() -> str:
    """Return every key of secloop.toml with its type and default, from the model."""
    from secloop.model.config import Config

    lines = [HEAD + "# Configuration reference\n", "[config.md](config.md) explains; this lists.\n"]
    for field in msgspec.structs.fields(Config):
        table = _table_of(field.type)
        name = f"[{field.name}.NAME]" if field.name == "teams" else f"[{field.name}]"
        lines += [
            f"## {name}\n",
            f"{(table.__doc__ or '').split(': ', 1)[-1]}\n",
            "| key | type | default |",
            "|---|---|---|",
        ]
        for key in msgspec.structs.fields(table):
            default = "" if key.default is msgspec.NODEFAULT else f"`{_toml(key.default)}`"
            if key.default_factory is not msgspec.NODEFAULT:
                default = f"`{_toml(key.default_factory())}`"
            lines.append(f"| `{key.name}` | {_type_name(key.type)} | {default} |")
        lines.append("")
    return "\n".join(lines)


def _table_of(type_: Any) -> type[msgspec.Struct]:
    args = typing.get_args(type_)
    table: type[msgspec.Struct] = args[1] if args else type_
    return table


def _toml(value: object) -> str:
    plain = msgspec.to_builtins(value)
    return json.dumps(plain if not isinstance(plain, tuple) else list(plain)).replace("{}", "{ }")


def _type_name(type_: Any) -> str:
    if typing.get_origin(type_) is typing.Annotated:
        inner, meta = typing.get_args(type_)[:2]
        return meta.description or _type_name(inner)
    if typing.get_origin(type_) is typing.Literal:
        return " \\| ".join(f"`{value}`" for value in typing.get_args(type_))
    args = [a for a in typing.get_args(type_) if a is not Ellipsis]
    if typing.get_origin(type_) is tuple:
        return f"list of {_type_name(args[0])}"
    if typing.get_origin(type_) is dict:
        return f"table: {_type_name(args[0])} = {_type_name(args[1])}"
    if isinstance(type_, type) and issubclass(type_, str) and hasattr(type_, "__members__"):
        return " \\| ".join(f"`{value}`" for value in type_)
    return {"str": "text", "int": "number", "bool": "true or false"}.get(type_.__name__, type_.__name__)


def status_page() -> str:
    """Return what each stage can do today: the registered sensors and rules, and the figures that were measured."""
    from secloop.model.enums import Stage
    from secloop.rules.index import builtin
    from secloop.scan.registry import load_sensors

    sensors = load_sensors()
    rules = list(builtin())
    lines = [
        HEAD + "# Status\n",
        "What each stage can do today, as registered. A stage without a sensor is *not covered*, never passed.\n",
        "| stage | state | sensors | rule pages | rules (matchers) | preview |",
        "|---|---|---|---|---|---|",
    ]
    for stage in Stage:
        own = [s.info for s in sensors if s.info.stage is stage]
        pages = [r for r in rules if r.stage is stage]
        matchers = sum(len(r.matchers) for r in pages)
        preview = sum(r.state.value == "preview" for r in pages)
        names = ", ".join(f"{i.name} {i.version} ({', '.join(k.value for k in i.kinds)})" for i in own) or "none"
        state = "works" if own else "not covered"
        lines.append(f"| {stage.value} | {state} | {names} | {len(pages)} | {matchers} | {preview} |")
    lines += ["", "## Measured\n", *_figures()]
    return "\n".join([*lines, ""])


def _figures() -> list[str]:
    """Return the table of bench/results.json: each figure with its bar, as the benches wrote it."""
    path = ROOT / "bench" / "results.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    out = ["| what | measured | bar | met |", "|---|---|---|---|"]
    out += [f"| {r['what']} | {r['measured']} | {r['bar']} | {'yes' if r['met'] else 'no'} |" for r in rows]
    return [*out, "", "[bench/README.md](../bench/README.md) says how each was measured and how to repeat it."]


def broken_links() -> list[str]:
    """Return a line for each relative link of a Markdown page that leads nowhere."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]
    out = []
    for page in pages:
        for match in _LINK.finditer(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
            target = next(g for g in match.groups() if g)
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                out.append(f"{page.relative_to(ROOT)}: the link to {target} leads nowhere")
    return out


def undocumented() -> list[str]:
    """Return a line for each configuration key that docs/config.md does not explain."""
    from secloop.model.config import Config

    text = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    return [
        f"docs/config.md does not explain {table.name}.{key.name}"
        for table in msgspec.structs.fields(Config)
        for key in msgspec.structs.fields(_table_of(table.type))
        if not re.search(rf"\b{key.name}\b", text)
    ]


if __name__ == "__main__":
    sys.exit(main())
