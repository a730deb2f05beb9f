"""How exactly fixes of Semgrep's rules are written: each `x.fixed.EXT` of a tree beside what our edits make of `x.EXT`.

  sast_fixes.py TREE     semgrep-rules, or any tree with rules, annotated files and their fixed copies

`--why` names the files that differ, with the first lines that do. Nothing here fetches anything.
"""

from __future__ import annotations

import argparse
from collections import Counter
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.finding import Finding
from secloop.rules.base import RuleSet
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.fixer import written
from secloop.stages.test.sast.foreign import Foreign
from secloop.stages.test.sast.sensor import SastSensor
from secloop.syntax.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.finding import Edit

MOST_LINES = 8


def main() -> None:
    """Compare all pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--why", action="store_true")
    given = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    for source, wanted, rules in pairs(given.tree):
        got = fixed(source, rules)
        own = counts.setdefault(language_of(source.name), Counter())
        same = got == wanted.read_text("utf-8")
        own["pairs"] += 1
        own["exact"] += same
        if given.why and not same:
            print(f"\n{source.relative_to(given.tree)}")
            print("\n".join(list(unified_diff(wanted.read_text().splitlines(), got.splitlines(), n=0))[2:MOST_LINES]))
    for name, own in sorted(counts.items()):
        print(f"{name:12} {own['exact']:3} of {own['pairs']:3} exact")
    every = sum(counts.values(), Counter())
    print(f"{'all':12} {every['exact']:3} of {every['pairs']:3} exact ({every['exact'] / max(1, every['pairs']):.3f})")


def pairs(tree: Path) -> Iterator[tuple[Path, Path, Path]]:
    """Yield (file, fixed file, rules) for each fixed copy in a language that is read."""
    for wanted in sorted(tree.rglob("*.fixed.*")):
        stem, _, end = wanted.name.partition(".fixed.")
        source = wanted.with_name(f"{stem}.{end}")
        rules = next((one for name in (".yaml", ".yml") if (one := wanted.with_name(stem + name)).is_file()), None)
        if source.is_file() and rules is not None and language_of(source.name):
            yield source, wanted, rules


def fixed(source: Path, rules: Path) -> str:
    """Return a file with the edits of its rules; of edits that overlap the first holds."""
    sensor = SastSensor()
    sensor.configure(Settings(), RuleSet(Foreign([rules]).pages))
    data = source.read_bytes()
    seen = sensor.scan(SourceFile(FileMeta(path=source.name, size=len(data)), data))
    edits: list[Edit] = []
    found = {edit for one in seen if isinstance(one, Finding) and one.fix is not None for edit in one.fix.edits}
    for edit in sorted(found, key=lambda edit: (edit.start, edit.end)):
        if not edits or edit.start >= edits[-1].end:
            edits.append(edit)
    return (written(data, edits) or data).decode("utf-8", "replace")


if __name__ == "__main__":
    main()
