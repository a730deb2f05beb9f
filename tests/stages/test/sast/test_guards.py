"""Checks that clear what a request brings, where it is not given a name first."""

from __future__ import annotations

from functools import cache

import pytest

from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.index import builtin
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.languages import NAME
from secloop.stages.test.sast.sensor import SastSensor

HEAD = 'app.get("/x", (req, res) => {\n'
CLEAN = [
    'if (!["a", "b"].includes(req.query.t)) return;\n  db.query("SELECT " + req.query.t);',
    'db.query("SELECT " + (["a", "b"].includes(req.query.t) ? req.query.t : "a"));',
    'const t = TABLES.has(req.query.t) ? req.query.t : "a";\n  db.query("SELECT " + t);',
]
TAINTED = [
    'if (!["a", "b"].includes(req.query.u)) return;\n  db.query("SELECT " + req.query.t);',
    'db.query("SELECT " + (["a", "b"].includes(req.query.t) ? "a" : req.query.t));',
    'if (["a", "b"].includes(req.query.t)) log(req.query.t);\n  db.query("SELECT " + req.query.t);',
]


@cache
def sensor() -> SastSensor:
    made = SastSensor()
    made.configure(Settings(), builtin().for_engine(NAME))
    return made


def lines(body: str) -> list[int]:
    data = f"{HEAD}  {body}\n}});\n".encode()
    seen = sensor().scan(SourceFile(FileMeta(path="app.js", size=len(data)), data))
    found = [one for one in seen if isinstance(one, Finding) and one.rule == "sql-injection.javascript"]
    return [one.place.line for one in found if isinstance(one.place, CodeSpan)]


@pytest.mark.parametrize("body", CLEAN)
def test_a_field_that_was_checked_is_clean(body: str) -> None:
    assert lines(body) == []


@pytest.mark.parametrize("body", TAINTED)
def test_another_field_or_another_way_is_not(body: str) -> None:
    assert lines(body) != []
