"""The hook path is light: what it does not use is not imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Repository

CODE = """
import sys
from pathlib import Path
from secloop.rules.base import RuleSet
from secloop.scan.base import Settings
from secloop.scan.cache import open_cache
from secloop.scan.engine import scan
from secloop.scan.registry import registered
from secloop.scan.sources import Index
from scan.sensors import WordSensor

registered()
with open_cache() as cache:
    result = scan(Index(Path(sys.argv[1])), [WordSensor()], Settings(), RuleSet([]), cache=cache)
print(len(result.findings), *sorted(sys.modules))
"""


def test_a_scan_of_the_index_imports_no_more_than_it_needs(repo: Repository) -> None:
    repo.write("a", "word\n")
    repo.git("add", "a")
    tests = Path(__file__).parents[1]
    env = {"PYTHONPATH": f"{tests}:{tests.parent / 'src'}", "PATH": "/usr/bin:/bin", "HOME": str(repo.path.parent)}
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(repo.path)], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    findings, *modules = done.stdout.split()
    assert findings == "1"
    heavy = {
        "multiprocessing",
        "sqlalchemy",
        "alembic",
        "pathspec",
        "importlib.metadata",
        "yaml",
        "asyncio",
        "tempfile",
    }
    assert heavy & set(modules) == set()
