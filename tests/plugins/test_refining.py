"""Refiners add to signals; one that fails leaves the signal unknown, never half known."""

from __future__ import annotations

import pytest

from amity.plugins.contract import Finding, views
from amity.plugins.detection import Detectors
from amity.plugins.host import PluginRecord
from amity.testkit import talk

TALK = talk("customer: one", "agent: two")


class Sorry:
    name = "sorry"
    signals = frozenset({"agent.apology"})

    def detect(self, turns):
        for turn in turns:
            if turn.role == "agent":
                yield Finding("agent.apology", turn.index, 0, 3, 0.8, {"for": "delay"})


class Refiner:
    name = "more"
    signals = frozenset({"agent.apology"})

    def __init__(self, say):
        self.refine = say


def detect(say):
    record = PluginRecord("acme", "1.2")
    found = Detectors([(record, Sorry())], (), [(record, Refiner(say))]).detect(views(TALK))
    return found, record


def test_a_refiner_adds_attributes_and_replaces_those_of_the_same_name():
    found, _ = detect(lambda turn, signal: {"to": turn.participant_id, "for": signal.quote})
    assert [dict(one.attributes) for one in found.signals] == [{"to": "agent", "for": "two"}]


@pytest.mark.parametrize("say", [lambda turn, signal: 1 / 0, lambda turn, signal: {"to": 1}])
def test_a_refiner_that_fails_makes_the_signal_unknown_there(say):
    found, record = detect(say)
    assert set(found.unknown) == {("agent.apology", 1)}
    assert "refiner more of acme 1.2 failed" in found.unknown["agent.apology", 1]
    assert [problem.code for problem in found.problems] == ["D105"]
    assert record.failures == 1
