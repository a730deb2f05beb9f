"""Which part of a new version is looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secloop.rules.generate import expand
from secloop.stages.code.history.regions import MARGIN_LINES, changed

_LINES = st.lists(st.sampled_from([b"a", b"b", b"", b"x = 1", b"y" * 300, b"z" * 1500]), max_size=60)


def lines(start: int, end: int) -> bytes:
    return b"".join(b"line %06d of a file that is long\n" % n for n in range(start, end))


def test_equal_versions_have_nothing_to_look_at() -> None:
    assert changed(b"a\n", b"a\n") == []


def test_a_changed_line_is_looked_at_with_the_lines_around_it() -> None:
    old = lines(0, 1000)
    new = old.replace(b"line 000500", b"LINE 000500")
    [(start, end)] = changed(old, new)
    shown = new[start:end].splitlines()
    assert b"LINE 000500 of a file that is long" in shown
    assert 2 * MARGIN_LINES < len(shown) <= 2 * MARGIN_LINES + 3


def test_changes_far_apart_are_looked_at_one_by_one() -> None:
    old = lines(0, 1000)
    new = old.replace(b"line 000100", b"LINE 000100").replace(b"line 000900", b"LINE 000900")
    parts = changed(old, new)
    assert len(parts) == 2
    assert sum(end - start for start, end in parts) < 2000


def test_what_a_deletion_brings_together_is_looked_at() -> None:
    old = lines(0, 400) + b"-- removed\n" + lines(400, 800)
    new = lines(0, 800)
    [(start, end)] = changed(old, new)
    assert b"line 000399" in new[start:end]
    assert b"line 000400" in new[start:end]


def test_a_key_that_changes_in_its_middle_is_looked_at_whole() -> None:
    key = expand("{{pem:RSA PRIVATE KEY}}").encode() + b"\n"
    new = lines(0, 300) + key + lines(300, 600)
    at = new.index(key) + len(key) // 2
    old = new[:at] + b"#" + new[at + 1 :]
    [(start, end)] = changed(old, new)
    assert key in new[start:end]


@given(_LINES, _LINES)
def test_what_lies_outside_the_parts_stands_in_the_old_version_too(before: list[bytes], after: list[bytes]) -> None:
    old, new = b"\n".join(before), b"\n".join(after)
    at = 0
    for start, end in [*changed(old, new), (len(new), len(new))]:
        assert at <= start <= end <= len(new)
        assert new[at:start] in old
        assert start == 0 or new[start - 1 : start] == b"\n" or start == len(new)
        at = end


@given(_LINES, _LINES, _LINES)
def test_an_inserted_block_lies_inside_the_parts(head: list[bytes], block: list[bytes], tail: list[bytes]) -> None:
    old = b"\n".join([*head, *tail])
    new = b"\n".join([*head, b"NEW", *block, b"NEW", *tail])
    parts = changed(old, new)
    first, last = new.index(b"NEW"), new.rindex(b"NEW") + 3
    assert any(start <= first < end for start, end in parts)
    assert any(start < last <= end for start, end in parts)
