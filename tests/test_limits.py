"""What a conversation must be before it is judged."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.conversation import Conversation, Participant, Role, Turn
from amity.limits import CODES, Limits, check

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Participant("ann", Role.CUSTOMER, "Ann")
BEN = Participant("ben", Role.AGENT)
GOOD = Conversation(
    "c-1", (ANN, BEN), (Turn("ann", "hi", NOON), Turn("ben", "hello")), locale="en-GB"
)
SMALL = Limits(*[3] * 10)


def told(limits=Limits(), **changes):  # noqa: B008 - frozen
    return [
        (problem.code, problem.field)
        for problem in check(dataclasses.replace(GOOD, **changes), limits, "")
    ]


def deep(levels):
    value = "bottom"
    for _ in range(levels):
        value = {"in": value}
    return value


def test_a_good_conversation_has_no_problems():
    assert check(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": ""}, ("C101", "id")),
        ({"id": "x" * 257}, ("C102", "id")),
        ({"id": "a\x00"}, ("C103", "id")),
        ({"id": "\ud800"}, ("C117", "id")),
        ({"participants": (Participant("", Role.AGENT), ANN, BEN)}, ("C101", "participants[0].id")),
        ({"participants": (ANN, BEN, ANN)}, ("C106", "participants[2].id")),
        (
            {"participants": (ANN, dataclasses.replace(BEN, team="t" * 257))},
            ("C102", "participants[1].team"),
        ),
        (
            {"participants": (ANN, dataclasses.replace(BEN, display_name="\udfff"))},
            ("C117", "participants[1].display_name"),
        ),
        (
            {"participants": (ANN, BEN, *(Participant(str(n), Role.BOT) for n in range(199)))},
            ("C105", "participants"),
        ),
        ({"participants": ()}, ("C104", "participants")),
        ({"turns": ()}, ("C108", "turns")),
        ({"turns": (Turn("", "x"),)}, ("C110", "turns[0].participant_id")),
        ({"turns": (Turn("ann", "x" * 100_001),)}, ("C111", "turns[0].text")),
        ({"turns": (Turn("ann", "x" * 100_000),) * 11}, ("C112", "turns")),
        ({"turns": (Turn("ann", "x"),) * 2_001}, ("C109", "turns")),
        ({"turns": (Turn("ann", "x", datetime(2026, 1, 1)),)}, ("C114", "turns[0].sent_at")),  # noqa: DTZ001
        ({"locale": "en GB"}, ("C116", "locale")),
        ({"locale": "en-"}, ("C116", "locale")),
        ({"locale": "englishes"}, ("C116", "locale")),
        ({"attributes": {str(n): n for n in range(201)}}, ("C119", "attributes")),
        ({"attributes": deep(9)}, None),
        ({"attributes": deep(10)}, ("C120", 'attributes["in"]' + '["in"]' * 8)),
        ({"attributes": {"k" * 10_001: 1}}, ("C121", f'attributes["{"k" * 59}…"]')),
        ({"attributes": {"k": "v" * 10_001}}, ("C121", 'attributes["k"]')),
        ({"attributes": {"k": ("\ud800",)}}, ("C117", 'attributes["k"][0]')),
        ({"attributes": {"k": {1, 2}}}, ("C122", 'attributes["k"]')),
    ],
)
def test_each_fault_has_its_code_and_its_field(changes, problem):
    assert told(**changes) == ([problem] if problem else [])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_a_number_must_be_finite(number):
    assert told(attributes={"a": (number,)}) == [("C118", 'attributes["a"][0]')]


@pytest.mark.parametrize(
    "changes",
    [
        {"turns": (Turn("ann", "\x00 \u2028 \U0001f600"),)},
        {"turns": (Turn("ann", "", NOON), Turn("ben", "", NOON))},
        {"turns": (Turn("ann", "", NOON), Turn("ben", ""), Turn("ann", "", NOON + timedelta(1)))},
        {"locale": "zh_Hant_TW"},
        {"locale": ""},
        {"id": "räksmörgås 1"},
        {
            "attributes": {
                "a": 10**300,
                "b": True,
                "c": None,
                "d": -1.5,
                "e": ("x", {"y": 1}),
                "f": "ü",
            }
        },
    ],
)
def test_what_is_unusual_but_fine(changes):
    assert told(**changes) == []


def test_a_turn_is_compared_with_the_last_that_has_a_time():
    turns = (Turn("ann", "", NOON), Turn("ben", ""), Turn("ann", "", NOON - timedelta(seconds=1)))
    (problem,) = check(dataclasses.replace(GOOD, turns=turns))
    assert problem.field == "conversation.turns[2].sent_at"
    assert "before turns[0], which it follows" in problem.message


def test_everything_is_told_at_once_up_to_a_hundred():
    problems = check(dataclasses.replace(GOOD, turns=(Turn("nobody", "x"),) * 150))
    assert len(problems) == 100
    assert (problems[-1].code, problems[-1].message) == ("C199", "51 more problems are not listed")


def test_without_participants_their_absence_is_told_once():
    assert told(participants=()) == [("C104", "participants")]


def test_a_mapping_that_holds_itself_ends():
    endless = {}
    endless["in"] = endless
    assert [code for code, _ in told(attributes=endless)] == ["C120"]


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Limits)])
def test_a_limit_is_at_least_one(name):
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})


@given(
    st.text(st.characters(codec=None), max_size=8),
    st.lists(st.text(st.characters(codec=None), max_size=5), max_size=5),
)
def test_every_problem_has_a_known_code_a_field_and_a_fix(name, texts):
    conversation = Conversation(
        name,
        (Participant(name, Role.BOT),),
        tuple(Turn(text, text) for text in texts),
        locale=name,
        attributes={name: texts},
    )
    for problem in check(conversation, SMALL):
        assert problem.code in CODES
        assert problem.field.startswith("conversation.")
        assert problem.fix
        str(problem).encode()
