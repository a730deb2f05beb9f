"""Which licences a project allows: data, decided per licence, class, scope and package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import field

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.stages.build.licenses.classes import CLASSES, class_of, parts_of, with_exception
from secloop.stages.build.licenses.names import normalise
from secloop.stages.build.packages.base import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = ".secloop/licenses.yaml"
_MAX_BYTES = 1 << 20

Verdict = Literal["allow", "review", "deny", "unknown"]
_ORDER: tuple[Verdict, ...] = ("allow", "review", "unknown", "deny")


class LicensePolicy(Value, forbid_unknown_fields=True):
    """A policy as written in `.secloop/licenses.yaml`: lists of SPDX ids and classes.

    An id decides before its class. `scopes` are those that count; `packages` maps a purl, with or without version, to
    the licence it really has, or to `any` for a package whose licence does not matter.
    """

    allow: tuple[str, ...] = ("public-domain", "permissive", "weak-copyleft")
    review: tuple[str, ...] = ("strong-copyleft", "proprietary")
    deny: tuple[str, ...] = ("network-copyleft", "source-available", "non-commercial")
    scopes: tuple[str, ...] = ("runtime", "optional")
    packages: dict[str, str] = field(default_factory=dict)


class Judged(Value):
    """A licence as judged: the normalised expression (or the words as written), its class, the verdict."""

    expression: str
    license_class: str
    verdict: Verdict


def load(root: str) -> LicensePolicy:
    """Return the policy of a project, the default one where it has none. Raises: UsageError with file and line."""
    from secloop.policy import yamlfile

    path = Path(root) / FILE
    if not path.is_file() or path.is_symlink() or path.parent.is_symlink():
        return LicensePolicy()
    if path.stat().st_size > _MAX_BYTES:
        raise UsageError(f"{FILE} is larger than {_MAX_BYTES >> 20} MB", "Shorten it")
    documents = yamlfile.parse(path.read_text(encoding="utf-8", errors="replace"), FILE)
    if not documents:
        return LicensePolicy()
    policy = documents[0].convert(LicensePolicy)
    _check(policy)
    return policy


def _check(policy: LicensePolicy) -> None:
    """Raise UsageError for a name that is neither a class nor a licence, or a scope that does not exist."""
    from secloop.interop.sbom.licenses import expression

    for name in (*policy.allow, *policy.review, *policy.deny):
        if name not in CLASSES and not expression(name) and not name.startswith("LicenseRef-"):
            raise UsageError(f"{FILE}: {name!r} is neither a licence nor a class", f"Classes: {', '.join(CLASSES)}")
    for scope in policy.scopes:
        if scope not in SCOPES:
            raise UsageError(f"{FILE}: there is no scope {scope!r}", f"Scopes: {', '.join(SCOPES)}")


def judge(policy: LicensePolicy, declared: Iterable[str], purl: str = "") -> Judged | None:
    """Return the judgement on a package's declared licences, None where nothing is declared.

    Several declared licences all hold. Of a choice (`OR`) the best allowed part decides, of a sum (`AND`) the worst.
    """
    own = policy.packages.get(purl) or policy.packages.get(purl.partition("@")[0])
    if own == "any":
        return Judged(expression="any", license_class="permissive", verdict="allow")
    texts = [own] if own else [text for text in declared if text.strip()]
    if not texts:
        return None
    judged = [_one(policy, text) for text in texts]
    worst = max(judged, key=lambda one: (_ORDER.index(one.verdict), CLASSES.index(one.license_class)))
    if len(judged) == 1:
        return worst
    whole = " AND ".join(f"({one.expression})" if " OR " in one.expression else one.expression for one in judged)
    return Judged(expression=whole, license_class=worst.license_class, verdict=worst.verdict)


def _one(policy: LicensePolicy, text: str) -> Judged:
    expression = normalise(text)
    if not expression:
        verdict = _listed(policy, text, "unknown") or "unknown"
        return Judged(expression=" ".join(text.split())[:120], license_class="unknown", verdict=verdict)
    own, verdict = _weigh(policy, parts_of(expression))
    return Judged(expression=expression, license_class=own, verdict=verdict)


def _weigh(policy: LicensePolicy, part: Any) -> tuple[str, Verdict]:
    """Return (class, verdict) of an expression in parts."""
    if isinstance(part, list):
        weighed = [_weigh(policy, one) for one in part[1:]]
        choose = min if part[0] == "OR" else max
        return choose(weighed, key=lambda one: (_ORDER.index(one[1]), CLASSES.index(one[0])))
    own, exception = part
    name = with_exception(own, exception) if exception else class_of(own)
    return name, _listed(policy, f"{own} WITH {exception}" if exception else own, name) or "unknown"


def _listed(policy: LicensePolicy, license_id: str, name: str) -> Verdict | None:
    """Return what the policy says: of the id first, then of the class; deny before review before allow."""
    for wanted in (license_id, name):
        for verdict in ("deny", "review", "allow"):
            if wanted in getattr(policy, verdict):
                return verdict
    return None
