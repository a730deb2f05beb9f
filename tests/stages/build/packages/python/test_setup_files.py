"""`setup.py` and `setup.cfg`, read but never run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, pins

SETUP = """import os
from setuptools import setup

BASE = ["requests==2.25.1"]
EXTRAS = {"test": ["pytest==8.0"], "fast": ["numba"]}
raise SystemExit("never run")

setup(
    name="shop",
    install_requires=BASE + [
        "lxml >= 4.6",  # a wish
        'jinja2==3.0; python_version < "4"',
        os.environ["MORE"],
    ],
    extras_require=EXTRAS,
    setup_requires="wheel==0.40",
)
"""
CONFIG = """[metadata]
name = shop

[options]
install_requires =
    requests==2.25.1
    # a comment
    lxml>=4.6
setup_requires = wheel

[options.extras_require]
test =
    pytest==8.0
"""


def test_literal_lists_are_read_through_names() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"setup.py": SETUP})}
    assert found == {
        "requests": ("2.25.1", "", "runtime", 4),
        "lxml": ("", ">= 4.6", "runtime", 11),
        "jinja2": ("3.0", "", "runtime", 12),
        "pytest": ("8.0", "", "test", 5),
        "numba": ("", "", "optional", 5),
        "wheel": ("0.40", "", "build", 16),
    }


def test_a_list_in_python_2_is_read_as_text() -> None:
    text = 'print "hi"\nsetup(install_requires=[\n    "requests==2.25.1",\n    # "no",\n    "lxml",\n])\n'
    assert pins({"setup.py": text}) == {"requests": "2.25.1", "lxml": ""}
    assert component({"setup.py": text}, "requests").line == 3


def test_names_that_mean_each_other_end() -> None:
    assert components({"setup.py": "A = B\nB = A\nsetup(install_requires=A)\n"}) == []


def test_lists_that_repeat_each_other_end() -> None:
    names = "".join(f"A{n} = [{', '.join([f'*A{n + 1}'] * 9)}]\n" for n in range(30))
    assert pins({"setup.py": f"{names}A30 = ['a']\nsetup(install_requires=A0)\n"}) == {"a": ""}


def test_a_long_sum_of_lists_is_read() -> None:
    text = " + ".join(f"['p{n}']" for n in range(60))
    assert len(components({"setup.py": f"setup(install_requires={text})\n"})) == 60


def test_setup_cfg_has_every_kind_with_lines() -> None:
    found = {c.name: (c.version, c.scope, c.line) for c in components({"setup.cfg": CONFIG})}
    assert found == {
        "requests": ("2.25.1", "runtime", 6),
        "lxml": ("", "runtime", 8),
        "wheel": ("", "build", 9),
        "pytest": ("8.0", "test", 13),
    }


def test_a_broken_file_is_skipped() -> None:
    for path, text in {"setup.py": "def setup(:\n", "setup.cfg": "no section\n"}.items():
        (gap,) = gaps({path: text})
        assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["setup.py", "setup.cfg"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: b"setup(" + data if path == "setup.py" else data})
