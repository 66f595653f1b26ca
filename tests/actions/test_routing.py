"""From decisions to messages: to whom, with which id, and with no word too many."""

from __future__ import annotations

import dataclasses
import json

import pytest
from tests.actions.receiverkit import target

from amity.actions.routing import routed, unroutable
from amity.actions.targets import Include, Targets
from amity.conversation import Participant
from amity.judge import Follower, open_judge
from amity.plugins.contract import Message
from amity.testkit import talk

NOW = 1_700_000_000_123_456
LINES = ("customer Dana: I am furious, nobody came", "agent Priya: Please calm down.")
ACTIONS = frozenset({"coach", "notify-supervisor", "follow-up-task", "webhook"})


@pytest.fixture(scope="module")
def judge():
    return open_judge()


@pytest.fixture(scope="module")
def judged(judge):
    conversation = talk(*LINES)
    return judge.evaluate(conversation), conversation


def sent(judged, **changes) -> list[dict]:
    found = target("https://x.example/", **{"actions": ACTIONS, **changes})
    decision, conversation = judged
    return [json.loads(m.payload) for m in routed(decision, conversation, Targets((found,)), NOW)]


def test_each_action_goes_to_each_target_that_takes_it(judged):
    decision, conversation = judged
    coach = target("https://x.example/", name="one")
    both = target("https://y.example/", name="two", actions=ACTIONS)
    messages = routed(decision, conversation, Targets((coach, both)), NOW)
    notes = sum(action.action == "coach" for action in decision.actions)
    assert notes
    assert sum(message.target == "one" for message in messages) == notes
    assert sum(message.target == "two" for message in messages) == len(decision.actions)
    assert len({message.id for message in messages}) == len(messages)


def test_what_is_sent_is_a_cloud_event(judged):
    decision, conversation = judged
    event = sent(judged)[0]
    assert event["specversion"] == "1.0"
    assert event["id"].startswith("msg_")
    assert event["type"] == f"amity.action.{decision.actions[0].action}.v1"
    assert event["time"] == "2023-11-14T22:13:20.123Z"
    assert event["subject"] == conversation.id
    assert event["data"]["decision_id"] == decision.decision_id
    assert event["data"]["rule"] == decision.actions[0].rule


def test_no_word_of_the_conversation_is_sent_unless_the_target_asks_for_text(judged):
    bare = json.dumps(sent(judged))
    for word in ("furious", "calm down", "nobody came", "Dana wrote", "Priya, "):
        assert word not in bare
    assert all("text" not in event["data"] for event in sent(judged))
    told = sent(judged, include=Include.TEXT)
    assert "furious" in json.dumps(told)
    assert all(event["data"]["text"]["proposal"] for event in told)


def test_a_link_leads_to_the_decision_and_lets_no_id_out_of_its_place(judge):
    conversation = dataclasses.replace(talk(*LINES), id="a/b?c=d#e")
    link = "https://c.example/{conversation_id}/{rule}"
    events = sent((judge.evaluate(conversation), conversation), link=link)
    assert events[0]["data"]["link"].startswith("https://c.example/a%2Fb%3Fc%3Dd%23e/")


def test_a_conversation_that_goes_on_asks_for_the_same_thing_once(judge):
    lines = [*LINES, "customer Dana: That is all you say?", "agent Priya: Yes."]
    follower = Follower(judge)
    found: list[set[str]] = []
    takes = Targets((target("https://x.example/", actions=ACTIONS),))
    for count in (2, 3, 4):
        conversation = talk(*lines[:count])
        decision = follower.evaluate(conversation, is_open=True)
        found.append({m.id for m in routed(decision, conversation, takes, NOW + count)})
    assert found[0]
    assert found[0] <= found[1] <= found[2]


def test_other_words_under_the_same_id_are_another_matter(judge):
    takes = Targets((target("https://x.example/", actions=ACTIONS),))
    ids = []
    for lines in (LINES, ("customer Dana: I am furious today", LINES[1])):
        conversation = talk(*lines)
        ids.append({m.id for m in routed(judge.evaluate(conversation), conversation, takes, NOW)})
    assert not ids[0] & ids[1]


def changed(judged, message: Message | None):
    decision, conversation = judged
    action = dataclasses.replace(decision.actions[0], message=message)
    return dataclasses.replace(decision, actions=(action,)), conversation


def test_an_action_may_narrow_where_it_goes(judged):
    assert len(sent(changed(judged, Message()))) == 1
    assert sent(changed(judged, None)) == []
    assert sent(changed(judged, Message(kinds=("pager",)))) == []
    assert len(sent(changed(judged, Message(kinds=("webhook",), targets=("desk",))))) == 1
    assert sent(changed(judged, Message(targets=("other",)))) == []


def test_a_target_that_an_action_names_and_that_is_not_there_is_told(judged):
    decision, _ = changed(judged, Message(targets=("gone", "desk")))
    takes = Targets((target("https://x.example/", actions=ACTIONS),))
    [problem] = unroutable(decision, takes)
    assert problem.code == "D104"
    assert '"gone"' in problem.message


def test_what_an_action_adds_never_takes_the_place_of_what_amity_says(judged):
    message = Message(facts={"rule": "another", "mine": 1}, words={"proposal": "another"})
    [event] = sent(changed(judged, message), include=Include.TEXT)
    assert event["data"]["rule"] != "another"
    assert event["data"]["mine"] == 1
    assert event["data"]["text"]["proposal"] != "another"


def test_ids_of_people_are_sent_and_their_names_are_not(judge):
    conversation = dataclasses.replace(
        talk(*LINES),
        participants=tuple(
            Participant(p.id, p.role, p.display_name and "Zebedee", "Parcels")
            for p in talk(*LINES).participants
        ),
    )
    events = sent((judge.evaluate(conversation), conversation))
    assert "Zebedee" not in json.dumps(events)
    assert "Parcels" in json.dumps(events)
