"""Fixtures of the scan tests: sensors installed the way a third party's are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install entry points as pip would: a dist-info folder on sys.path, the modules of the fixtures beside it."""
    site = tmp_path / "site-packages"
    site.mkdir()
    for folder in (site, *(path for path in FIXTURES.iterdir() if path.is_dir())):
        monkeypatch.syspath_prepend(str(folder))

    def install_(name: str, *entry_points: str, group: str = "secloop.sensors") -> None:
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *entry_points, ""]))

    for module in ("example_sensor", "rogue_sensors"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return install_
