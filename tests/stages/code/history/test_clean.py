"""What was clean once is not looked at again, and nothing is lost by it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from secloop.rules.generate import expand
from secloop.scan.guard import Guard
from secloop.stages.code.history.clean import EDGE, LONG, Clean, long_lines
from secloop.stages.code.history.log import Change, Commit
from secloop.stages.code.history.pieces import Piece, Sieve, Version, task_of
from stages.code.secrets.kit import sensor, source

KIND = ("text", False)
BODY = b"words of a record " * (LONG // 10)


def _remembered(*texts: bytes) -> Clean:
    clean = Clean()
    for text in texts:
        clean.add(clean.left(text, KIND).marks)
    return clean


@given(st.lists(st.sampled_from([b"", b"short", b"x" * (LONG - 1), b"y" * LONG, b"z" * (3 * LONG)]), max_size=8))
def test_the_long_lines_are_all_that_are_as_long(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    assert [text[start:end] for start, end in long_lines(text)] == re.findall(rb"[^\n]{%d,}" % LONG, text)


def test_a_text_that_was_clean_needs_no_look_in_a_file_of_its_kind() -> None:
    clean = _remembered(BODY)
    assert clean.left(BODY, KIND).text is None
    assert clean.left(BODY, ("code", False)).text == BODY
    assert clean.left(BODY, None).text == BODY


def test_of_a_long_line_that_was_clean_the_ends_are_left_among_what_is_new() -> None:
    left = _remembered(b"a\n" + BODY + b"\nb").left(b"new\n" + BODY + b"\nline", KIND).text
    assert left is not None
    assert left.startswith(b"new\n" + BODY[:EDGE])
    assert left.endswith(BODY[-EDGE:] + b"\nline")
    assert len(left) < 2 * EDGE + 20


def test_a_text_with_the_start_of_an_armoured_key_is_left_whole() -> None:
    text = b"-----BEGIN PRIVATE KEY-----\n" + BODY
    assert _remembered(BODY).left(text, KIND).text == text


def test_what_was_not_said_to_be_clean_is_looked_at_again() -> None:
    clean = Clean()
    assert clean.left(BODY, KIND).text == clean.left(BODY, KIND).text == BODY


def _asked(sieve: Sieve, text: bytes) -> Piece:
    version = Version(Change(b"", b"", b"a.txt", Commit("", "", "")), len(text), None, text)
    task = task_of(version, source(text, "a.txt").meta, [(0, len(text))])
    with Guard() as guard:
        sieve.ask([task], guard)
    return task.pieces[0]


def test_a_secret_beside_a_clean_line_is_found_in_the_whole_text() -> None:
    sieve, secret = Sieve(sensor(), 10.0), expand('token = "{{crc32:ghp_,30}}"').encode()
    assert _asked(sieve, BODY).doubt is None
    piece = _asked(sieve, BODY + b"\n" + secret + b"\n")
    assert piece.left is not piece.file
    assert sieve.worthy(piece)
    assert len(list(sensor().scan_part(piece.file))) == 1


def test_a_secret_within_a_line_is_found_each_time() -> None:
    sieve, secret = Sieve(sensor(), 10.0), expand('token = "{{crc32:ghp_,30}}"').encode()
    for _ in range(2):
        piece = _asked(sieve, BODY + secret + BODY)
        assert piece.doubt
        assert sieve.worthy(piece)
        assert piece.left is piece.file


def test_a_line_that_makes_a_secret_of_its_neighbour_is_no_clean_one() -> None:
    sieve, line = Sieve(sensor(), 10.0), BODY + expand(" twilio AC{{hex:32}} ").encode() + BODY
    first = _asked(sieve, line)
    assert first.doubt
    sieve.settle(first)
    again = _asked(sieve, line)
    assert again.left is again.file
