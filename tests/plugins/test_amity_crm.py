"""The texts of the bundled actions: whose words, to whom, in plain English."""

from __future__ import annotations

import pytest

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.plugins.contract import DeliveredAction, Moment
from amity.testkit import check_action
from amity_crm import Coach, FollowUpTask, NotifySupervisor, Webhook, amity_actions

DANA = Participant("c", Role.CUSTOMER, "Dana")
PRIYA = Participant("a", Role.AGENT, "Priya", "Parcels")
TALK = Conversation(
    "t",
    (DANA, PRIYA),
    (Turn("c", "Nobody came. I'm really fed up."), Turn("a", "Please calm down.")),
    Channel.CHAT,
)


def moment(turn: int, *quotes: str) -> Moment:
    return Moment(
        "care", "heard", "Distress is heard", "major", turn, "A reason.", "Say sorry.", quotes
    )


def test_the_hook_contributes_four_actions():
    actions = list(amity_actions())
    names = ["coach", "notify-supervisor", "follow-up-task", "webhook"]
    assert [action.name for action in actions] == names
    assert all(isinstance(action, DeliveredAction) for action in actions)


def test_a_coaching_note_quotes_the_customer_to_the_agent_who_answered():
    text = Coach().propose(moment(0, "I'm really fed up"), TALK)
    assert text == "Priya, this is about the moment when Dana wrote “I'm really fed up”. Say sorry."


def test_a_coaching_note_quotes_the_agents_own_words():
    assert (
        Coach().propose(moment(1, "calm down"), TALK)
        == "Priya, you wrote “Please calm down”. Say sorry."
    )


def test_what_was_spoken_was_said():
    call = Conversation("t", TALK.participants, TALK.turns, Channel.VOICE)
    assert "you said “Please calm down”" in Coach().propose(moment(1, "calm down"), call)


def test_a_supervisor_is_asked_to_hear_the_agent():
    text = NotifySupervisor().propose(moment(1, "calm down"), TALK)
    assert text.startswith("Priya (Parcels) wrote “Please calm down”.")
    assert "hear Priya's side before you decide anything" in text


def test_a_task_names_the_customer_and_what_they_said():
    text = FollowUpTask().propose(moment(0, "Nobody came"), TALK)
    assert text.startswith("Get back to Dana")
    assert "Dana wrote “Nobody came”" in text


def test_a_word_is_quoted_with_its_sentence_and_each_sentence_once():
    text = Coach().propose(moment(0, "fed up", "really"), TALK)
    assert text.count("“I'm really fed up”") == 1


def test_a_long_quote_is_shortened_at_a_word():
    words = "word " * 60
    talk = Conversation("t", TALK.participants, (Turn("a", words),))
    assert "word …”" in Coach().propose(moment(0, words.strip()), talk)


@pytest.mark.parametrize(
    "action", [Coach(), NotifySupervisor(), FollowUpTask(), Webhook()], ids=lambda a: a.name
)
@pytest.mark.parametrize("turn", [-1, 0, 7])
def test_people_without_names_and_moments_without_a_turn_are_no_obstacle(action, turn):
    nobody = Conversation(
        "t", (Participant("x", Role.CUSTOMER), Participant("y", Role.BOT)), (Turn("x", ""),)
    )
    text = action.propose(moment(turn), nobody)
    assert text
    assert "  " not in text


@pytest.mark.parametrize("action", list(amity_actions()), ids=lambda a: a.name)
def test_what_is_sent_keeps_names_and_words_out_of_the_facts(action):
    sent = check_action(action, [TALK])
    assert len(sent) == len(TALK.turns)
    assert "Priya" in str([message.words for message in sent]) or action.name == "webhook"


def test_a_supervisors_message_says_about_whom_it_is():
    message = NotifySupervisor().message(moment(0, "fed up"), TALK)
    assert message.facts == {"about": {"id": "a", "team": "Parcels"}}
    assert message.words == {"about": {"id": "a", "name": "Priya"}}


def test_a_task_says_whom_to_get_back_to_and_who_spoke_with_them():
    message = FollowUpTask().message(moment(0), TALK)
    assert message.facts["customer"] == {"id": "c", "team": ""}
    assert message.facts["agent"] == {"id": "a", "team": "Parcels"}
