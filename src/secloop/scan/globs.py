"""Path patterns in gitignore's language, matched in linear time where RE2 is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathspec import GitIgnoreSpec

MAX_IGNORE_FILE = 1 << 20
"""Bytes of an ignore file that are read; git itself has no bound."""


class Globs:
    """Patterns as in a `.gitignore` that stands in one folder; the last pattern that matches a path decides."""

    def __init__(self, patterns: Iterable[str], what: str = "pattern") -> None:
        """Compile `patterns`; `what` names their place in the error. Raises: UsageError on a malformed pattern."""
        from pathspec import GitIgnoreSpec

        try:
            self._spec: GitIgnoreSpec = GitIgnoreSpec.from_lines(patterns)
        except ValueError as error:
            raise UsageError(f"Malformed {what}: {error}", "Write it as in a .gitignore file") from None

    @classmethod
    def from_ignore_file(cls, data: bytes) -> Globs:
        """Read an ignore file; a malformed line matches nothing, as in git."""
        lines = data.decode("utf-8", "backslashreplace").splitlines()
        try:
            return cls(lines)
        except UsageError:
            return cls(line for line in lines if _is_pattern(line))

    def decide(self, path: str) -> bool | None:
        """Return True (matched), False (matched by a `!` pattern) or None. A folder's `path` ends in a slash."""
        return self._spec.check_file(path).include

    def matches(self, path: str) -> bool:
        """Return whether `path` is selected; a pattern that matches a folder selects everything below it."""
        return bool(self.decide(path))


class Selection:
    """What the user asked for: plain paths (files or folders) and globs. Nothing asked for selects everything."""

    def __init__(self, paths: Sequence[str], is_path: Sequence[bool]) -> None:
        """Take `paths` relative to the root; `is_path[i]` says that `paths[i]` exists, so it is no glob."""
        cleaned = [path.replace("\\", "/").removeprefix("./").strip("/") for path in paths]
        self.plain = tuple(path for path, plain in zip(cleaned, is_path, strict=True) if plain)
        globs = [glob for glob, plain in zip(paths, is_path, strict=True) if not plain]
        self._globs = Globs(globs, "path glob") if globs else None
        self._all = not paths or any(path in {"", "."} for path in self.plain)

    def __contains__(self, path: str) -> bool:
        """Return whether the file `path` was asked for."""
        if self._all or any(path == plain or path.startswith(plain + "/") for plain in self.plain):
            return True
        return self._globs is not None and self._globs.matches(path)

    def reaches(self, folder: str) -> bool:
        """Return whether something in `folder` may have been asked for; any folder may where a glob was given."""
        if self._all or self._globs is not None:
            return True
        return any(f"{plain}/".startswith(f"{folder}/") or folder.startswith(f"{plain}/") for plain in self.plain)


def _is_pattern(line: str) -> bool:
    try:
        Globs([line])
    except UsageError:
        return False
    return True
