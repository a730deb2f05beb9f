"""Lines that install packages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.supply.lines import extra_indexes, joined, unpinned_installs


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("RUN pip install flask", ["flask"]),
        ("RUN pip3 install --no-cache-dir flask 'django>=4' gunicorn==23.0", ["flask", "django"]),
        ("RUN python -m pip install uvicorn[standard] && echo requests", ["uvicorn"]),
        ("      - run: uv pip install tox nox", ["tox", "nox"]),
        ("RUN pip install -r requirements.txt", []),
        ("RUN pip install -r requirements.txt -c constraints.txt flask", []),
        ("RUN pip install --require-hashes -r requirements.txt", []),
        ("RUN pip install -U pip setuptools wheel", []),
        ("RUN pip install . ./extra /src git+https://example.org/x.git app.whl -e ../lib", []),
        ("RUN pip install $PACKAGES", []),
        ("RUN pip install --index-url https://pypi.example.org/simple shop==1.0", []),
        ("# RUN pip install flask", []),
        ("RUN pip-compile install flask; pip download flask", []),
        ("RUN pip install flask==3.0.0 # not requests", []),
    ],
)
def test_packages_without_a_version_are_named(line: str, names: list[str]) -> None:
    assert [found.name for found in unpinned_installs(line)] == names


def test_a_continued_line_counts_as_its_first() -> None:
    text = "FROM x\nRUN pip install \\\n    flask \\\n    gunicorn==1\nRUN pip install tox\n"
    assert [(found.line, found.name) for found in unpinned_installs(text)] == [(2, "flask"), (5, "tox")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("--extra-index-url https://x/simple", True),
        ("RUN pip install --extra-index-url=https://x/simple a==1", True),
        ("extra-index-url = https://x/simple", True),
        ("--index-url https://x/simple", False),
        ("# --extra-index-url https://x", False),
        ("; extra-index-url = https://x", False),
        ("no-extra-index-url-here", False),
    ],
)
def test_a_second_index_is_told(line: str, found: bool) -> None:
    assert bool(list(extra_indexes(line))) is found


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    lines = text.count("\n") + len(text.splitlines()) + 1
    assert all(1 <= found.line <= lines for found in unpinned_installs(text))
    assert [number for number, _ in joined(text)] == sorted({number for number, _ in joined(text)})
