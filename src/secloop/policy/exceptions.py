"""`.secloop/exceptions.yaml`: what was accepted, by whom, why, until when."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.model.ids import digest
from secloop.model.policy import Exception_
from secloop.model.regex import lazy
from secloop.policy import files, yamlfile
from secloop.policy.matching import is_glob

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SELECTORS = ("fingerprint", "rule", "purl", "path", "resource")
FILE = ".secloop/exceptions.yaml"
VEX = {
    "status": frozenset({"not_affected", "affected", "fixed", "under_investigation"}),
    "justification": frozenset(
        {
            "component_not_present",
            "vulnerable_code_not_present",
            "vulnerable_code_not_in_execute_path",
            "vulnerable_code_cannot_be_controlled_by_adversary",
            "inline_mitigations_already_exist",
        }
    ),
}
_HEADER = "# Accepted findings. `secloop accept` adds entries; all given selectors must hold. See docs/policies.md.\n"


class _File(Value, forbid_unknown_fields=True):
    """The file: a list under `exceptions`."""

    exceptions: tuple[Exception_, ...] | None = ()


def load(path: Path) -> tuple[Exception_, ...]:
    """Return the exceptions of a file; a missing file holds none. Raises: UsageError `file:line: ...`."""
    return parse(files.read_text(path), str(path)) if files.exists(path) else ()


def parse(text: str, source: str) -> tuple[Exception_, ...]:
    """Return the exceptions of a text. Raises: UsageError `source:line: ...` for the first thing that is wrong."""
    documents = yamlfile.parse(text, source)
    if not documents:
        return ()
    if len(documents) > 1:
        raise UsageError(f"{documents[1].at(())}a second document", "Keep one list under exceptions:")
    found = documents[0].convert(_File).exceptions or ()
    lines: dict[str, int] = {}
    for n, exception in enumerate(found):
        line = documents[0].line(("exceptions", n))
        if problem := _problem(exception):
            raise UsageError(f"{source}:{line}: {problem}", "Correct the entry")
        if exception.id in lines:
            raise UsageError(
                f'{source}:{line}: id "{exception.id}" is also in line {lines[exception.id]}', "Rename one"
            )
        lines[exception.id] = line
    return found


def add(path: Path, exception: Exception_) -> None:
    """Append an exception to a file, making it if needed; what stands in it, comments too, stays as it is.

    Processes that add at the same time wait for each other.
    Raises: UsageError if the exception or the file is not valid, the id is taken, or the file cannot be written.
    """
    if problem := _problem(exception):
        raise UsageError(problem, "Correct the exception")
    with files.locked(path.parent):
        _add(path, exception)


def _add(path: Path, exception: Exception_) -> None:
    text = files.read_text(path) if files.exists(path) else _HEADER + "exceptions:\n"
    if exception.id in {known.id for known in parse(text, str(path))}:
        raise UsageError(f'{path}: there is an exception "{exception.id}" already', "Choose another id")
    grown = _appended(text, exception)
    if not _holds(grown, exception):
        raise UsageError(
            f"{path} has a form that cannot be added to", "Write `exceptions:` with entries that start `- `"
        )
    files.replace(path, grown.encode())


def _holds(text: str, exception: Exception_) -> bool:
    try:
        return exception in parse(text, "")
    except UsageError:
        return False


def new_id(exception: Exception_, taken: Iterable[str]) -> str:
    """Return an id for an exception, `accept-<8 hex>` of its selectors, numbered if it is taken."""
    base = "accept-" + digest(getattr(exception, name) for name in SELECTORS)[:8]
    used = set(taken)
    numbered = (f"{base}-{n}" for n in range(2, len(used) + 3))
    return base if base not in used else next(own for own in numbered if own not in used)


def is_expired(expires: str, today: str) -> bool:
    """Return whether something that holds until and on the ISO day `expires` is over; without a day it never is."""
    return bool(expires) and expires < today[:10]


def _problem(exception: Exception_) -> str:
    """Return what is wrong with an exception, or ''."""
    if not exception.id.strip() or not exception.reason.strip():
        return "an exception needs an id and a reason"
    if not any(getattr(exception, name) for name in SELECTORS):
        return f'exception "{exception.id}" selects nothing: give one of {", ".join(SELECTORS)}'
    for name in ("expires", "created"):
        if (day := getattr(exception, name)) and not is_day(day):
            return f'exception "{exception.id}": {name} "{day}" is not a date like 2026-12-31'
    if exception.path and not is_glob(exception.path):
        return f'exception "{exception.id}": path "{exception.path}" is no pattern as in .gitignore'
    return _vex_problem(exception)


def _vex_problem(exception: Exception_) -> str:
    """Return what is wrong with `vex`, or '' (OpenVEX 0.2.0, "Status Labels" and "Status Justifications")."""
    for key, value in exception.vex.items():
        if value not in VEX.get(key, frozenset()):
            known = ", ".join(sorted(VEX.get(key, VEX)))
            return f'exception "{exception.id}": vex {key} "{value}" is not known, only {known}'
    return ""


def is_day(text: str) -> bool:
    """Return whether `text` is an ISO day."""
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


_EMPTY_LIST = lazy(r"^exceptions:[ \t]*(?:\[[ \t]*\]|null|~)[ \t]*(?=#|$)", re.MULTILINE)
_LIST_ITEM = lazy(r"^([ \t]*)- ", re.MULTILINE)


def _appended(text: str, exception: Exception_) -> str:
    """Return `text` with one more entry at its end, indented like the ones before; JSON strings are YAML too."""
    text = _EMPTY_LIST.sub("exceptions: ", text)
    if not re.search(r"^exceptions:", text, re.MULTILINE):
        text += ("" if not text or text.endswith("\n") else "\n") + "exceptions:\n"
    head = text[text.index("exceptions:") :]
    indent = found[1] if (found := _LIST_ITEM.search(head)) else "  "
    entry = {k: v for k, v in msgspec.to_builtins(exception).items() if v}
    lines = [f"{key}: {msgspec.json.encode(value).decode()}" for key, value in entry.items()]
    body = f"\n{indent}  ".join(lines)
    return f"{text.rstrip()}\n{indent}- {body}\n"
