"""Actions that fail cost their own words only; what is sent in their place is said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from amity.judge import Judge, open_judge
from amity.plugins.contract import DeliveredAction, Message
from amity.plugins.host import load_plugins
from amity.plugins.inspection import check_action
from amity.testkit import talk

TALK = talk("customer: I am furious", "agent: Please calm down.")


class Note:
    name = "coach"
    title = "Coach"

    def propose(self, moment, conversation):
        return "a note"


def noting(message) -> Note:
    """An action whose message is made by *message*."""

    class Told(Note):
        def message(self, moment, conversation):
            return message(moment)

    return Told()


@pytest.fixture
def judge() -> Judge:
    return open_judge()


def decided(judge: Judge, action):
    record, _ = judge.host.actions["coach"]
    judge.host.actions["coach"] = (record, action)
    decision = judge.evaluate(TALK)
    found = next(a for a in decision.actions if a.action == "coach")
    return decision, found


def test_an_action_without_a_message_is_sent_with_the_moment(judge):
    decision, found = decided(judge, Note())
    assert found.message == Message()
    assert found.moment.rule == found.rule
    assert decision.problems == ()


def test_an_action_says_what_is_sent(judge):
    message = Message(facts={"queue": 7}, words={"quotes": ["a"]}, targets=("desk",))
    _, found = decided(judge, noting(lambda _moment: message))
    assert found.message == message


def test_an_action_may_send_nothing(judge):
    _, found = decided(judge, noting(lambda _moment: None))
    assert (found.text, found.message) == ("a note", None)


@pytest.mark.parametrize(
    "message",
    [
        lambda moment: moment.gone,
        lambda _moment: "text",
        lambda _moment: Message(facts={"at": object()}),
        lambda _moment: Message(words={1: "x"}),
        lambda _moment: Message(facts={"half": "\ud83d"}),
    ],
)
def test_a_message_that_fails_is_a_problem_and_the_moment_is_sent_all_the_same(judge, message):
    decision, found = decided(judge, noting(message))
    assert {problem.code for problem in decision.problems} == {"D103"}
    assert "amity_crm" in decision.problems[0].message
    assert (found.text, found.message) == ("a note", Message())


def test_a_message_that_is_no_method_is_refused():
    action = SimpleNamespace(name="x", title="X", propose=print, message="words")
    with pytest.raises(TypeError, match="must be a method"):
        check_action(action, {})


def test_every_bundled_action_is_delivered_through_the_hook():
    actions = load_plugins().actions
    assert {"coach", "notify-supervisor", "follow-up-task", "webhook"} <= actions.keys()
    assert all(isinstance(action, DeliveredAction) for _, action in actions.values())
