"""`.secloop/exceptions.yaml`: strict reading, and adding without losing a comment."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.model.policy import Exception_
from secloop.policy import exceptions

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
# why we accept things
exceptions:
  - id: one
    reason: Known
    rule: github-token
    expires: 2026-12-31   # the quarter's end
"""


def accepted(own: str = "two", **given: object) -> Exception_:
    return Exception_(**{"id": own, "reason": "Because", "rule": "r", **given})  # type: ignore[arg-type]


def test_a_missing_file_holds_nothing(tmp_path: Path) -> None:
    assert exceptions.load(tmp_path / "exceptions.yaml") == ()


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "exceptions:\n", "exceptions: []\n", "exceptions: null\n"])
def test_an_empty_file_holds_nothing(text: str) -> None:
    assert exceptions.parse(text, "f") == ()


def test_a_date_may_stand_without_quotes() -> None:
    assert exceptions.parse(GOOD, "f")[0].expires == "2026-12-31"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("rule:", "rul:"), 'f:5: unknown key "exceptions[0].rul". Did you mean "rule".'),
        (GOOD.replace("exceptions:", "exception:"), 'f:2: unknown key "exception". Did you mean "exceptions".'),
        (GOOD.replace("    rule: github-token\n", ""), 'f:3: exception "one" selects nothing'),
        (GOOD.replace("2026-12-31", "soon"), 'f:3: exception "one": expires "soon" is not a date'),
        (GOOD.replace("2026-12-31", "2026-13-31"), 'expires "2026-13-31" is not a date'),
        (GOOD.replace("2026-12-31", "20261231"), "expected `str`, got `int`"),
        (GOOD.replace("reason: Known", "reason: ' '"), "f:3: an exception needs an id and a reason"),
        (GOOD.replace("    reason: Known\n", ""), "f:3: exceptions[0]: missing key `reason`"),
        (GOOD + "  - id: one\n    reason: x\n    rule: y\n", 'f:7: id "one" is also in line 3'),
        (GOOD + "    path: '!a'\n", 'path "!a" is no pattern'),
        (GOOD + "    path: '[z-a]'\n", 'path "[z-a]" is no pattern'),
        (GOOD + "    vex: {status: no}\n", "expected `str`, got `bool`"),
        (GOOD + "    vex: {status: fine}\n", 'vex status "fine" is not known, only affected, fixed'),
        (GOOD + "    vex: {state: fixed}\n", 'vex state "fixed" is not known, only justification, status'),
        (GOOD + "---\nexceptions: []\n", "f:8: a second document"),
        ("- id: one\n", "f:1: expected `object`, got `array`"),
        ("exceptions: {a: 1}\n", "f:1: exceptions: expected `array"),
        ("exceptions: &x []\n", "anchors"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        exceptions.parse(text, "f")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_adding_keeps_every_byte_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "exceptions.yaml"
    path.write_text(GOOD)
    exceptions.add(path, accepted(expires="2027-01-01", vex={"status": "not_affected"}))
    assert path.read_text().startswith(GOOD)
    assert [e.id for e in exceptions.load(path)] == ["one", "two"]


def test_adding_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / ".secloop" / "exceptions.yaml"
    exceptions.add(path, accepted())
    assert exceptions.load(path) == (accepted(),)
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert [p.name for p in path.parent.iterdir()] == ["exceptions.yaml"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# c\n",
        "exceptions:\n",
        "exceptions: []\n",
        "exceptions: []  # none\n",
        "exceptions: ~",
        "exceptions:\n- id: one\n  reason: x\n  rule: y",
        GOOD + "\n\n# the end\n",
    ],
)
def test_adding_works_on_every_block_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(text)
    before = exceptions.load(path)
    exceptions.add(path, accepted())
    assert exceptions.load(path) == (*before, accepted())


def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(text := "exceptions: [{id: one, reason: x, rule: y}]\n")
    with pytest.raises(UsageError, match="cannot be added to"):
        exceptions.add(path, accepted())
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (accepted("one"), 'there is an exception "one" already'),
        (accepted(rule=""), "selects nothing"),
        (accepted(reason=""), "needs an id and a reason"),
        (accepted(expires="tomorrow"), "not a date"),
    ],
)
def test_a_wrong_exception_is_not_added(tmp_path: Path, wrong: Exception_, message: str) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(GOOD)
    with pytest.raises(UsageError, match=message):
        exceptions.add(path, wrong)
    assert path.read_text() == GOOD


words = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20).filter(str.strip)


@given(words, words, words)
def test_any_words_survive_being_added(own: str, reason: str, rule: str) -> None:
    wanted = accepted(own, reason=reason, rule=rule)
    grown = exceptions._appended(GOOD.replace("id: one", "id: the-first-one-of-all"), wanted)
    assert exceptions.parse(grown, "f")[1] == wanted


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".secloop").symlink_to("elsewhere")
    with pytest.raises(UsageError, match="symbolic link"):
        exceptions.add(tmp_path / ".secloop" / "exceptions.yaml", accepted())
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_pipe_or_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is not a file"):
        exceptions.load(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(UsageError, match="larger than 8 MB"):
        exceptions.load(tmp_path / "huge")


def test_text_that_is_not_utf8_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(UsageError, match=r"e.yaml:2: not UTF-8"):
        exceptions.load(tmp_path / "e.yaml")


def test_new_ids_follow_the_selectors_and_step_aside() -> None:
    first = exceptions.new_id(accepted(""), [])
    assert first == exceptions.new_id(accepted("", reason="Other"), [])
    assert first != exceptions.new_id(accepted("", rule="q"), [])
    assert exceptions.new_id(accepted(""), [first, f"{first}-2"]) == f"{first}-3"


@pytest.mark.parametrize(
    ("expires", "over"), [("", False), ("2026-11-23", True), ("2026-11-24", False), ("2026-11-25", False)]
)
def test_an_exception_holds_through_its_last_day(expires: str, over: bool) -> None:
    assert exceptions.is_expired(expires, "2026-11-24T10:00:00Z") is over


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from secloop.model.policy import Exception_\n"
        "from secloop.policy.exceptions import add\n"
        "for n in range(10):\n"
        "    add(Path(sys.argv[1]), Exception_(id=f'{sys.argv[2]}-{n}', reason='r', rule='x'))\n"
    )
    path = tmp_path / ".secloop" / "exceptions.yaml"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abc"]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert {one.id for one in exceptions.load(path)} == {f"{name}-{n}" for name in "abc" for n in range(10)}
    assert [one.name for one in path.parent.iterdir()] == ["exceptions.yaml"]
