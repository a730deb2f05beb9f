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
from secloop.loop.installed import completed
from secloop.loop.inventory import read_target, tell
from secloop.model.base import Value
from secloop.model.ids import bare_purl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.model.inventory import Inventory, Item
    from secloop.stages.build.licenses.policy import LicensePolicy
    from secloop.stages.build.licenses.texts import Installed

NOT_DECLARED = "not declared"
_RULE = "=" * 80
_MOST_NAMED = 5


class Row(Value):
    """One package with its licence as judged.

    `found_in` is the file of an installed package that told it, empty where the lock file or manifest does; `detected`
    is what the package's texts are of, where they differ from it.
    """

    package: str
    version: str
    purl: str
    scope: str
    license: str
    license_class: str
    verdict: str
    found_in: str = ""
    detected: str = ""


def rows_of(items: Sequence[Item], root: Path, installed: Installed) -> list[Row]:
    """Return one row per item.

    What counts is, in this order: what the lock file or manifest declares, what the installed package declares, and
    what its texts are of. A name that leaves the version open (`BSD License`) is made exact by the text.
    """
    from secloop.stages.build.licenses.policy import load

    policy = load(str(root))
    return [_row(item, policy, installed) for item in items]


def _row(item: Item, policy: LicensePolicy, installed: Installed) -> Row:
    from secloop.stages.build.licenses.policy import judge
    from secloop.stages.build.licenses.texts import recognised

    bare = bare_purl(item.purl)
    said = installed.says(bare, item.version) if not item.licenses else None
    declared, found_in = (said.licenses, said.path) if said else (item.licenses, "")
    texts = recognised(installed.texts_of(bare, item.version))
    detected = " AND ".join(f"({one})" if " " in one and len(texts) > 1 else one for one, _ in texts)
    if texts and (not declared or _is_made_exact(declared, detected)):
        declared, found_in = (detected,), texts[0][1]
    judged = judge(policy, declared, item.purl)
    return Row(
        package=item.name,
        version=item.version,
        purl=item.purl,
        scope=item.scope,
        license=judged.expression if judged else NOT_DECLARED,
        license_class=judged.license_class if judged else "unknown",
        verdict=judged.verdict if judged else "unknown",
        found_in=found_in,
        detected=detected if judged and texts and _differ(judged.expression, [one for one, _ in texts]) else "",
    )


def _is_made_exact(declared: Sequence[str], detected: str) -> bool:
    """Return whether one vague name is declared, and the texts are of one licence that it may mean."""
    from secloop.stages.build.licenses.names import family

    start = family(declared[0]) if len(declared) == 1 else ""
    return bool(start) and " " not in detected and detected.startswith(start)


def _differ(expression: str, detected: Sequence[str]) -> bool:
    """Return whether texts hold a licence that is not named, or lack all that are: what a person should look at."""
    named = _ids(expression)
    return not any(_ids(one) <= named for one in detected)


def _ids(expression: str) -> set[str]:
    """Return the ids of an expression; `-only` and `-or-later` do not matter, since a text is the same for both."""
    words = {word.strip("()") for word in expression.split()} - {"AND", "OR", "WITH"}
    return {word.removesuffix("-only").removesuffix("-or-later") for word in words}


def look(target: str) -> Installed:
    """Return what is installed below a folder; nothing for a target that is none."""
    from secloop.stages.build.licenses import texts

    return texts.look(Path(target)) if Path(target).is_dir() else texts.Installed()


def _read(given: dict[str, Any]) -> tuple[Inventory, Installed]:
    """Return the inventory of the target and what is installed there; with `--installed`, that counts too."""
    found = read_target(given["target"], given)
    tell(found.gaps)
    installed = look(given["target"])
    inventory = completed(found.inventory, installed) if given["installed"] else found.inventory
    return inventory, installed


def _root(given: dict[str, Any]) -> Path:
    """Return the folder whose policy holds."""
    return Path(given["root"] or (given["target"] if Path(given["target"]).is_dir() else "."))


def overview(given: dict[str, Any]) -> str:
    """Return the licences of a target in the format asked for. Raises: UsageError."""
    inventory, installed = _read(given)
    rows = rows_of(inventory.items, _root(given), installed)
    _tell(rows)
    if given["format_"] == "json":
        return json_bytes(rows).decode()
    head: tuple[str, ...]
    body: Sequence[tuple[str, ...]]
    if given["by_package"] or given["format_"] == "csv":
        head = ("package", "version", "scope", "license", "class", "verdict", "text", "found in")
        body = [
            (r.package, r.version, r.scope, r.license, r.license_class, r.verdict, r.detected, r.found_in) for r in rows
        ]
    else:
        head = ("packages", "license", "class", "verdict", "for example")
        body = _by_license(rows)
    return _written(head, body, given["format_"])


def _tell(rows: Sequence[Row]) -> None:
    """Say on stderr which packages hold a text of another licence than the one that counts, and how many hold none."""
    odd = [row for row in rows if row.detected]
    named = ", ".join(f"{row.package} ({row.license}; text: {row.detected})" for row in odd[:_MOST_NAMED])
    more = f" and {len(odd) - _MOST_NAMED} more (--by-package)" if len(odd) > _MOST_NAMED else ""
    if odd:
        log.line("note", f"another licence in the text than declared: {named}{more}")
    if silent := sum(row.license == NOT_DECLARED for row in rows):
        log.line("note", f"{silent} of {len(rows)} packages declare no licence here: install them, then run this again")


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
    inventory, installed = _read(given)
    scopes = {"runtime", "optional", ""}
    items = [item for item in inventory.items if given["all_scopes"] or item.scope in scopes]
    rows = rows_of(items, _root(given), installed)
    missing = sum(1 for row in rows if not installed.texts_of(bare_purl(row.purl), row.version))
    output.give(_notice(inventory.subject.name, rows, installed).encode("utf-8", "backslashreplace"), given["output"])
    if missing:
        log.line("note", f"{missing} of {len(rows)} packages have no text here: install the dependencies for theirs")


def _notice(name: str, rows: Sequence[Row], installed: Installed) -> str:
    """Return the notices; one text that several packages have word for word stands once, below all of them."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        texts = installed.texts_of(bare_purl(row.purl), row.version)
        groups[tuple(dict.fromkeys(text.text.strip() for text in texts))].append(row)
    if not rows:
        return f"{visible(name)} contains no third-party software that is known.\n"
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
