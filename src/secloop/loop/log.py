"""Lines for people and machines on stderr: notes, errors, what was written. One line each, as text or as JSON."""

from __future__ import annotations

import os
import sys

VARIABLE = "SECLOOP_LOG_FORMAT"
"""The environment variable that `--log-format` sets, so that it holds wherever a line is written."""


def line(level: str, message: str) -> None:
    """Write one line: level note, wrote or error. Control characters of the scanned project never reach a terminal."""
    from secloop.interop.text import visible

    if os.environ.get(VARIABLE) == "json":
        import json

        sys.stderr.write(json.dumps({"level": level, "message": message}) + "\n")
    else:
        start = {"error": "secloop: ", "note": "note: "}.get(level, "")
        sys.stderr.write(f"{start}{visible(message)}\n")
