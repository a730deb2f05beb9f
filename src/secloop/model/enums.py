"""The closed vocabularies: stages, finding kinds, severity, confidence, audience, status."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The eight stages of the loop, in order."""

    PLAN = "plan"
    CODE = "code"
    BUILD = "build"
    TEST = "test"
    RELEASE = "release"
    DEPLOY = "deploy"
    OPERATE = "operate"
    MONITOR = "monitor"


class Kind(StrEnum):
    """What a finding is; the kind decides which fields make its identity."""

    SECRET = "secret"  # noqa: S105 - the name of a kind
    VULNERABILITY = "vulnerability"
    LICENSE = "license"
    WEAKNESS = "weakness"
    MISCONFIGURATION = "misconfiguration"
    EXPOSURE = "exposure"
    DETECTION = "detection"
    THREAT = "threat"
    PROVENANCE = "provenance"
    SUPPLY_CHAIN = "supply-chain"

    @property
    def letter(self) -> str:
        """The letter that starts the ids of this kind."""
        return _LETTERS[self]


_LETTERS = {
    Kind.SECRET: "s",
    Kind.VULNERABILITY: "v",
    Kind.LICENSE: "l",
    Kind.WEAKNESS: "w",
    Kind.MISCONFIGURATION: "m",
    Kind.EXPOSURE: "x",
    Kind.DETECTION: "d",
    Kind.THREAT: "t",
    Kind.PROVENANCE: "p",
    Kind.SUPPLY_CHAIN: "c",
}


class _Ordered(StrEnum):
    """A vocabulary whose members are declared from the strongest to the weakest."""

    @property
    def rank(self) -> int:
        """Higher is stronger; the weakest member is 0."""
        members = list(type(self))
        return len(members) - 1 - members.index(self)

    def at_least(self, other: _Ordered) -> bool:
        """Return whether this is as strong as `other` or stronger."""
        return self.rank >= other.rank


class Severity(_Ordered):
    """How bad it is if it is true."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    UNKNOWN = "unknown"


class Confidence(_Ordered):
    """How likely it is to be true."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Audience(StrEnum):
    """Who wants to see it: everyone, the thorough, or an auditor."""

    REGULAR = "regular"
    PEDANTIC = "pedantic"
    AUDITOR = "auditor"


class Status(StrEnum):
    """Where an occurrence stands on a ref; a function of (finding, ref)."""

    NEW = "new"
    OPEN = "open"
    REOPENED = "reopened"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    RETIRED = "retired"


class EventKind(StrEnum):
    """The events of the lifecycle log; every status is a fold over them."""

    OPENED = "opened"
    SEEN = "seen"
    FIXED = "fixed"
    REOPENED = "reopened"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    RETIRED = "retired"


class RuleState(StrEnum):
    """How far a rule can be trusted; ids never change, states do."""

    PREVIEW = "preview"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class FileClass(StrEnum):
    """How a wanted (file, sensor) ended."""

    SCANNED = "scanned"
    EXCLUDED = "excluded"
    PARTIAL = "partial"
    LIMITED = "limited"
    FAILED = "failed"


class StageCoverage(StrEnum):
    """What a run says about one stage."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    NOT_COVERED = "not-covered"
