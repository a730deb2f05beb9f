"""Golden files: what a codec writes for a fixed report. `UPDATE_GOLDEN=1 pytest tests/interop` writes them again."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
CONTRACTS = Path(__file__).resolve().parents[2] / "docs" / "contracts"


def holds(name: str, data: bytes, folder: Path = FOLDER) -> bool:
    """Return whether the golden file `name` holds exactly `data`; write it first when asked to."""
    path = folder / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(data)
    return path.is_file() and path.read_bytes() == data
