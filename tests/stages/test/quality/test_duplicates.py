"""Duplicates are runs of tokens: layout, comments and what strings hold do not count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.quality import FileQuality
from secloop.stages.test.quality.measure import duplicated, quality, summaries
from secloop.stages.test.quality.tokens import LEAST, hashes_of, tokens_of


def file_of(path: str, text: str, language: str = "python") -> FileQuality:
    """Return what is measured of a text."""
    tokens, lines = tokens_of(text, language)
    starts, ends, hashes = hashes_of(tokens, lines)
    return FileQuality(
        file=path,
        language=language,
        lines=len(set(lines)),
        starts=tuple(starts),
        ends=tuple(ends),
        hashes=tuple(hashes),
    )


def block(name: str, count: int = 25) -> str:
    """Return lines of code that no other name's are like."""
    return "".join(f"{name}{i} = call_{name}({i}, 'text {name}')\n" for i in range(count))


def test_a_block_that_stands_twice_is_found_in_both_places() -> None:
    one = file_of("a.py", block("own") + block("shared"))
    other = file_of("b.py", block("shared").replace("    ", "  ") + block("other"))
    found = duplicated([one, other])
    assert found == {"a.py": set(range(26, 51)), "b.py": set(range(1, 26))}


def test_comments_layout_and_what_strings_hold_do_not_count() -> None:
    changed = "# said\n" + block("shared").replace("'text shared'", '"another"').replace(" = ", "  =  ")
    found = duplicated([file_of("a.py", block("shared")), file_of("b.py", changed)])
    assert found == {"a.py": set(range(1, 26)), "b.py": set(range(2, 27))}


def test_a_short_block_and_one_on_few_lines_are_no_duplicates() -> None:
    short = block("shared", 5)
    wide = " + ".join(f"name{i}" for i in range(LEAST)) + "\n"
    assert duplicated([file_of("a.py", short), file_of("b.py", short)]) == {}
    assert duplicated([file_of("a.py", wide), file_of("b.py", wide)]) == {}


def test_a_row_of_equal_lines_is_no_duplicate_of_itself_where_it_overlaps() -> None:
    assert duplicated([file_of("a.py", "x = f(1)\n" * 20)]) == {}


def test_a_tree_is_summed_up() -> None:
    files = [file_of("a.py", block("shared")), file_of("b.py", block("shared") + block("own"))]
    summed = summaries(files, {"a.py": {1: True, 2: False}})
    told = quality(files, summed, ["coverage.xml"])
    assert (told.lines, told.duplicated) == (75, 50)
    assert told.coverage == pytest.approx(0.5)
    assert told.duplication == pytest.approx(50 / 75)
    assert [one.covered for one in summed] == [1, -1]


@pytest.mark.parametrize("language", ["python", "javascript", "typescript", "java", "go"])
@given(text=st.text(alphabet="ab1 \n\"'`\\#/*(){}", max_size=300))
def test_any_text_has_tokens(language: str, text: str) -> None:
    tokens, lines = tokens_of(text, language)
    assert len(tokens) == len(lines)
    assert lines == sorted(lines)
    assert not lines or lines[-1] <= text.count("\n") + 1
