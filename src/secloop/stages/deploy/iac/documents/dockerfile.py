"""Dockerfiles as resources: instructions in order, with here-documents and continued lines put together.

`attrs.instructions` holds {name, text, flags, stage, user}: `text` is what follows the name and its flags, `stage`
counts the FROMs so far, `user` is who runs it. `attrs.last` is the final stage: its name, whether it is the file's last
user and command. A base image that is an earlier stage says so (`is_stage`).
"""

from __future__ import annotations

import re
from typing import Any

from secloop.model.regex import lazy
from secloop.model.resource import Lines, Resource

TYPE = "dockerfile"
MAX_INSTRUCTIONS = 5_000
_INSTRUCTION = lazy(r"[ \t]*+([A-Za-z]+)[ \t]++(.*)", re.DOTALL)
_FLAG = lazy(r"--([a-z-]+)(?:=(\S*))?[ \t]+")
_HERE = lazy(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?")
_COMMENT = lazy(r"[ \t]*#")


def resource(text: str, path: str) -> Resource:
    """Return the one resource of a Dockerfile. Never raises: what is no instruction is left out."""
    instructions: list[dict[str, Any]] = []
    lines: dict[str, Lines] = {}
    stages: set[str] = set()
    stage, user = -1, ""
    for name, body, first, last in _instructions(text)[:MAX_INSTRUCTIONS]:
        flags, rest = _flags(body)
        one: dict[str, Any] = {"name": name, "text": rest, "flags": flags}
        if name == "FROM":
            stage, user = stage + 1, ""
            words = rest.split()
            one |= {"image": words[0] if words else "", "is_stage": bool(words) and words[0].lower() in stages}
            if len(words) > 2 and words[1].upper() == "AS":  # noqa: PLR2004 - image AS name
                stages.add(words[2].lower())
        elif name == "USER":
            user = rest.split(":")[0].strip()
        lines[f"instructions[{len(instructions)}]"] = Lines(first=first, last=last)
        instructions.append(one | {"stage": stage, "user": user})
    return Resource(
        type=TYPE,
        address=path,
        attrs={"instructions": instructions, "last": [_last(instructions, stage, lines)]},
        file=path,
        line=1,
        end_line=1,
        lines=lines,
    )


def _last(instructions: list[dict[str, Any]], stage: int, lines: dict[str, Lines]) -> dict[str, Any]:
    """Return what the final stage ends with; the place of what runs is that of its command, else of its FROM."""
    own = [(at, one) for at, one in enumerate(instructions) if one["stage"] == stage]
    users = [one["user"] for _, one in own if one["name"] == "USER"]
    commands = [at for at, one in own if one["name"] in {"CMD", "ENTRYPOINT"}]
    base = next((one for _, one in own if one["name"] == "FROM"), {})
    place = commands[-1] if commands else own[0][0] if own else None
    if place is not None:
        lines["last"] = lines["last[0]"] = lines[f"instructions[{place}]"]
    return {
        "user": users[-1] if users else "",
        "runs": bool(commands),
        "image": str(base.get("image", "")),
        "is_stage": bool(base.get("is_stage")),
    }


def _instructions(text: str) -> list[tuple[str, str, int, int]]:
    """Return (name, what follows, first line, last line) of every instruction."""
    out: list[tuple[str, str, int, int]] = []
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        first = at
        if not rows[at].strip() or _COMMENT.match(rows[at]):
            at += 1
            continue
        parts = [rows[at].rstrip("\r")]
        while parts[-1].rstrip().endswith("\\") and at + 1 < len(rows):
            at += 1
            if not _COMMENT.match(rows[at]):
                parts[-1] = parts[-1].rstrip()[:-1]
                parts.append(rows[at].rstrip("\r"))
        found = _INSTRUCTION.match("".join(parts))
        at += 1
        if found is None:
            continue
        body = found[2]
        at, body = _heredocs(rows, at, found[1].upper(), body)
        out.append((found[1].upper(), body.strip(), first + 1, max(at, first + 1)))
    return out


def _heredocs(rows: list[str], at: int, name: str, body: str) -> tuple[int, str]:
    """Read the here-documents that an instruction opens; return where the next line is, and the whole text."""
    if name not in {"RUN", "COPY", "ADD"}:
        return at, body
    for word in _HERE.findall(body):
        start = at
        while at < len(rows) and rows[at].strip() != word:
            at += 1
        if name == "RUN":
            body += "\n" + "\n".join(rows[start:at])
        at = min(at + 1, len(rows))
    return at, body


def _flags(body: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while found := _FLAG.match(body):
        flags[found[1]] = found[2] or ""
        body = body[found.end() :]
    return flags, body
