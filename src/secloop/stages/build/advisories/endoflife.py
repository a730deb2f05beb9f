"""endoflife.date's JSON (https://endoflife.date/docs/api/v1/): until when a release of a product is maintained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.base import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DAY = 10
ENDED = "0001-01-01"
"""The end of what has ended on a day that is not said."""
_MAX_CYCLES = 2_000
FREE_EXTENDED = frozenset({"debian"})
"""Products whose extended support (LTS) is for everyone; elsewhere it is for those who pay."""


class Cycle(Value, frozen=True):
    """One line of releases of a product, e.g. Python 3.8.

    `end` is the ISO day on which maintenance ends, `0001-01-01` where it has ended on a day that is not said, empty
    where no end is known. `latest` is its newest release.
    """

    product: str
    name: str
    end: str = ""
    latest: str = ""

    def ended(self, today: str) -> bool:
        """Return whether maintenance has ended by the ISO day `today`."""
        return bool(self.end) and self.end <= today


def read_endoflife(data: bytes, product: str = "") -> tuple[tuple[Cycle, ...], str]:
    """Return the cycles of a document and the day it was made, empty where it does not say.

    The documents are those of API v1 (`products/full`, one product) and v0 (a list of cycles, whose product is the
    file's name: `product`). Raises: ValueError when it is none of them.
    """
    document = msgspec.json.decode(data)
    if isinstance(document, list):
        return tuple(_of_list(document, product)), ""
    result = document.get("result") if isinstance(document, dict) else None
    if isinstance(result, dict):
        result = [result]
    if not isinstance(result, list):
        raise ValueError("no endoflife.date document: it has no result")  # noqa: TRY004 - what readers raise
    products = [one for one in result if isinstance(one, dict) and isinstance(one.get("name"), str)]
    made = str(document.get("generated_at") or document.get("last_modified") or "")[:_DAY]
    return tuple(cycle for one in products for cycle in _of_product(one)), made


def _of_product(product: dict[str, Any]) -> Iterator[Cycle]:
    for release in _dicts(product.get("releases")):
        latest = release.get("latest")
        yield Cycle(
            product=product["name"],
            name=str(release.get("name", "")),
            end=_end(_extended(product["name"], release, "eoesFrom") or release.get("eolFrom") or release.get("isEol")),
            latest=str(latest.get("name", "")) if isinstance(latest, dict) else "",
        )


def _of_list(cycles: list[Any], product: str) -> Iterator[Cycle]:
    for cycle in _dicts(cycles):
        if "cycle" in cycle and product:
            name, latest = str(cycle["cycle"]), str(cycle.get("latest") or "")
            end = _end(_extended(product, cycle, "extendedSupport") or cycle.get("eol"))
            yield Cycle(product=product, name=name, end=end, latest=latest)


def _extended(product: str, release: dict[str, Any], key: str) -> Any:
    """Return the end of extended support where that is free: a day, else nothing."""
    end = release.get(key) if product in FREE_EXTENDED else None
    return end if isinstance(end, str) else None


def _end(value: Any) -> str:
    if isinstance(value, str):
        return value[:_DAY]
    return ENDED if value is True else ""


def _dicts(value: Any) -> Iterable[dict[str, Any]]:
    return [one for one in value[:_MAX_CYCLES] if isinstance(one, dict)] if isinstance(value, list) else []
