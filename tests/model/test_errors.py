"""An error is one line that is safe to print."""

from __future__ import annotations

from secloop.model.errors import UsageError


def test_control_and_bidirectional_characters_of_a_name_are_escaped() -> None:
    hostile = "a\x1b]0;x\x07\n\u202eb\udcff"
    assert str(UsageError(f"{hostile} is bad", "Rename it")) == r"a\x1b]0;x\x07\n\u202eb\udcff is bad. Rename it."
    assert UsageError(hostile).what == hostile
    assert str(UsageError("Übung läuft: 日本")) == "Übung läuft: 日本."
