"""A detector's fault makes its own signals unknown, in the turns of the fault, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amity.plugins.contract import Finding, views
from amity.plugins.detection import Detectors
from amity.plugins.host import PluginRecord
from amity.testkit import talk

TALK = talk("customer: one", "agent: two", "customer: three")


class Scripted:
    signals = frozenset({"customer.anger", "agent.apology"})

    def __init__(self, say: Callable, name: str = "scripted"):
        self.say = say
        self.name = name

    def detect(self, turns):
        for turn in turns:
            yield from self.say(turn)


def detect(*detectors, needed=()):
    record = PluginRecord("acme", "1.2")
    found = Detectors([(record, detector) for detector in detectors], needed).detect(views(TALK))
    return found, record


def anger(turn, *, start=0, end=3, score=0.8, name="customer.anger"):
    return [Finding(name, turn.index, start, end, score)] if turn.role == "customer" else []


def test_findings_become_signals_with_their_exact_quote():
    found, _ = detect(Scripted(anger))
    assert [(s.name, s.turn, s.quote, s.score) for s in found.signals] == [
        ("customer.anger", 0, "one", 0.8),
        ("customer.anger", 2, "thr", 0.8),
    ]
    assert not found.unknown
    assert not found.problems


def test_an_exception_makes_the_signals_unknown_in_its_own_turn_only():
    def fail_on_the_third(turn):
        if turn.index == 2:
            raise ValueError("no such word")
        return anger(turn)

    found, record = detect(Scripted(fail_on_the_third))
    assert [signal.turn for signal in found.signals] == [0]
    assert set(found.unknown) == {("customer.anger", 2), ("agent.apology", 2)}
    reason = found.unknown["customer.anger", 2]
    assert "scripted" in reason
    assert "acme 1.2" in reason
    assert "no such word" in reason
    assert [problem.code for problem in found.problems] == ["D101"]
    assert (record.health, record.failures) == ("failing", 1)


def test_one_detectors_fault_leaves_anothers_findings():
    def explode(turn):
        raise RuntimeError

    found, _ = detect(Scripted(explode, "bad"), Scripted(anger, "good"))
    assert [signal.sources[0].detector for signal in found.signals] == ["good", "good"]
    assert ("customer.anger", 0) in found.unknown


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        (lambda turn: anger(turn, end=99), "span"),
        (lambda turn: anger(turn, start=2, end=2), "span"),
        (lambda turn: anger(turn, start=-1), "span"),
        (lambda turn: anger(turn, score=1.5), "score"),
        (lambda turn: anger(turn, score=float("nan")), "score"),
        (lambda turn: anger(turn, name="customer.joy"), "does not declare"),
        (lambda turn: anger(turn, name="agent.apology"), "of a customer"),
        (lambda turn: [Finding("customer.anger", 7, 0, 1, 0.5)], "turn 7"),
        (lambda turn: ["customer.anger"], "AttributeError"),
        (lambda turn: None, "TypeError"),
    ],
)
def test_a_finding_that_breaks_the_contract_is_a_fault_and_not_a_signal(say, reason):
    found, _ = detect(Scripted(say))
    assert not [signal for signal in found.signals if signal.turn == 0]
    assert reason in found.unknown["customer.anger", 0]


def test_reasons_hold_no_object_addresses():
    def fail(turn):
        raise ValueError(f"bad {object()!r}")

    found, _ = detect(Scripted(fail))
    assert "0x" not in found.unknown["customer.anger", 0]


def test_a_needed_signal_that_nobody_detects_is_unknown_everywhere():
    found, _ = detect(Scripted(anger), needed={"customer.anger", "agent.remedy"})
    assert set(found.unknown) == {("agent.remedy", turn) for turn in range(3)}
    assert "no loaded plugin" in found.unknown["agent.remedy", 0]


class Opinionated(Scripted):
    def __init__(self, say: Callable, think: Callable):
        super().__init__(say, "thinker")
        self.think = think

    def opinions(self, turns, found):
        return self.think(found)


def silent(turn):
    return []


def test_what_a_detector_thinks_of_others_findings_weighs_their_scores():
    thinker = Opinionated(silent, lambda found: [0.9 if each.turn else 0.01 for each in found])
    found, _ = detect(Scripted(anger), thinker)
    [signal] = found.signals
    assert (signal.turn, signal.score > 0.9) == (2, True)
    assert [(each.detector, each.score) for each in signal.sources] == [
        ("scripted", 0.8),
        ("thinker", 0.9),
    ]


def test_without_an_opinion_a_score_stays_as_it_was_reported():
    found, _ = detect(Scripted(anger), Opinionated(silent, lambda found: [None] * len(found)))
    assert [signal.score for signal in found.signals] == [0.8, 0.8]


def fail(found):
    raise ValueError("no thought")


@pytest.mark.parametrize("think", [fail, lambda found: [], lambda found: [2.0] * len(found)])
def test_opinions_that_fail_change_no_score_and_are_told(think):
    found, record = detect(Scripted(anger), Opinionated(silent, think))
    assert [signal.score for signal in found.signals] == [0.8, 0.8]
    assert [problem.code for problem in found.problems] == ["D106"]
    assert not found.unknown
    assert record.problem is not None
