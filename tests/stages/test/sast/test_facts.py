"""The fact kind `flow/1`, as it is kept and handed to the linking."""

from __future__ import annotations

import msgspec

from secloop.model.facts import Flow, FlowCall, FlowPass, Flows
from secloop.model.finding import Observation
from secloop.model.places import CodeSpan

SPAN = CodeSpan(file="a.py", line=3, end_line=3, column=5, end_column=9)

GOLDEN = (
    b'{"observation":"flow/1","file":"a.py","functions":["a.f"],"returns":[]'
    b',"sinks":[["source","sql.py","",0,[["b.f",0]],[{"type":"code","file":"a.py","line":3,"end_line":3,"column":5,"end_column":9}],[],"","",""]]'
    b',"passes":[["b.f",0,["source","sql.py","",0,[["b.f",0]],[{"type":"code","file":"a.py","line":3,"end_line":3,"column":5,"end_column":9}],[],"","",""]]]}'
)


def test_the_fact_is_as_the_record_has_it() -> None:
    source = Flow(
        kind="source", rule="sql.py", function="", param=0, calls=(FlowCall(target="b.f", argument=0),), path=(SPAN,)
    )
    fact = Flows(
        file="a.py", functions=("a.f",), sinks=(source,), passes=(FlowPass(target="b.f", argument=0, flow=source),)
    )
    written = msgspec.json.encode(fact)
    assert written == GOLDEN
    assert msgspec.json.decode(written, type=Observation) == fact
