"""Paths of routes in one form: `{name}` for a parameter, `*` for any rest, whatever the framework writes."""

from __future__ import annotations

import re

LONGEST = 500
_COLON = re.compile(r":(\w+)(?:\([^()]*\))?[?+*]?")
_STAR = re.compile(r"\*(\w+)")
_ANGLE = re.compile(r"<(?:\w+(?:\([^()<>]*\))?:)?(\w+)>")
_BRACE = re.compile(r"\{\s*\*?(\w+)\s*(?::(?:[^{}]|\{[^{}]*\})*|\.\.\.|\?|\*)?\}")
_BRACKET = re.compile(r"\[{1,2}(?:\.\.\.)?(\w+)\]{1,2}")
_GROUP = re.compile(r"\(\?P?<(\w+)>")
_PLAIN = re.compile(r"\{\$\}$")


def colon(path: str) -> str:
    """Return the form of a path that writes `:id` and `*rest` (Express, Koa, Fastify, gin, echo, fiber)."""
    return _STAR.sub(r"{\1}", _COLON.sub(r"{\1}", path[:LONGEST]))


def brace(path: str) -> str:
    """Return the form of a path that writes `{id}` or `{id:[0-9]+}` (Spring, JAX-RS, FastAPI, chi, gorilla)."""
    return _BRACE.sub(r"{\1}", _PLAIN.sub("", path[:LONGEST]))


def angle(path: str) -> str:
    """Return the form of a path that writes `<int:id>` (Flask, Django's `path`)."""
    return _ANGLE.sub(r"{\1}", path[:LONGEST])


def bracket(path: str) -> str:
    """Return the form of a path that writes `[id]` (Next)."""
    return _BRACKET.sub(r"{\1}", path[:LONGEST])


def regex(pattern: str) -> str:
    """Return the form of a path given as a regular expression (Django's `re_path`, Tornado): groups are parameters."""
    text = pattern[:LONGEST].removeprefix("^").removesuffix("$").removesuffix("\\Z").removesuffix("$")
    out: list[str] = []
    at, count = 0, 0
    while at < len(text):
        char = text[at]
        if char == "(":
            end = _closing(text, at)
            named = _GROUP.match(text, at)
            if named is not None:
                out.append(f"{{{named[1]}}}")
            elif text.startswith("(?:", at):
                out.append(regex(text[at + 3 : end]) if "(" not in text[at + 3 : end] else "*")
            elif not text.startswith("(?", at):
                count += 1
                out.append(f"{{arg{count}}}")
            at = _quantified(text, end + 1)
        elif char == "[":
            end = text.find("]", at + 2)
            out.append("*")
            at = _quantified(text, (end if end > 0 else len(text)) + 1)
        elif char == "\\" and at + 1 < len(text):
            out.append("*" if text[at + 1] in "dwsDWSbB" else text[at + 1])
            at = _quantified(text, at + 2) if text[at + 1] in "dwsDWS" else at + 2
        elif char == "." and text[at + 1 : at + 2] in {"*", "+"}:
            out.append("*")
            at = _quantified(text, at + 1)
        else:
            out.append("" if char in "?^$+" else char)
            at += 1
    return "".join(out)


def _closing(text: str, at: int) -> int:
    """Return where the group that opens at `at` closes; the end where it does not."""
    depth, escaped = 0, False
    for i in range(at, len(text)):
        if escaped:
            escaped = False
        elif text[i] == "\\":
            escaped = True
        else:
            depth += {"(": 1, ")": -1}.get(text[i], 0)
            if depth == 0:
                return i
    return len(text)


def _quantified(text: str, at: int) -> int:
    """Return where what follows a part and says how often it comes ends."""
    if at < len(text) and text[at] == "{":
        end = text.find("}", at)
        at = end + 1 if end > 0 else at + 1
    while at < len(text) and text[at] in "*+?":
        at += 1
    return at


def join(prefix: str, path: str) -> str:
    """Return a path below a prefix, with one slash between."""
    if not path:
        return prefix if prefix.startswith("/") else f"/{prefix}"
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}" if prefix else f"/{path.lstrip('/')}"


def parameters(path: str) -> list[str]:
    """Return the names of a template's parameters, in order."""
    return re.findall(r"\{(\w+)\}", path)
