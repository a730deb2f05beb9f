"""Which vulnerability findings a supplier's or the team's own VEX statements hide."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from secloop.model.enums import Kind
from secloop.model.policy import Hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secloop.model.inventory import Statement
    from secloop.model.report import FindingRow

VEX = "vex"
"""What `Hidden.by` says."""

_HIDING = {"not_affected", "fixed"}


class Statements:
    """VEX statements by vulnerability. `documents` maps a name to its statements; `subjects` name the project itself.

    A statement without products, or on the project, speaks of every package in it. Of several that speak of one
    row, the newest decides; without times, the last of the last document.
    """

    def __init__(self, documents: Mapping[str, Sequence[Statement]], subjects: Iterable[str] = ()) -> None:
        """Index the statements by each of their ids."""
        self._subjects = {_bare(one) for one in subjects if one}
        self._by_id: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
        for source, statements in documents.items():
            for statement in statements:
                for own in {statement.vulnerability, *statement.aliases}:
                    self._by_id[own].append((source, statement))

    def find(self, row: FindingRow) -> Hidden | None:
        """Return what hides a row: a statement that it is not affected, or that it is fixed."""
        if row.kind is not Kind.VULNERABILITY or not self._by_id:
            return None
        about = [pair for own in row.ids for pair in self._by_id.get(own, ()) if self._speaks_of(pair[1], row)]
        if not about:
            return None
        source, statement = max(enumerate(about), key=lambda one: (one[1][1].time, one[0]))[1]
        if statement.status not in _HIDING:
            return None
        said = statement.impact or statement.justification or statement.action
        reason = f"{statement.status.replace('_', ' ')}: {said.replace('_', ' ')}" if said else statement.status
        return Hidden(by=VEX, reason=reason.replace("_", " "), source=source)

    def _speaks_of(self, statement: Statement, row: FindingRow) -> bool:
        return not statement.products or any(self._names(product, row.purl or "") for product in statement.products)

    def _names(self, product: str, purl: str) -> bool:
        if _bare(product) in self._subjects or product in self._subjects:
            return True
        own = _bare(product)
        return bool(purl) and (own == _bare(purl) or ("@" not in own.rpartition("/")[2] and own == _unversioned(purl)))


def _bare(purl: str) -> str:
    """Return a purl without qualifiers and subpath."""
    return purl.partition("#")[0].partition("?")[0]


def _unversioned(purl: str) -> str:
    head, at, version = _bare(purl).rpartition("@")
    return head if at and "/" not in version else _bare(purl)
