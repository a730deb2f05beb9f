"""One problem, once: the finding, how it was seen, and what hides it."""

from __future__ import annotations

from msgspec import field

from secloop.model.assets import Asset, Link
from secloop.model.base import Value
from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import Audience, Confidence, Kind, Severity, Stage
from secloop.model.facts import Fact
from secloop.model.places import CodeSpan, Place


class ToolRef(Value):
    """Who says so: the tool, its own rule and its own id of the finding (an attribution)."""

    tool: str
    rule: str
    own_id: str = ""


class Edit(Value):
    """Replace characters [start, end) of a file, if its content still has `sha256`."""

    file: str
    sha256: str
    start: int
    end: int
    text: str


class Fix(Value):
    """Edits that clear findings. `safe` means they cannot change what the program does otherwise."""

    edits: tuple[Edit, ...]
    safe: bool
    clears: tuple[str, ...] = ()
    summary: str = ""


class Finding(Value, tag="finding", tag_field="observation"):
    """A rule that holds at a place.

    `identity` holds the fields of contracts.md that make the problem the same problem, without the number `n` of a
    weakness. `id` and `occurrence` stay empty until `ids.identify` fills them. `excerpt` is one redacted line.
    `evidence` explains (e.g. `epss`, `kev`, `entropy`) and never holds a secret.
    """

    kind: Kind
    stage: Stage
    rule: str
    title: str
    message: str
    severity: Severity
    confidence: Confidence
    place: Place
    identity: tuple[str, ...]
    audience: Audience = Audience.REGULAR
    severity_raw: str = ""
    cwe: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    controls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    threats: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    flow: tuple[CodeSpan, ...] = ()
    excerpt: str = ""
    evidence: dict[str, str] = field(default_factory=dict)
    tools: tuple[ToolRef, ...] = ()
    fix: Fix | None = None
    id: str = ""
    occurrence: str = ""


class Suppression(Value, tag="suppression", tag_field="observation"):
    """An ignore comment. It stands on `line` and covers `first`..`last` (1-based, inclusive).

    `rules` empty means every rule. `tool` is whose syntax it is: secloop, semgrep, bandit, gitleaks ...
    `until` is an ISO date after which it no longer holds.
    """

    file: str
    line: int
    first: int
    last: int
    tool: str
    rules: tuple[str, ...] = ()
    reason: str = ""
    until: str = ""


class Sighting(Value):
    """One observation of a finding: by which run and tool, when, at which raw place."""

    finding: str
    occurrence: str
    run: str
    tool: ToolRef
    version: str
    seen: str
    place: Place


Observation = Finding | Asset | Link | Fact | Suppression | Partial | Skipped
"""What a sensor may return; each has a msgpack tag of its own."""
