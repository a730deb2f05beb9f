"""Tables of a TOML file, read as leniently as viper reads them: any case of keys, one value where a list may stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Table:
    """One table. `file` and `place` say where it stands, for messages."""

    file: str
    place: str
    values: Mapping[str, Any]

    def error(self, text: str) -> UsageError:
        """Return the error that says what is wrong here."""
        where = f"{self.file}: {self.place}: " if self.place else f"{self.file}: "
        return UsageError(f"{where}{text}", "Correct the file, or remove it")

    def string(self, key: str) -> str:
        """Return a text; empty where it is absent. Raises: UsageError."""
        value = self._get(key)
        if value is None:
            return ""
        if isinstance(value, str | int | float):
            return str(value)
        raise self.error(f"{key} is not a string")

    def flag(self, key: str) -> bool:
        """Return a switch; off where it is absent. Raises: UsageError."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.error(f"{key} is not true or false")

    def whole(self, key: str) -> int | None:
        """Return a whole number of at least 0, or None where it is absent. Raises: UsageError."""
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise self.error(f"{key} is not a whole number")

    def number(self, key: str) -> float:
        """Return a number; 0 where it is absent. Raises: UsageError."""
        value = self._get(key)
        if value is None:
            return 0.0
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise self.error(f"{key} is not a number")

    def strings(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text may stand for a list. Raises: UsageError."""
        value = self._get(key)
        if value is None:
            return ()
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(items)
        raise self.error(f"{key} is not a list of strings")

    def tables(self, *keys: str) -> Iterator[Table]:
        """Yield the tables under the keys, of which only one may be there. Raises: UsageError."""
        given = [key for key in keys if self._get(key) is not None]
        if len(given) > 1:
            raise self.error(f"{given[1]} is the old name of {given[0]} and cannot stand beside it")
        for key in given:
            value = self._get(key)
            for item in value if isinstance(value, list) else [value]:
                if not isinstance(item, dict):
                    raise self.error(f"{key} is not a table")
                yield Table(self.file, " ".join(filter(None, (self.place, key))), item)

    def _get(self, key: str) -> Any:
        wanted = key.lower()
        return next((value for name, value in self.values.items() if name.lower() == wanted), None)
