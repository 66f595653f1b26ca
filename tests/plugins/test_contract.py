"""What a detector can ask a turn about the turns before it."""

from __future__ import annotations

import pytest

from amity.conversation import Conversation, Participant, Role, Turn
from amity.plugins.contract import views
from amity.sdk import TurnView

PEOPLE = {
    "c": Role.CUSTOMER,
    "a": Role.AGENT,
    "b": Role.BOT,
    "k": Role.COLLEAGUE,
    "l": Role.COLLEAGUE,
}


def last(speakers: str) -> TurnView:
    """The last of turns by these people, each of which says where it stands."""
    people = tuple(Participant(name, role) for name, role in PEOPLE.items())
    turns = tuple(Turn(name, str(place)) for place, name in enumerate(speakers))
    return views(Conversation("x", people, turns))[-1]


@pytest.mark.parametrize(
    ("speakers", "place"),
    [
        ("ac", "0"),
        ("acc", "0"),
        ("abc", "1"),
        ("cba", "0"),
        ("cka", "1"),
        ("akk", "0"),
        ("kl", "0"),
        ("a" + "c" * 20, "0"),
    ],
)
def test_a_turn_answers_the_nearest_of_the_other_side(speakers, place):
    answered = last(speakers).answered()
    assert answered is not None
    assert answered.text == place
    assert answered.role is PEOPLE[speakers[int(place)]]


@pytest.mark.parametrize("speakers", ["c", "cc", "ab", "kk", "a" + "c" * 21])
def test_a_turn_may_answer_nobody(speakers):
    assert last(speakers).answered() is None
