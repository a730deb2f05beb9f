"""Asking within bounds, through the in-memory transport."""

from __future__ import annotations

from collections import Counter

from secloop.rules.generate import expand
from secloop.stages.code.verify.base import MemoryTransport, Reply, Request, State, TransportError
from secloop.stages.code.verify.candidates import Candidate
from secloop.stages.code.verify.provider import providers
from secloop.stages.code.verify.verifier import Answered, Bounds, Verifier

BY_NAME = {provider.name: provider for provider in providers()}


def _ask(
    answer: MemoryTransport, candidates: list[Candidate], bounds: Bounds | None = None
) -> tuple[dict[int, Answered], list[float]]:
    slept: list[float] = []
    return Verifier(answer, bounds, slept.append).ask(candidates), slept


def _tokens(count: int, provider: str = "github") -> list[Candidate]:
    return [Candidate(BY_NAME[provider], (expand("{{hex:40}}", str(i)),), (i,)) for i in range(count)]


def _always(status: int, **headers: str) -> MemoryTransport:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return MemoryTransport(lambda _: Reply(status, named))


def test_equal_secrets_are_asked_about_once() -> None:
    transport = _always(200)
    same = [Candidate(BY_NAME["github"], ("one",), (i,)) for i in range(5)]
    answers, _ = _ask(transport, same)
    assert len(transport.sent) == 1
    assert [answers[i].state for i in range(5)] == [State.VERIFIED] * 5


def test_the_surest_of_several_answers_holds() -> None:
    transport = MemoryTransport(lambda request: Reply(200 if "good" in request.headers["Authorization"] else 401))
    github = BY_NAME["github"]
    answers, _ = _ask(transport, [Candidate(github, (value,), (0,)) for value in ("bad", "good", "poor")])
    assert answers[0].state is State.VERIFIED


def test_a_run_asks_no_more_than_its_bound() -> None:
    transport = _always(200)
    answers, _ = _ask(transport, _tokens(5), Bounds(requests=3))
    assert len(transport.sent) == 3
    assert Counter(answer.state for answer in answers.values()) == {State.VERIFIED: 3, State.UNKNOWN: 2}
    assert answers[4].why == "over the bound of 3 requests"


def test_one_host_is_asked_slowly_and_hosts_do_not_wait_for_each_other() -> None:
    answers, slept = _ask(_always(200), [*_tokens(3), *_tokens(1, "npm")])
    assert len(answers) == 3
    assert slept == [1.0, 1.0]


def test_a_busy_host_is_waited_for_once() -> None:
    replies = [Reply(429, {"retry-after": "3"}), Reply(200)]
    answers, slept = _ask(MemoryTransport(lambda _: replies.pop(0)), _tokens(1))
    assert slept == [3.0]
    assert answers[0].state is State.VERIFIED


def test_a_host_that_stays_busy_or_asks_for_too_long_is_left_alone() -> None:
    for header, sent in (("2", 2), ("9999", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", 1), ("-1", 1), ("9" * 400, 1)):
        transport = _always(429, retry_after=header)
        answers, _ = _ask(transport, _tokens(4))
        assert len(transport.sent) == sent
        assert {answer.why for answer in answers.values()} == {"the host asks for fewer requests"}
        assert {answer.state for answer in answers.values()} == {State.UNKNOWN}


def test_a_host_that_fails_twice_is_left_alone() -> None:
    def broken(_: Request) -> Reply:
        raise TransportError("no answer")

    transport = MemoryTransport(broken)
    answers, _ = _ask(transport, _tokens(6))
    assert len(transport.sent) == 2
    assert {(answer.state, answer.why) for answer in answers.values()} == {(State.UNKNOWN, "no answer")}


def test_a_server_error_between_good_answers_does_not_stop() -> None:
    statuses = iter([200, 500, 200, 503, 200])
    transport = MemoryTransport(lambda _: Reply(next(statuses)))
    answers, _ = _ask(transport, _tokens(5))
    assert len(transport.sent) == 5
    assert [answers[i].state for i in range(5)] == [
        State.VERIFIED,
        State.UNKNOWN,
        State.VERIFIED,
        State.UNKNOWN,
        State.VERIFIED,
    ]


def test_nothing_to_ask_asks_nothing() -> None:
    transport = _always(200)
    assert _ask(transport, []) == ({}, [])
    assert transport.sent == []
