"""Writes src/secloop/stages/build/supply/cycles.json: the last day of each line of releases of common products.

  end_of_life.py CHECKOUT DAY

CHECKOUT is one of endoflife.date's repository (dates are facts; MIT), DAY its ISO date. Only the products that
`supply/products.py` knows go in. A line that has ended on a day that is not said gets 0001-01-01.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from secloop.stages.build.advisories.endoflife import FREE_EXTENDED
from secloop.stages.build.supply.products import PRODUCTS

TARGET = Path(__file__).parents[1] / "src/secloop/stages/build/supply/cycles.json"
ENDED = "0001-01-01"


def main(checkout: Path, day: str) -> None:
    """Write the file."""
    ends: dict[str, dict[str, str]] = {}
    for page in sorted((checkout / "products").glob("*.md")):
        front = yaml.safe_load(page.read_text(encoding="utf-8").split("\n---", 1)[0].removeprefix("---\n"))
        product = front["permalink"].strip("/")
        if product in PRODUCTS:
            releases = ((str(release["releaseCycle"]), _end(product, release)) for release in front["releases"])
            ends[product] = {cycle: end for cycle, end in releases if end}
    if missing := sorted(PRODUCTS - ends.keys()):
        raise SystemExit(f"not on endoflife.date: {', '.join(missing)}")
    rows = ",\n".join(f"{json.dumps(product)}: {json.dumps(cycles)}" for product, cycles in sorted(ends.items()))
    source = "https://endoflife.date (MIT), dates only"
    TARGET.write_text(f'{{"date": {json.dumps(day)}, "source": {json.dumps(source)}, "ends": {{\n{rows}\n}}}}\n')
    print(len(ends), "products,", sum(map(len, ends.values())), "lines of releases")


def _end(product: str, release: dict[str, Any]) -> str:
    """Return the day on which maintenance ends, with the extended one where that is free."""
    end = (release.get("eoes") if product in FREE_EXTENDED else None) or release.get("eol")
    return ENDED if end is True else "" if end in {False, None} else str(end)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
