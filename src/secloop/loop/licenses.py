"""Licences of an inventory as an overview, and as the notices that are passed on with the software."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.interop.base import json_bytes
from secloop.interop.text import visible
from secloop.loop import log, output
from secloop.loop.inventory import read_target
from secloop.model.base import Value
from secloop.model.ids import bare_purl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.model.inventory import Item
    from secloop.stages.build.licenses.texts import Text

NOT_DECLARED = "not declared"
_RULE = "=" * 80


class Row(Value):
    """One package with its licence as judged. `found_in` is the text that told it, empty where it is declared."""

    package: str
    version: str
    purl: str
    scope: str
    license: str
    license_class: str
    verdict: str
    found_in: str = ""


def rows_of(items: Sequence[Item], root: Path, texts: dict[str, list[Text]]) -> list[Row]:
    """Return one row per item; a licence that is not declared is that of the installed package's text."""
    from secloop.stages.build.licenses.policy import judge, load
    from secloop.stages.build.licenses.texts import recognise

    policy = load(str(root))
    rows = []
    for item in items:
        declared, found_in = item.licenses, ""
        if not declared:
            for text in texts.get(bare_purl(item.purl), ()):
                if found := recognise(text.text):
                    declared, found_in = (found,), text.path
                    break
        judged = judge(policy, declared, item.purl)
        rows.append(
            Row(
                package=item.name,
                version=item.version,
                purl=item.purl,
                scope=item.scope,
                license=judged.expression if judged else NOT_DECLARED,
                license_class=judged.license_class if judged else "unknown",
                verdict=judged.verdict if judged else "unknown",
                found_in=found_in,
            ),
        )
    return rows


def installed_texts(target: str) -> dict[str, list[Text]]:
    """Return the licence texts of installed packages below a folder, by purl without version."""
    from secloop.stages.build.licenses.texts import installed

    found: dict[str, list[Text]] = defaultdict(list)
    if Path(target).is_dir():
        for text in installed(Path(target)):
            found[text.package].append(text)
    return found


def overview(given: dict[str, Any]) -> str:
    """Return the licences of a target in the format asked for. Raises: UsageError."""
    found = read_target(given["target"], given)
    for gap in found.gaps:
        log.line("note", f"incomplete: could not read {gap}")
    root = Path(given["root"] or (given["target"] if Path(given["target"]).is_dir() else "."))
    rows = rows_of(found.inventory.items, root, installed_texts(given["target"]))
    if given["format_"] == "json":
        return json_bytes(rows).decode()
    head: tuple[str, ...]
    body: Sequence[tuple[str, ...]]
    if given["by_package"] or given["format_"] == "csv":
        head = ("package", "version", "scope", "license", "class", "verdict")
        body = [(r.package, r.version, r.scope, r.license, r.license_class, r.verdict) for r in rows]
    else:
        head = ("packages", "license", "class", "verdict", "for example")
        body = _by_license(rows)
    return _written(head, body, given["format_"])


def _by_license(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.verdict, row.license_class, row.license].append(row)
    rank = {"deny": 0, "unknown": 1, "review": 2, "allow": 3}
    ordered = sorted(groups.items(), key=lambda one: (rank[one[0][0]], -len(one[1]), one[0]))
    return [
        (str(len(found)), license_, own, verdict, ", ".join(sorted({row.package for row in found})[:3]))
        for (verdict, own, license_), found in ordered
    ]


def _written(head: tuple[str, ...], body: Sequence[tuple[str, ...]], format_: str) -> str:
    if format_ == "csv":
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([head, *([_inert(cell) for cell in row] for row in body)])
        return stream.getvalue()
    cells = [[visible(cell) for cell in row] for row in (head, *body)]
    if format_ == "markdown":
        lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
        return "\n".join([lines[0], "|" + " --- |" * len(head), *lines[1:]]) + "\n"
    widths = [min(44, max(len(row[n]) for row in cells)) for n in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines) + "\n"


def _inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def notices(given: dict[str, Any]) -> None:
    """Write the notices of what is passed on. Raises: UsageError."""
    found = read_target(given["target"], given)
    for gap in found.gaps:
        log.line("note", f"incomplete: could not read {gap}")
    scopes = {"runtime", "optional", ""}
    items = [item for item in found.inventory.items if given["all_scopes"] or item.scope in scopes]
    texts = installed_texts(given["target"])
    root = Path(given["root"] or (given["target"] if Path(given["target"]).is_dir() else "."))
    rows = rows_of(items, root, texts)
    missing = sum(1 for row in rows if not texts.get(bare_purl(row.purl)))
    output.give(_notice(found.inventory.subject.name, rows, texts).encode("utf-8", "backslashreplace"), given["output"])
    if missing:
        log.line("note", f"{missing} of {len(rows)} packages have no text here: install the dependencies for theirs")


def _notice(name: str, rows: Sequence[Row], texts: dict[str, list[Text]]) -> str:
    """Return the notices; one text that several packages have word for word stands once, below all of them."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(dict.fromkeys(text.text.strip() for text in texts.get(bare_purl(row.purl), ())))].append(row)
    out = [f"{visible(name)} contains the following third-party software.", ""]
    for bodies, members in sorted(groups.items(), key=lambda one: (not one[0], one[1][0].package.lower())):
        out += [
            _RULE,
            *(visible(f"{row.package} {row.version}".strip() + f"  -  {row.license}") for row in members),
            "",
        ]
        for body in bodies:
            out += [*(visible(line) for line in body.splitlines()), ""]
    return "\n".join(out)
