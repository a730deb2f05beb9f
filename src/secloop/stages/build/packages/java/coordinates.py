"""Maven coordinates and versions as the tools of the Java world write them, and what their scopes mean here."""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import BUILD, DEV, OPTIONAL, RUNTIME, TEST

_PART = r"[A-Za-z0-9_.-]++"
_COORDINATES = lazy(rf"({_PART}):({_PART})(?::([^:@\s\[\]()]*+))?(?::({_PART}))?(?:@{_PART})?")
_EXACT = lazy(r"\[\s*+([^,\[\]()\s]++)\s*+\]")
_OPEN = lazy(r"[\[\](),+${}\s]|^latest\.|^$|^(?:LATEST|RELEASE)$")

_SCOPES = {
    "": RUNTIME,
    "compile": RUNTIME,
    "runtime": RUNTIME,
    "system": RUNTIME,
    "provided": BUILD,  # there at compile time; the container brings its own at run time
    "test": TEST,
}


def maven_scope(scope: str, *, optional: bool = False) -> str:
    """Return the scope that a Maven dependency scope stands for; what is optional is so unless it is a narrower one."""
    found = _SCOPES.get(scope.strip().lower(), RUNTIME)
    return OPTIONAL if optional and found == RUNTIME else found


def configurations_scope(names: list[str]) -> str:
    """Return the strongest scope among Gradle or sbt configurations (`testCompileClasspath` ...)."""
    scopes = {configuration_scope(name) for name in names}
    return next((scope for scope in (RUNTIME, BUILD, TEST, DEV) if scope in scopes), RUNTIME)


def configuration_scope(name: str) -> str:
    """Return what one configuration is for.

    `fooCompileClasspath` alone does not say that a package is shipped, but Gradle puts what is shipped in both.
    """
    lower = name.strip().lower()
    if "test" in lower:
        return TEST
    if "developmentonly" in lower:
        return DEV
    if lower in {"classpath", "plugin", "scala-tool"} or "annotationprocessor" in lower or "kapt" in lower:
        return BUILD
    if lower.startswith(("compileonly", "provided", "ksp")):
        return BUILD
    return RUNTIME


def split(coordinates: str) -> tuple[str, str, str] | None:
    """Return (group, artifact, version or empty) of `group:artifact[:version[:classifier]][@type]`, else None."""
    found = _COORDINATES.fullmatch(coordinates)
    return (found[1], found[2], found[3] or "") if found else None


def pinned(wish: str) -> str:
    """Return the version that a wish pins, empty for a range, a `+`, `LATEST`, or an unresolved `${property}`.

    `1.0` is a soft requirement in Maven's words: what is used unless another dependency asks for more.
    """
    wish = wish.strip()
    if exact := _EXACT.fullmatch(wish):
        return exact[1]
    return "" if _OPEN.search(wish) else wish


def is_hard(wish: str) -> bool:
    """Return whether a wish is one version in brackets, which holds whatever other dependencies ask for."""
    return _EXACT.fullmatch(wish.strip()) is not None


def name_of(group: str, artifact: str) -> str:
    """Return the name `group:artifact`, of the artifact alone where the group is not known."""
    return f"{group}:{artifact}" if group else artifact
