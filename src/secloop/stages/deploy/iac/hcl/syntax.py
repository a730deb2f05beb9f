"""The syntax tree of HCL (hashicorp/hcl, spec.md): bodies of attributes and blocks, and expressions.

Lines count from 1. Extents (`start`, `end`) are offsets of characters in the text of the file.
"""

from __future__ import annotations

from typing import Any

from secloop.model.base import Record


class Expression(Record, frozen=True):
    """What has a value."""


class Literal(Expression, frozen=True):
    """A number, string, boolean or null as it stands."""

    value: Any


class Template(Expression, frozen=True):
    """A string with interpolations; `parts` are texts and expressions, `directives` says that `%{` was used."""

    parts: tuple[str | Expression, ...]
    source: tuple[str, ...] = ()
    directives: bool = False


class Variable(Expression, frozen=True):
    """The first name of a reference: `var`, `local`, a resource's type, a name bound by `for`."""

    name: str


class GetAttr(Expression, frozen=True):
    """`of.name`."""

    of: Expression
    name: str


class Index(Expression, frozen=True):
    """`of[key]`."""

    of: Expression
    key: Expression


class Splat(Expression, frozen=True):
    """`of[*]...` or `of.*...`: `rest` is applied to each element, which is the variable `*`."""

    of: Expression
    rest: Expression


class Call(Expression, frozen=True):
    """A call of a function; `expand` says that the last argument stands for many."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool = False


class ListOf(Expression, frozen=True):
    """`[a, b]`."""

    items: tuple[Expression, ...]


class Item(Record, frozen=True):
    """One pair of an object, with the lines it takes."""

    key: Expression
    value: Expression
    line: int
    end_line: int


class ObjectOf(Expression, frozen=True):
    """`{a = b}`."""

    items: tuple[Item, ...]


class For(Expression, frozen=True):
    """`[for key, item in source : value if condition]`, or `{... : name => value}` where `name` is given."""

    key: str
    item: str
    source: Expression
    name: Expression | None
    value: Expression
    condition: Expression | None
    group: bool = False


class Conditional(Expression, frozen=True):
    """`test ? yes : no`."""

    test: Expression
    yes: Expression
    no: Expression


class Binary(Expression, frozen=True):
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


class Unary(Expression, frozen=True):
    """`!of` or `-of`."""

    operator: str
    of: Expression


class Attribute(Record, frozen=True):
    """`name = value` of a body."""

    name: str
    value: Expression
    line: int
    end_line: int
    start: int
    end: int


class Block(Record, frozen=True):
    """`type "label" { ... }`."""

    type: str
    labels: tuple[str, ...]
    body: Body
    line: int
    end_line: int
    start: int = 0
    end: int = 0


class Body(Record, frozen=True):
    """Attributes by name and blocks in order; of two attributes with one name the first counts."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]


class Problem(Record, frozen=True):
    """A place that could not be read; the text from there to the next block at the margin is left out."""

    line: int
    reason: str
    lost: int


class Document(Record, frozen=True):
    """A file: its body, and what of it could not be read."""

    path: str
    body: Body
    problems: tuple[Problem, ...]
    size: int

    @property
    def share(self) -> float:
        """Which share of the characters was understood, 0..1."""
        lost = sum(problem.lost for problem in self.problems)
        return 1.0 - min(lost, self.size) / self.size if self.size else 1.0
