"""The fact kind `quality/1`, as it is kept, and what the sensor makes of files."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.finding import Observation
from secloop.model.quality import FileQuality, FunctionMetric
from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.test.quality.sensor import QualitySensor


def scan(path: str, data: bytes) -> list[Observation]:
    """Return what the sensor says of a file."""
    return list(QualitySensor().scan(SourceFile(FileMeta(path=path, size=len(data)), data)))


def test_the_fact_is_as_the_record_has_it() -> None:
    fact = FileQuality(
        file="a.py",
        language="python",
        lines=2,
        functions=(FunctionMetric(name="f", line=1, complexity=3),),
        starts=(1,),
        ends=(12,),
        hashes=(7,),
    )
    golden = (
        b'{"observation":"quality/1","file":"a.py","language":"python","lines":2,"functions":[["f",1,3]],'
        b'"starts":[1],"ends":[12],"hashes":[7]}'
    )
    assert msgspec.json.encode(fact) == golden
    assert msgspec.json.decode(golden, type=Observation) == fact


def test_a_file_is_measured() -> None:
    seen = scan("a.py", b"# said\n\ndef f(a):\n    return 1 if a else 2\n")
    assert seen == [
        FileQuality(
            file="a.py", language="python", lines=2, functions=(FunctionMetric(name="f", line=3, complexity=2),)
        )
    ]


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.ts", "a.go", "A.java"])
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_borne(path: str, data: bytes) -> None:
    scan(path, data)
