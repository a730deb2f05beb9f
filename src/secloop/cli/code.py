"""`secloop code`: secrets in files, in history and on their way there."""

from __future__ import annotations

from secloop.cli.groups import group

command = group(
    "code",
    "Find secrets in files, in history and on their way into them.",
    {
        "history": "Find secrets in all that was ever committed.",
        "secrets": "Find secrets in files or on standard input.",
        "hook": "Refuse secrets before they are committed or pushed.",
    },
)
