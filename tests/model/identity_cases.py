"""The published corpus of identity cases: what happens to the code, and which ids must stay.

Each case is a history of two runs of one file tree. `before` and `after` list findings by a name; a name that stands in
both must keep its id. `docs/identity.md` explains the cases; a test holds the list there equal to this one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding
from secloop.model.ids import (
    identity_key,
    normalise_match,
    redacted_identity,
    secret_identity,
    vulnerability_identity,
)
from secloop.model.places import CodeSpan, PackagePin, ResourceAddress

if TYPE_CHECKING:
    from secloop.model.places import Place

_KEY = identity_key("the salt of a test project")

Named = dict[str, Finding]


@dataclass(frozen=True, kw_only=True)
class IdentityCase:
    """One case. `occurrences` says whether the kept findings keep their occurrence ids too.

    `distinct` names findings of `after` that must have different ids. `stateless` is false where only a store or
    baseline can keep the id, because it depends on what was known.
    """

    name: str
    before: Named
    after: Named
    renames: dict[str, str] = field(default_factory=dict)
    occurrences: bool = True
    distinct: tuple[str, ...] = ()
    stateless: bool = True


def _finding(kind: Kind, place: Place, identity: tuple[str, ...], ids: tuple[str, ...] = ()) -> Finding:
    return Finding(
        kind=kind,
        stage=Stage.CODE,
        rule="a-rule",
        title="A title",
        message="A message",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        place=place,
        identity=identity,
        ids=ids,
    )


def _at(file: str, line: int, column: int = 1) -> CodeSpan:
    return CodeSpan(file=file, line=line, end_line=line, column=column, end_column=column + 8)


def secret(value: str, file: str, line: int, column: int = 1) -> Finding:
    """Return a secret with a value in a file."""
    return _finding(Kind.SECRET, _at(file, line, column), secret_identity(_KEY, value, guessable=False))


def redacted(text: str, file: str, line: int) -> Finding:
    """Return a secret that another tool reports without its value, on a line of text."""
    return _finding(Kind.SECRET, _at(file, line), redacted_identity(file, text))


def weakness(match: str, file: str, line: int, scope: str = "Shop.search") -> Finding:
    """Return a weakness whose matched code is `match`, in a function."""
    return _finding(Kind.WEAKNESS, _at(file, line), ("sql-injection", scope, normalise_match(match)))


def vulnerability(ids: tuple[str, ...], purl: str, file: str = "uv.lock", line: int = 1) -> Finding:
    """Return a vulnerability of a package version that a lock file pins."""
    version = purl.rpartition("@")[2]
    pin = PackagePin(file=file, name="p", version=version, purl=purl, line=line, end_line=line)
    return _finding(Kind.VULNERABILITY, pin, vulnerability_identity(ids, purl), ids)


def misconfiguration(address: str, file: str, line: int) -> Finding:
    """Return a misconfigured attribute of a resource."""
    place = ResourceAddress(address=address, attribute="acl", file=file, line=line, end_line=line)
    return _finding(Kind.MISCONFIGURATION, place, ("s3-public", address, "acl"))


_QUERY = 'cursor.execute("SELECT " + name)'
_CVE, _GHSA = "CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"

CASES = (
    IdentityCase(
        name="moved-lines",
        before={"key": secret("one", "app.py", 3), "query": weakness(_QUERY, "app.py", 10)},
        after={"key": secret("one", "app.py", 7), "query": weakness(_QUERY, "app.py", 14)},
    ),
    IdentityCase(
        name="renamed-file",
        before={"key": secret("one", "old.py", 3), "query": weakness(_QUERY, "old.py", 10)},
        after={"key": secret("one", "new.py", 3), "query": weakness(_QUERY, "new.py", 10)},
        renames={"old.py": "new.py"},
        occurrences=False,
    ),
    IdentityCase(
        name="moved-and-renamed",
        before={"key": secret("one", "old.py", 3), "query": weakness(_QUERY, "old.py", 10)},
        after={"key": secret("one", "lib/new.py", 9), "query": weakness(_QUERY, "lib/new.py", 16)},
        renames={"old.py": "lib/new.py"},
        occurrences=False,
    ),
    IdentityCase(
        name="re-indented",
        before={"query": weakness("    cursor.execute(\n        q + name)", "app.py", 10)},
        after={"query": weakness("cursor.execute(\n\tq  +  name)", "app.py", 11)},
    ),
    IdentityCase(
        name="quote-style",
        before={"query": weakness(_QUERY, "app.py", 10)},
        after={"query": weakness(_QUERY.replace('"', "'"), "app.py", 10)},
    ),
    IdentityCase(
        name="comment-added",
        before={"query": weakness(_QUERY, "app.py", 10)},
        after={"query": weakness(f"# why this is here\n{_QUERY}", "app.py", 10)},
    ),
    IdentityCase(
        name="two-equal-secrets-in-one-file",
        before={"key": secret("one", "app.py", 3)},
        after={"key": secret("one", "app.py", 3), "again": secret("one", "app.py", 9)},
    ),
    IdentityCase(
        name="two-secrets-on-one-line",
        before={"first": secret("one", "app.py", 3, 5), "second": secret("two", "app.py", 3, 40)},
        after={"first": secret("one", "app.py", 3, 25), "second": secret("two", "app.py", 3, 60)},
        distinct=("first", "second"),
    ),
    IdentityCase(
        name="secret-copied-to-a-new-file",
        before={"key": secret("one", "app.py", 3)},
        after={"key": secret("one", "app.py", 3), "copy": secret("one", "test.py", 1)},
    ),
    IdentityCase(
        name="redacted-secret-in-renamed-file",
        before={"key": redacted("token = REDACTED", "old.py", 3)},
        after={"key": redacted("token  =  REDACTED", "new.py", 5)},
        renames={"old.py": "new.py"},
        occurrences=False,
        stateless=False,
    ),
    IdentityCase(
        name="redacted-secret-where-a-readable-one-is",
        before={"key": secret("one", "app.py", 3)},
        after={"key": redacted("token = REDACTED", "app.py", 3)},
        stateless=False,
    ),
    IdentityCase(
        name="version-bump",
        before={"cve": vulnerability((_CVE,), "pkg:pypi/p@1.0")},
        after={"cve": vulnerability((_CVE,), "pkg:pypi/p@1.1")},
    ),
    IdentityCase(
        name="one-flaw-under-two-ids",
        before={"flaw": vulnerability((_CVE, _GHSA), "pkg:pypi/p@1.0")},
        after={"flaw": vulnerability((_GHSA, _CVE), "pkg:pypi/p@1.0")},
    ),
    IdentityCase(
        name="growing-alias-group",
        before={"flaw": vulnerability((_GHSA,), "pkg:pypi/p@1.0")},
        after={"flaw": vulnerability((_GHSA, _CVE), "pkg:pypi/p@1.0")},
        stateless=False,
    ),
    IdentityCase(
        name="one-id-in-two-packages",
        before={"p": vulnerability((_CVE,), "pkg:pypi/p@1.0")},
        after={"p": vulnerability((_CVE,), "pkg:pypi/p@1.0"), "q": vulnerability((_CVE, _GHSA), "pkg:npm/p@1.0")},
        distinct=("p", "q"),
    ),
    IdentityCase(
        name="two-equal-weaknesses-in-one-function",
        before={"first": weakness(_QUERY, "app.py", 10), "second": weakness(_QUERY, "app.py", 20)},
        after={"first": weakness(_QUERY, "app.py", 12), "second": weakness(_QUERY, "app.py", 22)},
        distinct=("first", "second"),
    ),
    IdentityCase(
        name="first-of-two-equal-weaknesses-fixed",
        before={"first": weakness(_QUERY, "app.py", 10), "second": weakness(_QUERY, "app.py", 20)},
        after={"second": weakness(_QUERY, "app.py", 19)},
        stateless=False,
    ),
    IdentityCase(
        name="equal-weakness-added-above",
        before={"old": weakness(_QUERY, "app.py", 20)},
        after={"added": weakness(_QUERY, "app.py", 10), "old": weakness(_QUERY, "app.py", 21)},
        distinct=("added", "old"),
        stateless=False,
    ),
    IdentityCase(
        name="equal-weakness-added-in-an-earlier-file",
        before={"old": weakness(_QUERY, "b.py", 20)},
        after={"added": weakness(_QUERY, "a.py", 10), "old": weakness(_QUERY, "b.py", 20)},
        distinct=("added", "old"),
        stateless=False,
    ),
    IdentityCase(
        name="function-moved-to-another-file",
        before={"query": weakness(_QUERY, "app.py", 10)},
        after={"query": weakness(_QUERY, "queries.py", 4)},
        occurrences=False,
    ),
    IdentityCase(
        name="resource-moved-in-its-file",
        before={"acl": misconfiguration("module.a.aws_s3_bucket.b", "main.tf", 3)},
        after={"acl": misconfiguration("module.a.aws_s3_bucket.b", "main.tf", 30)},
    ),
)
