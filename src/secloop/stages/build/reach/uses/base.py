"""Imports and uses of a parsed file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Uses:
    """What a file takes from other packages; every value is the first line on which it does.

    `imports` are modules, and for Python also `module.name` of what is imported from one; `typing` are those that only
    a type checker sees; `members` are (module, `a.b.c`) that the program names; `methods` are the names of what is
    called on any value, by their name alone.
    """

    imports: dict[str, int] = field(default_factory=dict)
    typing: dict[str, int] = field(default_factory=dict)
    members: dict[tuple[str, str], int] = field(default_factory=dict)
    methods: dict[str, int] = field(default_factory=dict)

    def imported(self, module: str, line: int, *, typing: bool = False) -> None:
        """Note an import."""
        known = self.typing if typing else self.imports
        known[module] = min(line, known.get(module, line))

    def named(self, module: str, member: str, line: int) -> None:
        """Note that the program names a member of a module."""
        own = (module, member)
        self.members[own] = min(line, self.members.get(own, line))

    def called(self, name: str, line: int) -> None:
        """Note a member called on a value of which nothing is known."""
        self.methods[name] = min(line, self.methods.get(name, line))
