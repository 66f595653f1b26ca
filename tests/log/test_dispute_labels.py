"""What a dispute of a finding says of the signals that it rests on."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from amity.log.dispute_labels import label_lines
from amity.log.disputes import Dispute, DisputeState, Party, Step

TEXTS = ("I am so angry. It broke.", "Calm down.")
ANGER = {"signal": "customer.anger", "quote": "so angry"}
LOSS = {"signal": "customer.problem", "quote": "It broke"}
LAPSE = {"signal": "agent.dismissal", "quote": "Calm down", "turn": 1}


def view(*outcomes, texts=TEXTS):
    people = [{"id": "c", "role": "ROLE_CUSTOMER"}, {"id": "a", "role": "ROLE_AGENT"}]
    turns = [{"participantId": who, "text": text} for who, text in zip("ca", texts, strict=True)]
    conversation = {"participants": people, "turns": turns}
    return {"conversation": conversation, "decision": {"outcomes": list(outcomes)}}


def outcome(occasion, evidence=()):
    return {"opportunity": {"turn": 0, "signals": list(occasion)}, "evidence": list(evidence)}


def dispute(finding, state, corrected="", number=0):
    step = Step(9, 0, "rae", Party.REVIEWER, state, "Read again.", corrected)
    return Dispute(f"d-{number}", 1, number, "p", "r", finding, state, (step,))


def labels(disputes, *outcomes, texts=TEXTS):
    """Of each turn that is labelled, whether each signal is there."""
    payload = SimpleNamespace(view=view(*outcomes, texts=texts))
    found = {}
    for line in map(json.loads, label_lines(disputes, payload)):
        there = {each["signal"] for each in line["signals"]}
        found[len(line["context"])] = {name: name in there for name in line["only"]}
    return found


def overturned(finding, corrected, number=0):
    return dispute(finding, DisputeState.OVERTURNED, corrected, number)


RIGHT, WRONG = True, False


@pytest.mark.parametrize(
    ("said", "given", "expected"),
    [
        (
            dispute("missed", DisputeState.UPHELD),
            outcome([ANGER], [LAPSE]),
            {0: {"customer.anger": RIGHT}, 1: {"agent.dismissal": RIGHT}},
        ),
        (overturned("missed", "no_opportunity"), outcome([ANGER]), {0: {"customer.anger": WRONG}}),
        (overturned("shown", "no_opportunity"), outcome([ANGER, LOSS]), {}),
        (
            overturned("missed", "no_opportunity"),
            outcome([LAPSE], [LAPSE]),
            {1: {"agent.dismissal": WRONG}},
        ),
        (
            overturned("missed", "shown"),
            outcome([ANGER], [LAPSE]),
            {0: {"customer.anger": RIGHT}, 1: {"agent.dismissal": WRONG}},
        ),
        (overturned("missed", "shown"), outcome([ANGER]), {0: {"customer.anger": RIGHT}}),
        (overturned("missed", "abstained"), outcome([ANGER]), {}),
    ],
)
def test_what_follows_for_the_signals(said, given, expected):
    assert labels([said], given) == expected


def test_where_reviewers_disagree_about_a_signal_it_is_not_labelled():
    disputes = [
        dispute("missed", DisputeState.UPHELD),
        overturned("missed", "no_opportunity", number=1),
    ]
    assert labels(disputes, outcome([ANGER, LOSS]), outcome([ANGER])) == {
        0: {"customer.problem": RIGHT}
    }


def test_words_that_are_not_kept_are_not_labelled():
    said = dispute("missed", DisputeState.UPHELD)
    assert labels([said], outcome([ANGER]), texts=("", "")) == {}
    assert list(label_lines([said], SimpleNamespace(view=None))) == []
