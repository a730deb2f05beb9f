"""`secloop test`: weaknesses in programs."""

from __future__ import annotations

from secloop.cli.groups import group

command = group(
    "test",
    "Find weaknesses in programs.",
    {
        "sast": "Find weaknesses in source code, following data across functions and files.",
        "routes": "List HTTP routes, outgoing calls, data stores, secrets and queues.",
        "quality": "Measure complexity, duplication and test coverage.",
    },
)
