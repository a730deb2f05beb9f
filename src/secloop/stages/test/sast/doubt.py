"""Where a finding matters less: code that is only run to test or to show other code."""

from __future__ import annotations

from secloop.model.enums import Confidence

_FOLDERS = frozenset(
    {
        "test",
        "tests",
        "testing",
        "unittests",
        "__tests__",
        "spec",
        "specs",
        "e2e",
        "fixtures",
        "testdata",
        "examples",
        "example",
    }
)
_STARTS = ("test_", "conftest.")
_ENDS = (".test", ".spec", "_test", "_spec")
_CLASSES = ("Test.java", "Tests.java", "IT.java")


def is_for_tests(path: str) -> bool:
    """Say whether a file is a test or an example, by its folders and its name."""
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0]
    return (
        not _FOLDERS.isdisjoint(folders) or name.startswith(_STARTS) or stem.endswith(_ENDS) or name.endswith(_CLASSES)
    )


def confidence_in(path: str, confidence: Confidence) -> Confidence:
    """Return a rule's confidence for a file: low in tests and examples."""
    return Confidence.LOW if is_for_tests(path) else confidence
