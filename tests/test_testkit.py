"""The test kit finds what breaks the contract of actions."""

from __future__ import annotations

import pytest

from amity.sdk import Message
from amity.testkit import check_action, talk

TALK = talk("customer Dana: Nobody came.\nAgain!", "agent Priya: Please calm down.")


class Note:
    name = "note"
    title = "Note"

    def __init__(self, facts=None, text="Do this."):
        self.facts, self.text = facts, text

    def propose(self, moment, conversation):
        return self.text

    def message(self, moment, conversation):
        return Message(self.facts(moment, conversation)) if self.facts else None


def test_a_good_action_passes():
    assert check_action(Note(), [TALK]) == []
    assert len(check_action(Note(lambda m, c: {"who": c.participants[0].id}), [TALK])) == 2


@pytest.mark.parametrize(
    "facts",
    [
        lambda m, c: {"quote": m.quotes[0]},
        lambda m, c: {"name": [c.participants[0].display_name]},
    ],
)
def test_facts_that_tell_words_or_names_are_found(facts):
    with pytest.raises(AssertionError, match="which are words"):
        check_action(Note(facts), [TALK])


def test_an_action_that_says_nothing_is_found():
    with pytest.raises(AssertionError, match="say something"):
        check_action(Note(text=""), [TALK])
