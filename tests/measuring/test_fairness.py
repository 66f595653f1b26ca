"""Changes alter how a thing is said and never what is said, and what turns on them is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amity.conversation import Conversation, Participant, Role, Turn
from amity.decision import Verdict
from amity.evaluate.outcome import State
from amity.judge import open_judge
from amity.measuring.counterfactuals import CHANGES, variants
from amity.measuring.fairness import fairness_of
from amity.testkit import talk

TALK = Conversation(
    "c",
    (Participant("1", Role.CUSTOMER, "Ann Lee"), Participant("2", Role.AGENT, "Tom")),
    (
        Turn(
            "1", "I'm Ann. The colour is wrong and it needs a fix. LEE is my name, Annabel isn't."
        ),
        Turn("2", "I'm so sorry, Ann. I apologize for the trouble."),
    ),
)


def under(name: str, conversation: Conversation = TALK) -> list[str]:
    (changed,) = [found for change, found in variants(conversation) if change.name == name]
    return [turn.text for turn in changed.turns]


@pytest.mark.parametrize(
    ("name", "customer", "agent"),
    [
        ("the customer: American spelling", "The color is wrong", None),
        ("the agent: British spelling", None, "I apologise for the trouble."),
        ("the customer: articles left out", "Colour is wrong", None),
        ("the customer: endings left out", "it need a fix", None),
        ("the customer: typed on a phone", "im ann the colour is wrong", None),
        ("the customer: a formal greeting", "Good day. I'm Ann.", None),
        ("names such as Emily Clarke", "I'm Emily. ", "sorry, Emily."),
    ],
)
def test_a_change_rewrites_one_side_in_one_way(name, customer, agent):
    texts = under(name)
    if name == "the customer: articles left out":
        assert "I'm Ann. colour is wrong and it needs fix." in texts[0]
    elif customer:
        assert customer in texts[0]
    if agent:
        assert agent in texts[1]
    elif "names" not in name:
        assert texts[1] == TALK.turns[1].text


def test_only_whole_names_are_replaced_and_the_person_is_renamed_too():
    (first, *_) = [found for change, found in variants(TALK) if change.group == "names"]
    assert "Annabel" in first.turns[0].text
    assert [person.display_name for person in first.participants] == ["Emily Clarke", "Aoife"]


def test_a_change_that_alters_nothing_is_not_tried():
    bare = talk("customer: ok")
    tried = {change.name for change, _ in variants(bare)}
    assert "the customer: American spelling" not in tried
    assert len(tried) < len(CHANGES)


def test_a_judge_that_listens_to_names_is_caught():
    judge = open_judge()
    angry = judge.evaluate(talk("customer: This is outrageous, I am furious!", "agent: ok"))

    def unfair(conversation):
        is_ann = conversation.participants[0].display_name.startswith("Ann")
        return replace(angry, verdict=Verdict.COMMEND, outcomes=()) if is_ann else angry

    tested = fairness_of([TALK], unfair)
    (names,) = [group for group in tested.groups if group.group == "names"]
    assert (names.tried, names.verdicts, names.decisions) == (5, 5, 5)
    assert any(flip.after == (State.MISSED,) for flip in tested.flips)


def test_our_judge_never_turns_on_a_name():
    tested = fairness_of([TALK], open_judge().evaluate)
    (names,) = [group for group in tested.groups if group.group == "names"]
    assert (names.tried, names.decisions) == (5, 0)
