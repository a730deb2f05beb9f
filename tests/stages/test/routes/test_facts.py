"""The fact kinds of routes and uses, as they are kept and handed to later stages (ADR 0023)."""

from __future__ import annotations

import msgspec

from secloop.model.finding import Observation
from secloop.model.surface import (
    Handler,
    Mount,
    Route,
    RouteGuard,
    RouteParam,
    Router,
    Routes,
    Served,
    Surface,
    Use,
    Uses,
)

ROUTE = Route(
    method="GET",
    path="/a/{id}",
    handler="one",
    file="a.py",
    line=3,
    framework="flask",
    params=(RouteParam(name="id", source="path"),),
    auth=("login_required",),
)
WRITTEN = b'["GET","/a/{id}","one","a.py",3,"flask",[["id","path"]],["login_required"]]'


def kept(fact: Observation) -> bytes:
    """Return a fact as it is written, after it was read again."""
    written = msgspec.json.encode(fact)
    assert msgspec.json.decode(written, type=Observation) == fact
    return written


def test_the_routes_of_a_file_are_as_the_record_has_them() -> None:
    golden = b'{"observation":"routes/1","file":"a.py","routes":[' + WRITTEN + b"]}"
    assert kept(Routes(file="a.py", routes=(ROUTE,))) == golden


def test_what_a_file_uses_is_as_the_record_has_it() -> None:
    use = Use(kind="queue", library="kafka", target="orders", line=4, role="publish")
    golden = b'{"observation":"use/1","file":"a.py","uses":[["queue","kafka","orders",4,"publish"]]}'
    assert kept(Uses(file="a.py", uses=(use,))) == golden


def test_what_a_file_says_of_routes_is_as_the_record_has_it() -> None:
    fact = Surface(
        file="a.py",
        routers=(Router(name="a.bp", prefix="/a"),),
        served=(Served(router="a.bp", route=ROUTE, target="a.one"),),
        mounts=(Mount(parent="a.app", child="a.bp", prefix="/x", line=2),),
        guards=(RouteGuard(router="a.app", prefix="", auth=("check",), line=1),),
        handlers=(Handler(name="a.one", methods=(("GET", "", "get"),)),),
    )
    golden = (
        b'{"observation":"surface/1","file":"a.py","routers":[["a.bp","/a",[]]],"served":[["a.bp",'
        + WRITTEN
        + b',"a.one",true]],"mounts":[["a.app","a.bp","/x",[],false,2]],"guards":[["a.app","",["check"],1]],'
        b'"handlers":[["a.one",[["GET","","get"]],[],[],[]]],"constants":[]}'
    )
    assert kept(fact) == golden
